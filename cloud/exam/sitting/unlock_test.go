package sitting_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/protocol/wire"
)

// TestTwoPeopleHaveACodeEach: a venue without network is opened by two people
// who read out a code each; nobody has two, and all of it is on the receipts.
func TestTwoPeopleHaveACodeEach(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, m := s.Dispatched(t, 2)
	s.Staff("second", sitting.PermUnlock, sitting.PermList)
	s.Staff("third", sitting.PermUnlock)
	s.Staff("fourth", sitting.PermUnlock)
	s.Staff("nobody", sitting.PermList)
	take := func(who string) (sitting.UnlockCode, error) {
		return s.Sittings.Unlock(s.As(who), in.ID, "考场线路中断")
	}

	_, err := s.Sittings.Unlock(s.As("nobody"), in.ID, "考场线路中断")
	examtest.RequireFault(t, err, "auth.forbidden")
	_, err = s.Sittings.Unlock(s.As("boss"), in.ID, "急")
	examtest.RequireFault(t, err, "exam.sitting.unlock.reason")
	_, err = s.DB.Exec(t.Context(), `UPDATE exam_sitting SET starts_at = $2 WHERE id = $1`, in.ID, s.Clock.Now().Add(25*time.Hour))
	require.NoError(t, err)
	_, err = take("boss")
	examtest.RequireFault(t, err, "exam.sitting.unlock.early")
	s.Clock.Advance(2 * time.Hour)
	s.Report(t, wire.KindAlarm, in.ID, wire.Alarm{ID: "a1", Sitting: in.ID, Level: wire.AlarmRed, Code: "camera", Text: "摄像头离线"})
	_, err = take("boss")
	examtest.RequireFault(t, err, "exam.sitting.unlock.alarms")
	s.Report(t, wire.KindAlarmCleared, in.ID, wire.AlarmAcknowledged{ID: "a1", Sitting: in.ID, By: "chief"})

	first, err := take("boss")
	require.NoError(t, err)
	again, err := take("boss")
	require.NoError(t, err)
	require.Equal(t, first.Code, again.Code, "one person has one code, and is shown it again")
	second, err := take("second")
	require.NoError(t, err)
	require.NotEqual(t, first.Code, second.Code)
	require.Len(t, second.Takers, 2)
	_, err = take("third")
	require.NoError(t, err)
	_, err = take("fourth")
	examtest.RequireFault(t, err, "exam.sitting.unlock.taken")
	require.Equal(t, 4, s.Audited(sitting.PermUnlock), "showing it again is an act too")

	sealed, _ := s.Pack(t, m)
	half, err := sealed.Released(second.Code, first.Code)
	require.NoError(t, err)
	_, err = sealed.Paper(s.Device.Key, half)
	require.NoError(t, err)
	s.Report(t, wire.KindOpened, in.ID, wire.Opened{Sitting: in.ID, Pack: m.Pack, By: "unlock-code"})
	got, err := s.Sittings.Get(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Equal(t, sitting.Released, got.State)
	require.Equal(t, []string{"unlock", "unlock", "unlock"}, kindsOf(t, s, in.ID, sitting.ReceiptUnlock))
	_, err = take("boss")
	examtest.RequireFault(t, err, "exam.sitting.unlock.state")
}

// TestAPackageIsTakenBackAndSentAgain: withdrawn before the exam has begun, the
// codes and the key of the old one are of no more use here, and a new version
// goes down.
func TestAPackageIsTakenBackAndSentAgain(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, m := s.Released(t, 2)
	_, err := s.Sittings.Withdraw(s.As("boss"), in.ID, " ")
	examtest.RequireFault(t, err, "exam.sitting.withdraw.reason")
	got, err := s.Sittings.Withdraw(s.As("boss"), in.ID, "第 12 题答案有误")
	require.NoError(t, err)
	require.Equal(t, sitting.Approved, got.State)
	require.False(t, got.PackReceived)
	orders := examtest.Orders[wire.PackWithdrawn](t, s.Device, wire.OrderPackWithdrawn)
	require.Len(t, orders, 1)
	require.Equal(t, m.Pack, orders[0].Pack)
	_, err = s.Sittings.Unlock(s.As("boss"), in.ID, "考场线路中断")
	examtest.RequireFault(t, err, "exam.sitting.unlock.state")

	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: m.Pack, Reason: wire.PackGone})
	list, err := s.Sittings.Receipts(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Contains(t, texts(list), "考场已作废该考题包，试题不能再打开")
	got, err = s.Sittings.Dispatch(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Equal(t, sitting.Dispatched, got.State)
	sent := examtest.Orders[wire.PackManifest](t, s.Device, wire.OrderPackManifest)
	require.Equal(t, m.Version+1, sent[len(sent)-1].Version)
}

func TestAVenueThatHasBegunKeepsItsPackage(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	in, m := s.Released(t, 2)
	_, err := s.Sittings.Withdraw(s.As("boss"), in.ID, "第 12 题答案有误")
	require.NoError(t, err)
	s.Report(t, wire.KindStarted, in.ID, wire.Started{Sitting: in.ID})
	s.Report(t, wire.KindPackReceived, in.ID, wire.PackReceived{Sitting: in.ID, Pack: m.Pack, Reason: wire.PackKept})
	got, err := s.Sittings.Get(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Equal(t, sitting.Running, got.State, "a fact is a fact")
	list, err := s.Sittings.Receipts(s.As("boss"), in.ID)
	require.NoError(t, err)
	require.Contains(t, texts(list), "考场已经开考，考题包没有作废；如需停止请暂停场次")
	_, err = s.Sittings.Withdraw(s.As("boss"), in.ID, "再试")
	examtest.RequireFault(t, err, "exam.sitting.withdraw.state")
}

func texts(list []sitting.Receipt) []string {
	var out []string
	for _, r := range list {
		out = append(out, r.Text)
	}
	return out
}

func kindsOf(t *testing.T, s *examtest.Story, id, kind string) []string {
	t.Helper()
	list, err := s.Sittings.Receipts(s.As("boss"), id)
	require.NoError(t, err)
	var out []string
	for _, r := range list {
		if r.Kind == kind {
			out = append(out, r.Kind)
		}
	}
	return out
}
