package application

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

const (
	columns = `c.id, c.apply_no, c.accept_no, c.matter, c.matter_version, c.action, c.trade, c.channel, c.person, p.name, p.idno_mask,
		coalesce(c.licence, '') AS licence, c.categories, c.state, c.version, c.applied_on, c.accepted_on, c.decided_on, c.completed_at,
		c.clerk, c.reviewer, c.cosigner, c.approver, c.holder, c.strict, c.revoked, c.corrected, c.extended, c.due, c.due_clock,
		c.created_by, c.created_at, c.changed_at, c.form, c.known, c.proposal, c.refusing, c.verify, c.banned_until, c.mac`
	tables = ` FROM licensing_case c JOIN practitioner p ON p.id = c.person`

	listSQL  = `SELECT ` + columns + tables
	someSQL  = `SELECT 1 FROM licensing_case c`
	caseSQL  = listSQL + ` WHERE c.id = $1`
	lockSQL  = caseSQL + ` FOR UPDATE OF c`
	casesSQL = listSQL + ` WHERE c.id = ANY($1)`

	// a case stays with the file that it began with; the person's are those of every
	// file that was merged with it
	kinBy = `SELECT k.id FROM practitioner b JOIN practitioner k ON k.id = coalesce(b.merged_into, b.id) OR k.merged_into = coalesce(b.merged_into, b.id)`
	kin   = `(` + kinBy + ` WHERE b.id = $1)`

	insertSQL = `INSERT INTO licensing_case (id, apply_no, matter, matter_version, action, trade, channel, person, licence, categories, form, state,
		created_by, created_at, changed_at, known, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, nullif($9, ''), $10, $11, $12, $13, $14, $14, $15, $16)`
	updateSQL = `UPDATE licensing_case SET accept_no = $2, licence = nullif($3, ''), categories = $4, form = $5, state = $6, version = $7, applied_on = $8,
		accepted_on = $9, decided_on = $10, completed_at = $11, clerk = $12, reviewer = $13, cosigner = $14, approver = $15, holder = $16, strict = $17,
		revoked = $18, corrected = $19, extended = $20, due = $21, due_clock = $22, changed_at = $23, known = $24, mac = $25, proposal = $26, refusing = $27, verify = $28, banned_until = $29 WHERE id = $1`

	eventsSQL   = `SELECT seq, event_id, event, from_state, to_state, at, by_id, by_name, text, mac FROM licensing_event WHERE case_id = $1 ORDER BY seq`
	addEventSQL = `INSERT INTO licensing_event (case_id, seq, event_id, event, from_state, to_state, at, by_id, by_name, text, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	clocksSQL   = `SELECT clock, begun, days, used, since, ended, due FROM licensing_clock WHERE case_id = $1 ORDER BY seq`
	putClockSQL = `INSERT INTO licensing_clock (case_id, seq, clock, begun, days, used, since, ended, due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (case_id, seq) DO UPDATE SET days = excluded.days, used = excluded.used, since = excluded.since, ended = excluded.ended, due = excluded.due`
	defectsSQL        = `SELECT part, key, name, reason, how_to, solved FROM licensing_defect WHERE case_id = $1 ORDER BY seq`
	addDefectSQL      = `INSERT INTO licensing_defect (case_id, seq, part, key, name, reason, how_to) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	solveSQL          = `UPDATE licensing_defect SET solved = true WHERE case_id = $1`
	materialsSQL      = `SELECT DISTINCT ON (code) code, revision, form, name, kind, size, blob, source, by_id, at FROM licensing_material WHERE case_id = $1 ORDER BY code, revision DESC`
	casesMaterialsSQL = `SELECT DISTINCT ON (case_id, code) case_id, code, revision, form, name, kind, size, blob, source, by_id, at FROM licensing_material
		WHERE case_id = ANY($1) ORDER BY case_id, code, revision DESC`
	materialSQL  = `SELECT code, revision, form, name, kind, size, blob, source, by_id, at FROM licensing_material WHERE case_id = $1 AND code = $2 ORDER BY revision DESC LIMIT 1`
	addMaterial  = `INSERT INTO licensing_material (case_id, code, revision, form, name, kind, size, blob, source, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	checksSQL    = `SELECT round, code, result, reason, guide, source, at, by_id, raw FROM licensing_check WHERE case_id = $1 ORDER BY round, code`
	addCheckSQL  = `INSERT INTO licensing_check (case_id, round, code, result, reason, guide, source, at, by_id, raw) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	lastRoundSQL = `SELECT coalesce(max(round), 0) AS round FROM licensing_check WHERE case_id = $1`
	numberSQL    = `INSERT INTO licensing_number (series, last) VALUES ($1, 1) ON CONFLICT (series) DO UPDATE SET last = licensing_number.last + 1 RETURNING last`
	openSQL      = `SELECT id, action, coalesce(licence, '') AS licence, categories FROM licensing_case WHERE person IN ` + kin + ` AND id <> $2
		AND state NOT IN ('GRANTED', 'DENIED', 'CERTIFYING', 'DELIVERING', 'NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED', 'DRAFT')`
	lockPersonSQL = `SELECT id FROM practitioner WHERE id = (SELECT coalesce(m.merged_into, m.id) FROM practitioner m WHERE m.id = $1) FOR UPDATE`
	// 31 is licensing/cancel's, 2x are of people and places (platform/db/hold.go)
	lockOpeningSQL = `SELECT pg_advisory_xact_lock(32, hashtext($1))`
	openedSQL      = `SELECT c.id FROM licensing_case c JOIN licensing_event e ON e.case_id = c.id AND e.seq = 1 WHERE c.created_by = $1 AND e.event_id = $2`
	holdersSQL     = `SELECT matter_version AS version, count(*) AS cases FROM licensing_case WHERE matter = $1
		AND state NOT IN ('NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED') GROUP BY matter_version`
	openOfSQL = `SELECT count(*) FROM licensing_case c WHERE c.person IN (` + kinBy + ` WHERE b.idno_blind = ANY($1))
		AND c.state NOT IN ('NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED')`
	// an applicant's draft of a matter, whichever of the files merged into theirs it is of
	ownDraftSQL = listSQL + ` WHERE (c.person = $1 OR c.person IN (SELECT m.id FROM practitioner m WHERE m.merged_into = $1))
		AND c.matter = $2 AND coalesce(c.licence, '') = $3 AND c.channel = 'O' AND c.state = 'DRAFT' ORDER BY c.id LIMIT 1`
	deniedSQL     = `SELECT case_id AS id FROM licensing_event WHERE case_id = ANY($1) AND event = 'deny'`
	staleDraftSQL = `SELECT id FROM licensing_case WHERE channel = 'O' AND state = 'DRAFT' AND changed_at < $1 ORDER BY id LIMIT $2`
	ofPersonSQL   = listSQL + ` WHERE c.person = $1 OR c.person IN (SELECT m.id FROM practitioner m WHERE m.merged_into = $1) ORDER BY c.created_at DESC, c.id`
	dueSQL        = `SELECT c.id FROM licensing_case c WHERE c.due < $1 AND c.due_clock IN ('C1', 'C2') ORDER BY c.due, c.id LIMIT $2`
	examinedSQL   = `SELECT c.id FROM licensing_case c WHERE c.person IN (` + kinBy + ` WHERE b.idno_blind = $1) AND c.state = ANY($2) ORDER BY c.id`
	unfinishedSQL = `SELECT id FROM licensing_case WHERE person IN ` + kin + ` AND state NOT IN ('NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED') ORDER BY id`
	bannedSQL     = listSQL + ` WHERE c.person IN ` + kin + ` AND c.banned_until > $2 ORDER BY c.banned_until DESC, c.id`
	openOnSQL     = `SELECT licence, min(apply_no) AS apply_no FROM licensing_case WHERE licence = ANY($1)
		AND state NOT IN ('DRAFT', 'NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED') GROUP BY licence`
	runningSQL = `SELECT DISTINCT case_id FROM licensing_clock WHERE NOT ended AND since IS NOT NULL`
	countSQL   = `SELECT state, count(*) FILTER (WHERE due < $1) AS overdue, count(*) AS cases FROM licensing_case
		WHERE state NOT IN ('NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED', 'DRAFT') GROUP BY state`
	// the words of the queues' own lists: the index of each answers both
	proposedSQL = `SELECT count(*) FILTER (WHERE due < $1) AS overdue, count(*) AS cases FROM licensing_case
		WHERE state IN ('REVIEWING', 'APPROVING') AND proposal <> ''`
	refusingSQL = `SELECT count(*) FILTER (WHERE due < $1) AS overdue, count(*) AS cases FROM licensing_case
		WHERE state IN ('REVIEWING', 'APPROVING') AND refusing`
)

const (
	inquiryColumns = `SELECT id, case_id, service, round, about, state, asked_at, asked_by, due_at, tries, last_error, answered_at, source, answer, digest, mac
		FROM licensing_query`
	inquiriesSQL   = inquiryColumns + ` WHERE case_id = $1 ORDER BY service, round`
	lockInquirySQL = inquiryColumns + ` WHERE id = $1 FOR UPDATE`
	addInquirySQL  = `INSERT INTO licensing_query (id, case_id, service, round, about, state, asked_at, asked_by, due_at) VALUES ($1, $2, $3, $4, $5, 'WAITING', $6, $7, $6)`
	takeInquirySQL = `UPDATE licensing_query SET tries = tries + 1, due_at = $2 WHERE id = (SELECT id FROM licensing_query
		WHERE state = 'WAITING' AND due_at <= $1 AND NOT service = ANY($3) ORDER BY due_at, id FOR UPDATE SKIP LOCKED LIMIT 1)
		RETURNING id, case_id, service, round, about, state, asked_at, asked_by, due_at, tries, last_error, answered_at, source, answer, digest, mac`
	postponeSQL      = `UPDATE licensing_query SET due_at = $3, last_error = $4 WHERE id = $1 AND tries = $2 AND state = 'WAITING'`
	answerInquirySQL = `UPDATE licensing_query SET state = $2, answered_at = $3, source = $4, answer = $5, digest = $6, mac = $7, last_error = ''
		WHERE id = $1 AND state = 'WAITING'`
	refuseInquirySQL = `UPDATE licensing_query SET state = 'REFUSED', last_error = $2, answered_at = $3 WHERE id = $1 AND state = 'WAITING'`
	recheckedSQL     = `SELECT count(DISTINCT asked_at) FROM licensing_query WHERE case_id = $1 AND asked_at > $2`
	transfersSQL     = `SELECT count(*) AS n FROM licensing_case WHERE person IN ` + kin + ` AND id <> $2 AND action IN ('TRANSFER_IN', 'TRANSFER_OUT')
		AND state NOT IN ('DRAFT', 'NOT_ACCEPTED', 'COMPLETED', 'WITHDRAWN', 'TERMINATED', 'DENIED')`
)

// The queue's own order is what is due first; what has no running clock comes last.
var sorts = db.Sorts{"": "c.due, c.created_at, c.id", "created_at": "c.created_at", "due": "c.due", "apply_no": "c.apply_no", "changed_at": "c.changed_at"}

// newest is the order of the archive.
var newest = db.Sorts{"": "c.created_at DESC, c.id DESC", "created_at": "c.created_at", "due": "c.due", "apply_no": "c.apply_no", "changed_at": "c.changed_at"}

// list finds cases; how many there are is counted to db.Most and no further.
func list(ctx context.Context, q db.Q, f Filter, blind []byte, d alarmDates, page db.Page) (db.List[Case], error) {
	// what an applicant has not sent is nobody else's business
	w, order := alarmed(where(f, blind, d.today, page.Q).And("NOT (c.channel = 'O' AND c.state = 'DRAFT')"), f.Alarm, d), newest
	if f.Queue != "" || f.Alarm != "" {
		order = sorts
	}
	return db.SelectSome[Case](ctx, q, listSQL, someSQL, w, order, page)
}

// where looks at cases alone, so that they are counted without their people.
func where(f Filter, blind []byte, today clock.Date, text string) *db.Where {
	w := new(db.Where).Eq("c.matter", f.Matter).Eq("c.trade", f.Trade).Eq("c.channel", f.Channel).Eq("c.state", f.State)
	if f.Holder != "" {
		w.And("c.holder = ? AND c.holder <> ''", f.Holder) // the second is what the index is for
	}
	if states := queues[f.Queue]; states != nil {
		// written out, not as an argument: a plan that is kept for all arguments could
		// not use the index of what is open
		w.And("c.state IN ('" + strings.Join(words(states), "', '") + "')")
	}
	switch f.Queue {
	case "extend":
		w.And("c.proposal <> ''")
	case "refuse":
		w.And("c.refusing")
	}
	switch f.Light {
	case Red:
		w.And("c.due < ?", today)
	case Yellow:
		w.And("c.due BETWEEN ? AND ?", today, today.Add(1))
	}
	if f.Person != "" {
		w.And("c.person = ?", f.Person)
	}
	if !f.From.IsZero() {
		w.And("c.created_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.And("c.created_at <= ?", f.To)
	}
	text = strings.TrimSpace(text)
	switch {
	case blind != nil:
		w.And("c.person IN (SELECT p.id FROM practitioner p WHERE p.idno_blind = ?)", blind)
	case text != "" && isNumber(text):
		w.And("(c.apply_no LIKE ? OR c.accept_no LIKE ? AND c.accept_no <> '')", db.Begins(text), db.Begins(strings.ToUpper(text)))
	case text != "" && f.Queue != "": // what is open is few: each is asked for its name
		w.And("(SELECT p.name FROM practitioner p WHERE p.id = c.person) LIKE ?", db.Begins(text))
	case text != "":
		w.And("c.person IN (SELECT p.id FROM practitioner p WHERE p.name LIKE ?)", db.Begins(text))
	}
	return w
}

// isNumber says that a text is the beginning of a number: of letters and digits.
func isNumber(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

func words(states []licensing.State) []string {
	out := make([]string, len(states))
	for i, s := range states {
		out[i] = string(s)
	}
	return out
}

// lock reads a case for a change, with what every event asks of it; one that was
// edited behind the program's back is refused. Faults: missing,
// licensing.case.tampered.
func (s *Service) lock(ctx context.Context, tx pgx.Tx, id string) (Case, error) {
	var found []Case
	var rows []clockRow
	var rounds []struct{ Round int }
	var b db.Batch
	read := new(seen)
	db.Read(&b, &found, lockSQL, id)
	db.Read(&b, &read.course, eventsSQL, id)
	db.Read(&b, &rows, clocksSQL, id)
	db.Read(&b, &read.materials, materialsSQL, id)
	db.Read(&b, &read.inquiries, inquiriesSQL, id)
	db.Read(&b, &rounds, lastRoundSQL, id)
	if err := b.Send(ctx, tx); err != nil {
		return Case{}, err
	}
	if len(found) == 0 {
		return Case{}, db.Missing()
	}
	c := found[0]
	c.seen, read.clocks, read.rounds = read, clocksFrom(rows), rounds[0].Round
	if err := s.genuine(&c); err != nil {
		return c, err
	}
	return c, s.hear(ctx, tx, &c)
}

func (s *Service) genuine(c *Case) error {
	if !s.keys.CheckRowMAC(c.MAC, c.parts()...) {
		return fault.Newf(fault.Internal, "licensing.case.tampered", "办件 %s 的数据被程序以外的方式改动过，已停止办理，请联系系统管理员", c.ApplyNo)
	}
	return nil
}

func (s *Service) insert(ctx context.Context, tx pgx.Tx, c *Case) error {
	c.MAC = s.keys.RowMAC(c.parts()...)
	_, err := tx.Exec(ctx, insertSQL, c.ID, c.ApplyNo, c.Matter, c.Version, c.Action, c.Trade, c.Channel, c.Person, c.Licence, c.Categories, c.Form, c.State,
		c.CreatedBy, c.CreatedAt, c.Known, c.MAC)
	if err != nil {
		return fmt.Errorf("insert case: %w", err)
	}
	return nil
}

func (s *Service) update(b *db.Batch, c *Case) {
	c.MAC = s.keys.RowMAC(c.parts()...)
	b.Write(updateSQL, c.ID, c.AcceptNo, c.Licence, c.Categories, c.Form, c.State, c.Revision, c.AppliedOn, c.AcceptedOn, c.DecidedOn,
		c.Completed, c.Clerk, c.Reviewer, c.Cosigner, c.Approver, c.Holder, c.Strict, c.Revoked, c.Corrected, c.Extended, c.Due, c.DueClock,
		c.ChangedAt, c.Known, c.MAC, c.Proposal, c.Refusing, c.Verify, c.Banned)
}

type clockRow struct {
	Clock ClockID    `db:"clock"`
	Begun clock.Date `db:"begun"`
	Days  int        `db:"days"`
	Used  int        `db:"used"`
	Since clock.Date `db:"since"`
	Ended bool       `db:"ended"`
	Due   clock.Date `db:"due"`
}

func clocksFrom(rows []clockRow) clocks {
	out := make(clocks, len(rows))
	for i, r := range rows {
		out[i] = Clock{ID: r.Clock, Begun: r.Begun, Count: clock.Countdown{Limit: r.Days, Used: r.Used, Since: r.Since}, Ended: r.Ended, Due: r.Due}
	}
	return out
}

func saveClocks(b *db.Batch, c *Case, k clocks) {
	for i, one := range k {
		b.Write(putClockSQL, c.ID, i+1, one.ID, one.Begun, one.Count.Limit, one.Count.Used, one.Count.Since, one.Ended, one.Due)
	}
	if c.seen != nil {
		c.seen.clocks = slices.Clone(k)
	}
}

// happen adds a line to a case's course, chained to the one before.
func (s *Service) happen(b *db.Batch, c *Case, course []Happening, h Happening) {
	var last []byte
	if len(course) > 0 {
		last = course[len(course)-1].MAC
	}
	h.Seq = len(course) + 1
	h.MAC = s.keys.RowMAC(h.parts(c.ID, last)...)
	if c.seen != nil {
		c.seen.course = append(course, h)
	}
	b.Write(addEventSQL, c.ID, h.Seq, h.ID, h.Event, h.From, h.To, h.At, h.ByID, h.By, h.Text, h.MAC)
}

// keepChecks keeps what checks answered.
func keepChecks(b *db.Batch, id string, list ...CheckResult) {
	for _, r := range list {
		b.Write(addCheckSQL, id, r.Round, r.Code, r.Result, r.Reason, r.Guide, r.Source, r.At, r.By, r.Raw)
	}
}

// number takes the next of a series; a transaction that rolls back leaves no gap.
func number(ctx context.Context, tx pgx.Tx, series string) (int, error) {
	return db.Value[int](ctx, tx, numberSQL, series)
}

// queues are the work queues of the console by what they hold.
var queues = map[string][]licensing.State{
	"accept":  {licensing.Submitted, licensing.Received, licensing.Correcting},
	"review":  {licensing.Accepted, licensing.Reviewing, licensing.Suspended},
	"approve": {licensing.Approving},
	"refuse":  {licensing.Reviewing, licensing.Approving},
	"extend":  {licensing.Reviewing, licensing.Approving},
	"certify": {licensing.Granted, licensing.Certifying, licensing.Delivering, licensing.Denied},
}
