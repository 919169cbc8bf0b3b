package practitioner

import (
	"fmt"
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	dbtest.Prepare(t, d, personSQL, survivorSQL, knownSQL, byBlindSQL, lockSQL, insertSQL, fillSQL, changeSQL, photoSQL, sealedSQL, blindsSQL, aliasesSQL, othersSQL, numbersOfSQL, heldSQL, foundSQL, filesSQL, nowSQL, coursesOfSQL, mergedSQL, archiveSQL,
		archiveUsedSQL, nextNumberSQL, licencesSQL, licenceSQL, lockLicenceSQL, byNumberSQL, standingSQL, insertLicenceSQL, updateLicenceSQL, categoriesSQL,
		putCategorySQL, dropCategorySQL, expirySQL, insertEventSQL, timelineSQL, listSQL, countSQL, drivingSQL, bareDrivingSQL, bareEducationSQL, bareAssessmentSQL, sealDrivingSQL, sealEducationSQL, sealAssessmentSQL, stillFactsSQL, moveDrivingSQL, moveEducationSQL, moveAssessmentSQL, employerSQL, lastRegistrationSQL, registrationsSQL,
		educationsSQL, assessmentsSQL, ageSQL, employersSQL, contactSQL, insertDrivingSQL, insertRegistrationSQL, saveRegistrationSQL, activeSQL, stillRegistrationsSQL, bareRegistrationsSQL, sealRegistrationSQL, insertEducationSQL,
		insertAssessmentSQL, alikeSQL, candidatesSQL, insertPairSQL, pairsSQL, lockPairSQL, settlePairSQL, mergesSQL, mergeSQL, lockMergeSQL, lockBothSQL,
		insertMergeSQL, decideMergeSQL, numbersSQL, retirementSQL, rehiresSQL, rehireSQL, activeRehireSQL, ofPersonRehiresSQL, overRehiresSQL,
		insertRehireSQL, updateRehireSQL, fmt.Sprintf(rehireCompaniesSQL, "2026-11-29"), numberUsedSQL, cardsSQL, someLicencesSQL, insertCardSQL, updateCardSQL)
	dbtest.Prepare(t, d, moveSQL...)
}
