package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"huyun.internal/cloud/migrations"
)

// migrateLock keeps copies that start together from migrating at once; the number
// is ours and means nothing else.
const migrateLock = 0x6875_7975_6e01

// Migrate brings the database to this release: the job queue's tables, then ours.
// Copies of the cloud that start together wait for each other on an advisory lock.
func Migrate(ctx context.Context, d *DB) error {
	conn, err := d.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrateLock); err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	defer func() { _, _ = conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", migrateLock) }()
	if err := migrateQueue(ctx, d); err != nil {
		return err
	}
	p, done, err := provider(d)
	if err != nil {
		return err
	}
	defer done()
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Pending returns how many migrations the database lacks.
func Pending(ctx context.Context, d *DB) (int, error) {
	p, done, err := provider(d)
	if err != nil {
		return 0, err
	}
	defer done()
	list, err := p.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("migration status: %w", err)
	}
	n := 0
	for _, m := range list {
		if m.State == goose.StatePending {
			n++
		}
	}
	queue, err := pendingQueue(ctx, d)
	return n + queue, err
}

func provider(d *DB) (*goose.Provider, func(), error) {
	std := stdlib.OpenDBFromPool(d.Pool)
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil {
		return nil, nil, fmt.Errorf("migration lock: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, std, migrations.FS, goose.WithSessionLocker(locker),
		// Domains number in ranges of their own, so a new step of one comes after later numbers of another.
		goose.WithAllowOutofOrder(true))
	if err != nil {
		_ = std.Close()
		return nil, nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, func() { _ = std.Close() }, nil
}
