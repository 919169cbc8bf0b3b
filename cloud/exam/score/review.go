package score

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Verdict is how a review ends.
type Verdict string

// Verdicts: the result stands, or it has to be corrected (Correct).
const (
	Maintained Verdict = "MAINTAINED"
	Correct    Verdict = "CORRECT"
)

// Review is a candidate's request to look a published result over again (成绩
// 复查), taken by one person and answered by another.
type Review struct {
	ID         string     `json:"id" db:"id"`
	Attempt    string     `json:"attempt" db:"attempt"`
	Name       string     `json:"name" db:"name"`
	Admission  string     `json:"admission" db:"admission"`
	Statement  string     `json:"statement" db:"statement"`
	OpenedBy   string     `json:"opened_by_id" db:"opened_by"`
	OpenedName string     `json:"opened_by" db:"opened_name"`
	OpenedAt   time.Time  `json:"opened_at" db:"opened_at"`
	Outcome    Verdict    `json:"outcome" db:"outcome" enum:",MAINTAINED,CORRECT"`
	Reply      string     `json:"reply" db:"reply"`
	ClosedName string     `json:"closed_by" db:"closed_name"`
	ClosedAt   *time.Time `json:"closed_at,omitempty" db:"closed_at"`
}

const (
	reviewsSQL = `SELECT r.id, r.attempt, coalesce(c.name, '') AS name, coalesce(c.admission, '') AS admission, r.statement, r.opened_by,
		r.opened_name, r.opened_at, r.outcome, r.reply, r.closed_name, r.closed_at
		FROM exam_score_review r LEFT JOIN exam_attempt a ON a.sitting = r.sitting AND a.id = r.attempt
		LEFT JOIN exam_candidate c ON c.id = a.candidate AND c.sitting = r.sitting
		WHERE r.sitting = $1 ORDER BY r.opened_at DESC, r.id`
	openReviewSQL = `INSERT INTO exam_score_review (id, sitting, attempt, statement, opened_by, opened_name, opened_at)
		SELECT $1, $2, $3, $4, $5, $6, $7 WHERE EXISTS (SELECT FROM exam_score WHERE sitting = $2 AND attempt = $3)
		ON CONFLICT (sitting, attempt) WHERE outcome = '' DO NOTHING`
	closeReviewSQL = `UPDATE exam_score_review SET outcome = $3, reply = $4, closed_by = $5, closed_name = $6, closed_at = $7
		WHERE sitting = $1 AND id = $2 AND outcome = ''`
)

// Reviews lists the requests of a sitting, the newest first; names are masked.
func (s *Service) Reviews(ctx context.Context, id string) ([]Review, error) {
	if _, err := s.sittings.Readable(ctx, s.db, PermList, id); err != nil {
		return nil, err
	}
	return s.reviews(ctx, s.db, id)
}

func (s *Service) reviews(ctx context.Context, q db.Q, id string) ([]Review, error) {
	list, err := db.All[Review](ctx, q, reviewsSQL, id)
	for i := range list {
		list[i].Name = person.MaskName(list[i].Name)
	}
	return list, err
}

// Ask takes a request. Faults: exam.score.review.unpublished, .again, .statement.
func (s *Service) Ask(ctx context.Context, id, attempt, statement string) error {
	actor, err := auth.Require(ctx, PermReview)
	if err != nil {
		return err
	}
	statement, ok := person.OneLine(statement)
	if !ok {
		return fault.New(fault.Invalid, "exam.score.review.statement", "请写明考生的疑问，不含换行和不可见字符")
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.sittings.Locked(ctx, tx, PermReview, id)
		if err != nil {
			return err
		}
		if in.State != sitting.Published {
			return fault.New(fault.Precondition, "exam.score.review.unpublished", "成绩发布以后才能申请复查")
		}
		tag, err := tx.Exec(ctx, openReviewSQL, uuid.Must(uuid.NewV7()).String(), id, attempt, statement, actor.ID, actor.Name, s.clock.Now())
		if err != nil {
			return fmt.Errorf("open review: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "exam.score.review.again", "该考生没有成绩，或已有一份复查正在办理，请刷新")
		}
		return s.audit.Record(ctx, tx, PermReview, id, map[string]any{"attempt": attempt, "statement": statement})
	})
}

// Answer ends a review; who took the request does not answer it. Faults:
// exam.score.review.none, .self, .reply.
func (s *Service) Answer(ctx context.Context, id, review string, outcome Verdict, reply string) error {
	actor, err := auth.Require(ctx, PermInspect)
	if err != nil {
		return err
	}
	reply, ok := person.OneLine(reply)
	if !ok {
		return fault.New(fault.Invalid, "exam.score.review.reply", "请写明给考生的答复，不含换行和不可见字符")
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := s.sittings.Locked(ctx, tx, PermInspect, id); err != nil {
			return err
		}
		list, err := s.reviews(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, r := range list {
			if r.ID != review || r.Outcome != "" {
				continue
			}
			if r.OpenedBy == actor.ID {
				return fault.New(fault.Forbidden, "exam.score.review.self", "受理人不能作出复查结论，请由另一名工作人员办理")
			}
			_, err := tx.Exec(ctx, closeReviewSQL, id, review, outcome, reply, actor.ID, actor.Name, s.clock.Now())
			if err != nil {
				return fmt.Errorf("close review: %w", err)
			}
			return s.audit.Record(ctx, tx, "exam.score.answer", id, map[string]any{"attempt": r.Attempt, "outcome": outcome, "reply": reply})
		}
		return fault.New(fault.NotFound, "exam.score.review.none", "没有这份待办的复查，可能已由他人办结，请刷新")
	})
}
