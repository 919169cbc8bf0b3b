package hostile

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is how long a server may take over one request.
const patience = 20 * time.Second

// Exchange sends raw bytes, over TLS if there is a configuration, and returns
// status and body, or 0 when the server only closes.
func Exchange(t *testing.T, addr string, conf *tls.Config, raw string) (int, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	if conf != nil {
		conn = tls.Client(conn, conf)
	}
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	go func() { _, _ = io.WriteString(conn, raw) }() // the server may answer before it has read all
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	body, _ := io.ReadAll(resp.Body) // it may be cut
	return resp.StatusCode, string(body)
}

// SlowHeaders sends a header byte by byte, for longer than the server's patience
// with headers, and requires that the server closes and then serves others.
func SlowHeaders(t *testing.T, addr string, headers time.Duration) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	start := time.Now()
	go func() {
		drop := time.NewTicker(headers / 10)
		defer drop.Stop()
		for _, err := io.WriteString(conn, "GET /livez HTTP/1.1\r\nHost: x\r\nX: "); err == nil; _, err = io.WriteString(conn, "a") {
			<-drop.C
		}
	}()
	require.NoError(t, conn.SetReadDeadline(start.Add(patience)))
	_, _ = io.Copy(io.Discard, conn) // ends when the server closes
	require.Less(t, time.Since(start), patience/2)
	status, _ := Exchange(t, addr, nil, Get("/livez"))
	require.Equal(t, http.StatusOK, status)
}
