package supervise

import (
	"context"
	"sync"
	"time"

	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/wire"
)

// Beat is what a terminal tells about itself every few seconds.
type Beat struct {
	Seat    string `json:"seat"`
	Focus   bool   `json:"focus"`          // the exam page has the keyboard
	Visible bool   `json:"visible"`        // and can be seen
	Camera  bool   `json:"camera"`         // there is one that works
	Pending int    `json:"pending"`        // answers still only on the terminal
	Item    string `json:"item,omitempty"` // the question on screen
	Version string `json:"version,omitempty"`
}

// lostAfter is when a silent terminal counts as cut off: three missed beats.
const lostAfter = 15 * time.Second

// Pulse remembers the last beat of each terminal. It is memory only: after a
// restart terminals are heard again within seconds.
type Pulse struct {
	clock clock.Clock
	mu    sync.Mutex
	last  map[string]pulse // terminal id

	browsers map[string]browser // terminal id

	sights *sights
}

type pulse struct {
	Beat
	at time.Duration // monotonic
}

// NewPulse makes an empty memory.
func NewPulse(c clock.Clock) *Pulse {
	return &Pulse{clock: c, last: map[string]pulse{}, browsers: map[string]browser{}, sights: newSights()}
}

// Heard notes a beat. It reports whether the terminal was lost or the page has
// just lost focus or sight, which the board should show at once.
func (p *Pulse) Heard(terminal string, b Beat) (changed, away bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Mono()
	was, ok := p.last[terminal]
	p.last[terminal] = pulse{Beat: b, at: now}
	lost := !ok || now-was.at > lostAfter
	was2 := ok && was.Focus && was.Visible
	is := b.Focus && b.Visible
	return lost || was2 != is, was2 && !is
}

// Seen notes that a terminal spoke, whatever it said.
func (p *Pulse) Seen(terminal string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if was, ok := p.last[terminal]; ok {
		was.at = p.clock.Mono()
		p.last[terminal] = was
		return
	}
	p.last[terminal] = pulse{Beat: Beat{Focus: true, Visible: true}, at: p.clock.Mono()}
}

// Sees reports whether a terminal that is connected has a camera that works.
func (p *Pulse) Sees(terminal string) bool {
	b, _, up := p.Look(terminal)
	return up && b.Camera
}

// Look returns a terminal's last beat, how long ago it was, and whether it
// counts as connected.
func (p *Pulse) Look(terminal string) (Beat, time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l, ok := p.last[terminal]
	if !ok {
		return Beat{}, 0, false
	}
	age := p.clock.Mono() - l.at
	return l.Beat, age, age <= lostAfter
}

// Beat takes a terminal's heartbeat. A candidate who leaves the exam page while
// writing raises a yellow alarm, counted up while it is open: the proctor looks,
// nothing is decided here.
func (s *Service) Beat(ctx context.Context, terminal string, ss *attempt.Session, b Beat) error {
	changed, away := s.Pulse.Heard(terminal, b)
	if changed {
		defer s.Bell.Ring(bell.Board)
	}
	if ss == nil {
		return nil
	}
	s.Attempts.Heard(ctx, *ss)
	if !away {
		return nil
	}
	a, err := s.Attempts.Current(*ss)
	if err != nil || a.State != attempt.Running {
		return nil //nolint:nilerr // an old session's page may lose focus as it likes
	}
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		return alarm.Raise(tx, "away/"+ss.Attempt, wire.Alarm{
			Sitting: ss.Sitting, Candidate: ss.Candidate, Seat: ss.Seat, Level: wire.AlarmYellow, Code: "terminal.away",
			Text: "座位 " + ss.Seat + " 离开了考试页面，请到座位查看",
		})
	})
}

// WrongPerson tells the proctors that a candidate says the data on screen is
// not theirs.
func (s *Service) WrongPerson(ctx context.Context, ss attempt.Session) error {
	defer s.Bell.Ring(bell.Board)
	return s.Store.Update(ctx, func(tx *store.Tx) error {
		return alarm.Raise(tx, "wrong/"+ss.Attempt, wire.Alarm{
			Sitting: ss.Sitting, Candidate: ss.Candidate, Seat: ss.Seat, Level: wire.AlarmYellow, Code: "terminal.wrong.person",
			Text: "座位 " + ss.Seat + " 的考生表示屏幕上不是本人信息，请到座位核对证件",
		})
	})
}
