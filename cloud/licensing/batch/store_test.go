package batch

import (
	"testing"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), batchesSQL, batchSQL, lockBatchSQL, insertBatchSQL, numberSQL, rowsSQL, draftsSQL, nextSQL, lockRowSQL, lockPendingSQL, pendingSQL,
		insertRowSQL, settleSQL, triedSQL, markSQL, openSQL, countsSQL, insertFileSQL, filesSQL, dropFilesSQL, collectionsSQL, collectionSQL, collectedSQL, ofBatchSQL,
		insertCollectionSQL)
}
