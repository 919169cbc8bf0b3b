// Package db is the cloud's way to PostgreSQL: the pool with the rules a
// failover teaches, transactions, a small builder for list pages, migrations,
// and the private cluster that the cloud starts for itself when no server is
// named. Every store.go of the cloud uses it; it knows no table.
//
// It does not hide SQL: statements are constants in the packages that own the
// tables.
package db

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"

	"huyun.internal/protocol/fault"
)

// Q is what SQL helpers take: the pool or a transaction.
type Q interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error)
}

// DB is the connection pool. It is a Q by itself for single statements.
type DB struct {
	*pgxpool.Pool
}

// Options tune the pool; the zero value is good.
type Options struct {
	MaxConns int32 // 0: 16
}

// Pool rules: a hung health check must not hang a request, a connection is
// not kept through a failover, and two copies of the cloud must not renew all
// their connections in the same second.
const (
	pingTimeout    = 2 * time.Second
	connectTimeout = 5 * time.Second
	maxLifetime    = 25 * time.Minute
	lifetimeJitter = 5 * time.Minute
	maxIdle        = 5 * time.Minute
	defaultConns   = 16
	unackedLimit   = 15 * time.Second // TCP_USER_TIMEOUT: a black hole is an error after this
)

// Open connects to a server and checks that it answers and can be written to.
func Open(ctx context.Context, dsn string, opts Options) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, fault.New(fault.Invalid, "db.dsn", "数据库连接串无法识别，请检查配置 database.dsn").With(err)
	}
	configure(cfg, opts)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open pool: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*connectTimeout)
	defer cancel()
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fault.New(fault.Unavailable, "db.unreachable", "连接不上数据库，请确认数据库已启动且地址、账号正确").With(err)
	}
	return &DB{Pool: pool}, nil
}

func configure(cfg *pgxpool.Config, opts Options) {
	cfg.MaxConns = defaultConns
	if opts.MaxConns > 0 {
		cfg.MaxConns = opts.MaxConns
	}
	cfg.MaxConnLifetime = maxLifetime
	cfg.MaxConnLifetimeJitter = lifetimeJitter
	cfg.MaxConnIdleTime = maxIdle
	cfg.HealthCheckPeriod = 30 * time.Second
	cfg.PingTimeout = pingTimeout
	conn := cfg.ConnConfig
	conn.ConnectTimeout = connectTimeout
	conn.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	conn.RuntimeParams["application_name"] = "huyun-cloud"
	conn.RuntimeParams["synchronous_commit"] = "on"
	conn.RuntimeParams["timezone"] = "UTC"
	// what pages ask is short, and a helper takes longer to start than it would save
	conn.RuntimeParams["max_parallel_workers_per_gather"] = "0"
	conn.RuntimeParams["idle_in_transaction_session_timeout"] = "60000"
	conn.DialFunc = dialer().DialContext
	conn.OnPgError = keepConnection
}

// dialer notices a server that vanished without closing its connections.
func dialer() *net.Dialer {
	return &net.Dialer{
		Timeout:   connectTimeout,
		KeepAlive: unackedLimit,
		Control: func(network, _ string, c syscall.RawConn) error {
			if !strings.HasPrefix(network, "tcp") {
				return nil
			}
			var serr error
			err := c.Control(func(fd uintptr) {
				serr = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unackedLimit.Milliseconds()))
			})
			return errors.Join(err, serr)
		},
	}
}

// keepConnection drops a connection whose server was demoted or is going away:
// such a connection still answers SELECT 1, and every write on it fails.
func keepConnection(_ *pgconn.PgConn, e *pgconn.PgError) bool {
	switch e.Code {
	case "25006", "57P01", "57P02", "57P03":
		return false
	}
	return e.Severity != "FATAL" && e.Severity != "PANIC"
}

// How often a transaction is tried when PostgreSQL asked for it.
const maxTries = 6

// InTx runs fn in one transaction. It is tried again only when PostgreSQL says
// that nothing happened and a new try may succeed: serialization failure
// (40001) and deadlock (40P01). fn may therefore run more than once and must
// not touch anything but the transaction.
func (d *DB) InTx(ctx context.Context, fn func(tx pgx.Tx) error) error {
	var err error
	for try := range maxTries {
		if try > 0 {
			if werr := pause(ctx, try); werr != nil {
				return werr
			}
		}
		err = pgx.BeginFunc(ctx, d.Pool, fn)
		if !retryable(err) {
			return err
		}
	}
	return fault.New(fault.Conflict, "db.busy", "同一数据正被多人同时修改，请稍后重试").With(err)
}

func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

func pause(ctx context.Context, try int) error {
	wait := time.Duration(rand.Int64N(int64(try) * int64(20*time.Millisecond))) //nolint:gosec // jitter, not a secret
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// One turns "no row" into the fault that says so; wrap it around
// pgx.CollectExactlyOneRow.
func One[T any](v T, err error) (T, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return v, Missing()
	}
	return v, err
}

// Optional turns "no row" into false.
func Optional[T any](v T, err error) (T, bool, error) {
	if errors.Is(err, pgx.ErrNoRows) {
		return v, false, nil
	}
	return v, err == nil, err
}

const codeMissing = "record.missing"

// Missing is the answer for a record that is not there or not in scope: one
// text for both, so that nobody can tell them apart.
func Missing() *fault.Error {
	return fault.New(fault.NotFound, codeMissing, "没有找到这条记录，可能已被删除或不在您的管理范围内")
}

// IsUnique tells whether err is the violation of a unique constraint; with a
// name, of that one.
func IsUnique(err error, constraint string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505" && (constraint == "" || pg.ConstraintName == constraint)
}
