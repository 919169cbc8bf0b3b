package application

import (
	"context"
	"fmt"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
)

// Registrations of taxi drivers (TR01–TR03): three years with one company.

func (w *work) enrolment(on clock.Date) (practitioner.Enrolment, error) {
	category, err := w.one()
	return practitioner.Enrolment{
		Person: w.Person, Category: category, Employer: w.form["employer"], EmployerCode: w.form["employer_code"], Contract: w.day("contract_until"), On: on, Ref: w.ID,
	}, err
}

func mayRegister(ctx context.Context, s *Service, w *work) error {
	e, err := w.enrolment(s.today())
	if err == nil {
		err = s.People.CheckEnrol(ctx, w.tx, e)
	}
	return err
}

func enrol(ctx context.Context, s *Service, w *work) error {
	e, err := w.enrolment(w.DecidedOn)
	if err == nil {
		_, err = s.People.Enrol(ctx, w.tx, e)
	}
	return err
}

func mayExtend(ctx context.Context, s *Service, w *work) error {
	e, err := w.enrolment(s.today())
	if err == nil {
		_, err = s.People.Extendable(ctx, w.tx, e)
	}
	return err
}

func extendEnrolment(ctx context.Context, s *Service, w *work) error {
	e, err := w.enrolment(w.DecidedOn)
	if err == nil {
		_, err = s.People.ExtendEnrolment(ctx, w.tx, e)
	}
	return err
}

// askedLate says that an extension should have been asked for earlier (chapter
// 1.5); it is taken all the same. Once decided, the registration has its new end
// and there is nothing to say.
func (s *Service) askedLate(ctx context.Context, q db.Q, c *Case, on clock.Date) ([]string, error) {
	out := []string{}
	if c.State.Decided() {
		return out, nil
	}
	for _, category := range c.Categories {
		r, found, err := s.People.Employer(ctx, q, c.Person, category)
		if err != nil {
			return out, err
		}
		if by := r.AskBy(); found && !by.IsZero() && by.Before(on) {
			out = append(out, fmt.Sprintf("延续注册应在届满 30 日前（%s 前）申请：注册有效期至 %s，申请日期 %s；可以办理，期满前没有办结的不得上岗", by, r.To, on))
		}
	}
	return out, nil
}

func (w *work) leaving(reported clock.Date) (practitioner.Leaving, error) {
	category, err := w.one()
	return practitioner.Leaving{
		Person: w.Person, Category: category, EmployerCode: w.form["employer_code"], On: w.day("ended_on"), Reported: reported, Ref: w.ID,
	}, err
}

func mayLeave(ctx context.Context, s *Service, w *work) error {
	l, err := w.leaving(s.today())
	if err == nil {
		_, err = s.People.Leavable(ctx, w.tx, l)
	}
	return err
}

func leave(ctx context.Context, s *Service, w *work) error {
	l, err := w.leaving(w.AppliedOn)
	if err == nil {
		_, err = s.People.Leave(ctx, w.tx, l)
	}
	return err
}
