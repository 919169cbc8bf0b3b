package supervise_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/supervise"
	"huyun.internal/protocol/wire"
)

func problemsOf(c supervise.Closing) []string {
	out := []string{}
	for _, p := range c.Problems {
		out = append(out, p.Code)
	}
	return out
}

// TestCloseOutAsksForDecisions: checks that nobody has decided and alarms that
// nobody has seen to are named one by one, and go when they are dealt with.
func TestCloseOutAsksForDecisions(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 2)
	h.Staff()
	h.Opened()
	p, q := h.SitUnchecked(0), h.Sit(1)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	for _, one := range []*apptest.Person{p, q} {
		_, err := one.Save("1", 1, "T")
		require.NoError(t, err)
		_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, one.Session.Attempt, "时间到")
		require.NoError(t, err)
	}
	c, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, supervise.Waiver{})
	code(t, err, "supervise.close.problems")
	require.Equal(t, []string{"face", "alarm"}, problemsOf(c))
	require.Equal(t, []supervise.Unsettled{{Candidate: apptest.CandidateID(0), Name: "张0", Seat: "A01", Stage: wire.StagePre}}, c.Undecided)
	require.NotEmpty(t, c.Alarms)

	require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, seating.Judgement{Pass: true, Reason: "身份证与本人一致"}))
	for _, a := range c.Alarms {
		require.NoError(t, h.Supervise.Acknowledge(h.Ctx(), a.ID, "已核对"))
	}
	c, err = h.Supervise.Close(h.Ctx(), apptest.Sitting, supervise.Waiver{})
	require.NoError(t, err)
	require.Empty(t, c.Problems)
}

// TestCloseOutWithAReason: who cannot decide any more says why, with a second
// person, and what was left open is in the closing form.
func TestCloseOutWithAReason(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Opened()
	p := h.SitUnchecked(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	_, err := p.Save("1", 1, "T")
	require.NoError(t, err)
	_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, p.Session.Attempt, "时间到")
	require.NoError(t, err)
	w := supervise.Waiver{Reason: "考生已离场，入场时已核对证件", SecondUser: "second", SecondPassword: apptest.Password}
	c, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, w)
	require.NoError(t, err)
	require.Equal(t, []string{"face", "alarm"}, problemsOf(c))
	again, err := h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Equal(t, c, again)
}
