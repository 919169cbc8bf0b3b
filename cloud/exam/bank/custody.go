package bank

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
)

// PermCustody lists who saw which question when. It shows no question.
const PermCustody = "exam.bank.custody"

// Seen is one look of one person at one question. Show is opening it, Preview a
// paper that held it, Export a workbook.
type Seen struct {
	Question string    `json:"question" db:"question"`
	Number   int64     `json:"number" db:"number"`
	Version  int       `json:"version" db:"version"`
	Type     string    `json:"type" db:"type"`
	Chapter  string    `json:"chapter" db:"chapter"`
	Who      string    `json:"who" db:"who"`
	Name     string    `json:"name" db:"name"`
	How      string    `json:"how" db:"how" enum:"SHOW,PREVIEW,EXPORT"`
	At       time.Time `json:"at" db:"at"`
}

// SeenFilter narrows the custody list; empty fields do not.
type SeenFilter struct {
	Question string    `query:"question" maxLength:"40" doc:"试题 id"`
	How      string    `query:"how" enum:"SHOW,PREVIEW,EXPORT" required:"false"`
	Number   int64     `query:"number" minimum:"0" doc:"题号，如 120"`
	From     time.Time `query:"from" doc:"不早于"`
	To       time.Time `query:"to" doc:"早于"`
}

// Saw records, in the caller's transaction, that the acting person is shown
// questions. It asks for no right: whoever shows them has.
func (s *Service) Saw(ctx context.Context, tx pgx.Tx, questions []string, how string) error {
	actor, _ := auth.From(ctx)
	now := s.clock.Now()
	if _, err := tx.Exec(ctx, sawSQL, questions, actor.Username, actor.Name, how, now); err != nil {
		return fmt.Errorf("record custody: %w", err)
	}
	return nil
}

// Custody lists who saw which question when, the newest first.
func (s *Service) Custody(ctx context.Context, f SeenFilter, page db.Page) (db.List[Seen], error) {
	if _, err := auth.Require(ctx, PermCustody); err != nil {
		return db.List[Seen]{}, err
	}
	w := new(db.Where).Eq("s.question", f.Question).Eq("s.how", f.How).Like(page.Q, "s.name", "s.who", "q.chapter")
	if f.Number != 0 {
		w.And("q.number = ?", f.Number)
	}
	if !f.From.IsZero() {
		w.And("s.at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.And("s.at < ?", f.To)
	}
	sorts := db.Sorts{"": "s.at DESC, q.number, q.version, s.who", "at": "s.at", "number": "q.number", "name": "s.name"}
	return db.Select[Seen](ctx, s.db, custodySQL, w, sorts, page)
}
