package paper

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listSQL, ruleSQL, insertSQL, updateSQL, lockSQL, retireSQL)
}
