package clock

import (
	"context"
	"sync"
	"time"
)

// Test is a clock that stands still until it is advanced. It is safe for
// concurrent use.
type Test struct {
	mu      sync.Mutex
	now     time.Time
	mono    time.Duration
	waiting []*wait
	changed chan struct{} // closed and replaced whenever waiting grows
}

// wait is a pending After (every = 0) or a running ticker.
type wait struct {
	at    time.Duration
	every time.Duration
	c     chan time.Time
}

// NewTest is a clock standing at now.
func NewTest(now time.Time) *Test {
	return &Test{now: now, changed: make(chan struct{})}
}

// Now is where the wall clock stands.
func (t *Test) Now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// Mono is how far the clock has been advanced.
func (t *Test) Mono() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mono
}

// After fires when Advance passes it.
func (t *Test) After(d time.Duration) <-chan time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &wait{at: t.mono + d, c: make(chan time.Time, 1)}
	if d <= 0 {
		w.c <- t.now
		return w.c
	}
	t.add(w)
	return w.c
}

// NewTicker fires each time Advance passes a multiple of d.
func (t *Test) NewTicker(d time.Duration) Ticker {
	if d <= 0 {
		panic("clock: a ticker needs a positive interval")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	w := &wait{at: t.mono + d, every: d, c: make(chan time.Time, 1)}
	t.add(w)
	return testTicker{t, w}
}

type testTicker struct {
	t *Test
	w *wait
}

func (k testTicker) C() <-chan time.Time { return k.w.c }

func (k testTicker) Stop() {
	k.t.mu.Lock()
	defer k.t.mu.Unlock()
	k.t.remove(k.w)
}

// Advance moves both clocks by d and fires, in order, whatever comes due on the
// way; each delivery carries the moment it was due.
func (t *Test) Advance(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	end := t.mono + d
	for {
		next := t.earliest(end)
		if next == nil {
			break
		}
		t.moveTo(next.at)
		select {
		case next.c <- t.now:
		default: // a ticker whose last delivery nobody took
		}
		if next.every > 0 {
			next.at += next.every
		} else {
			t.remove(next)
		}
	}
	t.moveTo(end)
}

// SetWall sets the wall clock alone, as an operator or NTP would: nothing
// fires, Mono goes on.
func (t *Test) SetWall(now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now = now
}

// Await returns when at least n timers and tickers are pending, so that a test
// knows its goroutines have come to rest before it advances; or ctx's error.
func (t *Test) Await(ctx context.Context, n int) error {
	for {
		t.mu.Lock()
		enough, changed := len(t.waiting) >= n, t.changed
		t.mu.Unlock()
		if enough {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (t *Test) add(w *wait) {
	t.waiting = append(t.waiting, w)
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *Test) remove(w *wait) {
	for i, o := range t.waiting {
		if o == w {
			t.waiting = append(t.waiting[:i], t.waiting[i+1:]...)
			return
		}
	}
}

// earliest is the first to come due no later than end; the older one of two.
func (t *Test) earliest(end time.Duration) (first *wait) {
	for _, w := range t.waiting {
		if w.at <= end && (first == nil || w.at < first.at) {
			first = w
		}
	}
	return first
}

func (t *Test) moveTo(mono time.Duration) {
	t.now = t.now.Add(mono - t.mono)
	t.mono = mono
}
