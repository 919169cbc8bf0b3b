package web

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"regexp"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Problem is the one form of a refusal (RFC 9457). It never repeats what was
// sent: an ID number in a broken request must not come back in the answer.
type Problem struct {
	Type    string  `json:"type" doc:"固定为 about:blank"`
	Title   string  `json:"title" doc:"中文说明，告诉用户下一步做什么"`
	Status  int     `json:"status"`
	Code    string  `json:"code" doc:"稳定的错误代码，供程序判断"`
	TraceID string  `json:"trace_id" doc:"报修时提供给管理员"`
	Errors  []Field `json:"errors,omitempty" doc:"逐项的填写错误"`

	retryAfter int
}

// Field is one thing wrong with a request.
type Field struct {
	Location string `json:"location" doc:"例如 body.items[3].name"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Title }

// GetStatus is for huma.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders is for huma.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(p.retryAfter))
	}
	return h
}

// ContentType is for huma.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func newProblem(ctx context.Context, f *fault.Error) *Problem {
	p := &Problem{Type: "about:blank", Title: f.Text, Status: f.HTTP(), Code: f.Code, TraceID: TraceID(ctx)}
	if f.Kind.Temporary() {
		p.retryAfter = 5
	}
	return p
}

// problem answers an error of a handler; the cause goes to the log and nowhere
// else.
func (w *Web) problem(ctx context.Context, err error) *Problem {
	return newProblem(ctx, judge(ctx, w.opts.Log, err))
}

// judge says whose failure it is. What went wrong because the sender hung up is
// theirs, whatever part of ours noticed it first; only what is ours is an error
// in the log.
func judge(ctx context.Context, log *slog.Logger, err error) *fault.Error {
	f := fault.From(err)
	if !f.Kind.Ours() {
		return f
	}
	level, text := slog.LevelError, "request failed"
	if errors.Is(ctx.Err(), context.Canceled) {
		level, text = slog.LevelInfo, "request abandoned"
		f = errAbandoned.With(err)
	}
	if log != nil {
		log.Log(ctx, level, text, slog.String("trace_id", TraceID(ctx)), slog.String("code", f.Code), slog.Any("error", err))
	}
	return f
}

var errAbandoned = fault.New(fault.Abandoned, "request.abandoned", "连接已中断，请检查网络后重试")

// Fail answers a raw route's error.
func Fail(c *gin.Context, err error) {
	ctx := c.Request.Context()
	f := judge(ctx, factsOf(ctx).log, err)
	c.Abort()
	writeProblem(c.Writer, newProblem(ctx, f))
}

func writeProblem(rw http.ResponseWriter, p *Problem) {
	for k, v := range p.GetHeaders() {
		rw.Header()[k] = v
	}
	body, _ := json.Marshal(p) // strings and numbers only
	rw.Header().Set("Content-Type", p.ContentType(""))
	rw.WriteHeader(p.Status)
	_, _ = rw.Write(body) // the reader may be gone
}

// huma keeps these in package variables; they are set once for the process.
var humaDefaults sync.Once //nolint:gochecknoglobals // guards huma's own globals

func setHumaDefaults() {
	humaDefaults.Do(func() {
		huma.DefaultArrayNullable = false
		huma.ValidateStrictCasing = true
		setMessages()
		huma.NewError = func(status int, _ string, errs ...error) huma.StatusError {
			return requestProblem(context.Background(), status, errs)
		}
		huma.NewErrorWithContext = func(hc huma.Context, status int, _ string, errs ...error) huma.StatusError {
			return requestProblem(hc.Context(), status, errs)
		}
	})
}

// requestProblem is what huma's own refusals become: its texts are English and
// carry the value that was sent, so neither is kept.
func requestProblem(ctx context.Context, status int, errs []error) *Problem {
	p := newProblem(ctx, requestFault(status))
	for _, err := range errs {
		d, ok := err.(huma.ErrorDetailer) //nolint:errorlint // huma hands over the value itself
		if !ok || status >= http.StatusInternalServerError {
			continue
		}
		detail := d.ErrorDetail()
		p.Errors = append(p.Errors, Field{Location: safeLocation(detail.Location), Message: safeMessage(detail.Message)})
		if len(p.Errors) == 20 {
			break
		}
	}
	return p
}

func requestFault(status int) *fault.Error {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return fault.New(fault.TooLarge, "request.large", "提交的内容过大，请减少后重试")
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		return fault.New(fault.Invalid, "request.media", "提交的内容格式不受支持，请使用系统页面操作")
	case http.StatusRequestTimeout:
		return fault.New(fault.Slow, "request.timeout", "提交超时，请检查网络后重试")
	}
	if status >= http.StatusInternalServerError {
		return fault.From(errInternal)
	}
	return fault.New(fault.Invalid, "request.invalid", "提交的内容有误，请按提示修改后重试")
}

// untidy refuses bodies with text that does not look like what it is, or names
// somebody's whole ID number, before
// any service sees them: what is stored is shown on screens, printed and read
// into other systems. Fields say with a text tag that they are otherwise
// (person.CheckText).
func untidy(ctx context.Context, in any) *Problem {
	body := reflect.ValueOf(in).Elem()
	if body.Kind() != reflect.Struct || !body.FieldByName("Body").IsValid() {
		return nil
	}
	field, err := person.CheckText(body.FieldByName("Body").Interface())
	if err == nil {
		return nil
	}
	p := newProblem(ctx, fault.From(err))
	p.Errors = []Field{{Location: safeLocation("body." + field), Message: fault.From(err).Text}}
	return p
}

// errInternal stands where huma or a panic gives no error of its own.
var errInternal = errors.New("internal")

var plainLocation = regexp.MustCompile(`^[a-z][a-zA-Z0-9_.\[\]-]{0,80}$`)
var longDigits = regexp.MustCompile(`[0-9]{6,}`)

// safeLocation keeps names from the contract; the name of an unknown field is
// input.
func safeLocation(l string) string {
	if !plainLocation.MatchString(l) || longDigits.MatchString(l) {
		return "body"
	}
	return l
}
