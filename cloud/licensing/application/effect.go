package application

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// effects are what events do beside moving the case and its clocks; each runs in
// the event's transaction. Both tables are functions because a transfer's revocation
// is an event that makes another happen.
func effects() map[licensing.Event]func(context.Context, *Service, *work) error {
	return map[licensing.Event]func(context.Context, *Service, *work) error{
		licensing.Submit:            submit,
		licensing.Receive:           receive,
		licensing.RequireCorrection: requireCorrection,
		licensing.Refuse:            refuse,
		licensing.Supplement:        supplement,
		licensing.Accept:            accept,
		licensing.DeemAccepted:      deemAccepted,
		licensing.Assign:            assign,
		licensing.PassReview:        passReview,
		licensing.ProposeRefusal:    proposeRefusal,
		licensing.Resume:            resume,
		licensing.Withdraw:          withdraw,
		licensing.BackToReview:      backToReview,
		licensing.Extend:            extend,
		licensing.Suspend:           suspend,
		licensing.Grant:             grant,
		licensing.Deny:              deny,
		licensing.CertificateDone:   certificateDone,
		licensing.Deliver:           deliver,
		licensing.RemoteCancel:      remoteCancel,
		licensing.Tighten:           tighten,
		licensing.Relax:             relax,
		licensing.AskHearing:        askHearing,
		licensing.DropHearing:       dropHearing,
		licensing.FixHearing:        fixHearing,
		licensing.KeepPeriod:        func(_ context.Context, _ *Service, w *work) error { w.Proposal = ""; return nil },
		licensing.RevocationHit:     revocation,
		licensing.RevocationLifted:  revocation,
	}
}

// submit takes an application that is whole, and that nothing bars.
func submit(ctx context.Context, s *Service, w *work) error {
	if err := s.gather(ctx, w); err != nil {
		return err
	}
	if err := s.complete(ctx, w, "licensing.case.submit.incomplete"); err != nil {
		return err
	}
	if err := s.clashes(ctx, w.tx, w.Case, w.def); err != nil {
		return err
	}
	if err := s.premise(ctx, w); err != nil {
		return err
	}
	if err := s.truthful(ctx, w); err != nil {
		return err
	}
	w.AppliedOn = s.today()
	if _, err := s.inquire(ctx, w, false); err != nil {
		return err
	}
	if err := s.examine(ctx, w, submitChecks); err != nil {
		return err
	}
	v, err := s.judged(ctx, w.tx, w.Case)
	w.Revoked = v.Revoked() // a draft may have become another application meanwhile
	return err
}

// complete refuses an application that lacks something, naming all of it.
func (s *Service) complete(ctx context.Context, w *work, code string) error {
	known, err := s.saidOf(w.Case)
	if err != nil {
		return err
	}
	have, err := handed(ctx, w.tx, w.Case)
	if err != nil {
		return err
	}
	codes := make([]string, len(have))
	for i, m := range have {
		codes[i] = m.Code
	}
	return refuseDefects(code, w.def.Check(w.form, codes, matter.Entry{Channel: w.Channel, Categories: w.Categories, Known: known.values(), Today: s.today()}))
}

func refuseDefects(code string, defects []matter.Defect) error {
	if len(defects) == 0 {
		return nil
	}
	lines := make([]string, len(defects))
	for i, d := range defects {
		lines[i] = fmt.Sprintf("%s：%s，%s", d.Name, d.Reason, d.HowTo)
	}
	return fault.Newf(fault.Invalid, code, "还有 %d 处需要补齐：%s", len(defects), strings.Join(lines, "；"))
}

func receive(_ context.Context, _ *Service, w *work) error {
	w.Clerk, w.Holder = w.actor.ID, w.actor.ID
	return nil
}

func requireCorrection(ctx context.Context, _ *Service, w *work) error {
	if len(w.order.Defects) == 0 {
		return fault.New(fault.Invalid, "licensing.case.require_correction.none", "请列出全部需要补正的内容；依法只能一次性告知")
	}
	for i, d := range w.order.Defects {
		if !w.mendable(d) {
			return fault.Newf(fault.Invalid, "licensing.case.require_correction.item", "“%s”不是申请人能补正的材料或申请表项目，请重新选择", d.Name)
		}
		if _, err := w.tx.Exec(ctx, addDefectSQL, w.ID, i+1, d.Part, d.Key, d.Name, d.Reason, d.HowTo); err != nil {
			return fmt.Errorf("add defect: %w", err)
		}
	}
	w.Corrected, w.Clerk = true, w.actor.ID
	return nil
}

// mendable says whether an applicant can put something right: a material that can
// be handed in, or a line of the form that no platform filled in.
func (w *work) mendable(d Defect) bool {
	if d.Part == matter.PartMaterial {
		return slices.ContainsFunc(w.def.MaterialsFor(w.Categories, w.form), func(m matter.Material) bool {
			return m.Code == d.Key && (slices.Contains(m.Forms, "scan") || slices.Contains(m.Forms, "original"))
		})
	}
	return slices.ContainsFunc(w.def.FieldsFor(w.Categories, w.Channel), func(f matter.Field) bool { return f.Key == d.Key && f.Source == "" })
}

// supplement takes what was asked for: every material of the notice in a newer
// revision than the notice saw.
func supplement(ctx context.Context, s *Service, w *work) error {
	defects, err := db.All[Defect](ctx, w.tx, defectsSQL, w.ID)
	if err != nil {
		return err
	}
	course, err := courseOf(ctx, w.tx, w.Case)
	if err != nil {
		return err
	}
	asked := slices.IndexFunc(course, func(h Happening) bool { return h.Event == licensing.RequireCorrection })
	have, err := handed(ctx, w.tx, w.Case)
	if err != nil || asked < 0 {
		return err
	}
	var missing []string
	for _, d := range defects {
		fresh := slices.ContainsFunc(have, func(m Material) bool { return m.Code == d.Key && m.At.After(course[asked].At) })
		if d.Part == matter.PartMaterial && !fresh {
			missing = append(missing, d.Name)
		}
	}
	if len(missing) > 0 {
		return fault.Newf(fault.Invalid, "licensing.case.supplement.missing", "还没有重新提供：%s；请全部补齐后再提交", strings.Join(missing, "、"))
	}
	if _, err := w.tx.Exec(ctx, solveSQL, w.ID); err != nil {
		return fmt.Errorf("solve defects: %w", err)
	}
	if err := s.complete(ctx, w, "licensing.case.supplement.incomplete"); err != nil {
		return err
	}
	// form and categories may have changed since the submission that looked at this
	if err := s.clashes(ctx, w.tx, w.Case, w.def); err != nil {
		return err
	}
	return s.premise(ctx, w)
}

func accept(ctx context.Context, s *Service, w *work) error {
	w.Clerk = w.actor.ID
	if err := s.complete(ctx, w, "licensing.case.accept.incomplete"); err != nil {
		return err
	}
	w.AcceptedOn = s.today()
	return s.taken(ctx, w)
}

// deemAccepted: nobody answered in five days, so it is accepted from the day on
// which it was received (§32), after a correction from that on which it was whole.
func deemAccepted(ctx context.Context, s *Service, w *work) error {
	w.AcceptedOn = w.AppliedOn
	if c := w.clock.find(ToAccept); c != nil {
		w.AcceptedOn = c.Begun
	}
	return s.taken(ctx, w)
}

// taken numbers an accepted case and looks at everything that its matter wants
// looked at.
func (s *Service) taken(ctx context.Context, w *work) (err error) {
	w.Holder = ""
	on := s.today()
	n, err := number(ctx, w.tx, "accept-"+on.String())
	if err != nil {
		return err
	}
	w.AcceptNo = fmt.Sprintf("SL%04d%02d%02d%05d", on.Year, on.Month, on.Day, n)
	if _, err := s.inquire(ctx, w, false); err != nil {
		return err
	}
	if err := s.examine(ctx, w, w.def.ChecksFor(w.Categories)); err != nil {
		return err
	}
	return s.propose(ctx, w)
}

func assign(ctx context.Context, s *Service, w *work) error {
	o, err := s.reviewer(ctx, w)
	w.Holder = o.ID
	return err
}

// reviewer is whom an order names to review. Faults: licensing.case.assign.none,
// .nobody, licensing.case.conflict.
func (s *Service) reviewer(ctx context.Context, w *work) (Officer, error) {
	switch w.order.Assignee {
	case "":
		return Officer{}, fault.New(fault.Invalid, "licensing.case.assign.none", "请选择审查员")
	case w.Clerk, w.CreatedBy:
		return Officer{}, fault.New(fault.Forbidden, "licensing.case.conflict", "受理人不能审查自己受理的办件，请选择其他审查员")
	}
	able, err := s.Staff(ctx, w.tx, PermReview)
	if err != nil {
		return Officer{}, err
	}
	i := slices.IndexFunc(able, func(o Officer) bool { return o.ID == w.order.Assignee })
	if i < 0 {
		return Officer{}, fault.New(fault.Invalid, "licensing.case.assign.nobody", "所选人员不是许可审查员，请重新选择")
	}
	return able[i], nil
}

// suspend is for the special procedures of §45, which the applicant is told of, and for
// looking into a list (domain reference 3.1). Faults: licensing.case.suspend.procedure,
// .vetting.
func suspend(ctx context.Context, s *Service, w *work) error {
	if w.order.Procedure == "" || w.order.Days == 0 {
		return fault.New(fault.Invalid, "licensing.case.suspend.procedure", "请选择特别程序的种类，并填写预计需要的工作日；须书面告知申请人")
	}
	switch {
	case w.order.Procedure == vetting && !w.Strict:
		return fault.New(fault.Precondition, "licensing.case.suspend.vetting", "本办件没有加强审核（申请人未列入须加强审核的失信名单），不能因失信核查挂起；请选择其他特别程序，或继续审查")
	case w.order.Procedure == publicHearing:
		return s.tellHearing(ctx, w)
	}
	return nil
}

// extend is for the period of a law: without one there is nothing to extend. Fault:
// licensing.case.extend.period.
func extend(_ context.Context, _ *Service, w *work) error {
	if w.def.LegalDays == 0 {
		return fault.New(fault.Precondition, "licensing.case.extend.period", "本事项没有法定期限，不需要延长；请在承诺期限内办理")
	}
	w.Extended, w.Proposal = true, ""
	return nil
}

// grant decides, and carries the decision out on the person's file: what was
// true at acceptance is looked at again.
func grant(ctx context.Context, s *Service, w *work) error {
	if err := s.decides(ctx, w); err != nil {
		return err
	}
	w.Approver, w.DecidedOn = w.actor.ID, s.today()
	again := grantChecks
	if w.deemed {
		again = revoked // the law has granted it already
	}
	codes := w.checks(again)
	if err := s.recent(ctx, w, codes); err != nil {
		return err
	}
	if err := s.examine(ctx, w, codes); err != nil {
		return err
	}
	if err := s.settled(ctx, w); err != nil {
		return err
	}
	if err := w.reviewedByTwo(); err != nil { // a list may have come since
		return err
	}
	if m, marks := services()[w.Action]; marks {
		return m.effect(ctx, s, w)
	}
	if err := s.premise(ctx, w); err != nil {
		return err
	}
	if w.Action == licensing.Cancel { // the letter says that it ends with the decision
		return s.People.Drop(ctx, w.tx, w.Licence, w.Categories, w.cancelled(), w.ID)
	}
	act, issues := acts[w.Action]
	if !issues {
		return nil
	}
	if replaces(w.Action, w.form) {
		act = practitioner.Reissue
	}
	if act == practitioner.First {
		adds, err := s.adds(ctx, w)
		if err != nil {
			return err
		}
		if adds {
			act = practitioner.Add
		}
	}
	l, err := s.People.Issue(ctx, w.tx, practitioner.Grant{
		Person: w.Person, Act: act, Type: w.def.Certificate, Categories: w.Categories, On: w.DecidedOn, Why: w.def.Name, Ref: w.ID, Held: w.deemed,
	})
	w.Licence = l.ID
	if err == nil && w.Action == licensing.Change {
		err = s.change(ctx, w)
	}
	return err
}

// adds says whether what is granted goes on a certificate that is there: somebody
// who drives passengers or freight and is granted dangerous goods has one
// certificate with both (chapter 1.3).
func (s *Service) adds(ctx context.Context, w *work) (bool, error) {
	list, err := s.People.Licences(ctx, w.tx, w.Person)
	return slices.ContainsFunc(list, func(l practitioner.Licence) bool {
		return l.State == practitioner.InForce && l.Type == w.def.Certificate && l.Type != practitioner.Bus
	}), err
}

// acts are the matters whose decision makes or changes a certificate.
var acts = map[licensing.Action]practitioner.Act{
	licensing.Apply: practitioner.First, licensing.AddCategory: practitioner.Add, licensing.Renew: practitioner.Renew,
	licensing.Reissue: practitioner.Reissue, licensing.Change: practitioner.Change,
}

func deny(ctx context.Context, s *Service, w *work) error {
	if err := s.unmet(ctx, w); err != nil {
		return err
	}
	w.Approver, w.DecidedOn = w.actor.ID, s.today()
	if slices.Contains(w.order.Unmet, untruth().Article) {
		return s.ban(ctx, w)
	}
	return nil
}

// certificateDone changes nothing on the file: the decision has (of an exam it hands
// out the ticket). A cancellation passes it too, when the old print was dealt with.
func certificateDone(ctx context.Context, s *Service, w *work) error {
	if w.examines() {
		return admitted(ctx, s, w)
	}
	return nil
}

// staying are the events that matter although the state stays.
var staying = []licensing.Event{
	licensing.RevocationHit, licensing.RevocationLifted, licensing.Extend, licensing.Tighten, licensing.Relax, licensing.KeepPeriod,
	licensing.AskHearing, licensing.DropHearing, licensing.FixHearing,
}

// note writes what matters about a case into the person's timeline.
func (s *Service) note(ctx context.Context, w *work) error {
	if w.State == w.from && !slices.Contains(staying, w.event) {
		return nil
	}
	text := fmt.Sprintf("%s（%s）：%s", w.def.Name, w.ApplyNo, w.def.EventName(w.event))
	return s.People.NoteLater(ctx, &w.later, w.Person, practitioner.Event{Kind: "CASE", Text: text, Ref: w.ID})
}
