package application

import (
	"context"
	"maps"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// What a company does for its people (M42–M44): licensing/batch asks who may do
// it, nothing here does.
const (
	// KindCompany is the kind of an actor that is a company's agent; their ID is
	// its unified social credit code.
	KindCompany = "company"
	// PermCompany is what such an actor's session carries.
	PermCompany = "licensing.company"
)

// CompanyDraft is one person of a company's roster and what is applied for.
type CompanyDraft struct {
	ID       string // of the event
	Matter   string
	Who      practitioner.Basic
	Category string
	Form     map[string]string
	// Roster names the roster and the line in it: what proves the employment.
	Roster string
}

// Offers says whether companies can apply for a matter. Faults:
// licensing.matter.missing, licensing.case.open.channel, .effect.
func (s *Service) Offers(code string) (matter.Definition, error) {
	return s.offeredOn(code, licensing.Company)
}

// renewable is Renewable of a person whose certificates have not been read.
func (s *Service) renewable(ctx context.Context, q db.Q, d matter.Definition, of, category string) (practitioner.Licence, error) {
	list, err := s.People.Licences(ctx, q, of)
	if err != nil {
		return practitioner.Licence{}, err
	}
	return Renewable(d, list, category)
}

// Renewable is the certificate in force, of those that a person has, that a
// company's matter is about, and "" for a first one. Faults:
// licensing.case.open.licence, .holds.
func Renewable(d matter.Definition, list []practitioner.Licence, category string) (practitioner.Licence, error) {
	for _, l := range list {
		if l.State != practitioner.InForce || !about(d, l, []string{category}) || !has(l, category) {
			continue
		}
		if d.Who.Holds == matter.MustNot {
			return l, fault.New(fault.Precondition, "licensing.case.open.holds", "已持有这一岗位的有效证件，不需要再次申领；遗失、毁损请办理补证")
		}
		return l, nil
	}
	if d.Who.Holds == matter.Must {
		return practitioner.Licence{}, fault.New(fault.Precondition, "licensing.case.open.licence", "名下没有这一岗位的有效证件，不能换证或补证，请核对岗位或改办新证")
	}
	return practitioner.Licence{}, nil
}

func has(l practitioner.Licence, category string) bool {
	for _, c := range l.Categories {
		if c.Code == category {
			return true
		}
	}
	return false
}

// CompanyOpen begins an application of a roster's line for whoever sent the
// roster. Faults: those of Offers and Renewable, of the person's data.
func (s *Service) CompanyOpen(ctx context.Context, tx pgx.Tx, by auth.Actor, in CompanyDraft) (Case, error) {
	d, err := s.Offers(in.Matter)
	if err != nil {
		return Case{}, err
	}
	p, err := s.People.Ensure(ctx, tx, in.Who)
	if err != nil {
		return Case{}, err
	}
	if p.Name != in.Who.Name {
		return Case{}, fault.New(fault.Conflict, "licensing.case.open.name", "姓名与该身份证号在册的姓名不同，请核对身份证")
	}
	l, err := s.renewable(ctx, tx, d, p.ID, in.Category)
	if err != nil {
		return Case{}, err
	}
	facts, err := s.filledFor(ctx, tx, p, in.Who.ID.Reveal(), in.Who.Mobile.Reveal(), l, []string{in.Category})
	if err != nil {
		return Case{}, err
	}
	c := Case{Channel: licensing.Company, Licence: l.ID, Categories: []string{in.Category}}
	if c.ApplyNo, err = s.applyNo(ctx, tx, d); err != nil {
		return c, err
	}
	form := maps.Clone(in.Form)
	fill(d, form, facts, c.Categories)
	if c, err = s.begin(ctx, tx, by, d, p, c, form, in.ID); err != nil {
		return c, err
	}
	var roster []Material
	for _, m := range d.MaterialsFor(c.Categories, form) {
		if m.Code == "M23" {
			roster = append(roster, Material{Code: m.Code, Form: "data", Name: in.Roster, Source: string(m.Source), By: by.ID})
		}
	}
	var b db.Batch
	if err := s.addMaterials(ctx, tx, &b, &c, roster...); err != nil {
		return c, err
	}
	return c, b.Send(ctx, tx)
}

// CompanyAttach hands in a file of a company's case, or with none that a clerk saw
// the original. Faults: as Attach.
func (s *Service) CompanyAttach(ctx context.Context, tx pgx.Tx, id string, by auth.Actor, code, name string, data []byte) error {
	c, err := s.through(ctx, tx, id, licensing.Company)
	if err != nil {
		return err
	}
	m := Material{Code: code, Form: "original", Name: "原件已核对", Source: "WINDOW", By: by.ID}
	if len(data) > 0 {
		if m, err = scanned(code, name, data, "COMPANY", by.ID); err != nil {
			return err
		}
	}
	return s.attach(ctx, tx, &c, m, data)
}

// through locks a case that came in by a channel; another one is as good as none.
func (s *Service) through(ctx context.Context, tx pgx.Tx, id string, ch licensing.Channel) (Case, error) {
	c, err := s.lock(ctx, tx, id)
	if err == nil && c.Channel != ch {
		err = db.Missing()
	}
	return c, err
}

// CompanyDo makes an event happen to a company's case as it stands; a repeat
// answers what the first did. Faults: as Do.
func (s *Service) CompanyDo(ctx context.Context, tx pgx.Tx, id string, by auth.Actor, e licensing.Event, event, text string) (Case, error) {
	return s.doThrough(ctx, tx, id, licensing.Company, by, e, Order{ID: event, Text: text})
}

// CompanyDeliver hands over what was granted on a company's application.
func (s *Service) CompanyDeliver(ctx context.Context, tx pgx.Tx, id string, by auth.Actor, event string, h letter.Handover) (Case, error) {
	return s.doThrough(ctx, tx, id, licensing.Company, by, licensing.Deliver, Order{ID: event, Delivery: &h})
}

// doThrough makes an event happen to a case of a channel as it stands; a repeat
// answers what the first did.
func (s *Service) doThrough(ctx context.Context, tx pgx.Tx, id string, ch licensing.Channel, by auth.Actor, e licensing.Event, o Order) (Case, error) {
	c, err := s.through(ctx, tx, id, ch)
	if err != nil {
		return c, err
	}
	o.Version = c.Revision
	err = once(ctx, tx, &c, o.ID, e, func() error { return s.happens(ctx, tx, &c, e, o, by) })
	return c, err
}
