package sanction_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/sanction"
)

func notice(kind string, step int, change func(*sanction.Notice)) *sanction.Notice {
	n := &sanction.Notice{
		Message: fmt.Sprint("M", kind, step), Kind: kind, Step: step, DecisionNo: "沪交罚〔2026〕9号", CertType: "RE-075", CertNo: "TX20260001",
		DecisionDate: "2026-11-01", EffectiveDate: "2026-11-10", Org: "市交通委执法总队", Reason: "一年内多次严重违规", Cause: "REVOKED", Scope: sanction.ScopeFamily,
	}
	if kind != sanction.SaysRevoke {
		n.LiftReason, n.LiftDocNo = "RECONSIDERATION", "沪府复决〔2026〕3号"
	}
	if change != nil {
		change(n)
	}
	return n
}

func (w *world) hear(t *testing.T, n *sanction.Notice) string {
	t.Helper()
	out, err := w.Hear(context.Background(), "enforcement-sh", n)
	require.NoError(t, err)
	return out.Status
}

func (w *world) found(t *testing.T, licence string, n int) sanction.Found {
	return sanction.Found{Licence: licence, Person: "p" + licence, Blind: w.Keys.Person(id(t, n)), Name: "张三", IDNo: id(t, n).Mask(), State: "VALID", InForce: true, Categories: []string{"09002"}, ValidTo: "2028-01-01"}
}

func (w *world) lock(t *testing.T) sanction.LockDetail {
	t.Helper()
	list, err := w.AllLocks(w.As("first"), sanction.LockFilter{}, db.Page{})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	d, err := w.LockByID(w.As("first"), list.Items[0].ID)
	require.NoError(t, err)
	return d
}

// TestARevocationTakesALicenceAndTwoPersonsGiveItBack is the whole way (M50–M52).
func TestARevocationTakesALicenceAndTwoPersonsGiveItBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.files.of["RE-075TX20260001"] = []sanction.Found{w.found(t, "L1", 1)}
	require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysRevoke, 1, nil)))
	require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysRevoke, 1, nil)))
	_, err := w.Hear(context.Background(), "enforcement-sh", notice(sanction.SaysRevoke, 1, func(n *sanction.Notice) { n.Reason = "other" }))
	examtest.RequireFault(t, err, "sanction.notice.reused")
	require.Equal(t, []string{"locked 沪交罚〔2026〕9号"}, w.told)
	require.Equal(t, "REVOKED[]", w.files.state["L1"])
	v := w.judge(t, 1, "TX04", "RENEW")
	require.True(t, v.Blocked)
	require.Contains(t, v.Message, "沪交罚〔2026〕9号")
	require.Equal(t, "2031-11-01", w.lock(t).Lock.BanUntil, "five years for taxis")
	require.False(t, w.judge(t, 1, "TX02", "CANCEL").Blocked)
	require.Equal(t, "******0001", w.lock(t).Lock.CertNo)

	require.Equal(t, sanction.Suspended, w.hear(t, notice(sanction.SaysSuspend, 2, nil)))
	require.Equal(t, "VALID", w.files.state["L1"])
	require.False(t, w.judge(t, 1, "TX04", "RENEW").Blocked)
	require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysResume, 3, nil)))
	require.True(t, w.judge(t, 1, "TX04", "RENEW").Blocked)

	require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysLift, 4, nil)), "the message alone lifts nothing")
	d := w.lock(t)
	require.True(t, d.Lock.Pending)
	ask := sanction.Request{Kind: sanction.SaysLift, Reason: "RECONSIDERATION", DocNo: "沪府复决〔2026〕3号"}
	examtest.RequireFault(t, w.ProposeLift(w.As("first"), d.Lock.ID, d.Lock.Revision, sanction.Request{Kind: "LIFT", Reason: "MERCY", DocNo: "x"}), "sanction.lift.reason")
	examtest.RequireFault(t, w.ProposeLift(w.As("first"), d.Lock.ID, d.Lock.Revision, sanction.Request{Kind: "LIFT", Reason: "HEARING", DocNo: " "}), "sanction.lift.document")
	examtest.RequireFault(t, w.ProposeLift(w.As("first"), d.Lock.ID, d.Lock.Revision-1, ask), "sanction.lock.stale")
	require.NoError(t, w.ProposeLift(w.As("first"), d.Lock.ID, d.Lock.Revision, ask))
	d = w.lock(t)
	examtest.RequireFault(t, w.ProposeLift(w.As("second"), d.Lock.ID, d.Lock.Revision, ask), "sanction.lift.open")
	lift := d.Lifts[0].ID
	examtest.RequireFault(t, w.CheckLift(w.As("first"), lift, true, ""), "sanction.lift.self")
	require.True(t, w.judge(t, 1, "TX04", "RENEW").Blocked)
	w.files.fail = errors.New("down")
	require.Error(t, w.CheckLift(w.As("second"), lift, true, ""))
	require.True(t, w.judge(t, 1, "TX04", "RENEW").Blocked, "all or nothing")
	w.files.fail = nil
	require.NoError(t, w.CheckLift(w.As("second"), lift, true, ""))
	examtest.RequireFault(t, w.CheckLift(w.As("second"), lift, true, ""), "sanction.lift.done")
	d = w.lock(t)
	require.Equal(t, []string{sanction.Lifted, "first", "second", "证照恢复原有效期至 2028-01-01。"}, []string{d.Lock.Status, d.Lock.LiftBy, d.Lock.ReviewBy, d.Lock.Aftermath})
	require.Equal(t, "lifted LIFTED", w.told[len(w.told)-1])
	v = w.judge(t, 1, "TX01", "APPLY")
	require.False(t, v.Blocked)
	require.Contains(t, v.Notices[0].Text, "限制已于2026-11-23解除，可继续办理。")
}

// TestALiftBeforeItsLock: what was overturned before we heard of it takes nothing.
func TestALiftBeforeItsLock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.files.of["RE-075TX20260001"] = []sanction.Found{w.found(t, "L1", 1)}
	require.Equal(t, "NOTED", w.hear(t, notice(sanction.SaysLift, 2, nil)))
	require.Equal(t, sanction.Lifted, w.hear(t, notice(sanction.SaysRevoke, 1, nil)))
	require.Empty(t, w.told)
	require.Empty(t, w.files.state)
	require.False(t, w.judge(t, 1, "TX04", "RENEW").Blocked)

	other := func(n *sanction.Notice) { n.DecisionNo, n.Message = "沪交罚〔2026〕10号", n.Message+"b" }
	w.hear(t, notice(sanction.SaysSuspend, 2, other))
	require.Equal(t, sanction.Suspended, w.hear(t, notice(sanction.SaysRevoke, 1, other)))
	require.Empty(t, w.files.state)
}

// TestWhoseLicenceItIs: none waits for the licence, several for a person.
func TestWhoseLicenceItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.Equal(t, sanction.Unclaimed, w.hear(t, notice(sanction.SaysRevoke, 1, nil)))
	w.files.of["RE-075TX20260001"] = []sanction.Found{w.found(t, "L1", 1), w.found(t, "L2", 2)}
	require.NoError(t, w.MatchOpen(context.Background()))
	d := w.lock(t)
	require.Equal(t, sanction.Ambiguous, d.Lock.Status)
	require.Len(t, d.Candidates, 2)
	require.Contains(t, d.Candidates[0].Name, "*")
	require.False(t, w.judge(t, 1, "TX04", "RENEW").Blocked)
	examtest.RequireFault(t, w.Claim(w.As("second"), d.Lock.ID, d.Lock.Revision, "L9", "看错"), "sanction.lock.licence")
	require.NoError(t, w.Claim(w.As("second"), d.Lock.ID, d.Lock.Revision, "L2", "核对档案照片"))
	examtest.RequireFault(t, w.Claim(w.As("second"), d.Lock.ID, d.Lock.Revision, "L2", "再次"), "sanction.lock.stale")
	require.False(t, w.judge(t, 1, "TX04", "RENEW").Blocked)
	require.True(t, w.judge(t, 2, "TX04", "RENEW").Blocked)

	w2 := newWorld(t)
	require.Equal(t, sanction.Waiting, w2.hear(t, notice(sanction.SaysRevoke, 1, func(n *sanction.Notice) { n.EffectiveDate = "2026-11-25" })))
	w2.files.of["RE-075TX20260001"] = []sanction.Found{w2.found(t, "L1", 1)}
	require.NoError(t, w2.MatchOpen(context.Background()))
	require.Empty(t, w2.told)
	w2.Clock.Advance(48 * time.Hour)
	require.NoError(t, w2.DB.InTx(context.Background(), func(tx pgx.Tx) error {
		return w2.Appeared(w2.As("first"), tx, "RE-075", "tx20260001 ")
	}))
	require.Len(t, w2.told, 1)
	w2.Licences = nil
	examtest.RequireFault(t, w2.Claim(w2.As("first"), w2.lock(t).Lock.ID, w2.lock(t).Lock.Revision, "L1", "无"), "sanction.licences")
}
