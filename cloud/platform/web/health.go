package web

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"huyun.internal/cloud/platform/auth"
)

// Check is one part that has to work before requests may come.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

type checkState struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
}

// Health adds /livez (the process runs), /readyz (all parts answer) and
// /metrics (from this machine only).
func (w *Web) Health(checks ...Check) {
	Raw(w, Op{ID: "platform.live", Method: http.MethodGet, Path: "/livez", Perm: Public, Summary: "存活检查"}, func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"status": "ok"})
	})
	Raw(w, Op{ID: "platform.ready", Method: http.MethodGet, Path: "/readyz", Perm: Public, Summary: "就绪检查"}, func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), 3*time.Second)
		defer cancel()
		status, states := http.StatusOK, make([]checkState, 0, len(checks))
		for _, ch := range checks {
			err := ch.Run(ctx)
			if err != nil {
				status = http.StatusServiceUnavailable
				w.opts.Log.WarnContext(ctx, "not ready", "part", ch.Name, "error", err)
			}
			states = append(states, checkState{Name: ch.Name, OK: err == nil})
		}
		c.JSON(status, gin.H{"checks": states})
	})
	if w.opts.Metrics == nil {
		return
	}
	metrics := promhttp.HandlerFor(w.opts.Metrics, promhttp.HandlerOpts{})
	Raw(w, Op{ID: "platform.metrics", Method: http.MethodGet, Path: "/metrics", Perm: Public, Summary: "运行指标（仅限本机）"}, func(c *gin.Context) {
		if ip := net.ParseIP(c.ClientIP()); ip == nil || !ip.IsLoopback() {
			Fail(c, auth.Forbidden())
			return
		}
		metrics.ServeHTTP(c.Writer, c.Request)
	})
}

type metrics struct{ requests *prometheus.HistogramVec }

func newMetrics(reg *prometheus.Registry) *metrics {
	if reg == nil {
		return &metrics{}
	}
	m := &metrics{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "huyun_http_request_seconds", Help: "Requests by operation and status.", Buckets: prometheus.DefBuckets,
	}, []string{"op", "status"})}
	if err := reg.Register(m.requests); err != nil {
		// Several interfaces of one process share the registry and the metric.
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
