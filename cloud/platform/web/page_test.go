package web

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/display"
)

func TestSPA(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	w.SPA(fstest.MapFS{
		"index.html": {Data: []byte("<p>页面")}, "assets/a-123.js": {Data: []byte("1")}, "logo.svg": {Data: []byte("<svg/>")},
	})
	for path, want := range map[string]struct {
		code  int
		cache string
	}{
		"/":                 {200, "no-cache"},
		"/exam/venues":      {200, "no-cache"},
		"/assets/a-123.js":  {200, "immutable"},
		"/logo.svg":         {200, "no-cache"},
		"/assets/gone.js":   {404, ""},
		"/api/v1/none":      {404, "no-store"},
		"/../../etc/passwd": {404, "no-store"},
		"/a%00b":            {404, ""},
	} {
		rec := send(w, "GET", path, "")
		require.Equal(t, want.code, rec.Code, path)
		require.Contains(t, rec.Header().Get("Cache-Control"), want.cache, path)
	}
	for _, path := range []string{"/assets/gone.js", "/../../etc/passwd", "/a%00b"} {
		rec := send(w, "GET", path, "")
		require.Equal(t, "text/html; charset=utf-8", rec.Header().Get("Content-Type"), path)
		require.Contains(t, rec.Body.String(), "没有这个页面", path)
		require.Contains(t, rec.Body.String(), `href="/"`, "%s: a way back", path)
	}
	require.Equal(t, 405, send(w, "POST", "/exam", "{}").Code)
	require.Equal(t, "GET, HEAD, OPTIONS", send(w, "OPTIONS", "/exam", "").Header().Get("Allow"))
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	Events(w, Op{ID: "test.board", Path: "/api/v1/board", Summary: "看板"}, func(ctx context.Context, _ *gin.Context, _ *Stream) error {
		<-ctx.Done()
		return nil
	})
	rec := send(w, "DELETE", "/api/v1/mine", "", "Test-Perms", "x")
	require.Equal(t, 405, rec.Code)
	require.Equal(t, "GET, HEAD, OPTIONS", rec.Header().Get("Allow"))
	require.Contains(t, rec.Body.String(), `"code":"request.method"`)
	rec = send(w, "OPTIONS", notePath, "")
	require.Equal(t, 204, rec.Code)
	require.Equal(t, "PUT, OPTIONS", rec.Header().Get("Allow"))
	require.Empty(t, rec.Header().Get("Access-Control-Allow-Origin"))
	require.Equal(t, 404, send(w, "OPTIONS", "/api/v1/none", "").Code)
	require.Equal(t, 200, send(w, "HEAD", "/api/v1/hello", "").Code)
	require.Equal(t, 401, send(w, "HEAD", "/api/v1/mine", "").Code, "HEAD is guarded as GET is")
	require.Equal(t, 405, send(w, "HEAD", notePath, "", "Test-Perms", "test.note.save").Code)
	require.Equal(t, 200, send(w, "HEAD", "/api/v1/board", "", "Test-Perms", "test.board").Code, "does not wait for a board")
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	h := send(testWeb(t), "GET", "/api/v1/hello", "").Header()
	require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	require.Equal(t, "no-store", h.Get("Cache-Control"))
	require.Empty(t, h.Get("Access-Control-Allow-Origin"))
}

// No kind of answer leaves a browser to guess what it is, or to show it in somebody's
// frame: files, whose handlers set the rest of their headers, and what goes wrong.
func TestEveryAnswerIsWhatItSays(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	w.SPA(fstest.MapFS{"index.html": {Data: []byte("<p>页面")}, "logo.svg": {Data: []byte("<svg/>")}})
	Saved(w, Op{ID: "test.file.save", Method: "GET", Path: "/api/v1/file", Summary: "文件"}, "application/pdf",
		func(context.Context, *struct{}) (File, error) {
			return File{Name: "表.pdf", Data: []byte("%PDF-1.7")}, nil
		})
	Raw(w, Op{ID: "test.file.raw", Method: "GET", Path: "/api/v1/raw", Summary: "文件"}, func(c *gin.Context) {
		if c.Query("panic") != "" {
			panic("secret")
		}
		c.Data(200, "application/octet-stream", []byte("<html>"))
	})
	Events(w, Op{ID: "test.board", Path: "/api/v1/board", Summary: "看板"}, func(context.Context, *gin.Context, *Stream) error { return nil })
	for path, want := range map[string]int{
		"/": 200, "/logo.svg": 200, "/gone.svg": 404, "/a%00b": 404, "/api/v1/none": 404, "/api/v1/hello": 200, "/api/v1/mine": 200, notePath: 405,
		"/api/v1/file": 200, "/api/v1/file?x=1": 400, "/api/v1/raw": 200, "/api/v1/raw?panic=1": 500, "/api/v1/board": 200,
	} {
		rec := send(w, "GET", path, "", "Test-Perms", "test.file.save,test.file.raw,test.board")
		require.Equal(t, want, rec.Code, path)
		h := rec.Header()
		require.Equal(t, []string{"nosniff"}, h.Values("X-Content-Type-Options"), path)
		require.Len(t, h.Values("Content-Security-Policy"), 1, path)
		require.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		require.NotEmpty(t, h.Get("Content-Type"), path)
	}
	rec := send(w, "GET", "/api/v1/file", "", "Test-Perms", "test.file.save")
	require.Equal(t, display.Policy, rec.Header().Get("Content-Security-Policy"))
	require.Equal(t, 401, send(w, "GET", "/api/v1/file", "").Code)
	require.Equal(t, "nosniff", send(w, "GET", "/api/v1/file", "").Header().Get("X-Content-Type-Options"))
}
