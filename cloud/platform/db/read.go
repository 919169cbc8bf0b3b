package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/fault"
)

// Row reads exactly one row by column name; none is Missing.
func Row[T any](ctx context.Context, q Q, sql string, args ...any) (T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		var none T
		return none, fmt.Errorf("read: %w", err)
	}
	return One(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[T]))
}

// Locked takes the lock of one row by lock and reads it by sql afterwards. A
// statement that locks and counts beside the row counts what was there before it
// began to wait.
func Locked[T any](ctx context.Context, q Q, lock, sql string, args ...any) (T, error) {
	if _, err := q.Exec(ctx, lock, args...); err != nil {
		var none T
		return none, fmt.Errorf("lock: %w", err)
	}
	return Row[T](ctx, q, sql, args...)
}

// Maybe is Row, with false for no row.
func Maybe[T any](ctx context.Context, q Q, sql string, args ...any) (T, bool, error) {
	v, err := Row[T](ctx, q, sql, args...)
	if fault.Is(err, codeMissing) {
		return v, false, nil
	}
	return v, err == nil, err
}

// All reads rows by column name; never nil.
func All[T any](ctx context.Context, q Q, sql string, args ...any) ([]T, error) {
	return Rows(ctx, q, pgx.RowToStructByName[T], sql, args...)
}

// Rows reads rows by scan; never nil.
func Rows[T any](ctx context.Context, q Q, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	out, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read: %w", err)
	}
	if out == nil {
		out = []T{}
	}
	return out, nil
}

// Value reads one column of one row; none is Missing.
func Value[T any](ctx context.Context, q Q, sql string, args ...any) (T, error) {
	var v T
	return One(v, q.QueryRow(ctx, sql, args...).Scan(&v))
}

// Batch is statements that go to the server together, in one round trip: each runs
// after the one before it, and sees what that waited for. The zero Batch is empty.
type Batch struct{ batch pgx.Batch }

// Read adds a query; its rows are in into, by column name and never nil, once the
// batch has been sent.
func Read[T any](b *Batch, into *[]T, sql string, args ...any) {
	b.batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		list, err := pgx.CollectRows(rows, pgx.RowToStructByName[T])
		if list == nil {
			list = []T{}
		}
		*into = list
		return err
	})
}

// Write adds a statement that answers no rows.
func (b *Batch) Write(sql string, args ...any) { b.batch.Queue(sql, args...) }

// Send runs the statements and leaves the batch empty; none is no trip.
func (b *Batch) Send(ctx context.Context, q Q) error {
	if b.batch.Len() == 0 {
		return nil
	}
	all := b.batch
	b.batch = pgx.Batch{}
	if err := q.SendBatch(ctx, &all).Close(); err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	return nil
}

// Each runs one statement for every row, all in one round trip; none is no trip.
func Each[T any](ctx context.Context, q Q, sql string, rows []T, args func(row T) []any) error {
	var b Batch
	for _, r := range rows {
		b.Write(sql, args(r)...)
	}
	return b.Send(ctx, q)
}
