package attempt_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/wire"
)

const (
	whole = apptest.Minutes * time.Minute
	ms    = time.Millisecond
)

// pass lets time go by in steps of the watch, the way it does in life.
func pass(t *testing.T, h *apptest.House, d time.Duration) {
	t.Helper()
	for d > 0 {
		step := min(d, 5*time.Second)
		h.Time.Advance(step)
		h.Attempts.Look(t.Context())
		d -= step
	}
}

func left(p *apptest.Person) time.Duration { return time.Duration(p.Status().Remaining) * ms }

func TestTimeUpIsHandedInWithoutTheTerminal(t *testing.T) {
	t.Parallel()
	h, p := started(t, 2)
	_, err := p[0].Save("1", 1, "T")
	require.NoError(t, err)
	pass(t, h, whole-time.Second)
	require.Equal(t, attempt.Running, p[0].Attempt().State)
	pass(t, h, 5*time.Second)
	for _, one := range p {
		a := one.Attempt()
		require.Equal(t, attempt.Handed, a.State)
		require.Equal(t, attempt.ByTime, a.Handin.How)
		require.Equal(t, whole, a.Handin.Used)
	}
	bodies := apptest.Bodies[wire.Handin](h, wire.KindHandin)
	require.Len(t, bodies, 2)
	_, err = p[0].Save("2", 1, "T")
	code(t, err, "exam.attempt.save.state")
}

func TestAnAnswerOfTheLastSecondStillArrives(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	h.Time.Advance(whole + time.Second)
	_, err := p[0].Save("1", 1, "T")
	require.NoError(t, err)
	h.Time.Advance(2 * time.Second)
	_, err = p[0].Save("1", 2, "F")
	code(t, err, "exam.attempt.time")
}

func TestARestartInMidExamGivesBackTheSameTime(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	pass(t, h, 20*time.Minute)
	_, err := p[0].Save("3", 1, "T")
	require.NoError(t, err)
	before := left(p[0])
	require.Equal(t, whole-20*time.Minute, before)
	paper := p[0].Attempt().Paper

	h.Restart(8 * time.Minute)
	h.Attempts.Look(t.Context())
	h.Time.Advance(30 * time.Second)
	require.Equal(t, before, left(p[0]), "the outage and the wait for the terminal cost nothing")

	_, err = p[0].Save("3", 2, "F")
	require.NoError(t, err, "the session, its key and counter live on")
	h.Time.Advance(time.Minute)
	require.Equal(t, before-time.Minute, left(p[0]), "the clock runs again once the terminal was heard")

	issued, err := h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	require.NoError(t, err)
	require.Equal(t, paper, issued.Digest, "the same paper from the seed")
	answers, _, err := h.Attempts.Resume(t.Context(), p[0].Session)
	require.NoError(t, err)
	require.Equal(t, []attempt.Answer{{Item: "3", Revision: 2, Choice: []string{"F"}}}, answers)
	resumed := apptest.Bodies[wire.Paused](h, wire.KindResumed)
	require.Len(t, resumed, 1, "the gap is on record")
	require.Equal(t, "system", resumed[0].By)
}

func TestACrashGivesBackAtMostAFewSeconds(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	pass(t, h, 10*time.Minute)
	h.Time.Advance(4 * time.Second) // not yet stored when the lights go out
	h.Restart(time.Hour)
	require.InDelta(t, float64(whole-10*time.Minute), float64(left(p[0])), float64(5*time.Second))
}

func TestWithoutItsTerminalTheClockRunsOnAfterTheWait(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	pass(t, h, 10*time.Minute)
	h.Restart(time.Minute)
	pass(t, h, 9*time.Minute)
	require.Equal(t, attempt.Running, p[0].Attempt().State)
	pass(t, h, time.Minute+whole-10*time.Minute+10*time.Second)
	require.Equal(t, attempt.Handed, p[0].Attempt().State, "a terminal that never comes back does not keep a sitting open")
}

// Complaint 8 (a clock that is set wrong changes the time left), at the venue.
func TestJumpsOfTheWallClockChangeNothing(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	pass(t, h, 5*time.Minute)
	for _, jump := range []time.Duration{time.Hour, -48 * time.Hour, 10 * 365 * 24 * time.Hour} {
		h.Time.SetWall(h.Time.Now().Add(jump))
		h.Attempts.Look(t.Context())
		require.Equal(t, whole-5*time.Minute, left(p[0]))
	}
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	h, p := started(t, 2)
	ctx := h.Ctx()
	pass(t, h, time.Minute)
	code(t, h.Attempts.SetPaused(ctx, apptest.Sitting, p[0].Session.Attempt, " ", true), "exam.attempt.reason")
	require.NoError(t, h.Attempts.SetPaused(ctx, apptest.Sitting, p[0].Session.Attempt, "换键盘", true))
	_, err := p[0].Save("1", 1, "T")
	code(t, err, "exam.attempt.paused")
	pass(t, h, 10*time.Minute)
	require.Equal(t, whole-time.Minute, left(p[0]))
	require.Equal(t, whole-11*time.Minute, left(p[1]))

	require.NoError(t, h.Attempts.SetPaused(ctx, apptest.Sitting, "", "火警", true))
	pass(t, h, 10*time.Minute)
	require.NoError(t, h.Attempts.SetPaused(ctx, apptest.Sitting, "", "", false))
	require.True(t, p[0].Status().Paused, "paused alone stays paused")
	require.False(t, p[1].Status().Paused)
	require.NoError(t, h.Attempts.SetPaused(ctx, apptest.Sitting, p[0].Session.Attempt, "", false))
	pass(t, h, time.Minute)
	require.Equal(t, whole-2*time.Minute, left(p[0]))
	require.Equal(t, whole-12*time.Minute, left(p[1]))

	h.Restart(time.Minute)
	require.Equal(t, whole-12*time.Minute, left(p[1]))
	require.Len(t, h.Records(wire.KindPaused), 2)
}

func TestTheCentreSuspends(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	require.NoError(t, h.Order(wire.OrderSuspend, wire.Suspend{Sitting: apptest.Sitting, Suspended: true, Reason: "台风", By: "centre"}))
	h.Attempts.Look(t.Context())
	pass(t, h, 5*time.Minute)
	require.Equal(t, whole, left(p[0]))
	_, err := p[0].Save("1", 1, "T")
	code(t, err, "exam.sitting.suspended")
	require.NoError(t, h.Order(wire.OrderSuspend, wire.Suspend{Sitting: apptest.Sitting, By: "centre"}))
	h.Attempts.Look(t.Context())
	pass(t, h, time.Minute)
	require.Equal(t, whole-time.Minute, left(p[0]))
	_, err = p[0].Save("1", 1, "T")
	require.NoError(t, err)
}

func TestExtend(t *testing.T) {
	t.Parallel()
	h, p := started(t, 2)
	one := attempt.Extension{ID: "grant-one", Sitting: apptest.Sitting, Attempt: p[0].Session.Attempt, Extra: 5 * time.Minute, Reason: "键盘故障"}
	require.NoError(t, h.Attempts.Extend(h.Ctx(), one))
	require.NoError(t, h.Attempts.Extend(h.Ctx(), one), "a repeat is the same grant")
	require.Equal(t, whole+5*time.Minute, left(p[0]))
	require.Contains(t, p[0].Status().Notices[0].Text, "补时 5 分钟")

	all := attempt.Extension{ID: "grant-all", Sitting: apptest.Sitting, Extra: 10 * time.Minute, Reason: "停电"}
	require.NoError(t, h.Attempts.Extend(h.Ctx(), all))
	require.Equal(t, whole+15*time.Minute, left(p[0]))
	require.Equal(t, whole+10*time.Minute, left(p[1]))

	for want, e := range map[string]attempt.Extension{
		"exam.attempt.extend.amount": {ID: "x1", Sitting: apptest.Sitting, Extra: -time.Minute, Reason: "r"},
		"exam.attempt.reason":        {ID: "x2", Sitting: apptest.Sitting, Extra: time.Minute},
		"exam.attempt.missing":       {ID: "x3", Sitting: "other", Attempt: p[0].Session.Attempt, Extra: time.Minute, Reason: "r"},
	} {
		code(t, h.Attempts.Extend(h.Ctx(), e), want)
	}
	require.Len(t, h.Records(wire.KindTimeExtended), 2)
	pass(t, h, whole+10*time.Minute+5*time.Second)
	require.Equal(t, attempt.Running, p[0].Attempt().State, "the grant counts at the end as well")
	require.Equal(t, attempt.Handed, p[1].Attempt().State)
}

// TestTwoDoNotDoubleAGrantUnseen: two proctors extend for one incident within a
// second. The second is told of the first and grants nothing unless they insist.
func TestTwoDoNotDoubleAGrantUnseen(t *testing.T) {
	t.Parallel()
	h, p := started(t, 2)
	h.Staff()
	other := audit.As(t.Context(), "proctor")
	id := p[0].Session.Attempt
	grant := func(ctx context.Context, name, attemptID string, seen time.Duration) error {
		return h.Attempts.Extend(ctx, attempt.Extension{ID: name, Sitting: apptest.Sitting, Attempt: attemptID, Extra: 5 * time.Minute, Reason: "键盘故障", Seen: &seen})
	}
	require.NoError(t, grant(h.Ctx(), "grant-one", id, 0))
	err := grant(other, "grant-two", id, 0)
	code(t, err, "exam.attempt.extend.overtaken")
	require.Regexp(t, `主考丙 \d\d:\d\d:\d\d 已补时 5 分钟，现累计 5 分钟`, err.Error())
	require.Equal(t, whole+5*time.Minute, left(p[0]))
	require.NoError(t, grant(h.Ctx(), "grant-one", id, 0), "the same grant sent again is no conflict")
	require.NoError(t, grant(other, "grant-two", id, 5*time.Minute), "who has seen it may add")

	require.NoError(t, grant(h.Ctx(), "all-one", "", 0), "what one was given is not the sitting's")
	err = grant(other, "all-two", "", 0)
	code(t, err, "exam.attempt.extend.overtaken")
	require.ErrorContains(t, err, "现累计 5 分钟")
	require.Equal(t, whole+5*time.Minute, left(p[1]))
	code(t, grant(other, "grant-three", id, 10*time.Minute), "exam.attempt.extend.overtaken")
	require.NoError(t, grant(other, "grant-three", id, 15*time.Minute), "the sitting's counts for the seat")
	require.Len(t, h.Records(wire.KindTimeExtended), 4)
}

func TestALateStarterHasTheWholeTime(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Opened()
	first := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	pass(t, h, 10*time.Minute)
	late := h.Sit(1)
	require.Equal(t, attempt.Running, late.Attempt().State, "starts as soon as the rules are read")
	require.Equal(t, whole, left(late))
	require.Equal(t, whole-10*time.Minute, left(first))
}

// Complaint 6 (a power cut with no network, no names and no time): nothing
// reaches the venue, its machine goes down in mid-exam and comes back believing
// that it is 1970. Everybody goes on with the same paper, answers and time, and
// can hand in.
func TestAPowerCutWithNoNetworkAndNoTime(t *testing.T) {
	t.Parallel()
	h, p := started(t, 3)
	h.CutDownload(true)
	h.Cut(true)
	pass(t, h, 20*time.Minute)
	var papers []string
	for _, one := range p {
		_, err := one.Save("1", 1, "T")
		require.NoError(t, err)
		papers = append(papers, one.Attempt().Paper)
	}
	h.Time.SetWall(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)) // the clock's battery is flat and nobody answers
	h.Restart(15 * time.Minute)
	h.Attempts.Look(t.Context())
	for i, one := range p {
		require.Equal(t, whole-20*time.Minute, left(one), "candidate %d", i)
		_, err := one.Save("2", 1, "F")
		require.NoError(t, err, "candidate %d goes on", i)
		issued, err := h.Exam.Issue(apptest.Sitting, apptest.CandidateID(i))
		require.NoError(t, err)
		require.Equal(t, papers[i], issued.Digest)
		answers, _, err := h.Attempts.Resume(t.Context(), one.Session)
		require.NoError(t, err)
		require.Len(t, answers, 2)
	}
	pass(t, h, whole-21*time.Minute)
	require.Equal(t, time.Minute, left(p[0]))
	_, err := h.Attempts.HandInByCandidate(t.Context(), p[0].Ticket("in"), 8)
	require.NoError(t, err)
	pass(t, h, 2*time.Minute)
	for _, one := range p {
		require.Equal(t, attempt.Handed, one.Attempt().State)
	}
	require.Len(t, h.Records(wire.KindHandin), 3)
}
