package sanction

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listEntrySQL, entrySQL, lockEntrySQL, entryOfSQL, entriesOfSQL, standingEntrySQL, insertEntrySQL, updateEntrySQL,
		insertPastSQL, pastSQL, blankPastSQL, newSenderSQL, lockSenderSQL, newestSQL, inboxSQL, repeatSQL, insertInboxSQL, missingSQL, listBatchSQL,
		listTaskSQL, taskSQL, openTaskSQL, insertTaskSQL, doneTaskSQL, listRuleSQL, ruleSQL, lockRuleSQL, activeRuleSQL, activeVersionSQL, nextRuleSQL, insertRuleSQL, moveRuleSQL,
		listLockSQL, lockSQL, holdLockSQL, decisionSQL, locksOfSQL, holdingSQL, aloneSQL, openLockSQL, ofCertSQL, insertLockSQL, saveLockSQL,
		insertNoticeSQL, noticesSQL, insertLockPastSQL, lockPastSQL, liftsSQL, liftSQL, insertLiftSQL, checkLiftSQL)
}
