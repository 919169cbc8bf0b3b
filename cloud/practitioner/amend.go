package practitioner

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// Amendment is what a decision changes of a person: what is empty stays.
type Amendment struct {
	Person  string
	Name    string
	Address string
	// Employer is the company that the person works for from On on, for Categories.
	Employer     string
	EmployerCode string
	Categories   []string
	On           clock.Date
	Why          string
	Ref          string // the case
}

// Amend carries out a change of name, address or employer. It checks no right.
// Faults: those of person.
func (s *Service) Amend(ctx context.Context, tx pgx.Tx, a Amendment) error {
	p, err := s.locked(ctx, tx, a.Person)
	if err != nil {
		return err
	}
	if a.Name+a.Address != "" {
		name, err := person.ParseName(cmp.Or(a.Name, p.Name))
		if err != nil {
			return err
		}
		c := Correction{Name: string(name), Nation: p.Nation, Residence: p.Residence, Address: a.Address, Why: a.Why, ref: a.Ref}
		if err := s.correct(ctx, tx, &p, c, c.Name, person.Mobile{}); err != nil {
			return err
		}
	}
	if a.Employer == "" {
		return nil
	}
	code, err := person.ParseCompany(a.EmployerCode)
	if err != nil {
		return err
	}
	a.EmployerCode = string(code)
	for _, category := range a.Categories {
		if err := s.employ(ctx, tx, p.ID, category, a); err != nil {
			return err
		}
	}
	return s.expiry(ctx, tx, p.ID)
}

// employ moves somebody to another company: the registration before ends.
func (s *Service) employ(ctx context.Context, tx pgx.Tx, of, category string, a Amendment) error {
	old, found, err := s.Employer(ctx, tx, of, category)
	if err == nil && found {
		err = s.endRegistration(ctx, tx, &old, a.On, "变更服务单位", a.Ref)
	}
	if err != nil {
		return err
	}
	r := Registration{
		Person: of, Category: category, Employer: strings.TrimSpace(a.Employer), EmployerCode: a.EmployerCode, From: a.On, To: RegistrationEnds(category, a.On),
		Source: "变更服务单位", Ref: a.Ref,
	}
	if err := s.putRegistration(ctx, tx, &r); err != nil {
		return err
	}
	text := fmt.Sprintf("变更服务单位：%s（%s），自 %s 起", r.Employer, category, a.On)
	return s.Note(ctx, tx, of, Event{Kind: "REGISTER", Text: text, Ref: a.Ref})
}
