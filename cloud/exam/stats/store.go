package stats

import (
	"fmt"
	"strings"

	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
)

// factsSQL makes one row of every thing that is counted. $1, $2: the period;
// $3–$5: venue, category and subject or ”; $6: all venues; $7: else which.
//
// A candidate's door is the last decision there, as in a sitting's own figures;
// who has a paper was let in. Their outcome is the one that careers show.
// An irregularity that the reviewer found not made out is none; one that nobody
// has ruled on counts as reported.
const factsSQL = `WITH s AS (
		SELECT s.id, s.id AS sitting, s.number, s.title, s.venue, v.name AS venue_name, s.category, s.subject, s.starts_at, s.state,
			s.state IN ('CLOSED', 'SCORED', 'PUBLISHED') AS over
		FROM exam_sitting s JOIN exam_venue v ON v.id = s.venue
		WHERE s.starts_at >= $1 AND s.starts_at < $2 AND ($3 = '' OR s.venue = $3) AND ($4 = '' OR s.category = $4)
			AND ($5 = '' OR s.subject = $5) AND ($6 OR s.venue = ANY($7))),
	door AS (
		SELECT DISTINCT ON (d.sitting, d.candidate) d.sitting, d.candidate, d.admitted
		FROM exam_checkin d JOIN s USING (sitting) ORDER BY d.sitting, d.candidate, d.at DESC, d.record DESC),
	paper AS (
		SELECT a.sitting, a.candidate, bool_or(a.started_at IS NOT NULL) AS started, bool_or(h.attempt IS NOT NULL) AS handed_in
		FROM exam_attempt a JOIN s USING (sitting) LEFT JOIN exam_handin h ON h.sitting = a.sitting AND h.attempt = a.id
		GROUP BY a.sitting, a.candidate),
	result AS (
		SELECT DISTINCT ON (x.sitting, x.candidate) x.sitting, x.candidate, x.attempt, x.outcome, x.voided, ` + sitting.MarksSQL + ` AS score
		FROM exam_score x JOIN s USING (sitting) WHERE s.state = 'PUBLISHED' ORDER BY x.sitting, x.candidate, ` + sitting.CountsSQL + `),
	found AS (
		SELECT i.sitting, i.candidate, i.code FROM exam_irregularity i JOIN s USING (sitting)
		WHERE coalesce((SELECT r.consequence FROM exam_ruling r WHERE r.sitting = i.sitting AND r.irregularity = i.id
			ORDER BY r.id DESC LIMIT 1), '') <> 'NONE'),
	irregular AS (SELECT DISTINCT sitting, candidate FROM found),
	candidates AS (
		SELECT c.sitting, c.id AS candidate, c.name, c.admission, s.over, e.score, e.voided, paper.started, paper.handed_in,
			irregular.candidate IS NOT NULL AS irregular, door.admitted IS TRUE OR paper.candidate IS NOT NULL AS came,
			` + sitting.OutcomeSQL + ` AS outcome
		FROM s JOIN exam_candidate c USING (sitting)
			LEFT JOIN door ON door.sitting = c.sitting AND door.candidate = c.id
			LEFT JOIN paper ON paper.sitting = c.sitting AND paper.candidate = c.id
			LEFT JOIN result e ON e.sitting = c.sitting AND e.candidate = c.id
			LEFT JOIN irregular ON irregular.sitting = c.sitting AND irregular.candidate = c.id
		WHERE s.state <> 'CANCELLED'),
	people AS (
		SELECT c.sitting, c.candidate, c.name, c.admission, m.measure, m.detail
		FROM candidates c CROSS JOIN LATERAL (VALUES
			('booked', '', true), ('expected', '', NOT came AND NOT over), ('absent', '', NOT came AND over), ('admitted', '', came),
			('started', '', started), ('handed_in', '', handed_in),
			('waiting', '', came AND outcome = 'WAITING'), ('passed', score::text, outcome = 'PASSED'),
			('failed', coalesce(score::text, voided), outcome IN ('FAILED', 'VOID', 'ZERO')), ('voided', voided, outcome = 'VOID'),
			('treated', voided, outcome = 'ABSENT'), ('unstarted', '', came AND outcome IN ('NOT_STARTED', 'MISSED')),
			('withheld', '', outcome = 'WITHHELD'), ('irregular', '', irregular)
		) AS m (measure, detail, holds) WHERE m.holds),
	things AS (
		SELECT s.sitting, '' AS candidate, m.measure, '' AS detail FROM s CROSS JOIN LATERAL (VALUES
			('sittings', s.state <> 'CANCELLED'), ('cancelled', s.state = 'CANCELLED'),
			('held', EXISTS (SELECT FROM paper p WHERE p.sitting = s.sitting AND p.started))) AS m (measure, holds) WHERE m.holds
		UNION ALL SELECT sitting, candidate, 'irregularities', code FROM found
		UNION ALL SELECT v.sitting, v.candidate, m.measure,
			v.stage || ' ' || v.decision || CASE WHEN v.who NOT IN ('', 'machine') THEN ' hand' ELSE '' END
			FROM exam_verification v JOIN s USING (sitting) CROSS JOIN LATERAL (VALUES ('checks', true),
				('checks_hand', v.who NOT IN ('', 'machine')), ('checks_failed', v.decision = 'fail'), ('checks_manual', v.decision = 'manual')) AS m (measure, holds) WHERE m.holds
		UNION ALL SELECT a.sitting, a.candidate, a.level || '_alarms', a.code FROM exam_alarm a JOIN s USING (sitting)
			WHERE a.level IN ('red', 'yellow')),
	facts AS (
		SELECT s.*, p.candidate, p.name, p.admission, p.measure, coalesce(p.detail, '') AS detail FROM people p JOIN s USING (sitting)
		UNION ALL SELECT s.*, t.candidate, coalesce(c.name, ''), coalesce(c.admission, ''), t.measure, t.detail
			FROM things t JOIN s USING (sitting) LEFT JOIN exam_candidate c ON c.sitting = t.sitting AND c.id = t.candidate)
	`

const (
	kindsSQL = factsSQL + `SELECT measure, detail, count(*)::int AS count FROM facts
		WHERE measure IN ('irregularities', 'checks', 'red_alarms', 'yellow_alarms') GROUP BY measure, detail
		ORDER BY measure, count DESC, detail`
	demoSQL = factsSQL + `SELECT count(*)::int FROM facts f JOIN exam_sitting d ON d.id = f.sitting WHERE f.measure = 'sittings' AND d.demo`
	// $8: the measure; $9: one of its kinds or ''; $10: words to find, as LIKE takes them, or ''.
	matching = ` FROM facts WHERE measure = $8 AND ($9 = '' OR detail = $9)
		AND ($10 = '' OR number ILIKE $10 OR title ILIKE $10 OR venue_name ILIKE $10 OR name ILIKE $10 OR admission ILIKE $10)`
	listSQL = factsSQL + `SELECT sitting, number, title, venue, venue_name, category, subject, starts_at, candidate, name,
		admission, detail` + matching + `
		ORDER BY starts_at DESC, number, admission, detail LIMIT $11 OFFSET $12`
	countSQL = factsSQL + `SELECT count(*)::int` + matching
)

// summarySQL counts the facts by dimensions. Faults: exam.stats.by.
func summarySQL(by []string) (string, error) {
	columns := map[string]string{"venue": "''", "category": "''", "subject": "''", "period": "''"}
	var group []string
	for _, name := range by {
		d, ok := dimensions[name]
		if !ok || columns[d.column] != "''" {
			return "", fault.New(fault.Invalid, "exam.stats.by", "不支持这样分组，请从页面上选择分组方式")
		}
		columns[d.column] = d.sql
		group = append(group, d.sql)
	}
	name := "''"
	if columns["venue"] != "''" {
		name = "venue_name"
		group = append(group, name)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%sSELECT %s AS venue, %s AS venue_name, %s AS category, %s AS subject, %s AS period",
		factsSQL, columns["venue"], name, columns["category"], columns["subject"], columns["period"])
	for _, m := range Measures() {
		fmt.Fprintf(&b, ", count(*) FILTER (WHERE measure = '%s')::int AS %s", m, m)
	}
	b.WriteString(" FROM facts")
	if len(group) > 0 {
		b.WriteString(" GROUP BY " + strings.Join(group, ", ") + " ORDER BY venue_name, period, category, subject")
	}
	return b.String(), nil
}

func (f Filter) args(s auth.Scope) []any {
	venues := s.Venues
	if venues == nil {
		venues = []string{}
	}
	return []any{f.From, f.To, f.Venue, f.Category, f.Subject, s.All, venues}
}
