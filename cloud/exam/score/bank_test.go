package score_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/platform/db"
)

// Complaint 21 (the centre's lists change while a venue holds old data): the
// bank's questions are revised and taken out of use after the package went out.
// What the venue sends afterwards is taken by the version it was written under:
// every paper is made again, every answer scored, nothing differs.
func TestTheBankChangesWhileAVenueIsAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list, err := w.Bank.List(w.As("boss"), bank.Filter{}, db.Page{PageSize: 100})
	require.NoError(t, err)
	require.Greater(t, list.Total, 30)
	_, err = w.Bank.Revise(w.As("boss"), list.Items[0].ID)
	require.NoError(t, err)
	for _, q := range list.Items {
		require.NoError(t, w.Bank.Retire(w.As("second"), q.ID, "题库换版"))
	}
	left, err := w.Bank.Overview(w.As("boss"), "")
	require.NoError(t, err)
	require.Empty(t, left, "no question is in use any more")

	w.Sit(t, w.hall, 0, 10)
	w.Sit(t, w.hall, 1, 3)
	w.Close(t, w.hall)
	got, err := w.scores.Run(w.As("first"), w.in.ID)
	require.NoError(t, err)
	require.Zero(t, got.Round.Differences, "%+v", got.Round.Comparison)
	require.Equal(t, 2, got.Round.Attempts)
	var best int
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT max(score) FROM exam_score`).Scan(&best))
	require.Equal(t, 160, best, "as if nothing had changed")
}
