package attempt

import (
	"sync"
	"time"

	"huyun.internal/protocol/clock"
)

// meters measure working time. A running meter adds the monotonic time since
// it was started to what had been used before; a stopped one stands still.
// They live in memory, and what they show is stored with every answer and by
// the watch every few seconds.
type meters struct {
	clock clock.Clock
	mu    sync.Mutex
	m     map[string]*meter
}

type meter struct {
	sitting string
	used    time.Duration // up to since
	since   time.Duration // monotonic reading at the last change
	running bool
	allowed time.Duration
	paused  bool // by a proctor, this attempt alone
	held    bool // waits for its terminal after a restart of ours
}

func newMeters(c clock.Clock) *meters {
	return &meters{clock: c, m: map[string]*meter{}}
}

// add installs an attempt's meter, standing still. Held says that it waits for
// its terminal.
func (ms *meters) add(a Attempt, used time.Duration, held bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	ms.m[a.ID] = &meter{
		sitting: a.Sitting, used: used, since: ms.clock.Mono(), allowed: a.Allowed, paused: a.Paused, held: held,
	}
}

// update brings a meter's facts up to date with a stored attempt.
func (ms *meters) update(a Attempt) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if m, ok := ms.m[a.ID]; ok {
		m.allowed, m.paused = a.Allowed, a.Paused
	}
}

// waits reports whether a meter waits for its terminal.
func (ms *meters) waits(id string) bool {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m, ok := ms.m[id]
	return ok && m.held
}

// release ends a meter's wait for its terminal; false when it did not wait.
func (ms *meters) release(id string) bool {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m, ok := ms.m[id]
	if !ok || !m.held {
		return false
	}
	m.held = false
	return true
}

// sync lets every meter run or stand as it should, given which sittings are
// stopped.
func (ms *meters) sync(stopped func(sitting string) bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	now := ms.clock.Mono()
	for _, m := range ms.m {
		on := !m.paused && !m.held && !stopped(m.sitting)
		if on == m.running {
			continue
		}
		if m.running {
			m.used += now - m.since
		}
		m.running, m.since = on, now
	}
}

func (ms *meters) drop(id string) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	delete(ms.m, id)
}

// read is the working time used so far; false when no meter is known.
func (ms *meters) read(id string) (time.Duration, bool) {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m, ok := ms.m[id]
	if !ok {
		return 0, false
	}
	return m.reading(ms.clock.Mono()), true
}

func (m *meter) reading(now time.Duration) time.Duration {
	if m.running {
		return m.used + now - m.since
	}
	return m.used
}

// reading is one meter at one moment.
type reading struct {
	id      string
	sitting string
	used    time.Duration
	allowed time.Duration
	running bool
	held    bool
	stood   time.Duration // since the last change
}

// all reads every meter.
func (ms *meters) all() []reading {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	now := ms.clock.Mono()
	out := make([]reading, 0, len(ms.m))
	for id, m := range ms.m {
		out = append(out, reading{
			id: id, sitting: m.sitting, used: m.reading(now), allowed: m.allowed,
			running: m.running, held: m.held, stood: now - m.since,
		})
	}
	return out
}
