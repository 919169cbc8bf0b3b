package letter

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	dbtest.Prepare(t, d, letterSQL, byCodeSQL, ofCaseSQL, lockSQL, fileSQL, nextSQL, insertSQL, insertFileSQL, insertLateSQL, insertVoidSQL,
		registersSQL, missingSQL, beyondSQL, voidedSQL, yearsSQL)
	for key := range sorts {
		for _, f := range []Filter{{}, {Kind: Grant, Year: 2026, Trade: "bus", State: Issued, Case: "c"}, {State: Void}} {
			_, err := list(context.Background(), d, f, db.Page{Sort: key, Q: "沪交从"})
			require.NoError(t, err, key)
		}
	}
}
