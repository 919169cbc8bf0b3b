package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"huyun.internal/protocol/fault"
)

// facts are what is known of a request from its first moment on. There is one
// context value of them, and not one each, because every save carries it.
type facts struct {
	trace, addr, actor string
	op                 Op
	known              bool // op was declared
	body               []byte
	log                *slog.Logger
}

type factsKey struct{}

func factsOf(ctx context.Context) *facts {
	if f, ok := ctx.Value(factsKey{}).(*facts); ok {
		return f
	}
	return &facts{}
}

var (
	errForbidden = fault.New(fault.Forbidden, "auth.forbidden", "您的岗位没有此操作的权限，请联系主考")
	errRate      = fault.New(fault.TooMany, "request.rate", "操作过于频繁，请稍候一分钟再试")
	errCSRF      = fault.New(fault.Forbidden, "auth.csrf", "页面已失效，请刷新后重试")
)

// TraceID identifies a request in answers and in the log.
func TraceID(ctx context.Context) string { return factsOf(ctx).trace }

// Address is the network address a request came from.
func Address(ctx context.Context) string { return factsOf(ctx).addr }

// Body is what the guard has read of a request: in memory, bounded, and what
// was signed.
func Body(ctx context.Context) []byte { return factsOf(ctx).body }

// observe gives the request an id and, unless it went well and is of the kind
// that comes a hundred times a second, writes one line about it: the route's
// pattern, never its parameters, query or body.
func (w *Web) observe(c *gin.Context) {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails
	f := &facts{trace: hex.EncodeToString(raw[:]), addr: c.ClientIP(), log: w.opts.Log}
	f.op, f.known = w.ops[c.Request.Method+" "+c.FullPath()]
	c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), factsKey{}, f))
	c.Header("X-Trace-Id", f.trace)
	start := time.Now()
	c.Next()
	took, status := time.Since(start), c.Writer.Status()
	w.metrics.seen(f.op.ID, status, took)
	level := slog.LevelDebug
	if status >= http.StatusBadRequest || f.op.Audit != "none" && f.op.Perm != "terminal.candidate" {
		level = slog.LevelInfo
	}
	ctx := c.Request.Context()
	if !w.opts.Log.Enabled(ctx, level) {
		return
	}
	w.opts.Log.Log(ctx, level, "request", slog.String("op", f.op.ID), slog.String("method", c.Request.Method),
		slog.String("route", c.FullPath()), slog.Int("status", status), slog.Duration("took", took),
		slog.String("actor", f.actor), slog.String("ip", f.addr), slog.String("trace_id", f.trace))
}

func (w *Web) recoverPanic(c *gin.Context) {
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if r == http.ErrAbortHandler { //nolint:errorlint // the sentinel itself is panicked
			panic(r)
		}
		w.opts.Log.ErrorContext(c.Request.Context(), "panic", slog.Any("panic", r), slog.String("stack", string(debug.Stack())),
			slog.String("trace_id", TraceID(c.Request.Context())))
		if c.Writer.Written() {
			c.Abort()
			return
		}
		Fail(c, fault.From(errInternal))
	}()
	c.Next()
}

const policy = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; " +
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// fixed are headers that never differ. Their values are shared by all answers:
// Set replaces a value and Add copies it, so nobody can change one for others.
var fixed = []struct { //nolint:gochecknoglobals // a table
	name  string
	value []string
}{
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"X-Frame-Options", []string{"DENY"}},
	{"Referrer-Policy", []string{"same-origin"}},
	{"Content-Security-Policy", []string{policy}},
	{"Permissions-Policy", []string{"camera=(self), geolocation=(), microphone=(), payment=(), usb=()"}},
	{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
	{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
	{"Cache-Control", []string{"no-store"}},
}

// Headers sets what every answer of the edge carries, pages included.
func Headers(h http.Header, secure bool) {
	for _, f := range fixed {
		h[f.name] = f.value
	}
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

func (w *Web) headers(c *gin.Context) {
	Headers(c.Writer.Header(), w.opts.Secure)
	c.Next()
}

// guard lets a request through to its operation, or answers why not.
func (w *Web) guard(c *gin.Context) {
	if c.FullPath() == "" {
		return // NoRoute answers
	}
	f := factsOf(c.Request.Context())
	if !f.known {
		Fail(c, errForbidden.Withf("route %s %s was not declared", c.Request.Method, c.FullPath()))
		return
	}
	if err := w.admit(c, f); err != nil {
		Fail(c, err)
	}
}

func (w *Web) admit(c *gin.Context, f *facts) error {
	r, op := c.Request, f.op
	if !cleanURL(r.URL) {
		return requestFault(http.StatusBadRequest)
	}
	if op.Perm == Public && !w.limits.allow(op, "address "+f.addr) {
		return errRate
	}
	if !safeMethod(op.Method) && crossSite(r) {
		return errCSRF
	}
	if !op.Stream {
		var err error
		if f.body, err = readBody(c, op.MaxBody); err != nil {
			return err
		}
	}
	if op.Perm != Public {
		actor, err := w.opts.Auth(r, f.body)
		if err != nil {
			if !w.limits.allow(op, "address "+f.addr) {
				return errRate
			}
			return err
		}
		if !safeMethod(op.Method) && actor.CSRF != "" &&
			subtle.ConstantTimeCompare([]byte(actor.CSRF), []byte(r.Header.Get("X-Huyun-CSRF"))) != 1 {
			return errCSRF
		}
		if op.Perm != SignedIn && !actor.Can(op.Perm) {
			return errForbidden
		}
		f.actor = actor.ID
		if !w.limits.allow(op, "actor "+actor.ID) {
			return errRate
		}
		r = r.WithContext(actor.With(r.Context()))
	}
	c.Request = r
	return nil
}

// smallBody is up to where a stated length is believed before the body is there.
const smallBody = 4 << 10

// readBody reads a body of bounded size, so that it can be authenticated whole
// before anything looks into it.
func readBody(c *gin.Context, limit int64) ([]byte, error) {
	r := c.Request
	if r.ContentLength > limit {
		return nil, requestFault(http.StatusRequestEntityTooLarge)
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	var body []byte
	var err error
	if r.ContentLength > 0 && r.ContentLength <= smallBody {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(r.Body, body)
	} else {
		body, err = io.ReadAll(http.MaxBytesReader(c.Writer, r.Body, limit))
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, requestFault(http.StatusRequestEntityTooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, requestFault(http.StatusRequestTimeout).With(err)
	case err != nil:
		return nil, errAbandoned.With(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, nil
}

// crossSite believes the browser about where a request comes from; programs
// that are not browsers send neither header and hold no cookie.
func crossSite(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return true
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	u, err := url.Parse(origin)
	return err != nil || u.Host != r.Host
}

func cleanURL(u *url.URL) bool {
	if !cleanText(u.Path) {
		return false
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return false
	}
	for k, vs := range values {
		if !cleanText(k) || !cleanText(strings.Join(vs, "")) {
			return false
		}
	}
	return true
}

func cleanText(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }
