package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxStrangers bounds the names that are remembered; the longest unseen is
// forgotten. Whoever wants to have a name forgotten has to get that many others
// past the limit of sign-ins a minute.
const maxStrangers = 10_000

const (
	// The row is locked by being written, as an account's is by being read.
	meetStrangerSQL = `
		INSERT INTO identity_stranger (name, seen_at) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
		RETURNING failures, locked_until`
	noteStrangerSQL    = `UPDATE identity_stranger SET failures = $2, locked_until = $3 WHERE name = $1`
	forgetStrangersSQL = `
		DELETE FROM identity_stranger WHERE name IN (
			SELECT name FROM identity_stranger ORDER BY seen_at DESC OFFSET $1 FOR UPDATE SKIP LOCKED)`
)

// stranger is the credential of a name that nobody has: a password that nobody
// knows, and failures that count as an account's do.
func (s *Service) stranger(ctx context.Context, tx pgx.Tx, username string) (credential, error) {
	c := credential{Password: s.decoy, stranger: s.keys.RowMAC([]byte("identity_stranger"), []byte(username))}
	err := tx.QueryRow(ctx, meetStrangerSQL, c.stranger, s.clock.Now()).Scan(&c.Failures, &c.LockedUntil)
	if err != nil {
		return c, fmt.Errorf("meet stranger: %w", err)
	}
	if _, err := tx.Exec(ctx, forgetStrangersSQL, maxStrangers); err != nil {
		return c, fmt.Errorf("forget strangers: %w", err)
	}
	return c, nil
}

// note keeps what an attempt did to the count of failures.
func note(ctx context.Context, tx pgx.Tx, c credential, failures int, until *time.Time) error {
	sql, key := noteFailureSQL, any(c.ID)
	if c.stranger != nil {
		sql, key = noteStrangerSQL, c.stranger
	}
	if _, err := tx.Exec(ctx, sql, key, failures, until); err != nil {
		return fmt.Errorf("note failure: %w", err)
	}
	return nil
}
