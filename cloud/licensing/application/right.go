package application

import (
	"context"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
)

// perms says which permission each event of a person needs. Those that are
// missing are the system's own, or the applicant's.
var perms = map[licensing.Event]string{
	licensing.Save: PermSubmit, licensing.Submit: PermSubmit, licensing.Supplement: PermSubmit, licensing.Withdraw: PermSubmit,
	licensing.AskHearing: PermSubmit, licensing.DropHearing: PermSubmit, licensing.FixHearing: PermReview,
	licensing.Receive: PermAccept, licensing.Return: PermAccept, licensing.RequireCorrection: PermAccept,
	licensing.Accept: PermAccept, licensing.Refuse: PermAccept,
	licensing.PassReview: PermReview, licensing.ProposeRefusal: PermReview, licensing.Suspend: PermReview, licensing.Resume: PermReview,
	licensing.Assign: PermApprove, licensing.Extend: PermApprove, licensing.Grant: PermApprove, licensing.Deny: PermApprove,
	licensing.BackToReview: PermApprove, licensing.KeepPeriod: PermApprove, licensing.Terminate: PermApprove,
	licensing.MakeCertificate: PermCertify, licensing.CertificateDone: PermCertify, licensing.Deliver: PermCertify,
}

// applicantsOnly says why a clerk may not do this for an online applicant: what is
// sent, and when, is theirs to say, and a draft is nobody else's business. Empty
// when they may.
func (c *Case) applicantsOnly(actor auth.Actor, e licensing.Event) string {
	switch {
	case c.Channel != licensing.Online || actor.Kind != auth.KindStaff:
		return ""
	case e == licensing.Save, e == licensing.Submit:
		return "网上申请由申请人本人填写和提交，窗口不能代为修改"
	case e == licensing.Withdraw && c.State == licensing.Draft:
		return "申请人还没有提交，暂存的申请由申请人本人处理"
	}
	return ""
}

// withdraw by a clerk of what was applied for from afar says who asked: only the
// applicant can, and at a window it has to be them who stands there. At a window's
// own case, and a company's, whoever handed it in does. Fault:
// licensing.case.withdraw.person.
func withdraw(_ context.Context, _ *Service, w *work) error {
	if w.actor.Kind != auth.KindStaff || w.Channel != licensing.Online && w.Channel != licensing.Province {
		return nil
	}
	if !w.order.InPerson {
		return fault.New(fault.Precondition, "licensing.case.withdraw.person",
			"本办件不是在窗口申请的，由申请人本人在原渠道撤回；申请人到窗口要求撤回的，请核对身份证件，并确认“申请人本人到场”后再办理")
	}
	w.order.Text = "申请人本人到窗口要求撤回（已核对身份证件）：" + strings.TrimSpace(w.order.Text)
	return nil
}

// conflict says why somebody who holds the permission may not do this to this
// case: who accepts does not review, and who accepts or reviews does not decide
// (chapter 3.2; 行政许可法 §34). Empty when they may.
func (c *Case) conflict(actor string, e licensing.Event) string {
	is := func(who ...string) bool { return slices.Contains(who, actor) }
	switch e {
	case licensing.PassReview, licensing.ProposeRefusal, licensing.Suspend, licensing.Resume, licensing.FixHearing:
		switch {
		case is(c.Clerk, c.CreatedBy):
			return "您是本办件的收件或受理人，不能审查，请由其他审查员办理"
		case opines(e) && c.twoReviewers() && c.Reviewer == actor && c.Cosigner == "":
			return c.whyTwo() + "，须由两人审查，您已审查过，请由另一名审查员复核"
		case c.Holder != "" && c.Holder != actor:
			return "本办件已分派给其他审查员；需要由您办理时，请先改派"
		}
	case licensing.Grant, licensing.Deny, licensing.BackToReview, licensing.Extend, licensing.KeepPeriod, licensing.Terminate:
		if is(c.Clerk, c.CreatedBy, c.Reviewer, c.Cosigner) {
			return "您是本办件的受理人或审查人，不能审批，请由其他审批人办理"
		}
	}
	return ""
}

// partial says that somebody's opinion of a case keeps them from an act: one that
// stands from all that an approver does, one that was sent back from the decision
// still, for the opinion is gone and who gave it is not.
func partial(course []Happening, actor string, e licensing.Event) bool {
	gave := func(h Happening) bool { return opines(h.Event) && h.ByID == actor }
	switch e {
	case licensing.Grant, licensing.Deny, licensing.Terminate:
		return slices.ContainsFunc(course, gave)
	case licensing.BackToReview, licensing.Extend, licensing.KeepPeriod:
		return slices.ContainsFunc(opinions(course), gave)
	}
	return false
}

// impartial refuses an approver's act to whoever reviewed the case, by its course:
// the row knows two at most. Fault: licensing.case.conflict.
func (s *Service) impartial(ctx context.Context, w *work) error {
	course, err := courseOf(ctx, w.tx, w.Case)
	if err == nil && partial(course, w.actor.ID, w.event) {
		err = fault.New(fault.Forbidden, "licensing.case.conflict", "您曾审查过本办件，不能审批，请由其他审批人办理")
	}
	return err
}

// twoReviewers says that a case needs a second review (§34: substantive matters
// are verified by two; chapter 13.2: a list wants it).
func (c *Case) twoReviewers() bool { return c.Strict || c.Verify != "" }

func (c *Case) whyTwo() string {
	if c.Strict {
		return "本办件须加强审核"
	}
	return "本办件须实质核实"
}

// reviewedByTwo refuses a grant that needs two and that one has reviewed: the list
// came when the case was with the approver already. Fault: licensing.case.strict.
func (c *Case) reviewedByTwo() error {
	if !c.twoReviewers() || c.Reviewer != "" && c.Cosigner != "" {
		return nil
	}
	return fault.New(fault.Precondition, "licensing.case.strict", c.whyTwo()+"，由两人审查，现在只有一人审查过；请退回审查，由另一名审查员复核后再准予")
}

// may lists what an actor can do to a case now.
func (c *Case) may(actor auth.Actor, certificate bool) []licensing.Event {
	out := []licensing.Event{}
	for _, e := range possible(c.State, certificate) {
		if p := perms[e]; p != "" && actor.Can(p) && c.applicantsOnly(actor, e) == "" && c.conflict(actor.ID, e) == "" && c.barred(e) == nil {
			out = append(out, e)
		}
	}
	return out
}

// barred says why nobody may do this to this case, as it stands. Faults:
// licensing.case.revoked, .lost, .terminate, .deemed, .refusing, .corrected, .extended, .decided, .proposal, .online,
// those of Hearing.bars.
func (c *Case) barred(e licensing.Event) error {
	switch {
	case c.lost != nil && (e == licensing.MakeCertificate || e == licensing.CertificateDone || e == licensing.Deliver):
		return c.lost.refusal()
	case c.lost != nil && c.lost.damaged != nil && e == licensing.Terminate:
		return c.lost.refusal()
	case c.lost == nil && e == licensing.Terminate:
		return fault.New(fault.Precondition, "licensing.case.terminate", "本办件已经准予，证件仍然有效，不能终止办理；请继续制证、送达")
	case c.Revoked && (e == licensing.Grant || c.examines() && (e == licensing.MakeCertificate || e == licensing.CertificateDone)): // of what is made else lost says so
		return fault.New(fault.Precondition, "licensing.case.revoked", "收到吊销决定，本办件不能准予，也不能制作和发放证件；吊销解除后才能继续，或作出不予决定")
	case c.Revoked && e == licensing.PassReview:
		return fault.New(fault.Precondition, "licensing.case.revoked", "收到吊销决定，本办件不能准予，不能提出符合条件的审查意见；请提出拟不予准许的意见，或等吊销解除后再审查")
	case c.deemed && (e == licensing.Deny || e == licensing.ProposeRefusal):
		return deemed()
	case c.Refusing && !c.deemed && e == licensing.Grant:
		return fault.New(fault.Precondition, "licensing.case.refusing", "审查意见为拟不予准许，不能直接准予；不同意的，请退回审查，由审查人重新提出意见")
	case e == licensing.Grant && c.reviewedByTwo() != nil:
		return c.reviewedByTwo()
	case c.Corrected && e == licensing.RequireCorrection:
		return fault.New(fault.Precondition, "licensing.case.corrected", "补正内容依法只能一次性告知，本办件已经告知过；材料仍不符合要求的，请作出受理或不予受理决定")
	case c.Extended && e == licensing.Extend:
		return fault.New(fault.Precondition, "licensing.case.extended", "期限只能延长一次，本办件已经延长过")
	case e == licensing.RemoteCancel && c.State.Decided() && c.Action != licensing.TransferOut && (!c.examines() || c.State != licensing.Granted):
		return fault.New(fault.Precondition, "licensing.case.decided", "本办件已经作出决定，不能撤销")
	case c.Proposal == "" && e == licensing.KeepPeriod:
		return fault.New(fault.Precondition, "licensing.case.proposal", "本办件没有待批准的延期")
	case e == licensing.AskHearing || e == licensing.DropHearing || e == licensing.FixHearing || e == licensing.Resume && !c.deemed: // what the law has granted needs no hearing
		return c.hearing.bars(e)
	case e == licensing.Return && c.Channel != licensing.Online:
		return fault.New(fault.Precondition, "licensing.case.online", "窗口收件不能退回修改；材料不齐请一次性告知补正")
	}
	return nil
}
