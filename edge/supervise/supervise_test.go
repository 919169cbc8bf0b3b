package supervise_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

func code(t *testing.T, err error, want string) {
	t.Helper()
	require.Error(t, err)
	require.Equal(t, want, fault.From(err).Code, err.Error())
}

func seat(t *testing.T, h *apptest.House, name string) supervise.Seat {
	t.Helper()
	var out supervise.Seat
	h.View(func(r store.Reader) error {
		st, err := exam.Get(r, apptest.Sitting)
		require.NoError(t, err)
		list, err := h.Supervise.SeatMap(r, st)
		for _, s := range list {
			if s.Seat == name {
				out = s
			}
		}
		return err
	})
	return out
}

func TestASeatThroughTheDay(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Assigned()
	require.Equal(t, supervise.Unknown, seat(t, h, "A01").State, "no roster here yet")
	h.Opened()
	s := seat(t, h, "A01")
	require.Equal(t, supervise.Absent, s.State)
	require.Equal(t, "张0", s.Name)
	require.Equal(t, seating.Expected, s.Standing)
	require.Equal(t, supervise.Vacant, seat(t, h, "A02").State)
	h.Admit(0)
	require.Equal(t, supervise.Arrived, seat(t, h, "A01").State)
	p := &apptest.Person{House: h}
	p.Terminal, p.TermKey = h.Pair(0)
	beat := func() {
		require.NoError(t, h.Supervise.Beat(t.Context(), p.Terminal.ID, nil, supervise.Beat{Seat: "A01", Focus: true, Visible: true}))
	}
	beat()
	require.True(t, seat(t, h, "A01").Connected)
	p.Login()
	require.Equal(t, supervise.SignedIn, seat(t, h, "A01").State)
	require.NoError(t, h.Attempts.Confirm(t.Context(), p.Session, true))
	require.NoError(t, h.Attempts.Consent(t.Context(), p.Session))
	require.Equal(t, supervise.Waiting, seat(t, h, "A01").State)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	_, err := p.Save("1", 1, "T")
	require.NoError(t, err)
	s = seat(t, h, "A01")
	require.Equal(t, supervise.Writing, s.State)
	require.Equal(t, 1, s.Answered)
	h.Time.Advance(16 * time.Second)
	require.Equal(t, supervise.Cut, seat(t, h, "A01").State)
	beat()
	require.NoError(t, h.Attempts.SetPaused(h.Ctx(), apptest.Sitting, p.Session.Attempt, "问询", true))
	require.Equal(t, supervise.Paused, seat(t, h, "A01").State)
	require.Equal(t, "问询", seat(t, h, "A01").Note)
	require.NoError(t, h.Attempts.SetPaused(h.Ctx(), apptest.Sitting, p.Session.Attempt, "问完了", false))
	require.Empty(t, seat(t, h, "A01").Note, "a pause that is over is not on the seat")

	require.NoError(t, h.Store.Update(t.Context(), func(tx *store.Tx) error {
		return alarm.Raise(tx, "x", wire.Alarm{Sitting: apptest.Sitting, Seat: "A01", Level: wire.AlarmRed, Code: "x", Text: "x"})
	}))
	require.Equal(t, supervise.Abnormal, seat(t, h, "A01").State)
	h.View(func(r store.Reader) error {
		list, err := alarm.List(r, apptest.Sitting)
		require.NoError(t, err)
		require.Len(t, list, 2, "and the one of the start without a check")
		return nil
	})
	id := apptest.Bodies[wire.Alarm](h, wire.KindAlarm)[1].ID
	require.NoError(t, h.Supervise.Acknowledge(h.Ctx(), id, "已查看"))
	require.NoError(t, h.Supervise.Acknowledge(h.Ctx(), id, "再次"))
	require.Len(t, h.Records(wire.KindAlarmCleared), 1)
	code(t, h.Supervise.Acknowledge(h.Ctx(), "none", ""), "supervise.alarm.missing")
	require.Equal(t, supervise.Writing, seat(t, h, "A01").State)
	_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, p.Session.Attempt, "违纪")
	require.NoError(t, err)
	require.Equal(t, supervise.Handed, seat(t, h, "A01").State)
}

func TestCloseOut(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3)
	h.Staff()
	h.Opened()
	p, q := h.Sit(0), h.Sit(1)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	for _, one := range []*apptest.Person{p, q} {
		_, err := one.Save("1", 1, "T")
		require.NoError(t, err)
		_, err = one.Save("1", 2, "F")
		require.NoError(t, err)
	}
	_, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, h.Waive("x"))
	code(t, err, "supervise.close.running")
	for _, one := range []*apptest.Person{p, q} {
		_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, one.Session.Attempt, "时间到")
		require.NoError(t, err)
	}
	h.Confirm()
	c, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, supervise.Waiver{})
	require.NoError(t, err)
	require.Equal(t, 3, c.Booked)
	require.Equal(t, 2, c.Admitted)
	require.Equal(t, 1, c.Absent)
	require.Equal(t, 4, c.Answers)
	require.Len(t, h.Records(wire.KindAnswer), c.Answers)
	sent := apptest.Bodies[wire.Closed](h, wire.KindClosed)
	require.Equal(t, []wire.Closed{c.Closed}, sent)

	_, err = h.Supervise.Close(h.Ctx(), apptest.Sitting, supervise.Waiver{})
	code(t, err, "exam.sitting.close.state")
	_, err = h.Exam.Issue(apptest.Sitting, apptest.CandidateID(2))
	code(t, err, "exam.book.closed")
	_, err = h.Seating.Login(t.Context(), p.Terminal, seating.Login{Admission: apptest.Admission(0), IDNumber: apptest.IDNumber(0)})
	code(t, err, "seating.login.wrong")
	h.Restart(time.Hour)
	_, err = h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	code(t, err, "exam.book.closed")
	again, err := h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Equal(t, c, again, "what was signed stays as it was signed")
}

func TestSumsThatDoNotAgreeNeedAReasonAndASecondPerson(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Staff()
	h.Opened()
	h.Admit(0) // never logs in
	c, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, supervise.Waiver{})
	code(t, err, "supervise.close.problems")
	require.NotEmpty(t, c.Problems)
	alone := h.Waive("考生离场")
	alone.SecondUser = "chief"
	_, err = h.Supervise.Close(h.Ctx(), apptest.Sitting, alone)
	code(t, err, "staff.second.same")
	require.Empty(t, h.Records(wire.KindClosed))
	c, err = h.Supervise.Close(h.Ctx(), apptest.Sitting, h.Waive("考生离场"))
	require.NoError(t, err)
	require.Equal(t, "second", c.Second)
	require.Equal(t, []wire.Waiver{{Code: "seated", Fact: "结束时入场 1 人，但只生成了 0 份试卷", Reason: "考生离场"}}, c.Waivers)
}

func TestIrregularities(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	in := wire.Irregularity{ID: "irr-1", Sitting: apptest.Sitting, Candidate: apptest.CandidateID(0), Code: "V03", Note: "旁窥"}
	for want, spoil := range map[string]func(*wire.Irregularity){
		"supervise.irregularity.code": func(i *wire.Irregularity) { i.Code = "V09" },
		"supervise.irregularity.note": func(i *wire.Irregularity) { i.Note = " " },
		"exam.roster.candidate":       func(i *wire.Irregularity) { i.Candidate = "nobody" },
		"exam.sitting.missing":        func(i *wire.Irregularity) { i.Sitting = "none" },
	} {
		bad := in
		spoil(&bad)
		_, err := h.Supervise.Note(h.Ctx(), bad)
		code(t, err, want)
	}
	for range 2 {
		_, err := h.Supervise.Note(h.Ctx(), in)
		require.NoError(t, err)
	}
	require.Len(t, h.Records(wire.KindIrregularity), 1)
}

func TestAProctorIsToldOfASilentTerminal(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	w := h.Supervise.Watch()
	look := func(d time.Duration) int {
		for ; d > 0; d -= 5 * time.Second {
			h.Time.Advance(5 * time.Second)
			w.Look(t.Context())
		}
		return len(h.Records(wire.KindAlarm))
	}
	beat := func() {
		require.NoError(t, h.Supervise.Beat(t.Context(), p.Terminal.ID, &p.Session, supervise.Beat{Focus: true, Visible: true}))
	}
	beat()
	require.Zero(t, look(60*time.Second))
	require.Equal(t, 1, look(30*time.Second))
	require.Equal(t, 1, look(5*time.Minute), "once")
	id := apptest.Bodies[wire.Alarm](h, wire.KindAlarm)[0].ID
	require.NoError(t, h.Supervise.Acknowledge(h.Ctx(), id, "去看过"))
	require.Equal(t, 1, look(5*time.Minute), "acknowledged is not raised again")
	beat()
	require.Equal(t, 1, look(5*time.Second))
	require.Equal(t, 2, look(2*time.Minute), "silent once more is news")
}

func TestAProctorIsToldOfACheckThatWasNotTaken(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	w := h.Supervise.Watch()
	codes := func() []string {
		out := []string{}
		for range apptest.Minutes*12 - 24 {
			require.NoError(t, h.Supervise.Beat(t.Context(), p.Terminal.ID, &p.Session, supervise.Beat{Focus: true, Visible: true, Camera: true}))
			h.Time.Advance(5 * time.Second)
			w.Look(t.Context())
		}
		for _, a := range apptest.Bodies[wire.Alarm](h, wire.KindAlarm) {
			out = append(out, a.Code)
		}
		return out
	}
	require.Equal(t, []string{"terminal.unchecked"}, codes(), "told once, though it stays due")
}

// TestACameraThatGoesIsTold: pulling the plug is not a way out of the checks.
func TestACameraThatGoesIsTold(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	w := h.Supervise.Watch()
	look := func(camera bool) []string {
		require.NoError(t, h.Supervise.Beat(t.Context(), p.Terminal.ID, &p.Session, supervise.Beat{Focus: true, Visible: true, Camera: camera}))
		h.Time.Advance(5 * time.Second)
		w.Look(t.Context())
		out := []string{}
		for _, a := range apptest.Bodies[wire.Alarm](h, wire.KindAlarm) {
			out = append(out, a.Code)
		}
		return out
	}
	require.Empty(t, look(false), "none so far: named at the start, if at all")
	require.Empty(t, look(true))
	require.Equal(t, []string{"terminal.camera"}, look(false))
	require.Equal(t, []string{"terminal.camera"}, look(false), "told once")
	for range apptest.Minutes*12 - 30 {
		look(false)
	}
	require.Equal(t, []string{"terminal.camera", "terminal.unchecked"}, look(false), "and the check that was due")
}

// TestTheAuditChain finds a change, a removal and a cut tail.
func TestTheAuditChain(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Opened()
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	require.NoError(t, h.Attempts.Extend(h.Ctx(), attempt.Extension{ID: "grant-1", Sitting: apptest.Sitting, Attempt: p.Session.Attempt, Extra: time.Minute, Reason: "r"}))
	var n int
	verify := func() error {
		return h.Store.View(func(r store.Reader) (err error) { n, err = h.Audit.Verify(r); return err })
	}
	require.NoError(t, verify())
	require.Greater(t, n, 4)
	require.Len(t, h.Records(wire.KindAudit), n, "every act is shipped")

	damage := func(key string, do func(tx *store.Tx, raw []byte)) error {
		var keep []byte
		require.NoError(t, h.Store.Update(t.Context(), func(tx *store.Tx) error { keep = tx.Get("audit", key); do(tx, keep); return nil }))
		err := verify()
		require.NoError(t, h.Store.Update(t.Context(), func(tx *store.Tx) error { tx.Put("audit", key, keep); return nil }))
		require.NoError(t, verify())
		return err
	}
	const second = "0000000000000002"
	code(t, damage(second, func(tx *store.Tx, _ []byte) { tx.Delete("audit", second) }), "supervise.audit.broken")
	code(t, damage(second, func(tx *store.Tx, _ []byte) {
		e, _, err := store.Load[audit.Entry](tx, "audit", second)
		require.NoError(t, err)
		e.Actor = "somebody else"
		require.NoError(t, store.Save(tx, "audit", second, e))
	}), "supervise.audit.broken")
}

func TestMessagesOfTheCentre(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	for range 2 {
		require.NoError(t, h.Order(wire.OrderMessage, wire.Message{ID: "m1", From: "中心", Text: "请核对时间"}))
	}
	h.View(func(r store.Reader) error {
		list, err := supervise.Messages(r)
		require.Len(t, list, 1)
		return err
	})
	require.NoError(t, h.Supervise.Read(h.Ctx(), "m1"))
	code(t, h.Supervise.Read(h.Ctx(), "m2"), "supervise.message.missing")
}
