package practical

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), schemesSQL, schemeSQL, lockSchemeSQL, inUseSQL, draftSQL, lastSQL, addSchemeSQL, putSchemeSQL,
		arrangedSQL, arrangementSQL, aheadSQL, arrangeSQL, sheetsSQL, sheetSQL, lockSheetSQL, revisionsSQL, decisionsSQL, addSheetSQL,
		decideSQL, venueOfSQL, admittedSQL, bookedSQL)
}
