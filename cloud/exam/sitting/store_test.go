package sitting

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listSQL, sittingSQL, lockSQL, lastNumberSQL, insertSQL, overlapSQL, moveSQL, assignSQL,
		pendingSQL, listCandidateSQL, candidateSQL, allCandidatesSQL, lastSeqSQL, presentSQL, elsewhereSQL,
		removeCandidateSQL, clearSeatsSQL, seatSQL, sealedSQL, photoSQL, setPhotoSQL, idnoSQL,
		listOpeningSQL, lockOpeningSQL, insertOpeningSQL, decideSQL, approvalSQL, receiptSQL, receiptsSQL,
		insertPackageSQL, packageSQL, usedPackageSQL, packReceivedSQL, packReleasedSQL, packOpenedSQL, preflightSQL, dueSQL,
		redAlarmsSQL, earlierSQL,
		venueOfSQL, addAnswerSQL, clashingAnswerSQL, supervisedSQL, openAlarmsSQL, alarmSeenAtSQL, acknowledgeSQL, loginSQL, movedSQL, issuedSQL, startedSQL, handinSQL, handinAgainSQL,
		eventSQL, extendSQL, pauseSQL, verificationSQL, checkinSQL, irregularitySQL, alarmSQL, alarmSeenSQL, waitingSQL,
		unsignedSQL, saidSQL, repliesSQL, handedSQL, answersSQL, signSQL, custodySQL, receiptSeenSQL, closeoutSQL,
		closedSQL, closedAgainSQL, anomalySQL, venueAuditSQL,
		seatsSQL, savesSQL, alarmsSQL, breachesSQL, facesSQL, anomaliesSQL, lastAtSQL, listCheckSQL, listEventSQL,
		listVenueActSQL, venueGapSQL, provableSQL, actsOfSQL, pastSQL, absentSQL, classExamsSQL, newestCandidateSQL, portraitsSQL)
}
