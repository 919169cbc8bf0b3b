package application

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// records are what our own records say of many applicants, read at once for a
// company's roster; a case that is looked at alone asks for its own.
type records struct {
	passed credit.Passed
	hours  map[string]map[string]int // category → file → continuing education
}

// Lacking is everything that drafts still need before they can be submitted, beside
// what our own records prove, by case. It checks no right. Fault: missing.
func (s *Service) Lacking(ctx context.Context, tx pgx.Tx, ids []string) (map[string][]matter.Defect, error) {
	list, err := s.drafts(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	if len(list) < len(ids) {
		return nil, db.Missing()
	}
	r, err := s.recordsOf(ctx, tx, list)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]matter.Defect, len(list))
	for i := range list {
		if out[list[i].ID], err = s.lacks(ctx, tx, &list[i], r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// drafts reads cases with what was handed in and whose they are.
func (s *Service) drafts(ctx context.Context, tx pgx.Tx, ids []string) ([]Case, error) {
	var list []Case
	var materials []struct {
		Material

		Case string `db:"case_id"`
	}
	var b db.Batch
	db.Read(&b, &list, casesSQL, ids)
	db.Read(&b, &materials, casesMaterialsSQL, ids)
	if err := b.Send(ctx, tx); err != nil {
		return nil, err
	}
	people := make([]string, len(list))
	for i := range list {
		people[i] = list[i].Person
	}
	holders, err := s.People.Holders(ctx, tx, people)
	if err != nil {
		return nil, err
	}
	handed := map[string][]Material{}
	for i := range materials {
		handed[materials[i].Case] = append(handed[materials[i].Case], materials[i].Material)
	}
	for i := range list {
		c := &list[i]
		h, found := holders[c.Person]
		if !found {
			return nil, db.Missing()
		}
		c.seen = &seen{materials: handed[c.ID], holder: &h}
		if c.seen.materials == nil {
			c.seen.materials = []Material{}
		}
	}
	return list, nil
}

// recordsOf reads what the checks that stand in for materials ask of everybody.
func (s *Service) recordsOf(ctx context.Context, q db.Q, list []Case) (*records, error) {
	var blinds [][]byte
	var people, categories []string
	for i := range list {
		blinds = append(blinds, list[i].seen.holder.Numbers...)
		people = append(people, list[i].Person)
		for _, c := range list[i].Categories {
			if !slices.Contains(categories, c) {
				categories = append(categories, c)
			}
		}
	}
	out := &records{hours: map[string]map[string]int{}}
	var err error
	if out.passed, err = s.Credits.Passed(ctx, q, blinds, categories); err != nil {
		return nil, err
	}
	for _, c := range categories {
		if out.hours[c], err = s.People.HoursOf(ctx, q, people, c, s.Rules.neededTo(c, s.today()).since); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// lacks is what one draft needs, from what was read of it.
func (s *Service) lacks(ctx context.Context, tx pgx.Tx, c *Case, r *records) ([]matter.Defect, error) {
	w := &work{Case: c, tx: tx}
	var err error
	if w.def, err = s.Matters.At(c.Matter, c.Version); err != nil {
		return nil, err
	}
	if w.form, err = s.form(c); err != nil {
		return nil, fmt.Errorf("read what a case has: %w", err)
	}
	f, err := s.known(ctx, w)
	if err != nil {
		return nil, err
	}
	f.records = r
	var codes []string
	for _, m := range c.seen.materials {
		codes = append(codes, m.Code)
	}
	for _, m := range w.def.MaterialsFor(c.Categories, w.form) {
		ok, err := s.proves(ctx, f, m)
		if err != nil {
			return nil, err
		}
		if ok {
			codes = append(codes, m.Code)
		}
	}
	return w.def.Check(w.form, codes, matter.Entry{Channel: c.Channel, Categories: c.Categories, Today: s.today()}), nil
}

// missing are the subjects of a category that the applicant has not passed.
func (f *facts) missing(ctx context.Context, category string) ([]string, error) {
	if f.records != nil {
		_, missing := f.records.passed.Held(f.numbers, category)
		return missing, nil
	}
	_, missing, err := f.s.Credits.Held(ctx, f.tx, f.numbers, category)
	return missing, err
}

// hours is the applicant's continuing education of a category since a day.
func (f *facts) hours(ctx context.Context, category string, since clock.Date) (int, error) {
	if f.records != nil {
		return f.records.hours[category][f.Person], nil
	}
	return f.s.People.Hours(ctx, f.tx, f.person.ID, category, since)
}
