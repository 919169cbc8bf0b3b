package db

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// people is the space of the advisory locks that Hold takes; buckets keeps an
// import of five hundred people inside the server's table of locks.
const (
	people  = 20
	buckets = 1024
)

const holdSQL = `SELECT pg_advisory_xact_lock($1, k) FROM unnest($2::int[]) AS k`

// Hold lets one transaction at a time decide about the same people, named by
// their blind indexes: that somebody is in no other class or sitting is seen
// from rows that another transaction may just be adding elsewhere, and no row
// that both of them lock stands for the person. Take it after all row locks and
// look again after it. All go in the same order, so none waits for another in a
// ring.
func Hold(ctx context.Context, tx pgx.Tx, blinds [][]byte) error {
	keys := make([]int32, 0, len(blinds))
	for _, b := range blinds {
		if len(b) < 2 {
			return fmt.Errorf("hold people: a blind index of %d bytes", len(b))
		}
		keys = append(keys, int32(binary.BigEndian.Uint16(b)%buckets))
	}
	slices.Sort(keys)
	if _, err := tx.Exec(ctx, holdSQL, people, slices.Compact(keys)); err != nil {
		return fmt.Errorf("hold people: %w", err)
	}
	return nil
}
