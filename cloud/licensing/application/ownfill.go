package application

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// lookTime is how long an applicant waits at most while their driving licence is
// looked up; a register that is slower leaves the form to them.
const lookTime = 3 * time.Second

// OwnLook asks for the driving licence of a new draft's applicant and fills it in
// (M14). Whatever goes wrong, the draft is there and the applicant fills it in.
func (s *Service) OwnLook(ctx context.Context, p OwnPage, a Account) (OwnPage, error) {
	asks := func(f matter.Field) bool { return f.Source == matter.FromDriving }
	_, known := p.Sources["driving_class"]
	if s.Registers == nil || p.State != licensing.Draft || known || !slices.ContainsFunc(p.Fields, asks) {
		return p, nil
	}
	who, err := person.ParseID(a.IDNo)
	if err != nil {
		return p, err
	}
	look, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	answer, err := s.Registers.Ask(look, register.Question{No: "draft-" + p.ID, Service: register.Driving, CaseNo: p.ApplyNo, Matter: p.OwnCase.Matter, Person: who})
	if err != nil || answer.Driving == nil {
		return p, nil //nolint:nilerr // silent or without an entry: the applicant says it
	}
	return s.refill(ctx, p.ID, a, answer)
}

// refill writes what a register said into a draft that lies as it was opened.
func (s *Service) refill(ctx context.Context, id string, a Account, answer register.Answer) (out OwnPage, err error) {
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, actor, err := s.own(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.learn(auth.System(ctx, "online"), tx, &c, answer); err != nil {
			return err
		}
		p, err := s.People.Get(ctx, tx, c.Person)
		if err != nil {
			return err
		}
		l, err := s.mine(ctx, tx, p.ID, c.Licence)
		if err != nil {
			return err
		}
		d, err := s.Matters.At(c.Matter, c.Version)
		if err != nil {
			return err
		}
		form, err := s.form(&c)
		if err == nil {
			err = s.prefill(ctx, tx, &c, d, p, a, l, form)
		}
		if err == nil {
			err = s.fillIn(&c, d, form)
		}
		if err == nil {
			err = s.happens(ctx, tx, &c, licensing.Save, Order{ID: named("filled-%d", c.Revision), Version: c.Revision}, actor)
		}
		if fault.Is(err, "licensing.case.state") { // sent meanwhile: nothing to fill in
			err = nil
		}
		if err == nil {
			out, err = s.ownPage(ctx, tx, c)
		}
		return err
	})
}
