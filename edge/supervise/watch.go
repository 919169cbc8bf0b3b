package supervise

import (
	"context"
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
// until ctx ends.
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
}

// Watch makes a watcher that has seen nothing yet.
func (s *Service) Watch() *Watcher {
	return &Watcher{s: s, since: map[string]time.Duration{}, told: map[string]bool{}}
}

// Look does one round.
func (w *Watcher) Look(ctx context.Context) {
	var silent []attempt.Attempt
	err := w.s.Store.View(func(r store.Reader) error {
		silent = nil
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
				if w.due(a) {
					silent = append(silent, a)
				}
			}
		}
		return nil
	})
	if err != nil {
		return // the store says so itself, everywhere
	}
	for _, a := range silent {
		w.tell(ctx, a)
	}
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

func (w *Watcher) tell(ctx context.Context, a attempt.Attempt) {
	err := w.s.Store.Update(ctx, func(tx *store.Tx) error {
		return alarm.Raise(tx, "silent/"+a.ID, wire.Alarm{
			Sitting: a.Sitting, Candidate: a.Candidate, Seat: a.Seat, Level: wire.AlarmYellow, Code: "terminal.silent",
			Text: "座位 " + a.Seat + " 的考试机断线超过 1 分钟，作答保存在该机上；请到座位查看，必要时换机或补时",
		})
	})
	if err != nil {
		w.s.Log.ErrorContext(ctx, "alarm not raised", slog.Any("error", err))
		return
	}
	w.told[a.ID] = true
	w.s.Bell.Ring(bell.Board)
}
