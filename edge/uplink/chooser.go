package uplink

import (
	"context"
	"errors"
	mathrand "math/rand/v2"
	"time"

	"huyun.internal/protocol/clock"
)

// chooser decides which transport to use: the best that works, another at once
// when it does not, and the best again when it is back.
type chooser struct {
	u     *Uplink
	order []string
	// suspect makes trying a transport again rarer when it connects but does
	// not carry anything.
	suspect map[string]int
	since   time.Duration
	rounds  int
}

// steady is how long a session must have lasted to count as one that works.
const steady = 60 * time.Second

// connect tries the transports in order, all of them within ten seconds, and
// then again after a growing, spread pause: no herd when the cloud comes back.
func (c *chooser) connect(ctx context.Context) (*session, error) {
	for ctx.Err() == nil {
		if c.u.IsCut() {
			c.u.cut.whole(ctx)
			c.rounds = 0 // whoever gives the line back waits for it
			continue
		}
		if c.rounds > 0 {
			if err := clock.Sleep(ctx, c.u.cfg.Clock, c.pause()); err != nil {
				return nil, err
			}
		}
		c.rounds++
		c.u.time.refresh(ctx, c.u)
		if s := c.round(ctx); s != nil {
			c.rounds = 0
			c.since = c.u.cfg.Clock.Mono()
			return s, nil
		}
	}
	return nil, ctx.Err()
}

func (c *chooser) round(ctx context.Context) *session {
	distrust := false
	for _, t := range c.candidates() {
		if t == TCP && distrust {
			continue // somebody pretends to be the cloud; do not talk to them in clear
		}
		s, err := c.u.dial(ctx, t)
		if err == nil {
			return s
		}
		distrust = distrust || untrusted(err)
		c.u.failed(t, err)
	}
	return nil
}

// candidates puts transports that lately connected without carrying anything
// behind the others.
func (c *chooser) candidates() []string {
	var good, bad []string
	for _, t := range c.order {
		if c.suspect[t] > 0 {
			bad = append(bad, t)
		} else {
			good = append(good, t)
		}
	}
	return append(good, bad...)
}

// pause is between half and all of 1, 2, 4 … seconds up to the maximum.
func (c *chooser) pause() time.Duration {
	d := min(time.Second<<min(c.rounds-1, 10), c.u.cfg.MaxBackoff)
	return d/2 + time.Duration(mathrand.Int64N(int64(d/2)+1))
}

// ended learns from how a session went.
func (c *chooser) ended(s *session, err error) {
	if c.suspect == nil {
		c.suspect = map[string]int{}
	}
	switch {
	case errors.Is(err, ErrCut): // says nothing about the transport
	case errors.Is(err, errBetter):
		c.suspect = map[string]int{}
	case c.u.cfg.Clock.Mono()-c.since < steady:
		c.suspect[s.transport]++
		c.rounds = 1 // do not spin on a broker that accepts and drops
	default:
		c.suspect[s.transport] = 0
	}
}

// better returns a channel that closes when a transport preferred to the
// session's own could be opened; nil when there is none.
func (c *chooser) better(ctx context.Context, s *session) <-chan struct{} {
	var above []string
	for _, t := range c.order {
		if t == s.transport {
			break
		}
		above = append(above, t)
	}
	if len(above) == 0 {
		return nil
	}
	worst := 0
	for _, n := range c.suspect {
		worst = max(worst, n)
	}
	found := make(chan struct{})
	go c.watch(ctx, above, c.u.cfg.Return<<min(worst, 5), found, s.done)
	return found
}

func (c *chooser) watch(ctx context.Context, above []string, every time.Duration, found chan<- struct{}, done <-chan struct{}) {
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-c.u.cfg.Clock.After(every + time.Duration(mathrand.Int64N(int64(every/4)+1))):
		}
		for _, t := range above {
			conn, err := c.u.open(ctx, t)
			if err == nil {
				_ = conn.Close()
				close(found)
				return
			}
		}
	}
}
