package practical_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/practical"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/sheet"
	scoring "huyun.internal/protocol/exam/practical"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

const root = "/api/v1/exam/practical"

// world is a sitting of three with a practical exam; the first two are in.
type world struct {
	*examtest.Story
	exams      *practical.Service
	in         sitting.Sitting
	scheme     practical.Standard
	candidates []string
}

func body(name string) scoring.Scheme {
	return scoring.Scheme{Category: "09002", Name: name, Pass: 800, Minutes: 30, Items: []scoring.Task{
		{ID: "1", Name: "车辆检视", Full: 400, Deductions: []scoring.Deduction{{ID: "1", Text: "漏检一处", Points: 50}}},
		{ID: "2", Name: "轮胎更换", Full: 600, Deductions: []scoring.Deduction{{ID: "1", Text: "未拧紧", Points: 100}, {ID: "2", Text: "车辆滑落", Fails: "exam"}}},
	}}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Story: examtest.NewStory(t)}
	w.exams = practical.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings,
		credit.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings, conduct.New(w.DB, w.Keys, w.Audit, w.Clock, w.Sittings)))
	practical.Register(w.Web, w.exams)
	w.Staff("office", practical.PermList, practical.PermArrange, practical.PermScheme)
	w.Staff("centre", practical.PermList, practical.PermConfirm, practical.PermExport)
	var err error
	w.scheme, err = w.exams.Write(w.As("office"), body("应会"))
	require.NoError(t, err)
	w.in = w.Assigned(t, 3)
	_, err = w.exams.Arrange(w.As("office"), w.in.ID)
	require.True(t, fault.Is(err, "exam.practical.arrange.none"), "a draft is not in use: %v", err)
	_, err = w.exams.Use(w.As("office"), w.scheme.ID)
	require.NoError(t, err)
	_, err = w.exams.Arrange(w.As("office"), w.in.ID)
	require.NoError(t, err)
	rows, err := w.DB.Query(context.Background(), `SELECT id FROM exam_candidate ORDER BY seq`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var id string
		require.NoError(t, rows.Scan(&id))
		w.candidates = append(w.candidates, id)
	}
	require.NoError(t, rows.Err())
	for _, c := range w.candidates[:2] {
		w.Report(t, wire.KindCheckin, w.in.ID, wire.Checkin{Sitting: w.in.ID, Candidate: c, Admitted: true})
	}
	w.Report(t, wire.KindCheckin, w.in.ID, wire.Checkin{Sitting: w.in.ID, Candidate: w.candidates[2]})
	return w
}

// signed is an honest sheet with one look forgotten so many times.
func (w *world) signed(id string, candidate, revision, times int) wire.PracticalSheet {
	out := wire.PracticalSheet{
		ID: id, Sitting: w.in.ID, Candidate: w.candidates[candidate], Scheme: w.scheme.ID, Revision: revision,
		Items: []scoring.Scored{{Item: "1", Marks: []scoring.Mark{}}, {Item: "2", Marks: []scoring.Mark{}}}, Examiners: []string{"chen", "liu"},
	}
	if times > 0 {
		out.Items[0].Marks = []scoring.Mark{{Deduction: "1", Times: times}}
	}
	got, _ := w.scheme.Scheme.Score(out.Items)
	out.Score, out.Passed = got.Score, got.Passed
	return out
}

func (w *world) record(t *testing.T, b wire.PracticalSheet) journal.Record {
	t.Helper()
	return w.Device.Record(t, w.Clock.Now(), wire.KindPracticalSheet, b.Sitting, b)
}

func (w *world) apply(node string, recs ...journal.Record) error {
	ctx := auth.System(context.Background(), "link")
	return w.DB.InTx(ctx, func(tx examtest.Tx) error { return w.exams.ApplyBatch(ctx, tx, node, recs) })
}

func (w *world) sheets(t *testing.T, f practical.Filter) []practical.Sheet {
	t.Helper()
	out, err := w.exams.List(w.As("centre"), f, db.Page{})
	require.NoError(t, err)
	return out.Items
}

func TestASheetIsRejectedScoredAgainAndConfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sent := examtest.Orders[wire.PracticalArranged](t, w.Device, wire.OrderPractical)
	require.Len(t, sent, 1)
	require.Equal(t, w.scheme.Scheme, sent[0].Scheme, "the scheme goes down whole")

	first := w.record(t, w.signed("sheet-1", 0, 1, 1))
	require.NoError(t, w.apply(w.Device.Node, first))
	require.NoError(t, w.apply(w.Device.Node, first), "in twice")
	list := w.sheets(t, practical.Filter{})
	require.Len(t, list, 1)
	require.Equal(t, "SUBMITTED", list[0].State)
	require.EqualValues(t, 950, list[0].Score)
	require.True(t, list[0].Passed)
	require.Empty(t, list[0].Difference)
	require.Contains(t, list[0].Name, "*")

	decide := root + "/sheets/sheet-1/decide"
	w.refuse(t, "office", decide, map[string]any{"confirm": true}, http.StatusForbidden, "auth.forbidden")
	w.refuse(t, "centre", decide, map[string]any{"confirm": false, "reason": " "}, http.StatusBadRequest, "exam.practical.decide.reason")
	status, answer := w.Do("centre", http.MethodPost, decide, map[string]any{"confirm": false, "reason": "第二项照片与评分不符"})
	require.Equal(t, http.StatusOK, status, string(answer))
	w.refuse(t, "centre", decide, map[string]any{"confirm": true}, http.StatusPreconditionFailed, "exam.practical.decide.state")
	require.NoError(t, w.apply(w.Device.Node, first), "late")

	require.NoError(t, w.apply(w.Device.Node, w.record(t, w.signed("sheet-2", 0, 2, 5))))
	got, err := w.exams.Decide(w.As("centre"), "sheet-2", true, "")
	require.NoError(t, err)
	require.False(t, got.Passed, "750 of 800")
	words := examtest.Orders[wire.PracticalDecided](t, w.Device, wire.OrderSheetDecided)
	require.Len(t, words, 2)
	require.Equal(t, wire.PracticalDecided{Sheet: "sheet-1", Sitting: w.in.ID, Candidate: w.candidates[0], Revision: 1, Reason: "第二项照片与评分不符", By: "姓名centre"}, words[0])
	require.True(t, words[1].Confirmed)
	require.Equal(t, 2, w.Audited(practical.PermConfirm))

	require.Len(t, w.sheets(t, practical.Filter{}), 1, "the last revision")
	require.Len(t, w.sheets(t, practical.Filter{All: true}), 2, "the old one stays")
	require.Empty(t, w.sheets(t, practical.Filter{Passed: "yes"}))
	detail, err := w.exams.Get(w.As("centre"), "sheet-1")
	require.NoError(t, err)
	require.Len(t, detail.Revisions, 2)
	require.Equal(t, "REJECTED", detail.Sheet.State)
	halls, err := w.exams.Arranged(w.As("centre"), practical.Filter{}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, []int{3, 0, 1, 0}, []int{halls.Items[0].Candidates, halls.Items[0].Waiting, halls.Items[0].Confirmed, halls.Items[0].Rejected})

	status, book := w.Do("centre", http.MethodGet, root+"/sheets/export?all=true", nil)
	require.Equal(t, http.StatusOK, status)
	rows, err := sheet.Read(book, []sheet.Column{{Name: "姓名"}, {Name: "状态"}, {Name: "版次"}}, sheet.Limits{Rows: 10, Unzipped: 8 << 20})
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.NotContains(t, rows[0].Get("姓名"), "*")
}

func (w *world) refuse(t *testing.T, who, path string, in any, status int, code string) {
	t.Helper()
	got, answer := w.Do(who, http.MethodPost, path, in)
	require.Equal(t, status, got, string(answer))
	require.Equal(t, code, examtest.Code(t, answer))
}

func TestASheetThatDoesNotAddUpCanOnlyBeRejected(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lie  func(*wire.PracticalSheet)
		text string
	}{
		"score raised":        {func(b *wire.PracticalSheet) { b.Score = 1000 }, "按扣分重新计算为 75 分"},
		"passed all the same": {func(b *wire.PracticalSheet) { b.Passed = true }, "按扣分重新计算"},
		"an item left out":    {func(b *wire.PracticalSheet) { b.Items = b.Items[:1] }, "还没有评完"},
		"one examiner":        {func(b *wire.PracticalSheet) { b.Examiners = []string{"chen", "chen"} }, "不是两名不同的考官签名"},
		"nobody signed":       {func(b *wire.PracticalSheet) { b.Examiners = nil }, "不是两名不同的考官签名"},
		"another scheme":      {func(b *wire.PracticalSheet) { b.Scheme = "x" }, "评分方案数据被改动过"},
		"a huge score":        {func(b *wire.PracticalSheet) { b.Score = 1 << 40 }, "按扣分重新计算"},
		"nothing at all":      {func(b *wire.PracticalSheet) { b.Items = nil }, "还没有评完"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := w.signed("sheet-1", 0, 1, 5)
			c.lie(&b)
			require.NoError(t, w.apply(w.Device.Node, w.record(t, b)))
			require.Contains(t, w.sheets(t, practical.Filter{})[0].Difference, c.text)
			_, err := w.exams.Decide(w.As("centre"), "sheet-1", true, "")
			require.True(t, fault.Is(err, "exam.practical.decide.different"), "%v", err)
			_, err = w.exams.Decide(w.As("centre"), "sheet-1", false, "重评")
			require.NoError(t, err)
		})
	}
	w := newWorld(t)
	require.NoError(t, w.apply(w.Device.Node, w.record(t, w.signed("sheet-1", 2, 1, 0))))
	require.Contains(t, w.sheets(t, practical.Filter{})[0].Difference, "没有获准入场")
}

func TestSheetsThatNobodyCanHaveAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused := func(code, node string, change func(*wire.PracticalSheet)) {
		t.Helper()
		b := w.signed("sheet-x", 1, 1, 0)
		change(&b)
		rec := w.record(t, b)
		before := dbtest.Snapshot(t, w.DB)
		err := w.apply(node, rec)
		require.True(t, fault.Is(err, code), "%s: %v", code, err)
		var f *fault.Error
		require.True(t, errors.As(err, &f) && f.Kind != fault.Internal, "a dead letter, not a block")
		require.Equal(t, before, dbtest.Snapshot(t, w.DB))
	}
	honest := func(*wire.PracticalSheet) {}
	require.NoError(t, w.apply(w.Device.Node, w.record(t, w.signed("sheet-1", 0, 1, 1))))
	refused("exam.record.venue", "node-2", honest)
	refused("exam.record.venue", w.Device.Node, func(b *wire.PracticalSheet) { b.Sitting = "x" })
	refused("exam.practical.sheet.candidate", w.Device.Node, func(b *wire.PracticalSheet) { b.Candidate = "x" })
	refused("exam.practical.sheet.revision", w.Device.Node, func(b *wire.PracticalSheet) { b.Revision = 2 })
	refused("exam.practical.sheet.revision", w.Device.Node, func(b *wire.PracticalSheet) { b.Candidate = w.candidates[0] })
	refused("exam.practical.sheet.revision", w.Device.Node, func(b *wire.PracticalSheet) { b.Candidate, b.Revision = w.candidates[0], 2 })
}

func TestAnEditedRowStops(t *testing.T) {
	t.Parallel()
	for name, q := range map[string]string{
		"score":    `UPDATE exam_practical_sheet SET score = 1000`,
		"passed":   `UPDATE exam_practical_sheet SET passed = NOT passed`,
		"items":    `UPDATE exam_practical_sheet SET items = '[]'`,
		"problem":  `UPDATE exam_practical_sheet SET difference = 'x'`,
		"examiner": `UPDATE exam_practical_sheet SET examiners = '{a,b}'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			require.NoError(t, w.apply(w.Device.Node, w.record(t, w.signed("sheet-1", 0, 1, 5))))
			_, err := w.DB.Exec(context.Background(), q)
			require.NoError(t, err)
			_, err = w.exams.Decide(w.As("centre"), "sheet-1", false, "重评")
			require.True(t, fault.Is(err, "exam.practical.tampered"), "%v", err)
		})
	}
	w := newWorld(t)
	_, err := w.DB.Exec(context.Background(), `UPDATE exam_practical_scheme SET body = jsonb_set(body, '{pass}', '1')`)
	require.NoError(t, err)
	require.NoError(t, w.apply(w.Device.Node, w.record(t, w.signed("sheet-1", 0, 1, 0))), "a record is never held up")
	require.Contains(t, w.sheets(t, practical.Filter{})[0].Difference, "评分方案数据被改动过")
	_, err = w.exams.Arrange(w.As("office"), w.in.ID)
	require.True(t, fault.Is(err, "exam.practical.tampered"), "%v", err)
}

func TestASchemeInUseIsOnlySucceeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	office := w.As("office")
	_, err := w.exams.Change(office, w.scheme.ID, body("改"))
	require.True(t, fault.Is(err, "exam.practical.scheme.used"), "%v", err)
	_, err = w.exams.Use(office, w.scheme.ID)
	require.True(t, fault.Is(err, "exam.practical.scheme.used"), "%v", err)
	next, err := w.exams.Write(office, body("第二版"))
	require.NoError(t, err)
	require.Equal(t, 2, next.Version)
	_, err = w.exams.Write(office, body("第三版"))
	require.True(t, fault.Is(err, "exam.practical.scheme.draft"), "%v", err)
	changed := body("第二版改")
	changed.Pass = 900
	next, err = w.exams.Change(office, next.ID, changed)
	require.NoError(t, err)
	require.EqualValues(t, 900, next.Scheme.Pass)
	_, err = w.exams.Use(office, next.ID)
	require.NoError(t, err)
	old, err := w.exams.Scheme(office, w.scheme.ID)
	require.NoError(t, err)
	require.Equal(t, practical.Succeeded, old.State)
	again, err := w.exams.Arrange(office, w.in.ID)
	require.NoError(t, err)
	require.Equal(t, 1, again.Version, "a sitting keeps what it was sent")
	list, err := w.exams.Schemes(office, "09002", true, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 2, list.Total)

	bad := body("坏")
	bad.Pass = 2000
	_, err = w.exams.Write(office, bad)
	require.True(t, fault.Is(err, "exam.practical.scheme"), "%v", err)
	bad = body("坏")
	bad.Category = "99999"
	_, err = w.exams.Write(office, bad)
	require.True(t, fault.Is(err, "exam.practical.scheme.category"), "%v", err)
}

func TestDefaultsAreThoseOfTheDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, category := range []string{"01001", "02001"} {
		got, err := w.exams.Defaults(w.As("office"), category)
		require.NoError(t, err)
		require.NoError(t, got.Validate())
		require.EqualValues(t, 1000, got.Full())
		require.EqualValues(t, 800, got.Pass)
		require.LessOrEqual(t, got.Minutes, 30)
		require.Len(t, got.Items, 3)
	}
}

func TestANewDeviceLearnsEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.apply(w.Device.Node, w.record(t, w.signed("sheet-1", 0, 1, 1))))
	_, err := w.exams.Decide(w.As("centre"), "sheet-1", false, "重评")
	require.NoError(t, err)
	w.InTx(t, func(ctx context.Context, tx examtest.Tx) error { return w.exams.Announce(ctx, tx, w.Venue.ID) })
	require.Len(t, examtest.Orders[wire.PracticalArranged](t, w.Device, wire.OrderPractical), 2)
	require.Len(t, examtest.Orders[wire.PracticalDecided](t, w.Device, wire.OrderSheetDecided), 2)
}
