package application

import (
	"context"
	"maps"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// What another province sends through the ministry's platform (M40): whoever takes
// its messages asks who may do it, nothing here does.

// ProvinceDraft is an application as a message tells it.
type ProvinceDraft struct {
	ID         string // of the event
	Matter     string
	Who        practitioner.Basic
	Categories []string
	Form       map[string]string
}

// ProvinceOpen begins an application of a message. Faults:
// licensing.matter.missing, licensing.case.open.channel, .effect, .licence, .holds,
// .name, those of the person's data.
func (s *Service) ProvinceOpen(ctx context.Context, tx pgx.Tx, by auth.Actor, in ProvinceDraft) (Case, error) {
	d, err := s.offeredOn(in.Matter, licensing.Province)
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
	l, err := s.sent(ctx, tx, d, p.ID, in.Categories)
	if err != nil {
		return Case{}, err
	}
	facts, err := s.filledFor(ctx, tx, p, in.Who.ID.Reveal(), in.Who.Mobile.Reveal(), l, in.Categories)
	if err != nil {
		return Case{}, err
	}
	c := Case{Channel: licensing.Province, Licence: l.ID, Categories: in.Categories}
	if c.ApplyNo, err = s.applyNo(ctx, tx, d); err != nil {
		return c, err
	}
	form := maps.Clone(in.Form)
	if form == nil {
		form = map[string]string{}
	}
	fill(d, form, facts, c.Categories)
	return s.begin(ctx, tx, by, d, p, c, form, in.ID)
}

// sent is the certificate in force that a message is about; a matter that does
// not ask whether there is one is about none.
func (s *Service) sent(ctx context.Context, q db.Q, d matter.Definition, of string, categories []string) (practitioner.Licence, error) {
	if d.Who.Holds == matter.Any || len(categories) == 0 {
		return practitioner.Licence{}, nil
	}
	return s.renewable(ctx, q, d, of, categories[0])
}

// ProvinceAttach hands in a file that came with a message. Faults: as Attach.
func (s *Service) ProvinceAttach(ctx context.Context, tx pgx.Tx, id string, by auth.Actor, code, name string, data []byte) error {
	c, err := s.through(ctx, tx, id, licensing.Province)
	if err != nil {
		return err
	}
	m, err := scanned(code, name, data, string(matter.FromMessage), by.ID)
	if err != nil {
		return err
	}
	return s.attach(ctx, tx, &c, m, data)
}

// ProvinceDo makes an event happen to a case of a message as it stands; a repeat
// answers what the first did. Faults: as Do.
func (s *Service) ProvinceDo(ctx context.Context, tx pgx.Tx, id string, by auth.Actor, e licensing.Event, event, text string) (Case, error) {
	return s.doThrough(ctx, tx, id, licensing.Province, by, e, Order{ID: event, Text: text})
}
