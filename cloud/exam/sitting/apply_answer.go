package sitting

import (
	"context"
	"strings"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// answers are the answer records of a batch, column by column, as unnest
// takes them.
type answers struct {
	sitting, attempt, item, choice []string
	revision, fence, counter       []int64
	elapsed, record                []int64
	at                             []time.Time
}

// answer queues a save; flush stores all of a batch in one statement.
func (a *applier) answer(ctx context.Context, rec journal.Record) error {
	b, err := decode(ctx, a, rec, func(b *wire.Answer) string { return b.Sitting })
	if err != nil {
		return err
	}
	revision, err1 := big(b.Revision)
	fence, err2 := big(b.Fence)
	counter, err3 := big(b.Counter)
	if err1 != nil || err2 != nil || err3 != nil {
		return outOfRange()
	}
	for _, k := range b.Choice {
		if k == "" || strings.ContainsAny(k, ",\x00") {
			return fault.New(fault.Invalid, "exam.record.choice", "上报的答案不是选项编号")
		}
	}
	if strings.ContainsRune(b.Attempt+b.Item, 0) {
		return fault.New(fault.Invalid, "exam.record.text", "上报记录含有无法保存的字符")
	}
	q := &a.answers
	q.sitting, q.attempt, q.item = append(q.sitting, b.Sitting), append(q.attempt, b.Attempt), append(q.item, b.Item)
	q.choice, q.revision = append(q.choice, strings.Join(b.Choice, ",")), append(q.revision, revision)
	q.fence, q.counter = append(q.fence, fence), append(q.counter, counter)
	q.elapsed, q.record = append(q.elapsed, b.Elapsed), append(q.record, number(rec))
	q.at = append(q.at, rec.At)
	return nil
}

// flush stores the queued saves. All are kept; which is the answer is decided
// by revision when it is read.
func (a *applier) flush(ctx context.Context) error {
	q := &a.answers
	if len(q.item) == 0 {
		return nil
	}
	added, err := a.exec(ctx, addAnswersSQL, a.node, q.sitting, q.attempt, q.item, q.revision, q.choice, q.fence, q.counter,
		q.elapsed, q.record, q.at)
	if err != nil || added == int64(len(q.item)) {
		return err
	}
	_, err = a.exec(ctx, clashingAnswersSQL, a.node, q.sitting, q.attempt, q.item, q.revision, q.choice, q.record, q.at)
	return err
}

func (a *applier) audit(ctx context.Context, rec journal.Record) error {
	b, err := wire.Decode[wire.Audit](rec.Body)
	if err != nil {
		return err
	}
	seq, err := big(b.Seq)
	if err != nil {
		return err
	}
	_, err = a.exec(ctx, venueAuditSQL, a.node, seq, b.Actor, b.Action, b.Object, b.Detail, b.MAC, rec.At)
	return err
}
