package web

import (
	"sync"
	"time"
)

// limiter counts requests per key in the current minute. It is a brake against
// guessing, not an accounting: it forgets at the turn of the minute.
type limiter struct {
	mu     sync.Mutex
	minute int64
	counts map[string]int
}

func newLimiter() *limiter { return &limiter{counts: map[string]int{}} }

// allow counts who asks for op: a person by their account, because a whole hall
// may stand behind one address, and only who is nobody yet by the address.
func (l *limiter) allow(op Op, who string) bool {
	if op.PerMin == 0 {
		return true
	}
	now := time.Now().Unix() / 60
	l.mu.Lock()
	defer l.mu.Unlock()
	if now != l.minute {
		l.minute = now
		clear(l.counts)
	}
	key := op.ID + " " + who
	l.counts[key]++
	return l.counts[key] <= op.PerMin
}
