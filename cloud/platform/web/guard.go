package web

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
)

type (
	traceKey struct{}
	logKey   struct{}
	opKey    struct{}
)

// TraceID identifies a request in answers and in the log.
func TraceID(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

// observe gives the request an id and writes one line about it: the route's
// pattern, never its parameters, query or body.
func (w *Web) observe(c *gin.Context) {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails
	trace := hex.EncodeToString(raw[:])
	ctx := context.WithValue(c.Request.Context(), traceKey{}, trace)
	ctx = context.WithValue(ctx, logKey{}, w.opts.Log)
	ctx = auth.WithOrigin(ctx, auth.Origin{IP: c.ClientIP(), Agent: clip(c.Request.UserAgent(), 200)})
	c.Request = c.Request.WithContext(ctx)
	c.Header("X-Trace-Id", trace)
	start := time.Now()
	c.Next()
	op := w.ops[c.Request.Method+" "+c.FullPath()]
	took := time.Since(start)
	w.metrics.seen(op.ID, c.Writer.Status(), took)
	if op.ID == "" && c.Writer.Status() < http.StatusBadRequest {
		return // static files
	}
	actor, _ := auth.From(c.Request.Context())
	level := slog.LevelInfo
	if op.Perm == Public && safeMethod(op.Method) {
		level = slog.LevelDebug
	}
	w.opts.Log.Log(ctx, level, "request", slog.String("op", op.ID), slog.String("method", c.Request.Method),
		slog.String("route", c.FullPath()), slog.Int("status", c.Writer.Status()), slog.Int("bytes", c.Writer.Size()),
		slog.Duration("took", took), slog.String("actor", actor.ID), slog.String("ip", c.ClientIP()), slog.String("trace_id", trace))
}

// clip shortens text from outside and drops control characters, so that it
// cannot forge lines in a log or colours in a terminal.
func clip(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
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

func (w *Web) headers(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", policy)
	h.Set("Permissions-Policy", "geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if w.opts.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	c.Next()
}

// guard lets a request through to its operation, or answers why not.
func (w *Web) guard(c *gin.Context) {
	if c.FullPath() == "" {
		return // noRoute answers
	}
	op, ok := w.ops[c.Request.Method+" "+c.FullPath()]
	if !ok {
		Fail(c, auth.Forbidden().Withf("route %s %s was not declared", c.Request.Method, c.FullPath()))
		return
	}
	if err := w.admit(c, op); err != nil {
		Fail(c, err)
	}
}

func (w *Web) admit(c *gin.Context, op Op) error {
	r := c.Request
	if !cleanURL(r.URL) {
		return fault.New(fault.Invalid, "request.invalid", "提交的内容有误，请按提示修改后重试")
	}
	if op.Perm == Public && !w.limits.allow(op, "address "+c.ClientIP()) {
		return errRate
	}
	if !safeMethod(op.Method) && crossSite(r) {
		return errCSRF()
	}
	if op.Perm != Public {
		actor, err := w.opts.Auth.Authenticate(r.Context(), r)
		if err != nil {
			if !w.limits.allow(op, "address "+c.ClientIP()) {
				return errRate
			}
			return err
		}
		if !w.limits.allow(op, "actor "+actor.ID) {
			return errRate
		}
		if !safeMethod(op.Method) && actor.CSRF != "" &&
			subtle.ConstantTimeCompare([]byte(actor.CSRF), []byte(r.Header.Get("X-Huyun-CSRF"))) != 1 {
			return errCSRF()
		}
		if op.Perm != SignedIn && !actor.Can(op.Perm) {
			return actor.Refusal()
		}
		r = r.WithContext(auth.With(r.Context(), actor))
	}
	if r.ContentLength > op.MaxBody {
		return requestFault(http.StatusRequestEntityTooLarge)
	}
	r = r.WithContext(context.WithValue(r.Context(), opKey{}, op))
	r.Body = http.MaxBytesReader(c.Writer, r.Body, op.MaxBody+1)
	c.Request = r
	return nil
}

var errRate = fault.New(fault.TooMany, "request.rate", "操作过于频繁，请稍候一分钟再试")

func errCSRF() error {
	return fault.New(fault.Forbidden, "auth.csrf", "页面已失效，请刷新后重试")
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

// cleanURL refuses text that PostgreSQL cannot store.
func cleanURL(u *url.URL) bool {
	if !cleanText(u.Path) {
		return false
	}
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return false
	}
	for k, vs := range values {
		if !cleanText(k) {
			return false
		}
		for _, v := range vs {
			if !cleanText(v) {
				return false
			}
		}
	}
	return true
}

func cleanText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsRune(s, 0)
}
