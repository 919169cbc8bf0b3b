package sitting

import (
	"context"
	"time"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
)

const sittingColumns = `s.id, s.number, s.title, s.venue, v.name AS venue_name, s.room, s.category, s.subject, s.rule,
	s.rule_version, r.name AS rule_name, s.starts_at, s.minutes, s.state, s.before, s.reason, s.assignment, s.state_at, s.seb, ` + publishBy + ` AS publish_by,
	(SELECT count(*)::int FROM exam_candidate c WHERE c.sitting = s.id) AS candidates,
	(SELECT count(*)::int FROM exam_candidate c WHERE c.sitting = s.id AND c.photo IS NULL) AS without_photo,
	(SELECT count(*)::int FROM exam_candidate c WHERE c.sitting = s.id AND c.seat <> '') AS seated,
	coalesce((SELECT p.received_at IS NOT NULL AND p.withdrawn_at IS NULL FROM exam_package p WHERE p.sitting = s.id ORDER BY p.version DESC LIMIT 1), false) AS pack_received`

// publishBy is when results are to be out: chapter 1.5 of the domain reference,
// ten days after an exam for taxis and ride-hailing, five for the rest.
const publishBy = `s.starts_at + CASE WHEN s.category LIKE '09%' THEN interval '10 days' ELSE interval '5 days' END`

const sittingTables = ` FROM exam_sitting s JOIN exam_venue v ON v.id = s.venue
	JOIN exam_rule r ON r.id = s.rule AND r.version = s.rule_version`

const openingColumns = `o.id, o.sitting, o.request, s.number, s.title, s.venue, v.name AS venue_name, s.starts_at, o.state, o.asked_by,
	o.asked_at, o.received_at, o.proctors, o.note, o.checks, o.decided_name, o.decided_at, o.reason, o.condition,
	(SELECT count(*)::int FROM exam_candidate c WHERE c.sitting = s.id) AS candidates,
	(SELECT cardinality(r.seats) FROM exam_room r WHERE r.venue = s.venue AND r.name = s.room) AS seats`

const openingTables = ` FROM exam_opening o JOIN exam_sitting s ON s.id = o.sitting JOIN exam_venue v ON v.id = s.venue`

const (
	listSQL       = `SELECT ` + sittingColumns + sittingTables
	sittingSQL    = listSQL + ` WHERE s.id = $1`
	lockSQL       = `SELECT FROM exam_sitting WHERE id = $1 FOR UPDATE`
	lastNumberSQL = `SELECT coalesce(max(right(number, 2)::int), 0) FROM exam_sitting WHERE left(number, 9) = $1`
	insertSQL     = `INSERT INTO exam_sitting (id, number, title, venue, room, category, subject, rule, rule_version,
		starts_at, minutes, state, created_by, created_at, state_at, seb)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'PLANNED', $12, $13, $13, $14)`
	overlapSQL = `SELECT number, starts_at, starts_at + minutes * interval '1 minute' AS ends_at FROM exam_sitting WHERE venue = $1 AND room = $2 AND state <> 'CANCELLED' AND id <> $5
		AND starts_at < $4 AND starts_at + minutes * interval '1 minute' > $3 ORDER BY starts_at DESC LIMIT 1`
	moveSQL    = `UPDATE exam_sitting SET state = $2, before = $3, reason = $4, state_at = $5 WHERE id = $1`
	assignSQL  = `UPDATE exam_sitting SET assignment = assignment + 1 WHERE id = $1 RETURNING assignment`
	pendingSQL = `SELECT id FROM exam_sitting WHERE venue = $1 AND assignment > 0
		AND state IN ('ASSIGNED', 'RETURNED', 'APPLYING', 'APPROVED') ORDER BY starts_at, id`

	listCandidateSQL = `SELECT c.id, c.seq, c.admission, c.name, c.idno_mask, c.mobile_mask, c.category, c.consent, c.seat,
		c.photo IS NOT NULL AS has_photo, c.kind, coalesce(c.class, '') AS class, coalesce(k.number, '') AS class_number,
		c.checks, c.checked_at, c.turn, c.renewed FROM exam_candidate c LEFT JOIN training_class k ON k.id = c.class`
	candidateSQL       = listCandidateSQL + ` WHERE c.sitting = $1 AND c.id = $2`
	newestCandidateSQL = listCandidateSQL + ` WHERE c.sitting = $1 ORDER BY c.seq DESC LIMIT 1`
	allCandidatesSQL   = listCandidateSQL + ` WHERE c.sitting = $1 ORDER BY c.seq`
	lastSeqSQL         = `SELECT coalesce(max(seq), 0) FROM exam_candidate WHERE sitting = $1`
	presentSQL         = `SELECT idno_blind FROM exam_candidate WHERE sitting = $1 AND idno_blind = ANY($2)`
	elsewhereSQL       = `SELECT c.idno_blind, s.number FROM exam_candidate c JOIN exam_sitting s ON s.id = c.sitting
		WHERE c.idno_blind = ANY($1) AND s.id <> $2 AND s.state <> 'CANCELLED'
			AND s.starts_at < $4 AND s.starts_at + s.minutes * interval '1 minute' > $3`
	removeCandidateSQL = `DELETE FROM exam_candidate WHERE sitting = $1 AND id = $2`
	clearSeatsSQL      = `UPDATE exam_candidate SET seat = '' WHERE sitting = $1`
	seatSQL            = `UPDATE exam_candidate c SET seat = n.seat
		FROM unnest($2::text[], $3::text[]) AS n (id, seat) WHERE c.sitting = $1 AND c.id = n.id`
	sealedSQL = `SELECT id, idno, photo, photo_blob, photo_type FROM exam_candidate WHERE sitting = $1 ORDER BY seq`
	photoSQL  = `SELECT photo, photo_blob, photo_type FROM exam_candidate
		WHERE sitting = $1 AND id = $2 AND photo IS NOT NULL`
	setPhotoSQL = `UPDATE exam_candidate SET photo = $3, photo_blob = $4, photo_type = $5 WHERE sitting = $1 AND id = $2`
	idnoSQL     = `SELECT idno FROM exam_candidate WHERE sitting = $1 AND id = $2`

	listOpeningSQL   = `SELECT ` + openingColumns + openingTables
	lockOpeningSQL   = listOpeningSQL + ` WHERE o.id = $1 FOR UPDATE OF o`
	insertOpeningSQL = `INSERT INTO exam_opening (id, sitting, request, state, node, asked_by, asked_at, received_at, proctors, note,
		checks, reason, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (sitting, request) DO NOTHING`
	decideSQL = `UPDATE exam_opening SET state = $2, decided_by = $3, decided_name = $4, decided_at = $5, reason = $6,
		condition = $7, mac = $8 WHERE id = $1`

	approvalSQL = `SELECT id, state, decided_by, decided_at, mac FROM exam_opening WHERE sitting = $1 AND state = 'APPROVED'
		ORDER BY decided_at DESC LIMIT 1`

	receiptSQL = `INSERT INTO exam_receipt (sitting, kind, ref, ok, text, detail, who, at, noted)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (sitting, kind, ref) DO NOTHING`
	receiptsSQL = `SELECT kind, ref, ok, text, detail, who, at, noted FROM exam_receipt WHERE sitting = $1 ORDER BY noted, at, ref`

	insertPackageSQL = `INSERT INTO exam_package (sitting, version, node, pack, size, range, questions, content, secret, half,
		built_at, built_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	packageSQL = `SELECT sitting, version, node, pack, size, range, questions, content, secret, half, built_at, received_at,
		received_in, released_at, opened_at FROM exam_package WHERE sitting = $1 ORDER BY version DESC LIMIT 1`
	// the one that was opened counts, which need not be the newest
	usedPackageSQL = `SELECT sitting, version, node, pack, size, range, questions, content, secret, half, built_at,
		received_at, received_in, released_at, opened_at FROM exam_package WHERE sitting = $1
		ORDER BY opened_at DESC NULLS LAST, version DESC LIMIT 1`
	// the last $5 papers of this category and subject that each candidate has had,
	// under whichever of their numbers
	earlierSQL = `SELECT c.id AS candidate, o.sitting, o.had FROM exam_candidate c CROSS JOIN LATERAL (
		SELECT s.id AS sitting, e.id AS had FROM exam_candidate e JOIN exam_sitting s ON s.id = e.sitting
		WHERE e.idno_blind = ANY(ARRAY(` + practitioner.NumbersBy + ` WHERE m.idno_blind = c.idno_blind) || c.idno_blind) AND s.id <> c.sitting AND s.category = $2 AND s.subject = $3 AND s.starts_at < $4
			AND EXISTS (SELECT FROM exam_attempt a WHERE a.sitting = s.id AND a.candidate = e.id AND a.issued_at IS NOT NULL)
		ORDER BY s.starts_at DESC LIMIT $5) o WHERE c.sitting = $1`
	packReceivedSQL = `UPDATE exam_package SET received_at = coalesce(received_at, $3),
		received_in = CASE WHEN received_at IS NULL THEN $4 ELSE received_in END WHERE sitting = $1 AND pack = $2`
	packReleasedSQL = `UPDATE exam_package SET released_at = coalesce(released_at, $3) WHERE sitting = $1 AND version = $2`
	packOpenedSQL   = `UPDATE exam_package SET opened_at = coalesce(opened_at, $3) WHERE sitting = $1 AND pack = $2`
	// the device's latest preflight since it received the package, in the order
	// of its records
	preflightSQL = `SELECT ok, at, noted, jsonb_path_exists(detail,
		'$.checks[*] ? (@.code == "clock" && @.ok == true && !exists(@.waived))') AS clocked FROM exam_receipt WHERE sitting = $1 AND kind = 'preflight' AND ref > $2
		AND split_part(ref, ' ', 2) = $3 ORDER BY ref DESC LIMIT 1`
	dueSQL = `SELECT id FROM exam_sitting WHERE state = 'DISPATCHED' AND starts_at <= $1 AND starts_at > $2 ORDER BY starts_at, id`

	redAlarmsSQL = `SELECT count(*)::int FROM exam_alarm WHERE level = 'red' AND seen_at IS NULL
		AND (sitting = $1 OR (sitting = '' AND node = $2))`
)

// pack is a built package with its sealed secrets.
type packRow struct {
	Sitting    string     `db:"sitting"`
	Version    int        `db:"version"`
	Node       string     `db:"node"`
	Pack       string     `db:"pack"`
	Size       int64      `db:"size"`
	Range      string     `db:"range"`
	Questions  int        `db:"questions"`
	Content    []byte     `db:"content"`
	Secret     []byte     `db:"secret"`
	Half       []byte     `db:"half"`
	BuiltAt    time.Time  `db:"built_at"`
	ReceivedAt *time.Time `db:"received_at"`
	ReceivedIn string     `db:"received_in"`
	ReleasedAt *time.Time `db:"released_at"`
	OpenedAt   *time.Time `db:"opened_at"`
}

var sittingSorts = db.Sorts{
	"": "s.starts_at DESC, s.id", "starts_at": "s.starts_at", "number": "s.number", "state": "s.state", "venue": "v.name",
}

// TodoSQL are the conditions of todos, of a row of exam_sitting s; the retention
// of pictures waits for the same.
var TodoSQL = map[Todo]string{
	TodoConduct: `EXISTS (SELECT FROM exam_irregularity i WHERE i.sitting = s.id
		AND NOT EXISTS (SELECT FROM exam_ruling r WHERE r.sitting = i.sitting AND r.irregularity = i.id))`,
	TodoReview: `EXISTS (SELECT FROM exam_score_review r WHERE r.sitting = s.id AND r.outcome = '')`,
}

// publishSoon is when results that are not out begin to be somebody's task.
const publishSoon = 48 * time.Hour

func list(ctx context.Context, q db.Q, scope auth.Scope, f Filter, now time.Time, page db.Page) (db.List[Sitting], error) {
	w := new(db.Where).Eq("s.venue", f.Venue).Eq("s.state", f.State).Eq("s.category", f.Category).
		Scope("s.venue", scope.All, scope.Venues).Like(page.Q, "s.title", "s.number", "v.name")
	if todo, ok := TodoSQL[f.Todo]; ok {
		w.And(todo)
	}
	if f.Todo == TodoPublish {
		w.And("s.state IN ('CLOSED', 'SCORED') AND "+publishBy+" < ?", now.Add(publishSoon))
	}
	if !f.From.IsZero() {
		w.And("s.starts_at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.And("s.starts_at < ?", f.To)
	}
	return db.Select[Sitting](ctx, q, listSQL, w, sittingSorts, page)
}

var candidateSorts = db.Sorts{"": "c.seq", "seq": "c.seq", "name": "c.name", "seat": "c.seat", "admission": "c.admission"}

func listCandidates(ctx context.Context, q db.Q, sitting string, f CandidateFilter, blind []byte, page db.Page) (db.List[Candidate], error) {
	w := new(db.Where).And("c.sitting = ?", sitting).Eq("c.kind", f.Kind).Eq("c.turn::text", f.Turn).Eq("CASE WHEN c.photo IS NULL THEN 'no' ELSE 'yes' END", f.Photo)
	if blind != nil {
		w.And("c.idno_blind = ?", blind)
	} else {
		w.Like(page.Q, "c.name", "c.admission", "c.seat")
	}
	return db.Select[Candidate](ctx, q, listCandidateSQL, w, candidateSorts, page)
}

var openingSorts = db.Sorts{
	// who waits longest comes first; what was decided, newest first
	"": "o.state <> 'PENDING', CASE WHEN o.state = 'PENDING' THEN o.received_at END, o.received_at DESC, o.id", "starts_at": "s.starts_at", "state": "o.state",
}

func listOpenings(ctx context.Context, q db.Q, scope auth.Scope, state, sitting string, page db.Page) (db.List[Opening], error) {
	w := new(db.Where).Eq("o.state", state).Eq("o.sitting", sitting).Scope("s.venue", scope.All, scope.Venues).
		Like(page.Q, "s.title", "s.number", "v.name")
	return db.Select[Opening](ctx, q, listOpeningSQL, w, openingSorts, page)
}
