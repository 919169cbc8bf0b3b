package examtest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/person"
)

// Passed makes somebody have passed every subject of a category, each in a
// published sitting of today. For tests of what a passed exam leads to: the sitting itself
// is only the rows that a credit is read with.
func (w *World) Passed(id person.ID, name, category string) {
	w.t.Helper()
	for _, subject := range exam.Required(category) {
		w.passed(id, name, category, subject)
	}
}

// Sat makes somebody have sat a subject of a category at a time, with an outcome, in
// a published sitting.
func (w *World) Sat(id person.ID, name, category, subject string, at time.Time, outcome string) {
	w.t.Helper()
	sitting := w.Sitting(category, subject, at)
	candidate := uuid.NewString()
	w.must(func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE exam_sitting SET state = 'PUBLISHED' WHERE id = $1`, sitting); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO exam_candidate (id, sitting, seq, admission, name, idno, idno_blind, idno_mask, category, consent)
			VALUES ($1, $2, 1, $1, $3, '', $4, $5, $6, true)`, candidate, sitting, name, w.Keys.Person(id), id.Mask(), category); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO exam_score (sitting, attempt, candidate, score, full_marks, pass_mark, passed, answered, paper_ok, answers_ok, score_ok, items, mac, outcome)
			VALUES ($1, $2, $2, 100, 100, 90, $3 = 'PASSED', 100, true, true, true, '[]', '', $3)`, sitting, candidate, outcome); err != nil {
			return err
		}
		rules := conduct.New(w.DB, w.Keys, w.Audit, w.Clock, nil)
		return credit.New(w.DB, w.Keys, w.Audit, w.Clock, nil, rules).Settle(ctx, tx, sitting, "公布")
	})
}

func (w *World) passed(id person.ID, name, category, subject string) {
	w.t.Helper()
	w.Sat(id, name, category, subject, w.Clock.Now(), exam.OutcomePassed)
}

var venues atomic.Int64

// Sitting plans a sitting of a subject at a venue of its own: only the rows that it is
// read with.
func (w *World) Sitting(category, subject string, at time.Time) string {
	w.t.Helper()
	id, code := uuid.NewString(), fmt.Sprintf("%03d", venues.Add(1)%1000)
	w.must(func(ctx context.Context, tx pgx.Tx) error {
		for _, sql := range []struct {
			text string
			args []any
		}{
			{`INSERT INTO exam_venue (id, code, name, district, address, state, created_at, changed_at) VALUES ($1, $1, $1, '浦东新区', '', 'READY', $2, $2)`, []any{id, w.Clock.Now()}},
			{`INSERT INTO exam_rule (id, version, name, category, subject, body, saved_by, saved_name, saved_at) VALUES ($1, 1, $1, $2, $3, '{}', '', '', $4)`, []any{id, category, subject, w.Clock.Now()}},
			{`INSERT INTO exam_sitting (id, number, title, venue, room, category, subject, rule, rule_version, starts_at, minutes, state, created_by, created_at, state_at)
				VALUES ($1, $5, '考试', $1, '', $2, $4, $1, 1, $3, 60, 'PLANNED', '', $6, $6)`, []any{id, category, at, subject, at.Format("060102") + code + "01", w.Clock.Now()}},
		} {
			if _, err := tx.Exec(ctx, sql.text, sql.args...); err != nil {
				return err
			}
		}
		return nil
	})
	return id
}

// must runs a transaction that no foreign key is looked at in: room and device are
// nobody's business here.
func (w *World) must(do func(ctx context.Context, tx pgx.Tx) error) {
	w.t.Helper()
	ctx := auth.System(w.t.Context(), "test")
	require.NoError(w.t, w.DB.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		return do(ctx, tx)
	}))
}
