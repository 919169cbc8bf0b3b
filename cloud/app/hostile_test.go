package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/dbtest"
)

// number must never come back.
const number = "310101199001010014"

// exchange sends raw bytes, over TLS if there is a configuration, and returns
// status and body, or 0 when the server only closes.
func exchange(t *testing.T, addr string, conf *tls.Config, raw string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	if conf != nil {
		conn = tls.Client(conn, conf)
	}
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

type hostile struct {
	raw  string
	want []int
}

// generic is part 1 of B.6; start begins a request that carries a body.
func generic(start string) map[string]hostile {
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "X-%d: a\r\n", i)
	}
	get := func(target string) string { return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n" }
	return map[string]hostile{
		"both lengths":       {start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", []int{400}},
		"length and chunked": {start + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400}},
		"negative length":    {start + "Content-Length: -1\r\n\r\n", []int{400}},
		"length too short":   {start + "Content-Length: 5\r\n\r\n{\"username\":\"x\"}", []int{400}},
		"one header of 1 MB": {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", []int{431, 0}},
		"10,000 headers":     {"GET / HTTP/1.1\r\nHost: x\r\n" + many.String() + "\r\n", []int{431, 0}},
		"no host":            {"GET /livez HTTP/1.1\r\n\r\n", []int{400}},
		"two hosts":          {"GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", []int{400}},
		"endless chunks":     {start + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("a", 65536)+"\r\n", 40), []int{413, 400, 0}},
		"large body":         {start + "Content-Length: 8388609\r\n\r\n" + strings.Repeat("a", 1000), []int{413}},
		"5 GB announced":     {start + "Content-Length: 5368709120\r\n\r\n", []int{413}},
		"trace":              {"TRACE / HTTP/1.1\r\nHost: x\r\nX: " + number + "\r\n\r\n", []int{404, 405}},
		"connect":            {"CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n", []int{404, 405, 400}},
		"bare garbage":       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
		"header with CR":     {"GET /livez HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", []int{400}},
		"forged local":       {"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.9.9.9\r\n\r\n", []int{200}},
		"origin of another":  {start + "Origin: https://evil.example\r\nContent-Length: 2\r\n\r\n{}", []int{403}},
		"origin null":        {start + "Origin: null\r\nContent-Length: 2\r\n\r\n{}", []int{403}},
		"two slashes":        {get("//api//v1/staff"), []int{200, 301, 307, 404}}, // 200: the page, which is for anybody
		"encoded dots":       {get("/api/v1/%2e%2e/secret"), []int{301, 307, 400, 404}},
		"out of the pages":   {get("/%2e%2e/%2e%2e/etc/passwd"), []int{301, 307, 400, 404}},
		"NUL in the path":    {get("/node/v1/blobs/%00"), []int{400, 404}},
		"trailing dot":       {get("/api/v1/staff."), []int{404}},
	}
}

// bodies is part 2 of B.6: JSON that two readers could read differently.
func bodies(start string) map[string]hostile {
	with := func(start, body string) hostile {
		return hostile{start + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body, []int{400, 413, 415}}
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 10<<20)) // into memory
	_ = z.Close()
	return map[string]hostile{
		"million items":  with(start, "["+strings.Repeat("1,", 1_000_000)+"1]"),
		"2^53+1":         with(start, `{"username":9007199254740993,"code":9007199254740993}`),
		"depth 10,000":   with(start, strings.Repeat("[", 10_000)),
		"same key twice": with(start, `{"code":"`+number+`","code":"x","username":"`+number+`","username":"x"}`),
		"unknown field":  with(start, `{"username":"x","password":"x","`+number+`":1}`),
		"U+0000":         with(start, `{"username":"`+number+`\u0000","password":"x"}`),
		"gzip bomb":      with(start+"Content-Encoding: gzip\r\n", bomb.String()),
		"no body":        with(start, ""),
	}
}

// TestHostileHTTP is what no browser sends (reliability B.6, parts 1 and 2), to
// the console and to the devices' interface: each is refused, and the server
// goes on.
func TestHostileHTTP(t *testing.T) {
	t.Parallel()
	c := serveConfig(t)
	d := dbtest.NewEmpty(t)
	c.Database.DSN = d.Config().ConnString()
	stop := served(t, c)
	defer stop()
	before := dbtest.Snapshot(t, d, "identity_session", "audit_anchor")
	try := func(where, addr string, conf *tls.Config, list map[string]hostile, also ...int) {
		for name, r := range list {
			status, body := exchange(t, addr, conf, r.raw)
			assert.Contains(t, slices.Concat(r.want, also), status, "%s at the %s: %s", name, where, body)
			assert.NotContains(t, body, number, name)
			assert.NotContains(t, body, "root:", name)
			status, _ = exchange(t, addr, conf, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
			require.Equal(t, 200, status, "after %s at the %s", name, where)
		}
	}
	const json = " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	devices := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} //nolint:gosec // the test is not about whom it reaches
	try("console", c.Console.Addr, nil, generic("POST /api/v1/session"+json))
	try("console", c.Console.Addr, nil, bodies("POST /api/v1/session"+json))
	try("console", c.Console.Addr, nil, map[string]hostile{
		"absolute":    {"GET http://evil/api/v1/staff HTTP/1.1\r\nHost: evil\r\n\r\n", []int{401}},
		"forged host": {"GET /api/v1/staff HTTP/1.1\r\nHost: evil.example\r\n\r\n", []int{401}},
		"override":    {"GET /api/v1/session/password HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: POST\r\n\r\n", []int{404, 405}},
	})
	// A device is asked who it is before its body is looked at: 401.
	try("gateway", c.Gateway.Addr, devices, generic("POST /node/v1/renew"+json), http.StatusUnauthorized)
	try("gateway", c.Gateway.Addr, devices, bodies("POST /node/v1/enrol"+json))
	require.Equal(t, before, dbtest.Snapshot(t, d, "identity_session", "audit_anchor"))
}

// TestSlowHeadersAreCut by the server of every listener, with less patience.
func TestSlowHeadersAreCut(t *testing.T) {
	t.Parallel()
	const patience = 300 * time.Millisecond
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	srv := server(Blank().Gateway(), patience)
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ln) }()
	defer func() {
		_ = srv.Close()
		require.ErrorIs(t, <-done, http.ErrServerClosed)
	}()
	addr := ln.Addr().String()
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
	status, _ := exchange(t, addr, nil, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
	require.Equal(t, http.StatusOK, status)
}
