package supervise_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/envelope"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// finished is a venue where of three booked one never came, one handed in and one
// was ended by a proctor.
func finished(t *testing.T) (h *apptest.House, p, q *apptest.Person) {
	t.Helper()
	h = apptest.New(t, 3)
	h.Staff()
	h.Opened()
	p, q = h.Sit(0), h.Sit(1)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	for _, one := range []*apptest.Person{p, q} {
		_, err := one.Save("1", 1, "T")
		require.NoError(t, err)
	}
	h.Time.Advance(12 * time.Minute)
	_, err := h.Attempts.HandInByCandidate(h.Ctx(), p.Ticket("in"), p.Attempt().Questions-1)
	require.NoError(t, err)
	_, err = h.Attempts.HandInByProctor(h.Ctx(), apptest.Sitting, q.Session.Attempt, "V04 扰乱秩序")
	require.NoError(t, err)
	return h, p, q
}

func line(c supervise.Closing) []string {
	out := []string{}
	for _, s := range c.Sums {
		raw, _ := json.Marshal(s)
		out = append(out, string(raw))
	}
	return out
}

// TestTheFourSums: left and right are counted from different things, and who was
// ended by a proctor is told apart from who handed in.
func TestTheFourSums(t *testing.T) {
	t.Parallel()
	h, _, _ := finished(t)
	c, err := h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Equal(t, []string{
		`{"code":"booked","left":{"name":"应考","n":3},"right":[{"name":"入场","n":2},{"name":"缺考","n":1}],"total":3,"ok":true}`,
		`{"code":"issued","left":{"name":"发卷","n":2},"right":[{"name":"开考","n":2},{"name":"未使用","n":0}],"total":2,"ok":true}`,
		`{"code":"started","left":{"name":"开考","n":2},"right":[{"name":"交卷","n":1},{"name":"强制收卷","n":1}],"total":2,"ok":true}`,
		`{"code":"acknowledged","left":{"name":"交卷（含强制收卷）","n":2},"right":[{"name":"考试中心已确认","n":0}],"total":0,"ok":false}`,
	}, line(c))
	require.Equal(t, []string{"acknowledged"}, problemsOf(c))
	h.Confirm()
	c, err = h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Empty(t, c.Problems)
	_, _, err = h.Seating.Face(h.Ctx(), apptest.Sitting, apptest.CandidateID(2), apptest.Photo(0), true)
	require.NoError(t, err)
	c, err = h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Equal(t, `{"code":"booked","left":{"name":"应考","n":3},"right":[{"name":"入场","n":2},{"name":"缺考","n":0}],"total":2,"ok":false}`, line(c)[0], "who waits at the door is neither in nor absent")
}

// TestEachSumHasAReasonOfItsOwn: one reason does not do for two, nor blanks; what
// was waived is in the record for the centre, with who and why.
func TestEachSumHasAReasonOfItsOwn(t *testing.T) {
	t.Parallel()
	h, _, _ := finished(t)
	h.Admit(2) // never logs in
	w := h.Waive("无网络")
	require.Len(t, w.Reasons, 2)
	w.Reasons["seated"] = "  "
	_, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, w)
	code(t, err, "supervise.close.problems")
	require.ErrorContains(t, err, "入场 3 人")
	require.NotContains(t, err.Error(), "考试中心已确认", "which one lacks its reason")
	w.Reasons["seated"] = "入场后突发不适离开"
	c, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, w)
	require.NoError(t, err)
	sent := apptest.Bodies[wire.Closed](h, wire.KindClosed)[0]
	require.Equal(t, c.Closed, sent)
	require.Equal(t, "second", sent.Second)
	require.Equal(t, []wire.Waiver{
		{Code: "acknowledged", Fact: "结束时交卷 2 份，考试中心已确认 0 份", Reason: "无网络"},
		{Code: "seated", Fact: "结束时入场 3 人，但只生成了 2 份试卷", Reason: "入场后突发不适离开"},
	}, sent.Waivers)
	require.Equal(t, []int{2, 1, 0}, []int{sent.Submitted, sent.Terminated, sent.Acknowledged})
	acts := apptest.Bodies[wire.Audit](h, wire.KindAudit)
	require.Contains(t, acts[len(acts)-1].Detail, "无网络；结束时入场 3 人")
}

// TestAVenueWithoutNetworkClosesAndIsConfirmedLater: the fourth sum is waived,
// goes on being shown as it is, and the moment at which it was met stays.
func TestAVenueWithoutNetworkClosesAndIsConfirmedLater(t *testing.T) {
	t.Parallel()
	h, p, _ := finished(t)
	require.Empty(t, p.Status().Result.Receipt, "safe at the venue, and not more")
	_, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, h.Waive("无网络"))
	require.NoError(t, err)
	w := h.Supervise.Watch()
	w.Look(t.Context())
	c, err := h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.False(t, c.Sums[3].OK)
	require.True(t, c.Centre.At.IsZero())

	h.Time.Advance(time.Hour)
	h.Confirm()
	w.Look(t.Context())
	met := h.Time.Now()
	h.Time.Advance(time.Hour)
	w.Look(t.Context())
	c, err = h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.True(t, c.Sums[3].OK)
	require.True(t, met.Equal(c.Centre.At))
	require.Equal(t, "无网络", c.Waivers[0].Reason, "what was signed stays as it was signed")
	require.Zero(t, c.Acknowledged)
	require.Equal(t, pexam.ReceiptCode(apptest.Sitting, p.Session.Attempt, p.Attempt().Handin.Digest), p.Status().Result.Receipt)
}

// receiptOf is what the centre would sign if it held what the venue has closed.
func receiptOf(h *apptest.House, c supervise.Closing, people ...*apptest.Person) wire.Receipt {
	r := wire.Receipt{Number: "QS-1", Sitting: apptest.Sitting, Node: apptest.Node, Count: c.Submitted, Answers: c.Answers, Digest: c.Digest, At: h.Time.Now()}
	for _, p := range people {
		r.Handins = append(r.Handins, wire.Held{Attempt: p.Session.Attempt, Digest: p.Attempt().Handin.Digest})
	}
	return r
}

func signedBy(t *testing.T, key sm.Signer, r wire.Receipt) wire.SittingReceipt {
	t.Helper()
	raw, err := json.Marshal(r)
	require.NoError(t, err)
	signed, err := envelope.Sign(key, []byte(wire.ReceiptBinding), raw)
	require.NoError(t, err)
	return wire.SittingReceipt{Sitting: r.Sitting, Signed: signed}
}

// TestTheReceiptOfTheCentre: only what the centre has signed counts, and only if
// it is about what was closed here.
func TestTheReceiptOfTheCentre(t *testing.T) {
	t.Parallel()
	h, p, q := finished(t)
	code(t, h.Order(wire.OrderReceipt, signedBy(t, h.Cloud, receiptOf(h, supervise.Closing{}, p, q))), "supervise.receipt.content")
	c, err := h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	good := receiptOf(h, c, p, q)
	code(t, h.Order(wire.OrderReceipt, signedBy(t, h.Cloud, good)), "supervise.receipt.early")
	_, err = h.Supervise.Close(h.Ctx(), apptest.Sitting, h.Waive("无网络"))
	require.NoError(t, err)

	other, err := sm.Generate()
	require.NoError(t, err)
	code(t, h.Order(wire.OrderReceipt, signedBy(t, other, good)), "supervise.receipt.signature")
	bent := signedBy(t, h.Cloud, good)
	bent.Signed[len(bent.Signed)-4] ^= 1
	code(t, h.Order(wire.OrderReceipt, bent), "supervise.receipt.signature")
	moved := signedBy(t, h.Cloud, good)
	moved.Sitting = "another"
	code(t, h.Order(wire.OrderReceipt, moved), "supervise.receipt.content")
	less := good
	less.Handins = less.Handins[:1]
	code(t, h.Order(wire.OrderReceipt, signedBy(t, h.Cloud, less)), "supervise.receipt.content")
	c, err = h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Nil(t, c.Centre.Receipt)

	for range 2 { // once more changes nothing
		require.NoError(t, h.Order(wire.OrderReceipt, signedBy(t, h.Cloud, good)))
		c, err = h.Supervise.Reconcile(apptest.Sitting)
		require.NoError(t, err)
		require.Equal(t, "QS-1", c.Centre.Receipt.Number)
		require.Equal(t, "A01", c.Centre.Receipt.Handins[0].Seat)
		require.Equal(t, pexam.ReceiptCode(apptest.Sitting, p.Session.Attempt, p.Attempt().Handin.Digest), c.Centre.Receipt.Handins[0].Code)
	}
	require.Empty(t, redAlarms(h))
}

func redAlarms(h *apptest.House) (out []alarm.Alarm) {
	h.View(func(r store.Reader) error {
		list, err := alarm.List(r, apptest.Sitting)
		for _, a := range list {
			if a.Level == wire.AlarmRed && a.Open() {
				out = append(out, a)
			}
		}
		return err
	})
	return out
}

// TestADisputeIsAnAlarmUntilTheReceiptComes: the centre holds something else, by
// its own word or by what it has signed; the alarm says what and ends with the
// receipt.
func TestADisputeIsAnAlarmUntilTheReceiptComes(t *testing.T) {
	t.Parallel()
	h, p, q := finished(t)
	c, err := h.Supervise.Close(h.Ctx(), apptest.Sitting, h.Waive("无网络"))
	require.NoError(t, err)
	said := wire.SittingDisputed{Sitting: apptest.Sitting, Alarm: "al-1", Differences: []string{"座位 A01 的答卷摘要不一致"}}
	require.NoError(t, h.Order(wire.OrderDisputed, said))
	require.NoError(t, h.Order(wire.OrderDisputed, said), "again")
	require.Empty(t, h.Records(wire.KindAlarmCleared))
	now := redAlarms(h)
	require.Len(t, now, 1)
	require.Equal(t, "al-1", now[0].ID, "the one that stands at the centre")
	require.Contains(t, now[0].Text, "座位 A01 的答卷摘要不一致")
	again, err := h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Equal(t, said.Differences, again.Centre.Disputed)

	require.NoError(t, h.Order(wire.OrderReceipt, signedBy(t, h.Cloud, receiptOf(h, c, p, q))))
	require.Empty(t, redAlarms(h))
	again, err = h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Empty(t, again.Centre.Disputed)

	wrong := receiptOf(h, c, p, q)
	wrong.Answers++
	require.NoError(t, h.Order(wire.OrderReceipt, signedBy(t, h.Cloud, wrong)), "genuine, and about something else")
	require.Len(t, redAlarms(h), 1)
	again, err = h.Supervise.Reconcile(apptest.Sitting)
	require.NoError(t, err)
	require.Nil(t, again.Centre.Receipt)
}
