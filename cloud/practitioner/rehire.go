package practitioner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// RehireState is whether somebody works on after retirement.
type RehireState string

// States of a rehire.
const (
	RehireActive    RehireState = "ACTIVE"
	RehireDismissed RehireState = "DISMISSED"
	RehireExpired   RehireState = "EXPIRED"
)

// ReportDays is how long a company may take to report that a contract with a
// rehired person has ended, in calendar days; later is taken too, and said.
const ReportDays = 20

// Rehire is that a company hired somebody again who had reached the statutory
// retirement age (M53). It ends by itself, or when the company reports that it
// did; the company's code is public.
type Rehire struct {
	ID            string      `json:"id" db:"id"`
	Person        string      `json:"person" db:"person"`
	Name          string      `json:"name" db:"name"`
	IDNo          string      `json:"id_no" db:"idno_mask"`
	Birth         clock.Date  `json:"birth" db:"birth"`
	Category      string      `json:"category" db:"category"`
	Company       string      `json:"company" db:"company"`
	CompanyCode   string      `json:"company_code" db:"company_code"`
	From          clock.Date  `json:"from" db:"from_day"`
	To            clock.Date  `json:"to" db:"to_day"`
	HealthUntil   clock.Date  `json:"health_until" db:"health_until"`
	ContractUntil clock.Date  `json:"contract_until" db:"contract_until"`
	State         RehireState `json:"state" db:"state" enum:"ACTIVE,DISMISSED,EXPIRED"`
	EndedOn       clock.Date  `json:"ended_on" db:"ended_on" doc:"解聘或期满的日期"`
	ReportedOn    clock.Date  `json:"reported_on" db:"reported_on" doc:"企业报告解聘的日期"`
	Late          int         `json:"late" db:"-" doc:"超过 20 日的报告期限多少日；按期为 0"`
	Why           string      `json:"why" db:"why"`
	Ref           string      `json:"ref" db:"ref" doc:"登记返聘的办件"`
	EndRef        string      `json:"end_ref" db:"end_ref" doc:"解聘的办件"`
	Version       int         `json:"version" db:"version"`
	CreatedAt     time.Time   `json:"created_at" db:"created_at"`
	ChangedAt     time.Time   `json:"changed_at" db:"changed_at"`
	Broken        bool        `json:"broken" db:"-" doc:"数据被改动过"`
	MAC           []byte      `json:"-" db:"mac"`
}

// RehireDraft is what a company asks for.
type RehireDraft struct {
	Person        string
	Category      string
	Company       string
	CompanyCode   string
	From, To      clock.Date
	HealthUntil   clock.Date
	ContractUntil clock.Date
	Ref           string // the case
}

// Dismissal is that a contract with a rehired person has ended.
type Dismissal struct {
	Person      string
	Category    string
	CompanyCode string
	On          clock.Date // when it ended
	Reported    clock.Date // when the company said so
	Why         string
	Ref         string
}

func (r *Rehire) parts() [][]byte {
	return [][]byte{
		[]byte("practitioner_rehire"), []byte(r.ID), []byte(r.Person), []byte(r.Category), []byte(r.Company), []byte(r.CompanyCode),
		[]byte(r.From.String()), []byte(r.To.String()), []byte(r.HealthUntil.String()), []byte(r.ContractUntil.String()), []byte(r.State),
		[]byte(r.EndedOn.String()), []byte(r.ReportedOn.String()), []byte(r.Why), []byte(r.Ref), []byte(r.EndRef), fmt.Append(nil, r.Version),
		[]byte(keys.Stamp(r.CreatedAt)), []byte(keys.Stamp(r.ChangedAt)),
	}
}

// look fills in what follows from the row.
func (s *Service) look(r *Rehire) {
	r.Broken = !s.keys.CheckRowMAC(r.MAC, r.parts()...)
	if r.State == RehireDismissed {
		r.Late = LateBy(r.EndedOn, r.ReportedOn)
	}
}

// LateBy is how many days after its period something was reported.
func LateBy(ended, reported clock.Date) int {
	if ended.IsZero() || reported.IsZero() {
		return 0
	}
	return max(0, int(reported.Start().Sub(ended.Start()).Hours()/24)-ReportDays)
}

// ActiveRehire is the rehire of a person that is in force on a day. It checks no
// right. Fault: practitioner.rehire.tampered.
func (s *Service) ActiveRehire(ctx context.Context, q db.Q, of string, on clock.Date) (Rehire, bool, error) {
	r, found, err := db.Maybe[Rehire](ctx, q, activeRehireSQL, of)
	if err != nil || !found {
		return r, false, err
	}
	if s.look(&r); r.Broken {
		return r, false, tamperedRehire(&r)
	}
	return r, !on.Before(r.From) && !r.To.Before(on), nil
}

func tamperedRehire(r *Rehire) error {
	return fault.Newf(fault.Internal, "practitioner.rehire.tampered", "%s的返聘登记被改动过，已停止办理，请立即联系安全管理员核查", r.Name)
}

// CheckRehire says why somebody cannot be hired again as asked. It checks no
// right. Faults: practitioner.rehire.category, .dates, .early, .old, .health,
// .contract, .licence, .twice, person.company.
func (s *Service) CheckRehire(ctx context.Context, q db.Q, d RehireDraft) error {
	p, err := s.Get(ctx, q, d.Person)
	if err != nil {
		return err
	}
	if _, err := person.ParseCompany(d.CompanyCode); err != nil {
		return err
	}
	table, err := s.AgeLimits(ctx, q)
	if err != nil {
		return err
	}
	rule, _ := AgeRuleOf(table, d.Category, s.today())
	if err := rule.rehirable(p, d, s.today()); err != nil {
		return err
	}
	held, err := s.holds(ctx, q, p.ID, d.Category)
	if err == nil && !held {
		err = fault.New(fault.Precondition, "practitioner.rehire.licence", "该人员没有这一类别的有效从业资格证，不能返聘；证件到期的请先换证")
	}
	if err != nil {
		return err
	}
	now, found, err := db.Maybe[Rehire](ctx, q, activeRehireSQL, p.ID)
	if err == nil && found {
		err = rehiredAlready(now.Company, now.To)
	}
	return err
}

func rehiredAlready(company string, to clock.Date) error {
	return fault.Newf(fault.Conflict, "practitioner.rehire.twice", "该人员正由“%s”返聘至 %s，请先由该企业办理解聘", company, to)
}

// rehirable is the rule: retired, not too old, and no longer than the health
// certificate and the contract hold.
func (r AgeRule) rehirable(p Person, d RehireDraft, today clock.Date) error {
	retires, ends := r.Retires(p.Birth, p.Sex), r.RehireEnds(p.Birth)
	switch {
	case ends.IsZero() || retires.IsZero():
		return fault.New(fault.Precondition, "practitioner.rehire.category", "该从业资格类别不办理返聘，请核对所选类别")
	case d.From.IsZero() || d.To.IsZero() || d.To.Before(d.From) || d.To.Before(today):
		return fault.New(fault.Invalid, "practitioner.rehire.dates", "返聘截止日期须不早于起始日期和今天，请核对返聘协议")
	case d.From.Before(retires):
		return fault.Newf(fault.Precondition, "practitioner.rehire.early", "该人员 %s 才到法定退休年龄，返聘起始日期不能早于这一天；到龄前按在职人员管理，不需要返聘", retires)
	case !d.To.Before(ends):
		return fault.Newf(fault.Precondition, "practitioner.rehire.old", "返聘人员不得超过 %d 周岁，返聘截止日期最晚为 %s，请缩短返聘期限", r.Rehire, ends.Add(-1))
	case d.HealthUntil.Before(d.To):
		return fault.Newf(fault.Precondition, "practitioner.rehire.health", "体检有效期至 %s，返聘截止日期不能晚于这一天；请缩短期限或重新体检", d.HealthUntil)
	case d.ContractUntil.Before(d.To):
		return fault.Newf(fault.Precondition, "practitioner.rehire.contract", "返聘协议至 %s 止，返聘截止日期不能晚于这一天", d.ContractUntil)
	}
	return nil
}

// holds says whether somebody has a certificate in force of a category.
func (s *Service) holds(ctx context.Context, q db.Q, of, category string) (bool, error) {
	list, err := s.Licences(ctx, q, of)
	for _, l := range list {
		if l.State == InForce && (l.ValidTo.IsZero() || !l.ValidTo.Before(s.today())) && slices.Contains(l.codes(), category) {
			return true, err
		}
	}
	return false, err
}

// Rehire writes down that a company hired somebody again. It checks no right.
// Faults: those of CheckRehire.
func (s *Service) Rehire(ctx context.Context, tx pgx.Tx, d RehireDraft) (Rehire, error) {
	p, err := s.locked(ctx, tx, d.Person)
	if err != nil {
		return Rehire{}, err
	}
	d.Person = p.ID
	if err := s.CheckRehire(ctx, tx, d); err != nil {
		return Rehire{}, err
	}
	now := s.now() // once: the row's MAC covers both
	r := Rehire{
		ID: newID(), Person: p.ID, Name: p.Name, IDNo: p.IDNo, Birth: p.Birth, Category: d.Category, Company: strings.TrimSpace(d.Company), CompanyCode: d.CompanyCode,
		From: d.From, To: d.To, HealthUntil: d.HealthUntil, ContractUntil: d.ContractUntil, State: RehireActive, Ref: d.Ref, Version: 1, CreatedAt: now, ChangedAt: now,
	}
	r.MAC = s.keys.RowMAC(r.parts()...)
	_, err = tx.Exec(ctx, insertRehireSQL, r.ID, r.Person, r.Category, r.Company, r.CompanyCode, r.From, r.To, r.HealthUntil, r.ContractUntil, r.State, r.Ref, r.Version,
		r.CreatedAt, r.MAC)
	if db.IsUnique(err, "practitioner_rehire_one") {
		return r, rehiredAlready("另一家企业", d.To)
	}
	if err != nil {
		return r, wrap("insert rehire", err)
	}
	text := fmt.Sprintf("返聘：%s（%s），%s 至 %s，体检有效期至 %s", r.Company, r.Category, r.From, r.To, r.HealthUntil)
	return r, s.Note(ctx, tx, p.ID, Event{Kind: "REHIRE", Text: text, Ref: d.Ref})
}

// Dismissable is the rehire that a dismissal would end. It checks no right.
// Faults: practitioner.rehire.none, .company, .dismissed, .tampered.
func (s *Service) Dismissable(ctx context.Context, q db.Q, d Dismissal) (Rehire, error) {
	r, found, err := db.Maybe[Rehire](ctx, q, activeRehireSQL, d.Person)
	switch {
	case err != nil:
		return r, err
	case !found || r.Category != d.Category:
		return r, fault.New(fault.Precondition, "practitioner.rehire.none", "该人员没有这一类别的有效返聘登记，不需要办理解聘；请核对类别，期满的返聘已自动失效")
	case r.CompanyCode != d.CompanyCode:
		return r, fault.Newf(fault.Precondition, "practitioner.rehire.company", "该人员由“%s”返聘，只能由该企业报告解聘，请核对统一社会信用代码", r.Company)
	case d.On.Before(r.From) || s.today().Before(d.On):
		return r, fault.Newf(fault.Invalid, "practitioner.rehire.dismissed", "解聘日期应在返聘起始日期 %s 至今天之间，请核对解除协议", r.From)
	}
	if s.look(&r); r.Broken {
		return r, tamperedRehire(&r)
	}
	return r, nil
}

// Dismiss ends a rehire that a company reports to have ended. It checks no right.
// Faults: those of Dismissable.
func (s *Service) Dismiss(ctx context.Context, tx pgx.Tx, d Dismissal) (Rehire, error) {
	p, err := s.locked(ctx, tx, d.Person)
	if err != nil {
		return Rehire{}, err
	}
	d.Person = p.ID
	r, err := s.Dismissable(ctx, tx, d)
	if err != nil {
		return r, err
	}
	r.State, r.EndedOn, r.ReportedOn, r.Why, r.EndRef = RehireDismissed, d.On, d.Reported, strings.TrimSpace(d.Why), d.Ref
	if err := s.saveRehire(ctx, tx, &r); err != nil {
		return r, err
	}
	text := fmt.Sprintf("返聘人员解聘：%s（%s），自 %s 起", r.Company, r.Category, r.EndedOn)
	if s.look(&r); r.Late > 0 {
		text += fmt.Sprintf("；应在解聘之日起 %d 日内报告，逾期 %d 日", ReportDays, r.Late)
	}
	if err := s.Note(ctx, tx, p.ID, Event{Kind: "DISMISS", Text: with(text, r.Why), Ref: d.Ref}); err != nil {
		return r, err
	}
	return r, s.voidCards(ctx, tx, p.ID, []string{r.Category}, r.CompanyCode, "返聘人员解聘", d.Ref)
}

func (s *Service) saveRehire(ctx context.Context, tx pgx.Tx, r *Rehire) error {
	r.Version++
	r.ChangedAt = s.now()
	r.MAC = s.keys.RowMAC(r.parts()...)
	tag, err := tx.Exec(ctx, updateRehireSQL, r.ID, r.Person, r.State, r.EndedOn, r.ReportedOn, r.Why, r.EndRef, r.Version, r.ChangedAt, r.MAC)
	if err == nil && tag.RowsAffected() == 0 {
		return fault.New(fault.Conflict, "practitioner.rehire.stale", "返聘登记刚被他人修改，请刷新后重试")
	}
	return wrap("save rehire", err)
}
