package sanction_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// files are practitioners' files as the sanctions need them.
type files struct {
	of    map[string][]sanction.Found // type + number
	state map[string]string
	after string // what a return says
	fail  error
}

func (f *files) ByNumber(_ context.Context, _ db.Q, certType, number string) ([]sanction.Found, error) {
	return f.of[certType+number], f.fail
}

func (f *files) Sought(_ context.Context, _ db.Q, certType, number string) ([]sanction.Found, error) {
	return f.of[certType+number], f.fail
}

func (f *files) One(_ context.Context, _ db.Q, licence string) (sanction.Found, error) {
	for key, list := range f.of {
		for _, x := range list {
			if x.Licence == licence {
				x.Type = key[:6]
				return x, f.fail
			}
		}
	}
	return sanction.Found{}, db.Missing()
}

func (f *files) Revoke(_ context.Context, _ pgx.Tx, licence string, categories []string, _, _ string) error {
	f.state[licence] = fmt.Sprint("REVOKED", categories)
	return f.fail
}

func (f *files) Restore(_ context.Context, _ pgx.Tx, licence string, _ []string, _, _ string) (string, error) {
	f.state[licence] = "VALID"
	return f.after, f.fail
}

type world struct {
	*examtest.World
	*sanction.Service
	files *files
	told  []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: examtest.New(t), files: &files{of: map[string][]sanction.Found{}, state: map[string]string{}}}
	w.Service = sanction.New(w.DB, w.Keys, w.Audit, w.Clock, nil)
	w.Licences = w.files
	w.Locked = func(_ context.Context, _ pgx.Tx, l sanction.Lock) error {
		w.told = append(w.told, "locked "+l.DecisionNo)
		return nil
	}
	w.Lifted = func(_ context.Context, _ pgx.Tx, l sanction.Lock) error {
		w.told = append(w.told, "lifted "+l.Status)
		return nil
	}
	w.Calendar = func(context.Context, db.Q) (*clock.Calendar, error) {
		return clock.NewCalendar([]clock.Entry{
			{Date: clock.Date{Year: 2026, Month: 1, Day: 1}, Kind: clock.Holiday}, {Date: clock.Date{Year: 2027, Month: 1, Day: 1}, Kind: clock.Holiday},
		})
	}
	sanction.Register(w.Web, w.Service)
	all := []string{
		sanction.PermList, sanction.PermObject, sanction.PermSettle, sanction.PermJudge, sanction.PermRules, sanction.PermPropose, sanction.PermDecide,
		sanction.PermLocks, sanction.PermClaim, sanction.PermLift, sanction.PermCheckLift,
	}
	w.Staff("first", all...)
	w.Staff("second", all...)
	w.Staff("nobody")
	return w
}

func id(t *testing.T, n int) person.ID {
	t.Helper()
	out, err := person.ParseID(examtest.IDNumber(n))
	require.NoError(t, err)
	return out
}

func item(t *testing.T, n int, change func(*sanction.Item)) sanction.Item {
	it := sanction.Item{
		ID: id(t, n), List: "TRANSPORT_SERIOUS", Reason: "伪造从业资格证件", DecisionNo: "沪交失信〔2026〕1号", Org: "上海市交通委员会", ListedAt: "2026-10-08",
		Status: sanction.On, RepairStat: sanction.RepairNone,
	}
	if change != nil {
		change(&it)
	}
	return it
}

func (w *world) batch(t *testing.T, number int64, items ...sanction.Item) sanction.Answer {
	t.Helper()
	a, err := w.Receive(context.Background(), "credit-sh", sanction.Batch{Number: number, MadeAt: w.Clock.Now(), Items: items})
	require.NoError(t, err)
	return a
}

func (w *world) judge(t *testing.T, n int, situation, action string) sanction.Verdict {
	t.Helper()
	v, err := w.Judge(context.Background(), w.DB, w.Keys.Person(id(t, n)), situation, action)
	require.NoError(t, err)
	return v
}

func (w *world) entries(t *testing.T, query string) []sanction.Entry {
	t.Helper()
	status, body := w.Do("first", http.MethodGet, "/api/v1/sanction/entries"+query, nil)
	require.Equal(t, http.StatusOK, status, string(body))
	return examtest.Decode[db.List[sanction.Entry]](t, body).Items
}

// TestABatchCountsOnceAndInItsOrder: what comes again is answered the same and
// has no effect, what comes late does not undo what is newer.
func TestABatchCountsOnceAndInItsOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.batch(t, 1, item(t, 1, nil), item(t, 2, nil))
	require.Equal(t, sanction.Answer{Batch: 1, Received: 2, Applied: 2, Missing: []int64{}}, first)
	require.Equal(t, first, w.batch(t, 1, item(t, 1, nil), item(t, 2, nil)))
	require.Equal(t, 1, w.Audited("sanction.batch.receive"))
	_, err := w.Receive(context.Background(), "credit-sh", sanction.Batch{Number: 1, MadeAt: w.Clock.Now(), Items: []sanction.Item{item(t, 3, nil)}})
	examtest.RequireFault(t, err, "sanction.batch.reused")
	require.True(t, w.judge(t, 1, "RT01", "APPLY").Blocked)
	require.False(t, w.judge(t, 3, "RT01", "APPLY").Blocked)

	off := func(it *sanction.Item) { it.Status = sanction.Off }
	got := w.batch(t, 4, item(t, 1, off))
	require.Equal(t, []int64{2, 3}, got.Missing)
	require.False(t, w.judge(t, 1, "RT01", "APPLY").Blocked)
	late := w.batch(t, 3, item(t, 1, func(it *sanction.Item) { it.Reason = "旧的原因" }), item(t, 5, nil))
	require.Equal(t, []int{1, 1}, []int{late.Applied, late.Stale})
	require.False(t, w.judge(t, 1, "RT01", "APPLY").Blocked, "the newer withdrawal stands")
	require.True(t, w.judge(t, 5, "RT01", "APPLY").Blocked)
	w.batch(t, 5, item(t, 2, func(it *sanction.Item) { it.RepairStat = sanction.RepairDone }))
	require.False(t, w.judge(t, 2, "RT01", "APPLY").Blocked)

	w.batch(t, 2000, item(t, 6, nil))
	_, err = w.Receive(context.Background(), "credit-sh", sanction.Batch{Number: 900, MadeAt: w.Clock.Now(), Items: []sanction.Item{item(t, 7, nil)}})
	examtest.RequireFault(t, err, "sanction.batch.old")
	require.Len(t, w.entries(t, "?status=ON&q="+examtest.IDNumber(6)), 1)
	require.Empty(t, w.entries(t, "?q="+examtest.IDNumber(7)))
	for _, e := range w.entries(t, "") {
		require.Contains(t, e.IDNo, "*")
	}
	require.Len(t, w.entries(t, "?q=沪交失信"), 4)
	status, _ := w.Do("nobody", http.MethodGet, "/api/v1/sanction/entries", nil)
	require.Equal(t, http.StatusForbidden, status)

	_, err = w.DB.Exec(context.Background(), `UPDATE sanction_entry SET status = 'OFF' WHERE status = 'ON'`)
	require.NoError(t, err)
	_, err = w.Judge(context.Background(), w.DB, w.Keys.Person(id(t, 6)), "RT01", "APPLY")
	examtest.RequireFault(t, err, "sanction.tampered")
}

// TestTwiceAtOnceIsOnce sends the same batch eight times at the same moment.
func TestTwiceAtOnceIsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	errs := make(chan error, 8)
	for range 8 {
		go func() {
			_, err := w.Receive(context.Background(), "credit-sh", sanction.Batch{Number: 1, MadeAt: w.Clock.Now(), Items: []sanction.Item{item(t, 1, nil)}})
			errs <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-errs)
	}
	require.Len(t, w.entries(t, ""), 1)
	d, err := w.Entry(w.As("first"), w.entries(t, "")[0].ID)
	require.NoError(t, err)
	require.Len(t, d.Past, 1)
	require.Equal(t, 1, w.Audited("sanction.batch.receive"))
}

func (w *world) tasks(t *testing.T, query string) []sanction.Task {
	t.Helper()
	status, body := w.Do("first", http.MethodGet, "/api/v1/sanction/tasks"+query, nil)
	require.Equal(t, http.StatusOK, status, string(body))
	return examtest.Decode[db.List[sanction.Task]](t, body).Items
}

// TestWhatIsOwedToSomebodyOnTheList: an objection is marked in a day and decided
// in five, by somebody else; what was repaired is deleted in three.
func TestWhatIsOwedToSomebodyOnTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.batch(t, 1, item(t, 1, nil))
	e := w.entries(t, "")[0]
	require.NoError(t, w.Object(w.As("first"), e.ID, "本人没有伪造"))
	examtest.RequireFault(t, w.Object(w.As("first"), e.ID, "再次"), "sanction.objection.twice")
	open := w.tasks(t, "?open=yes")
	require.Len(t, open, 2)
	require.Equal(t, []string{"MARK 2026-11-24", "DECIDE 2026-11-30"}, []string{open[0].Kind + " " + open[0].Due, open[1].Kind + " " + open[1].Due})
	mark, decide := open[0].ID, open[1].ID
	examtest.RequireFault(t, w.Settle(w.As("second"), decide, sanction.OutcomeUpheld, "有误"), "sanction.task.mark")
	require.NoError(t, w.Settle(w.As("first"), mark, sanction.OutcomeDone, ""))
	require.True(t, w.judge(t, 1, "RT01", "APPLY").Hits[0].Objected)
	examtest.RequireFault(t, w.Settle(w.As("first"), mark, sanction.OutcomeDone, ""), "sanction.task.done")
	examtest.RequireFault(t, w.Settle(w.As("first"), decide, sanction.OutcomeUpheld, "有误"), "sanction.task.self")
	examtest.RequireFault(t, w.Settle(w.As("second"), decide, sanction.OutcomeUpheld, " "), "sanction.task.outcome")
	w.Clock.Advance(8 * 24 * time.Hour)
	require.True(t, w.tasks(t, "?open=yes")[0].Overdue)
	require.NoError(t, w.Settle(w.As("second"), decide, sanction.OutcomeUpheld, "核实有误"))
	require.False(t, w.judge(t, 1, "RT01", "APPLY").Blocked)
	open = w.tasks(t, "?open=yes&kind=DELETE")
	require.Len(t, open, 1)
	require.Equal(t, "2026-12-04", open[0].Due)
	require.NoError(t, w.Settle(w.As("first"), open[0].ID, sanction.OutcomeDone, ""))
	d, err := w.Entry(w.As("first"), e.ID)
	require.NoError(t, err)
	require.Equal(t, []string{sanction.Deleted, "", ""}, []string{d.Entry.Status, d.Entry.Reason, d.Entry.Org})
	for _, p := range d.Past[1:] {
		require.Empty(t, p.Text)
	}
	examtest.RequireFault(t, w.Object(w.As("first"), e.ID, "还有"), "sanction.objection.gone")

	w.Calendar = nil
	w.batch(t, 2, item(t, 2, func(it *sanction.Item) { it.Status = sanction.Off }))
	open = w.tasks(t, "?open=yes")
	require.Empty(t, open[0].Due)
	require.Contains(t, open[0].DueNote, "工作日历还没有接入")
}

// TestTwoPersonsChangeTheTable: who proposes does not decide; nothing is put over
// what came in between.
func TestTwoPersonsChangeTheTable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.batch(t, 1, item(t, 1, func(it *sanction.Item) { it.List = "JUDGMENT" }))
	first, second := w.As("first"), w.As("second")
	now, err := w.Rule(first, -1)
	require.NoError(t, err)
	require.Zero(t, now.Version.Version)
	require.Equal(t, sanction.StrictReview, w.judge(t, 1, "RT01", "APPLY").Effect)
	_, err = w.Propose(first, 0, "无改动", now.Table)
	examtest.RequireFault(t, err, "sanction.rule.same")
	change := sanction.Defaults()
	for i := range change.Rules {
		if change.Rules[i].List == "JUDGMENT" && change.Rules[i].Action == "APPLY" {
			change.Rules[i].Effect, change.Rules[i].Color = sanction.BlockSubmit, sanction.Red
		}
	}
	seen, err := w.Preview(first, change)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 0, -1}, []int{seen.People, seen.Stricter, seen.Looser, seen.Cases})
	bad := change
	bad.Rules = append([]sanction.Rule{{List: "X"}}, change.Rules...)
	_, err = w.Propose(first, 0, "坏的", bad)
	examtest.RequireFault(t, err, "sanction.rule.invalid")
	v, err := w.Propose(first, 0, "失信被执行人禁止申领", change)
	require.NoError(t, err)
	_, err = w.Propose(second, 0, "另一份", change)
	examtest.RequireFault(t, err, "sanction.rule.open")
	_, err = w.Decide(first, v.Version.Version, true, "")
	examtest.RequireFault(t, err, "sanction.rule.self")
	_, err = w.Decide(second, v.Version.Version, false, " ")
	examtest.RequireFault(t, err, "sanction.rule.answer")
	require.Equal(t, sanction.StrictReview, w.judge(t, 1, "RT01", "APPLY").Effect, "not before it is decided")
	_, err = w.Decide(second, v.Version.Version, true, "同意")
	require.NoError(t, err)
	got := w.judge(t, 1, "RT01", "APPLY")
	require.Equal(t, []any{sanction.BlockSubmit, 1}, []any{got.Effect, got.Rules})
	_, err = w.Decide(second, v.Version.Version, true, "")
	examtest.RequireFault(t, err, "sanction.rule.done")
	_, err = w.Propose(second, 0, "旧版上改", sanction.Defaults())
	examtest.RequireFault(t, err, "sanction.rule.stale")
	v2, err := w.Propose(second, 1, "改回", sanction.Defaults())
	require.NoError(t, err)
	_, err = w.Decide(first, v2.Version.Version, true, "")
	require.NoError(t, err)
	require.Equal(t, sanction.StrictReview, w.judge(t, 1, "RT01", "APPLY").Effect)
	_, err = w.DB.Exec(context.Background(), `UPDATE sanction_rule SET body = '{"rules":[],"bans":[]}' WHERE state = 'ACTIVE'`)
	require.NoError(t, err)
	_, err = w.Judge(context.Background(), w.DB, w.Keys.Person(id(t, 1)), "RT01", "APPLY")
	examtest.RequireFault(t, err, "sanction.tampered")
}

// TestOverHTTP: each operation on one thing reads which, and refuses who has no
// right, and a stale page.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.batch(t, 1, item(t, 1, nil))
	e := w.entries(t, "")[0].ID
	w.files.of["RE-075TX20260001"] = []sanction.Found{w.found(t, "L1", 1), w.found(t, "L2", 2)}
	w.hear(t, notice(sanction.SaysRevoke, 1, nil))
	l := w.lock(t).Lock
	do := func(who, method, path string, body any, want int) []byte {
		t.Helper()
		status, raw := w.Do(who, method, "/api/v1/sanction"+path, body)
		require.Equal(t, want, status, "%s %s: %s", method, path, raw)
		return raw
	}
	type m = map[string]any
	d := examtest.Decode[sanction.Detail](t, do("first", "GET", "/entries/"+e, nil, 200))
	require.Equal(t, e, d.Entry.ID)
	require.Len(t, d.Means, len(sanction.ActionNames()))
	do("first", "POST", "/entries/"+e+"/objections", m{"note": "不是本人"}, 204)
	task := w.tasks(t, "?kind=MARK")[0].ID
	do("first", "POST", "/tasks/"+task+"/settle", m{"outcome": "DONE", "answer": ""}, 204)
	do("first", "POST", "/tasks/"+task+"/settle", m{"outcome": "DONE", "answer": ""}, 412)
	do("first", "POST", "/judgement", m{"id_no": examtest.IDNumber(1)[:17], "situation": "RT01", "action": "APPLY"}, 400)
	raw := do("first", "POST", "/judgement", m{"id_no": examtest.IDNumber(1), "situation": "RT01", "action": "APPLY"}, 200)
	require.NotContains(t, string(raw), examtest.IDNumber(1))
	require.True(t, examtest.Decode[sanction.Verdict](t, raw).Blocked)

	now := examtest.Decode[sanction.Whole](t, do("first", "GET", "/rules/-1", nil, 200))
	now.Table.Bans[0].Years = 6
	body := m{"rules": now.Table.Rules, "bans": now.Table.Bans, "base": 0, "note": "出租六年"}
	do("first", "POST", "/rule-preview", m{"rules": now.Table.Rules, "bans": now.Table.Bans}, 200)
	do("first", "POST", "/rules", body, 200)
	do("first", "POST", "/rules/1/decide", m{"approve": true, "answer": ""}, 403)
	do("second", "POST", "/rules/1/decide", m{"approve": true, "answer": ""}, 200)
	require.Equal(t, 1, examtest.Decode[sanction.Whole](t, do("first", "GET", "/rules/1", nil, 200)).Version.Version)
	require.Equal(t, "系统默认口径，待业主确认", examtest.Decode[sanction.Whole](t, do("first", "GET", "/rules/0", nil, 200)).Version.Note)

	do("first", "POST", "/locks/"+l.ID+"/claim", m{"revision": l.Revision, "licence": "L2", "why": "核对档案"}, 204)
	do("first", "POST", "/locks/"+l.ID+"/lifts", m{"revision": l.Revision, "kind": "LIFT", "reason": "HEARING", "doc_no": "听证〔2026〕1号", "note": ""}, 409)
	l = w.lock(t).Lock
	do("first", "POST", "/locks/"+l.ID+"/lifts", m{"revision": l.Revision, "kind": "LIFT", "reason": "HEARING", "doc_no": "听证〔2026〕1号", "note": ""}, 204)
	lift := examtest.Decode[sanction.LockDetail](t, do("first", "GET", "/locks/"+l.ID, nil, 200)).Lifts[0].ID
	do("first", "POST", "/lifts/"+lift+"/check", m{"approve": true, "note": ""}, 403)
	do("second", "POST", "/lifts/"+lift+"/check", m{"approve": true, "note": ""}, 204)
	require.Equal(t, "VALID", w.files.state["L2"])
	for _, path := range []string{"/entries", "/tasks", "/batches", "/rules", "/locks"} {
		require.Equal(t, "PK", string(do("first", "GET", path+"/export", nil, 200)[:2]))
		do("nobody", "GET", path+"/export", nil, 403)
	}
	for _, path := range []string{"/entries/" + e, "/locks/" + l.ID, "/rules/1"} {
		do("nobody", "GET", path, nil, 403)
	}
	do("first", "GET", "/entries/none", nil, 404)
	for action, n := range map[string]int{
		sanction.PermObject: 1, sanction.PermSettle: 1, sanction.PermJudge: 1, sanction.PermPropose: 1, sanction.PermDecide: 1, sanction.PermClaim: 1,
		sanction.PermLift: 1, sanction.PermCheckLift: 1,
	} {
		require.Equal(t, n, w.Audited(action), action)
	}
}
