package db_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
)

// Who holds a person makes the next one wait; lists that overlap in any order
// come to an end.
func TestHold(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	one, two := []byte{1, 1, 9}, []byte{2, 2, 9}
	var inside, most int
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			list := [][]byte{one, two, one}
			if i%2 == 0 {
				list = [][]byte{two, one}
			}
			_ = d.InTx(context.Background(), func(tx pgx.Tx) error {
				if err := db.Hold(context.Background(), tx, list); err != nil {
					t.Error(err)
					return err
				}
				mu.Lock()
				inside++
				most = max(most, inside)
				mu.Unlock()
				time.Sleep(5 * time.Millisecond)
				mu.Lock()
				inside--
				mu.Unlock()
				return nil
			})
		})
	}
	wg.Wait()
	require.Equal(t, 1, most)
	require.NoError(t, d.InTx(t.Context(), func(tx pgx.Tx) error { return db.Hold(t.Context(), tx, nil) }))
	require.Error(t, d.InTx(t.Context(), func(tx pgx.Tx) error { return db.Hold(t.Context(), tx, [][]byte{{1}}) }))
}
