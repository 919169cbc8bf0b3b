package supervise_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/audit"
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
	h.Confirm()
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
	h.Confirm()
	w := h.Waive("考生已离场，入场时已核对证件")
	c, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, w)
	require.NoError(t, err)
	require.Equal(t, []string{"face", "alarm"}, problemsOf(c))
	require.Equal(t, "结束时有 1 项人脸核验未判定", c.Problems[0].Fact, "what is printed gives no orders")
	for _, p := range c.Problems {
		require.Contains(t, p.Text, "请逐一")
		require.NotContains(t, p.Fact, "请")
	}
	again, err := h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Equal(t, c, again)
}

// TestTheClosingNamesWhatWasFound: who was said not to be the candidate, who
// waits at the door or is undecided without having begun, and the irregularities
// are there with names and seats, before and after it is signed.
func TestTheClosingNamesWhatWasFound(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 4)
	h.Staff()
	h.Opened()
	p, q := h.Sit(0), h.SitUnchecked(1)
	_, err := h.Seating.FaceAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(1), q.Session.Attempt, "A02", wire.StagePre, apptest.Photo(0))
	require.NoError(t, err)
	_, _, err = h.Seating.Face(h.Ctx(), apptest.Sitting, apptest.CandidateID(2), apptest.Photo(0), true)
	require.NoError(t, err)
	_, err = h.Seating.Decide(h.Ctx(), apptest.Sitting, apptest.CandidateID(3), seating.Decision{Reason: "证件过期"})
	require.NoError(t, err)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	v, err := h.Seating.FaceAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, "A01", wire.StageRandom, apptest.Photo(3))
	require.NoError(t, err)
	require.NoError(t, h.Seating.DecideAtSeat(h.Ctx(), apptest.Sitting, apptest.CandidateID(0), p.Session.Attempt, seating.Judgement{About: v.ID, Reason: "容貌明显不同"}))
	_, err = h.Supervise.Note(h.Ctx(), wire.Irregularity{Sitting: apptest.Sitting, Candidate: apptest.CandidateID(0), Code: "V06", Note: "替考"})
	require.NoError(t, err)
	_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, p.Session.Attempt, "替考")
	require.NoError(t, err)

	c, err := h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	who := func(i int, seat, stage string) supervise.Unsettled {
		return supervise.Unsettled{Candidate: apptest.CandidateID(i), Name: "张" + strconv.Itoa(i), Seat: seat, Stage: stage}
	}
	require.Equal(t, []supervise.Unsettled{who(1, "A02", wire.StagePre)}, c.Undecided)
	require.Equal(t, []supervise.Unsettled{who(2, "A03", wire.StageEntry)}, c.Door)
	require.Equal(t, []supervise.Denied{
		{Unsettled: who(0, "A01", wire.StageRandom), By: "chief", Reason: "容貌明显不同", Noted: true},
		{Unsettled: who(3, "A04", wire.StageEntry), By: "chief", Reason: "证件过期"},
	}, c.Denied)
	require.Len(t, c.Noted, 1)
	require.Equal(t, []string{"张0", "A01", "V06", "替考"}, []string{c.Noted[0].Name, c.Noted[0].Seat, c.Noted[0].Code, c.Noted[0].Note})
	signed, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, h.Waive("未开考"))
	require.NoError(t, err)
	require.Equal(t, c.Denied, signed.Denied)
	require.Equal(t, c.Noted, signed.Noted)
}

// TestTheClosingNamesOutagesAndExemptions: a server that was gone while the
// questions were open, and checks that were let pass, are in the form that people
// sign, and the start is in the audit; one before the questions came is not.
func TestTheClosingNamesOutagesAndExemptions(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	require.NoError(t, h.Supervise.Began(h.T.Context())) // before the questions: no matter of the sitting
	h.Opened()
	last := h.Time.Now()
	h.Restart(3 * time.Minute)
	require.NoError(t, h.Supervise.Began(h.T.Context()))
	_, err := h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"camera", "terminal"}, Reason: "没有摄像头"})
	require.NoError(t, err)

	c, err := h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Len(t, c.Outages, 1)
	require.WithinDuration(t, last, c.Outages[0].Last, time.Minute)
	require.Equal(t, h.Time.Now().UTC(), c.Outages[0].At.UTC())
	require.Contains(t, c.Exempted, supervise.Exempted{Name: "摄像头", Reason: "没有摄像头"})

	h.View(func(r store.Reader) error {
		list, err := audit.Last(r, 50)
		require.NoError(t, err)
		var starts []string
		for _, e := range list {
			if e.Action == "supervise.server.start" {
				starts = append(starts, e.Actor+" "+e.Detail)
			}
		}
		require.Len(t, starts, 2)
		require.Contains(t, starts[0], "system 上次正常停止，停机前最后一条记录 2026-11-23")
		return nil
	})
}
