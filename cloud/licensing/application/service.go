package application

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Keys     *keys.Ring
	Audit    *audit.Log
	Blobs    blob.Store
	Clock    clock.Clock
	Matters  *matter.Catalogue
	People   *practitioner.Service
	Calendar *calendar.Service
	Credits  *credit.Service
	Letters  *letter.Service
	// Enrolments are for whom an exam is decided to be held.
	Enrolments *enrolment.Service
	// Sanctions says what lists and revocations do to an application.
	Sanctions *sanction.Service
	// Registers are the city's registers; nil: not connected, and their checks are
	// for a person.
	Registers Registers
	// Fresh is how old an answer may be when a decision rests on it; 0: DefaultFresh.
	Fresh time.Duration
	// Rules are the office's numbers; zero: DefaultRules.
	Rules Rules
	// Staff are the accounts that hold a permission, for assigning and for names.
	Staff func(ctx context.Context, q db.Q, perm string) ([]Officer, error)
	// Booked answers whether somebody may book a visit for a matter; nil: a person
	// asks the booking system.
	Booked func(ctx context.Context, q db.Q, blind []byte, matter string) (Booked, error)
	// Trained answers whether somebody passed a finished class of a category; nil: the
	// training system is not connected, and the record is handed in.
	Trained func(ctx context.Context, q db.Q, blind []byte, category string) (bool, error)
	// Tell passes on what has happened, in the transaction that does it; nil: nobody
	// listens.
	Tell func(ctx context.Context, tx pgx.Tx, n News) error
}

// Booked is what the appointments say of somebody: E28.
type Booked struct {
	OK            bool
	Reason, Guide string
}

// Officer is somebody who can be given a case.
type Officer struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Service keeps cases.
type Service struct {
	Parts
	keys *keys.Ring
}

// New makes the service.
func New(p Parts) *Service {
	p.Fresh, p.Rules = cmp.Or(p.Fresh, DefaultFresh), cmp.Or(p.Rules, DefaultRules())
	return &Service{Parts: p, keys: p.Keys}
}

// Filter narrows the cases; empty fields do not.
type Filter struct {
	Queue, Matter, Trade, Channel, State, Holder, Person string

	Light    Light
	Alarm    Alarm
	From, To time.Time
}

// List finds cases: a work queue with the overdue first, or everything with the
// newest first. A whole ID number as the search text finds exactly that person's.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Case], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Case]{}, err
	}
	cal, err := s.Calendar.Calendar(ctx, s.DB)
	if err != nil {
		return db.List[Case]{}, err
	}
	out, err := list(ctx, s.DB, f, s.keys.Sought(page.Q), datesOn(s.today(), cal), page)
	if err != nil {
		return out, err
	}
	return out, s.asPages(ctx, out.Items, actor, cal)
}

// look fills in what follows from the row, the reader and today.
func (s *Service) look(c *Case, actor auth.Actor, cal *clock.Calendar) {
	s.entitle(c)
	c.Possible = c.may(actor, s.certifies(c))
	c.Light = light(c.Due, s.today(), cal)
}

// entitle names a case, and where it stands, after the definition it began with.
func (s *Service) entitle(c *Case) {
	d, err := s.Matters.At(c.Matter, c.Version)
	if err != nil {
		return
	}
	if c.Title, c.StateName, c.Opinion = d.Name, d.StateName(c.State), ""; c.Refusing {
		c.Opinion = d.EventName(licensing.ProposeRefusal)
	}
}

// certifies says whether a certificate is made for a case.
func (s *Service) certifies(c *Case) bool {
	d, err := s.Matters.At(c.Matter, c.Version)
	return err == nil && makes(d)
}

func (s *Service) today() clock.Date { return clock.DateOf(s.Clock.Now()) }

func (s *Service) now() time.Time { return s.Clock.Now().UTC().Truncate(time.Microsecond) }

// Page is everything of a case that a page shows.
type Page struct {
	Case
	Values    map[string]string `json:"values" doc:"申请表；证件号、手机号、地址为掩码"`
	Said      []string          `json:"said" doc:"网上申请中由平台提供的字段；其余由申请人填写"`
	Course    []Happening       `json:"course"`
	Opinions  []Happening       `json:"opinions" doc:"现在有效的审查意见；申请人看不到"`
	Clocks    []Clock           `json:"clocks"`
	Materials []Material        `json:"materials"`
	Defects   []Defect          `json:"defects"`
	Letters   []letter.Letter   `json:"letters"`
	Verdict   *sanction.Verdict `json:"verdict,omitempty" doc:"失信、吊销的影响；没有影响时为空"`
	Hints     []sanction.Prompt `json:"hints" doc:"申请人还能修改时：证件临期、超期，继续教育、诚信考核的提示"`
	Checks    []CheckResult     `json:"checks" doc:"现在有效的核查结论"`
	Looked    []CheckResult     `json:"looked" doc:"历次核查"`
	Inquiries []Inquiry         `json:"inquiries" doc:"向市大数据平台的核查，每个系统最近一次"`
	Recheck   bool              `json:"recheck" doc:"查看者现在可以重新核查、人工确认"`
	Grounds   []matter.Ground   `json:"grounds" doc:"不予许可时可以引用的条款；现在不在审批的为空"`
	Stale     []string          `json:"stale" doc:"作出决定前须重新核查的核查项"`
	Matter    matter.Definition `json:"definition"`
	Wanted    []matter.Material `json:"wanted" doc:"按所申请类别和申请表需要的材料"`
	Notices   []string          `json:"notices" doc:"经办人须知的情况"`
	Names     map[string]string `json:"names" doc:"材料、核查项、事件、状态的名称"`
	Writes    []licensing.Event `json:"writes" doc:"查看者现在可以做的事里，出具文书的"`
	// Handover is how it is delivered by what was applied for; nil: not now.
	Handover *letter.Handover `json:"handover,omitempty" doc:"按申请表预填的送达方式；查看者现在可以送达时才有，邮寄地址不掩码"`
	// Enrolment is what a granted application for an exam opened.
	Enrolment *enrolment.Enrolment `json:"enrolment,omitempty" doc:"考试报名；准予后才有"`
	Hearing   *Hearing             `json:"hearing,omitempty" doc:"因听证挂起的办件：听证到了哪一步"`
}

// Show reads a case with everything that belongs to it. Faults: missing,
// licensing.case.tampered.
func (s *Service) Show(ctx context.Context, id string) (Page, error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return Page{}, err
	}
	c, err := db.Row[Case](ctx, s.DB, caseSQL, id)
	if err == nil {
		err = s.genuine(&c)
	}
	if err != nil {
		return Page{}, err
	}
	return s.page(ctx, s.DB, actor, c)
}

func (s *Service) page(ctx context.Context, q db.Q, actor auth.Actor, c Case) (Page, error) {
	cal, err := s.Calendar.Calendar(ctx, q)
	if err != nil {
		return Page{}, err
	}
	k, err := clocksOf(ctx, q, &c)
	if err != nil {
		return Page{}, err
	}
	if c.deemed, err = s.heldGranted(ctx, q, &c, k); err != nil {
		return Page{}, err
	}
	if err := cmp.Or(s.hear(ctx, q, &c), s.findLost(ctx, q, &c)); err != nil {
		return Page{}, err
	}
	s.look(&c, actor, cal)
	out := Page{Case: c, Clocks: k, Hearing: c.hearing}
	if out.Matter, err = s.Matters.At(c.Matter, c.Version); err != nil {
		return out, err
	}
	form, err := s.form(&c)
	if err != nil {
		return out, err
	}
	out.Values, out.Wanted, out.Names = masked(out.Matter, form), out.Matter.MaterialsFor(c.Categories, form), names(out.Matter)
	said, err := s.saidOf(&c)
	if err != nil {
		return out, err
	}
	out.Said = slices.AppendSeq([]string{}, maps.Keys(said))
	slices.Sort(out.Said)
	if out.Notices, err = s.notices(ctx, q, &c, out.Matter, form); err != nil {
		return out, err
	}
	out.Notices = append(out.Notices, unfetched(&c, k, s.today())...)
	if out.Wanted == nil {
		out.Wanted = []matter.Material{}
	}
	if out.Course, err = courseOf(ctx, q, &c); err != nil {
		return out, err
	}
	if err := s.unbroken(&c, out.Course); err != nil {
		return out, err
	}
	out.Opinions = opinions(out.Course)
	s.offer(&out.Case, actor, out.Course)
	out.handling(form)
	if out.Materials, err = handed(ctx, q, &c); err != nil {
		return out, err
	}
	if out.Defects, err = defectsOf(ctx, q, &c); err != nil {
		return out, err
	}
	if err := s.beside(ctx, q, &out); err != nil {
		return out, err
	}
	if out.Looked, err = db.All[CheckResult](ctx, q, checksSQL, c.ID); err != nil {
		return out, err
	}
	codes := out.Matter.ChecksFor(c.Categories)
	out.Checks = shownChecks(standing(codes, out.Looked))
	if err := s.foreseen(ctx, q, form, &out); err != nil {
		return out, err
	}
	out.Recheck = actor.Can(PermRecheck) && looks(&c, actor, c.Revision) == nil
	out.Stale, out.Grounds = []string{}, []matter.Ground{}
	if c.State == licensing.Approving {
		out.Grounds = c.grounds(out.Matter, out.Checks)
		if out.Stale, err = s.stale(ctx, q, &c, codes); err != nil {
			return out, err
		}
	}
	have, err := asked(ctx, q, c.ID)
	out.Inquiries = slices.AppendSeq([]Inquiry{}, maps.Values(have.last))
	slices.SortFunc(out.Inquiries, func(a, b Inquiry) int { return cmp.Compare(a.Service, b.Service) })
	for i := range out.Inquiries {
		in := &out.Inquiries[i]
		in.Name, in.Codes = in.Service.Name(), register.Serves(in.Service, codes)
	}
	return out, err
}

// handling leaves of what is possible what the matter has a period for, and says
// what comes of it: which acts issue a letter, and how a delivery is proposed.
func (p *Page) handling(form map[string]string) {
	if p.deemed {
		p.Notices = append(p.Notices, "证件有效期已届满而没有作出决定，依法视为准予延续（行政许可法第五十条）：请立即作出准予决定，不能再作出不予决定；没有通过的核查项不影响准予，准予后依法另行处理")
	}
	p.Possible = slices.DeleteFunc(p.Possible, func(e licensing.Event) bool { return e == licensing.Extend && p.Matter.LegalDays == 0 })
	p.Writes = slices.DeleteFunc(slices.Clone(p.Possible), func(e licensing.Event) bool { return kindOf(p.Matter, e, p.State) == "" })
	if slices.Contains(p.Possible, licensing.Deliver) {
		h := p.proposed(p.Matter, form)
		p.Handover = &h
	}
}

// beside adds what other domains hold of a case: its letters, and what lists and
// revocations do to it while it is not finished.
func (s *Service) beside(ctx context.Context, q db.Q, out *Page) (err error) {
	if out.Enrolment, err = s.enrolled(ctx, q, &out.Case); err != nil {
		return err
	}
	if out.Hints, err = s.ofDraft(ctx, q, &out.Case, out.Matter); err != nil {
		return err
	}
	if out.Letters, err = s.Letters.OfCase(ctx, q, out.ID); err != nil || out.State.Final() {
		return err
	}
	v, err := s.judged(ctx, q, &out.Case)
	if len(v.Hits) > 0 {
		out.Verdict = &v
	}
	return err
}

// names are the words for the codes of a page.
func names(d matter.Definition) map[string]string {
	out := map[string]string{}
	for _, e := range slices.Concat(licensing.Materials(), licensing.Checks()) {
		out[e.Code] = e.Name
	}
	for _, e := range licensing.Events() {
		out[e.Code] = d.EventName(licensing.Event(e.Code))
	}
	for _, e := range licensing.States() {
		out[e.Code] = d.StateName(licensing.State(e.Code))
	}
	return out
}

// unbroken checks the chain of a case's course.
func (s *Service) unbroken(c *Case, course []Happening) error {
	var before []byte
	for i := range course {
		h := &course[i]
		if h.Seq != i+1 || !s.keys.CheckRowMAC(h.MAC, h.parts(c.ID, before)...) {
			return fault.Newf(fault.Internal, "licensing.case.tampered", "办件 %s 的办理过程被程序以外的方式改动过，请联系系统管理员", c.ApplyNo)
		}
		before = h.MAC
	}
	return nil
}

const placeForm = "licensing_case.form"

func (s *Service) seal(c *Case, form map[string]string) error {
	plain, err := json.Marshal(form)
	if err != nil {
		return fmt.Errorf("write form: %w", err)
	}
	c.Form, err = s.keys.SealAt([]string{placeForm, c.ID}, plain)
	return err
}

func (s *Service) form(c *Case) (map[string]string, error) {
	plain, err := s.keys.OpenAt([]string{placeForm, c.ID}, c.Form)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	if err := json.Unmarshal(plain, &out); err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	return out, nil
}

// clashes are the person's open cases that bar this one (E18); the person's row
// is locked, so that two desks at once cannot both find none.
func (s *Service) clashes(ctx context.Context, tx pgx.Tx, c *Case, d matter.Definition) error {
	type row struct {
		ID         string   `db:"id"`
		Action     string   `db:"action"`
		Licence    string   `db:"licence"`
		Categories []string `db:"categories"`
	}
	var rows []row
	var moving []struct{ N int }
	var b db.Batch
	b.Write(lockPersonSQL, c.Person)
	db.Read(&b, &rows, openSQL, c.Person, c.ID)
	db.Read(&b, &moving, transfersSQL, c.Person, c.ID)
	if err := b.Send(ctx, tx); err != nil {
		return err
	}
	if c.seen != nil {
		c.seen.transfers = &moving[0].N
	}
	open := make([]matter.Standing, len(rows))
	for i, r := range rows {
		open[i] = matter.Standing{Case: r.ID, Action: licensing.Action(r.Action), Licence: r.Licence, Categories: r.Categories}
	}
	bars := d.Clashes(matter.Standing{Case: c.ID, Action: c.Action, Licence: c.Licence, Categories: c.Categories}, open)
	if len(bars) == 0 {
		return nil
	}
	other, err := db.Row[Case](ctx, tx, caseSQL, bars[0].Case)
	if err != nil {
		return err
	}
	s.entitle(&other)
	return fault.Newf(fault.Conflict, "licensing.case.submit.conflict", "正在办理“%s”（%s），与本事项不能同时办理；请等其办结或撤回后再申请", other.Title, other.ApplyNo)
}
