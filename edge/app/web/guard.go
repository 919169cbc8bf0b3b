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
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"huyun.internal/protocol/fault"
)

type (
	traceKey struct{}
	logKey   struct{}
	actorKey struct{}
	addrKey  struct{}
)

var (
	errPath      = fault.New(fault.NotFound, "request.path", "没有这个页面或接口，请检查地址")
	errForbidden = fault.New(fault.Forbidden, "auth.forbidden", "您的岗位没有此操作的权限，请联系主考")
	errCSRF      = fault.New(fault.Forbidden, "auth.csrf", "页面已失效，请刷新后重试")
)

// TraceID identifies a request in answers and in the log.
func TraceID(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

// Address is the network address a request came from.
func Address(ctx context.Context) string {
	ip, _ := ctx.Value(addrKey{}).(string)
	return ip
}

// observe gives the request an id and, unless it went well and is of the kind
// that comes a hundred times a second, writes one line about it: the route's
// pattern, never its parameters, query or body.
func (w *Web) observe(c *gin.Context) {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails
	trace := hex.EncodeToString(raw[:])
	ctx := context.WithValue(c.Request.Context(), traceKey{}, trace)
	ctx = context.WithValue(ctx, addrKey{}, c.ClientIP())
	c.Request = c.Request.WithContext(context.WithValue(ctx, logKey{}, w.opts.Log))
	c.Header("X-Trace-Id", trace)
	start := time.Now()
	c.Next()
	op := w.ops[c.Request.Method+" "+c.FullPath()]
	took, status := time.Since(start), c.Writer.Status()
	w.metrics.seen(op.ID, status, took)
	level := slog.LevelDebug
	if status >= http.StatusBadRequest || op.Audit != "none" && op.Perm != "terminal.candidate" {
		level = slog.LevelInfo
	}
	if !w.opts.Log.Enabled(ctx, level) {
		return
	}
	actor, _ := c.Request.Context().Value(actorKey{}).(string)
	w.opts.Log.Log(ctx, level, "request", slog.String("op", op.ID), slog.String("method", c.Request.Method),
		slog.String("route", c.FullPath()), slog.Int("status", status), slog.Duration("took", took),
		slog.String("actor", actor), slog.String("ip", c.ClientIP()), slog.String("trace_id", trace))
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

// Headers sets what every answer of the edge carries, pages included.
func Headers(h http.Header, secure bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", policy)
	h.Set("Permissions-Policy", "camera=(self), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
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
	op, ok := w.ops[c.Request.Method+" "+c.FullPath()]
	if !ok {
		Fail(c, errForbidden.Withf("route %s %s was not declared", c.Request.Method, c.FullPath()))
		return
	}
	if err := w.admit(c, op); err != nil {
		Fail(c, err)
	}
}

func (w *Web) admit(c *gin.Context, op Op) error {
	r := c.Request
	if !cleanURL(r.URL) {
		return requestFault(http.StatusBadRequest)
	}
	if op.PerMin > 0 && !w.limits.allow(op.ID+" "+c.ClientIP(), op.PerMin) {
		return fault.New(fault.TooMany, "request.rate", "操作过于频繁，请稍候一分钟再试")
	}
	if !safeMethod(op.Method) && crossSite(r) {
		return errCSRF
	}
	var body []byte
	if !op.Stream {
		var err error
		if body, err = readBody(c, op.MaxBody); err != nil {
			return err
		}
	}
	if op.Perm != Public {
		actor, err := w.opts.Auth(r, body)
		if err != nil {
			return err
		}
		if !safeMethod(op.Method) && actor.CSRF != "" &&
			subtle.ConstantTimeCompare([]byte(actor.CSRF), []byte(r.Header.Get("X-Huyun-CSRF"))) != 1 {
			return errCSRF
		}
		if op.Perm != SignedIn && !actor.Can(op.Perm) {
			return errForbidden
		}
		ctx := context.WithValue(r.Context(), actorKey{}, actor.ID)
		r = r.WithContext(actor.With(ctx))
	}
	c.Request = r
	return nil
}

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
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, r.Body, limit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, requestFault(http.StatusRequestEntityTooLarge)
	case err != nil:
		return nil, requestFault(http.StatusRequestTimeout).With(err)
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
