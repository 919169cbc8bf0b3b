package office

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// never are statements that count what must not be after any year.
var never = []struct{ what, sql string }{ //nolint:gochecknoglobals // a table
	{"series of letters with a gap, a repeat or another last number than its register", `SELECT count(*) FROM licensing_letter_register r WHERE
		(SELECT count(*) FROM licensing_letter l WHERE (l.agency, l.word, l.year) = (r.agency, r.word, r.year) AND l.serial > 0) <> r.last
		OR (SELECT count(DISTINCT l.serial) FROM licensing_letter l WHERE (l.agency, l.word, l.year) = (r.agency, r.word, r.year) AND l.serial BETWEEN 1 AND r.last) <> r.last`},
	{"numbered letters of no register", `SELECT count(*) FROM licensing_letter l WHERE l.serial > 0
		AND NOT EXISTS (SELECT FROM licensing_letter_register r WHERE (l.agency, l.word, l.year) = (r.agency, r.word, r.year))`},
	{"letters numbered against the order of their days", `SELECT count(*) FROM (SELECT issued_on < lag(issued_on) OVER (PARTITION BY agency, word, year ORDER BY serial) AS back
		FROM licensing_letter WHERE serial > 0) l WHERE back`},
	{"letters of another year than their day's", `SELECT count(*) FROM licensing_letter WHERE extract(year FROM issued_on) <> year`},
	{"letters without a file, or a job that makes it", `SELECT count(*) FROM licensing_letter l WHERE NOT EXISTS (SELECT FROM licensing_letter_file f WHERE f.letter = l.id)
		AND (l.kind <> 'D13' OR NOT EXISTS (SELECT FROM river_job j WHERE j.kind = 'letter_print' AND j.args ->> 'key' = l.id))`},
	{"days whose acceptance numbers have a gap", `SELECT count(*) FROM (SELECT left(accept_no, 10) FROM licensing_case WHERE accept_no <> ''
		GROUP BY 1 HAVING count(*) <> max(substr(accept_no, 11)::int)) d`},
	{"courses that jump from one state to another", `SELECT count(*) FROM (SELECT from_state <> lag(to_state) OVER (PARTITION BY case_id ORDER BY seq) AS jump FROM licensing_event) e WHERE jump`},
	{"courses with a line missing", `SELECT count(*) FROM (SELECT case_id FROM licensing_event GROUP BY case_id HAVING max(seq) <> count(*) OR min(seq) <> 1) e`},
	{"cases in another state than their course ends in", `SELECT count(*) FROM licensing_case c WHERE c.state <> (SELECT to_state FROM licensing_event e WHERE e.case_id = c.id ORDER BY seq DESC LIMIT 1)`},
	{"ended cases with a day due or without an end, and the other way", `SELECT count(*) FROM licensing_case
		WHERE (state IN ('NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED')) <> (completed_at IS NOT NULL) OR completed_at IS NOT NULL AND due IS NOT NULL`},
	{"open cases under no clock", `SELECT count(*) FROM licensing_case WHERE state IN ('SUBMITTED', 'RECEIVED', 'CORRECTING', 'ACCEPTED', 'REVIEWING', 'APPROVING', 'GRANTED', 'CERTIFYING', 'DELIVERING', 'DENIED') AND due IS NULL`},
	{"accepted cases without a number, or a day", `SELECT count(*) FROM licensing_case WHERE state IN ('ACCEPTED', 'REVIEWING', 'SUSPENDED', 'APPROVING', 'GRANTED', 'CERTIFYING', 'DELIVERING', 'DENIED', 'COMPLETED')
		AND (accept_no = '' OR accepted_on IS NULL)`},
	{"applications that nobody answered in their days, and that still wait", `SELECT count(*) FROM licensing_case WHERE due_clock IN ('C1', 'C2') AND due < $1`},
	{"granted cases without their certificate", `SELECT count(*) FROM licensing_case c WHERE action IN ('APPLY', 'ADD_CATEGORY', 'RENEW', 'REISSUE', 'CHANGE', 'TRANSFER_IN')
		AND EXISTS (SELECT FROM licensing_event e WHERE e.case_id = c.id AND e.event = 'grant')
		AND NOT EXISTS (SELECT FROM practitioner_licence l JOIN practitioner_event v ON v.licence = l.id WHERE l.id = c.licence AND l.person = c.person AND v.ref = c.id)`},
	{"certificates without a grant", `SELECT count(*) FROM practitioner_event v JOIN licensing_case c ON c.id = v.ref WHERE v.licence <> '' AND v.kind <> 'CASE'
		AND NOT EXISTS (SELECT FROM licensing_event e WHERE e.case_id = c.id AND e.event = 'grant')`},
	{"cancelled certificates that are in force", `SELECT count(*) FROM licensing_case c JOIN practitioner_licence l ON l.id = c.licence WHERE c.action = 'CANCEL'
		AND c.state IN ('GRANTED', 'DELIVERING', 'COMPLETED') AND EXISTS (SELECT FROM licensing_event e WHERE e.case_id = c.id AND e.event = 'grant') AND l.state = '10'`},
	{"who accepted, reviewed and decided one case, twice the same", `SELECT count(*) FROM licensing_case WHERE reviewer <> '' AND reviewer IN (clerk, approver) OR approver <> '' AND approver = clerk`},
	{"granted cases of somebody whose licence was revoked", `SELECT count(*) FROM licensing_case c WHERE revoked AND EXISTS (SELECT FROM licensing_event e WHERE e.case_id = c.id AND e.event = 'grant'
		AND e.seq > (SELECT max(seq) FROM licensing_event h WHERE h.case_id = c.id AND h.event = 'revocation_hit'))`},
}

// verify looks at what the year has left behind.
func (y *year) verify(ctx context.Context) error {
	wrong := func(format string, args ...any) { y.Broken = append(y.Broken, fmt.Sprintf(format, args...)) }
	for _, n := range never {
		var args []any
		if n.sql[len(n.sql)-2:] == "$1" {
			args = []any{y.Day()}
		}
		var found int
		if err := y.DB.QueryRow(ctx, n.sql, args...).Scan(&found); err != nil {
			return fmt.Errorf("%s: %w", n.what, err)
		}
		if found > 0 {
			wrong("%d %s", found, n.what)
		}
	}
	cal, err := y.Calendar.Calendar(ctx, y.DB)
	if err != nil {
		return err
	}
	for d := range y.seen {
		if works, err := cal.Workday(d); err != nil || !works {
			wrong("something is due on %s, which is no working day", d)
		}
	}
	if len(y.seen) == 0 {
		wrong("nothing was ever due")
	}
	a, err := y.Audit.Verify(ctx)
	if err != nil {
		return err
	}
	if !a.OK {
		wrong("audit entry %d: %s", a.BadSeq, a.Reason)
	}
	y.Entries = a.Entries
	if err := y.courses(ctx, wrong); err != nil {
		return err
	}
	return y.count(ctx)
}

// courses opens cases as officers do, which checks the MACs of row, course and
// letters: all of a small year, some of a large one.
func (y *year) courses(ctx context.Context, wrong func(string, ...any)) error {
	rows, err := y.DB.Query(ctx, `SELECT id FROM licensing_case ORDER BY id`)
	if err != nil {
		return fmt.Errorf("cases: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("cases: %w", err)
	}
	each := 1 + len(ids)/2000
	failed := together(len(ids)/each, func(i int) error {
		_, err := y.Case.Show(y.As(ctx, Clerk), ids[i*each])
		return err
	})
	if failed != nil {
		wrong("cases that cannot be opened: %v", errors.Unwrap(failed))
	}
	if len(ids) != y.Cases {
		wrong("%d cases, %d were begun", len(ids), y.Cases)
	}
	return nil
}

func (y *year) count(ctx context.Context) error {
	const sql = `SELECT count(*), count(DISTINCT (agency, word, year)) FILTER (WHERE serial > 0) FROM licensing_letter`
	if err := y.DB.QueryRow(ctx, sql).Scan(&y.Letters, &y.Series); err != nil {
		return fmt.Errorf("count letters: %w", err)
	}
	rows, err := y.DB.Query(ctx, `SELECT state, count(*) FROM licensing_case GROUP BY state`)
	if err != nil {
		return fmt.Errorf("count cases: %w", err)
	}
	var state string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error { y.States[state] = n; return nil })
	if err != nil {
		return fmt.Errorf("count cases: %w", err)
	}
	return nil
}
