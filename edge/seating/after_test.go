package seating_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/protocol/wire"
)

// TestNothingActsAfterTheHandIn: what a terminal still sends is refused with a
// code, and changes nothing.
func TestNothingActsAfterTheHandIn(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	_, err := h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, p.Session.Attempt, "时间到")
	require.NoError(t, err)
	before, seen := p.Attempt(), len(h.Records(wire.KindVerification))
	code(t, h.Attempts.Confirm(t.Context(), p.Session, false), "exam.attempt.confirm.state")
	for _, stage := range []string{wire.StagePre, wire.StageRandom} {
		_, err = h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, p.Session.Seat, stage, apptest.Photo(0))
		code(t, err, "exam.attempt.verify.state")
	}
	require.Equal(t, before, p.Attempt())
	require.Len(t, h.Records(wire.KindVerification), seen)
}

// TestASeatThatIsBookedNeedsAWord: by mistake nobody is put on another's seat.
func TestASeatThatIsBookedNeedsAWord(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3) // seats A01 to A05
	h.Opened()
	assign := func(i int, seat string, meant bool) error {
		return h.Seating.AssignSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(i), seat, meant)
	}
	code(t, assign(0, "A02", false), "seating.assign.booked")
	require.NoError(t, assign(0, "A04", false))
	require.NoError(t, assign(1, "A01", false), "its owner has another now")
	require.NoError(t, assign(0, "A02", false))
	require.NoError(t, assign(0, "A01", true), "the proctor means it")
	_, err := h.Seating.Decide(h.Ctx(), apptest.Sitting, apptest.CandidateID(1), seating.Decision{Reason: "证件过期"})
	require.NoError(t, err)
	require.NoError(t, assign(0, "A01", false), "who was refused does not come")
	h.Sit(2)
	code(t, assign(0, "A03", true), "seating.login.taken")
}

func TestAMachineNameIsPlainText(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Assigned()
	c, err := h.Seating.NewCode(h.Ctx(), []string{"A01"})
	require.NoError(t, err)
	for _, name := range []string{"pc\n1", "pc\u200b1", "\u202epc", "pc\x00", "pc\xff"} {
		_, _, err := h.Seating.Pair(t.Context(), "10.0.0.1", c.Code, "", name)
		code(t, err, "seating.terminal.name")
	}
	got, _, err := h.Seating.Pair(t.Context(), "10.0.0.1", c.Code, "", "考场一 PC-01")
	require.NoError(t, err, "the code is not used up by a refusal, nor are the tries")
	require.Equal(t, "考场一 PC-01", got.Name)
}

// TestNothingIsTakenAfterTheCloseOut: whoever waits at a machine is told, and
// pictures, looks, verdicts and moves are refused; what was there stays.
func TestNothingIsTakenAfterTheCloseOut(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Staff()
	h.Opened()
	p, q := h.SitUnchecked(0), h.SitUnchecked(1)
	require.False(t, p.Status().Over)
	require.Equal(t, wire.StagePre, p.Status().Capture)
	_, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, h.Waive("停电，改期"))
	require.NoError(t, err)
	now := p.Status()
	require.True(t, now.Over)
	require.Empty(t, now.Capture, "no picture is asked for")
	before, seen := q.Attempt(), len(h.Records(wire.KindVerification))
	ctx, id := h.Ctx(), q.Session.Attempt
	_, err = h.Seating.FaceAtSeat(ctx, apptest.Sitting, apptest.CandidateID(1), id, "A02", wire.StagePre, apptest.Photo(1))
	code(t, err, "exam.sitting.over")
	code(t, h.Seating.Look(ctx, apptest.Sitting, apptest.CandidateID(1), id, "A02", apptest.Photo(1)), "exam.sitting.over")
	code(t, h.Seating.DecideAtSeat(ctx, apptest.Sitting, apptest.CandidateID(1), id, seating.Judgement{Pass: true, Reason: "是本人"}), "exam.sitting.over")
	code(t, h.Seating.Move(ctx, apptest.Sitting, id, "", "A03", "坏"), "exam.sitting.over")
	code(t, h.Attempts.Decline(ctx, q.Session, true), "exam.sitting.over")
	code(t, h.Attempts.Confirm(ctx, q.Session, false), "exam.sitting.over")
	code(t, h.Attempts.Extend(ctx, attempt.Extension{Sitting: apptest.Sitting, Attempt: id, Extra: time.Minute, Reason: "补"}), "exam.sitting.over")
	require.Equal(t, before, q.Attempt())
	require.Len(t, h.Records(wire.KindVerification), seen)
}
