package uplink

import (
	"context"
	"sync"
	"time"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/journal"
)

// acked holds the cloud's latest word on each lane until it is in the store.
// It is written beside the sending, newest first: a lost one costs a repetition
// after a restart, waiting for each would cost two syncs a batch.
type acked struct {
	mu   sync.Mutex
	at   map[string]journal.Position
	news chan struct{}
}

func (a *acked) set(lane string, p journal.Position) {
	a.mu.Lock()
	if a.at == nil {
		a.at = map[string]journal.Position{}
	}
	a.at[lane] = p
	a.mu.Unlock()
	select {
	case a.news <- struct{}{}:
	default:
	}
}

func (a *acked) take() map[string]journal.Position {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := a.at
	a.at = nil
	return at
}

// restore puts a position back that could not be stored, unless there is a
// newer one.
func (a *acked) restore(lane string, p journal.Position) {
	a.mu.Lock()
	_, newer := a.at[lane]
	a.mu.Unlock()
	if !newer {
		a.set(lane, p)
	}
}

// lastWords is how long the store may take for the last positions at the end.
const lastWords = 2 * time.Second

// remember writes positions to the store until ctx ends, and then the last.
func (u *Uplink) remember(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-u.acked.news:
			if !u.persist(ctx) {
				_ = clock.Sleep(ctx, u.cfg.Clock, storePause)
			}
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer cancel()
	u.persist(last)
}

func (u *Uplink) persist(ctx context.Context) bool {
	ok := true
	for lane, p := range u.acked.take() {
		if err := u.store.SetAcked(ctx, lane, p); err != nil {
			u.cfg.Log.Warn("uplink: could not remember the cloud's answer", "lane", lane, "err", err)
			u.acked.restore(lane, p)
			ok = false
		}
	}
	return ok
}
