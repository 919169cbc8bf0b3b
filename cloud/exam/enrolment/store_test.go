package enrolment

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listSQL, countSQL, oneSQL, ofCaseSQL, someSQL, runningSQL, lockSQL, noticeSQL, insertSQL, updateSQL, placeSQL)
}
