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

func (l *limiter) allow(key string, perMinute int) bool {
	now := time.Now().Unix() / 60
	l.mu.Lock()
	defer l.mu.Unlock()
	if now != l.minute {
		l.minute = now
		clear(l.counts)
	}
	l.counts[key]++
	return l.counts[key] <= perMinute
}
