package practical

import (
	"context"
	"fmt"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
)

const (
	schemesSQL = `SELECT p.id, p.category, p.version, p.state, p.name, p.body, p.saved_name, p.saved_at, p.mac,
		(SELECT count(*)::int FROM exam_practical_sitting a WHERE a.scheme = p.id) AS sittings FROM exam_practical_scheme p`
	schemeSQL     = schemesSQL + ` WHERE p.id = $1`
	lockSchemeSQL = schemesSQL + ` WHERE p.id = $1 FOR UPDATE OF p`
	inUseSQL      = schemesSQL + ` WHERE p.category = $1 AND p.state = 'IN_USE' FOR UPDATE OF p`
	draftSQL      = `SELECT count(*)::int FROM exam_practical_scheme WHERE category = $1 AND state = 'DRAFT'`
	lastSQL       = `SELECT coalesce(max(version), 0)::int FROM exam_practical_scheme WHERE category = $1`
	addSchemeSQL  = `INSERT INTO exam_practical_scheme (id, category, version, state, name, body, saved_by, saved_name, saved_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	putSchemeSQL = `UPDATE exam_practical_scheme SET state = $2, name = $3, body = $4, saved_by = $5, saved_name = $6, saved_at = $7,
		mac = $8 WHERE id = $1`
	// writers of schemes are few; two first drafts of one category must not collide
	writersSQL = `LOCK TABLE exam_practical_scheme IN SHARE ROW EXCLUSIVE MODE`

	arrangedSQL = `SELECT a.sitting, s.number, s.title, s.venue, v.name AS venue_name, s.category, s.state, s.starts_at, a.scheme,
		p.name AS scheme_name, p.version, a.by_name, a.at, a.mac,
		(SELECT count(*)::int FROM exam_candidate c WHERE c.sitting = a.sitting) AS candidates,
		(SELECT count(*)::int FROM exam_practical_sheet t WHERE t.sitting = a.sitting AND t.state = 'SUBMITTED') AS waiting,
		(SELECT count(*)::int FROM exam_practical_sheet t WHERE t.sitting = a.sitting AND t.state = 'CONFIRMED') AS confirmed,
		(SELECT count(*)::int FROM exam_practical_sheet t WHERE t.sitting = a.sitting AND t.state = 'REJECTED' AND NOT EXISTS
			(SELECT 1 FROM exam_practical_sheet n WHERE n.sitting = t.sitting AND n.candidate = t.candidate AND n.revision > t.revision)) AS rejected
		FROM exam_practical_sitting a JOIN exam_sitting s ON s.id = a.sitting JOIN exam_venue v ON v.id = s.venue
		JOIN exam_practical_scheme p ON p.id = a.scheme`
	arrangementSQL = arrangedSQL + ` WHERE a.sitting = $1`
	aheadSQL       = arrangedSQL + ` WHERE s.venue = $1 AND s.state NOT IN ('PUBLISHED', 'CANCELLED') ORDER BY s.starts_at, s.id`
	arrangeSQL     = `INSERT INTO exam_practical_sitting (sitting, scheme, by_name, at, mac) VALUES ($1, $2, $3, $4, $5)`

	latestSQL = `NOT EXISTS (SELECT 1 FROM exam_practical_sheet n WHERE n.sitting = t.sitting AND n.candidate = t.candidate AND n.revision > t.revision)`
	sheetsSQL = `SELECT t.id, t.sitting, s.number, s.title, s.venue, v.name AS venue_name, s.category, t.candidate,
		coalesce(c.name, '') AS name, coalesce(c.admission, '') AS admission, coalesce(c.idno_mask, '') AS idno_mask, t.scheme,
		t.revision, ` + latestSQL + ` AS latest, t.items, t.remark, t.venue_score, t.score, t.failed, t.passed, t.difference, t.examiners,
		t.node, t.signed_at, t.received_at, t.state, t.reason, t.decided_by, t.decided_name, t.decided_at, t.mac
		FROM exam_practical_sheet t JOIN exam_sitting s ON s.id = t.sitting JOIN exam_venue v ON v.id = s.venue
		LEFT JOIN exam_candidate c ON c.id = t.candidate AND c.sitting = t.sitting`
	sheetSQL     = sheetsSQL + ` WHERE t.id = $1`
	lockSheetSQL = sheetsSQL + ` WHERE t.id = $1 FOR UPDATE OF t`
	revisionsSQL = sheetsSQL + ` WHERE t.sitting = $1 AND t.candidate = $2 ORDER BY t.revision DESC`
	decisionsSQL = sheetsSQL + ` WHERE t.sitting = $1 AND t.state <> 'SUBMITTED' AND ` + latestSQL + ` ORDER BY t.id`
	addSheetSQL  = `INSERT INTO exam_practical_sheet (id, sitting, candidate, scheme, revision, items, remark, venue_score, score, failed,
		passed, difference, examiners, node, signed_at, received_at, state, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	decideSQL = `UPDATE exam_practical_sheet SET state = $2, reason = $3, decided_by = $4, decided_name = $5, decided_at = $6, mac = $7
		WHERE id = $1`

	venueOfSQL  = `SELECT venue FROM exam_sitting WHERE id = $1`
	admittedSQL = `SELECT coalesce((SELECT admitted FROM exam_checkin WHERE sitting = $1 AND candidate = $2
		ORDER BY at DESC, record DESC LIMIT 1), false)`
	bookedSQL = `SELECT EXISTS (SELECT 1 FROM exam_candidate WHERE sitting = $1 AND id = $2)`
)

var schemeSorts = db.Sorts{"": "p.category, p.version DESC", "category": "p.category", "saved_at": "p.saved_at", "name": "p.name"}

func listSchemes(ctx context.Context, q db.Q, category string, all bool, page db.Page) (db.List[Standard], error) {
	w := new(db.Where).Eq("p.category", category).Like(page.Q, "p.name", "p.category")
	if !all {
		w.And("p.state <> 'SUCCEEDED'")
	}
	return db.Select[Standard](ctx, q, schemesSQL, w, schemeSorts, page)
}

var arrangedSorts = db.Sorts{"": "s.starts_at DESC, s.id", "starts_at": "s.starts_at", "number": "s.number", "venue": "v.name"}

func listArranged(ctx context.Context, q db.Q, scope auth.Scope, f Filter, page db.Page) (db.List[Arrangement], error) {
	w := new(db.Where).Scope("s.venue", scope.All, scope.Venues).Eq("s.venue", f.Venue).Eq("s.category", f.Category).
		Like(page.Q, "s.title", "s.number", "v.name")
	return db.Select[Arrangement](ctx, q, arrangedSQL, w, arrangedSorts, page)
}

var sheetSorts = db.Sorts{
	"": "t.received_at DESC, t.id", "received_at": "t.received_at", "score": "t.score", "name": "c.name", "admission": "c.admission",
	"state": "t.state", "number": "s.number", "venue": "v.name",
}

func listSheets(ctx context.Context, q db.Q, scope auth.Scope, f Filter, page db.Page) (db.List[Sheet], error) {
	w := new(db.Where).Scope("s.venue", scope.All, scope.Venues).Eq("s.venue", f.Venue).Eq("t.sitting", f.Sitting).
		Eq("s.category", f.Category).Eq("t.state", f.State).Like(page.Q, "c.name", "c.admission", "s.number", "s.title")
	if f.Passed != "" {
		w.And("t.passed = ?", f.Passed == "yes")
	}
	if !f.All {
		w.And(latestSQL)
	}
	return db.Select[Sheet](ctx, q, sheetsSQL, w, sheetSorts, page)
}

func insertSheet(ctx context.Context, q db.Q, s Sheet) error {
	_, err := q.Exec(ctx, addSheetSQL, s.ID, s.Sitting, s.Candidate, s.Scheme, s.Revision, s.Items, s.Remark, s.VenueScore, s.Score,
		s.Failed, s.Passed, s.Difference, s.Examiners, s.Node, s.SignedAt, s.ReceivedAt, s.State, s.MAC)
	if err != nil {
		return fmt.Errorf("insert sheet: %w", err)
	}
	return nil
}
