package paper

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

const ruleColumns = `r.id, r.version, r.name, r.category, r.subject, r.body, r.retired, r.avoid_papers::int AS avoid_papers, r.overlap_cap::int AS overlap_cap, r.saved_name, r.saved_at,
	(SELECT count(*)::int FROM exam_sitting s WHERE s.rule = r.id AND s.rule_version = r.version) AS sittings,
	r.version = (SELECT max(l.version) FROM exam_rule l WHERE l.id = r.id) AS latest`

const (
	listSQL   = `SELECT ` + ruleColumns + ` FROM exam_rule r`
	ruleSQL   = `SELECT ` + ruleColumns + ` FROM exam_rule r WHERE r.id = $1 AND r.version = $2`
	insertSQL = `INSERT INTO exam_rule (id, version, name, category, subject, body, saved_by, saved_name, saved_at,
		avoid_papers, overlap_cap) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	updateSQL = `UPDATE exam_rule SET name = $3, category = $4, subject = $5, body = $6, saved_by = $7, saved_name = $8,
		saved_at = $9, avoid_papers = $10, overlap_cap = $11 WHERE id = $1 AND version = $2`
	// every writer of a rule, and a sitting that begins to use it, locks its first version
	lockSQL   = `SELECT version FROM exam_rule WHERE id = $1 AND version = 1 FOR UPDATE`
	retireSQL = `UPDATE exam_rule SET retired = $3 WHERE id = $1 AND version = $2`
)

func readRule(ctx context.Context, q db.Q, id string, version int) (Rule, error) {
	rows, err := q.Query(ctx, ruleSQL, id, version)
	if err != nil {
		return Rule{}, fmt.Errorf("read rule: %w", err)
	}
	return db.One(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Rule]))
}

var sorts = db.Sorts{
	"": "r.saved_at DESC, r.id, r.version DESC", "name": "r.name", "category": "r.category", "saved_at": "r.saved_at",
}

func listRules(ctx context.Context, q db.Q, category, subject string, all bool, page db.Page) (db.List[Rule], error) {
	w := new(db.Where).Eq("r.category", category).Eq("r.subject", subject).Like(page.Q, "r.name")
	if !all {
		w.And("r.version = (SELECT max(l.version) FROM exam_rule l WHERE l.id = r.id)").And("NOT r.retired")
	}
	return db.Select[Rule](ctx, q, listSQL, w, sorts, page)
}

func lockRule(ctx context.Context, q db.Q, id string) error {
	var version int
	_, err := db.One(version, q.QueryRow(ctx, lockSQL, id).Scan(&version))
	return err
}
