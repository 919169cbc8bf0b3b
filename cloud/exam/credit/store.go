package credit

import (
	"context"
	"fmt"
	"strings"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
)

const (
	tables = ` FROM exam_credit k JOIN exam_sitting s ON s.id = k.sitting JOIN exam_venue v ON v.id = s.venue
	JOIN exam_candidate c ON c.id = k.candidate AND c.sitting = k.sitting`

	columns = `k.id, k.idno_blind, c.name, c.idno_mask, k.category, k.subject, k.sitting, s.number, s.venue, v.name AS venue_name,
		k.candidate, c.admission, k.passed_on, k.valid_until, k.granted_at, k.withdrawn_at, k.withdrawn_why, k.mac`

	standingSQL = `SELECT ` + columns + `, '{}'::text[] AS held` + tables + ` WHERE k.sitting = $1 AND k.withdrawn_at IS NULL ORDER BY k.candidate, k.subject`
	ofPeopleSQL = `SELECT ` + columns + `, '{}'::text[] AS held` + tables + ` WHERE k.idno_blind = ANY($1) AND k.category = ANY($2) AND k.withdrawn_at IS NULL
		ORDER BY k.valid_until DESC, k.id`

	insertSQL = `INSERT INTO exam_credit (id, idno_blind, category, subject, sitting, candidate, passed_on, valid_until, granted_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	withdrawSQL = `UPDATE exam_credit SET withdrawn_at = $2, withdrawn_why = $3, mac = $4 WHERE id = $1`

	// who passed in a published sitting: its paper, and the practical exam as the
	// centre confirmed the newest sheet
	passedSQL = `SELECT c.id AS candidate, c.idno_blind, s.subject FROM exam_candidate c JOIN exam_sitting s ON s.id = c.sitting
		JOIN exam_score e ON e.sitting = s.id AND e.candidate = c.id AND e.outcome = 'PASSED' WHERE s.id = $1 AND s.state = 'PUBLISHED'
		UNION SELECT c.id, c.idno_blind, '` + vocabulary.Practical + `' FROM exam_candidate c JOIN exam_sitting s ON s.id = c.sitting
		JOIN LATERAL (SELECT h.state, h.passed FROM exam_practical_sheet h WHERE h.sitting = s.id AND h.candidate = c.id
			ORDER BY h.revision DESC LIMIT 1) h ON h.state = 'CONFIRMED' AND h.passed
		WHERE s.id = $1 AND s.state = 'PUBLISHED' ORDER BY 1, 3`
	sittingSQL = `SELECT category, starts_at FROM exam_sitting WHERE id = $1`
	personSQL  = `SELECT idno_blind FROM exam_candidate WHERE sitting = $1 AND id = $2`

	examsSQL = `SELECT s.id AS sitting, c.id AS candidate, s.number, s.title, s.venue, v.name AS venue_name, s.category, s.subject, s.starts_at,
		c.name, c.idno_mask, c.admission, c.kind, c.turn,
		` + sitting.OutcomeSQL + ` AS outcome,
		e.score, e.full_marks, e.pass_mark,
		CASE WHEN p.sitting IS NULL THEN '' WHEN s.state <> 'PUBLISHED' OR h.state IS DISTINCT FROM 'CONFIRMED' THEN 'WAITING'
			WHEN h.passed THEN 'PASSED' ELSE 'FAILED' END AS practical,
		(SELECT min(k.valid_until) FROM exam_credit k WHERE k.sitting = s.id AND k.candidate = c.id AND k.subject = s.subject AND k.withdrawn_at IS NULL) AS valid_until
		FROM exam_candidate c JOIN exam_sitting s ON s.id = c.sitting JOIN exam_venue v ON v.id = s.venue` + sitting.OutcomeTables + `
		LEFT JOIN exam_practical_sitting p ON p.sitting = s.id
		LEFT JOIN LATERAL (SELECT y.state, y.passed FROM exam_practical_sheet y WHERE y.sitting = s.id AND y.candidate = c.id
			ORDER BY y.revision DESC LIMIT 1) h ON true`
)

// held are the subjects of a person's category that count on a day, passed under
// whichever of their numbers; the day is
// written into the text because lists number their own parameters.
func held(today clock.Date) string {
	return `ARRAY(SELECT DISTINCT o.subject FROM exam_credit o WHERE o.idno_blind = ANY(ARRAY(` + practitioner.NumbersBy + ` WHERE m.idno_blind = k.idno_blind) || k.idno_blind) AND o.category = k.category
		AND o.withdrawn_at IS NULL AND o.valid_until > DATE '` + today.String() + `' ORDER BY o.subject)`
}

// required is how many subjects a row's category has.
func required() string {
	var b strings.Builder
	b.WriteString("CASE k.category")
	for _, c := range vocabulary.Categories() {
		if n := len(vocabulary.Required(c.Code)); n > 1 {
			fmt.Fprintf(&b, " WHEN '%s' THEN %d", c.Code, n)
		}
	}
	return b.String() + " ELSE 1 END"
}

var creditSorts = db.Sorts{"": "k.granted_at DESC, k.id", "passed_on": "k.passed_on", "valid_until": "k.valid_until", "number": "s.number", "name": "c.name"}

func list(ctx context.Context, q db.Q, scope auth.Scope, f Filter, numbers [][]byte, today clock.Date, page db.Page) (db.List[Credit], error) {
	have := held(today)
	w := new(db.Where).Eq("s.venue", f.Venue).Eq("k.category", f.Category).Eq("k.subject", f.Subject).Scope("s.venue", scope.All, scope.Venues)
	if numbers != nil {
		w.And("k.idno_blind = ANY(?)", numbers)
	} else {
		w.Like(page.Q, "c.name", "c.admission", "s.number")
	}
	now := "DATE '" + today.String() + "'"
	switch f.State {
	case Valid:
		w.And("k.withdrawn_at IS NULL AND k.valid_until > " + now)
	case Expired:
		w.And("k.withdrawn_at IS NULL AND k.valid_until <= " + now)
	case Withdrawn:
		w.And("k.withdrawn_at IS NOT NULL")
	}
	switch f.Complete {
	case "yes":
		w.And("k.withdrawn_at IS NULL AND cardinality(" + have + ") >= " + required())
	case "no":
		w.And("cardinality(" + have + ") < " + required())
	}
	return db.Select[Credit](ctx, q, `SELECT `+columns+`, `+have+` AS held`+tables, w, creditSorts, page)
}

var examSorts = db.Sorts{"": "s.starts_at DESC, c.seq, c.id", "starts_at": "s.starts_at", "number": "s.number", "name": "c.name"}

func exams(ctx context.Context, q db.Q, scope auth.Scope, f ExamFilter, numbers [][]byte, page db.Page) (db.List[Exam], error) {
	w := new(db.Where).And("s.state <> 'CANCELLED'").Eq("s.venue", f.Venue).Eq("s.category", f.Category).Scope("s.venue", scope.All, scope.Venues)
	if numbers != nil {
		w.And("c.idno_blind = ANY(?)", numbers)
	} else {
		w.Like(page.Q, "c.name", "c.admission", "s.number", "s.title")
	}
	if !f.From.IsZero() {
		w.And("s.starts_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.And("s.starts_at < ?", f.To)
	}
	if f.Outcome != "" {
		w.And(sitting.OutcomeSQL+" = ?", f.Outcome)
	}
	out, err := db.Select[Exam](ctx, q, examsSQL, w, examSorts, page)
	for i := range out.Items {
		if u := out.Items[i].Until; u != nil {
			out.Items[i].LastDay = lastDay(*u)
		}
	}
	return out, err
}
