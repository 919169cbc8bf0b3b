package sanction_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/sanction"
)

// decided is a notice of another decision about the same certificate.
func decided(no string, change func(*sanction.Notice)) func(*sanction.Notice) {
	return func(n *sanction.Notice) {
		n.DecisionNo, n.Message = no, n.Message+no
		if change != nil {
			change(n)
		}
	}
}

// lift lifts a decision by two people and answers what was said of it.
func (w *world) lift(t *testing.T, no string) string {
	t.Helper()
	of := func() sanction.Lock {
		list, err := w.AllLocks(w.As("first"), sanction.LockFilter{}, db.Page{Q: no})
		require.NoError(t, err)
		require.Len(t, list.Items, 1)
		return list.Items[0]
	}
	l := of()
	require.NoError(t, w.ProposeLift(w.As("first"), l.ID, l.Revision, sanction.Request{Kind: sanction.SaysLift, Reason: "RECONSIDERATION", DocNo: "沪府复决〔2026〕3号"}))
	d, err := w.LockByID(w.As("first"), l.ID)
	require.NoError(t, err)
	require.NoError(t, w.CheckLift(w.As("second"), d.Lifts[0].ID, true, ""))
	w.Clock.Advance(time.Minute)
	return of().Aftermath
}

// Nobody is told that a certificate has come back which another decision holds, in
// whichever order they are lifted.
func TestALiftSaysWhatStillHoldsTheCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.files.of["RE-075TX20260001"] = []sanction.Found{w.found(t, "L1", 1)}
	for _, no := range []string{"一号", "二号"} {
		require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysRevoke, 1, decided(no, nil))))
	}
	require.Equal(t, "本决定已解除，证照没有恢复：仍按 二号 吊销，待其解除后恢复。", w.lift(t, "一号"))
	require.Equal(t, "REVOKED[]", w.files.state["L1"])
	for _, n := range w.judge(t, 1, "TX02", "CANCEL").Notices {
		require.NotContains(t, n.Text, "可继续办理")
		require.NotEqual(t, sanction.Green, n.Color)
	}
	require.Equal(t, "证照恢复原有效期至 2028-01-01。", w.lift(t, "二号"))
	require.Equal(t, "VALID", w.files.state["L1"])
}

// A decision that was not carried out when it was lifted says the same.
func TestALiftOfASuspendedDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.files.of["RE-075TX20260001"] = []sanction.Found{w.found(t, "L1", 1)}
	for _, no := range []string{"一号", "二号"} {
		require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysRevoke, 1, decided(no, nil))))
	}
	require.Equal(t, sanction.Suspended, w.hear(t, notice(sanction.SaysSuspend, 2, decided("一号", nil))))
	require.Contains(t, w.lift(t, "一号"), "仍按 二号 吊销")
	require.Equal(t, sanction.Suspended, w.hear(t, notice(sanction.SaysSuspend, 2, decided("二号", nil))))
	require.Equal(t, "停止执行期间已恢复，继续有效。", w.lift(t, "二号"))
}

// What did not come back is said from the suspension on, and gone when the decision
// is carried out again.
func TestALiftSaysWhatDidNotComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.files.of["RE-075TX20260001"] = []sanction.Found{w.found(t, "L1", 1)}
	w.files.after = "服务监督卡已作废。"
	w.hear(t, notice(sanction.SaysRevoke, 1, nil))
	require.Equal(t, sanction.Suspended, w.hear(t, notice(sanction.SaysSuspend, 2, nil)))
	require.Equal(t, "服务监督卡已作废。", w.lock(t).Lock.Aftermath)
	require.Contains(t, w.judge(t, 1, "TX04", "RENEW").Notices[0].Text, "暂不限制。服务监督卡已作废。")
	require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysResume, 3, nil)))
	require.Empty(t, w.lock(t).Lock.Aftermath)
	require.Equal(t, "证照恢复原有效期至 2028-01-01。服务监督卡已作废。", w.lift(t, "沪交罚〔2026〕9号"))

	// the person reads the same, for half a year
	told := func() []sanction.Prompt {
		out, err := w.Told(w.As("first"), w.DB, w.Keys.Person(id(t, 1)))
		require.NoError(t, err)
		return out
	}
	require.Len(t, told(), 1)
	require.Equal(t, sanction.Green, told()[0].Color)
	require.Contains(t, told()[0].Text, "服务监督卡已作废。")
	w.hear(t, notice(sanction.SaysRevoke, 1, decided("二号", nil)))
	require.Equal(t, sanction.Red, told()[0].Color)
	require.Contains(t, told()[0].Text, "已被吊销（二号，市交通委执法总队）")
	w.Clock.Advance(181 * 24 * time.Hour)
	require.Len(t, told(), 1, "the lift is old")
}

// Another decision that takes some categories leaves the others; that takes the only
// one, nothing.
func TestALiftBesideADecisionOnCategories(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		held []string
		want string
	}{
		"one of two":   {[]string{"09002", "09003"}, "证照恢复原有效期至 2028-01-01。“"},
		"the only one": {[]string{"09002"}, "本决定已解除，证照没有恢复：“"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			found := w.found(t, "L1", 1)
			found.Categories = c.held
			w.files.of["RE-075TX20260001"] = []sanction.Found{found}
			require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysRevoke, 1, decided("一号", nil))))
			require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysRevoke, 1, decided("二号", func(n *sanction.Notice) {
				n.Scope, n.Categories = sanction.ScopeCategory, []string{"09002"}
			}))))
			got := w.lift(t, "一号")
			require.Contains(t, got, c.want)
			require.Contains(t, got, "仍按 二号 吊销，不得从事")
		})
	}
}

// A certificate that ran out or was cancelled meanwhile has not come back.
func TestALiftOfACertificateThatIsOver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*sanction.Found)
		want   string
	}{
		"ran out":   {func(f *sanction.Found) { f.ValidTo = "2026-11-01" }, "申请换证"},
		"long ago":  {func(f *sanction.Found) { f.ValidTo = "2026-01-01" }, "须重新考试申领"},
		"cancelled": {func(f *sanction.Found) { f.InForce, f.State = false, "已注销" }, "不因本次解除恢复"},
		"endless":   {func(f *sanction.Found) { f.ValidTo = "" }, "长期有效"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			found := w.found(t, "L1", 1)
			c.change(&found)
			w.files.of["RE-075TX20260001"] = []sanction.Found{found}
			require.Equal(t, sanction.Locked, w.hear(t, notice(sanction.SaysRevoke, 1, decided("一号", nil))))
			require.Contains(t, w.lift(t, "一号"), c.want)
		})
	}
}
