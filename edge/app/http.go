package app

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"huyun.internal/edge/app/web"
	"huyun.internal/edge/proctor"
	"huyun.internal/edge/terminal"
	proctorpages "huyun.internal/edge/web/proctor"
	terminalpages "huyun.internal/edge/web/terminal"
	"huyun.internal/protocol/fault"
)

// Version of the program, set by main.
var Version = "dev" //nolint:gochecknoglobals // the one fact every part reports

// ProctorWeb is the console's interface.
func (v *Venue) ProctorWeb() *web.Web {
	w := web.New(web.Options{
		Title: "沪运从业 监考台接口", Version: "1", Auth: v.Proctor.Authenticate, Log: v.Log, Metrics: v.Metrics, Secure: v.Secure,
	})
	proctor.Register(w, v.Proctor)
	return w
}

// TerminalWeb is the exam terminal's interface.
func (v *Venue) TerminalWeb() *web.Web {
	w := web.New(web.Options{
		Title: "沪运从业 考试机接口", Version: "1", Auth: v.Terminal.Authenticate, Log: v.Log, Metrics: v.Metrics, Secure: v.Secure,
	})
	terminal.Register(w, v.Terminal)
	return w
}

// Handler is everything the edge serves over HTTP.
func (v *Venue) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/proctor/v1/", v.ProctorWeb())
	mux.Handle("/terminal/v1/", v.TerminalWeb())
	mux.Handle("/proctor/", web.Pages("/proctor/", proctorpages.Pages(), v.Secure))
	mux.Handle("/terminal/", web.Pages("/terminal/", terminalpages.Pages(), v.Secure))
	read := func(pattern string, h http.Handler) { mux.Handle(pattern, web.Reading(v.Secure, h)) }
	read("/{$}", http.RedirectHandler("/terminal/", http.StatusFound))
	read("/livez", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		writeJSON(rw, http.StatusOK, map[string]any{"status": "ok"})
	}))
	read("/readyz", http.HandlerFunc(v.ready))
	if v.Metrics != nil {
		read("/metrics", localOnly(promhttp.HandlerFor(v.Metrics, promhttp.HandlerOpts{})))
	}
	mux.Handle("/", web.Missing(v.Secure))
	return web.Straight(v.Secure, mux)
}

// headerTime is how long a client may take over its header: one that sends
// slowly gives up its place.
const headerTime = 10 * time.Second

// server is the listener's side of Handler, with its limits.
func server(h http.Handler, header time.Duration, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: header, ReadTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// ready is about what exams need: the store. Link and faces may be down, and
// are shown, without making the venue unready.
func (v *Venue) ready(rw http.ResponseWriter, _ *http.Request) {
	type part struct {
		Name string `json:"name"`
		OK   bool   `json:"ok"`
	}
	h := v.Store.Health()
	link := v.Link()
	status := http.StatusOK
	if h.State != "serving" {
		status = http.StatusServiceUnavailable
	}
	writeJSON(rw, status, map[string]any{
		"version": Version, "node": v.Node,
		"checks": []part{{"store", h.State == "serving"}, {"link", link.Connected}},
	})
}

func writeJSON(rw http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte("{}")
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	rw.WriteHeader(status)
	_, _ = rw.Write(raw) // the reader may be gone
}

// localOnly answers this machine alone.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			web.Refuse(rw, r, fault.Forbiddenf("auth.forbidden", "运行指标只能在本机查看"))
			return
		}
		next.ServeHTTP(rw, r)
	})
}

// OpenAPI writes the contract of an audience. It needs no store: a handler is
// never called.
func OpenAPI(out io.Writer, audience string) error {
	v := &Venue{Proctor: proctor.New(proctor.Needs{}), Terminal: terminal.New(terminal.Needs{})}
	if audience == "terminal" {
		return v.TerminalWeb().OpenAPI(out)
	}
	return v.ProctorWeb().OpenAPI(out)
}

// Logger reports as configured.
func Logger(c Log, out io.Writer) *slog.Logger {
	var level slog.Level
	if level.UnmarshalText([]byte(c.Level)) != nil {
		level = slog.LevelInfo
	}
	opts := &slog.HandlerOptions{Level: level}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(out, opts))
	}
	return slog.New(slog.NewJSONHandler(out, opts))
}
