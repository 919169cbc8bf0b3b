package supervise_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/protocol/wire"
)

// TestASeatShowsWhoBelongsThereNow follows people from seat to seat.
func TestASeatShowsWhoBelongsThereNow(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3) // seats A01 to A05
	h.Opened()
	who := func(name string, want supervise.SeatState, candidate string) supervise.Seat {
		t.Helper()
		s := seat(t, h, name)
		require.Equal(t, want, s.State, name)
		require.Equal(t, candidate, s.Candidate, name)
		return s
	}
	first, second, third := apptest.CandidateID(0), apptest.CandidateID(1), apptest.CandidateID(2)
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	require.NoError(t, h.Supervise.Beat(t.Context(), p.Terminal.ID, &p.Session, supervise.Beat{Focus: true, Visible: true, Pending: 1}))
	require.Equal(t, 1, who("A01", supervise.Writing, first).Pending)

	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, p.Session.Attempt, "", "A04", "键盘失灵"))
	s := who("A01", supervise.Vacant, "")
	require.Zero(t, s.Pending, "what the old terminal keeps is nobody's here")
	require.Empty(t, s.Name)
	require.True(t, s.Connected)
	s = who("A04", supervise.Arrived, first)
	require.Equal(t, "张0", s.Name)
	require.Equal(t, p.Session.Attempt, s.Attempt)
	p.Terminal, p.TermKey = h.Pair(3)
	p.Login()
	require.NoError(t, h.Supervise.Beat(t.Context(), p.Terminal.ID, &p.Session, supervise.Beat{Focus: true, Visible: true}))
	who("A04", supervise.Writing, first)

	_, err := h.Seating.Decide(h.Ctx(), apptest.Sitting, second, seating.Decision{Reason: "证件过期"})
	require.NoError(t, err)
	require.Equal(t, seating.Refused, who("A02", supervise.Absent, second).Standing)
	require.NoError(t, h.Seating.AssignSeat(h.Ctx(), apptest.Sitting, third, "A05", false))
	who("A03", supervise.Vacant, "")
	who("A05", supervise.Absent, third)

	// One who never comes does not hide who finished in their seat; one on the
	// way to it does.
	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, p.Session.Attempt, "", "A05", "屏幕坏"))
	who("A05", supervise.Arrived, first)
	_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, p.Session.Attempt, "时间到")
	require.NoError(t, err)
	who("A05", supervise.Handed, first)
	h.Admit(2)
	who("A05", supervise.Arrived, third)
}

// TestALostRosterHidesNobody takes the package away in mid-exam: what the door
// and the attempts know is still shown, and no seat is called vacant.
func TestALostRosterHidesNobody(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3)
	h.Opened()
	h.Sit(0)
	h.Admit(1)
	packs, err := filepath.Glob(filepath.Join(h.Dir, "*", "*.pack"))
	require.NoError(t, err)
	require.Len(t, packs, 1)
	require.NoError(t, os.Remove(packs[0]))
	h.CutDownload(true)
	h.Restart(time.Minute)
	for name, want := range map[string]supervise.SeatState{
		"A01": supervise.Cut, "A02": supervise.Arrived, "A03": supervise.Unknown, "A04": supervise.Unknown,
	} {
		s := seat(t, h, name)
		require.Equal(t, want, s.State, name)
		require.Empty(t, s.Name, name)
	}
}

func TestCountsHaveALineForEveryState(t *testing.T) {
	t.Parallel()
	counts := supervise.Counts([]supervise.Seat{{State: supervise.Vacant}, {State: supervise.Absent}, {State: supervise.Vacant}})
	require.Len(t, counts, len(supervise.SeatStates()))
	require.Equal(t, 2, counts["空位"])
	require.Equal(t, 1, counts["未到"])
	require.Zero(t, counts["未登录"])
}

// TestAnAlarmGoesWithThePerson: after a move the new seat is marked, not the one
// that somebody else may have by now. One about the seat stays there.
func TestAnAlarmGoesWithThePerson(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Opened()
	p := h.Sit(0)
	require.NoError(t, h.Supervise.WrongPerson(t.Context(), p.Session))
	require.Equal(t, "yellow", seat(t, h, "A01").Alarm)
	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, p.Session.Attempt, "", "A04", "键盘失灵"))
	require.Empty(t, seat(t, h, "A01").Alarm)
	require.Equal(t, "yellow", seat(t, h, "A04").Alarm)

	p.Terminal, p.TermKey = h.Pair(3)
	p.Login()
	other, _ := h.Pair(1)
	_, err := h.Seating.Login(t.Context(), other, seating.Login{Admission: apptest.Admission(0), IDNumber: apptest.IDNumber(0)})
	code(t, err, "seating.login.held")
	require.Equal(t, "yellow", seat(t, h, "A02").Alarm, "somebody sits there")
}

// TestASeatSaysWhetherAPersonHasToLook, from the login to the verdict.
func TestASeatSaysWhetherAPersonHasToLook(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3)
	h.Opened()
	is := func(name string, want seating.Identity) {
		t.Helper()
		require.Equal(t, want, seat(t, h, name).Identity, name)
	}
	judge := func(p *apptest.Person, pass bool) {
		t.Helper()
		id, about := p.Session.Candidate, ""
		h.View(func(r store.Reader) error {
			list, err := seating.Verifications(r, apptest.Sitting, id)
			for _, v := range list {
				if v.Stage == wire.StagePre {
					about = v.ID
				}
			}
			return err
		})
		require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, id, p.Session.Attempt, seating.Judgement{About: about, Pass: pass, Reason: "看过证件"}))
	}
	h.Sit(0)
	is("A01", seating.Verified)

	_, err := h.Seating.Decide(h.Ctx(), apptest.Sitting, apptest.CandidateID(1), seating.Decision{Admit: true, Declined: true, Reason: "身份证与本人一致"})
	require.NoError(t, err)
	papers := &apptest.Person{House: h, N: 1}
	papers.Terminal, papers.TermKey = h.Pair(1)
	papers.Login()
	is("A02", seating.Papers)
	require.False(t, seat(t, h, "A02").Filmed)
	require.True(t, seat(t, h, "A01").Filmed)

	h.Admit(2)
	p := &apptest.Person{House: h, N: 2}
	p.Terminal, p.TermKey = h.Pair(2)
	p.Login()
	require.NoError(t, h.Attempts.Confirm(t.Context(), p.Session, true))
	is("A03", seating.Unchecked)
	require.NoError(t, h.Attempts.Decline(t.Context(), p.Session, true))
	is("A03", seating.Asking)
	judge(p, false)
	is("A03", seating.Other)
	judge(p, true)
	is("A03", seating.Verified)
	require.NoError(t, h.Attempts.Decline(t.Context(), p.Session, false))
	_, err = h.Seating.FaceAtSeat(t.Context(), apptest.Sitting, apptest.CandidateID(2), p.Session.Attempt, "A03", wire.StagePre, apptest.Photo(0))
	require.NoError(t, err)
	is("A03", seating.Asking)
}
