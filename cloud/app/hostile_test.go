package app

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/dbtest"
)

// exchange sends raw bytes and returns the status, or 0 when the server only
// closes.
func exchange(t *testing.T, addr string, raw string) int {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	go func() { _, _ = io.WriteString(conn, raw) }() // the server may answer before it has read all
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestHostileHTTP is what no browser sends (reliability B.6, part 1): each is
// refused, and the server goes on.
func TestHostileHTTP(t *testing.T) {
	t.Parallel()
	c := serveConfig(t)
	d := dbtest.NewEmpty(t)
	c.Database.DSN = d.Config().ConnString()
	stop := served(t, c)
	defer stop()
	addr := c.Console.Addr
	before := dbtest.Snapshot(t, d, "identity_session", "audit_anchor")
	post := "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	var many strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&many, "X-%d: a\r\n", i)
	}
	for name, r := range map[string]struct {
		raw  string
		want []int
	}{
		"both lengths":       {post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", []int{400}},
		"length and chunked": {post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []int{400}},
		"negative length":    {post + "Content-Length: -1\r\n\r\n", []int{400}},
		"one header of 1 MB": {"GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 1<<20) + "\r\n\r\n", []int{431, 0}},
		"10,000 headers":     {"GET / HTTP/1.1\r\nHost: x\r\n" + many.String() + "\r\n", []int{431, 0}},
		"no host":            {"GET /livez HTTP/1.1\r\n\r\n", []int{400}},
		"endless chunks":     {post + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+strings.Repeat("a", 65536)+"\r\n", 40), []int{413, 400, 0}},
		"large body":         {post + "Content-Length: 8388609\r\n\r\n" + strings.Repeat("a", 1000), []int{413}},
		"5 GB announced":     {post + "Content-Length: 5368709120\r\n\r\n", []int{413}},
		"trace":              {"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", []int{404}},
		"connect":            {"CONNECT evil:443 HTTP/1.1\r\nHost: evil:443\r\n\r\n", []int{404, 400}},
		"absolute":           {"GET http://evil/api/v1/staff HTTP/1.1\r\nHost: evil\r\n\r\n", []int{401}},
		"bare garbage":       {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", []int{400}},
		"header with CR":     {"GET /livez HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n", []int{400}},
		"forged local":       {"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.9.9.9\r\n\r\n", []int{200}},
	} {
		require.Contains(t, r.want, exchange(t, addr, r.raw), name)
		require.Equal(t, 200, exchange(t, addr, "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"), "after %s", name)
	}
	require.Equal(t, before, dbtest.Snapshot(t, d, "identity_session", "audit_anchor"))
}
