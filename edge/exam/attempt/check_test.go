package attempt_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/wire"
)

// before takes a picture of somebody at the seat of the first candidate.
func before(t *testing.T, h *apptest.House, p *apptest.Person, who int) seating.Verification {
	t.Helper()
	v, err := h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, p.Session.Seat, wire.StagePre, apptest.Photo(who))
	require.NoError(t, err)
	return v
}

// TestFailingOftenUnblocksNobody: after three failures the machine has no say,
// and the attempt still waits for two proctors.
func TestFailingOftenUnblocksNobody(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Opened()
	p := h.SitUnchecked(0)
	first := before(t, h, p, 1)
	last := first
	for range 3 {
		last = before(t, h, p, 1)
		require.True(t, p.Status().Blocked)
	}
	require.Equal(t, wire.DecisionManual, last.Decision)
	require.Equal(t, 2, last.Deciders)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	require.Equal(t, attempt.Waiting, p.Attempt().State)

	alone := seating.Judgement{About: last.ID, Pass: true, Reason: "身份证与本人一致"}
	require.Error(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, alone), "two decide")
	require.Equal(t, attempt.Waiting, p.Attempt().State)
	no := seating.Judgement{About: last.ID, Reason: "不是同一人"}
	require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, no))
	require.True(t, p.Status().Blocked)
	require.Equal(t, attempt.Waiting, p.Attempt().State)
	// Not by one after the other's no, not about an earlier picture, not about none.
	for _, about := range []string{last.ID, first.ID, ""} {
		alone.About = about
		require.Error(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, alone), "two decide")
		require.False(t, p.Attempt().Cleared)
	}
	missing := seating.Judgement{About: "nothing", Pass: true, Reason: "身份证与本人一致"}
	code(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, missing), "seating.verification.missing")
}

// TestAPersonDecidesAboutThePicture: the decision keeps score and picture of
// the comparison that it decides about.
func TestAPersonDecidesAboutThePicture(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Opened()
	p := h.SitUnchecked(0)
	v := before(t, h, p, 1)
	yes := seating.Judgement{About: v.ID, Pass: true, Reason: "身份证与本人一致"}
	require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, yes))
	require.True(t, p.Attempt().Cleared)
	h.View(func(r store.Reader) error {
		all, err := seating.Verifications(r, apptest.Sitting, apptest.CandidateID(0))
		require.NoError(t, err)
		judged := all[len(all)-1]
		require.Equal(t, v.ID, judged.About)
		require.Equal(t, v.Snapshot, judged.Snapshot)
		require.InDelta(t, v.Score, judged.Score, 0)
		require.Equal(t, wire.DecisionPass, judged.Decision)
		require.Equal(t, "chief", judged.By)
		return nil
	})
}

// TestWhoBeginsUncheckedIsNamed: no camera stops nobody, and is told of, once.
func TestWhoBeginsUncheckedIsNamed(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3)
	h.Opened()
	checked, unchecked := h.SitUnchecked(0), h.SitUnchecked(1)
	require.Equal(t, wire.DecisionPass, before(t, h, checked, 0).Decision)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	require.Equal(t, attempt.Running, checked.Attempt().State)
	require.Equal(t, attempt.Running, unchecked.Attempt().State)
	late := h.SitUnchecked(2)
	require.Equal(t, attempt.Running, late.Attempt().State)
	var told []string
	h.View(func(r store.Reader) error {
		all, err := alarm.List(r, apptest.Sitting)
		for _, a := range all {
			if a.Code == "exam.start.unverified" {
				told = append(told, a.Text)
			}
		}
		return err
	})
	require.Len(t, told, 2)
	seats := strings.Join(told, " ")
	require.NotContains(t, seats, checked.Session.Seat)
	require.Contains(t, seats, unchecked.Session.Seat)
	require.Contains(t, seats, late.Session.Seat)
}

// TestEarlyPicturesUseUpNoCheck: a check counts when it was due, and a picture
// that shows nobody is asked for again.
func TestEarlyPicturesUseUpNoCheck(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	picture := func(who int) {
		_, err := h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), p[0].Session.Attempt, "A01", wire.StageRandom, apptest.Photo(who))
		require.NoError(t, err)
	}
	picture(0)
	picture(0)
	require.Zero(t, p[0].Attempt().Randoms)
	for p[0].Status().Capture != wire.StageRandom {
		pass(t, h, time.Minute)
	}
	picture(1)
	require.Equal(t, wire.StageRandom, p[0].Status().Capture, "somebody else: another picture")
	picture(0)
	require.Empty(t, p[0].Status().Capture)
	require.Equal(t, 1, p[0].Attempt().Randoms)
}
