package jobs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
)

// TestNothingToldIsLost: whatever was written with a job is seen by a run of it that
// comes through, although waiting rows are shared, runs fail and two copies work.
func TestNothingToldIsLost(t *testing.T) {
	t.Parallel()
	var w *world
	var runs atomic.Int32
	kind := Kind{Name: "send", Title: "发送", Do: func(ctx context.Context, key string) error {
		n, err := db.Value[int](ctx, w.db, `SELECT coalesce(max(n), 0) FROM told WHERE key = $1`, key)
		if err != nil {
			return err
		}
		if runs.Add(1)%3 == 0 {
			return errors.New("planted")
		}
		_, err = w.db.Exec(ctx, `DELETE FROM told WHERE key = $1 AND n <= $2`, key, n)
		return err
	}}
	w = newWorld(t, kind)
	ctx := context.Background()
	_, err := w.db.Exec(ctx, `CREATE TABLE told (n bigserial, key text)`)
	require.NoError(t, err)
	w.start(w.queue)
	w.start(w.copy(kind))
	var group sync.WaitGroup
	for i := range 6 {
		group.Go(func() {
			for range 60 {
				if err := w.db.InTx(ctx, func(tx pgx.Tx) error {
					key := fmt.Sprint(i % 2)
					if _, err := tx.Exec(ctx, `INSERT INTO told (key) VALUES ($1)`, key); err != nil {
						return err
					}
					return w.queue.Insert(ctx, tx, Args{Kind: "send", Key: key})
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	w.until(func() bool { return len(w.list()) == 0 })
	left, err := db.Value[int](ctx, w.db, `SELECT count(*) FROM told`)
	require.NoError(t, err)
	require.Zero(t, left)
}
