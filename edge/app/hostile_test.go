package app_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app"
	"huyun.internal/edge/app/apptest"
	"huyun.internal/protocol/hostile"
)

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

// TestHostileHTTP is what no browser sends, to both interfaces of a venue: each
// is refused, nothing changes, nothing of it comes back, and the server goes on.
func TestHostileHTTP(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Received()
	addr := listening(t, h, 10*time.Second)
	const login, whole = "/proctor/v1/login", 1 << 20
	requests := hostile.Target{Post: login, Get: "/proctor/v1/me", Max: whole}.Requests()
	for name, r := range hostile.Bodies("/terminal/v1/pair") {
		requests["pairing: "+name] = r
	}
	for name, r := range requests {
		before := h.Store.Health()
		status, body := hostile.Exchange(t, addr, nil, r.Raw)
		assert.Contains(t, r.Want, status, "%s: %s", name, body)
		require.NotContains(t, body, hostile.Number, name)
		require.NotContains(t, body, "root:", name)
		require.Equal(t, before.Txn, h.Store.Health().Txn, "%s changed the store", name)
		status, _ = hostile.Exchange(t, addr, nil, hostile.Get("/livez"))
		require.Equal(t, http.StatusOK, status, "after %s", name)
	}
	// A wrong password is audited, but not with what was typed for a name.
	status, body := hostile.Exchange(t, addr, nil, hostile.With(hostile.Start(login), `{"username":"`+hostile.Number+`","password":"`+hostile.Number+`"}`))
	require.Equal(t, http.StatusUnauthorized, status)
	require.NotContains(t, body, hostile.Number)
	status, body = hostile.Exchange(t, addr, nil, hostile.With(hostile.Start(login), `{"username":"chief","password":"`+apptest.Password+`"}`))
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
		start := hostile.Start("/terminal/v1/pair", fmt.Sprintf("X-Forwarded-For: 10.9.0.%d", i), fmt.Sprintf("X-Real-IP: 10.8.0.%d", i), fmt.Sprintf("Forwarded: for=10.7.0.%d", i))
		status, answer := hostile.Exchange(t, addr, nil, hostile.With(start, fmt.Sprintf(`{"code":"%08d"}`, i)))
		require.GreaterOrEqual(t, status, 400)
		later = later || strings.Contains(answer, "seating.try.later")
	}
	require.True(t, later, "guessing is slowed down")
}

// TestSlowHeadersAreCut by the server that the program runs, with less patience.
func TestSlowHeadersAreCut(t *testing.T) {
	t.Parallel()
	const patience = 300 * time.Millisecond
	hostile.SlowHeaders(t, listening(t, apptest.New(t, 1), patience), patience)
}
