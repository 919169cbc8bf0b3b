package web

import (
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct{ requests *prometheus.HistogramVec }

func newMetrics(reg *prometheus.Registry) *metrics {
	if reg == nil {
		return &metrics{}
	}
	m := &metrics{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "huyun_http_request_seconds", Help: "Requests by operation and status.", Buckets: prometheus.DefBuckets,
	}, []string{"op", "status"})}
	if err := reg.Register(m.requests); err != nil {
		// Two interfaces of one process share the registry and the metric.
		if have, ok := err.(prometheus.AlreadyRegisteredError); ok { //nolint:errorlint // returned as a value
			m.requests, _ = have.ExistingCollector.(*prometheus.HistogramVec)
		}
	}
	return m
}

func (m *metrics) seen(op string, status int, took time.Duration) {
	if m.requests != nil {
		m.requests.WithLabelValues(op, strconv.Itoa(status)).Observe(took.Seconds())
	}
}

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
