package score

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Earlier is a publication that was withdrawn to be corrected.
type Earlier struct {
	PublishedAt time.Time `json:"published_at" db:"published_at"`
	WithdrawnAt time.Time `json:"withdrawn_at" db:"withdrawn_at"`
	WithdrawnBy string    `json:"withdrawn_by" db:"withdrawn_by"`
	Reason      string    `json:"reason" db:"reason"`
	Attempts    int       `json:"attempts" db:"attempts"`
}

const (
	earlierSQL = `SELECT (round->>'published_at')::timestamptz AS published_at, withdrawn_at, withdrawn_by, reason,
		jsonb_array_length(scores) AS attempts FROM exam_score_earlier WHERE sitting = $1 ORDER BY withdrawn_at DESC`
	// the rows go in as they are, MACs and all
	keepEarlierSQL = `INSERT INTO exam_score_earlier (sitting, round, scores, withdrawn_at, withdrawn_by, reason)
		SELECT r.sitting, to_jsonb(r), (SELECT coalesce(jsonb_agg(to_jsonb(e) ORDER BY e.attempt), '[]') FROM exam_score e WHERE e.sitting = r.sitting),
			$2, $3, $4 FROM exam_score_round r WHERE r.sitting = $1`
	clearRoundSQL = `DELETE FROM exam_score_round WHERE sitting = $1`
)

// Correct withdraws published results because something was found afterwards:
// what was published is kept, and the sitting is rescored, confirmed and
// published again by two people. Faults: exam.score.correct.reason,
// exam.sitting.correct.state.
func (s *Service) Correct(ctx context.Context, id, reason string) (Result, error) {
	actor, err := auth.Require(ctx, PermRun)
	if err != nil {
		return Result{}, err
	}
	reason, ok := person.OneLine(reason)
	if !ok {
		return Result{}, fault.New(fault.Invalid, "exam.score.correct.reason", "请写明更正原因，不含换行和不可见字符")
	}
	var out Result
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.sittings.Locked(ctx, tx, PermRun, id)
		if err != nil {
			return err
		}
		if err := s.sittings.Move(ctx, tx, &in, sitting.VerbCorrect); err != nil {
			return err
		}
		now := s.clock.Now()
		if _, err := tx.Exec(ctx, keepEarlierSQL, id, now, actor.Name, reason); err != nil {
			return fmt.Errorf("keep earlier scores: %w", err)
		}
		for _, sql := range []string{clearSQL, clearItemsSQL, clearRoundSQL} {
			if _, err := tx.Exec(ctx, sql, id); err != nil {
				return fmt.Errorf("withdraw scores: %w", err)
			}
		}
		if err := s.credits.Settle(ctx, tx, id, "成绩更正中撤回，以重新公布的为准"); err != nil {
			return err
		}
		err = s.sittings.Note(ctx, tx, id, sitting.Receipt{
			Kind: sitting.ReceiptCorrected, Ref: now.UTC().Format("20060102150405.000000"), OK: true, Who: actor.Name, At: now, Text: "撤回已发布的成绩：" + reason,
		})
		if err != nil {
			return err
		}
		out = Result{State: in.State}
		return s.audit.Record(ctx, tx, "exam.score.correct", id, map[string]any{"reason": reason})
	})
}
