package sanction_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/sanction"
)

// A number that was mistyped matches nothing: one person finds the certificate and
// says why it is the one, another checks, and until then nothing is taken.
func TestARevocationOfAnotherNumberIsClaimedByTwo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, sanction.Unclaimed, w.hear(t, notice(sanction.SaysRevoke, 1, nil)))
	w.files.of["RE-075310101198501010014"] = []sanction.Found{w.found(t, "L1", 1)}
	w.files.of["RE-071310101198501010014"] = []sanction.Found{w.found(t, "ROAD", 1)}
	require.NoError(t, w.MatchOpen(context.Background()))
	d := w.lock(t)
	require.Empty(t, d.Candidates)
	examtest.RequireFault(t, w.Claim(w.As("first"), d.Lock.ID, d.Lock.Revision, "L1", "号码错一位"), "sanction.lock.licence")

	list, err := w.Sought(w.As("first"), d.Lock.ID, " 310101198501010014 ")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Contains(t, list[0].Name, "*")
	none, err := w.Sought(w.As("first"), d.Lock.ID, "TX00000000")
	require.NoError(t, err)
	require.Empty(t, none)
	var searched int
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT count(*) FROM audit_entry WHERE action = 'sanction.lock.search' AND object = $1`, d.Lock.ID).Scan(&searched))
	require.Equal(t, 2, searched)

	examtest.RequireFault(t, w.ProposeClaim(w.As("first"), d.Lock.ID, d.Lock.Revision, "L1", " "), "sanction.claim.why")
	examtest.RequireFault(t, w.ProposeClaim(w.As("first"), d.Lock.ID, d.Lock.Revision, "ROAD", "同一人"), "sanction.lock.licence")
	examtest.RequireFault(t, w.ProposeClaim(w.As("first"), d.Lock.ID, d.Lock.Revision-1, "L1", "核对决定书"), "sanction.lock.stale")
	require.NoError(t, w.ProposeClaim(w.As("first"), d.Lock.ID, d.Lock.Revision, "L1", "核对决定书，证号少写一位"))
	d = w.lock(t)
	require.True(t, d.Lock.Pending)
	require.Contains(t, d.Lifts[0].Subject, "*")
	require.Contains(t, d.Past[0].Text, "证号少写一位")
	examtest.RequireFault(t, w.ProposeClaim(w.As("second"), d.Lock.ID, d.Lock.Revision, "L1", "再次"), "sanction.lift.open")
	examtest.RequireFault(t, w.CheckLift(w.As("first"), d.Lifts[0].ID, true, ""), "sanction.lift.self")
	require.Empty(t, w.files.state)
	require.NoError(t, w.CheckLift(w.As("second"), d.Lifts[0].ID, false, "请附决定书"))
	require.Empty(t, w.files.state)
	d = w.lock(t)
	require.Equal(t, sanction.Unclaimed, d.Lock.Status)
	w.Clock.Advance(time.Minute)
	require.NoError(t, w.ProposeClaim(w.As("second"), d.Lock.ID, d.Lock.Revision, "L1", "已附决定书"))
	d = w.lock(t)
	require.NoError(t, w.CheckLift(w.As("first"), d.Lifts[0].ID, true, ""))
	d = w.lock(t)
	require.Equal(t, []any{sanction.Locked, "L1"}, []any{d.Lock.Status, d.Lock.Licence})
	require.Equal(t, "REVOKED[]", w.files.state["L1"])
	require.True(t, w.judge(t, 1, "TX04", "RENEW").Blocked)
	w.Clock.Advance(time.Minute)
	_, err = w.Sought(w.As("first"), d.Lock.ID, "310101198501010014")
	examtest.RequireFault(t, err, "sanction.lock.state")
	require.Equal(t, "证照恢复原有效期至 2028-01-01。", w.lift(t, "沪交罚〔2026〕9号"), "a lift finds it though its number is another")
}

// An edited claim takes nothing.
func TestAnEditedClaimTakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hear(t, notice(sanction.SaysRevoke, 1, nil))
	w.files.of["RE-075310101198501010014"] = []sanction.Found{w.found(t, "L1", 1), w.found(t, "L2", 2)}
	d := w.lock(t)
	require.NoError(t, w.ProposeClaim(w.As("first"), d.Lock.ID, d.Lock.Revision, "L1", "核对决定书"))
	_, err := w.DB.Exec(t.Context(), `UPDATE sanction_lift SET licence = 'L2'`)
	require.NoError(t, err)
	require.Error(t, w.CheckLift(w.As("second"), w.lock(t).Lifts[0].ID, true, ""))
	require.Empty(t, w.files.state)
}
