// Package proof walks tables whose rows carry a MAC and names the rows that were
// edited behind the program's back. `cloud fsck rows` goes through every domain's
// Prove, over one snapshot, so that it can run while the cloud serves.
//
// A MAC shows an edited row; a deleted one only where something else counts them
// (a case's course, a letter's number).
package proof

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

// most is how many bad rows of a table are named; the others are counted.
const most = 20

// Table is what was found in one table.
type Table struct {
	Name  string   `json:"name"`
	Rows  int      `json:"rows"`
	Wrong int      `json:"wrong"`
	Bad   []string `json:"bad"` // keys of the first of them, never a value
}

// Add counts a row.
func (t *Table) Add(key string, sound bool) {
	t.Rows++
	if sound {
		return
	}
	if t.Wrong++; len(t.Bad) < most {
		t.Bad = append(t.Bad, key)
	}
}

// Of walks the rows of a statement; look answers a row's key and whether it is sound.
func Of[T any](ctx context.Context, q db.Q, name, sql string, look func(*T) (key string, sound bool)) (Table, error) {
	t := Table{Name: name}
	rows, err := q.Query(ctx, sql)
	if err != nil {
		return t, fmt.Errorf("prove %s: %w", name, err)
	}
	defer rows.Close()
	for rows.Next() {
		row, err := pgx.RowToStructByName[T](rows)
		if err != nil {
			return t, fmt.Errorf("prove %s: %w", name, err)
		}
		t.Add(look(&row))
	}
	if err := rows.Err(); err != nil {
		return t, fmt.Errorf("prove %s: %w", name, err)
	}
	return t, nil
}

// All runs the walks of a domain.
func All(walks ...func() (Table, error)) ([]Table, error) {
	out := make([]Table, 0, len(walks))
	for _, walk := range walks {
		t, err := walk()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}
