package class

import (
	"context"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
)

const planColumns = `p.id, p.year, p.month, p.industry, p.category, p.kind, p.classes, p.people, p.note, p.revision,
	(SELECT count(*)::int FROM training_class c WHERE c.plan = p.id AND c.state <> 'CANCELLED') AS opened,
	(SELECT coalesce(sum(c.capacity), 0)::int FROM training_class c WHERE c.plan = p.id AND c.state <> 'CANCELLED') AS places`

const classColumns = `c.id, c.number, c.plan, c.venue, v.name AS venue_name, p.industry, c.category, c.kind,
	to_char(c.begins, 'YYYY-MM-DD') AS begins, to_char(c.ends, 'YYYY-MM-DD') AS ends, c.daily_from, c.daily_to, c.place,
	c.capacity, c.teacher, c.hours, c.state, c.reason, c.beyond, c.revision, c.state_at,
	(SELECT count(*)::int FROM training_member m WHERE m.class = c.id) AS members,
	(SELECT count(*)::int FROM training_member m WHERE m.class = c.id AND m.result = 'PASSED') AS passed,
	(SELECT count(*)::int FROM training_member m WHERE m.class = c.id AND m.result = '') AS undecided`

const (
	listPlanSQL   = `SELECT ` + planColumns + ` FROM training_plan p`
	planSQL       = listPlanSQL + ` WHERE p.id = $1`
	lockPlanSQL   = `SELECT FROM training_plan WHERE id = $1 FOR UPDATE`
	insertPlanSQL = `INSERT INTO training_plan (id, year, month, industry, category, kind, classes, people, note, created_by, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	updatePlanSQL = `UPDATE training_plan SET year = $2, month = $3, industry = $4, category = $5, kind = $6, classes = $7,
		people = $8, note = $9, changed_at = $10, revision = revision + 1 WHERE id = $1`
	removePlanSQL = `DELETE FROM training_plan WHERE id = $1`
	usedPlanSQL   = `SELECT count(*)::int FROM training_class WHERE plan = $1`

	listSQL  = `SELECT ` + classColumns + ` FROM training_class c JOIN training_plan p ON p.id = c.plan JOIN exam_venue v ON v.id = c.venue`
	classSQL = listSQL + ` WHERE c.id = $1`
	lockSQL  = `SELECT FROM training_class WHERE id = $1 FOR UPDATE`
	// the venue's row is locked, so that two classes do not take one room at once
	venueSQL  = `SELECT code, name, state FROM exam_venue WHERE id = $1 FOR UPDATE`
	lastNoSQL = `SELECT coalesce(max(right(number, 2)::int), 0) FROM training_class WHERE left(number, 10) = $1`
	clashSQL  = `SELECT number FROM training_class WHERE venue = $1 AND place = $2 AND state <> 'CANCELLED' AND id <> $7
		AND begins <= $4::date AND ends >= $3::date AND daily_from < $6 AND daily_to > $5 LIMIT 1`
	insertSQL = `INSERT INTO training_class (id, number, plan, venue, category, kind, begins, ends, daily_from, daily_to, place,
		capacity, teacher, hours, beyond, state, created_by, created_at, state_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7::date, $8::date, $9, $10, $11, $12, $13, $14, $15, 'PLANNED', $16, $17, $17)`
	updateSQL = `UPDATE training_class SET begins = $2::date, ends = $3::date, daily_from = $4, daily_to = $5, place = $6,
		capacity = $7, teacher = $8, hours = $9, beyond = $10, revision = revision + 1 WHERE id = $1`
	moveSQL = `UPDATE training_class SET state = $2, reason = $3, state_at = $4, revision = revision + 1 WHERE id = $1`

	listMemberSQL = `SELECT m.id, m.seq, m.name, m.idno_mask, m.mobile_mask, m.hours, m.result, m.result_by, m.result_at
		FROM training_member m`
	lastSeqSQL = `SELECT coalesce(max(seq), 0) FROM training_member WHERE class = $1`
	blindsSQL  = `SELECT idno_blind FROM training_member WHERE class = $1`
	presentSQL = `SELECT idno_blind, '' AS number FROM training_member WHERE class = $1 AND idno_blind = ANY($2)`
	// who is in another class of the category at that time
	elsewhereSQL = `SELECT m.idno_blind, c.number FROM training_member m JOIN training_class c ON c.id = m.class
		WHERE m.idno_blind = ANY($2) AND c.id <> $1 AND c.state <> 'CANCELLED' AND c.category = $3
			AND c.begins <= $5::date AND c.ends >= $4::date`
	insertMemberSQL = `INSERT INTO training_member (id, class, seq, name, idno, idno_blind, idno_mask, mobile, mobile_mask)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	removeMemberSQL = `DELETE FROM training_member WHERE class = $1 AND id = $2`
	resultSQL       = `UPDATE training_member SET hours = $3, result = $4, result_by = $5, result_at = $6 WHERE class = $1 AND id = $2`
	graduatedSQL    = `SELECT EXISTS (SELECT FROM training_member m JOIN training_class c ON c.id = m.class
		WHERE m.idno_blind = $1 AND c.category = $2 AND m.result = 'PASSED' AND c.state = 'FINISHED')`
	sealedSQL = `SELECT id, name, idno, mobile FROM training_member WHERE class = $1 AND result = 'PASSED'
		AND (cardinality($2::text[]) = 0 OR id = ANY($2)) ORDER BY seq`

	graduateSQL = `SELECT id FROM training_member WHERE class = $1 AND idno_blind = ANY($2) AND result = 'PASSED' ORDER BY seq LIMIT 1`
)

var (
	planSorts = db.Sorts{"": "p.year DESC, p.month DESC, p.category, p.kind, p.id", "month": "p.year * 12 + p.month", "category": "p.category"}
	sorts     = db.Sorts{
		"": "c.begins DESC, c.number DESC", "begins": "c.begins", "number": "c.number", "state": "c.state", "venue": "v.name",
	}
	memberSorts = db.Sorts{"": "m.seq", "seq": "m.seq", "name": "m.name", "result": "m.result", "hours": "m.hours"}
)

func listPlans(ctx context.Context, q db.Q, f PlanFilter, page db.Page) (db.List[Plan], error) {
	w := new(db.Where).Eq("p.industry", f.Industry).Eq("p.category", f.Category).Eq("p.kind", f.Kind).Like(page.Q, "p.category", "p.note")
	if f.Year > 0 {
		w.And("p.year = ?", f.Year)
	}
	if f.Month > 0 {
		w.And("p.month = ?", f.Month)
	}
	return db.Select[Plan](ctx, q, listPlanSQL, w, planSorts, page)
}

func list(ctx context.Context, q db.Q, scope auth.Scope, f Filter, page db.Page) (db.List[Class], error) {
	w := new(db.Where).Scope("c.venue", scope.All, scope.Venues).Eq("c.venue", f.Venue).Eq("c.state", f.State).
		Eq("c.category", f.Category).Eq("c.kind", f.Kind).Eq("p.industry", f.Industry).Eq("c.plan", f.Plan).
		Like(page.Q, "c.number", "c.teacher", "c.place")
	if f.From != "" {
		w.And("c.ends >= ?::date", f.From)
	}
	if f.To != "" {
		w.And("c.begins <= ?::date", f.To)
	}
	return db.Select[Class](ctx, q, listSQL, w, sorts, page)
}

func listMembers(ctx context.Context, q db.Q, id, result string, blind []byte, page db.Page) (db.List[Member], error) {
	w := new(db.Where).And("m.class = ?", id)
	if result == "NONE" {
		w.And("m.result = ''")
	} else {
		w.Eq("m.result", result)
	}
	if blind != nil {
		w.And("m.idno_blind = ?", blind)
	} else {
		w.Like(page.Q, "m.name")
	}
	return db.Select[Member](ctx, q, listMemberSQL, w, memberSorts, page)
}
