package supervise

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/envelope"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

const (
	confirmedBucket = "supervise_confirmed" // sitting → when the centre had confirmed its last hand-in
	receiptBucket   = "supervise_receipt"   // sitting → signed
)

// signed is the centre's last word on a closed sitting, as it lies here.
type signed struct {
	Signed   []byte    `json:"signed,omitempty"`
	Came     time.Time `json:"came,omitzero"`
	Disputed []string  `json:"disputed,omitempty"`
}

// Centre is what the centre has said of a sitting: how many hand-ins it holds,
// and whether it has signed for them. It lives on after the sign-off.
type Centre struct {
	Confirmed int       `json:"confirmed" doc:"考试中心已确认的交卷份数"`
	At        time.Time `json:"at,omitzero" doc:"全部确认的时间"`
	Receipt   *Receipt  `json:"receipt,omitempty" doc:"考试中心的签收回执；没有：尚未签收"`
	Disputed  []string  `json:"disputed" doc:"考试中心持有的与本场次结束时不一致之处；有则不签收"`
}

// Receipt is the centre's signed receipt, verified each time it is shown.
type Receipt struct {
	Number  string       `json:"number"`
	At      time.Time    `json:"at"`
	Came    time.Time    `json:"came" doc:"到达本考场的时间"`
	Count   int          `json:"count" doc:"答卷份数"`
	Answers int          `json:"answers" doc:"作答记录条数"`
	Digest  string       `json:"digest"`
	Handins []HandinCode `json:"handins"`
	// Whole is the hash of the signed receipt, to compare over the telephone.
	Whole string `json:"whole" doc:"回执全文摘要（SM3）"`
}

// HandinCode is one hand-in of a receipt, with the code its candidate was shown.
type HandinCode struct {
	Seat   string `json:"seat"`
	Code   string `json:"code"`
	Digest string `json:"digest"`
}

// since adds to a signed closing what the centre has said since.
func (s *Service) since(r store.Reader, c *Closing) error {
	c.fill()
	list, err := attempt.InSitting(r, c.Sitting)
	if err != nil {
		return err
	}
	c.Centre = Centre{Disputed: []string{}}
	seats := make(map[string]string, len(list))
	for _, a := range list {
		seats[a.ID] = a.Seat
		if a.Handin != nil && a.Handin.AtCentre(r, c.Head) {
			c.Centre.Confirmed++
		}
	}
	c.Sums = sums(*c, c.Centre.Confirmed)
	if c.Centre.At, _, err = store.Load[time.Time](r, confirmedBucket, c.Sitting); err != nil {
		return err
	}
	word, ok, err := store.Load[signed](r, receiptBucket, c.Sitting)
	if err != nil || !ok {
		return err
	}
	if c.Centre.Disputed = append(c.Centre.Disputed, word.Disputed...); word.Signed == nil {
		return nil
	}
	b, err := s.receipt(c.Sitting, word.Signed)
	if err != nil {
		return err
	}
	c.Centre.Receipt = &Receipt{
		Number: b.Number, At: b.At, Came: word.Came, Count: b.Count, Answers: b.Answers, Digest: b.Digest, Handins: []HandinCode{},
		Whole: sm.Sum(word.Signed).String(),
	}
	for _, h := range b.Handins {
		c.Centre.Receipt.Handins = append(c.Centre.Receipt.Handins, HandinCode{seats[h.Attempt], pexam.ReceiptCode(c.Sitting, h.Attempt, h.Digest), h.Digest})
	}
	return nil
}

// receipt verifies a receipt with the centre's key and reads it. It fails with
// supervise.receipt.signature and supervise.receipt.content.
func (s *Service) receipt(sitting string, signed []byte) (wire.Receipt, error) {
	raw, err := envelope.Verify(s.Cloud, []byte(wire.ReceiptBinding), signed)
	if err != nil {
		return wire.Receipt{}, fault.Invalidf("supervise.receipt.signature", "签收回执的签名不是考试中心的，不予采信；请联系考试中心重新签收").With(err)
	}
	b, err := wire.Decode[wire.Receipt](raw)
	if err != nil {
		return b, err
	}
	held := make(map[string]string, len(b.Handins))
	for _, h := range b.Handins {
		held[h.Attempt] = h.Digest
	}
	if b.Sitting != sitting || len(held) != b.Count || pexam.SittingDigest(held).String() != b.Digest {
		return b, fault.Invalidf("supervise.receipt.content", "签收回执前后矛盾或属于别的场次，不予采信；请联系考试中心重新签收")
	}
	return b, nil
}

// ApplyReceipt takes the centre's word on a closed sitting: its signed receipt,
// or that it does not hold the same. A receipt that is genuine and says something
// else than was closed here is a dispute as well. It fails with
// supervise.receipt.signature, supervise.receipt.content, supervise.receipt.early.
func (s *Service) ApplyReceipt(_ context.Context, tx *store.Tx, o wire.Order) error {
	if o.Kind == wire.OrderDisputed {
		b, err := wire.Decode[wire.SittingDisputed](o.Body)
		if err != nil {
			return err
		}
		return s.dispute(tx, b.Sitting, b.Alarm, b.Differences)
	}
	b, err := wire.Decode[wire.SittingReceipt](o.Body)
	if err != nil {
		return err
	}
	r, err := s.receipt(b.Sitting, b.Signed)
	if err != nil {
		return err
	}
	c, err := closed(tx, b.Sitting)
	if err != nil {
		return err
	}
	if r.Digest != c.Digest || r.Count != c.Submitted || r.Answers != c.Answers {
		return s.dispute(tx, b.Sitting, "", []string{fmt.Sprintf("考试中心签收的是 %d 份答卷、%d 条作答记录，本考场结束时是 %d 份、%d 条%s", r.Count, r.Answers, c.Submitted, c.Answers, unlike(r.Digest != c.Digest))})
	}
	if err := alarm.End(tx, "receipt/"+b.Sitting, "考试中心已签收"); err != nil {
		return err
	}
	s.Bell.RingAll()
	return store.Save(tx, receiptBucket, b.Sitting, signed{Signed: b.Signed, Came: tx.Now()})
}

func unlike(digest bool) string {
	if digest {
		return "，答卷摘要不同"
	}
	return ""
}

func closed(r store.Reader, sitting string) (Closing, error) {
	c, ok, err := store.Load[Closing](r, closeBucket, sitting)
	if err == nil && !ok {
		err = fault.Preconditionf("supervise.receipt.early", "本考场没有结束过这个场次，不能收下签收回执；请联系考试中心核对")
	}
	return c, err
}

// dispute keeps what differs and raises a red alarm until a receipt comes.
func (s *Service) dispute(tx *store.Tx, sitting, id string, differences []string) error {
	if _, err := closed(tx, sitting); err != nil {
		return err
	}
	have, _, err := store.Load[signed](tx, receiptBucket, sitting)
	if err != nil || slices.Equal(have.Disputed, differences) {
		return err
	}
	if err := store.Save(tx, receiptBucket, sitting, signed{Disputed: differences}); err != nil {
		return err
	}
	s.Bell.RingAll()
	if err := alarm.End(tx, "receipt/"+sitting, "考试中心再次核对"); err != nil { // an older dispute about something else
		return err
	}
	return alarm.Begin(tx, "receipt/"+sitting, wire.Alarm{
		ID: id, Sitting: sitting, Level: wire.AlarmRed, Code: "receipt.differs",
		Text: "考试中心持有的答卷与本场次结束时不一致，未签收：" + strings.Join(differences, "；") + "。请保留本机数据，联系考试中心核对",
	})
}

// confirm notes of each closed sitting when the centre had confirmed all of it.
func (w *Watcher) confirm(ctx context.Context) {
	var met []string
	err := w.s.Store.View(func(r store.Reader) error {
		all, err := exam.All(r)
		if err != nil {
			return err
		}
		for _, st := range exam.Real(all) {
			if st.State != exam.Closed || r.Get(confirmedBucket, st.Sitting) != nil {
				continue
			}
			c, ok, err := store.Load[Closing](r, closeBucket, st.Sitting)
			if err != nil || !ok {
				return err
			}
			// everything up to the closing is more than every hand-in
			if store.Acked(r, journal.LaneExam).Seq >= c.Head {
				met = append(met, st.Sitting)
			}
		}
		return nil
	})
	if err != nil || len(met) == 0 {
		return
	}
	err = w.s.Store.Update(ctx, func(tx *store.Tx) error {
		for _, id := range met {
			if err := store.Save(tx, confirmedBucket, id, tx.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.s.Log.ErrorContext(ctx, "confirmation not noted", slog.Any("error", err))
		return
	}
	w.s.Bell.Ring(bell.Board)
}
