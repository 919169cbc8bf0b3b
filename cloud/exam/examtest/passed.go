package examtest

import (
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

func (w *World) passed(id person.ID, name, category, subject string) {
	w.t.Helper()
	ctx := auth.System(w.t.Context(), "test")
	sitting, candidate := uuid.NewString(), uuid.NewString()
	now := w.Clock.Now()
	require.NoError(w.t, w.DB.InTx(ctx, func(tx pgx.Tx) error {
		for _, sql := range []struct {
			text string
			args []any
		}{
			// rule and room are nobody's business here
			{`SET LOCAL session_replication_role = replica`, nil},
			{`INSERT INTO exam_venue (id, code, name, district, address, state, created_at, changed_at) VALUES ($1, $1, $1, '浦东新区', '', 'READY', $2, $2)`, []any{sitting, now}},
			{`INSERT INTO exam_sitting (id, number, title, venue, room, category, subject, rule, rule_version, starts_at, minutes, state, created_by, created_at, state_at)
				VALUES ($1, $1, '考试', $1, '', $2, $4, '', 1, $3, 60, 'PUBLISHED', '', $3, $3)`, []any{sitting, category, now, subject}},
			{`INSERT INTO exam_candidate (id, sitting, seq, admission, name, idno, idno_blind, idno_mask, category, consent)
				VALUES ($1, $2, 1, $1, $3, '', $4, $5, $6, true)`, []any{candidate, sitting, name, w.Keys.Person(id), id.Mask(), category}},
			{`INSERT INTO exam_score (sitting, attempt, candidate, score, full_marks, pass_mark, passed, answered, paper_ok, answers_ok, score_ok, items, mac, outcome)
				VALUES ($1, $2, $2, 100, 100, 90, true, 100, true, true, true, '[]', '', 'PASSED')`, []any{sitting, candidate}},
			{`SET LOCAL session_replication_role = origin`, nil},
		} {
			if _, err := tx.Exec(ctx, sql.text, sql.args...); err != nil {
				return err
			}
		}
		rules := conduct.New(w.DB, w.Keys, w.Audit, w.Clock, nil)
		return credit.New(w.DB, w.Keys, w.Audit, w.Clock, nil, rules).Settle(ctx, tx, sitting, "公布")
	}))
}
