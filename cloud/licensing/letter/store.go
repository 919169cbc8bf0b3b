package letter

import (
	"context"

	"huyun.internal/cloud/platform/db"
)

const (
	columns = `l.id, l.agency, l.kind, l.word, l.year, l.serial, l.number, l.trade, l.template, l.case_id, l.apply_no, l.applicant, l.idno_mask,
		l.issued_on, l.issued_at, l.issued_by, l.demo, l.lost, l.pages, l.code_blind, l.facts, l.digest, l.signature, l.mac,
		v.voided_at, coalesce(v.voided_by, '') AS voided_by, coalesce(v.why, '') AS void_why, v.mac AS void_mac,
		f.digest AS file_digest, f.signature AS file_signature, coalesce(f.pages, 0) AS file_pages, coalesce(f.lost, '') AS file_lost, f.mac AS file_mac`
	tables = ` FROM licensing_letter l LEFT JOIN licensing_letter_void v ON v.letter = l.id LEFT JOIN licensing_letter_late f ON f.letter = l.id`

	letterSQL = `SELECT ` + columns + tables + ` WHERE l.id = $1`
	byCodeSQL = `SELECT ` + columns + tables + ` WHERE l.code_blind = $1`
	ofCaseSQL = `SELECT ` + columns + tables + ` WHERE l.case_id = $1 ORDER BY l.issued_at, l.id`
	lockSQL   = `SELECT id FROM licensing_letter WHERE id = $1 FOR UPDATE`
	fileSQL   = `SELECT pdf FROM licensing_letter_file WHERE letter = $1`

	// the row is locked until the caller's transaction ends: who comes second waits,
	// and gets the next number when the first has committed, the same when not
	nextSQL = `INSERT INTO licensing_letter_register (agency, word, year, last) VALUES ($1, $2, $3, 1)
		ON CONFLICT (agency, word, year) DO UPDATE SET last = licensing_letter_register.last + 1 RETURNING last`

	insertSQL = `INSERT INTO licensing_letter (id, agency, kind, word, year, serial, number, trade, template, case_id, apply_no, applicant, idno_mask,
			issued_on, issued_at, issued_by, demo, lost, pages, code_blind, facts, digest, signature, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)`
	insertFileSQL = `INSERT INTO licensing_letter_file (letter, pdf) VALUES ($1, $2)`
	// of two who come at once the second waits, and leaves the first one's file
	insertLateSQL = `WITH late AS (INSERT INTO licensing_letter_late (letter, digest, signature, pages, lost, mac) VALUES ($1, $3, $4, $5, $6, $7)
			ON CONFLICT DO NOTHING RETURNING letter)
		INSERT INTO licensing_letter_file (letter, pdf) SELECT letter, $2 FROM late`
	insertVoidSQL = `INSERT INTO licensing_letter_void (letter, voided_at, voided_by, why, mac) VALUES ($1, $2, $3, $4, $5)`

	registersSQL = `SELECT r.agency, r.word, r.year, r.last, count(l.id) AS issued, count(v.letter) AS voided
		FROM licensing_letter_register r
		LEFT JOIN licensing_letter l ON l.agency = r.agency AND l.word = r.word AND l.year = r.year AND l.serial BETWEEN 1 AND r.last
		LEFT JOIN licensing_letter_void v ON v.letter = l.id
		WHERE r.year = $1 GROUP BY r.agency, r.word, r.year, r.last ORDER BY r.agency, r.word`
	missingSQL = `SELECT n FROM generate_series(1, $4::int) AS n
		WHERE NOT EXISTS (SELECT FROM licensing_letter l WHERE l.agency = $1 AND l.word = $2 AND l.year = $3 AND l.serial = n) ORDER BY n LIMIT 100`
	beyondSQL = `SELECT l.serial FROM licensing_letter l WHERE l.agency = $1 AND l.word = $2 AND l.year = $3 AND l.serial > $4 ORDER BY 1 LIMIT 100`
	voidedSQL = `SELECT ` + columns + tables + ` WHERE v.letter IS NOT NULL AND l.year = $1 AND l.serial > 0 ORDER BY l.word, l.serial LIMIT 500`
	yearsSQL  = `SELECT DISTINCT year FROM licensing_letter_register ORDER BY year DESC`
)

var sorts = db.Sorts{ //nolint:gochecknoglobals // the list's table
	"": "l.issued_at DESC, l.id", "issued_at": "l.issued_at", "number": "l.number", "apply_no": "l.apply_no", "kind": "l.kind",
}

func list(ctx context.Context, q db.Q, f Filter, page db.Page) (db.List[Letter], error) {
	w := new(db.Where).Eq("l.kind", f.Kind).Eq("l.trade", f.Trade).Eq("l.case_id", f.Case).Like(page.Q, "l.number", "l.apply_no", "l.applicant")
	if f.Year > 0 {
		w.And("l.year = ?", f.Year)
	}
	switch f.State {
	case Issued:
		w.And("v.letter IS NULL")
	case Void:
		w.And("v.letter IS NOT NULL")
	}
	return db.Select[Letter](ctx, q, `SELECT `+columns+tables, w, sorts, page)
}
