package practical_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/practical"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	pexam "huyun.internal/protocol/exam"
	scoring "huyun.internal/protocol/exam/practical"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

func scheme() scoring.Scheme {
	return scoring.Scheme{ID: "scheme-1", Category: "09002", Version: 1, Name: "应会", Pass: 800, Minutes: 30, Items: []scoring.Task{
		{ID: "1", Name: "车辆检视", Full: 400, Deductions: []scoring.Deduction{{ID: "1", Text: "漏检一处", Points: 50}}},
		{ID: "2", Name: "轮胎更换", Full: 600, Deductions: []scoring.Deduction{{ID: "1", Text: "未拧紧", Points: 100}, {ID: "2", Text: "车辆滑落", Fails: scoring.FailsExam}}},
	}}
}

// field is a venue with its sitting approved, its scheme here and candidate 0
// admitted.
func field(t *testing.T) *apptest.House {
	t.Helper()
	h := apptest.New(t, 2)
	h.Staff()
	h.Opened()
	require.NoError(t, h.Order(wire.OrderPractical, wire.PracticalArranged{Sitting: apptest.Sitting, Scheme: scheme(), By: "张考务"}))
	h.Admit(0)
	return h
}

func marks(id string, times int) practical.Marks {
	m := practical.Marks{ID: id, Items: []scoring.Scored{{Item: "1"}, {Item: "2"}}, SecondUser: "proctor", SecondPassword: apptest.Password}
	if times > 0 {
		m.Items[0].Marks = []scoring.Mark{{Deduction: "1", Times: times}}
	}
	return m
}

func submit(h *apptest.House, candidate int, m practical.Marks) (practical.Sheet, error) {
	return h.Practical.Submit(h.Ctx(), apptest.Sitting, apptest.CandidateID(candidate), m)
}

func TestTwoExaminersSignASheetOnce(t *testing.T) {
	t.Parallel()
	h := field(t)
	got, err := submit(h, 0, marks("sheet-0001", 3))
	require.NoError(t, err)
	require.Equal(t, pexam.Points(850), got.Score)
	require.True(t, got.Passed)
	require.Equal(t, []string{"chief", "proctor"}, got.Examiners)

	again, err := submit(h, 0, marks("sheet-0001", 3))
	require.NoError(t, err, "the answer got lost and the page sends it again")
	require.Equal(t, got, again)
	h.Restart(time.Minute)
	again, err = submit(h, 0, marks("sheet-0001", 3))
	require.NoError(t, err)
	require.Equal(t, got, again)
	sent := h.Records(wire.KindPracticalSheet)
	require.Len(t, sent, 1, "one record goes up")
	up, err := wire.Decode[wire.PracticalSheet](sent[0].Body)
	require.NoError(t, err)
	require.Equal(t, got.PracticalSheet, up)

	_, err = submit(h, 0, marks("sheet-0001", 4))
	require.True(t, fault.Is(err, "exam.practical.id"), "%v", err)
	_, err = submit(h, 0, marks("sheet-0002", 3))
	require.True(t, fault.Is(err, "exam.practical.done"), "%v", err)
}

func TestWhoMayNotBeScoredAndWhoMayNotSign(t *testing.T) {
	t.Parallel()
	h := field(t)
	refused := func(candidate int, code string, change func(*practical.Marks)) {
		t.Helper()
		m := marks("sheet-0001", 1)
		change(&m)
		_, err := submit(h, candidate, m)
		require.True(t, fault.Is(err, code), "%s: %v", code, err)
		require.Empty(t, h.Records(wire.KindPracticalSheet), code)
	}
	same := func(*practical.Marks) {}
	refused(0, "staff.second.same", func(m *practical.Marks) { m.SecondUser = "chief" })
	refused(0, "staff.second.same", func(m *practical.Marks) { m.SecondUser = "" })
	refused(0, "staff.second.role", func(m *practical.Marks) { m.SecondUser = "tech" })
	refused(0, "staff.login.wrong", func(m *practical.Marks) { m.SecondPassword = "another" })
	refused(0, "exam.practical.incomplete", func(m *practical.Marks) { m.Items = m.Items[:1] })
	refused(0, "exam.practical.marks", func(m *practical.Marks) { m.Items[0].Marks[0].Deduction = "9" })
	refused(1, "exam.practical.door", same)
	_, err := h.Seating.Decide(h.Ctx(), apptest.Sitting, apptest.CandidateID(1), seating.Decision{Reason: "证件不符"})
	require.NoError(t, err)
	refused(1, "exam.practical.door", same)
	require.NoError(t, h.Order(wire.OrderSuspend, wire.Suspend{Sitting: apptest.Sitting, Suspended: true, Reason: "核查"}))
	refused(0, "exam.practical.suspended", same)
}

func TestASheetSentBackIsScoredAgain(t *testing.T) {
	t.Parallel()
	h := field(t)
	h.Admit(1)
	first, err := submit(h, 0, marks("sheet-0001", 1))
	require.NoError(t, err)
	word := wire.PracticalDecided{Sheet: first.ID, Sitting: apptest.Sitting, Candidate: apptest.CandidateID(0), Revision: 1, Reason: "第二项未评", By: "李审核"}
	require.NoError(t, h.Order(wire.OrderSheetDecided, word))
	require.NoError(t, h.Exam.Change(h.Ctx(), apptest.Sitting, "test", "", func(_ *store.Tx, st *exam.Sitting) error { return st.Do(exam.Close) }))
	second, err := submit(h, 0, marks("sheet-0002", 2))
	require.NoError(t, err, "also after the sitting has closed")
	require.Equal(t, 2, second.Revision)
	word.Confirmed, word.Reason = true, ""
	require.NoError(t, h.Order(wire.OrderSheetDecided, word), "late: the first is decided")
	word.Sheet, word.Revision = second.ID, 2
	require.NoError(t, h.Order(wire.OrderSheetDecided, word))
	h.View(func(r store.Reader) error {
		all, err := practical.Sheets(r, apptest.Sitting, apptest.CandidateID(0))
		require.Len(t, all, 2, "the old one stays")
		require.Equal(t, practical.Rejected, all[0].State)
		require.Equal(t, "第二项未评", all[0].Reason)
		require.Equal(t, practical.Confirmed, all[1].State)
		return err
	})
	_, err = submit(h, 0, marks("sheet-0003", 2))
	require.True(t, fault.Is(err, "exam.practical.done"), "%v", err)
	_, err = submit(h, 1, marks("sheet-0004", 2))
	require.True(t, fault.Is(err, "exam.practical.state"), "nobody is scored for the first time after the end: %v", err)
}

func TestAReplacedServerLearnsWhichRevisionIsNext(t *testing.T) {
	t.Parallel()
	h := field(t)
	require.NoError(t, h.Order(wire.OrderSheetDecided, wire.PracticalDecided{
		Sheet: "lost", Sitting: apptest.Sitting, Candidate: apptest.CandidateID(0), Revision: 3, Reason: "重评", By: "李审核",
	}))
	got, err := submit(h, 0, marks("sheet-0001", 0))
	require.NoError(t, err)
	require.Equal(t, 4, got.Revision)
}

func TestASittingKeepsItsScheme(t *testing.T) {
	t.Parallel()
	h := field(t)
	other := scheme()
	other.ID = "scheme-2"
	require.NoError(t, h.Order(wire.OrderPractical, wire.PracticalArranged{Sitting: apptest.Sitting, Scheme: other}))
	h.View(func(r store.Reader) error {
		a, err := practical.Arranged(r, apptest.Sitting)
		require.Equal(t, "scheme-1", a.Scheme.ID)
		return err
	})
	other.Items = nil
	require.Error(t, h.Order(wire.OrderPractical, wire.PracticalArranged{Sitting: "another", Scheme: other}))
	_, err := h.Practical.Submit(h.Ctx(), "another", apptest.CandidateID(0), marks("sheet-0001", 0))
	require.True(t, fault.Is(err, "exam.practical.none"), "%v", err)
}
