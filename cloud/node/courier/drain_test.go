package courier

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/link"
)

// Complaint 9 (venues that return with a backlog hold up the others): while as
// many backlogs as may are being stored, another one waits for its turn, and
// what happens now at a third venue is stored at once.
func TestABacklogWaitsForItsTurnAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	other := *h
	other.enrol(t, "v-2")
	const most = live // that still counts as happening now
	back, going := h.edge(t), other.edge(t)
	for range cap(h.first.drains) {
		h.first.drains <- struct{}{}
	}
	stored := func(node string) (n int) {
		t.Helper()
		require.NoError(t, h.svc.DB.QueryRow(t.Context(), `SELECT count(*) FROM node_record WHERE node = $1`, node).Scan(&n))
		return n
	}
	backlog, now := back.batch(t, 200), going.batch(t, most)
	back.frame(t, backlog)
	until(t, going, func() { going.frame(t, now) }, func(a *link.Ack) bool { return a.Position() == now.Last() })
	require.Equal(t, len(now.Records), stored(other.node))
	require.Zero(t, stored(h.node), "it has not had its turn")
	for range cap(h.first.drains) {
		<-h.first.drains
	}
	until(t, back, func() {}, func(a *link.Ack) bool { return a.Position() == backlog.Last() })
	require.Equal(t, 200, stored(h.node))
}
