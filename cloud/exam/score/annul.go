package score

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Annulment takes a faulty question out of a sitting for everybody (M65): who
// was asked it gets its full marks, whatever they answered. Nobody is worse off
// for it, and papers stay what they were.
type Annulment struct {
	Sitting  string    `json:"-" db:"sitting"`
	Question string    `json:"question" db:"question"`
	Annulled bool      `json:"annulled" db:"annulled"`
	Reason   string    `json:"reason" db:"reason"`
	Who      string    `json:"-" db:"who"`
	WhoName  string    `json:"who" db:"who_name"`
	At       time.Time `json:"at" db:"at"`
	MAC      []byte    `json:"-" db:"mac"`
}

const (
	annulmentsSQL = `SELECT DISTINCT ON (question) sitting, question, annulled, reason, who, who_name, at, mac FROM exam_annulment
		WHERE sitting = $1 ORDER BY question, id DESC`
	putAnnulmentSQL = `INSERT INTO exam_annulment (sitting, question, annulled, reason, who, who_name, at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
)

func (a *Annulment) parts() [][]byte {
	return [][]byte{
		[]byte("exam_annulment"), []byte(a.Sitting), []byte(a.Question), []byte(strconv.FormatBool(a.Annulled)), []byte(a.Reason),
		[]byte(a.Who), stamp(&a.At),
	}
}

// annulled are the questions of a sitting that count for everybody. Fault:
// exam.score.tampered.
func (s *Service) annulled(ctx context.Context, q db.Q, id string) (map[string]bool, error) {
	list, err := db.All[Annulment](ctx, q, annulmentsSQL, id)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for i := range list {
		if !s.keys.CheckRowMAC(list[i].MAC, list[i].parts()...) {
			return nil, errTampered
		}
		out[list[i].Question] = list[i].Annulled
	}
	return out, nil
}

// Annul annuls a question for everybody in a sitting, or takes that back.
// Faults: exam.score.annul.question, .same, .reason, .published.
func (s *Service) Annul(ctx context.Context, id, question string, annul bool, reason string) error {
	actor, err := auth.Require(ctx, PermAnnul)
	if err != nil {
		return err
	}
	reason, ok := person.OneLine(reason)
	if !ok {
		return fault.New(fault.Invalid, "exam.score.annul.reason", "请写明题目有什么问题，不含换行和不可见字符")
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.sittings.Locked(ctx, tx, PermAnnul, id)
		if err != nil {
			return err
		}
		if in.State == sitting.Published {
			return fault.New(fault.Precondition, "exam.score.annul.published", "成绩已发布；请先更正成绩，再作废试题")
		}
		sent, err := s.sittings.SentTo(ctx, tx, id)
		if err != nil {
			return err
		}
		if !contains(sent.Range, question) {
			return fault.New(fault.Invalid, "exam.score.annul.question", "本场次的考题范围里没有这道题，请从答卷中选择")
		}
		now, err := s.annulled(ctx, tx, id)
		if err != nil {
			return err
		}
		if now[question] == annul {
			return fault.New(fault.Conflict, "exam.score.annul.same", "这道题的状态已被他人改为所选状态，请刷新")
		}
		a := Annulment{Sitting: id, Question: question, Annulled: annul, Reason: reason, Who: actor.ID, WhoName: actor.Name, At: s.clock.Now()}
		_, err = tx.Exec(ctx, putAnnulmentSQL, id, question, annul, reason, a.Who, a.WhoName, a.At, s.keys.RowMAC(a.parts()...))
		if err != nil {
			return fmt.Errorf("annul question: %w", err)
		}
		return s.audit.Record(ctx, tx, PermAnnul, id, map[string]any{"question": question, "annulled": annul, "reason": reason})
	})
}

func contains(r exam.Range, question string) bool {
	for i := range r.Questions {
		if r.Questions[i].ID == question {
			return true
		}
	}
	return false
}

// grant gives the full marks of annulled questions to a score.
func (c *Score) grant(paper *exam.Paper, annulled map[string]bool) {
	for i, it := range paper.Items {
		if !annulled[it.Question] {
			continue
		}
		c.Score += int(it.Worth - c.Items[i].Got)
		c.Items[i].Got = it.Worth
	}
	c.Passed = c.Score >= c.Pass
}
