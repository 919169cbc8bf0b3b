package dossier

import "huyun.internal/cloud/exam/sitting"

const (
	checksSQL = `SELECT stage, score, threshold, engine, model, demo, snapshot, faces::int AS faces, decision, who, reason, at
		FROM exam_verification WHERE sitting = $1 AND candidate = $2 ORDER BY at, record, id`
	doorSQL = `SELECT admitted, seat, who, at FROM exam_checkin WHERE sitting = $1 AND candidate = $2 ORDER BY at, record`
	// an alarm of their attempt's seat names them; one of an empty seat nobody
	alarmsSQL = `SELECT level, code, text, seat, snapshot, raised_at, seen_at, seen_by, seen_note FROM exam_alarm
		WHERE sitting = $1 AND candidate = $2 AND raised_at IS NOT NULL ORDER BY raised_at, id`
	attemptsSQL = `SELECT a.id, a.seat, a.questions::int AS questions, a.started_at, a.allowed_ms, a.extra_ms,
		(SELECT count(*)::int FROM (SELECT DISTINCT ON (w.item) w.choice FROM exam_answer w WHERE w.sitting = a.sitting AND w.attempt = a.id
			ORDER BY w.item, w.revision DESC) x WHERE cardinality(x.choice) > 0) AS answered,
		(SELECT count(*)::int FROM exam_answer w WHERE w.sitting = a.sitting AND w.attempt = a.id) AS saves,
		h.at AS handed_at, coalesce(h.how, '') AS how, coalesce(h.who, '') AS who, coalesce(h.reason, '') AS reason,
		coalesce(h.used_ms, 0) AS used_ms
		FROM exam_attempt a LEFT JOIN exam_handin h ON h.sitting = a.sitting AND h.attempt = a.id
		WHERE a.sitting = $1 AND a.candidate = $2 ORDER BY a.record`
	// an attempt's later seats still are the same attempt
	eventsSQL = `SELECT kind, attempt = '' AS all, who, detail, at FROM exam_event WHERE sitting = $1
		AND (attempt = '' OR attempt IN (SELECT id FROM exam_attempt WHERE sitting = $1 AND candidate = $2)) ORDER BY at, record`
	// what was published before a correction, as score keeps it
	withdrawnSQL = `SELECT (e.round->>'published_at')::timestamptz AS published_at, e.withdrawn_at, e.withdrawn_by, e.reason,
		x->>'outcome' AS outcome, (x->>'score')::int AS score FROM exam_score_earlier e, jsonb_array_elements(e.scores) x
		WHERE e.sitting = $1 AND x->>'candidate' = $2 ORDER BY e.withdrawn_at`
	deletedSQL = `SELECT at FROM exam_picture_expiry WHERE sitting = $1`

	picturesSQL = `SELECT digest, state, reason, asked_name, asked_at, answered_at FROM exam_evidence
		WHERE sitting = $1 AND candidate = $2 ORDER BY asked_at, digest`
	pictureSQL = `SELECT kind, picture FROM exam_evidence WHERE sitting = $1 AND candidate = $2 AND digest = $3 AND state = 'HELD'`
	// one that never came, or that the venue did not have, may be asked for again
	askSQL = `INSERT INTO exam_evidence AS e (sitting, digest, candidate, node, state, reason, asked_by, asked_name, asked_at)
		SELECT $1, d, $3, $4, 'ASKED', $5, $6, $7, $8 FROM unnest($2::text[]) AS d
		ON CONFLICT (sitting, digest) DO UPDATE SET node = excluded.node, state = 'ASKED', reason = excluded.reason,
			asked_by = excluded.asked_by, asked_name = excluded.asked_name, asked_at = excluded.asked_at, answered_at = NULL
		WHERE e.state <> 'HELD'`
	answerSQL = `UPDATE exam_evidence SET state = $3, kind = $4, picture = $5, answered_at = $6
		WHERE node = $1 AND digest = $2 AND state = 'ASKED'`
	askedSQL = `SELECT EXISTS (SELECT FROM exam_evidence WHERE node = $1 AND digest = $2)`
)

// What keeps the pictures of a sitting: results that are not out (or withheld
// from somebody), an irregularity that nobody has ruled on, a review that nobody
// has answered, a practical sheet that nobody has decided on.
var (
	openMatter = `(s.state NOT IN ('PUBLISHED', 'CANCELLED')
		OR EXISTS (SELECT FROM exam_score g WHERE g.sitting = s.id AND g.outcome = 'WITHHELD')
		OR ` + sitting.TodoSQL[sitting.TodoConduct] + ` OR ` + sitting.TodoSQL[sitting.TodoReview] + `
		OR EXISTS (SELECT FROM exam_practical_sheet p WHERE p.sitting = s.id AND p.state = 'SUBMITTED'))`
	// a result that comes late can be appealed against as long as any other
	overSitting = ` FROM exam_sitting s LEFT JOIN exam_closeout c ON c.sitting = s.id LEFT JOIN exam_score_round o ON o.sitting = s.id
		WHERE greatest(coalesce(c.at, s.starts_at + s.minutes * interval '1 minute'), o.published_at) <= $1
			AND NOT EXISTS (SELECT FROM exam_picture_expiry e WHERE e.sitting = s.id)`
	dueSQL   = `SELECT s.id` + overSitting + ` AND NOT ` + openMatter + ` ORDER BY s.starts_at, s.id`
	stillSQL = `SELECT s.id` + overSitting + ` AND NOT ` + openMatter + ` AND s.id = $2`
	// before it is asked, not with it: what was opened while this waited counts
	lockSQL  = `SELECT FROM exam_sitting WHERE id = $1 FOR UPDATE`
	facesSQL = `SELECT (SELECT count(*) FROM exam_candidate WHERE photo IS NOT NULL)::int AS portraits,
		(SELECT count(*) FROM exam_evidence WHERE state = 'HELD')::int AS evidence,
		(SELECT count(*)` + overSitting + ` AND ` + openMatter + `)::int AS held`
	// a photograph that somebody else's row names as well stays
	portraitBlobsSQL = `SELECT DISTINCT photo_blob FROM exam_candidate c WHERE sitting = $1 AND photo_blob IS NOT NULL
		AND NOT EXISTS (SELECT FROM exam_candidate o WHERE o.photo_blob = c.photo_blob AND o.sitting <> c.sitting)`
	packsSQL         = `SELECT pack FROM exam_package WHERE sitting = $1`
	dropPortraitsSQL = `UPDATE exam_candidate SET photo = NULL, photo_blob = NULL, photo_type = '' WHERE sitting = $1 AND photo IS NOT NULL`
	heldSQL          = `SELECT count(*)::int FROM exam_evidence WHERE sitting = $1 AND state = 'HELD'`
	dropEvidenceSQL  = `UPDATE exam_evidence SET state = 'GONE', picture = NULL, kind = '', answered_at = coalesce(answered_at, $2)
		WHERE sitting = $1 AND state <> 'GONE'`
	expiredSQL   = `INSERT INTO exam_picture_expiry (sitting, portraits, evidence, at, blobs) VALUES ($1, $2, $3, $4, $5)`
	leftoversSQL = `SELECT sitting, blobs FROM exam_picture_expiry WHERE blobs <> '{}'`
	removedSQL   = `UPDATE exam_picture_expiry SET blobs = '{}' WHERE sitting = $1`
)
