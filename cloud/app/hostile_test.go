package app

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/hostile"
)

// TestHostileHTTP is what no browser sends, to the console and to the devices'
// interface: each is refused, and the server goes on.
func TestHostileHTTP(t *testing.T) {
	t.Parallel()
	c := serveConfig(t)
	d := dbtest.NewEmpty(t)
	c.Database.DSN = d.Config().ConnString()
	stop := served(t, c)
	defer stop()
	before := dbtest.Snapshot(t, d, "identity_session", "audit_anchor")
	try := func(where, addr string, conf *tls.Config, list map[string]hostile.Request, also ...int) {
		for name, r := range list {
			status, body := hostile.Exchange(t, addr, conf, r.Raw)
			assert.Contains(t, slices.Concat(r.Want, also), status, "%s at the %s: %s", name, where, body)
			assert.NotContains(t, body, hostile.Number, name)
			assert.NotContains(t, body, "root:", name)
			status, _ = hostile.Exchange(t, addr, conf, hostile.Get("/livez"))
			require.Equal(t, http.StatusOK, status, "after %s at the %s", name, where)
		}
	}
	try("console", c.Console.Addr, nil, hostile.Target{Post: "/api/v1/session", Get: "/api/v1/staff", Max: 8 << 20}.Requests())
	// A device is asked who it is before its body is looked at: 401.
	devices := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12} //nolint:gosec // the test is not about whom it reaches
	requests := hostile.Target{Post: "/node/v1/renew", Get: "/node/v1/blobs/x", Max: 8 << 20}.Requests()
	try("gateway", c.Gateway.Addr, devices, requests, http.StatusUnauthorized)
	// Who guesses at codes is slowed down: the last few are not even read.
	try("gateway", c.Gateway.Addr, devices, hostile.Bodies("/node/v1/enrol"), http.StatusTooManyRequests)
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
	hostile.SlowHeaders(t, ln.Addr().String(), patience)
}
