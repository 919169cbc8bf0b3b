package db

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

// clusterDir is a directory that an unprivileged owner can reach.
func clusterDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "huyun-cluster-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "pg")
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func start(t *testing.T, dir string) *Cluster {
	t.Helper()
	c, err := StartPrivate(context.Background(), dir, quiet())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Stop() })
	return c
}

func openPrivate(t *testing.T, c *Cluster) *DB {
	t.Helper()
	d, err := Open(context.Background(), c.DSN(), Options{MaxConns: 3})
	require.NoError(t, err)
	t.Cleanup(d.Close)
	return d
}

func TestPrivateClusterLife(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := clusterDir(t)
	c := start(t, dir)
	d := openPrivate(t, c)
	var listen, sync, fsync string
	require.NoError(t, d.QueryRow(ctx, `SELECT current_setting('listen_addresses'), current_setting('synchronous_commit'), current_setting('fsync')`).Scan(&listen, &sync, &fsync))
	require.Equal(t, []string{"", "on", "on"}, []string{listen, sync, fsync})
	_, err := d.Exec(ctx, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
	require.NoError(t, err)
	info, err := os.Stat(c.data())
	require.NoError(t, err)
	require.NotZero(t, info.Sys().(*syscall.Stat_t).Uid, "never run by root")

	// A second cloud on the same directory is refused and changes nothing.
	_, err = StartPrivate(ctx, dir, quiet())
	require.True(t, fault.Is(err, "db.busy"), err)
	dsn, err := PrivateDSN(dir)
	require.NoError(t, err)
	require.Equal(t, c.DSN(), dsn)

	// It dies: it is started again by itself, and the pool goes on.
	died := c.PID()
	require.NoError(t, syscall.Kill(died, syscall.SIGKILL))
	require.Eventually(t, func() bool {
		var n int
		return c.PID() != died && d.QueryRow(ctx, "SELECT n FROM kept").Scan(&n) == nil && n == 7
	}, 60*time.Second, 50*time.Millisecond)

	d.Close()
	require.NoError(t, c.Stop())
	require.NoError(t, c.Stop(), "twice is once")
	require.NoFileExists(t, filepath.Join(c.data(), "postmaster.pid"))

	again := start(t, dir)
	var n int
	require.NoError(t, openPrivate(t, again).QueryRow(ctx, "SELECT n FROM kept").Scan(&n))
	require.Equal(t, 7, n)
}

func TestAdoptsWhatAKilledCloudLeft(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	first := start(t, dir)
	pid := first.PID()
	// A killed cloud drops its lock and leaves PostgreSQL running.
	require.NoError(t, first.lock.Close())
	second := start(t, dir)
	require.Equal(t, pid, second.PID())
	first.mu.Lock()
	first.stopping = true // it is dead; its watcher must not restart anything
	first.mu.Unlock()
	require.NoError(t, second.Stop())
	require.False(t, alive(pid) && !zombie(pid))
}

func TestInterruptedInitialisation(t *testing.T) {
	t.Parallel()
	dir := clusterDir(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data.new", "base"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data.new", "PG_VERSION"), []byte("1"), 0o600))
	require.NoError(t, os.Chmod(dir, 0o700))
	openPrivate(t, start(t, dir))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dir := clusterDir(t)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600))
	_, err := StartPrivate(ctx, dir, quiet())
	require.True(t, fault.Is(err, "db.version"), err)
	// The lock was given back.
	_, err = StartPrivate(ctx, dir, quiet())
	require.True(t, fault.Is(err, "db.version"), err)

	if os.Geteuid() == 0 {
		closed := filepath.Dir(clusterDir(t))
		require.NoError(t, os.Chmod(closed, 0o700))
		_, err = StartPrivate(ctx, filepath.Join(closed, "a", "pg"), quiet())
		require.True(t, fault.Is(err, "db.dir"), err)
		require.ErrorContains(t, err, closed, "names the directory to open")
	}

	_, err = Open(ctx, "host=/nowhere dbname=x", Options{})
	require.True(t, fault.Is(err, "db.unreachable"), err)
	_, err = Open(ctx, "port=word", Options{})
	require.True(t, fault.Is(err, "db.dsn"), err)
}

func TestLongPathsGetAShortSocket(t *testing.T) {
	t.Parallel()
	deep := clusterDir(t)
	for len(deep) < 110 {
		deep = filepath.Join(deep, "a-rather-long-name")
	}
	c := start(t, deep)
	t.Cleanup(func() { _ = os.RemoveAll(c.socket) })
	require.Less(t, len(c.socket), 90)
	openPrivate(t, c)
}

// A demoted or stopping server must cost the pool its connections at once.
func TestConnectionsAreDroppedOnFailover(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	c := start(t, clusterDir(t))
	d, err := Open(ctx, c.DSN(), Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(d.Close)
	pid := func() (n int) {
		require.NoError(t, d.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&n))
		return n
	}
	before := pid()
	_, err = d.Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION 'demoted' USING ERRCODE = '25006'; END $$")
	require.Error(t, err)
	require.NotEqual(t, before, pid())
	before = pid()
	_, err = d.Exec(ctx, "DO $$ BEGIN RAISE EXCEPTION 'ordinary' USING ERRCODE = '23505'; END $$")
	require.Error(t, err)
	require.Equal(t, before, pid(), "an ordinary error keeps the connection")
}
