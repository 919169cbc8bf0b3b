package sitting

// Statements of the projection of venue records. All are safe to repeat: a
// record is known by (node, record).
const (
	venueOfSQL = `SELECT venue FROM exam_sitting WHERE id = $1`

	addAnswerSQL = `INSERT INTO exam_answer (sitting, attempt, item, revision, choice, fence, counter, elapsed_ms, node, record, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`
	// what was not added is either the same record again or another answer
	// under a revision that is taken: that one a person must see
	clashingAnswerSQL = `INSERT INTO exam_anomaly (node, record, sitting, code, text, at)
		SELECT $6, $7, sitting, 'answer.revision', '第 ' || item || ' 题的修订号 ' || revision || ' 有两个不同的答案', $8
		FROM exam_answer
		WHERE (sitting, attempt, item, revision) = ($1, $2, $3, $4) AND choice <> $5 AND (node, record) <> ($6, $7)
		ON CONFLICT DO NOTHING`

	loginSQL = `INSERT INTO exam_attempt AS a (sitting, id, candidate, node, seat, terminal, fence, seen_at, record)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (sitting, id) DO UPDATE SET candidate = excluded.candidate, node = excluded.node, seat = excluded.seat,
			terminal = excluded.terminal, fence = excluded.fence, seen_at = excluded.seen_at, record = excluded.record
		WHERE a.fence <= excluded.fence`
	movedSQL = `INSERT INTO exam_attempt AS a (sitting, id, node, seat, fence, seen_at, record) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (sitting, id) DO UPDATE SET node = excluded.node, seat = excluded.seat, fence = excluded.fence,
			seen_at = excluded.seen_at, record = excluded.record WHERE a.fence <= excluded.fence`
	// the first paper of an attempt stays; paper returns it
	issuedSQL = `INSERT INTO exam_attempt AS a (sitting, id, candidate, node, paper, questions, relaxed, issued_at, seen_at, record)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)
		ON CONFLICT (sitting, id) DO UPDATE SET
			candidate = CASE WHEN a.candidate = '' THEN excluded.candidate ELSE a.candidate END,
			paper = CASE WHEN a.paper = '' THEN excluded.paper ELSE a.paper END,
			questions = CASE WHEN a.paper = '' THEN excluded.questions ELSE a.questions END,
			relaxed = CASE WHEN a.paper = '' THEN excluded.relaxed ELSE a.relaxed END,
			issued_at = coalesce(a.issued_at, excluded.issued_at), seen_at = greatest(a.seen_at, excluded.seen_at)
		RETURNING paper`
	startedSQL = `INSERT INTO exam_attempt AS a (sitting, id, node, started_at, allowed_ms, seen_at, record)
		VALUES ($1, $2, $3, $4, $5, $4, $6)
		ON CONFLICT (sitting, id) DO UPDATE SET started_at = coalesce(a.started_at, excluded.started_at),
			allowed_ms = CASE WHEN a.started_at IS NULL THEN excluded.allowed_ms ELSE a.allowed_ms END,
			seen_at = greatest(a.seen_at, excluded.seen_at)`
	handinSQL = `INSERT INTO exam_handin (sitting, attempt, how, who, reason, answered, answers, score, used_ms, node, record, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (sitting, attempt) DO NOTHING`
	handinAgainSQL = `SELECT (node, record) = ($3, $4) FROM exam_handin WHERE sitting = $1 AND attempt = $2`
	eventSQL       = `INSERT INTO exam_event (node, record, sitting, attempt, kind, who, detail, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (node, record) DO NOTHING`
	extendSQL = `UPDATE exam_attempt a SET extra_ms = extra_ms + $3 WHERE sitting = $1 AND ($2 = '' OR id = $2)
		AND NOT EXISTS (SELECT 1 FROM exam_handin h WHERE h.sitting = a.sitting AND h.attempt = a.id)`
	pauseSQL = `UPDATE exam_attempt SET paused = $3 WHERE sitting = $1 AND ($2 = '' OR id = $2)`

	verificationSQL = `INSERT INTO exam_verification (id, sitting, candidate, stage, score, threshold, engine, model, demo, snapshot,
		faces, decision, who, reason, node, record, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (node, id) DO NOTHING`
	checkinSQL = `INSERT INTO exam_checkin (node, record, sitting, candidate, admitted, verification, seat, who, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (node, record) DO NOTHING`
	irregularitySQL = `INSERT INTO exam_irregularity (id, sitting, candidate, code, note, evidence, who, node, record, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (node, id) DO NOTHING`
	// an alarm and its acknowledgement may come in either order
	alarmSQL = `INSERT INTO exam_alarm AS a (id, node, sitting, candidate, seat, level, code, text, snapshot, record, raised_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (node, id) DO UPDATE SET sitting = excluded.sitting, candidate = excluded.candidate, seat = excluded.seat,
			level = excluded.level, code = excluded.code, text = excluded.text, snapshot = excluded.snapshot,
			record = excluded.record, raised_at = excluded.raised_at WHERE a.raised_at IS NULL`
	alarmSeenSQL = `INSERT INTO exam_alarm AS a (id, node, sitting, seen_at, seen_by, seen_note) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (node, id) DO UPDATE SET seen_at = excluded.seen_at, seen_by = excluded.seen_by, seen_note = excluded.seen_note
		WHERE a.seen_at IS NULL`
	waitingSQL = `SELECT id FROM exam_sitting WHERE venue = $1 AND state = 'DISPATCHED' ORDER BY id`
	closedSQL  = `INSERT INTO exam_closeout (sitting, who, booked, admitted, absent, issued, started, submitted, answers, digest,
		node, record, at, pending, unused, terminated, acknowledged, second, waivers)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (sitting) DO NOTHING`
	closedAgainSQL = `SELECT (node, record) = ($2, $3) FROM exam_closeout WHERE sitting = $1`
	anomalySQL     = `INSERT INTO exam_anomaly (node, record, sitting, code, text, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`
	venueAuditSQL = `INSERT INTO exam_venue_audit (node, seq, actor, action, object, detail, mac, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (node, seq) DO NOTHING`
)
