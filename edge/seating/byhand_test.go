package seating_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/protocol/wire"
)

// TestOneLookByHandIsEnough: where cameras were let pass as missing, who was
// admitted with the papers in hand owes no second look at the seat, and the record
// says why. Who was admitted by a picture, or sits where a camera works, does.
func TestOneLookByHandIsEnough(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 3)
	h.Staff()
	h.Opened()
	_, err := h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"camera", "terminal"}, Reason: "没有摄像头"})
	require.NoError(t, err)
	byHand := func(i int) {
		_, err := h.Seating.Decide(h.Ctx(), apptest.Sitting, apptest.CandidateID(i), seating.Decision{Admit: true, Reason: "身份证与本人一致"})
		require.NoError(t, err)
	}
	sit := func(i int, camera bool) *apptest.Person {
		p := &apptest.Person{House: h, N: i}
		p.Terminal, p.TermKey = h.Pair(i)
		h.Pulse.Heard(p.Terminal.ID, supervise.Beat{Seat: apptest.Seat(i), Camera: camera})
		p.Login()
		require.NoError(t, h.Attempts.Confirm(t.Context(), p.Session, true))
		return p
	}
	byHand(0)
	none := sit(0, false)
	byHand(1)
	camera := sit(1, true)
	h.Admit(2) // by a picture
	pictured := sit(2, false)

	require.True(t, none.Status().ByHand)
	require.True(t, none.Status().Cleared)
	require.Empty(t, none.Status().Capture)
	require.Equal(t, seating.ByHand, identity(t, h, none))
	logins := apptest.Bodies[wire.Login](h, wire.KindLogin)
	require.Contains(t, logins[0].Reason, "身份证与本人一致")
	for i, p := range []*apptest.Person{camera, pictured} {
		require.False(t, p.Status().ByHand)
		require.False(t, p.Status().Cleared)
		require.Equal(t, wire.StagePre, p.Status().Capture)
		require.Empty(t, logins[1+i].Reason)
	}

	// A proctor may look all the same, and their word counts.
	require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), none.Session.Attempt, seating.Judgement{Reason: "不是证件上的人"}))
	require.True(t, none.Status().Blocked)
	require.Equal(t, seating.Other, identity(t, h, none))
}

func identity(t *testing.T, h *apptest.House, p *apptest.Person) (out seating.Identity) {
	t.Helper()
	h.View(func(r store.Reader) (err error) {
		out, err = seating.IdentityOf(r, p.Attempt())
		return err
	})
	return out
}
