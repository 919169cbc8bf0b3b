package practitioner

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Enrolment is that somebody registers with a company, or goes on, by a decision.
type Enrolment struct {
	Person       string
	Category     string
	Employer     string
	EmployerCode string
	Contract     clock.Date // until when the contract runs
	On           clock.Date // the decision's day; zero: today
	Ref          string     // the case
}

// Leaving is that a registration ends because its contract did.
type Leaving struct {
	Person       string
	Category     string
	EmployerCode string
	On           clock.Date // when the contract ended
	Reported     clock.Date
	Ref          string
}

// CheckEnrol says why somebody cannot register as asked; one whose registration
// ran out registers anew. It checks no right. Faults: practitioner.registration.twice,
// .licence, .contract, person.company.
func (s *Service) CheckEnrol(ctx context.Context, q db.Q, e Enrolment) error {
	if err := s.contracted(ctx, q, e); err != nil {
		return err
	}
	r, found, err := s.Employer(ctx, q, e.Person, e.Category)
	if err == nil && found && !r.over(s.today()) {
		err = fault.Newf(fault.Conflict, "practitioner.registration.twice", "该人员已在“%s”注册；变更服务单位的，请先由原单位注销注册", r.Employer)
	}
	return err
}

func (r Registration) over(today clock.Date) bool { return !r.To.IsZero() && r.To.Before(today) }

// contracted wants a company, a contract that runs and a certificate in force.
func (s *Service) contracted(ctx context.Context, q db.Q, e Enrolment) error {
	if _, err := person.ParseCompany(e.EmployerCode); err != nil {
		return err
	}
	if e.Contract.Before(s.today()) {
		return fault.New(fault.Precondition, "practitioner.registration.contract", "合同截止日期已过，请按有效的劳动合同或经营合同填写")
	}
	held, err := s.holds(ctx, q, e.Person, e.Category)
	if err == nil && !held {
		err = fault.New(fault.Precondition, "practitioner.registration.licence", "该人员没有这一类别的有效从业资格证，不能注册")
	}
	return err
}

// Enrol registers somebody for three years from the decision on. It checks no
// right. Faults: those of CheckEnrol.
func (s *Service) Enrol(ctx context.Context, tx pgx.Tx, e Enrolment) (Registration, error) {
	p, err := s.locked(ctx, tx, e.Person)
	if err != nil {
		return Registration{}, err
	}
	e.Person = p.ID
	if err := s.CheckEnrol(ctx, tx, e); err != nil {
		return Registration{}, err
	}
	old, found, err := s.Employer(ctx, tx, p.ID, e.Category)
	if err == nil && found { // ran out
		err = s.endRegistration(ctx, tx, &old, old.To, "注册期满", e.Ref)
	}
	if err != nil {
		return Registration{}, err
	}
	r := Registration{
		Person: p.ID, Category: e.Category, Employer: strings.TrimSpace(e.Employer), EmployerCode: e.EmployerCode, From: e.On,
		To: RegistrationEnds(e.Category, e.On), Source: "从业资格注册", Ref: e.Ref,
	}
	if err := s.putRegistration(ctx, tx, &r); err != nil {
		return r, err
	}
	text := fmt.Sprintf("从业资格注册：%s（%s），%s 至 %s", r.Employer, r.Category, r.From, r.To)
	if err := s.Note(ctx, tx, p.ID, Event{Kind: "REGISTER", Text: text, Ref: e.Ref}); err != nil {
		return r, err
	}
	return r, s.expiry(ctx, tx, p.ID)
}

// UnusedSince is the day from which nobody has driven on a qualification: when its
// last registration ended, or when it was first issued; the zero Date while it is
// registered, or of one that is not held. It checks no right. Fault:
// practitioner.registration.tampered.
func (s *Service) UnusedSince(ctx context.Context, q db.Q, person, category string) (clock.Date, error) {
	r, found, err := s.registration(ctx, q, lastRegistrationSQL, person, category)
	switch {
	case err != nil:
		return clock.Date{}, err
	case found && !r.EndedOn.IsZero():
		return r.EndedOn, nil
	case found && r.over(s.today()):
		return r.To, nil
	case found:
		return clock.Date{}, nil
	}
	list, err := s.Licences(ctx, q, person)
	for _, l := range list {
		if c, there := l.Category(category); there && l.State == InForce {
			return c.FirstIssue, err
		}
	}
	return clock.Date{}, err
}

// Extendable is the registration that an extension would lengthen. Less than
// thirty days before its end is taken too, and for the caller to say. It checks
// no right. Faults: practitioner.registration.none, .employer, .early, .over,
// those of Enrol about contract and certificate.
func (s *Service) Extendable(ctx context.Context, q db.Q, e Enrolment) (Registration, error) {
	if err := s.contracted(ctx, q, e); err != nil {
		return Registration{}, err
	}
	r, found, err := s.Employer(ctx, q, e.Person, e.Category)
	switch {
	case err != nil:
		return r, err
	case !found || r.To.IsZero():
		return r, fault.New(fault.Precondition, "practitioner.registration.none", "该人员没有这一类别的有效注册，请改办注册")
	case !r.with(e):
		return r, fault.Newf(fault.Precondition, "practitioner.registration.employer", "该人员在“%s”注册，只能在该单位延续；变更单位的请先注销注册，再向新单位注册", r.Employer)
	case r.over(s.today()):
		return r, fault.Newf(fault.Precondition, "practitioner.registration.over", "注册已于 %s 到期，不能延续，请重新注册", r.To)
	case s.Window(r.To) == TooEarly:
		return r, fault.Newf(fault.Precondition, "practitioner.registration.early", "注册有效期至 %s，请在到期前 %d 日内申请延续", r.To, s.Opens)
	}
	return r, nil
}

// with says that a registration is with a company: by its code, or by its name where
// the code was never written down.
func (r Registration) with(e Enrolment) bool {
	if r.EmployerCode != "" || r.Employer == "" {
		return r.EmployerCode == "" || r.EmployerCode == e.EmployerCode
	}
	return r.Employer == strings.TrimSpace(e.Employer)
}

// AskBy is the last day on which an extension should be asked for: chapter 1.5.
func (r Registration) AskBy() clock.Date {
	if r.To.IsZero() {
		return clock.Date{}
	}
	return r.To.Add(-askDays)
}

// ExtendEnrolment gives a registration its next three years, from the day after
// its end. It checks no right. Faults: those of Extendable.
func (s *Service) ExtendEnrolment(ctx context.Context, tx pgx.Tx, e Enrolment) (Registration, error) {
	p, err := s.locked(ctx, tx, e.Person)
	if err != nil {
		return Registration{}, err
	}
	e.Person = p.ID
	r, err := s.Extendable(ctx, tx, e)
	if err != nil {
		return r, err
	}
	before := r.To
	r.To = RegistrationEnds(r.Category, before.Add(1))
	if r.Employer == "" { // it came with the certificate
		r.Employer = strings.TrimSpace(e.Employer)
	}
	r.EmployerCode, r.Ref = e.EmployerCode, e.Ref
	if err := s.saveRegistration(ctx, tx, &r); err != nil {
		return r, err
	}
	text := fmt.Sprintf("延续注册：%s（%s），有效期由 %s 延至 %s", r.Employer, r.Category, before, r.To)
	if err := s.Note(ctx, tx, p.ID, Event{Kind: "REG_RENEW", Text: text, Ref: e.Ref}); err != nil {
		return r, err
	}
	return r, s.expiry(ctx, tx, p.ID)
}

// Leavable is the registration that a leaving would end. It checks no right.
// Faults: practitioner.registration.none, .employer, .left.
func (s *Service) Leavable(ctx context.Context, q db.Q, l Leaving) (Registration, error) {
	r, found, err := s.Employer(ctx, q, l.Person, l.Category)
	switch {
	case err != nil:
		return r, err
	case !found:
		return r, fault.New(fault.Precondition, "practitioner.registration.none", "该人员没有这一类别的有效注册，不需要注销注册，请核对类别")
	case r.EmployerCode != "" && r.EmployerCode != l.EmployerCode:
		return r, fault.Newf(fault.Precondition, "practitioner.registration.employer", "该人员在“%s”注册，只能注销在该单位的注册，请核对统一社会信用代码", r.Employer)
	case l.On.Before(r.From) || s.today().Before(l.On):
		return r, fault.Newf(fault.Invalid, "practitioner.registration.left", "解除合同日期应在注册起始日期 %s 至今天之间，请核对解除证明", r.From)
	}
	return r, nil
}

// Leave ends a registration on the day on which its contract ended, and with it
// the supervision card of that company. It checks no right. Faults: those of Leavable.
func (s *Service) Leave(ctx context.Context, tx pgx.Tx, l Leaving) (Registration, error) {
	p, err := s.locked(ctx, tx, l.Person)
	if err != nil {
		return Registration{}, err
	}
	l.Person = p.ID
	r, err := s.Leavable(ctx, tx, l)
	if err != nil {
		return r, err
	}
	r.ReportedOn = l.Reported
	if err := s.endRegistration(ctx, tx, &r, l.On, "解除合同，注销注册", l.Ref); err != nil {
		return r, err
	}
	text := fmt.Sprintf("注销注册：%s（%s），自 %s 起", r.Employer, r.Category, r.EndedOn)
	if late := LateBy(l.On, l.Reported); late > 0 {
		text += fmt.Sprintf("；应在解除合同之日起 %d 日内报告，逾期 %d 日", ReportDays, late)
	}
	if err := s.Note(ctx, tx, p.ID, Event{Kind: "UNREGISTER", Text: text, Ref: l.Ref}); err != nil {
		return r, err
	}
	if err := s.voidCards(ctx, tx, p.ID, []string{l.Category}, l.EmployerCode, "注销注册", l.Ref); err != nil {
		return r, err
	}
	return r, s.expiry(ctx, tx, p.ID)
}
