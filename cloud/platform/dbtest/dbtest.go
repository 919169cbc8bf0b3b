// Package dbtest gives each test a database of its own, cloned from a template
// that has all migrations. Every test package of every module's tests on this
// machine shares one throw-away PostgreSQL of the same user: the first test
// binary starts it, the last one's end lets it stop. It never synchronises to
// disk, so it is for tests only.
package dbtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
)

// A test's pool is small: many run at once against one server.
const poolSize = 8

var shared = sync.OnceValues(func() (*server, error) { //nolint:gochecknoglobals // one server a process
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	return join(ctx)
})

// New returns a migrated, empty database that is dropped after the test.
func New(t testing.TB) *db.DB {
	t.Helper()
	return open(t, true)
}

// NewEmpty returns a database without migrations, for tests of migrating.
func NewEmpty(t testing.TB) *db.DB {
	t.Helper()
	return open(t, false)
}

func open(t testing.TB, migrated bool) *db.DB {
	t.Helper()
	ctx := context.Background()
	s, err := shared()
	require.NoError(t, err, "start the test database")
	name := "t_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	template := "template0"
	if migrated {
		template = s.template
	}
	// copying files takes half of the time that writing every page to a log takes
	require.NoError(t, s.admin(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY file_copy", name, template)))
	d, err := db.Open(ctx, s.dsn(name), db.Options{MaxConns: poolSize})
	require.NoError(t, err)
	t.Cleanup(func() {
		d.Close()
		if err := s.admin(context.Background(), fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", name)); err != nil {
			t.Logf("drop %s: %v", name, err)
		}
	})
	return d
}

// Prepare checks each statement against the schema of d, so that a column
// renamed in a migration is found without running the statement.
func Prepare(t testing.TB, d *db.DB, statements ...string) {
	t.Helper()
	ctx := context.Background()
	conn, err := d.Acquire(ctx)
	require.NoError(t, err)
	defer conn.Release()
	for _, s := range statements {
		_, err := conn.Conn().Prepare(ctx, "", s)
		require.NoError(t, err, s)
	}
}

// Snapshot describes every row of every table except those named; two equal
// snapshots mean that nothing was changed in between.
func Snapshot(t testing.TB, d *db.DB, except ...string) map[string]string {
	t.Helper()
	ctx := context.Background()
	// what a running queue keeps about itself changes by the clock
	except = append(slices.Clone(except), "river_leader", "river_queue", "river_notification")
	rows, err := d.Query(ctx, `SELECT table_name FROM information_schema.tables
		WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND NOT table_name = ANY($1) ORDER BY 1`, except)
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	parts := make([]string, len(tables))
	for i, name := range tables {
		id := pgx.Identifier{name}.Sanitize()
		parts[i] = fmt.Sprintf(`SELECT '%s', coalesce(md5(string_agg(r::text, '|' ORDER BY r::text)), '') FROM %s r`, name, id)
	}
	out := make(map[string]string, len(tables))
	rows, err = d.Query(ctx, strings.Join(parts, " UNION ALL "))
	require.NoError(t, err)
	var table, sum string
	_, err = pgx.ForEachRow(rows, []any{&table, &sum}, func() error {
		out[table] = sum
		return nil
	})
	require.NoError(t, err)
	return out
}
