package uplink

import (
	"context"
	"errors"
	"sync"
)

// ErrCut ends a session because a person of the venue cut the line on purpose.
var ErrCut = errors.New("cut on purpose: a rehearsal")

// cut is the switch with which a rehearsal takes the line away: no session, no
// attempt at one, no package. It lives in memory only, so that a restart, like
// every other way to forget about it, brings the line back.
type cut struct {
	mu  sync.Mutex
	off chan struct{} // closed while the line is cut
	on  chan struct{} // closed while it is not
}

func newCut() *cut {
	c := &cut{off: make(chan struct{}), on: make(chan struct{})}
	close(c.on)
	return c
}

// Cut takes the line to the centre away, or gives it back.
func (u *Uplink) Cut(off bool) {
	c := u.cut
	c.mu.Lock()
	defer c.mu.Unlock()
	if off == closed(c.off) {
		return
	}
	if off {
		close(c.off)
		c.on = make(chan struct{})
		return
	}
	close(c.on)
	c.off = make(chan struct{})
}

// IsCut reports whether somebody has cut the line on purpose.
func (u *Uplink) IsCut() bool { return closed(u.cut.severed()) }

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// severed is closed once the line is cut.
func (c *cut) severed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.off
}

// whole waits until the line is not cut.
func (c *cut) whole(ctx context.Context) {
	c.mu.Lock()
	on := c.on
	c.mu.Unlock()
	select {
	case <-on:
	case <-ctx.Done():
	}
}
