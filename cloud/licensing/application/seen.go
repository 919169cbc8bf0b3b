package application

import (
	"context"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/fault"
)

// seen is what one transaction has read of a case that it locked, so that the
// event, its letter, the platform's messages and the page that answers read it
// once. What the transaction writes goes in too.
type seen struct {
	course    []Happening
	clocks    clocks
	materials []Material
	inquiries []Inquiry // as they lay when the case was locked
	rounds    int       // of checks
	transfers *int      // other open cases of the person's that move a file
	holder    *practitioner.Holder
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

// clocksOf are the statutory clocks of a case, in the order in which they began.
func clocksOf(ctx context.Context, q db.Q, c *Case) (clocks, error) {
	if c.seen != nil && c.seen.clocks != nil {
		return slices.Clone(c.seen.clocks), nil
	}
	rows, err := db.All[clockRow](ctx, q, clocksSQL, c.ID)
	return clocksFrom(rows), err
}

// defectsOf are what an applicant was told to put right; nobody was before a notice.
func defectsOf(ctx context.Context, q db.Q, c *Case) ([]Defect, error) {
	if !c.Corrected {
		return []Defect{}, nil
	}
	return db.All[Defect](ctx, q, defectsSQL, c.ID)
}

// once does to a locked case what an event id asks for, unless it has been done: every
// door that takes a caller's id goes through here. Fault: licensing.case.repeated when
// another event was done with it.
func once(ctx context.Context, q db.Q, c *Case, id string, e licensing.Event, do func() error) error {
	course, err := courseOf(ctx, q, c)
	if err != nil {
		return err
	}
	switch i := slices.IndexFunc(course, func(h Happening) bool { return h.ID == id }); {
	case i < 0:
		return do()
	case course[i].Event != e:
		return fault.New(fault.Conflict, "licensing.case.repeated", "这次操作的编号已被另一操作使用，请刷新页面后重试")
	}
	return nil
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
func (s *Service) addMaterials(ctx context.Context, q db.Q, b *db.Batch, c *Case, add ...Material) error {
	have, err := handed(ctx, q, c)
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
	for _, m := range add {
		b.Write(addMaterial, c.ID, m.Code, m.Revision, m.Form, m.Name, m.Kind, m.Size, m.Blob, m.Source, m.By, m.At)
	}
	return nil
}

// inquiries are what the registers had been asked when the case was locked.
func (w *work) inquiries(ctx context.Context) (hearing, error) {
	if w.seen != nil {
		return heard(w.seen.inquiries), nil
	}
	return asked(ctx, w.tx, w.ID)
}

// round numbers the next round of a case's checks.
func (w *work) round(ctx context.Context) (int, error) {
	if w.seen != nil {
		w.seen.rounds++
		return w.seen.rounds, nil
	}
	n, err := db.Value[int](ctx, w.tx, lastRoundSQL, w.ID)
	return n + 1, err
}

// transfers is how many other open cases move the person's file.
func (w *work) transfers(ctx context.Context) (int, error) {
	if w.seen != nil && w.seen.transfers != nil {
		return *w.seen.transfers, nil
	}
	return db.Value[int](ctx, w.tx, transfersSQL, w.Person, w.ID)
}

// applicant is whose case it is, through merges, with what they hold as the
// transaction found it.
func (s *Service) applicant(ctx context.Context, q db.Q, c *Case) (practitioner.Holder, error) {
	if c.seen != nil && c.seen.holder != nil {
		return *c.seen.holder, nil
	}
	p, err := s.People.Holder(ctx, q, c.Person)
	if err == nil && c.seen != nil {
		c.seen.holder = &p
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
	v, err := s.Sanctions.JudgeAll(ctx, q, p.Numbers, c.Matter, string(c.Action), c.Categories...)
	if err == nil && c.seen != nil {
		c.seen.verdict = &v
	}
	return v, err
}
