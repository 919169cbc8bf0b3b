package sitting_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

func TestWaitsForDevice(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	s.Device.None = true
	in := s.Assigned(t, 2)
	require.Empty(t, examtest.Orders[wire.SittingAssigned](t, s.Device, wire.OrderSittingAssigned))
	s.Device.None = false
	s.InTx(t, func(ctx context.Context, tx examtest.Tx) error { return s.Sittings.Announce(ctx, tx, s.Venue.ID) })
	got := examtest.Orders[wire.SittingAssigned](t, s.Device, wire.OrderSittingAssigned)
	require.Len(t, got, 1)
	require.Equal(t, in.ID, got[0].Sitting)
}

func TestSuspendResumeCancel(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, m := s.Dispatched(t, 2)
	_, err := s.Sittings.Cancel(s.As("boss"), in.ID, "x")
	examtest.RequireFault(t, err, "exam.sitting.cancel.state")
	out, err := s.Sittings.Suspend(s.As("boss"), in.ID, true, "停电")
	require.NoError(t, err)
	require.Equal(t, sitting.Suspended, out.State)
	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: m.Pack, OK: true})
	s.Report(t, wire.KindPreflight, in.ID, wire.Preflight{Sitting: in.ID, Green: true})
	require.Empty(t, examtest.Orders[wire.KeyRelease](t, s.Device, wire.OrderKeyRelease), "nothing is released while suspended")
	out, err = s.Sittings.Suspend(s.As("boss"), in.ID, false, "来电")
	require.NoError(t, err)
	require.Equal(t, sitting.Dispatched, out.State)
	require.Len(t, examtest.Orders[wire.Suspend](t, s.Device, wire.OrderSuspend), 2)
	_, err = s.Sittings.Release(s.As("boss"), in.ID, "")
	require.NoError(t, err)
}

func TestRequestOutOfTurnIsAnswered(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Planned(t, 2)
	id := s.Ask(t, in.ID)
	list, err := s.Sittings.Openings(s.As("boss"), "RETURNED", in.ID, db.Page{})
	require.NoError(t, err)
	require.Equal(t, id, list.Items[0].ID)
	require.Len(t, examtest.Orders[wire.OpeningDecided](t, s.Device, wire.OrderOpeningDecided), 1)
	got, err := s.Sittings.Get(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Equal(t, sitting.Planned, got.State)
}

func TestShortBankLeavesApprovedWithReason(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	r := s.Rule.Body
	r.Sections, r.Pass = []exam.Section{{Type: exam.Multi, Count: 5, Each: 10}}, 30
	saved, err := s.Papers.Create(s.As("boss"), r, paper.Exposure{})
	require.NoError(t, err)
	require.True(t, saved.Feasibility.OK)
	s.Rule = saved.Rule
	in := s.Assigned(t, 2)
	// the bank shrinks between planning and approval
	var question string
	require.NoError(t, s.DB.QueryRow(t.Context(), `SELECT id FROM exam_question WHERE type = 'MULTI' LIMIT 1`).Scan(&question))
	require.NoError(t, s.Bank.Retire(s.As("boss"), question, "答案有误"))
	out, err := s.Sittings.Decide(s.As("boss"), s.Ask(t, in.ID), sitting.Decision{Approve: true})
	require.NoError(t, err)
	require.Equal(t, sitting.Approved, out.State)
	require.NotEmpty(t, out.Failure)
	_, err = s.Sittings.Dispatch(s.As("boss"), in.ID)
	require.Equal(t, fault.Precondition, fault.KindOf(err), "%v", err)
}

func TestTwoReviewersAtOnceDecideOnce(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Assigned(t, 2)
	request := s.Ask(t, in.ID)
	var ok atomic.Int32
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			_, err := s.Sittings.Decide(s.As("boss"), request, sitting.Decision{Approve: i%2 == 0, Reason: "x"})
			if err == nil {
				ok.Add(1)
			}
		})
	}
	all.Wait()
	require.Equal(t, int32(1), ok.Load())
	require.Len(t, examtest.Orders[wire.OpeningDecided](t, s.Device, wire.OrderOpeningDecided), 1)
}

func TestKeyIsReleasedOnce(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, m := s.Dispatched(t, 2)
	s.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: "a", Sitting: in.ID, Level: wire.AlarmRed})
	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: m.Pack, OK: true})
	s.Report(t, wire.KindPreflight, in.ID, wire.Preflight{Sitting: in.ID, Green: true})
	_, err := s.DB.Exec(context.Background(), `DELETE FROM exam_alarm`)
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() { _, _ = s.Sittings.Release(s.As("boss"), in.ID, "") })
	}
	all.Wait()
	require.Len(t, examtest.Orders[wire.KeyRelease](t, s.Device, wire.OrderKeyRelease), 1)
}

func TestForgedApprovalSendsNothing(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in := s.Assigned(t, 2)
	request := s.Ask(t, in.ID)
	_, err := s.DB.Exec(context.Background(), `UPDATE exam_opening SET state = 'APPROVED', decided_by = 'x', decided_at = now() WHERE id = $1`, request)
	require.NoError(t, err)
	_, err = s.DB.Exec(context.Background(), `UPDATE exam_sitting SET state = 'APPROVED' WHERE id = $1`, in.ID)
	require.NoError(t, err)
	_, err = s.Sittings.Dispatch(s.As("boss"), in.ID)
	examtest.RequireFault(t, err, "exam.sitting.dispatch.tampered")
	require.Empty(t, examtest.Orders[wire.PackManifest](t, s.Device, wire.OrderPackManifest))
}

func TestNewerPackageNeedsItsOwnPreflight(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, first := s.Dispatched(t, 2)
	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: first.Pack, OK: true})
	_, err := s.Sittings.Dispatch(s.As("boss"), in.ID)
	require.NoError(t, err)
	s.Report(t, wire.KindPreflight, in.ID, wire.Preflight{Sitting: in.ID, Green: true})
	require.Empty(t, examtest.Orders[wire.KeyRelease](t, s.Device, wire.OrderKeyRelease), "the venue has checked the older package")
	manifests := examtest.Orders[wire.PackManifest](t, s.Device, wire.OrderPackManifest)
	require.Equal(t, 2, manifests[1].Version)
	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: manifests[1].Pack, OK: true})
	s.Report(t, wire.KindPreflight, in.ID, wire.Preflight{Sitting: in.ID, Green: true, Checks: []wire.Check{{Code: "disk", OK: false}}})
	require.Empty(t, examtest.Orders[wire.KeyRelease](t, s.Device, wire.OrderKeyRelease), "a green light over a failed check is not green")
	s.Report(t, wire.KindPreflight, in.ID, wire.Preflight{Sitting: in.ID, Green: true, Checks: []wire.Check{{Code: "disk", OK: true}}})
	keys := examtest.Orders[wire.KeyRelease](t, s.Device, wire.OrderKeyRelease)
	require.Len(t, keys, 1)
	require.Equal(t, manifests[1].Pack, keys[0].Pack)
}
