package exam_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/wire"
)

func TestPreflight(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Received()
	pf, err := h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{})
	require.NoError(t, err)
	require.False(t, pf.Green, "no terminal is paired")
	bad := map[string]bool{}
	for _, c := range pf.Checks {
		require.NotEmpty(t, c.Detail, c.Code)
		if !c.OK {
			bad[c.Code] = true
		}
	}
	require.Equal(t, map[string]bool{"terminal": true, "camera": true}, bad)

	_, err = h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"pack"}, Reason: "急"})
	code(t, err, "exam.preflight.waiver")
	_, err = h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"camera"}})
	code(t, err, "exam.preflight.waiver")
	h.Pair(0)
	pf, err = h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"camera"}, Reason: "人工巡查"})
	require.NoError(t, err)
	require.True(t, pf.Green)
	sent := apptest.Bodies[wire.Preflight](h, wire.KindPreflight)
	require.Len(t, sent, 2)
	require.True(t, sent[1].Green)
	for _, c := range sent[1].Checks {
		require.Equal(t, c.Code == "camera", c.Waived != "", c.Code)
		if c.Waived != "" {
			require.Equal(t, "人工巡查", c.Waived)
		}
	}
	_, err = h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"clock"}, Reason: "x"})
	require.NoError(t, err)
	last := apptest.Bodies[wire.Preflight](h, wire.KindPreflight)[2]
	for _, c := range last.Checks {
		require.Empty(t, c.Waived, "a check that is good has not been waived")
	}

	h.Up.Offset = nil
	h.Faces.SetDown(true)
	pf, err = h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"camera"}, Reason: "人工巡查"})
	require.NoError(t, err)
	require.False(t, pf.Green, "clock unknown and no face service")
}

// TestPreflightOpensCameras: that a device is listed says nothing; each terminal
// opens its camera when asked, and the line names the seats without a picture.
func TestPreflightOpensCameras(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 4)
	h.Received()
	var ids []string
	for i := range 4 {
		term, _ := h.Pair(i)
		ids = append(ids, term.ID)
	}
	for _, id := range ids[:3] {
		h.Pulse.Heard(id, supervise.Beat{Focus: true, Visible: true, Camera: true})
	}
	camera := func() wire.Check {
		pf, err := h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{})
		require.NoError(t, err)
		i := slices.IndexFunc(pf.Checks, func(c wire.Check) bool { return c.Code == "camera" })
		return pf.Checks[i]
	}
	c := camera()
	require.False(t, c.OK, "a list of devices is no picture")
	require.Contains(t, c.Detail, "A01 未响应、A02 未响应、A03 未响应、A04 未开机或未打开考试页面")
	require.True(t, h.Pulse.Wanted(ids[0]), "the terminal is asked")
	require.False(t, h.Pulse.Wanted(ids[3]))

	h.Pulse.WaitForSights(time.Minute)
	answered := make(chan wire.Check)
	go func() { answered <- camera() }()
	h.Pulse.Saw(ids[0], supervise.Sight{OK: true})
	h.Pulse.Saw(ids[1], supervise.Sight{Why: "dark"})
	h.Pulse.Saw(ids[2], supervise.Sight{Why: "none"})
	c = <-answered
	require.False(t, c.OK)
	require.Contains(t, c.Detail, "4 台考试机中 1 台有画面：A02 画面全黑、A03 没有摄像头、A04 未开机")
	require.False(t, h.Pulse.Wanted(ids[0]))

	h.Pulse.Heard(ids[3], supervise.Beat{Camera: true})
	for _, id := range ids {
		h.Pulse.Saw(id, supervise.Sight{OK: true})
	}
	require.True(t, camera().OK)
	h.Pulse.WaitForSights(20 * time.Millisecond)
	h.Time.Advance(time.Minute)
	h.Pulse.Heard(ids[0], supervise.Beat{Camera: true})
	require.Contains(t, camera().Detail, "A01 未响应", "what was seen a minute ago is not seen now")
}

// TestPreflightRepeatsItself: what a person has asked for once is measured again
// before it is too old for the centre, with its waivers, when the key may come.
func TestPreflightRepeatsItself(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Received()
	reports := func() []wire.Preflight { return apptest.Bodies[wire.Preflight](h, wire.KindPreflight) }
	round := func(d time.Duration) {
		h.Time.Advance(d)
		h.Exam.Look(h.T.Context())
	}
	round(3 * time.Hour)
	require.Empty(t, reports(), "the first is a person's")
	h.Pair(0)
	pf, err := h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"camera"}, Reason: "人工巡查"})
	require.NoError(t, err)
	require.True(t, pf.Green)
	round(59 * time.Minute)
	require.Len(t, reports(), 1)
	round(time.Minute)
	require.Len(t, reports(), 2)
	require.True(t, reports()[1].Green, "the waiver goes on")

	h.Up.Offset = nil
	round(time.Hour)
	require.Len(t, reports(), 3)
	require.False(t, reports()[2].Green)
	require.Equal(t, []string{"exam.preflight.red"}, openAlarms(h), "whoever saw it green is told")
	for range 10 {
		round(3 * time.Minute)
	}
	require.Len(t, reports(), 3, "the same trouble is not told again")
	h.Up.Offset = new(time.Duration)
	round(3 * time.Minute)
	require.Len(t, reports(), 4)
	require.True(t, reports()[3].Green)
	require.Empty(t, openAlarms(h))
}

// TestPreflightWaitsForItsWindow: nights are quiet.
func TestPreflightWaitsForItsWindow(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Received()
	st, err := h.Exam.Sitting(apptest.Sitting)
	require.NoError(t, err)
	later := st.SittingAssigned
	later.Version, later.ReleaseFrom, later.PreflightLife = later.Version+1, h.Time.Now().Add(5*time.Hour), 30
	require.NoError(t, h.Order(wire.OrderSittingAssigned, later))
	h.Pair(0)
	_, err = h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"camera"}, Reason: "人工巡查"})
	require.NoError(t, err)
	for range 4 {
		h.Time.Advance(time.Hour)
		h.Exam.Look(h.T.Context())
	}
	require.Len(t, apptest.Bodies[wire.Preflight](h, wire.KindPreflight), 1)
	st, err = h.Exam.Sitting(apptest.Sitting)
	require.NoError(t, err)
	require.True(t, st.Stale(h.Time.Now()))
	h.Time.Advance(time.Hour)
	h.Exam.Look(h.T.Context())
	require.Len(t, apptest.Bodies[wire.Preflight](h, wire.KindPreflight), 2)
}

func openAlarms(h *apptest.House) []string {
	var out []string
	h.View(func(r store.Reader) error {
		list, err := alarm.List(r, apptest.Sitting)
		for _, a := range list {
			if a.Open() {
				out = append(out, a.Code)
			}
		}
		return err
	})
	return out
}
