package practitioner

import (
	"context"
	"strings"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

const personColumns = `p.id, p.idno_blind, p.name, p.idno_mask, p.sex, p.birth, p.nation, p.residence, p.mobile_mask,
	p.address IS NOT NULL AS has_address, p.photo IS NOT NULL AS has_photo, p.archive_no, coalesce(p.merged_into, '') AS merged_into,
	p.expires, p.demo, p.version, p.created_at, p.changed_at`

const licenceColumns = `l.id, l.person, l.type, l.post, l.number_blind, l.number_mask, l.service_no, l.issuer, l.first_issue, l.valid_from,
	l.valid_to, l.state, l.state_why, l.print_version, l.version, l.changed_at, l.mac`

const (
	personSQL = `SELECT ` + personColumns + ` FROM practitioner p WHERE p.id = $1`
	// a merged file's survivor is never merged itself
	survivorSQL = `SELECT ` + personColumns + ` FROM practitioner p WHERE p.id = ` + survivor
	knownSQL    = `SELECT ` + personColumns + ` FROM practitioner p WHERE p.idno_blind = ANY($1)`
	byBlindSQL  = `SELECT ` + personColumns + ` FROM practitioner p WHERE p.id = (SELECT coalesce(m.merged_into, m.id) FROM practitioner m WHERE m.idno_blind = $1)`
	lockSQL     = survivorSQL + ` FOR UPDATE OF p`
	insertSQL   = `INSERT INTO practitioner (id, name, idno, idno_blind, idno_mask, sex, birth, nation, residence, mobile, mobile_blind, mobile_mask, address, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) ON CONFLICT (idno_blind) DO NOTHING`
	// what a file has stays, what it lacks is filled
	fillSQL = `UPDATE practitioner SET nation = CASE WHEN nation = '' THEN $2 ELSE nation END,
		residence = CASE WHEN residence = '' THEN $3 ELSE residence END, mobile = coalesce(mobile, $4), mobile_blind = coalesce(mobile_blind, $5),
		mobile_mask = CASE WHEN mobile_mask = '' THEN $6 ELSE mobile_mask END, address = coalesce(address, $7), version = version + 1, changed_at = $8
		WHERE id = $1`
	changeSQL = `UPDATE practitioner SET name = $2, nation = $3, residence = $4, mobile = $5, mobile_blind = $6, mobile_mask = $7, address = $8,
		version = version + 1, changed_at = $9 WHERE id = $1`
	photoSQL   = `UPDATE practitioner SET photo = $2, photo_kind = $3, photo_blind = $4, version = version + 1, changed_at = $5 WHERE id = $1`
	sealedSQL  = `SELECT idno, mobile, address, photo, photo_kind FROM practitioner WHERE id = $1`
	blindsSQL  = `SELECT idno_blind FROM practitioner WHERE id = $1 OR merged_into = $1`
	mergedSQL  = `SELECT ` + personColumns + ` FROM practitioner p WHERE p.merged_into = $1 ORDER BY p.created_at`
	archiveSQL = `UPDATE practitioner SET archive_no = $2 WHERE id = $1`

	archiveUsedSQL = `SELECT EXISTS (SELECT FROM practitioner WHERE archive_no = $1 AND archive_no <> '')`
	numberUsedSQL  = `SELECT EXISTS (SELECT FROM practitioner_licence WHERE type = 'BUS' AND number_blind = $1)`
	nextNumberSQL  = `INSERT INTO practitioner_number (series, last) VALUES ($1, 1) ON CONFLICT (series) DO UPDATE SET last = practitioner_number.last + 1 RETURNING last`

	// with their categories in one statement: two would see two moments, between which
	// another certificate may come or this one change, and look edited
	listHeldSQL = `SELECT ` + licenceColumns + `, coalesce((SELECT jsonb_agg(jsonb_build_object('category', c.category, 'first_issue', c.first_issue, 'valid_to', c.valid_to)
		ORDER BY c.category) FROM practitioner_category c WHERE c.licence = l.id), '[]') AS held FROM practitioner_licence l`
	heldOrder = ` ORDER BY l.state = '10' DESC, l.valid_from DESC, l.id DESC`

	licencesSQL    = listHeldSQL + ` WHERE l.person = ANY($1)` + heldOrder
	licenceSQL     = `SELECT ` + licenceColumns + ` FROM practitioner_licence l WHERE l.id = $1`
	lockLicenceSQL = licenceSQL + ` FOR UPDATE`
	byNumberSQL    = `SELECT ` + licenceColumns + ` FROM practitioner_licence l WHERE l.number_blind = $1 ORDER BY l.valid_from DESC, l.id DESC`
	standingSQL    = `SELECT ` + licenceColumns + ` FROM practitioner_licence l WHERE l.person = $1 AND l.type = $2 AND ($3 = '' OR l.post = $3)
		AND l.state IN ('10', '02') ORDER BY l.state = '10' DESC, l.valid_from DESC, l.id DESC LIMIT 1 FOR UPDATE`
	insertLicenceSQL = `INSERT INTO practitioner_licence (id, person, type, post, number, number_blind, number_mask, service_no, issuer, first_issue,
		valid_from, valid_to, state, state_why, print_version, version, changed_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	updateLicenceSQL = `UPDATE practitioner_licence SET person = $2, service_no = $3, issuer = $4, valid_from = $5, valid_to = $6, state = $7, state_why = $8,
		print_version = $9, version = $10, changed_at = $11, mac = $12 WHERE id = $1 AND version = $10 - 1`
	categoriesSQL  = `SELECT licence, category, first_issue, valid_to FROM practitioner_category WHERE licence = ANY($1) ORDER BY category`
	putCategorySQL = `INSERT INTO practitioner_category (licence, category, first_issue, valid_to, person, state) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (licence, category) DO UPDATE SET first_issue = excluded.first_issue, valid_to = excluded.valid_to, person = excluded.person,
			state = excluded.state`
	dropCategorySQL = `DELETE FROM practitioner_category WHERE licence = $1 AND category = ANY($2)`
	expirySQL       = `UPDATE practitioner SET expires = least(
		(SELECT min(c.valid_to) FROM practitioner_licence l JOIN practitioner_category c ON c.licence = l.id WHERE l.person = $1 AND l.state = '10'),
		(SELECT min(r.reg_to) FROM practitioner_registration r WHERE r.person = $1 AND r.state = 'ACTIVE')) WHERE id = $1`

	insertEventSQL = `INSERT INTO practitioner_event (id, person, at, kind, text, ref, licence, before, after, by_id, by_name)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	timelineSQL = `SELECT e.id, e.person, e.at, e.kind, e.text, e.ref, e.licence, e.before, e.after, e.by_name FROM practitioner_event e`
)

var timelineSorts = db.Sorts{"": "e.at DESC, e.id DESC", "at": "e.at", "kind": "e.kind"}

// Filter narrows the list of files; empty fields do not.
type Filter struct {
	Category, Type string
	State          LicenceState
	Employer       string
	Residence      string
	Days           int    // something ends within so many days from today
	Name           string // the beginning of a name
	Blind, Mobile  []byte // whole numbers
	Number         []byte // of a certificate
	Archive        string
}

const (
	listSQL  = `SELECT ` + personColumns + ` FROM practitioner p`
	countSQL = `SELECT 1 FROM practitioner p`
)

var listSorts = db.Sorts{
	"": "p.created_at DESC, p.id DESC", "name": "p.name", "expires": "p.expires",
}

// narrow is the WHERE of a list. Texts are prefixes, which an index answers.
func narrow(f Filter, today clock.Date) *db.Where {
	w := new(db.Where).And("p.merged_into IS NULL").Eq("p.residence", f.Residence)
	if f.Name != "" {
		w.And("p.name LIKE ?", db.Begins(f.Name))
	}
	switch {
	case f.Blind != nil:
		// a merged file is found as the one it went into
		w = new(db.Where).And("p.id = (SELECT coalesce(m.merged_into, m.id) FROM practitioner m WHERE m.idno_blind = ?)", f.Blind)
	case f.Mobile != nil:
		w.And("p.mobile_blind = ?", f.Mobile)
	case f.Archive != "":
		w = new(db.Where).And("p.id = (SELECT coalesce(m.merged_into, m.id) FROM practitioner m WHERE m.archive_no = ?)", f.Archive)
	case f.Number != nil:
		w.And("p.id IN (SELECT l.person FROM practitioner_licence l WHERE l.number_blind = ?)", f.Number)
	}
	if f.Employer != "" {
		w.And("EXISTS (SELECT FROM practitioner_registration r WHERE r.person = p.id AND r.state = 'ACTIVE' AND r.employer LIKE ?)", db.Begins(f.Employer))
	}
	if f.Days > 0 {
		w.And("p.expires >= ? AND p.expires <= ?", today, today.Add(f.Days))
	}
	f.licences(w, today)
	return w
}

// licences asks for one certificate that fits category, type and state at once.
// What is past its day is expired, whatever the row still says. A category is of
// one type of certificate, so one table answers.
func (f Filter) licences(w *db.Where, today clock.Date) {
	if f.Category == "" && f.Type == "" && f.State == "" {
		return
	}
	from := "practitioner_licence h"
	conds, args := []string{}, []any{}
	and := func(cond string, values ...any) { conds, args = append(conds, cond), append(args, values...) }
	if f.Category != "" {
		from = "practitioner_category h"
		and("h.category = ?", f.Category)
		if f.Type != "" && TypeOf(f.Category) != f.Type {
			and("false")
		}
	} else if f.Type != "" {
		and("h.type = ?", f.Type)
	}
	rare := false
	switch f.State {
	case "":
	case InForce:
		and("h.state = '10' AND (h.valid_to IS NULL OR h.valid_to >= ?)", today)
	case Expired:
		and("(h.state = '02' OR (h.state = '10' AND h.valid_to < ?))", today)
	default:
		rare = true
		and("h.state = ?", f.State)
	}
	fits := " FROM " + from + " WHERE " + strings.Join(conds, " AND ")
	if rare {
		// few have it: found first, instead of hoped for along the list
		w.And("p.id = ANY(ARRAY(SELECT h.person"+fits+"))", args...)
		return
	}
	w.And("EXISTS (SELECT"+fits+" AND h.person = p.id)", args...)
}

func list(ctx context.Context, q db.Q, f Filter, today clock.Date, page db.Page) (db.List[Person], error) {
	return db.SelectSome[Person](ctx, q, listSQL, countSQL, narrow(f, today), listSorts, page)
}
