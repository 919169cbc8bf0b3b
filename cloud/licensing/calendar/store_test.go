package calendar

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), wholeSQL, yearsSQL, daysSQL, pastSQL, countSQL, lockSQL, yearSQL, clearSQL, insertSQL)
}
