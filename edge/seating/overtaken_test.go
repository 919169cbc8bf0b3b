package seating_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/wire"
)

// TestTheSecondOfTwoIsToldOfTheFirst: opposite verdicts about one check, and two
// moves of one candidate. The second changes nothing, and hears who did what.
func TestTheSecondOfTwoIsToldOfTheFirst(t *testing.T) {
	t.Parallel()
	h := opened(t, 3)
	p := h.SitUnchecked(0)
	other := audit.As(t.Context(), "proctor")
	id := p.Session.Attempt
	v, err := h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), id, "A01", wire.StagePre, apptest.Photo(1))
	require.NoError(t, err)
	judge := func(ctx context.Context, about string, pass bool) error {
		return h.Seating.DecideAtSeat(ctx, apptest.Sitting, apptest.CandidateID(0), id, seating.Judgement{About: about, Pass: pass, Reason: "看过照片"})
	}
	require.NoError(t, judge(h.Ctx(), v.ID, false))
	for _, about := range []string{v.ID, ""} {
		err = judge(other, about, true)
		code(t, err, "seating.verification.decided")
		require.ErrorContains(t, err, "主考丙 已于 ")
		require.ErrorContains(t, err, "判定不是本人（看过照片）")
	}
	require.True(t, p.Attempt().Blocked)
	require.NoError(t, judge(other, v.ID, false), "the same word again is no conflict")
	all := verdicts(t, h)
	require.NoError(t, judge(other, all[len(all)-1].ID, true), "who has seen the no may say yes")

	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, id, "A01", "A04", "坏"))
	err = h.Seating.Move(other, apptest.Sitting, id, "A01", "A05", "坏")
	code(t, err, "seating.move.moved")
	require.ErrorContains(t, err, "把该考生换到座位 A04")
	require.Equal(t, "A04", p.Attempt().Seat)

	door := func(ctx context.Context, seen string, admit bool) (seating.Entry, error) {
		return h.Seating.Decide(ctx, apptest.Sitting, apptest.CandidateID(1), seating.Decision{Admit: admit, Seen: seen, Reason: "证件"})
	}
	e, err := door(h.Ctx(), "", false)
	require.NoError(t, err)
	_, err = door(other, "", true)
	code(t, err, "seating.checkin.decided")
	_, err = door(other, e.Last, true)
	require.NoError(t, err)
}

func verdicts(t *testing.T, h *apptest.House) (all []seating.Verification) {
	t.Helper()
	h.View(func(r store.Reader) (err error) {
		all, err = seating.Verifications(r, apptest.Sitting, apptest.CandidateID(0))
		return err
	})
	return all
}

// TestAVerdictSettlesItsAlarm, with its words; a no during the exam has a red one
// of its own, which a later yes settles. The second person stands there by name.
func TestAVerdictSettlesItsAlarm(t *testing.T) {
	t.Parallel()
	h := opened(t, 2)
	p := h.SitUnchecked(0)
	var v seating.Verification
	var err error
	for range 3 {
		v, err = h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, "A01", wire.StagePre, apptest.Photo(1))
		require.NoError(t, err)
	}
	alarms := func() (open int, last alarm.Alarm) {
		h.View(func(r store.Reader) error {
			list, err := alarm.List(r, apptest.Sitting)
			for _, a := range list {
				if a.Open() {
					open++
				}
			}
			last = list[0]
			return err
		})
		return open, last
	}
	open, _ := alarms()
	require.Equal(t, 1, open)
	require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, seating.Judgement{
		About: v.ID, Pass: true, Reason: "身份证与本人一致", SecondUser: "second", SecondPassword: apptest.Password,
	}))
	open, last := alarms()
	require.Zero(t, open)
	require.Equal(t, "chief", last.AckBy)
	require.Equal(t, "判定为本人：身份证与本人一致（复核：监考乙）", last.Note)

	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	v, err = h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, "A01", wire.StageRandom, apptest.Photo(1))
	require.NoError(t, err)
	no := seating.Judgement{About: v.ID, Reason: "容貌不同"}
	require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, no))
	open, last = alarms()
	require.Equal(t, 1, open)
	require.Equal(t, "seating.verification.other", last.Code)
	all := verdicts(t, h)
	yes := seating.Judgement{About: all[len(all)-1].ID, Pass: true, Reason: "再看证件一致"}
	require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, yes))
	open, _ = alarms()
	require.Zero(t, open)
}

// TestTheDoorIsOverForWhoSits: what they need then is at the seat.
func TestTheDoorIsOverForWhoSits(t *testing.T) {
	t.Parallel()
	h := opened(t, 1)
	h.Sit(0)
	seen := len(verdicts(t, h))
	_, _, err := h.Seating.Face(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), apptest.Photo(0), true)
	code(t, err, "seating.checkin.seated")
	require.ErrorContains(t, err, "监考")
	require.Len(t, verdicts(t, h), seen)
}
