package sitting_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/protocol/wire"
)

// soon is a sitting that begins in d, dispatched and received.
func soon(t *testing.T, d time.Duration) (*examtest.Story, sitting.Sitting) {
	t.Helper()
	s := examtest.NewStory(t)
	in, m := s.Dispatched(t, 2)
	_, err := s.DB.Exec(t.Context(), `UPDATE exam_sitting SET starts_at = $2 WHERE id = $1`, in.ID, s.Clock.Now().Add(d))
	require.NoError(t, err)
	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: m.Pack, OK: true})
	return s, in
}

func preflight(t *testing.T, s *examtest.Story, id string, at time.Time, checks ...wire.Check) {
	t.Helper()
	rec := s.Device.Record(t, at, wire.KindPreflight, id, wire.Preflight{Sitting: id, Green: true, Checks: checks})
	require.NoError(t, s.Apply(rec))
}

func keys(t *testing.T, s *examtest.Story) int {
	t.Helper()
	return len(examtest.Orders[wire.KeyRelease](t, s.Device, wire.OrderKeyRelease))
}

func missing(t *testing.T, s *examtest.Story, id string) string {
	t.Helper()
	g, err := s.Sittings.Gate(s.As("boss"), id)
	require.NoError(t, err)
	require.Equal(t, len(g.Missing) == 0, g.Open)
	return strings.Join(g.Missing, "\n")
}

func TestKeyWaitsForItsTime(t *testing.T) {
	t.Parallel()
	s, in := soon(t, 7*time.Hour)
	preflight(t, s, in.ID, s.Clock.Now())
	require.Zero(t, keys(t, s))
	require.Contains(t, missing(t, s, in.ID), "考试开始前 360 分钟内放行")
	require.NoError(t, s.Sittings.ReleaseDue(t.Context()))
	require.Zero(t, keys(t, s), "not by the clock either")
	_, err := s.Sittings.Release(s.As("boss"), in.ID, " ")
	examtest.RequireFault(t, err, "exam.sitting.release.gate")

	s.Clock.Advance(time.Hour)
	require.NoError(t, s.Sittings.ReleaseDue(t.Context()))
	require.Equal(t, 1, keys(t, s), "its time has come, and the preflight is an hour old")
	require.NoError(t, s.Sittings.ReleaseDue(t.Context()))
	require.Equal(t, 1, keys(t, s))
}

func TestStalePreflightReleasesNothing(t *testing.T) {
	t.Parallel()
	s, in := soon(t, 7*time.Hour)
	preflight(t, s, in.ID, s.Clock.Now())
	s.Clock.Advance(2*time.Hour + time.Minute)
	require.NoError(t, s.Sittings.ReleaseDue(t.Context()))
	require.Zero(t, keys(t, s))
	require.Contains(t, missing(t, s, in.ID), "考前检查已超过 120 分钟")
	_, err := s.Sittings.Release(s.As("boss"), in.ID, "急")
	examtest.RequireFault(t, err, "exam.sitting.release.gate")

	good := wire.Check{Code: "clock", OK: true}
	preflight(t, s, in.ID, s.Clock.Now().Add(-3*time.Hour), good)
	require.Zero(t, keys(t, s), "a report that waited for a network is as old as what it reports")
	preflight(t, s, in.ID, s.Clock.Now(), good)
	require.Equal(t, 1, keys(t, s))
}

// A clock that somebody waived says nothing about when it was.
func TestWrongClockDoesNotMakeAPreflightOld(t *testing.T) {
	t.Parallel()
	s, in := soon(t, time.Hour)
	preflight(t, s, in.ID, s.Clock.Now().Add(-30*24*time.Hour), wire.Check{Code: "clock", OK: true, Waived: "电池没电"})
	require.Equal(t, 1, keys(t, s))
}

func TestEarlyReleaseByHandNeedsAReason(t *testing.T) {
	t.Parallel()
	s, in := soon(t, 25*time.Hour)
	preflight(t, s, in.ID, s.Clock.Now())
	_, err := s.Sittings.Release(s.As("boss"), in.ID, "考场明日断网施工")
	examtest.RequireFault(t, err, "exam.sitting.release.early")
	s.Clock.Advance(90 * time.Minute)
	_, err = s.Sittings.Release(s.As("boss"), in.ID, "")
	examtest.RequireFault(t, err, "exam.sitting.release.gate")
	out, err := s.Sittings.Release(s.As("boss"), in.ID, "考场明日断网施工")
	require.NoError(t, err)
	require.Equal(t, sitting.Released, out.State)
	receipts, err := s.Sittings.Receipts(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Equal(t, "开考密钥已提前放行：考场明日断网施工", receipts[len(receipts)-1].Text)
}

func TestVenueIsToldWhenItsKeyComes(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Assigned(t, 2)
	got := examtest.Orders[wire.SittingAssigned](t, s.Device, wire.OrderSittingAssigned)
	require.Equal(t, in.StartsAt.Add(-6*time.Hour).UTC(), got[0].ReleaseFrom)
	require.Equal(t, 120, got[0].PreflightLife)
}
