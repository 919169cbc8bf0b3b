package application

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listSQL, someSQL, caseSQL, lockSQL, insertSQL, updateSQL, eventsSQL, addEventSQL, clocksSQL, putClockSQL,
		defectsSQL, addDefectSQL, solveSQL, materialsSQL, materialSQL, addMaterial, checksSQL, addCheckSQL, lastRoundSQL, numberSQL, openSQL, lockPersonSQL,
		openedSQL, ofPersonSQL, dueSQL, unfinishedSQL, runningSQL, countSQL, holdersSQL, openOfSQL,
		inquiriesSQL, lockInquirySQL, addInquirySQL, takeInquirySQL, postponeSQL, answerInquirySQL, refuseInquirySQL, recheckedSQL, transfersSQL, reviewedSQL, examinedSQL, ownDraftSQL, staleDraftSQL)
}
