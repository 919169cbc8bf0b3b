package bank

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), insertBatchSQL, lockBatchSQL, listBatchSQL, reviewBatchSQL, statusOfBatchSQL,
		lockQuestionSQL, questionSQL, listQuestionSQL, setStatusSQL, sealedSQL, knownSQL, rangeSQL, overviewSQL, chaptersSQL,
		knownMediaSQL, insertMediaSQL, mediaSQL,
		insertDraftBatchSQL, batchStateSQL, similarSQL, retireReplacedSQL, versionsSQL, nextVersionSQL, insertDraftSQL, amendSQL,
		sawSQL, custodySQL, waitingSQL)
}
