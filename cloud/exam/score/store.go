package score

import (
	"context"
	"fmt"
	"time"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/db"
)

const (
	attemptsSQL = `SELECT a.id, a.candidate, a.paper, h.attempt IS NOT NULL AS handed_in, coalesce(h.answers, '') AS answers,
			a.started_at IS NOT NULL AS started, coalesce(h.score, -1)::int AS edge
		FROM exam_attempt a LEFT JOIN exam_handin h ON h.sitting = a.sitting AND h.attempt = a.id
		WHERE a.sitting = $1 AND a.paper <> '' ORDER BY a.id`
	cloudFiguresSQL = `WITH door AS (SELECT DISTINCT ON (candidate) candidate, admitted FROM exam_checkin WHERE sitting = $1
			ORDER BY candidate, at DESC, record DESC),
		sum AS (SELECT (SELECT count(*) FROM exam_candidate WHERE sitting = $1)::int AS booked,
			(SELECT count(*) FROM door JOIN exam_candidate c ON c.id = door.candidate AND c.sitting = $1 WHERE admitted)::int AS admitted)
		SELECT booked, admitted, booked - admitted AS absent,
			(SELECT count(*) FROM exam_attempt WHERE sitting = $1 AND issued_at IS NOT NULL)::int AS issued,
			(SELECT count(*) FROM exam_attempt WHERE sitting = $1 AND started_at IS NOT NULL)::int AS started,
			(SELECT count(*) FROM exam_handin WHERE sitting = $1)::int AS submitted,
			(SELECT count(*) FROM exam_answer WHERE sitting = $1)::int AS answers, '' AS digest FROM sum`
	venueFiguresSQL = `SELECT booked::int, admitted::int, absent::int, issued::int, started::int, submitted::int, answers::int,
		digest FROM exam_closeout WHERE sitting = $1`
	anomaliesSQL = `SELECT count(*)::int FROM exam_anomaly WHERE sitting = $1`

	clearSQL      = `DELETE FROM exam_score WHERE sitting = $1`
	clearItemsSQL = `DELETE FROM exam_item_stat WHERE sitting = $1`
	roundSQL      = `SELECT sitting, run_at, run_by, attempts, differences, comparison, basis, confirmed_by, confirmed_name, confirmed_at,
		waiver, published_by, published_name, published_at, mac FROM exam_score_round WHERE sitting = $1`
	putRoundSQL = `INSERT INTO exam_score_round (sitting, run_at, run_by, attempts, differences, comparison, mac, basis)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sitting) DO UPDATE SET run_at = excluded.run_at,
			run_by = excluded.run_by, attempts = excluded.attempts, differences = excluded.differences,
			comparison = excluded.comparison, confirmed_by = NULL, confirmed_name = '', confirmed_at = NULL, waiver = '',
			mac = excluded.mac, basis = excluded.basis, published_by = NULL, published_name = '', published_at = NULL`
	signRoundSQL = `UPDATE exam_score_round SET confirmed_by = $2, confirmed_name = $3, confirmed_at = $4, waiver = $5,
		published_by = $6, published_name = $7, published_at = $8, mac = $9 WHERE sitting = $1`
	scoresSQL = `SELECT attempt, sitting, candidate, edge, score, full_marks, pass_mark, passed, answered, paper_ok, answers_ok,
		score_ok, voided, outcome, identity, difference, items, mac FROM exam_score WHERE sitting = $1 ORDER BY attempt`
	ofSQL   = listSQL + ` WHERE e.sitting = $1 AND e.candidate = $2 ORDER BY e.attempt DESC LIMIT 1`
	listSQL = `SELECT e.attempt, e.candidate, coalesce(c.name, '') AS name, coalesce(c.admission, '') AS admission,
		coalesce(c.idno_mask, '') AS idno_mask, coalesce(nullif(a.seat, ''), c.seat, '') AS seat, e.edge::int AS edge, e.score::int AS score,
		e.full_marks, e.pass_mark, e.passed, e.answered, e.paper_ok, e.answers_ok, e.score_ok, e.voided, e.outcome, e.identity, e.difference
		FROM exam_score e LEFT JOIN exam_candidate c ON c.id = e.candidate AND c.sitting = e.sitting
		LEFT JOIN exam_attempt a ON a.sitting = e.sitting AND a.id = e.attempt`
)

var scoreColumns = []string{
	"sitting", "attempt", "candidate", "edge", "score", "full_marks", "pass_mark", "passed", "answered", "paper_ok",
	"answers_ok", "score_ok", "voided", "outcome", "identity", "difference", "items", "mac",
}

// Row is a result in a list; the name is masked by the service.
type Row struct {
	Attempt    string           `json:"attempt" db:"attempt"`
	Candidate  string           `json:"candidate" db:"candidate"`
	Name       string           `json:"name" db:"name"`
	Admission  string           `json:"admission" db:"admission"`
	IDNo       string           `json:"id_no" db:"idno_mask"`
	Seat       string           `json:"seat" db:"seat"`
	Edge       *int             `json:"edge,omitempty" db:"edge"`
	Score      int              `json:"score" db:"score"`
	Full       int              `json:"full" db:"full_marks"`
	Pass       int              `json:"pass" db:"pass_mark"`
	Passed     bool             `json:"passed" db:"passed"`
	Answered   int              `json:"answered" db:"answered"`
	PaperOK    bool             `json:"paper_ok" db:"paper_ok"`
	AnswersOK  bool             `json:"answers_ok" db:"answers_ok"`
	ScoreOK    bool             `json:"score_ok" db:"score_ok"`
	Voided     string           `json:"voided" db:"voided"`
	Outcome    Outcome          `json:"outcome" db:"outcome" enum:"PASSED,FAILED,VOID,ZERO,ABSENT,NOT_STARTED,WITHHELD"`
	Identity   conduct.Identity `json:"identity" db:"identity" doc:"UNDECIDED 核验没有定论，FAILED 不是本人"`
	Difference string           `json:"difference" db:"difference"`
}

// Filter narrows the results of a sitting.
type Filter struct {
	Different bool    // only those with a difference
	Outcome   Outcome // or ""
}

// attempts reads every attempt of a sitting with its standing answers.
func attempts(ctx context.Context, q db.Q, id string) ([]*Attempt, error) {
	list, err := db.All[Attempt](ctx, q, attemptsSQL, id)
	if err != nil {
		return nil, err
	}
	replies, err := sitting.Replies(ctx, q, id)
	if err != nil {
		return nil, err
	}
	out := make([]*Attempt, len(list))
	for i := range list {
		out[i] = &list[i]
		out[i].Replies = replies[list[i].ID]
	}
	return out, nil
}

var sorts = db.Sorts{
	"": "c.seq NULLS LAST, e.attempt", "score": "e.score", "admission": "c.admission", "name": "c.name", "passed": "e.outcome",
}

func listScores(ctx context.Context, q db.Q, sitting string, f Filter, page db.Page) (db.List[Row], error) {
	w := new(db.Where).And("e.sitting = ?", sitting).Like(page.Q, "c.name", "c.admission", "c.seat")
	if f.Different {
		w.And("e.difference <> ''")
	}
	w.Eq("e.outcome", string(f.Outcome))
	return db.Select[Row](ctx, q, listSQL, w, sorts, page)
}

func saveRound(ctx context.Context, q db.Q, r Round) error {
	_, err := q.Exec(ctx, signRoundSQL, r.Sitting, r.ConfirmedBy, r.ConfirmedName, r.ConfirmedAt, r.Waiver, r.PublishedBy,
		r.PublishedName, r.PublishedAt, r.MAC)
	if err != nil {
		return fmt.Errorf("sign round: %w", err)
	}
	return nil
}

// stamp is a time in a MAC, nothing for none.
func stamp(t *time.Time) []byte {
	if t == nil {
		return nil
	}
	return []byte(keys.Stamp(*t))
}
