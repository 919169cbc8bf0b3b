// Package clock is how the system asks what time it is, so that tests can
// decide the answer, and how it counts working days.
//
// Everything with a deadline uses it: exam time (from Mono, never from the wall
// clock), link retries, session ages, statutory time limits. Working-day data —
// which days are off, which weekends are worked — comes from the caller's
// calendar table (M-wide, domain reference 3.3); this package holds none.
//
// It does not synchronise clocks and does not know which clock is right.
package clock

import (
	"context"
	"time"
)

// Clock tells and waits. System and *Test implement it.
type Clock interface {
	// Now is the wall clock. It may jump when somebody sets it.
	Now() time.Time
	// Mono is the time since some fixed moment of this process. It never jumps
	// and is the only thing to measure an exam's remaining time with. It cannot
	// be compared across a restart.
	Mono() time.Duration
	// After delivers once, d from now by Mono; at once when d ≤ 0.
	After(d time.Duration) <-chan time.Time
	// NewTicker delivers every d, which must be positive, until stopped. A
	// delivery nobody took is dropped.
	NewTicker(d time.Duration) Ticker
}

// Ticker is time.Ticker behind an interface.
type Ticker interface {
	C() <-chan time.Time
	Stop()
}

// System is the operating system's clock.
func System() Clock { return system{start: time.Now()} }

type system struct{ start time.Time }

func (system) Now() time.Time                         { return time.Now() }
func (s system) Mono() time.Duration                  { return time.Since(s.start) }
func (system) After(d time.Duration) <-chan time.Time { return time.After(d) }
func (system) NewTicker(d time.Duration) Ticker       { return systemTicker{time.NewTicker(d)} }

type systemTicker struct{ t *time.Ticker }

func (t systemTicker) C() <-chan time.Time { return t.t.C }
func (t systemTicker) Stop()               { t.t.Stop() }

// Sleep waits for d or until ctx is done, and says which: nil or ctx's error.
func Sleep(ctx context.Context, c Clock, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.After(d):
		return nil
	}
}

// Shanghai is the time zone of every deadline and every screen: UTC+8, without
// summer time since 1992. It needs no zone files on the device.
func Shanghai() *time.Location { return shanghai }

// Text is a moment as every screen and sheet shows it: to the second, in
// Shanghai.
func Text(t time.Time) string { return t.In(shanghai).Format("2006-01-02 15:04:05") }

var shanghai = time.FixedZone("CST", 8*60*60)
