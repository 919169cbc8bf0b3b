package db

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// migrateQueue brings the tables of the job queue (River) to the version of the
// library that is linked in; our own steps come after it, because they index its
// table.
func migrateQueue(ctx context.Context, d *DB) error {
	m, err := rivermigrate.New(riverpgxv5.New(d.Pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return fmt.Errorf("migrate job queue: %w", err)
	}
	return nil
}

// pendingQueue is how many steps of the job queue are missing.
func pendingQueue(ctx context.Context, d *DB) (int, error) {
	m, err := rivermigrate.New(riverpgxv5.New(d.Pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return 0, fmt.Errorf("read queue migrations: %w", err)
	}
	have, err := m.ExistingVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("queue migration status: %w", err)
	}
	return max(len(m.AllVersions())-len(have), 0), nil
}

// QueueSchema describes the queue's steps, for whoever keeps a migrated template.
func QueueSchema() (string, error) {
	m, err := rivermigrate.New(riverpgxv5.New(nil), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return "", fmt.Errorf("read queue migrations: %w", err)
	}
	out := ""
	for _, v := range m.AllVersions() {
		out += v.SQLUp
	}
	return out, nil
}
