package vision

import "time"

// budget limits how often the process is restarted: a picture or a model that
// kills it at every try must not become a loop. Time is handed in; the zero
// moment is any.
type budget struct {
	limit  int // starts allowed within window
	window time.Duration
	first  time.Duration // wait after the first death; doubles up to a tenth of window
	starts []time.Time   // within window, oldest first
}

// next says how long to wait before the next start may happen at now.
func (b *budget) next(now time.Time) time.Duration {
	for len(b.starts) > 0 && now.Sub(b.starts[0]) >= b.window {
		b.starts = b.starts[1:]
	}
	if len(b.starts) == 0 {
		return 0
	}
	if len(b.starts) >= b.limit {
		return b.window - now.Sub(b.starts[0])
	}
	wait := min(b.first<<(len(b.starts)-1), b.window/10)
	return max(0, wait-now.Sub(b.starts[len(b.starts)-1]))
}

// started notes a start.
func (b *budget) started(now time.Time) { b.starts = append(b.starts, now) }

// exhausted reports whether the limit and not the back-off delays the next start.
func (b *budget) exhausted(now time.Time) bool {
	n := 0
	for _, at := range b.starts {
		if now.Sub(at) < b.window {
			n++
		}
	}
	return n >= b.limit
}
