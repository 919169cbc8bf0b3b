package conduct

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listSQL, rulingsSQL, putRulingSQL, noteSQL, candidateSQL, identifySQL, identitySQL)
}
