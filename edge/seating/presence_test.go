package seating_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/wire"
)

// seatPicture is a picture that shows so many people.
func seatPicture(n int) []byte { return append(apptest.Photo(0), byte(n)) }

type seat struct {
	t *testing.T
	*apptest.House
	p *apptest.Person
}

// running is one candidate who writes, before a camera whose pictures say how
// many people they show.
func running(t *testing.T) seat {
	t.Helper()
	h := opened(t, 1)
	h.Faces.Faces = func(picture []byte) int { return int(picture[len(picture)-1]) }
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	return seat{t, h, p}
}

// shows sends pictures, one every LookEvery.
func (s seat) shows(people ...int) {
	s.t.Helper()
	for _, n := range people {
		s.look(seatPicture(n))
	}
}

func (s seat) look(picture []byte) {
	s.t.Helper()
	s.Time.Advance(seating.LookEvery)
	ss := s.p.Session
	require.NoError(s.t, s.Seating.Look(s.Ctx(), ss.Sitting, ss.Candidate, ss.Attempt, ss.Seat, picture))
}

// alarms are the codes of the alarms of a level, and whether each is open.
func (s seat) alarms() map[string]bool {
	s.t.Helper()
	out := map[string]bool{}
	require.NoError(s.t, s.Store.View(func(r store.Reader) error {
		all, err := alarm.List(r, apptest.Sitting)
		for _, a := range all {
			out[a.Level+" "+a.Code] = a.Open()
			require.NotEmpty(s.t, a.Snapshot, "the picture is there to be looked at")
		}
		return err
	}))
	return out
}

func TestAwayFromTheSeat(t *testing.T) {
	t.Parallel()
	s := running(t)
	s.shows(1, 0, 1)
	require.Empty(t, s.alarms(), "one picture proves nothing")
	s.shows(0, 0)
	require.Equal(t, map[string]bool{"yellow face.absent": true}, s.alarms())
	s.shows(0, 0)
	require.Len(t, s.alarms(), 1, "45 seconds")
	s.shows(0, 0)
	require.Equal(t, map[string]bool{"yellow face.absent": true, "red face.away": true}, s.alarms())
	s.shows(0, 0, 0)
	require.Len(t, s.alarms(), 2)

	before := len(apptest.Bodies[wire.Verification](s.House, wire.KindVerification))
	s.look(append(apptest.Photo(1), 1))
	got := s.alarms()
	require.False(t, got["yellow face.absent"], "somebody is there again")
	require.True(t, got["red face.away"], "a proctor has to have seen it")
	checks := apptest.Bodies[wire.Verification](s.House, wire.KindVerification)
	require.Len(t, checks, before+1, "who comes back is looked at at once")
	last := checks[len(checks)-1]
	require.Equal(t, wire.StageRandom, last.Stage)
	require.NotEqual(t, wire.DecisionPass, last.Decision, "it was somebody else")
	require.True(t, got["red face.unlike"])
}

func TestSeveralPeopleAtTheSeat(t *testing.T) {
	t.Parallel()
	s := running(t)
	s.shows(1, 2, 1, 3)
	require.Empty(t, s.alarms(), "a proctor walks by")
	s.shows(2)
	require.Equal(t, map[string]bool{"red face.several": true}, s.alarms())
	s.shows(2, 2, 1)
	require.Len(t, s.alarms(), 1)
}

// TestNobodyIsWatchedAgainstTheirWill: not who declined, not after the hand-in,
// and an engine that is down raises no alarm.
func TestNobodyIsWatchedAgainstTheirWill(t *testing.T) {
	t.Parallel()
	s := running(t)
	s.Faces.SetDown(true)
	s.shows(0, 0, 0, 0, 0, 0)
	require.Empty(t, s.alarms())
	_, err := s.Attempts.HandInByProctor(s.Ctx(), apptest.Sitting, s.p.Session.Attempt, "测试")
	require.NoError(t, err)
	ss := s.p.Session
	code(t, s.Seating.Look(s.Ctx(), ss.Sitting, ss.Candidate, ss.Attempt, ss.Seat, seatPicture(0)), "exam.attempt.verify.state")
}

// TestWhoDeclinesIsNotFilmed: said at the door it holds at the machine, whatever
// they agreed to when they applied; said at the machine it holds at the next.
func TestWhoDeclinesIsNotFilmed(t *testing.T) {
	t.Parallel()
	h := opened(t, 2)
	_, err := h.Seating.Decide(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), seating.Decision{Admit: true, Declined: true, Reason: "不同意人脸核验，证件与本人一致"})
	require.NoError(t, err)
	e := entry(t, h, 0)
	require.False(t, e.Consent)
	require.True(t, e.Declined)

	s := running(t)
	require.NoError(t, s.Attempts.Decline(s.Ctx(), s.p.Session, true))
	require.True(t, s.p.Status().Declined)
	s.Restart(0)
	require.NoError(t, s.Seating.Move(s.Ctx(), apptest.Sitting, s.p.Session.Attempt, "", apptest.Seat(2), "键盘故障"))
	a := s.p.Attempt()
	require.False(t, a.Filmed())
	code(t, s.Seating.Look(s.Ctx(), apptest.Sitting, a.Candidate, a.ID, a.Seat, seatPicture(1)), "seating.checkin.consent")
	_, err = s.Seating.FaceAtSeat(s.Ctx(), apptest.Sitting, a.Candidate, a.ID, a.Seat, wire.StageRandom, apptest.Photo(0))
	code(t, err, "seating.checkin.consent")
}

func entry(t *testing.T, h *apptest.House, n int) seating.Entry {
	t.Helper()
	var e seating.Entry
	require.NoError(t, h.Store.View(func(r store.Reader) (err error) {
		e, err = seating.EntryOf(r, apptest.Sitting, apptest.CandidateID(n))
		return err
	}))
	return e
}

// TestAPersonsRefusalStands: a picture that matches does not undo it.
func TestAPersonsRefusalStands(t *testing.T) {
	t.Parallel()
	h := opened(t, 1)
	_, err := h.Seating.Decide(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), seating.Decision{Reason: "证件与本人不符"})
	require.NoError(t, err)
	for _, picture := range [][]byte{apptest.Photo(0), apptest.Photo(1)} {
		_, _, err = h.Seating.Face(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), picture, true)
		code(t, err, "seating.checkin.refused")
	}
	require.Equal(t, seating.Refused, entry(t, h, 0).Standing)
	_, err = h.Seating.Decide(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), seating.Decision{Admit: true, Seen: entry(t, h, 0).Last, Reason: "已补办证件，与本人一致"})
	require.NoError(t, err, "a person changes it")
}
