package enrolment

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Service keeps enrolments.
type Service struct {
	db       *db.DB
	keys     *keys.Ring
	audit    *audit.Log
	clock    clock.Clock
	people   *practitioner.Service
	sittings *sitting.Service
	credits  *credit.Service
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock, p *practitioner.Service, s *sitting.Service, won *credit.Service) *Service {
	return &Service{db: d, keys: k, audit: a, clock: c, people: p, sittings: s, credits: won}
}

func (s *Service) today() clock.Date { return clock.DateOf(s.clock.Now()) }

func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Microsecond) }

// Draft is what an application asks for.
type Draft struct {
	Ref, ApplyNo string
	Person       string
	Category     string
	Part         string
	Again        bool // a make-up of the last registration
	Consent      bool
	Fen          int64
	Accepted     clock.Date
}

// May refuses a registration that could not be carried out. It checks no right.
// Faults: exam.enrolment.open.part, .running, .banned, .held, .open, .makeup, .none,
// .early.
func (s *Service) May(ctx context.Context, q db.Q, d Draft) error {
	_, _, err := s.may(ctx, q, d)
	return err
}

// may answers with the subjects that would have to be sat, and the last day for it;
// zero: there is none.
func (s *Service) may(ctx context.Context, q db.Q, d Draft) (subjects []string, last clock.Date, err error) {
	if err := divisible(d); err != nil {
		return nil, last, err
	}
	p, err := s.people.Holder(ctx, q, d.Person)
	if err != nil {
		return nil, last, err
	}
	other, found, err := db.Maybe[Enrolment](ctx, q, runningSQL, p.Numbers, d.Category, d.Ref)
	if err != nil {
		return nil, last, err
	}
	if found {
		return nil, last, fault.Newf(fault.Conflict, "exam.enrolment.open.running", "该人员已有同一类别的考试报名（%s），还没有结束，不能重复报名", other.ApplyNo)
	}
	have, missing, err := s.credits.Held(ctx, q, p.Numbers, d.Category)
	if err != nil {
		return nil, last, err
	}
	if len(missing) == 0 {
		return nil, last, fault.New(fault.Precondition, "exam.enrolment.open.held", "该类别的全部科目已合格，成绩仍在有效期内，不需要再报名；请申请从业资格")
	}
	papers := slices.DeleteFunc(missing, func(x string) bool { return x == vocabulary.Practical })
	if len(papers) == 0 {
		return nil, last, onlyPractice(have)
	}
	banned, all, err := s.sittings.Prospects(ctx, q, p.Numbers, d.Category, papers)
	if err == nil && banned != "" {
		err = fault.New(fault.Precondition, "exam.enrolment.open.banned", banned)
	}
	if err != nil {
		return nil, last, err
	}
	for _, subject := range papers {
		if why := all[subject].Open; why != "" {
			return nil, last, fault.New(fault.Precondition, "exam.enrolment.open.open", why)
		}
	}
	if d.Again {
		return s.makeups(papers, all)
	}
	for _, subject := range papers {
		if all[subject].Makeup {
			return nil, last, fault.Newf(fault.Precondition, "exam.enrolment.open.makeup", "上次报名还有一次补考（%s，%s 至 %s），请办理补考报名", subject, all[subject].First, all[subject].Last)
		}
	}
	return papers, last, nil
}

// onlyPractice says to whom only the practical exam is missing why there is nothing to
// register for: chapter 9.7 keeps what they have passed and has make-ups of papers
// alone, and no sitting is held without a paper.
func onlyPractice(have []credit.Credit) error {
	longest := map[string]string{} // by subject
	for _, c := range have {
		longest[c.Subject] = max(longest[c.Subject], c.LastDay)
	}
	kept := slices.Min(slices.Collect(maps.Values(longest)))
	return fault.Newf(fault.Precondition, "exam.enrolment.open.practice",
		"该类别的理论已合格，成绩保留到 %s，只缺应会，不用再报考理论。补考只限理论不合格的；应会随理论场次安排，不能单独报名，也没有可以编入的场次。请联系考试中心，由考试中心在 %s 前另行安排应会", kept, kept)
}

// divisible wants a part that the category's exam has and that can be sat by itself.
func divisible(d Draft) error {
	practical := slices.Contains(vocabulary.Required(d.Category), vocabulary.Practical)
	switch {
	case d.Part == Theory || d.Part == Both && practical:
		return nil
	case practical:
		return fault.New(fault.Invalid, "exam.enrolment.open.part", "单独的应会考试由考试中心另行安排，暂不能在这里报名；请选择“理论”或“理论和应会”")
	}
	return fault.New(fault.Invalid, "exam.enrolment.open.part", "该类别没有应会考试，请选择“理论”")
}

// makeups are the subjects whose make-up can be sat, and the last day of the first
// of them to run out.
func (s *Service) makeups(papers []string, all map[string]sitting.Prospect) (out []string, last clock.Date, err error) {
	anew, early := "", clock.Date{}
	for _, subject := range papers {
		switch p := all[subject]; {
		case p.Makeup && s.today().Before(p.First):
			early = p.First
		case p.Makeup:
			out = append(out, subject)
			if last.IsZero() || p.Last.Before(last) {
				last = p.Last
			}
		case p.Anew != "":
			anew = p.Anew
		}
	}
	switch {
	case len(out) > 0:
		return out, last, nil
	case !early.IsZero():
		return nil, last, fault.Newf(fault.Precondition, "exam.enrolment.open.early", "距上次考试不满 3 天，请在 %s 及以后办理补考报名", early)
	case anew != "":
		return nil, last, fault.New(fault.Precondition, "exam.enrolment.open.none", anew+"；请办理考试报名缴费")
	}
	return nil, last, fault.New(fault.Precondition, "exam.enrolment.open.none", "没有查到该类别不合格或缺考的考试，不能补考；请办理考试报名缴费")
}

// Open opens an enrolment in the transaction that grants its application. It checks
// no right. Faults: those of May.
func (s *Service) Open(ctx context.Context, tx pgx.Tx, d Draft) (Enrolment, error) {
	p, err := s.people.Holder(ctx, tx, d.Person)
	if err == nil {
		err = db.Hold(ctx, tx, p.Numbers)
	}
	if err != nil {
		return Enrolment{}, err
	}
	subjects, last, err := s.may(ctx, tx, d)
	if err != nil {
		return Enrolment{}, err
	}
	e := Enrolment{
		ID: uuid.Must(uuid.NewV7()).String(), Ref: d.Ref, ApplyNo: d.ApplyNo, Person: p.ID, Name: p.Name, Blind: p.Blind, IDNo: p.IDNo, Category: d.Category, Part: d.Part,
		Subjects: subjects, Again: d.Again, Consent: d.Consent, Fen: d.Fen, ArrangeBy: d.Accepted.Add(ArrangeDays), OpenedAt: s.now(), Version: 1, State: ToPay, Places: []Place{},
	}
	if !last.IsZero() && last.Before(e.ArrangeBy) {
		e.ArrangeBy = last
	}
	if err := s.insert(ctx, tx, &e); err != nil {
		return e, err
	}
	text := fmt.Sprintf("考试报名（%s）：应缴 %s", strings.Join(subjects, "、"), Yuan(e.Fen))
	if err := s.Note(ctx, tx, e, text); err != nil {
		return e, err
	}
	return e, s.audit.Record(ctx, tx, "exam.enrolment.open", e.ID, map[string]any{"apply_no": e.ApplyNo, "fen": e.Fen})
}

// Note tells something of an enrolment in the file of its person. It checks no right.
func (s *Service) Note(ctx context.Context, tx pgx.Tx, e Enrolment, text string) error {
	return s.people.Note(ctx, tx, e.Person, practitioner.Event{Kind: "EXAM", Text: text, Ref: e.Ref})
}

// OfCase is the enrolment of an application. It checks no right. Fault:
// exam.enrolment.tampered.
func (s *Service) OfCase(ctx context.Context, q db.Q, ref string) (Enrolment, bool, error) {
	e, found, err := db.Maybe[Enrolment](ctx, q, ofCaseSQL, ref)
	if err == nil && found {
		err = s.genuine(&e)
	}
	return e, found, err
}

// End ends the enrolment of an application that came to nothing, unless it has a
// place: then it is refused. It checks no right. Fault: exam.enrolment.end.placed.
func (s *Service) End(ctx context.Context, tx pgx.Tx, ref, why string) error {
	e, found, err := s.OfCase(ctx, tx, ref)
	if err != nil || !found || e.EndedAt != nil {
		return err
	}
	if e, err = s.locked(ctx, tx, e.ID); err != nil {
		return err
	}
	if len(e.Places) > 0 {
		return fault.New(fault.Precondition, "exam.enrolment.end.placed", "已编入考试场次，不能终止；请先由考试中心从场次中移除")
	}
	now := s.now()
	e.EndedAt, e.Why = &now, why
	if err := s.update(ctx, tx, &e); err != nil {
		return err
	}
	return s.audit.Record(ctx, tx, "exam.enrolment.end", e.ID, map[string]any{"apply_no": e.ApplyNo, "reason": why})
}

// locked is an enrolment locked until the transaction ends.
func (s *Service) locked(ctx context.Context, tx pgx.Tx, id string) (Enrolment, error) {
	if _, err := tx.Exec(ctx, lockSQL, []string{id}); err != nil {
		return Enrolment{}, fmt.Errorf("lock enrolment: %w", err)
	}
	e, err := db.Row[Enrolment](ctx, tx, oneSQL, id)
	if err == nil {
		err = s.genuine(&e)
	}
	return e, err
}

// List finds enrolments; names are masked. A whole ID number as the search text
// finds exactly that person's, under whichever number. Fault: exam.enrolment.tampered.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Enrolment], error) {
	out, err := s.list(ctx, PermList, f, page)
	for i := range out.Items {
		out.Items[i].Name = person.MaskName(out.Items[i].Name)
	}
	return out, err
}

func (s *Service) list(ctx context.Context, perm string, f Filter, page db.Page) (out db.List[Enrolment], err error) {
	actor, err := auth.Require(ctx, perm)
	if err != nil {
		return out, err
	}
	var numbers [][]byte
	if blind := s.keys.Sought(page.Q); blind != nil {
		if numbers, err = s.people.Aliases(ctx, s.db, blind); err != nil {
			return out, err
		}
	}
	if out, err = list(ctx, s.db, actor.Scope, f, numbers, s.today(), page); err != nil {
		return out, err
	}
	for i := range out.Items {
		if err := s.genuine(&out.Items[i]); err != nil {
			return db.List[Enrolment]{}, err
		}
	}
	return out, nil
}
