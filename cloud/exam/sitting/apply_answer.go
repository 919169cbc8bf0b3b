package sitting

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// answerColumns are the columns of a save, as answer queues it.
var answerColumns = []string{"sitting", "attempt", "item", "revision", "choice", "fence", "counter", "elapsed_ms", "node", "record", "at"}

// answer queues a save; flush stores all of a batch together.
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
	a.touched[b.Sitting] = true
	choice := append([]string{}, b.Choice...) // a cleared answer is an empty one, not none
	a.answers = append(a.answers, []any{
		b.Sitting, b.Attempt, b.Item, revision, choice, fence, counter, b.Elapsed, a.node, number(rec), rec.At,
	})
	return nil
}

// flush stores the queued saves. All are kept; which is the answer is decided
// by revision when it is read. Nearly always all of them are new and go in by
// COPY; when one is there already, each is looked at by itself.
func (a *applier) flush(ctx context.Context) error {
	if len(a.answers) == 0 {
		return nil
	}
	err := pgx.BeginFunc(ctx, a.tx, func(sub pgx.Tx) error {
		_, err := sub.CopyFrom(ctx, pgx.Identifier{"exam_answer"}, answerColumns, pgx.CopyFromRows(a.answers))
		return err
	})
	if !db.IsUnique(err, "") {
		return err
	}
	for _, save := range a.answers {
		added, err := a.exec(ctx, addAnswerSQL, save...)
		if err == nil && added == 0 {
			_, err = a.exec(ctx, clashingAnswerSQL, slices.Concat(save[:5], save[8:])...)
		}
		if err != nil {
			return err
		}
	}
	return nil
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
