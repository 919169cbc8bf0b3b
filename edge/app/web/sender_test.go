package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestWhatTheSenderDidIsTheirs: no 5xx and no ERROR for a client that goes away
// or does not finish; what goes wrong at ours stays an error.
func TestWhatTheSenderDidIsTheirs(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := New(Options{Title: "t", Version: "1", Log: slog.New(slog.NewTextHandler(&log, nil))})
	Register(w, Op{ID: "test.wait", Method: http.MethodPost, Path: "/x/v1/wait", Perm: Public, Summary: "等"},
		func(ctx context.Context, _ *struct{ Body struct{} }) (*echoOut, error) {
			if ctx.Err() != nil {
				return nil, fault.Unavailablef("test.down", "请稍后").With(ctx.Err())
			}
			return nil, errors.New("ours")
		})
	post := func(ctx context.Context, body io.Reader) int {
		r := httptest.NewRequest(http.MethodPost, "/x/v1/wait", body).WithContext(ctx)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		return rec.Code
	}
	ctx := context.Background()
	require.Equal(t, 408, post(ctx, failing{os.ErrDeadlineExceeded}))
	require.Equal(t, 499, post(ctx, failing{io.ErrUnexpectedEOF}))
	gone, hang := context.WithCancel(ctx)
	hang()
	require.Equal(t, 499, post(gone, strings.NewReader("{}")))
	require.NotContains(t, log.String(), "level=ERROR")
	require.Equal(t, 500, post(ctx, strings.NewReader("{}")))
	require.Contains(t, log.String(), "level=ERROR")
}

func TestPersonsAreCountedAndNotTheirAddress(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	Register(w, Op{ID: "test.slow", Method: http.MethodPost, Path: "/slow", Perm: SignedIn, Summary: "慢", PerMin: 3},
		func(context.Context, *struct{}) (*echoOut, error) { return &echoOut{}, nil })
	refused := 0
	for range 20 { // the minute may turn once in between
		if send(w, "zhang", "/slow", "").Code == http.StatusTooManyRequests {
			refused++
		}
	}
	require.GreaterOrEqual(t, refused, 14)
	for range 20 {
		send(w, "", "/slow", "")
	}
	require.Equal(t, 200, send(w, "li", "/slow", "").Code)
}

func TestTextIsWhatItLooksLike(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	for _, name := range []string{`a\nb`, `a\u200b`, `\u202ea`} {
		rec := send(w, "test.echo", "/x/1", `{"name":"`+name+`"}`)
		require.Equal(t, 400, rec.Code, name)
		require.Contains(t, rec.Body.String(), `"code":"request.text"`, name)
		require.Contains(t, rec.Body.String(), `"location":"body.name"`, name)
	}
}

// TestErrorPages: whoever types a wrong address reads Chinese and finds a way
// back; a program gets a fault.
func TestErrorPages(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/x/v1/", testWeb(t))
	mux.Handle("/x/", Pages("/x/", fstest.MapFS{"index.html": {Data: []byte("<p>页面")}}, false))
	mux.Handle("/", Missing(false))
	h := Straight(false, mux)
	get := func(method, path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(method, path, nil))
		return rec
	}
	require.Equal(t, 200, get("GET", "/x/sittings/1").Code)
	for _, path := range []string{"/none", "/x/gone.js", "/x/a%00b", "/x/../y", "/../etc/passwd", "/x/%2e%2e/y"} {
		rec := get("GET", path)
		require.Equal(t, 404, rec.Code, path)
		require.Equal(t, "text/html; charset=utf-8", rec.Header().Get("Content-Type"), path)
		require.Contains(t, rec.Body.String(), "没有这个页面", path)
		require.Contains(t, rec.Body.String(), `href="/terminal/"`, path)
		require.NotEmpty(t, rec.Header().Get("Content-Security-Policy"), path)
	}
	for path, status := range map[string]int{"/x/v1/none": 404, "/x/v1/../y": 404, "/x/v1/x/1": 404} {
		rec := get("GET", path)
		require.Equal(t, status, rec.Code, path)
		require.Equal(t, "application/problem+json", rec.Header().Get("Content-Type"), path)
	}
	for _, path := range []string{"/none", "/x/sittings"} {
		rec := get("POST", path)
		require.Equal(t, 405, rec.Code, path)
		require.Contains(t, rec.Body.String(), `"code":"request.method"`, path)
		require.Equal(t, 204, get("OPTIONS", path).Code, path)
	}
}
