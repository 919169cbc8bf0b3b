package uplink

import (
	"context"
	"net/http"
	"sync"
	"time"

	"huyun.internal/protocol/clock"
)

const (
	// timeEvery is how often the cloud is asked for its time at most.
	timeEvery = 10 * time.Minute
	// timeGrain is what the Date header cannot tell apart; smaller offsets are
	// taken for none.
	timeGrain = 2 * time.Second
)

// cloudTime is this machine's clock corrected by the cloud's, as far as that is
// known: for tokens and certificates only. An exam runs on monotonic time.
type cloudTime struct {
	clock clock.Clock

	mu     sync.Mutex
	offset time.Duration
	known  bool
	asked  time.Duration
}

func (c *cloudTime) now() time.Time {
	offset, _ := c.offsetNow()
	return c.clock.Now().Add(offset)
}

func (c *cloudTime) offsetNow() (time.Duration, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.offset, c.known
}

// refresh asks for the cloud's time if it is due.
func (c *cloudTime) refresh(ctx context.Context, u *Uplink) {
	now := c.clock.Mono()
	c.mu.Lock()
	due := u.cfg.CloudURL != "" && (!c.known || now-c.asked > timeEvery)
	c.asked = now
	c.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, u.cfg.DialTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.cfg.CloudURL+"/livez", nil)
	if err != nil {
		return
	}
	resp, err := u.blobs.https.Do(req)
	if err != nil {
		return
	}
	_ = resp.Body.Close()
	c.learn(resp.Header.Get("Date"))
}

// learn takes the Date of any answer that came over an authenticated line.
func (c *cloudTime) learn(date string) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = true
	c.offset = at.Sub(c.clock.Now())
	if c.offset.Abs() < timeGrain {
		c.offset = 0
	}
}
