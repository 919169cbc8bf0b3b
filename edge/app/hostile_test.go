package app_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app"
	"huyun.internal/edge/app/apptest"
)

const number = "310101199001010014"

// exchange sends raw bytes and returns status and body, or 0 when the server
// only closes.
func exchange(t *testing.T, addr, raw string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	go func() { _, _ = io.WriteString(conn, raw) }() // the server may answer before it has read all
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body) // it may be cut
	return resp.StatusCode, string(body)
}

// listening serves a venue as the program does.
func listening(t *testing.T, h *apptest.House, header time.Duration) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := app.Server(h.Handler(), header, slog.New(slog.DiscardHandler))
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	t.Cleanup(func() {
		_ = srv.Close()
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	})
	return ln.Addr().String()
}

func zipped(t *testing.T, plain []byte) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(plain)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// TestHostileHTTP is what no browser sends (reliability B.6, parts 1 and 2):
// each is refused, nothing changes, nothing of it comes back, and the server
// goes on.
func TestHostileHTTP(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Received()
	addr := listening(t, h, 10*time.Second)
	const head = " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	const post, pair = "POST /proctor/v1/login" + head, "POST /terminal/v1/pair" + head
	with := func(start, body string) string {
		return start + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
	}
	get := func(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n" }
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "X-%d: a\r\n", i)
	}
	login := `{"username":"` + number + `","password":"` + number + `"}`
	for name, r := range map[string]struct {
		raw  string
		want []int
	}{
		"both lengths":         {post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", []int{400}},
		"length and chunked":   {post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400}},
		"negative length":      {post + "Content-Length: -1\r\n\r\n", []int{400}},
		"length too short":     {post + "Content-Length: 5\r\n\r\n" + login, []int{400}},
		"one header of 1 MB":   {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", []int{431, 0}},
		"10,000 headers":       {"GET / HTTP/1.1\r\nHost: x\r\n" + many.String() + "\r\n", []int{431, 0}},
		"no host":              {"GET /livez HTTP/1.1\r\n\r\n", []int{400}},
		"two hosts":            {"GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", []int{400}},
		"endless chunks":       {post + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("a", 65536)+"\r\n", 40), []int{413, 400, 0}},
		"large body":           {post + "Content-Length: 1048577\r\n\r\n" + strings.Repeat("a", 1000), []int{413}},
		"8 MB and 1":           {pair + "Content-Length: 8388609\r\n\r\n", []int{413}},
		"5 GB announced":       {post + "Content-Length: 5368709120\r\n\r\n", []int{413}},
		"gzip body":            {with(post+"Content-Encoding: gzip\r\n", zipped(t, []byte(login))), []int{400, 415}},
		"gzip bomb":            {with(post+"Content-Encoding: gzip\r\n", zipped(t, make([]byte, 10<<20))), []int{400, 415}},
		"no body":              {with(post, ""), []int{400}},
		"one byte":             {with(post, "{"), []int{400}},
		"trace":                {"TRACE /proctor/v1/me HTTP/1.1\r\nHost: x\r\nCookie: huyun_proctor=" + number + "\r\n\r\n", []int{404, 405}},
		"connect":              {"CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n", []int{404, 400, 405}},
		"absolute":             {"GET http://evil/proctor/v1/me HTTP/1.1\r\nHost: evil\r\n\r\n", []int{401}},
		"forged host":          {"GET /proctor/v1/me HTTP/1.1\r\nHost: evil.example\r\n\r\n", []int{401}},
		"origin of another":    {with(post+"Origin: https://evil.example\r\n", login), []int{403}},
		"origin null":          {with(post+"Origin: null\r\n", login), []int{403}},
		"method override":      {"GET /proctor/v1/logout HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: POST\r\n\r\n", []int{404, 405}},
		"bare garbage":         {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
		"HTTP/2 without TLS":   {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", []int{400, 404, 505, 0}},
		"header with CR":       {"GET /livez HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", []int{400}},
		"two slashes":          {get("//proctor//v1/me"), []int{301, 307, 308, 404}},
		"dots":                 {get("/terminal/../proctor/v1/me"), []int{301, 307, 308, 404}},
		"encoded dots":         {get("/proctor/v1/%2e%2e/secret"), []int{301, 307, 308, 404}},
		"out of the pages":     {get("/proctor/%2e%2e/%2e%2e/%2e%2e/etc/passwd"), []int{301, 307, 308, 400, 404}},
		"encoded slash":        {get("/proctor/..%2f..%2fetc%2fpasswd"), []int{400, 404, 200}},
		"NUL in the path":      {get("/proctor/v1/sittings/%00"), []int{400}},
		"NUL in a page's path": {get("/proctor/%00"), []int{200, 400, 404}},
		"trailing dot":         {get("/proctor/v1/me."), []int{404}},
		"upper case":           {get("/PROCTOR/V1/ME"), []int{404}},
		"million items":        {with(post, "["+strings.Repeat("1,", 400_000)+"1]"), []int{400}},
		"million items, large": {with(post, "["+strings.Repeat("1,", 1_000_000)+"1]"), []int{413}},
		"2^53+1":               {with(post, `{"username":9007199254740993,"password":"x"}`), []int{400}},
		"minus zero":           {with(pair, `{"code":-0}`), []int{400}},
		"depth 10,000":         {with(post, strings.Repeat("[", 10_000)), []int{400}},
		"same key twice":       {with(post, `{"username":"`+number+`","username":"chief","password":"x"}`), []int{400}},
		"unknown field":        {with(post, `{"username":"chief","password":"x","role":"chief","`+number+`":1}`), []int{400}},
		"null":                 {with(post, `{"username":null,"password":null}`), []int{400}},
		"U+0000":               {with(post, `{"username":"a\u0000","password":"x"}`), []int{400}},
		"bad UTF-8":            {with(post, "{\"username\":\"\xff\",\"password\":\"x\"}"), []int{400}},
		"ID number as a name":  {with(post, login), []int{401}},
	} {
		before := h.Store.Health()
		status, body := exchange(t, addr, r.raw)
		assert.Contains(t, r.want, status, "%s: %s", name, body)
		require.NotContains(t, body, number, name)
		require.NotContains(t, body, "root:", name)
		if name != "ID number as a name" { // a wrong password is audited
			require.Equal(t, before.Txn, h.Store.Health().Txn, "%s changed the store", name)
		}
		status, _ = exchange(t, addr, get("/livez"))
		require.Equal(t, http.StatusOK, status, "after %s", name)
	}
	status, body := exchange(t, addr, with(post, `{"username":"chief","password":"`+apptest.Password+`"}`))
	require.Equal(t, http.StatusOK, status, "made good: %s", body)
}

// TestForwardedForIsNotBelieved: the tries of one address are counted together,
// whatever address it says it forwards for.
func TestForwardedForIsNotBelieved(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Received()
	addr := listening(t, h, 10*time.Second)
	later := false
	for i := range 40 {
		body := fmt.Sprintf(`{"code":"%08d"}`, i)
		status, answer := exchange(t, addr, fmt.Sprintf("POST /terminal/v1/pair HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.9.0.%d\r\nX-Real-IP: 10.8.0.%d\r\nForwarded: for=10.7.0.%d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", i, i, i, len(body), body))
		require.GreaterOrEqual(t, status, 400)
		later = later || strings.Contains(answer, "seating.try.later")
	}
	require.True(t, later, "guessing is slowed down")
}

// TestSlowHeadersAreCut by the server that the program runs, with less patience.
func TestSlowHeadersAreCut(t *testing.T) {
	t.Parallel()
	const patience = 300 * time.Millisecond
	h := apptest.New(t, 1)
	addr := listening(t, h, patience)
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	start := time.Now()
	go func() {
		drop := time.NewTicker(patience / 10)
		defer drop.Stop()
		for _, b := range []byte("GET /livez HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 1000)) {
			if _, err := conn.Write([]byte{b}); err != nil {
				return
			}
			<-drop.C
		}
	}()
	require.NoError(t, conn.SetReadDeadline(start.Add(20*time.Second)))
	_, _ = io.Copy(io.Discard, conn) // ends when the server closes
	require.Less(t, time.Since(start), 10*time.Second)
	status, _ := exchange(t, addr, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
	require.Equal(t, http.StatusOK, status)
}
