package db_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
)

// Who holds a person makes the next one wait, and lets go at the end.
func TestHold(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	one, two := []byte{1, 1, 9}, []byte{2, 2, 9}
	impatient := func(list ...[]byte) error {
		return d.InTx(t.Context(), func(tx pgx.Tx) error {
			if _, err := tx.Exec(t.Context(), `SET LOCAL lock_timeout = '50ms'`); err != nil {
				return err
			}
			return db.Hold(t.Context(), tx, list)
		})
	}
	require.NoError(t, d.InTx(t.Context(), func(tx pgx.Tx) error {
		require.NoError(t, db.Hold(t.Context(), tx, [][]byte{one}))
		require.ErrorContains(t, impatient(two, one), "lock timeout")
		require.NoError(t, impatient(two), "somebody else is not held")
		return nil
	}))
	require.NoError(t, impatient(one))
	require.NoError(t, impatient())
	require.Error(t, impatient([]byte{1}))
}

// Lists that overlap in any order come to an end, and nobody is in beside another.
func TestHoldsDoNotWaitInARing(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	one, two := []byte{1, 1, 9}, []byte{2, 2, 9}
	var inside atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			list := [][]byte{one, two, one}
			if i%2 == 0 {
				list = [][]byte{two, one}
			}
			err := d.InTx(context.Background(), func(tx pgx.Tx) error {
				if err := db.Hold(context.Background(), tx, list); err != nil {
					return err
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d at once", n)
				}
				_, err := tx.Exec(context.Background(), `SELECT count(*) FROM pg_class`)
				inside.Add(-1)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
