package web

import (
	"context"
	"html"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"huyun.internal/protocol/fault"
)

var (
	errPath   = fault.New(fault.NotFound, "request.path", "没有这个页面或接口，请检查地址")
	errMethod = fault.New(fault.Method, "request.method", "此地址不支持这样的操作，请通过系统页面操作")
)

const pageHead = `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>沪运从业</title><style>body{font:18px/1.6 "Noto Sans SC","Microsoft YaHei",sans-serif;margin:15vh auto;max-width:30em;padding:0 1em;color:#1d2129}
a{display:inline-block;margin:1em 1em 0 0;padding:.6em 1.4em;background:#0b5cad;color:#fff;text-decoration:none;border-radius:4px}</style></head><body><h1>`

// link is a way back from an error page.
type link struct{ path, text string }

// failPage is what a person sees who asked for a page that is not there.
func failPage(rw http.ResponseWriter, f *fault.Error, back ...link) {
	var b strings.Builder
	b.WriteString(pageHead + "打不开这个页面</h1><p>" + html.EscapeString(f.Text) + "。</p>")
	for _, l := range back {
		b.WriteString(`<a href="` + html.EscapeString(l.path) + `">` + html.EscapeString(l.text) + "</a>")
	}
	b.WriteString("</body></html>\n")
	h := rw.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	rw.WriteHeader(f.HTTP())
	_, _ = rw.Write([]byte(b.String())) // the reader may be gone
}

// noMethod answers for a path that exists, under another method; gin has listed
// those in Allow.
func (w *Web) noMethod(c *gin.Context) {
	answerMethod(c, strings.Split(c.Writer.Header().Get("Allow"), ", "))
}

func answerMethod(c *gin.Context, allow []string) {
	if slices.Contains(allow, http.MethodGet) {
		allow = append(allow, http.MethodHead)
	}
	c.Header("Allow", strings.Join(append(allow, http.MethodOptions), ", "))
	if c.Request.Method == http.MethodOptions {
		c.Abort()
		c.Status(http.StatusNoContent)
		return
	}
	Fail(c, errMethod)
}

// strayDots reports a path that tries to climb; browsers resolve such paths
// themselves.
func strayDots(path string) bool {
	return slices.Contains(strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }), "..")
}

type headKey struct{}

// headAsGet serves HEAD as what it is, a GET whose body nobody wants: the server
// drops it.
func headAsGet(r *http.Request) *http.Request {
	if r.Method != http.MethodHead {
		return r
	}
	r = r.WithContext(context.WithValue(r.Context(), headKey{}, true))
	r.Method = http.MethodGet
	return r
}

// isHead tells an open board that nobody will listen.
func isHead(ctx context.Context) bool { return ctx.Value(headKey{}) != nil }
