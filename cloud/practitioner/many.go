package practitioner

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// What is asked of many people at once, as for a company's roster: as many round
// trips for five hundred as for one.

const (
	// where the files $1 are now, read once: an index finds what belongs to them
	survivors = `ARRAY(SELECT coalesce(m.merged_into, m.id) FROM practitioner m WHERE m.id = ANY($1))`

	foundSQL = `SELECT m.idno_blind AS sought, ` + personColumns + ` FROM practitioner m JOIN practitioner p ON p.id = coalesce(m.merged_into, m.id)
		WHERE m.idno_blind = ANY($1)`
	filesSQL = `SELECT m.id AS asked, ` + personColumns + ` FROM practitioner m JOIN practitioner p ON p.id = coalesce(m.merged_into, m.id)
		WHERE m.id = ANY($1)`
	numbersOfSQL = `SELECT coalesce(p.merged_into, p.id) AS file, p.idno_blind FROM practitioner p
		WHERE p.id = ANY(` + survivors + `) OR p.merged_into = ANY(` + survivors + `)`
	heldSQL = listHeldSQL + ` WHERE l.person = ANY(` + survivors + `)` + heldOrder

	nowSQL       = `SELECT m.id AS asked, coalesce(m.merged_into, m.id) AS file FROM practitioner m WHERE m.id = ANY($1)`
	coursesOfSQL = educationColumns + ` WHERE person = ANY(` + survivors + `)`
)

// Holder is a file with its certificates, as Licences has them, and with every index
// of an ID number of the person: those of the files that went into it too.
type Holder struct {
	Person

	Licences []Licence
	Numbers  [][]byte
}

// Holder reads a file, through a merge, with what it holds. It checks no right.
// Faults: record.missing, practitioner.licence.tampered.
func (s *Service) Holder(ctx context.Context, q db.Q, id string) (Holder, error) {
	all, err := s.Holders(ctx, q, []string{id})
	if err != nil {
		return Holder{}, err
	}
	h, found := all[id]
	if !found {
		return h, db.Missing()
	}
	return h, nil
}

// Holders are files as Holder has them, by the ids that were asked for; one that is
// not there is left out. It checks no right. Fault: practitioner.licence.tampered.
func (s *Service) Holders(ctx context.Context, q db.Q, ids []string) (map[string]Holder, error) {
	out, damaged, err := s.EachHolder(ctx, q, ids)
	for _, why := range damaged {
		return nil, why
	}
	return out, err
}

// EachHolder is Holders where one damaged file stops no other, as for a list: whose
// certificates were changed behind the program's back is left out, and in damaged with
// the fault practitioner.licence.tampered.
func (s *Service) EachHolder(ctx context.Context, q db.Q, ids []string) (sound map[string]Holder, damaged map[string]error, err error) {
	var files []struct {
		Person

		Asked string `db:"asked"`
	}
	var numbers []struct {
		File  string `db:"file"`
		Blind []byte `db:"idno_blind"`
	}
	var rows []heldRow
	var b db.Batch
	db.Read(&b, &files, filesSQL, ids)
	db.Read(&b, &numbers, numbersOfSQL, ids)
	db.Read(&b, &rows, heldSQL, ids)
	if err := b.Send(ctx, q); err != nil {
		return nil, nil, err
	}
	licences := licencesFrom(rows)
	blinds, held := map[string][][]byte{}, map[string][]Licence{}
	for _, n := range numbers {
		blinds[n.File] = append(blinds[n.File], n.Blind)
	}
	for i := range licences {
		of := licences[i].Person
		held[of] = append(held[of], licences[i])
	}
	sound, damaged = make(map[string]Holder, len(files)), map[string]error{}
	for i := range files {
		p := files[i].Person
		if why := s.genuine(held[p.ID]); why != nil {
			damaged[files[i].Asked] = why
			continue
		}
		h := Holder{Person: p, Licences: held[p.ID], Numbers: blinds[p.ID]}
		if h.Licences == nil {
			h.Licences = []Licence{}
		}
		sound[files[i].Asked] = h
	}
	return sound, damaged, nil
}

// Found are the files of indexes of ID numbers, through merges, by the index as
// text; a number without a file is left out. It checks no right.
func (s *Service) Found(ctx context.Context, q db.Q, blinds [][]byte) (map[string]Person, error) {
	list, err := db.All[struct {
		Person

		Sought []byte `db:"sought"`
	}](ctx, q, foundSQL, blinds)
	out := make(map[string]Person, len(list))
	for i := range list {
		out[string(list[i].Sought)] = list[i].Person
	}
	return out, err
}

// HoursOf is Hours of many files, by the ids that were asked for; who has none is
// left out. It checks no right. Fault: practitioner.fact.tampered.
func (s *Service) HoursOf(ctx context.Context, q db.Q, ids []string, category string, since clock.Date) (map[string]int, error) {
	var files []struct {
		Asked string `db:"asked"`
		File  string `db:"file"`
	}
	var courses []EducationFact
	var b db.Batch
	db.Read(&b, &files, nowSQL, ids)
	db.Read(&b, &courses, coursesOfSQL, ids)
	if err := b.Send(ctx, q); err != nil {
		return nil, err
	}
	if err := sound(s, courses); err != nil {
		return nil, err
	}
	of := map[string]int{}
	for _, c := range courses {
		if c.Category == category && !c.Ends.Before(since) {
			of[c.Person] += c.Hours
		}
	}
	out := make(map[string]int, len(files))
	for _, f := range files {
		if n := of[f.File]; n > 0 {
			out[f.Asked] = n
		}
	}
	return out, nil
}
