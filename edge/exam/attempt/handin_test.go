package attempt_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

func answerAll(t *testing.T, h *apptest.House, p *apptest.Person) []pexam.Response {
	t.Helper()
	sheet, err := h.Attempts.Sheet(p.Session.Attempt)
	require.NoError(t, err)
	var final []pexam.Response
	for _, s := range sheet.Slots {
		_, err := p.Save(s.No, 1, apptest.Right(s)...)
		require.NoError(t, err)
		final = append(final, pexam.Response{Item: s.No, Revision: 1, Choice: apptest.Right(s)})
	}
	return final
}

// Complaint 13 (the network is down when "submit" is pressed), at the venue: the
// same hand-in again has the same result and is one record.
func TestACandidateHandsInAndSeesTheScore(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	final := answerAll(t, h, p[0])
	_, err := h.Attempts.HandInByCandidate(t.Context(), p[0].Ticket("early"), 0)
	code(t, err, "exam.handin.early")
	pass(t, h, apptest.Early*time.Minute)

	_, err = h.Attempts.HandInByCandidate(t.Context(), p[0].Ticket("count"), 3)
	code(t, err, "exam.handin.unanswered")

	tk := p[0].Ticket("in")
	done, err := h.Attempts.HandInByCandidate(t.Context(), tk, 0)
	require.NoError(t, err)
	require.Equal(t, 120, done.Score)
	require.True(t, done.Passed)
	again, err := h.Attempts.HandInByCandidate(t.Context(), tk, 0)
	require.NoError(t, err, "the same request again has the same result")
	require.Equal(t, done, again)

	res := p[0].Status().Result
	require.True(t, res.Shown)
	require.Equal(t, 120, res.Score)
	rec := apptest.Bodies[wire.Handin](h, wire.KindHandin)
	require.Len(t, rec, 1)
	require.Equal(t, pexam.AnswersDigest(final).String(), rec[0].Answers)
	require.Equal(t, 10, rec[0].Answered)
	require.Equal(t, attempt.ByCandidate, rec[0].How)
}

func TestForcedHandInNeedsAReason(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	_, err := h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, p[0].Session.Attempt, "")
	code(t, err, "exam.attempt.reason")
	_, err = h.Attempts.HandInByProctor(h.Ctx(), "other", p[0].Session.Attempt, "违纪")
	code(t, err, "exam.attempt.missing")
	_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, p[0].Session.Attempt, "违纪")
	require.NoError(t, err)
	_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, p[0].Session.Attempt, "违纪")
	code(t, err, "exam.attempt.handin.state")
	require.Len(t, h.Records(wire.KindHandin), 1)
}

// TestEveryStateAndEveryVerb walks the whole table through the pure rules.
func TestEveryStateAndEveryVerb(t *testing.T) {
	t.Parallel()
	allowed := map[attempt.State]map[attempt.Verb]attempt.State{
		attempt.Waiting: {
			attempt.Login: attempt.Waiting, attempt.Consent: attempt.Waiting, attempt.Begin: attempt.Running,
			attempt.Extend: attempt.Waiting, attempt.Move: attempt.Waiting,
		},
		attempt.Running: {
			attempt.Login: attempt.Running, attempt.Consent: attempt.Running, attempt.Write: attempt.Running,
			attempt.Pause: attempt.Running, attempt.Resume: attempt.Running, attempt.Extend: attempt.Running,
			attempt.Move: attempt.Running, attempt.HandIn: attempt.Handed,
		},
		attempt.Handed: {},
	}
	verbs := []attempt.Verb{
		attempt.Login, attempt.Consent, attempt.Begin, attempt.Write, attempt.Pause, attempt.Resume,
		attempt.Extend, attempt.Move, attempt.HandIn,
	}
	for from, ways := range allowed {
		for _, v := range verbs {
			a := attempt.Attempt{State: from}
			err := a.Do(v)
			to, ok := ways[v]
			if ok {
				require.NoError(t, err, "%s %s", from, v)
				require.Equal(t, to, a.State)
				continue
			}
			require.True(t, fault.Is(err, "exam.attempt."+string(v)+".state"), "%s %s: %v", from, v, err)
			require.Equal(t, from, a.State)
		}
	}
}

func TestAnotherPersonBeforeTheStartWaitsForAProctor(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Opened()
	p := h.SitUnchecked(0)
	other := h.Sit(1)
	v, err := h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, p.Session.Seat, wire.StagePre, apptest.Photo(1))
	require.NoError(t, err)
	require.Equal(t, wire.DecisionFail, v.Decision)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	require.Equal(t, attempt.Waiting, p.Attempt().State)
	require.Equal(t, attempt.Running, other.Attempt().State)
	require.True(t, p.Status().Blocked)

	require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, seating.Judgement{About: v.ID, Pass: true, Reason: "身份证与本人一致"}))
	require.Equal(t, attempt.Running, p.Attempt().State)
	require.Equal(t, whole, left(p))
}

func TestADeadFaceServiceNeitherPassesNorStops(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	p := h.SitUnchecked(0)
	h.Faces.SetDown(true)
	v, err := h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, p.Session.Seat, wire.StagePre, apptest.Photo(0))
	require.NoError(t, err)
	require.Equal(t, wire.DecisionManual, v.Decision)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	require.Equal(t, attempt.Running, p.Attempt().State)
}

func TestRandomChecksAreAskedForTwice(t *testing.T) {
	t.Parallel()
	h, p := started(t, 1)
	asked := 0
	for range apptest.Minutes - 1 {
		pass(t, h, time.Minute)
		if p[0].Status().Capture != wire.StageRandom {
			continue
		}
		asked++
		_, err := h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), p[0].Session.Attempt, "A01", wire.StageRandom, apptest.Photo(0))
		require.NoError(t, err)
		require.Empty(t, p[0].Status().Capture)
	}
	require.Equal(t, 2, asked)
}

// TestWhoDidNotAgreeIsNotPhotographed: the law wants another way, at every
// stage.
func TestWhoDidNotAgreeIsNotPhotographed(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2, apptest.Declines(0))
	h.Opened()
	p, q := h.Sit(0), h.SitUnchecked(1)
	require.True(t, p.Status().NoFace)
	require.Empty(t, p.Status().Capture)
	require.Equal(t, wire.StagePre, q.Status().Capture)
	_, err := h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, "A01", wire.StagePre, apptest.Photo(0))
	code(t, err, "seating.checkin.consent")
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	pass(t, h, 50*time.Minute)
	require.Empty(t, p.Status().Capture)
	require.Equal(t, wire.StageRandom, q.Status().Capture)
	require.Zero(t, h.Evidence.Count()-1, "only the one who agreed, at the door")
}
