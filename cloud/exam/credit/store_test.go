package credit

import (
	"testing"
	"time"

	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/clock"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	today := clock.DateOf(time.Date(2026, 11, 29, 1, 0, 0, 0, time.UTC))
	dbtest.Prepare(t, dbtest.New(t), standingSQL, ofPeopleSQL, insertSQL, withdrawSQL, passedSQL, sittingSQL, personSQL, examsSQL, noticesSQL,
		`SELECT `+columns+`, `+held(today)+` AS held, `+required()+tables)
}
