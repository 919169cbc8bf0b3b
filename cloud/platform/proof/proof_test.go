package proof_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/proof"
)

// A damaged table names its first rows and counts all of them; a statement that
// fails half way is not "everything is sound".
func TestWalk(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	type row struct {
		Key string `db:"key"`
	}
	odd := func(r *row) (string, bool) { return r.Key, len(r.Key)%2 == 0 }
	got, err := proof.Of(t.Context(), d, "numbers", `SELECT repeat('x', n) AS key FROM generate_series(1, 100) n`, odd)
	require.NoError(t, err)
	require.Equal(t, []int{100, 50, 20}, []int{got.Rows, got.Wrong, len(got.Bad)})
	require.Equal(t, "x", got.Bad[0])
	_, err = proof.Of(t.Context(), d, "numbers", `SELECT repeat('x', 1 / (50 - n)) AS key FROM generate_series(1, 100) n`, odd)
	require.Error(t, err)
}
