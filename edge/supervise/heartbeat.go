package supervise

import (
	"sync"
	"time"

	"huyun.internal/protocol/clock"
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
}

type pulse struct {
	Beat
	at time.Duration // monotonic
}

// NewPulse makes an empty memory.
func NewPulse(c clock.Clock) *Pulse { return &Pulse{clock: c, last: map[string]pulse{}} }

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
