package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/fault"
)

func TestMigrateTwiceAndPending(t *testing.T) {
	t.Parallel()
	d := dbtest.NewEmpty(t)
	ctx := context.Background()
	n, err := db.Pending(ctx, d)
	require.NoError(t, err)
	require.Positive(t, n)
	var wg sync.WaitGroup
	for range 3 { // copies of the cloud that start together
		wg.Go(func() { require.NoError(t, db.Migrate(ctx, d)) })
	}
	wg.Wait()
	n, err = db.Pending(ctx, d)
	require.NoError(t, err)
	require.Zero(t, n)
}

// TestMigrateTakesALateStepOfAnEarlyRange: an installation that has later
// numbers gets a new step of a domain with earlier ones.
func TestMigrateTakesALateStepOfAnEarlyRange(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d := dbtest.New(t)
	_, err := d.Exec(ctx, "DROP TABLE identity_stranger; DELETE FROM goose_db_version WHERE version_id = 4")
	require.NoError(t, err)
	require.NoError(t, db.Migrate(ctx, d))
	n, err := db.Pending(ctx, d)
	require.NoError(t, err)
	require.Zero(t, n)
	_, err = d.Exec(ctx, "SELECT name FROM identity_stranger")
	require.NoError(t, err)
}

func TestInTxRetriesOnlyWhatPostgreSQLAsksFor(t *testing.T) {
	t.Parallel()
	d := dbtest.NewEmpty(t)
	ctx := context.Background()
	tries := 0
	err := d.InTx(ctx, func(pgx.Tx) error {
		if tries++; tries < 3 {
			return fmt.Errorf("deep: %w", &pgconn.PgError{Code: "40P01"})
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 3, tries)

	tries = 0
	err = d.InTx(ctx, func(pgx.Tx) error { tries++; return &pgconn.PgError{Code: "40001"} })
	require.True(t, fault.Is(err, "db.busy"), err)
	require.Equal(t, 6, tries)

	for _, stay := range []error{&pgconn.PgError{Code: "23505"}, errors.New("08006"), fault.New(fault.Conflict, "x", "x")} {
		tries = 0
		require.ErrorIs(t, d.InTx(ctx, func(pgx.Tx) error { tries++; return stay }), stay)
		require.Equal(t, 1, tries, stay)
	}
}

func TestInTxRollsBackOnErrorAndSurvivesARealDeadlock(t *testing.T) {
	t.Parallel()
	d := dbtest.NewEmpty(t)
	ctx := context.Background()
	_, err := d.Exec(ctx, "CREATE TABLE box (id int PRIMARY KEY, n int NOT NULL); INSERT INTO box VALUES (1, 0), (2, 0)")
	require.NoError(t, err)
	boom := errors.New("boom")
	err = d.InTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "UPDATE box SET n = 100")
		require.NoError(t, err)
		return boom
	})
	require.ErrorIs(t, err, boom)

	var both sync.WaitGroup
	both.Add(2)
	var first atomic.Int32
	cross := func(a, b int) error {
		run := 0
		return d.InTx(ctx, func(tx pgx.Tx) error {
			run++
			if _, err := tx.Exec(ctx, "UPDATE box SET n = n + 1 WHERE id = $1", a); err != nil {
				return err
			}
			if run == 1 { // both hold their first row before either wants the second
				both.Done()
				both.Wait()
				first.Add(1)
			}
			_, err := tx.Exec(ctx, "UPDATE box SET n = n + 1 WHERE id = $1", b)
			return err
		})
	}
	errs := make(chan error, 2)
	go func() { errs <- cross(1, 2) }()
	go func() { errs <- cross(2, 1) }()
	require.NoError(t, <-errs)
	require.NoError(t, <-errs)
	require.EqualValues(t, 2, first.Load())
	var sum int
	require.NoError(t, d.QueryRow(ctx, "SELECT sum(n) FROM box").Scan(&sum))
	require.Equal(t, 4, sum)
}

type box struct {
	ID    int
	Label string
	Venue string
}

var boxSorts = db.Sorts{"": "id", "label": "label"}

func TestSelectPagesFiltersSortsAndScopes(t *testing.T) {
	t.Parallel()
	d := dbtest.NewEmpty(t)
	ctx := context.Background()
	_, err := d.Exec(ctx, `CREATE TABLE box (id int PRIMARY KEY, label text, venue text);
		INSERT INTO box SELECT i, 'n' || (100 - i), CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 50) i;
		INSERT INTO box VALUES (90, '50%_off', 'a'), (91, '505 off', 'a')`)
	require.NoError(t, err)
	run := func(w *db.Where, p db.Page) (db.List[box], error) {
		return db.Select[box](ctx, d, "SELECT id, label, venue FROM box", w, boxSorts, p)
	}
	l, err := run(&db.Where{}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 52, l.Total)
	require.Len(t, l.Items, 20)

	l, err = run((&db.Where{}).Like("50%_", "label", "venue"), db.Page{})
	require.NoError(t, err)
	require.Equal(t, 1, l.Total, "%% and _ are text")
	require.Equal(t, 90, l.Items[0].ID)

	l, err = run((&db.Where{}).Scope("venue", false, []string{"b"}), db.Page{Page: 2, PageSize: 10, Sort: "-label"})
	require.NoError(t, err)
	require.Equal(t, 25, l.Total)
	require.Len(t, l.Items, 10)
	require.Equal(t, 21, l.Items[0].ID)

	l, err = run((&db.Where{}).Scope("venue", false, nil), db.Page{})
	require.NoError(t, err)
	require.Zero(t, l.Total, "no scope sees nothing")
	require.NotNil(t, l.Items)

	l, err = run((&db.Where{}).Eq("venue", "a'; DROP TABLE box --"), db.Page{PageSize: 9999})
	require.NoError(t, err)
	require.Zero(t, l.Total)

	for _, sort := range []string{"id;drop", "venue", "-", "--label", "label desc"} {
		_, err = run(&db.Where{}, db.Page{Sort: sort})
		if sort == "-" {
			require.NoError(t, err)
			continue
		}
		require.True(t, fault.Is(err, "list.sort"), sort)
	}
}

func TestOneAndOptional(t *testing.T) {
	t.Parallel()
	_, err := db.One(0, pgx.ErrNoRows)
	require.Equal(t, fault.NotFound, fault.KindOf(err))
	_, ok, err := db.Optional(0, pgx.ErrNoRows)
	require.NoError(t, err)
	require.False(t, ok)
	v, ok, err := db.Optional(3, nil)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, 3, v)
}
