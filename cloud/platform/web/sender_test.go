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

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

func TestTextIsWhatItLooksLike(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	for _, name := range []string{`a\nb`, `a\tb`, `a\u200b`, `\u202ea`, `a\u2028`} {
		rec := send(w, "PUT", notePath, `{"name":"`+name+`","score":1}`, "Test-Perms", "test.note.save")
		require.Equal(t, 400, rec.Code, name)
		require.Contains(t, rec.Body.String(), `"code":"request.text"`, name)
		require.Contains(t, rec.Body.String(), `"location":"body.name"`, name)
	}
	rec := send(w, "PUT", notePath, `{"name":"a","score":1,"tags":["a","b\n"]}`, "Test-Perms", "test.note.save")
	require.Contains(t, rec.Body.String(), `"location":"body.tags[1]"`)
}

func TestRateLimitAndForgedAddress(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	refused := 0
	for range 20 { // the minute may turn once in between
		rec := send(w, "GET", "/api/v1/hello", "", "X-Forwarded-For", "10.0.0.1")
		if rec.Code == http.StatusTooManyRequests {
			refused++
			require.NotEmpty(t, rec.Header().Get("Retry-After"))
		}
	}
	require.GreaterOrEqual(t, refused, 14)
}

// TestAHallBehindOneAddress: who has signed in is counted by their account.
func TestAHallBehindOneAddress(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	Register(w, Op{ID: "test.note.slow", Method: http.MethodPost, Path: "/api/v1/slow", Perm: SignedIn, Summary: "慢", PerMin: 3},
		func(context.Context, *struct{}) (*noteOut, error) { return &noteOut{}, nil })
	post := func(h ...string) int { return send(w, "POST", "/api/v1/slow", "", h...).Code }
	refused := 0
	for range 20 { // the minute may turn once in between
		if post("Test-Perms", "x", "Test-Staff", "zhang") == http.StatusTooManyRequests {
			refused++
		}
	}
	require.GreaterOrEqual(t, refused, 14)
	require.Equal(t, 200, post("Test-Perms", "x", "Test-Staff", "li"), "the same address, another person")
	for range 20 {
		post()
	}
	require.Equal(t, 200, post("Test-Perms", "x", "Test-Staff", "wang"), "strangers at the address do not count against people")
	require.Contains(t, []int{401, 429}, post())
}

type hangUp struct{}

func (hangUp) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type tooSlow struct{}

func (tooSlow) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// TestWhatTheSenderDidIsTheirs: no 5xx and no ERROR for a client that goes away
// or does not finish; what goes wrong at ours stays an error.
func TestWhatTheSenderDidIsTheirs(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := New(Options{Title: "t", Version: "1", Log: slog.New(slog.NewTextHandler(&log, nil))})
	Register(w, Op{ID: "test.wait", Method: http.MethodPost, Path: "/api/v1/wait", Perm: Public, Summary: "等"},
		func(ctx context.Context, _ *struct{ Body struct{} }) (*noteOut, error) {
			if ctx.Err() != nil {
				return nil, fault.New(fault.Unavailable, "test.down", "请稍后").With(ctx.Err())
			}
			return nil, errors.New("ours")
		})
	post := func(ctx context.Context, body io.Reader) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/wait", body).WithContext(ctx)
		r.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		return rec
	}
	ctx := context.Background()
	rec := post(ctx, tooSlow{})
	require.Equal(t, 408, rec.Code, rec.Body)
	require.Contains(t, rec.Body.String(), `"code":"request.timeout"`)
	rec = post(ctx, hangUp{})
	require.Equal(t, 499, rec.Code, rec.Body)
	gone, hang := context.WithCancel(ctx)
	hang()
	rec = post(gone, strings.NewReader("{}"))
	require.Equal(t, 499, rec.Code, rec.Body)
	require.NotContains(t, log.String(), "level=ERROR")
	require.Contains(t, log.String(), "request abandoned")
	require.Equal(t, 500, post(ctx, strings.NewReader("{}")).Code)
	require.Contains(t, log.String(), "level=ERROR")
}
