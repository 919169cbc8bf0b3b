package rehearsal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/rehearsal"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// drill is a venue in the middle of a rehearsal with two people at A01 and A02
// and a spare machine at A03.
type drill struct {
	*apptest.House
	id    string
	spare seating.Terminal
	who   []*apptest.Person
}

func begun(t *testing.T) *drill {
	t.Helper()
	h := apptest.New(t, 3)
	h.Staff()
	h.Assigned()
	x := &drill{House: h}
	for i := range 2 {
		p := &apptest.Person{House: h, N: i}
		p.Terminal, p.TermKey = h.Pair(i)
		x.who = append(x.who, p)
	}
	x.spare, _ = h.Pair(2)
	d, err := h.Rehearsal.Begin(h.Ctx(), 2)
	require.NoError(t, err)
	x.id = d.ID
	for _, p := range x.who {
		x.login(p, p.Terminal)
		require.NoError(t, h.Attempts.Confirm(t.Context(), p.Session, true))
		require.NoError(t, h.Attempts.Consent(t.Context(), p.Session))
	}
	return x
}

func (x *drill) login(p *apptest.Person, at seating.Terminal) {
	x.T.Helper()
	s, err := x.Seating.Login(x.T.Context(), at, seating.Login{Admission: fmt.Sprintf("YL%02d", p.N+1), IDNumber: exam.RehearsalNumber})
	require.NoError(x.T, err)
	*p = apptest.Person{House: x.House, N: p.N, Terminal: at, Session: s.Session, Key: s.Key}
	x.beat(p)
}

func (x *drill) beat(p *apptest.Person) {
	x.Pulse.Heard(p.Terminal.ID, supervise.Beat{Focus: true, Visible: true})
}

func (x *drill) answer(revision uint64) {
	x.T.Helper()
	for _, p := range x.who {
		_, err := p.Save("1", revision, "T")
		require.NoError(x.T, err)
	}
	x.look()
}

func (x *drill) look() {
	x.Count()
	x.Rehearsal.Look(x.T.Context())
}

// pass lets time go by, looked at as Run does.
func (x *drill) pass(d time.Duration) {
	for range int(d.Seconds()) {
		x.Time.Advance(time.Second)
		x.look()
	}
}

func (x *drill) drill() rehearsal.Drill {
	x.T.Helper()
	var d rehearsal.Drill
	x.View(func(r store.Reader) (err error) { d, err = rehearsal.Get(r, x.id); return err })
	return d
}

func (x *drill) step(code string) wire.RehearsalStep {
	x.T.Helper()
	d := x.drill()
	for _, s := range d.Report("test").Steps {
		if s.Code == code {
			return s
		}
	}
	x.T.Fatalf("no step %s", code)
	return wire.RehearsalStep{}
}

func (x *drill) passed(code string) wire.RehearsalStep {
	x.T.Helper()
	s := x.step(code)
	require.True(x.T, s.Passed, s.Text)
	return s
}

// outage cuts the line by the button and answers until after the minute.
func (x *drill) outage(how func(off bool)) {
	x.T.Helper()
	x.look()
	how(true)
	x.pass(10 * time.Second)
	x.answer(x.next())
	x.pass(55 * time.Second)
	x.answer(x.next())
	how(false)
	x.Confirm() // a quick line has brought everything before anybody looks
	x.look()
	x.pass(2 * time.Second)
}

func (x *drill) next() uint64 {
	x.T.Helper()
	var n uint64
	x.View(func(r store.Reader) error {
		a, err := attempt.Answers(r, x.who[0].Session.Attempt)
		n = a["1"].Revision + 1
		return err
	})
	return n
}

func (x *drill) button(off bool) { require.NoError(x.T, x.Rehearsal.Cut(x.Ctx(), x.id, off)) }

func TestAWholeRehearsalPasses(t *testing.T) {
	t.Parallel()
	x := begun(t)
	require.False(t, x.step(wire.RehearseLogin).Passed)
	x.answer(1)
	x.passed(wire.RehearseLogin)
	require.True(t, x.who[0].Status().Rehearsal, "the terminal is told what it takes part in")

	x.outage(x.button)
	cut := x.passed(wire.RehearseCut)
	require.Equal(t, int64(1), cut.Figures["by_button"])
	require.GreaterOrEqual(t, cut.Figures["outage_ms"], int64(65_000))
	require.Equal(t, int64(4), cut.Figures["acked"])
	require.Positive(t, cut.Figures["waiting"])

	require.NoError(t, x.Attempts.KeepPlace(t.Context(), x.who[0].Session, "7", nil))
	x.pass(time.Second)
	left := x.who[1].Status().Remaining
	x.Restart(20 * time.Second)
	require.False(t, x.step(wire.RehearseRestart).Passed, "before anybody is heard again")
	for _, p := range x.who {
		x.beat(p)
	}
	x.look()
	again := x.passed(wire.RehearseRestart)
	require.Equal(t, again.Figures["acked"], again.Figures["kept"])
	require.Equal(t, int64(2), again.Figures["resumed"])
	require.InDelta(t, 20_000, again.Figures["restart_ms"], 1500)
	require.InDelta(t, left, x.who[1].Status().Remaining, 6000, "the outage took nobody's time")

	old := x.who[0].Session
	require.NoError(t, x.Rehearsal.Move(x.Ctx(), x.id, old.Attempt, "A01", "A03"))
	x.pass(3 * time.Second)
	x.login(x.who[0], x.spare)
	x.look()
	require.Contains(t, x.step(wire.RehearseSwap).Text, "再答一题")
	x.answer(x.next())
	swap := x.passed(wire.RehearseSwap)
	require.Equal(t, int64(1), swap.Figures["fenced"])
	require.Equal(t, int64(3000), swap.Figures["swap_ms"])

	d, err := x.Rehearsal.Finish(x.Ctx(), x.id)
	require.NoError(t, err)
	report := d.Report("test")
	require.True(t, report.Passed, "%+v", report)
	x.passed(wire.RehearseClose)
	require.Empty(t, x.Rehearsal.Current())

	last := lastOf(x.House, journal.LaneRest)
	require.Equal(t, wire.KindRehearsal, last.Kind)
	sent, err := wire.Decode[wire.Rehearsal](last.Body)
	require.NoError(t, err)
	require.True(t, sent.Passed)
	for _, kind := range []string{wire.KindLogin, wire.KindStarted, wire.KindAnswer, wire.KindHandin, wire.KindAlarm} {
		for _, rec := range x.Records(kind) {
			require.True(t, wire.Rehearsed(rec.Subject), "%s names %s", kind, rec.Subject)
		}
	}
	real, err := x.Exam.Sittings()
	require.NoError(t, err)
	require.Len(t, real, 1, "the practice sitting is none of the venue's")
	_, err = x.Seating.Login(t.Context(), x.who[1].Terminal, seating.Login{Admission: "YL02", IDNumber: exam.RehearsalNumber})
	require.True(t, fault.Is(err, "seating.login.wrong"), "%v", err)
}

func lastOf(h *apptest.House, lane string) journal.Record {
	h.T.Helper()
	j := h.Store.Journal(lane)
	head, err := j.Head()
	require.NoError(h.T, err)
	recs, err := j.Read(head.Seq, 1, 1<<20)
	require.NoError(h.T, err)
	return recs[0]
}

func TestACableIsToldFromTheButton(t *testing.T) {
	t.Parallel()
	x := begun(t)
	x.answer(1)
	x.outage(func(off bool) { x.Up.Connected = !off })
	require.Zero(t, x.passed(wire.RehearseCut).Figures["by_button"])
}

func TestWhatTheOutageStepDemands(t *testing.T) {
	t.Parallel()
	x := begun(t)
	x.answer(1)
	x.button(true)
	x.pass(5 * time.Second)
	x.answer(2)
	x.button(false)
	x.Confirm()
	x.pass(2 * time.Second)
	require.Contains(t, x.step(wire.RehearseCut).Text, "请再断网一次", "half a minute is no outage")

	x.button(true)
	x.pass(61 * time.Second)
	x.answer(3)
	x.button(false)
	x.look()
	require.Contains(t, x.step(wire.RehearseCut).Text, "正在送达", "the centre has not confirmed anything yet")
	x.Confirm()
	x.look()
	x.passed(wire.RehearseCut)
}

func TestAStripThatLiesFails(t *testing.T) {
	t.Parallel()
	x := begun(t)
	x.answer(1)
	x.look()
	x.button(true)
	x.pass(5 * time.Second)
	for _, p := range x.who {
		_, err := p.Save("2", 1, "T")
		require.NoError(t, err)
	}
	x.Up.Unacked = nil // says that nothing waits
	x.Rehearsal.Look(t.Context())
	x.pass(60 * time.Second)
	x.answer(2)
	x.button(false)
	x.look()
	x.Confirm()
	x.look()
	require.Contains(t, x.step(wire.RehearseCut).Text, "没有如实显示")
}

// An acknowledged answer that is gone after a restart fails the drill for good,
// whatever comes after.
func TestALostAnswerFails(t *testing.T) {
	t.Parallel()
	x := begun(t)
	x.answer(1)
	require.NoError(t, x.Store.Update(t.Context(), func(tx *store.Tx) error {
		tx.Delete("attempt_answer", x.who[0].Session.Attempt+"/1")
		return nil
	}))
	for range 2 {
		x.Restart(time.Second)
		for _, p := range x.who {
			x.beat(p)
		}
		x.look()
		_, err := x.who[0].Save("1", 2, "F") // comes again, and helps nothing
		if err == nil {
			x.look()
		}
	}
	s := x.step(wire.RehearseRestart)
	require.False(t, s.Passed)
	require.Contains(t, s.Text, "丢失 1 题")
	d, err := x.Rehearsal.Finish(x.Ctx(), x.id)
	require.NoError(t, err)
	r := d.Report("test")
	require.False(t, r.Passed)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Staff()
	h.Assigned()
	_, err := h.Rehearsal.Begin(h.Ctx(), 1)
	require.True(t, fault.Is(err, "exam.rehearsal.machines"), "%v", err)
	_, err = h.Rehearsal.Begin(h.Ctx(), 0)
	require.True(t, fault.Is(err, "exam.rehearsal.terminals"), "%v", err)
	h.Pair(0)
	h.Pair(1)
	d, err := h.Rehearsal.Begin(h.Ctx(), 1)
	require.NoError(t, err)
	_, err = h.Rehearsal.Begin(h.Ctx(), 1)
	require.True(t, fault.Is(err, "exam.rehearsal.busy"), "%v", err)
	_, err = h.Supervise.Close(h.Ctx(), d.ID, supervise.Waiver{})
	require.True(t, fault.Is(err, "supervise.close.rehearsal"), "%v", err)
	require.True(t, fault.Is(h.Rehearsal.Cut(h.Ctx(), "rehearsal-none", true), "exam.rehearsal.missing"))
	_, err = h.Rehearsal.Abort(h.Ctx(), d.ID, "")
	require.True(t, fault.Is(err, "exam.rehearsal.reason"), "%v", err)
	d, err = h.Rehearsal.Abort(h.Ctx(), d.ID, "下课")
	require.NoError(t, err)
	require.Equal(t, "下课", d.Aborted)
	require.True(t, fault.Is(h.Rehearsal.Cut(h.Ctx(), d.ID, true), "exam.rehearsal.over"))
	err = h.Order(wire.OrderSittingAssigned, wire.SittingAssigned{Sitting: wire.RehearsalPrefix + "x", Version: 1})
	require.True(t, fault.Is(err, "exam.sitting.assign.body"), "the centre cannot make one: %v", err)
}

// A real sitting never waits for a rehearsal, and none begins beside one.
func TestARealSittingEndsIt(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Staff()
	h.Received()
	h.Pair(0)
	h.Pair(1)
	d, err := h.Rehearsal.Begin(h.Ctx(), 1)
	require.NoError(t, err)
	require.NoError(t, h.Rehearsal.Cut(h.Ctx(), d.ID, true))
	require.NoError(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{
		Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Half: h.Built.Release, By: "centre",
	}))
	h.Exam.Look(t.Context())
	h.Rehearsal.Look(t.Context())
	require.Empty(t, h.Rehearsal.Current())
	require.False(t, h.IsCut(), "the line is given back")
	h.View(func(r store.Reader) error {
		d, err := rehearsal.Get(r, d.ID)
		require.Contains(t, d.Aborted, "自动中止")
		return err
	})
	_, err = h.Rehearsal.Begin(h.Ctx(), 1)
	require.True(t, fault.Is(err, "exam.rehearsal.busy"), "%v", err)
}
