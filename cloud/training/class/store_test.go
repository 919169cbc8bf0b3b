package class

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listPlanSQL, planSQL, lockPlanSQL, insertPlanSQL, updatePlanSQL, removePlanSQL, usedPlanSQL,
		listSQL, classSQL, lockSQL, venueSQL, lastNoSQL, clashSQL, insertSQL, updateSQL, moveSQL, listMemberSQL, lastSeqSQL,
		blindsSQL, presentSQL, elsewhereSQL, insertMemberSQL, removeMemberSQL, resultSQL, sealedSQL, graduatedSQL, graduateSQL)
}
