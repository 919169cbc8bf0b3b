package exam_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam"
	"huyun.internal/protocol/wire"
)

// TestTwoCodesOpenTheSittingWithNoNetwork: what the centre would look at is
// looked at, one code is not enough, and how it was opened is told (M60).
func TestTwoCodesOpenTheSittingWithNoNetwork(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Assigned()
	unlock := func(codes ...string) error {
		return h.Exam.Unlock(h.Ctx(), apptest.Sitting, codes, "电信线路中断")
	}
	code(t, unlock(h.Built.Codes...), "exam.unlock.state")
	h.Received()
	h.CutDownload(true)
	code(t, unlock(h.Built.Codes[:2]...), "exam.unlock.preflight")
	green(t, h)
	code(t, h.Exam.Unlock(h.Ctx(), apptest.Sitting, h.Built.Codes[:2], " "), "exam.unlock.reason")
	code(t, unlock(h.Built.Codes[0]), "exam.unlock.few")
	code(t, unlock(h.Built.Codes[0], h.Built.Codes[0]), "exam.unlock.same")
	other := apptest.New(t, 1)
	other.Received()
	code(t, unlock(h.Built.Codes[0], other.Built.Codes[1]), "exam.unlock.wrong")
	require.Equal(t, exam.Approved, state(t, h).State, "what is refused changes nothing")
	require.NoError(t, h.Order(wire.OrderSuspend, wire.Suspend{Sitting: apptest.Sitting, Suspended: true, Reason: "查", By: "centre"}))
	code(t, unlock(h.Built.Codes[0], h.Built.Codes[2]), "exam.unlock.suspended")
	require.NoError(t, h.Order(wire.OrderSuspend, wire.Suspend{Sitting: apptest.Sitting, By: "centre"}))
	h.Time.Advance(3 * time.Hour)
	code(t, unlock(h.Built.Codes[0], h.Built.Codes[2]), "exam.unlock.preflight")
	green(t, h)

	require.NoError(t, unlock(h.Built.Codes[2], h.Built.Codes[0]))
	require.Equal(t, exam.Opened, state(t, h).State)
	_, err := h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	require.NoError(t, err)
	opened := apptest.Bodies[wire.Opened](h, wire.KindOpened)
	require.Len(t, opened, 1)
	require.Equal(t, "unlock-code", opened[0].By)
	code(t, unlock(h.Built.Codes[2], h.Built.Codes[0]), "exam.unlock.state")

	h.Restart(time.Minute)
	require.NoError(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Half: h.Built.Release}),
		"the release that comes with the network changes nothing")
	h.Exam.Look(t.Context())
	_, err = h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	require.NoError(t, err, "a cold start needs no codes again")
	require.Len(t, h.Records(wire.KindOpened), 1)
}

// green makes a preflight that passes, in a house without cameras.
func green(t *testing.T, h *apptest.House) {
	t.Helper()
	pf, err := h.Exam.RunPreflight(h.Ctx(), apptest.Sitting, exam.Waiver{Checks: []string{"camera", "vision", "terminal"}, Reason: "测试"})
	require.NoError(t, err)
	require.True(t, pf.Green, "%+v", pf.Checks)
}

// TestAPackageTakenBackIsGone: deleted, its questions closed, a new one welcome;
// a package that candidates write on stays (M60).
func TestAPackageTakenBackIsGone(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	old := h.Built.Digest.String()
	withdraw := func(digest string) {
		require.NoError(t, h.Order(wire.OrderPackWithdrawn, wire.PackWithdrawn{Sitting: apptest.Sitting, Pack: digest, Version: 1, Reason: "第 3 题有误", By: "centre"}))
		h.Exam.Look(t.Context())
	}
	withdraw("another")
	require.Equal(t, exam.Opened, state(t, h).State, "another package is not meant")
	withdraw(old)
	st := state(t, h)
	require.Equal(t, exam.Approved, st.State)
	require.Contains(t, st.Pack.Failure, "第 3 题有误")
	require.Nil(t, st.Half)
	require.NoFileExists(t, filepath.Join(h.Exam.Dir, old+".pack"))
	_, err := h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	code(t, err, "exam.book.closed")
	answers := apptest.Bodies[wire.PackReceived](h, wire.KindPackReceived)
	require.Equal(t, wire.PackGone, answers[len(answers)-1].Reason)
	code(t, h.Order(wire.OrderKeyRelease, wire.KeyRelease{Sitting: apptest.Sitting, Pack: old, Half: h.Built.Release}), "exam.key.pack")

	require.NoError(t, h.Order(wire.OrderPackManifest, wire.PackManifest{Sitting: apptest.Sitting, Pack: old, Size: h.Built.Size, Version: 2}))
	require.Empty(t, state(t, h).Pack.Failure)
}

func TestAPackageInUseIsNotTakenBack(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Opened()
	h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	require.NoError(t, h.Order(wire.OrderPackWithdrawn, wire.PackWithdrawn{Sitting: apptest.Sitting, Pack: h.Built.Digest.String(), Version: 1, Reason: "晚了", By: "centre"}))
	h.Exam.Look(t.Context())
	require.Equal(t, exam.Running, state(t, h).State)
	answers := apptest.Bodies[wire.PackReceived](h, wire.KindPackReceived)
	require.Equal(t, wire.PackKept, answers[len(answers)-1].Reason)
	_, err := h.Exam.Issue(apptest.Sitting, apptest.CandidateID(0))
	require.NoError(t, err)
}
