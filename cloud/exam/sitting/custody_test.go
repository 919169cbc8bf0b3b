package sitting_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/wire"
)

// hall is an opened sitting of n, of whom sat have handed in.
func hall(t *testing.T, s *examtest.Story, n, sat int) *examtest.Hall {
	t.Helper()
	in, m := s.Released(t, n)
	h := s.Open(t, in.ID, m)
	for i := range sat {
		s.Sit(t, h, i, i)
	}
	return h
}

func closeout(t *testing.T, s *examtest.Story, id string) sitting.Closeout {
	t.Helper()
	status, body := s.Do("boss", http.MethodGet, "/api/v1/exam/sittings/"+id+"/closeout", nil)
	require.Equal(t, http.StatusOK, status, "%s", body)
	return examtest.Decode[sitting.Closeout](t, body)
}

// signedFor opens the receipts that the device got, with the centre's public key alone.
func signedFor(t *testing.T, s *examtest.Story) (out []wire.Receipt) {
	t.Helper()
	for _, o := range examtest.Orders[wire.SittingReceipt](t, s.Device, wire.OrderReceipt) {
		raw, err := envelope.Verify(s.Keys.Cloud().Public(), []byte(wire.ReceiptBinding), o.Signed)
		require.NoError(t, err)
		r, err := wire.Decode[wire.Receipt](raw)
		require.NoError(t, err)
		require.Equal(t, o.Sitting, r.Sitting)
		out = append(out, r)
	}
	return out
}

// TestTheCentreSignsForWhatItHolds: one receipt, over our own digests, in the
// transaction that brought the closing; however often that comes.
func TestTheCentreSignsForWhatItHolds(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	h := hall(t, s, 3, 2)
	require.False(t, closeout(t, s, h.Sitting).Closed)
	h.Closed.Acknowledged, h.Closed.Terminated, h.Closed.Second, h.Closed.By = 1, 1, "li", "zhang"
	h.Closed.Waivers = []wire.Waiver{{Code: "acknowledged", Fact: "结束时交卷 2 份，考试中心已确认 1 份", Reason: "无网络"}}
	s.Close(t, h)
	got := signedFor(t, s)
	require.Len(t, got, 1)
	r := got[0]
	require.Equal(t, []any{2, h.Closed.Answers, h.Closed.Digest, s.Device.Node}, []any{r.Count, r.Answers, r.Digest, r.Node})
	held := map[string]string{}
	for _, x := range r.Handins {
		held[x.Attempt] = x.Digest
	}
	require.Equal(t, h.Closed.Digest, exam.SittingDigest(held).String())

	c := closeout(t, s, h.Sitting)
	require.Equal(t, r.Number, c.Receipt.Number)
	require.Empty(t, c.Receipt.Differences)
	require.Equal(t, h.Closed.Waivers, c.Waivers)
	require.Equal(t, []bool{true, true, true, true}, []bool{c.Sums[0].OK, c.Sums[1].OK, c.Sums[2].OK, c.Sums[3].OK})
	require.Equal(t, sitting.Sum{
		Code: "started", Left: sitting.Term{Name: "开考", N: 2}, Right: []sitting.Term{{Name: "交卷", N: 1}, {Name: "强制收卷", N: 1}}, Total: 2, OK: true,
	}, c.Sums[2])
	require.Equal(t, "无网络", c.Sums[3].Reason)
	require.Equal(t, 1, c.Then)

	whole := dbtest.Snapshot(t, s.DB)
	require.NoError(t, s.Apply(s.Device.Sent...), "all of it once more, as a packet that comes late")
	require.Equal(t, whole, dbtest.Snapshot(t, s.DB))
	require.Len(t, signedFor(t, s), 1)
}

// TestTheCentreDoesNotSignForSomethingElse: an answer that never came, a hand-in
// with another digest, another count: named at both ends under one alarm, until
// what was missing comes.
func TestTheCentreDoesNotSignForSomethingElse(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	h := hall(t, s, 2, 1)
	last := wire.Answer{Sitting: h.Sitting, Attempt: "attempt-00", Item: "1", Revision: 9, Choice: []string{"Z"}}
	h.Closed.Answers++ // the venue has it, and we do not
	s.Close(t, h)
	require.Empty(t, signedFor(t, s))
	told := examtest.Orders[wire.SittingDisputed](t, s.Device, wire.OrderDisputed)
	require.Len(t, told, 1)
	require.Equal(t, []string{"作答记录：考场 21 条，中心 20 条"}, told[0].Differences)
	c := closeout(t, s, h.Sitting)
	require.Equal(t, told[0].Differences, c.Receipt.Differences)
	board, err := s.Sittings.Board(boss(s), h.Sitting)
	require.NoError(t, err)
	require.Len(t, board.Alarms, 1)
	require.Equal(t, []string{told[0].Alarm, "red", "receipt.differs"}, []string{board.Alarms[0].ID, board.Alarms[0].Level, board.Alarms[0].Code})

	s.Report(t, wire.KindAlarm, h.Sitting, wire.Alarm{ID: told[0].Alarm, Sitting: h.Sitting, Level: wire.AlarmRed, Code: "receipt.differs", Text: "考场的说法"})
	board, err = s.Sittings.Board(boss(s), h.Sitting)
	require.NoError(t, err)
	require.Len(t, board.Alarms, 1, "the venue's and ours are one")
	s.Report(t, wire.KindAudit, h.Sitting, wire.Audit{Seq: 1, Actor: "proctor", Action: "x"})
	require.Len(t, examtest.Orders[wire.SittingDisputed](t, s.Device, wire.OrderDisputed), 1, "said once")

	s.Report(t, wire.KindAnswer, h.Sitting, last)
	told = examtest.Orders[wire.SittingDisputed](t, s.Device, wire.OrderDisputed)
	require.Len(t, told, 2, "the count is right now, the answers are not those that were handed in")
	require.Contains(t, told[1].Differences[0], "座位 ")
	require.Contains(t, told[1].Differences[1], "全场答卷摘要")
	require.Empty(t, signedFor(t, s))
	_, err = s.DB.Exec(context.Background(), `DELETE FROM exam_answer WHERE revision = 9`)
	require.NoError(t, err)
	s.Report(t, wire.KindAnswer, h.Sitting, wire.Answer{Sitting: h.Sitting, Attempt: "attempt-00", Item: "1", Revision: 0, Choice: []string{"F"}})
	require.Len(t, signedFor(t, s), 1, "what was missing has come")
	board, err = s.Sittings.Board(boss(s), h.Sitting)
	require.NoError(t, err)
	for _, a := range board.Alarms {
		require.NotNil(t, a.SeenAt)
	}
}

// TestAClosingOfAnOlderVenue has none of the new fields and is signed for all the same.
func TestAClosingOfAnOlderVenue(t *testing.T) {
	t.Parallel()
	s := examtest.NewStory(t)
	h := hall(t, s, 1, 1)
	s.Close(t, h)
	require.Len(t, signedFor(t, s), 1)
	c := closeout(t, s, h.Sitting)
	require.Empty(t, c.Waivers)
	require.Equal(t, 1, c.Sums[3].Total)
}
