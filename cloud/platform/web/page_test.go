package web

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
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
