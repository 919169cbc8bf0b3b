package practitioner

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Driving is a person's driving licence as a source told it on a day.
type Driving struct {
	Class    string     `json:"class" db:"class" pattern:"^[A-Z][0-9]?([A-Z][0-9]?)*$" patternDescription:"准驾车型代号，如 A1A2" maxLength:"20" doc:"准驾车型，如 A1A2"`
	First    clock.Date `json:"first" db:"first_date"`
	ValidTo  clock.Date `json:"valid_to,omitempty" db:"valid_to" doc:"空为长期" required:"false"`
	Status   string     `json:"status" db:"status" minLength:"1" maxLength:"20" doc:"正常、扣留、注销、吊销等，按来源所写"`
	Source   string     `json:"source" db:"source" minLength:"1" maxLength:"50"`
	SourceAt time.Time  `json:"source_at" db:"source_at" doc:"来源数据的时间" required:"false"`
}

// Registration ties a person to an employer for a category.
type Registration struct {
	ID           string     `json:"id" db:"id"`
	Person       string     `json:"-" db:"person"`
	Category     string     `json:"category" db:"category"`
	Employer     string     `json:"employer" db:"employer"`
	EmployerCode string     `json:"employer_code" db:"employer_code"`
	From         clock.Date `json:"from" db:"reg_from"`
	To           clock.Date `json:"to" db:"reg_to" doc:"空为随劳动关系"`
	State        string     `json:"state" db:"state" enum:"ACTIVE,ENDED"`
	EndedOn      clock.Date `json:"ended_on" db:"ended_on"`
	Why          string     `json:"why" db:"why"`
	Source       string     `json:"source" db:"source"`
	Ref          string     `json:"ref" db:"ref" doc:"注册或延续的办件"`
	EndRef       string     `json:"end_ref" db:"end_ref" doc:"注销注册的办件"`
	ReportedOn   clock.Date `json:"reported_on" db:"reported_on" doc:"报告解除合同的日期"`
	At           time.Time  `json:"-" db:"at"`
	Broken       bool       `json:"broken" db:"-" doc:"数据被改动过"`
	MAC          []byte     `json:"-" db:"mac"`
}

// RegistrationDraft is a registration as a form sends it.
type RegistrationDraft struct {
	Category     string     `json:"category" pattern:"^[0-9]{5}$" patternDescription:"5 位类别代码"`
	Employer     string     `json:"employer" minLength:"2" maxLength:"60"`
	EmployerCode string     `json:"employer_code,omitempty" pattern:"^$|^[0-9A-Z]{18}$" patternDescription:"18 位统一社会信用代码"`
	From         clock.Date `json:"from"`
	Source       string     `json:"source" minLength:"1" maxLength:"50"`
}

// Education is one course of continuing education.
type Education struct {
	Category    string     `json:"category" db:"category" pattern:"^[0-9]{5}$" patternDescription:"5 位类别代码"`
	Org         string     `json:"org" db:"org" minLength:"1" maxLength:"60"`
	ClassNo     string     `json:"class_no,omitempty" db:"class_no" maxLength:"40"`
	Hours       int        `json:"hours" db:"hours" minimum:"1" maximum:"200"`
	Begins      clock.Date `json:"begins" db:"begins"`
	Ends        clock.Date `json:"ends" db:"ends"`
	Mode        string     `json:"mode" db:"mode" enum:"ONSITE,ONLINE"`
	Certificate string     `json:"certificate,omitempty" db:"certificate" maxLength:"40"`
	Source      string     `json:"source" db:"source" minLength:"1" maxLength:"50"`
}

// Assessment is the grade of a period of twelve months: chapter 1.7.
type Assessment struct {
	Category string     `json:"category" db:"category" pattern:"^[0-9]{5}$" patternDescription:"5 位类别代码"`
	From     clock.Date `json:"from" db:"period_from"`
	To       clock.Date `json:"to" db:"period_to"`
	Grade    string     `json:"grade" db:"grade" enum:"AAA,AA,A,B"`
	Points   int        `json:"points" db:"points" minimum:"0" maximum:"100"`
	Source   string     `json:"source" db:"source" minLength:"1" maxLength:"50"`
}

// Driving is the latest that is known of a person's driving licence. It checks
// no right. Fault: practitioner.fact.tampered.
func (s *Service) Driving(ctx context.Context, q db.Q, person string) (Driving, bool, error) {
	list, err := known[DrivingFact](ctx, s, q, drivingSQL, person)
	if err != nil || len(list) == 0 {
		return Driving{}, false, err
	}
	return list[0].Driving, true, nil
}

// Hours is a person's continuing education of a category that ended on or after
// a day. It checks no right. Fault: practitioner.fact.tampered.
func (s *Service) Hours(ctx context.Context, q db.Q, person, category string, since clock.Date) (hours int, err error) {
	list, err := known[EducationFact](ctx, s, q, educationsSQL, person)
	for i := range list {
		if e := &list[i]; e.Category == category && !e.Ends.Before(since) {
			hours += e.Hours
		}
	}
	return hours, err
}

// Integrity is the latest assessment of a category. It checks no right. Fault:
// practitioner.fact.tampered.
func (s *Service) Integrity(ctx context.Context, q db.Q, person, category string) (Assessment, bool, error) {
	list, err := known[AssessmentFact](ctx, s, q, assessmentsSQL, person)
	if err != nil {
		return Assessment{}, false, err
	}
	for i := range list {
		if list[i].Category == category {
			return list[i].Assessment, true, nil
		}
	}
	return Assessment{}, false, nil
}

// Employer is the registration of a category that is in force. It checks no right.
// Fault: practitioner.registration.tampered.
func (s *Service) Employer(ctx context.Context, q db.Q, person, category string) (Registration, bool, error) {
	return s.registration(ctx, q, employerSQL, person, category)
}

// AgeLimits is the table of age limits, each line with the retirement ages of
// its day.
func (s *Service) AgeLimits(ctx context.Context, q db.Q) ([]AgeRule, error) {
	table, err := db.All[Retirement](ctx, q, retirementSQL, s.today())
	if err != nil {
		return nil, err
	}
	out, err := db.All[AgeRule](ctx, q, ageSQL)
	for i := range out {
		out[i].retirement = table
	}
	return out, err
}

// write is one fact written by a member of staff, with its line on the timeline
// and in the audit.
func (s *Service) write(ctx context.Context, id, action string, e Event, do func(tx pgx.Tx, p Person) error) error {
	if _, err := auth.Require(ctx, PermSave); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		p, err := s.locked(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := do(tx, p); err != nil {
			return err
		}
		if err := s.Note(ctx, tx, p.ID, e); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, action, p.ID, map[string]any{"text": e.Text})
	})
}

// Remark writes a line of a member of staff's own on the timeline.
func (s *Service) Remark(ctx context.Context, id, text string) error {
	text, ok := person.OneLine(text)
	if !ok {
		return fault.New(fault.Invalid, "practitioner.file.remark", "请写明要记的内容")
	}
	return s.write(ctx, id, "practitioner.file.remark", Event{Kind: "REMARK", Text: text}, func(pgx.Tx, Person) error { return nil })
}

// SetDriving notes what a source says of a driving licence now. Fault:
// practitioner.driving.dates.
func (s *Service) SetDriving(ctx context.Context, id string, d Driving) error {
	if d.First.IsZero() || s.today().Before(d.First) || (!d.ValidTo.IsZero() && !d.First.Before(d.ValidTo)) {
		return fault.New(fault.Invalid, "practitioner.driving.dates", "初次领证日期须填写且不晚于今天，有效期止须晚于初次领证日期")
	}
	e := Event{Kind: "DRIVING", Text: fmt.Sprintf("登记驾驶证：准驾车型 %s，%s，来源：%s", d.Class, d.Status, d.Source)}
	return s.write(ctx, id, "practitioner.driving.set", e, func(tx pgx.Tx, p Person) error { return s.PutDriving(ctx, tx, p.ID, d) })
}

// PutDriving is SetDriving for programs: it checks no right and writes no line.
func (s *Service) PutDriving(ctx context.Context, tx pgx.Tx, person string, d Driving) error {
	if d.SourceAt.IsZero() {
		d.SourceAt = s.now()
	}
	p, err := s.locked(ctx, tx, person)
	if err != nil {
		return err
	}
	f := DrivingFact{Driving: d}
	begin(s, &f, p.ID)
	_, err = tx.Exec(ctx, insertDrivingSQL, f.ID, f.Person, f.Class, f.First, f.ValidTo, f.Status, f.Source, f.SourceAt, f.MAC)
	return wrap("insert driving licence", err)
}

// Register ties a person to an employer. Faults:
// practitioner.registration.twice, .category.
func (s *Service) Register(ctx context.Context, id string, d RegistrationDraft) error {
	e := Event{Kind: "REGISTER", Text: fmt.Sprintf("登记服务单位：%s（%s），自 %s 起", d.Employer, d.Category, d.From)}
	return s.write(ctx, id, "practitioner.registration.add", e, func(tx pgx.Tx, p Person) error { return s.PutRegistration(ctx, tx, p.ID, d) })
}

// PutRegistration is Register for programs.
func (s *Service) PutRegistration(ctx context.Context, tx pgx.Tx, person string, d RegistrationDraft) error {
	if TypeOf(d.Category) == "" || d.From.IsZero() {
		return fault.New(fault.Invalid, "practitioner.registration.category", "请选择从业资格类别并填写起始日期")
	}
	p, err := s.locked(ctx, tx, person)
	if err != nil {
		return err
	}
	now, found, err := s.Employer(ctx, tx, p.ID, d.Category)
	if err != nil {
		return err
	}
	if found && now.Employer == "" { // it came with the certificate and has no platform yet
		now.Employer, now.EmployerCode, now.Source = strings.TrimSpace(d.Employer), d.EmployerCode, d.Source
		return s.saveRegistration(ctx, tx, &now)
	}
	r := Registration{
		Person: p.ID, Category: d.Category, Employer: strings.TrimSpace(d.Employer), EmployerCode: d.EmployerCode, From: d.From,
		To: RegistrationEnds(d.Category, d.From), Source: d.Source,
	}
	if err := s.putRegistration(ctx, tx, &r); err != nil {
		return err
	}
	return s.expiry(ctx, tx, p.ID)
}

// Unregister ends a registration. Fault: record.missing.
func (s *Service) Unregister(ctx context.Context, id, registration, why string) error {
	e := Event{Kind: "UNREGISTER", Text: "终止服务单位登记：" + why}
	return s.write(ctx, id, "practitioner.registration.end", e, func(tx pgx.Tx, p Person) error {
		r, found, err := s.registration(ctx, tx, activeSQL, p.ID, registration)
		if err == nil && !found {
			err = db.Missing()
		}
		if err != nil {
			return err
		}
		r.State, r.EndedOn, r.Why = "ENDED", s.today(), why
		if err := s.saveRegistration(ctx, tx, &r); err != nil {
			return err
		}
		return s.expiry(ctx, tx, p.ID)
	})
}

// Educate notes a course. Noted twice it is there once. Fault:
// practitioner.education.dates.
func (s *Service) Educate(ctx context.Context, id string, d Education) error {
	if d.Begins.IsZero() || d.Ends.Before(d.Begins) || s.today().Before(d.Ends) || TypeOf(d.Category) == "" {
		return fault.New(fault.Invalid, "practitioner.education.dates", "请选择类别；课程须已结束，结束日期不早于开始日期")
	}
	e := Event{Kind: "EDUCATION", Text: fmt.Sprintf("继续教育 %d 学时（%s），%s 至 %s，%s", d.Hours, d.Category, d.Begins, d.Ends, d.Org)}
	return s.write(ctx, id, "practitioner.education.add", e, func(tx pgx.Tx, p Person) error {
		fresh, err := s.putEducation(ctx, tx, p.ID, d)
		if err == nil && !fresh {
			err = fault.New(fault.Conflict, "practitioner.education.twice", "同一机构、同一班次的这次继续教育已经登记过")
		}
		return err
	})
}

func (s *Service) putEducation(ctx context.Context, tx pgx.Tx, person string, d Education) (fresh bool, err error) {
	f := EducationFact{Education: d, At: s.now()}
	begin(s, &f, person)
	tag, err := tx.Exec(ctx, insertEducationSQL, f.ID, f.Person, f.Category, f.Org, f.ClassNo, f.Hours, f.Begins, f.Ends, f.Mode, f.Certificate, f.Source, f.At, f.MAC)
	return tag.RowsAffected() > 0, wrap("insert education", err)
}

// Assess notes a grade. Faults: practitioner.assessment.dates, .twice.
func (s *Service) Assess(ctx context.Context, id string, d Assessment) error {
	if d.From.IsZero() || !d.From.Before(d.To) || TypeOf(d.Category) == "" {
		return fault.New(fault.Invalid, "practitioner.assessment.dates", "请选择类别并填写考核周期，结束日期须晚于开始日期")
	}
	e := Event{Kind: "ASSESSMENT", Text: fmt.Sprintf("诚信考核 %s 级，%d 分（%s），周期 %s 至 %s", d.Grade, d.Points, d.Category, d.From, d.To)}
	return s.write(ctx, id, "practitioner.assessment.add", e, func(tx pgx.Tx, p Person) error {
		fresh, err := s.putAssessment(ctx, tx, p.ID, d)
		if err == nil && !fresh {
			err = fault.New(fault.Conflict, "practitioner.assessment.twice", "该类别这个周期的考核已经登记过")
		}
		return err
	})
}

func (s *Service) putAssessment(ctx context.Context, tx pgx.Tx, person string, d Assessment) (fresh bool, err error) {
	f := AssessmentFact{Assessment: d, At: s.now()}
	begin(s, &f, person)
	tag, err := tx.Exec(ctx, insertAssessmentSQL, f.ID, f.Person, f.Category, f.From, f.To, f.Grade, f.Points, f.Source, f.At, f.MAC)
	return tag.RowsAffected() > 0, wrap("insert assessment", err)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// survivor is where the file $1 is now.
const survivor = `(SELECT coalesce(m.merged_into, m.id) FROM practitioner m WHERE m.id = $1)`

const (
	ageSQL       = `SELECT category, effective_from, least, most, retirement, women, basis, coalesce(rehire_most, 0) AS rehire_most FROM practitioner_age_limit ORDER BY category, effective_from`
	employersSQL = `SELECT person, string_agg(DISTINCT employer, '、') FROM practitioner_registration WHERE person = ANY($1) AND state = 'ACTIVE' AND employer <> '' GROUP BY person`
	contactSQL   = `SELECT mobile, mobile_blind, mobile_mask, address FROM practitioner WHERE id = $1`
)
