package score

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), attemptsSQL, cloudFiguresSQL, venueFiguresSQL, anomaliesSQL, clearSQL, roundSQL,
		putRoundSQL, signRoundSQL, scoresSQL, listSQL, ofSQL, basisSQL, annulmentsSQL, putAnnulmentSQL, reviewsSQL, openReviewSQL,
		closeReviewSQL, earlierSQL, keepEarlierSQL, clearRoundSQL)
}
