package conduct

const (
	listSQL = `SELECT i.id, i.candidate, coalesce(c.name, '') AS name, coalesce(c.admission, '') AS admission,
		coalesce(nullif(a.seat, ''), c.seat, '') AS seat, i.code, i.note, i.evidence, i.who, i.node = '' AS centre, i.at
		FROM exam_irregularity i LEFT JOIN exam_candidate c ON c.id = i.candidate AND c.sitting = i.sitting
		LEFT JOIN LATERAL (SELECT seat FROM exam_attempt x WHERE x.sitting = i.sitting AND x.candidate = i.candidate
			ORDER BY x.record DESC LIMIT 1) a ON true
		WHERE i.sitting = $1 ORDER BY i.at, i.id`
	rulingsSQL = `SELECT DISTINCT ON (irregularity) id, irregularity, sitting, consequence, referred, reason, who, who_name, at, mac
		FROM exam_ruling WHERE sitting = $1 ORDER BY irregularity, id DESC`
	putRulingSQL = `INSERT INTO exam_ruling (sitting, irregularity, consequence, referred, reason, who, who_name, at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`
	noteSQL = `INSERT INTO exam_irregularity (id, sitting, candidate, code, note, evidence, who, node, record, at)
		VALUES ($1, $2, $3, $4, $5, '', $6, '', 0, $7)`
	candidateSQL = `SELECT EXISTS (SELECT FROM exam_candidate WHERE sitting = $1 AND id = $2)`
	identifySQL  = `INSERT INTO exam_verification (id, sitting, candidate, stage, score, threshold, engine, model, demo, snapshot,
		faces, decision, who, reason, node, record, at)
		VALUES ($1, $2, $3, '` + stageCentre + `', 0, 0, 'none', '', false, '', 0, $4, $5, $6, '', 0, $7)`
	// The centre's word stands over all; before it, a person's refusal that no
	// person took back at the same stage; then a last check that nobody passed.
	identitySQL = `WITH v AS (SELECT *, who NOT IN ('', 'machine') AS person,
			row_number() OVER (PARTITION BY candidate, stage ORDER BY at DESC, record DESC, id DESC) AS last,
			row_number() OVER (PARTITION BY candidate, stage, who NOT IN ('', 'machine') ORDER BY at DESC, record DESC, id DESC) AS word
			FROM exam_verification WHERE sitting = $1),
		said AS (SELECT candidate,
			max(decision) FILTER (WHERE stage = '` + stageCentre + `' AND last = 1) AS centre,
			coalesce(bool_or(decision = 'fail') FILTER (WHERE person AND word = 1), false) AS refused,
			coalesce(bool_or(decision <> 'pass') FILTER (WHERE last = 1), false) AS open
			FROM v GROUP BY candidate)
		SELECT candidate, CASE WHEN centre = 'pass' THEN '' WHEN centre = 'fail' OR refused THEN '` + string(Other) + `'
			WHEN open THEN '` + string(Doubt) + `' ELSE '' END AS identity FROM said`
)
