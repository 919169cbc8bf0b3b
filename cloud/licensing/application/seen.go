package application

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
)

// seen is what one transaction has read of a case that it locked, so that the
// event, its letter, the platform's messages and the page that answers read it
// once. What the transaction writes goes in too.
type seen struct {
	course    []Happening
	materials []Material
	person    *practitioner.Person
	verdict   *sanction.Verdict
}

// courseOf is what has happened to a case, the first first.
func courseOf(ctx context.Context, q db.Q, c *Case) ([]Happening, error) {
	if c.seen != nil && c.seen.course != nil {
		return slices.Clone(c.seen.course), nil
	}
	list, err := db.All[Happening](ctx, q, eventsSQL, c.ID)
	if err == nil && c.seen != nil {
		c.seen.course = slices.Clone(list)
	}
	return list, err
}

// done tells what an event id has already done to a case.
func done(ctx context.Context, q db.Q, c *Case, id string) (Happening, bool, error) {
	course, err := courseOf(ctx, q, c)
	if i := slices.IndexFunc(course, func(h Happening) bool { return h.ID == id }); err == nil && i >= 0 {
		return course[i], true, nil
	}
	return Happening{}, false, err
}

// handed are the newest revisions of what was handed in for a case, by code.
func handed(ctx context.Context, q db.Q, c *Case) ([]Material, error) {
	if c.seen != nil && c.seen.materials != nil {
		return slices.Clone(c.seen.materials), nil
	}
	list, err := db.All[Material](ctx, q, materialsSQL, c.ID)
	if err == nil && c.seen != nil {
		c.seen.materials = slices.Clone(list)
	}
	return list, err
}

// addMaterials keeps what was handed in, as the newest revisions.
func (s *Service) addMaterials(ctx context.Context, tx pgx.Tx, c *Case, add ...Material) error {
	have, err := handed(ctx, tx, c)
	if err != nil {
		return err
	}
	for i := range add {
		m := &add[i]
		m.Revision, m.At = 1, s.now()
		at, found := slices.BinarySearchFunc(have, m.Code, func(h Material, code string) int { return strings.Compare(h.Code, code) })
		if !found {
			have = slices.Insert(have, at, *m)
			continue
		}
		m.Revision = have[at].Revision + 1
		have[at] = *m
	}
	if c.seen != nil {
		c.seen.materials = have
	}
	return db.Each(ctx, tx, addMaterial, add, func(m Material) []any {
		return []any{c.ID, m.Code, m.Revision, m.Form, m.Name, m.Kind, m.Size, m.Blob, m.Source, m.By, m.At}
	})
}

// applicant is whose case it is, through merges.
func (s *Service) applicant(ctx context.Context, q db.Q, c *Case) (practitioner.Person, error) {
	if c.seen != nil && c.seen.person != nil {
		return *c.seen.person, nil
	}
	p, err := s.People.Get(ctx, q, c.Person)
	if err == nil && c.seen != nil {
		c.seen.person = &p
	}
	return p, err
}

// judged is what lists and revocations do to a case.
func (s *Service) judged(ctx context.Context, q db.Q, c *Case) (sanction.Verdict, error) {
	if c.seen != nil && c.seen.verdict != nil {
		return *c.seen.verdict, nil
	}
	p, err := s.applicant(ctx, q, c)
	if err != nil {
		return sanction.Verdict{}, err
	}
	v, err := s.Sanctions.Judge(ctx, q, p.Blind, c.Matter, string(c.Action))
	if err == nil && c.seen != nil {
		c.seen.verdict = &v
	}
	return v, err
}
