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

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
)

const idNumber = "310101199001011234"

// door believes a header; it stands for identity here.
type door struct{}

func (door) Authenticate(_ context.Context, r *http.Request) (auth.Actor, error) {
	perms := r.Header.Get("Test-Perms")
	if perms == "" {
		return auth.Actor{}, auth.Required()
	}
	return auth.Actor{ID: "u" + r.Header.Get("Test-Staff"), Kind: auth.KindStaff, CSRF: r.Header.Get("Test-Want-CSRF"), Perms: auth.NewPerms(strings.Split(perms, ",")...)}, nil
}

type noteIn struct {
	ID   string `path:"id" format:"uuid"`
	Deep bool   `query:"deep"`
	Body struct {
		Name  string   `json:"name" minLength:"1" maxLength:"5"`
		Score int      `json:"score" minimum:"0" maximum:"100"`
		Tags  []string `json:"tags,omitempty" maxItems:"3"`
		More  any      `json:"more,omitempty"`
	}
}

type noteOut struct {
	Body struct {
		Name  string   `json:"name"`
		Items []string `json:"items"`
	}
}

func testWeb(t *testing.T) *Web {
	t.Helper()
	w := New(Options{Title: "t", Version: "1", Auth: door{}})
	Register(w, Op{ID: "test.note.save", Method: http.MethodPut, Path: "/api/v1/notes/{id}", Summary: "保存", MaxBody: 2000},
		func(_ context.Context, in *noteIn) (*noteOut, error) {
			out := &noteOut{}
			out.Body.Name, out.Body.Items = in.Body.Name, []string{}
			switch in.Body.Score {
			case 41:
				return nil, errors.New("secret cause " + idNumber)
			case 42:
				return nil, fault.New(fault.Conflict, "test.note.state", "请刷新")
			case 43:
				panic("secret panic")
			}
			return out, nil
		})
	Register(w, Op{ID: "test.note.code", Method: http.MethodPost, Path: "/api/v1/codes", Summary: "编号"},
		func(context.Context, *struct {
			Body struct {
				Bare string `json:"bare" pattern:"^[a-z]+$"`
				Told string `json:"told" pattern:"^[a-z]+$" patternDescription:"小写字母"`
			}
		},
		) (*noteOut, error) {
			return &noteOut{}, nil
		})
	Register(w, Op{ID: "test.note.mine", Method: http.MethodGet, Path: "/api/v1/mine", Perm: SignedIn, Summary: "我的"},
		func(context.Context, *struct{}) (*noteOut, error) { return &noteOut{}, nil })
	Register(w, Op{ID: "test.note.hello", Method: http.MethodGet, Path: "/api/v1/hello", Perm: Public, Summary: "公开", PerMin: 3},
		func(context.Context, *struct{}) (*noteOut, error) { return &noteOut{}, nil })
	return w
}

func send(w http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, r)
	return rec
}

const notePath = "/api/v1/notes/01a208be-40d4-7afe-b070-ba61c579a44d"

func TestBadInputIsRefusedWithoutEcho(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	deep := strings.Repeat("[", 10000) + strings.Repeat("]", 10000)
	cases := map[string]struct {
		body string
		code int
	}{
		"empty":              {"", 400},
		"one byte":           {"1", 400},
		"broken":             {`{"name":"` + idNumber, 400},
		"too long":           {`{"name":"` + idNumber + `","score":1}`, 400},
		"wrong type":         {`{"name":` + idNumber + `,"score":1}`, 400},
		"number as text":     {`{"name":"a","score":"1"}`, 400},
		"missing":            {`{"name":"a"}`, 400},
		"null for required":  {`{"name":null,"score":1}`, 400},
		"unknown field":      {`{"name":"a","score":1,"role":"admin"}`, 400},
		"id number as field": {`{"name":"a","score":1,"` + idNumber + `":1}`, 400},
		"other case":         {`{"Name":"a","score":1}`, 400},
		"duplicate":          {`{"name":"a","score":1,"score":100}`, 400},
		"nested duplicate":   {`{"name":"a","score":1,"more":{"x":1,"x":2}}`, 400},
		"escaped duplicate":  {`{"name":"a","score":1,"sc\u006fre":2}`, 400},
		"NUL":                {`{"name":"a\u0000","score":1}`, 400},
		"lone surrogate":     {`{"name":"a\ud800","score":1}`, 400},
		"bad UTF-8":          {"{\"name\":\"\xff\",\"score\":1}", 400},
		"huge exponent":      {`{"name":"a","score":1e400}`, 400},
		"NaN":                {`{"name":"a","score":NaN}`, 400},
		"fraction":           {`{"name":"a","score":1.5}`, 400},
		"over":               {`{"name":"a","score":101}`, 400},
		"deep":               {`{"name":"a","score":1,"more":` + deep + `}`, 413},
		"deep but small":     {`{"name":"a","score":1,"more":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, 400},
		"many items":         {`{"name":"a","score":1,"tags":["1","2","3","4"]}`, 400},
		"trailing":           {`{"name":"a","score":1} {}`, 400},
		"large":              {`{"name":"a","score":1,"more":"` + strings.Repeat("x", 3000) + `"}`, 413},
		"array":              {`[]`, 400},
	}
	for name, c := range cases {
		rec := send(w, "PUT", notePath, c.body, "Test-Perms", "test.note.save")
		require.Equal(t, c.code, rec.Code, "%s: %s", name, rec.Body)
		require.Equal(t, "application/problem+json", rec.Header().Get("Content-Type"), name)
		require.NotContains(t, rec.Body.String(), idNumber, name)
		require.NotContains(t, rec.Body.String(), "expected", name)
		require.Contains(t, rec.Body.String(), `"code":"request.`, name)
		require.Contains(t, rec.Body.String(), `"trace_id":"`+rec.Header().Get("X-Trace-Id"), name)
	}
	good := send(w, "PUT", notePath, `{"name":"𠮷·😀a","score":-0}`, "Test-Perms", "test.note.save")
	require.Equal(t, 200, good.Code, good.Body)
	require.NotContains(t, good.Body.String(), "$schema")
}

// Nobody reads a regular expression.
func TestAPatternIsToldInWords(t *testing.T) {
	t.Parallel()
	rec := send(testWeb(t), http.MethodPost, "/api/v1/codes", `{"bare":"1","told":"2"}`, "Test-Perms", "test.note.code")
	require.Equal(t, http.StatusBadRequest, rec.Code, rec.Body.String())
	require.NotContains(t, rec.Body.String(), "a-z")
	require.NotContains(t, rec.Body.String(), "EXTRA")
	require.Contains(t, rec.Body.String(), `"格式不正确"`)
	require.Contains(t, rec.Body.String(), `"格式不正确，应为小写字母"`)
}

func TestBadAddressesAreRefused(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	body := `{"name":"a","score":1}`
	for path, code := range map[string]int{
		"/api/v1/notes/" + idNumber:       400,
		notePath + "?deep=%00":            400,
		notePath + "?%00=1":               400,
		notePath + "?deep=%ff":            400,
		notePath + "?deep=1;x":            400,
		notePath + "?unknown=" + idNumber: 400,
		"/api/v1/notes/%00":               400,
		"//api/v1/notes/x":                404,
		"/API/notes/x":                    404,
		notePath + "/":                    404,
		"/api/v1/notes/../mine":           404,
		"/api/v1/notes/%2e%2e/mine":       404,
	} {
		rec := send(w, "PUT", path, body, "Test-Perms", "test.note.save")
		require.Equal(t, code, rec.Code, "%s: %s", path, rec.Body)
		require.NotContains(t, rec.Body.String(), idNumber)
	}
	require.Equal(t, 405, send(w, "TRACE", "/api/v1/mine", "", "Test-Perms", "x").Code)
	require.Equal(t, 401, send(w, "GET", "/api/v1/mine", "", "X-HTTP-Method-Override", "PUT").Code)
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	for _, ct := range []string{"text/plain", "application/x-www-form-urlencoded", "application/cbor", "multipart/form-data; boundary=x"} {
		rec := send(w, "PUT", notePath, `{"name":"a","score":1}`, "Test-Perms", "test.note.save", "Content-Type", ct)
		require.Equal(t, 400, rec.Code, ct)
	}
	rec := send(w, "PUT", notePath, "\x1f\x8b\x08garbage", "Test-Perms", "test.note.save", "Content-Encoding", "gzip")
	require.Equal(t, 400, rec.Code)
}

func TestHandlersErrors(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	for score, want := range map[string]struct {
		status int
		code   string
	}{"41": {500, "internal"}, "42": {409, "test.note.state"}, "43": {500, "internal"}} {
		rec := send(w, "PUT", notePath, `{"name":"a","score":`+score+`}`, "Test-Perms", "test.note.save")
		require.Equal(t, want.status, rec.Code, score)
		require.Contains(t, rec.Body.String(), `"code":"`+want.code+`"`)
		require.NotContains(t, rec.Body.String(), "secret")
		require.NotContains(t, rec.Body.String(), idNumber)
	}
}

func TestDeniedByDefault(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	body := `{"name":"a","score":1}`
	require.Equal(t, 401, send(w, "PUT", notePath, body).Code)
	require.Equal(t, 403, send(w, "PUT", notePath, body, "Test-Perms", "other").Code)
	require.Equal(t, 401, send(w, "GET", "/api/v1/mine", "").Code)
	require.Equal(t, 200, send(w, "GET", "/api/v1/mine", "", "Test-Perms", "other").Code)
	require.Equal(t, 200, send(w, "GET", "/api/v1/hello", "").Code)

	called := false
	w.engine.GET("/api/v1/planted", func(c *gin.Context) { called = true; c.Status(http.StatusOK) })
	require.Equal(t, 403, send(w, "GET", "/api/v1/planted", "", "Test-Perms", "test.note.save").Code)
	require.False(t, called, "a route that nobody declared is never reached")
	require.Equal(t, []string{"GET /api/v1/planted"}, w.Undeclared())

	for _, op := range []Op{{}, {ID: "x", Method: "GET", Path: "/x"}, {ID: "x", Method: "GET", Summary: "x"}, {ID: "again", Method: "GET", Path: "/api/v1/mine", Summary: "x"}} {
		require.Panics(t, func() { Raw(w, op, func(*gin.Context) {}) }, op)
	}
}

func TestCSRF(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	body := `{"name":"a","score":1}`
	with := func(h ...string) int {
		return send(w, "PUT", "http://cloud.example"+notePath, body, append([]string{"Test-Perms", "test.note.save", "Test-Want-CSRF", "secret"}, h...)...).Code
	}
	require.Equal(t, 403, with())
	require.Equal(t, 403, with("X-Huyun-CSRF", "wrong"))
	require.Equal(t, 200, with("X-Huyun-CSRF", "secret"))
	require.Equal(t, 200, with("X-Huyun-CSRF", "secret", "Origin", "http://cloud.example", "Sec-Fetch-Site", "same-origin"))
	for _, h := range [][]string{{"Origin", "null"}, {"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		require.Equal(t, 403, with(append(h, "X-Huyun-CSRF", "secret")...), h)
	}
}

func TestOpenAPIIsCompleteAndStable(t *testing.T) {
	t.Parallel()
	var one, two bytes.Buffer
	require.NoError(t, testWeb(t).OpenAPI(&one))
	require.NoError(t, testWeb(t).OpenAPI(&two))
	require.Equal(t, one.String(), two.String())
	doc := one.String()
	require.Contains(t, doc, "x-permission: test.note.save")
	require.Contains(t, doc, "x-audit: none")
	require.NotContains(t, doc, `"null"`)
	require.NotContains(t, doc, "$schema")
	require.Contains(t, doc, "TestNoteSaveRequest")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	bad := errors.New("down")
	w := New(Options{Title: "t", Version: "1"})
	w.Health(Check{Name: "database", Run: func(context.Context) error { return bad }})
	require.Equal(t, 200, send(w, "GET", "/livez", "").Code)
	rec := send(w, "GET", "/readyz", "")
	require.Equal(t, 503, rec.Code)
	require.JSONEq(t, `{"checks":[{"name":"database","ok":false}]}`, rec.Body.String())
}

func TestEventsEndWithTheServer(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	Events(w, Op{ID: "test.board", Path: "/api/v1/board", Summary: "看板"}, func(ctx context.Context, _ *gin.Context, s *Stream) error {
		if err := s.Send("row", map[string]int{"n": 1}); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
	srv := httptest.NewServer(w)
	t.Cleanup(srv.Close)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/api/v1/board", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.Equal(t, 401, resp.StatusCode)
	require.NoError(t, resp.Body.Close())
	r.Header.Set("Test-Perms", "test.board")
	resp, err = http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	require.Equal(t, "text/event-stream; charset=utf-8", resp.Header.Get("Content-Type"))
	want := ": open\n\nevent: row\ndata: {\"n\":1}\n\n"
	got := make([]byte, len(want))
	_, err = io.ReadFull(resp.Body, got)
	require.NoError(t, err)
	require.Equal(t, want, string(got))
	w.EndStreams()
	rest, err := io.ReadAll(resp.Body)
	require.NoError(t, err, "the stream ends by itself")
	require.Empty(t, rest)
}

// A board outlives the server's limit on reading a request.
func TestEventsOutliveTheReadTimeout(t *testing.T) {
	t.Parallel()
	w := testWeb(t)
	const limit = 100 * time.Millisecond
	Events(w, Op{ID: "test.board", Path: "/api/board", Summary: "看板"}, func(ctx context.Context, _ *gin.Context, s *Stream) error {
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
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"/api/board", nil)
	require.NoError(t, err)
	r.Header.Set("Test-Perms", "test.board")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
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
		if strictJSON(in, &v) == nil && bytes.Contains(in, []byte(`\u0000`)) && !bytes.Contains(in, []byte(`\\u0000`)) {
			t.Fatal("NUL was accepted")
		}
	})
}
