package dossier

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/dbtest"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), checksSQL, doorSQL, alarmsSQL, attemptsSQL, eventsSQL, withdrawnSQL, deletedSQL, picturesSQL, pictureSQL, askSQL,
		answerSQL, askedSQL, dueSQL, stillSQL, facesSQL, portraitBlobsSQL, packsSQL, dropPortraitsSQL, heldSQL, dropEvidenceSQL, expiredSQL,
		leftoversSQL, removedSQL)
}

func TestTheAlarmComesBeforeTheLimit(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "green", 63_999: "green", 64_000: "yellow", 79_999: "yellow", 80_000: "red", 200_000: "red"} {
		require.Equal(t, want, level(n), n)
	}
}
