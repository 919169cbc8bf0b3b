package batch_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing/batch"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/person"
)

// trips counts what goes to the database and is waited for.
type trips struct{ n atomic.Int64 }

func (c *trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n.Add(1)
	return ctx
}

func (*trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (c *trips) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.n.Add(1)
	return ctx
}

func (*trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}
func (*trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     {}

// counted gives the depot a pool that counts; what it returns says how many trips
// something took.
func (h *depot) counted() func(fn func()) int64 {
	h.t.Helper()
	c := &trips{}
	cfg := h.DB.Config()
	cfg.ConnConfig.Tracer = c
	pool, err := pgxpool.NewWithConfig(h.t.Context(), cfg)
	require.NoError(h.t, err)
	h.t.Cleanup(pool.Close)
	h.Service.DB = &db.DB{Pool: pool}
	return func(fn func()) int64 {
		before := c.n.Load()
		fn()
		return c.n.Load() - before
	}
}

// crowd is a roster of people of whom every third holds a certificate, every fifth
// has passed.
func (h *depot) crowd(from, many int) []byte {
	h.t.Helper()
	rows := make([][]any, 0, many)
	for n := from; n < from+many; n++ {
		if n%3 == 0 {
			h.holder(n, "13902", "2024-01-10")
			rows = append(rows, lost(n))
			continue
		}
		if n%5 == 0 {
			id, err := person.ParseID(number(n))
			require.NoError(h.t, err)
			h.Passed(id, name(n), "13901")
		}
		rows = append(rows, entry(n, "售票员", "新证"))
	}
	return roster(h.t, rows...)
}

// A roster of many asks the database as often as one of a few, when it is taken and
// when it is looked at.
func TestManyAreAskedAboutAsOne(t *testing.T) {
	t.Parallel()
	h := newDepot(t)
	trips := h.counted()
	var taken, looked []int64
	for _, many := range []int{6, 60} {
		book := h.crowd(many, many)
		var got batch.Uploaded
		taken = append(taken, trips(func() {
			var err error
			got, err = h.Take(h.As("clerk"), upload(book, nil))
			require.NoError(t, err)
		}))
		require.Equal(t, many, got.Rows, got.Problems)
		h.open()
		looked = append(looked, trips(func() {
			rows := h.rows(got.Batch)
			require.Len(t, rows, many)
			for _, r := range rows {
				require.NotEmpty(t, r.Missing, "no photograph came")
			}
		}))
	}
	require.Equal(t, taken[0], taken[1])
	require.Equal(t, looked[0], looked[1])
	require.Less(t, taken[0]+looked[0], int64(40))
	t.Log("taken in", taken[0], "trips, looked at in", looked[0])
}
