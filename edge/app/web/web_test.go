package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

const number = "310101199001010014"

type echoIn struct {
	ID   string `path:"id" maxLength:"20"`
	Body struct {
		Name string   `json:"name" maxLength:"4"`
		List []string `json:"list,omitempty"`
	}
}

type echoOut struct{ Body struct{ Names []string } }

// testWeb lets in whoever says so in a header.
func testWeb(t *testing.T) *Web {
	t.Helper()
	w := New(Options{Title: "t", Version: "1", Auth: func(r *http.Request, _ []byte) (Actor, error) {
		who := r.Header.Get("Test-Who")
		if who == "" {
			return Actor{}, fault.Unauthenticatedf("test.who", "请登录")
		}
		return Actor{
			ID: who, Can: func(p string) bool { return p == who },
			With: func(ctx context.Context) context.Context { return ctx },
		}, nil
	}})
	Register(w, Op{ID: "test.echo", Method: http.MethodPost, Path: "/x/{id}", Summary: "回显"}, func(_ context.Context, in *echoIn) (*echoOut, error) {
		if in.Body.Name == "boom" {
			return nil, errors.New("a secret cause")
		}
		return &echoOut{}, nil
	})
	return w
}

func send(w http.Handler, who, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Test-Who", who)
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

func TestDeniedByDefault(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	w.engine.POST("/planted", func(c *gin.Context) { c.String(http.StatusOK, "in") })
	require.Equal(t, http.StatusForbidden, send(w, "test.echo", "/planted", "").Code)
	require.Equal(t, []string{"POST /planted"}, w.Undeclared())
	require.Equal(t, http.StatusUnauthorized, send(w, "", "/x/1", `{"name":"a"}`).Code)
	require.Equal(t, http.StatusForbidden, send(w, "other", "/x/1", `{"name":"a"}`).Code)
	require.Equal(t, http.StatusOK, send(w, "test.echo", "/x/1", `{"name":"a"}`).Code)
	require.Equal(t, http.StatusNotFound, send(w, "test.echo", "/none", "").Code)
	require.Panics(t, func() { Raw(w, Op{ID: "x", Method: "GET", Path: "/y"}, nil) }, "no summary")
}

// TestNothingOfTheInputComesBack: an ID number in a broken request stays there.
func TestNothingOfTheInputComesBack(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	for name, body := range map[string]string{
		"broken": `{"name":"` + number, "long": `{"name":"` + number + `"}`, "unknown": `{"name":"a","` + number + `":1}`,
		"type": `{"name":` + number + `}`, "list": `{"name":"a","list":"` + number + `"}`, "none": "", "twice": `{"name":"a","name":"b"}`,
		"upper": `{"NAME":"` + number + `"}`, "null": `{"name":null}`,
	} {
		a := send(w, "test.echo", "/x/1", body)
		require.Equal(t, http.StatusBadRequest, a.Code, "%s: %s", name, a.Body)
		require.NotContains(t, a.Body.String(), number, name)
		require.Contains(t, a.Body.String(), `"trace_id"`)
	}
	a := send(w, "test.echo", "/x/"+number+number, `{"name":"a"}`)
	require.Equal(t, http.StatusBadRequest, a.Code)
	require.NotContains(t, a.Body.String(), number)
	a = send(w, "test.echo", "/x/1", `{"name":"boom"}`)
	require.Equal(t, http.StatusInternalServerError, a.Code)
	require.NotContains(t, a.Body.String(), "secret")
	require.Equal(t, http.StatusRequestEntityTooLarge, send(w, "test.echo", "/x/1", strings.Repeat(" ", DefaultBody+1)).Code)
	require.Equal(t, http.StatusBadRequest, send(w, "test.echo", "/x/%00", `{"name":"a"}`).Code)
	require.Equal(t, http.StatusBadRequest, send(w, "test.echo", "/x/%ff", `{"name":"a"}`).Code)
}

func TestTheContract(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, testWeb(t).OpenAPI(&out))
	require.NotContains(t, out.String(), "$schema")
	require.NotContains(t, out.String(), `"null"`)
	require.Contains(t, out.String(), "x-permission: test.echo")
}

// TestBoardsOutliveTheReadLimit of the server.
func TestBoardsOutliveTheReadLimit(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	const limit = 100 * time.Millisecond
	Events(w, Op{ID: "test.board", Path: "/board", Summary: "看板"}, func(ctx context.Context, _ *gin.Context, s *Stream) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * limit):
			return s.Send("late", 1)
		}
	})
	srv := httptest.NewUnstartedServer(w)
	srv.Config.ReadTimeout = limit
	srv.Start()
	t.Cleanup(srv.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/board", nil)
	require.NoError(t, err)
	r.Header.Set("Test-Who", "test.board")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Contains(t, string(all), "event: late")
}

func FuzzStrictJSON(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1,"a":2}`, `[[[]]]`, "\"\\u0000\"", `{"a":{"b":[1,2,{"c":null}]}}`, `1e400`, "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var v any
		if strictJSON(in, &v) == nil {
			require.NotContains(t, string(in), "\xff")
		}
	})
}

func TestStrictJSON(t *testing.T) {
	t.Parallel()
	nested := func(n int, open, in, shut string) string {
		return strings.Repeat(open, n) + in + strings.Repeat(shut, n)
	}
	for _, in := range []string{
		`{}`, ` {"a" : 1} `, `{"a":{"a":1},"b":[{"a":1},{"a":1}]}`, `["a","a"]`, `{"a":["x","b"],"b":"a"}`, `{"a":"A,{\"","b":"\\"}`,
		`{"a":"\u4e2d"}`, nested(maxDepth, "[", "1", "]"), nested(maxDepth, `{"a":`, "1", "}"),
	} {
		require.NoError(t, checkJSON([]byte(in)), in)
	}
	for _, in := range []string{
		``, `{`, `{"a":1}x`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"b":{"a":1},"a":{"a":1,"c":[],"a":2}}`, `[{"a":1},{"a":1,"a":1}]`,
		`{"A":1}`, `{"Ä":1}`, `{"\u0041":1}`, `"\u0000"`, `{"\u0000":1}`, `"\ud800"`, "\"\ufffd\"", "\"\xff\"",
		nested(maxDepth+1, "[", "1", "]"), nested(maxDepth+1, `{"a":`, "1", "}"),
	} {
		require.Error(t, checkJSON([]byte(in)), in)
	}
}

// TestAnswersDoNotShareHeaders: the values are shared, changing one is not.
func TestAnswersDoNotShareHeaders(t *testing.T) {
	t.Parallel()
	one, other := http.Header{}, http.Header{}
	Headers(one, true)
	one.Set("Cache-Control", "public")
	one.Add("X-Frame-Options", "SAMEORIGIN")
	Headers(other, true)
	require.Equal(t, "no-store", other.Get("Cache-Control"))
	require.Equal(t, []string{"DENY"}, other.Values("X-Frame-Options"))
	for name := range other {
		require.Equal(t, http.CanonicalHeaderKey(name), name)
	}
}
