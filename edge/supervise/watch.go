package supervise

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/wire"
)

const (
	watchEvery = 5 * time.Second
	// silentFor is how long a writing candidate's terminal may be cut off
	// before a proctor is told: as long as leaving one's seat is let pass (9.5
	// of the domain reference).
	silentFor = time.Minute
)

// Run tells proctors of terminals that fall silent while somebody is writing,
// and of checks during the exam that were not taken, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	t := s.Clock.NewTicker(watchEvery)
	defer t.Stop()
	w := s.Watch()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C():
			w.Look(ctx)
		}
	}
}

// Watcher remembers who has been silent since when.
type Watcher struct {
	s     *Service
	since map[string]time.Duration // attempt → monotonic moment
	told  map[string]bool
	asked map[string]bool // checks whose absence was told of
	seen  map[string]bool // attempts whose camera has been there since they began

	well   map[string]time.Duration // alarm key → since when its cause has been over
	failed time.Time                // when the store stopped; zero: it serves
	why    string
}

// Watch makes a watcher that has seen nothing yet.
func (s *Service) Watch() *Watcher {
	return &Watcher{s: s, since: map[string]time.Duration{}, told: map[string]bool{}, asked: map[string]bool{}, seen: map[string]bool{}, well: map[string]time.Duration{}}
}

// Look does one round.
func (w *Watcher) Look(ctx context.Context) {
	w.health(ctx)
	w.confirm(ctx)
	var silent, unchecked, blind []attempt.Attempt
	cut, writing := 0, 0
	err := w.s.Store.View(func(r store.Reader) error {
		silent, unchecked, blind = nil, nil, nil
		cut, writing = 0, 0
		all, err := exam.All(r)
		if err != nil {
			return err
		}
		for _, st := range all {
			if !st.Live() {
				continue
			}
			list, err := attempt.InSitting(r, st.Sitting)
			if err != nil {
				return err
			}
			for _, a := range list {
				if a.State == attempt.Running && a.Terminal != "" {
					writing++
					if _, _, up := w.s.Pulse.Look(a.Terminal); !up {
						cut++
					}
				}
				if w.due(a) {
					silent = append(silent, a)
				}
				if w.unchecked(r, a) {
					unchecked = append(unchecked, a)
				}
				if w.blind(a) {
					blind = append(blind, a)
				}
			}
		}
		return nil
	})
	if err != nil {
		return // the store says so itself, everywhere
	}
	w.s.sense.note(w.s.Clock.Mono(), w.s.Link().DiskFree, cut, writing)
	for _, a := range silent {
		w.told[a.ID] = w.tell(ctx, a, "silent/"+a.ID, "terminal.silent",
			"座位 "+a.Seat+" 的考试机断线超过 1 分钟，作答保存在该机上；请到座位查看，必要时换机或补时")
	}
	for _, a := range blind {
		w.told["camera/"+a.ID] = w.tell(ctx, a, "camera/"+a.ID, "terminal.camera",
			"座位 "+a.Seat+" 的摄像头已断开或被停用，考中无法核验；请到座位查看并核对本人")
	}
	for _, a := range unchecked {
		key := fmt.Sprintf("random/%s/%d", a.ID, a.Randoms)
		w.asked[key] = w.tell(ctx, a, key, "terminal.unchecked", "座位 "+a.Seat+" 未完成考中随机核验，请到座位核对本人")
	}
}

// unchecked reports whether a terminal that has, or had, a camera has let a
// check during the exam pass, and nobody has been told yet. Who never had one
// was named at the start.
func (w *Watcher) unchecked(r store.Reader, a attempt.Attempt) bool {
	beat, _, connected := w.s.Pulse.Look(a.Terminal)
	n, late := w.s.Attempts.Overdue(r, a)
	return late && connected && (beat.Camera || w.seen[a.ID]) && !w.asked[fmt.Sprintf("random/%s/%d", a.ID, n)]
}

// blind reports that a camera has gone since the last round while its candidate
// writes: unplugged, covered by another program, or forbidden.
func (w *Watcher) blind(a attempt.Attempt) bool {
	beat, _, connected := w.s.Pulse.Look(a.Terminal)
	if a.State != attempt.Running || !a.Filmed() || !connected {
		return false
	}
	gone := w.seen[a.ID] && !beat.Camera
	w.seen[a.ID] = beat.Camera || w.seen[a.ID]
	if !gone {
		delete(w.told, "camera/"+a.ID)
	}
	return gone && !w.told["camera/"+a.ID]
}

// due reports whether an attempt's terminal has been silent long enough and
// nobody has been told yet.
func (w *Watcher) due(a attempt.Attempt) bool {
	_, _, connected := w.s.Pulse.Look(a.Terminal)
	if a.State != attempt.Running || a.Terminal == "" || connected {
		delete(w.since, a.ID)
		delete(w.told, a.ID)
		return false
	}
	now := w.s.Clock.Mono()
	since, ok := w.since[a.ID]
	if !ok {
		w.since[a.ID] = now - lostAfter
		return false
	}
	return now-since >= silentFor && !w.told[a.ID]
}

// tell raises a yellow alarm; false when that failed and has to be tried again.
func (w *Watcher) tell(ctx context.Context, a attempt.Attempt, key, code, text string) bool {
	err := w.s.Store.Update(ctx, func(tx *store.Tx) error {
		return alarm.Raise(tx, key, wire.Alarm{
			Sitting: a.Sitting, Candidate: a.Candidate, Seat: a.Seat, Level: wire.AlarmYellow, Code: code, Text: text,
		})
	})
	if err != nil {
		w.s.Log.ErrorContext(ctx, "alarm not raised", slog.Any("error", err))
		return false
	}
	w.s.Bell.Ring(bell.Board)
	return true
}
