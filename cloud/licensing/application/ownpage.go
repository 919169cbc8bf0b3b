package application

import (
	"context"
	"slices"
	"time"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
)

// OwnCase is a case in its applicant's list: no official's name, nothing internal.
type OwnCase struct {
	ID        string          `json:"id"`
	ApplyNo   string          `json:"apply_no"`
	Matter    string          `json:"matter"`
	Title     string          `json:"title"`
	Channel   string          `json:"channel"`
	State     licensing.State `json:"state"`
	StateName string          `json:"state_name"`
	Version   int             `json:"version"`
	Todo      string          `json:"todo" doc:"申请人现在要做什么；空：等待办理"`
	Due       clock.Date      `json:"due,omitzero" doc:"申请人或机关应在这一天前完成"`
	AppliedOn clock.Date      `json:"applied_on,omitzero"`
	ChangedAt time.Time       `json:"changed_at"`
}

// OwnStep is a step of a case as its applicant reads it.
type OwnStep struct {
	At    time.Time       `json:"at"`
	Event licensing.Event `json:"event"`
	Name  string          `json:"name"`
	Text  string          `json:"text" doc:"告知申请人的理由"`
}

// OwnSource says where a field came from; such a field is read-only.
type OwnSource struct {
	Code string     `json:"code"`
	Name string     `json:"name"`
	On   clock.Date `json:"on"`
}

// OwnPage is everything of a case that its applicant sees.
type OwnPage struct {
	OwnCase
	Categories []string             `json:"categories"`
	Licence    string               `json:"licence"`
	Matter     matter.Definition    `json:"definition"`
	Fields     []matter.Field       `json:"fields" doc:"按类别和渠道显示的申请表"`
	Values     map[string]string    `json:"values"`
	Sources    map[string]OwnSource `json:"sources"`
	Wanted     []matter.Material    `json:"wanted"`
	Materials  []Material           `json:"materials"`
	Lacking    []matter.Defect      `json:"lacking" doc:"提交前还要补齐的，一次列全"`
	Defects    []Defect             `json:"defects" doc:"一次性告知的补正内容"`
	Letters    []letter.Letter      `json:"letters"`
	Course     []OwnStep            `json:"course"`
	Verdict    *sanction.Verdict    `json:"verdict,omitempty"`
	Untaken    []Untaken            `json:"untaken" doc:"须先考试合格而还没有合格的；空为没有"`
	Enrol      string               `json:"enrol" doc:"考试报名的事项"`
	Hints      []sanction.Prompt    `json:"hints" doc:"证件临期、超期，继续教育、诚信考核的提示"`
	Names      map[string]string    `json:"names"`
	Held       []HeldCategory       `json:"held" doc:"所办理的证件上本事项的类别，可以只办其中几个"`
	Can        []licensing.Event    `json:"can" doc:"申请人现在可以做的事"`
	Hearing    *Hearing             `json:"hearing,omitempty" doc:"因听证挂起的办件：听证到了哪一步"`
	Exam       *OwnExam             `json:"exam,omitempty" doc:"考试报名的办件：缴费和考试安排"`
}

// HeldCategory is a category on the certificate that an application is about.
type HeldCategory struct {
	Category string     `json:"category"`
	ValidTo  clock.Date `json:"valid_to,omitzero" doc:"空为长期"`
}

// parted is what can be chosen of a certificate: a renewal and a cancellation may be
// of some of its categories, everything else is of the card.
func (s *Service) parted(ctx context.Context, q db.Q, c *Case, d matter.Definition) ([]HeldCategory, error) {
	out := []HeldCategory{}
	if c.Licence == "" || c.State.Decided() || c.Action != licensing.Renew && c.Action != licensing.Cancel {
		return out, nil
	}
	l, err := s.People.Licence(ctx, q, c.Licence)
	for _, code := range shared(l, d) {
		on, _ := l.Category(code)
		out = append(out, HeldCategory{code, on.ValidTo})
	}
	return out, err
}

// todo says what an applicant has to do in a state: chapter 6.1 and the rule that
// every page has its next step.
var todo = map[licensing.State]string{
	licensing.Draft:      "填写完整后提交",
	licensing.Returned:   "按退回理由修改后重新提交",
	licensing.Correcting: "按补正告知书补齐后提交",
	licensing.Delivering: "领取证件：按所选方式到窗口领取，或等待邮寄",
}

// ownEvents are an applicant's, in the order in which they are offered.
var ownEvents = []licensing.Event{licensing.Save, licensing.Submit, licensing.Supplement, licensing.AskHearing, licensing.Withdraw}

// told are the steps an applicant sees, and whether the text is for them.
var told = map[licensing.Event]bool{
	licensing.Submit: false, licensing.Receive: false, licensing.Return: true, licensing.RequireCorrection: false, licensing.Supplement: false,
	licensing.CorrectionTimeout: false, licensing.Accept: false, licensing.DeemAccepted: false, licensing.Refuse: true, licensing.Suspend: true,
	licensing.Resume: false, licensing.Extend: true, licensing.Grant: false, licensing.Deny: true, licensing.MakeCertificate: false,
	licensing.CertificateDone: false, licensing.Deliver: false, licensing.Withdraw: true, licensing.RevocationHit: true, licensing.RevocationLifted: true,
	licensing.RemoteCancel: false, licensing.Terminate: true, licensing.Tighten: true, licensing.Relax: true,
	licensing.AskHearing: true, licensing.DropHearing: true, licensing.FixHearing: true,
}

func (s *Service) ownCase(c *Case) OwnCase {
	s.entitle(c)
	out := OwnCase{
		ID: c.ID, ApplyNo: c.ApplyNo, Matter: c.Matter, Title: c.Title, Channel: licensing.Name(licensing.Channels(), string(c.Channel)),
		State: c.State, StateName: c.StateName, Version: c.Revision, Todo: todo[c.State],
		Due: c.Due, AppliedOn: c.AppliedOn, ChangedAt: c.ChangedAt,
	}
	if c.State.Final() {
		out.Due = clock.Date{}
	}
	return out
}

// OwnList are the caller's applications of every channel, the newest first.
func (s *Service) OwnList(ctx context.Context) ([]OwnCase, error) {
	actor, err := auth.Require(ctx, PermOwn)
	if err != nil {
		return nil, err
	}
	list, err := s.Of(ctx, s.DB, actor.ID)
	if err == nil {
		err = s.findLost(ctx, s.DB, each(list)...)
	}
	out := make([]OwnCase, 0, len(list))
	for i := range list {
		if c := &list[i]; c.Channel == licensing.Online || c.State != licensing.Draft {
			own := s.ownCase(c)
			own.unfetchable(c)
			if err = s.nextOfHearing(ctx, s.DB, c, &own); err == nil {
				err = s.nextOfExam(ctx, s.DB, c, &own, false)
			}
			if err != nil {
				return nil, err
			}
			out = append(out, own)
		}
	}
	if err != nil {
		return nil, err
	}
	return out, denied(ctx, s.DB, out)
}

// denied says of applications that are at an end which were denied: the receipt of
// the decision ends the case, and who reads 办结 alone would think that it was granted.
func denied(ctx context.Context, q db.Q, list []OwnCase) error {
	var ended []string
	for _, c := range list {
		if c.State == licensing.Completed {
			ended = append(ended, c.ID)
		}
	}
	if len(ended) == 0 {
		return nil
	}
	rows, err := db.All[struct{ ID string }](ctx, q, deniedSQL, ended)
	for _, r := range rows {
		i := slices.IndexFunc(list, func(c OwnCase) bool { return c.ID == r.ID })
		list[i].StateName += "（不予许可）"
	}
	return err
}

// OwnShow is one of the caller's applications. Fault: record.missing, for somebody
// else's too.
func (s *Service) OwnShow(ctx context.Context, id string) (OwnPage, error) {
	c, err := s.ownRead(ctx, id)
	if err != nil {
		return OwnPage{}, err
	}
	return s.ownPage(ctx, s.DB, c)
}

func (s *Service) ownRead(ctx context.Context, id string) (Case, error) {
	actor, err := auth.Require(ctx, PermOwn)
	if err != nil {
		return Case{}, err
	}
	c, err := db.Row[Case](ctx, s.DB, caseSQL, id)
	if err == nil {
		err = s.genuine(&c)
	}
	if err != nil {
		return c, err
	}
	mine, err := s.belongs(ctx, s.DB, c.Person, actor.ID)
	if err == nil && (!mine || c.Channel != licensing.Online && c.State == licensing.Draft) {
		err = db.Missing()
	}
	return c, err
}

func (s *Service) ownPage(ctx context.Context, q db.Q, c Case) (OwnPage, error) {
	out := OwnPage{OwnCase: s.ownCase(&c), Categories: c.Categories, Licence: c.Licence, Course: []OwnStep{}, Sources: map[string]OwnSource{}, Enrol: EnrolMatter}
	if err := s.nextOfHearing(ctx, q, &c, &out.OwnCase); err != nil {
		return out, err
	}
	if out.Hearing = c.hearing; out.Hearing != nil {
		out.Hearing.Says = c.hearing.tells()
	}
	form, err := s.form(&c)
	if err == nil {
		out.Matter, err = s.Matters.At(c.Matter, c.Version)
	}
	if err != nil {
		return out, err
	}
	out.Names = names(out.Matter)
	known, err := s.saidOf(&c)
	if err != nil {
		return out, err
	}
	for k, v := range known {
		out.Sources[k] = OwnSource{Code: string(v.Source), Name: licensing.Name(matter.Sources(), string(v.Source)), On: v.On}
	}
	for _, code := range out.Matter.Categories {
		out.Names[code] = pexam.CategoryName(code)
	}
	out.Fields, out.Values = out.Matter.FieldsFor(c.Categories, c.Channel), ownSeen(&c, out.Matter, form)
	if out.Held, err = s.parted(ctx, q, &c, out.Matter); err != nil {
		return out, err
	}
	out.Wanted = append([]matter.Material{}, out.Matter.MaterialsFor(c.Categories, form)...)
	if out.Materials, err = handed(ctx, q, &c); err != nil {
		return out, err
	}
	out.Lacking = s.lacking(&c, out, form, known)
	if out.Untaken, err = s.untaken(ctx, q, &c, out.Matter); err != nil {
		return out, err
	}
	out.Can = ownCan(&c, s.certifies(&c))
	if c.State == licensing.Delivering && !c.examines() {
		out.Todo = s.collecting(&c, out.Matter, form)
	}
	if err := s.findLost(ctx, q, &c); err != nil {
		return out, err
	}
	out.unfetchable(&c)
	if err := s.nextOfExam(ctx, q, &c, &out.OwnCase, true); err != nil {
		return out, err
	}
	if out.Exam, err = s.ownExam(ctx, q, &c, out.Matter, form); err != nil {
		return out, err
	}
	one := []OwnCase{out.OwnCase}
	if err := denied(ctx, q, one); err != nil {
		return out, err
	}
	out.OwnCase = one[0]
	return out, s.ownBeside(ctx, q, &c, &out)
}

// lacking is what bars a submission, while the applicant can still do something
// about it. What nobody has to hand in is looked for at submission.
func (s *Service) lacking(c *Case, p OwnPage, form map[string]string, known sayings) []matter.Defect {
	if !slices.Contains([]licensing.State{licensing.Draft, licensing.Returned, licensing.Correcting}, c.State) {
		return []matter.Defect{}
	}
	have := []string{}
	for _, m := range p.Materials {
		have = append(have, m.Code)
	}
	for _, m := range p.Wanted {
		if handedIn := slices.ContainsFunc(m.Forms, func(f matter.MaterialForm) bool { return f != "generated" && f != "data" }); !handedIn || m.Source == "FORM" { // printed from what was filled in: gather
			have = append(have, m.Code)
		}
	}
	out := p.Matter.Check(form, have, matter.Entry{Channel: c.Channel, Categories: c.Categories, Known: known.values(), Today: s.today()})
	return append([]matter.Defect{}, out...)
}

// anywhere says that it is the applicant's online wherever they applied: nothing that was
// handed in changes by it.
func anywhere(e licensing.Event) bool {
	return e == licensing.Withdraw || e == licensing.AskHearing
}

func ownCan(c *Case, certificate bool) []licensing.Event {
	out := []licensing.Event{}
	can := possible(c.State, certificate)
	for _, e := range ownEvents {
		if slices.Contains(can, e) && (c.Channel == licensing.Online || anywhere(e)) && (e != licensing.AskHearing || c.barred(e) == nil) {
			out = append(out, e)
		}
	}
	return out
}

// ownBeside adds the course, the letters and what lists and revocations do.
func (s *Service) ownBeside(ctx context.Context, q db.Q, c *Case, out *OwnPage) error {
	course, err := courseOf(ctx, q, c)
	if err == nil {
		err = s.unbroken(c, course)
	}
	if err != nil {
		return err
	}
	for _, h := range course {
		said, shown := told[h.Event]
		if !shown {
			continue
		}
		step := OwnStep{At: h.At, Event: h.Event, Name: out.Names[string(h.Event)]}
		if said {
			step.Text = h.Text
		}
		out.Course = append(out.Course, step)
	}
	page := Page{Case: *c, Matter: out.Matter}
	if err := s.beside(ctx, q, &page); err != nil {
		return err
	}
	out.Hints = page.Hints
	out.Letters, out.Verdict = append([]letter.Letter{}, page.Letters...), page.Verdict
	for i := range out.Letters { // which official it was is the office's business
		out.Letters[i].IssuedBy, out.Letters[i].VoidedBy = "", ""
	}
	for i := range out.Materials {
		out.Materials[i].By = ""
	}
	out.Defects, err = defectsOf(ctx, q, c)
	return err
}

// OwnFile is a material as its applicant handed it in. Faults: as OwnShow,
// licensing.case.material.paper.
func (s *Service) OwnFile(ctx context.Context, id, code string) (Material, []byte, error) {
	if _, err := s.ownRead(ctx, id); err != nil {
		return Material{}, nil, err
	}
	return s.file(ctx, id, code)
}

// OwnLetter is the PDF of a letter of one's own case. Fault: record.missing.
func (s *Service) OwnLetter(ctx context.Context, id, letterID string) (string, []byte, error) {
	if _, err := s.ownRead(ctx, id); err != nil {
		return "", nil, err
	}
	list, err := s.Letters.OfCase(ctx, s.DB, id)
	i := slices.IndexFunc(list, func(l letter.Letter) bool { return l.ID == letterID })
	if err == nil && i < 0 {
		err = db.Missing()
	}
	if err != nil {
		return "", nil, err
	}
	pdf, err := s.Letters.File(ctx, s.DB, &list[i])
	if err == nil {
		err = s.Audit.RecordNow(ctx, "licensing.own.letter", id, map[string]any{"letter": letterID, "number": list[i].Number})
	}
	return list[i].KindName + ".pdf", pdf, err
}

// OwnForm is an application form filled in from one's own case (M11), to print.
// Faults: as OwnShow, licensing.case.form.none.
func (s *Service) OwnForm(ctx context.Context, id, code string) (string, []byte, error) {
	c, err := s.ownRead(ctx, id)
	if err != nil {
		return "", nil, err
	}
	return s.formOf(ctx, &c, code)
}
