package application

import (
	"context"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
)

// A reviewer's opinion is that the conditions are met or that they are not. It is
// for the approver alone: neither the applicant nor an outside system hears it, and
// what is decided is told in the approver's words.

// opines says that an event is a reviewer's opinion.
func opines(e licensing.Event) bool {
	return e == licensing.PassReview || e == licensing.ProposeRefusal
}

// passReview says that the application meets the conditions.
func passReview(ctx context.Context, s *Service, w *work) error {
	if err := s.settled(ctx, w); err != nil {
		return err
	}
	return s.opine(ctx, w)
}

// proposeRefusal says that it does not: no check bars that.
func proposeRefusal(ctx context.Context, s *Service, w *work) error { return s.opine(ctx, w) }

// opine takes an opinion. Where two have to give theirs, the first only waits for
// the second; when they differ, refusal is proposed: a grant would rest on half a
// review. A first opinion stands also when strict review ended before the second:
// both are the case's reviewers, and neither decides it.
func (s *Service) opine(ctx context.Context, w *work) error {
	course, err := courseOf(ctx, w.tx, w.Case)
	begins := w.Verify == "" // whoever reviewed before has verified nothing
	if err == nil {
		err = w.verifies()
	}
	if err != nil {
		return err
	}
	begins = begins && w.Verify != ""
	v, err := s.judged(ctx, w.tx, w.Case)
	if err == nil && v.Strict && !w.Strict { // the day of a list has come, and nothing else has told it
		if err = s.reweigh(auth.System(ctx, "licensing"), w.tx, w.Case, v); err == nil {
			w.clock, err = clocksOf(ctx, w.tx, w.Case)
		}
	}
	if err != nil {
		return err
	}
	given := opinions(append(course, Happening{Event: w.event, ByID: w.actor.ID}))
	w.Refusing = slices.ContainsFunc(given, func(h Happening) bool { return h.Event == licensing.ProposeRefusal })
	two := given[max(0, len(given)-2):]
	if begins {
		two = two[len(two)-1:]
	}
	w.Reviewer, w.Cosigner, w.Holder = two[0].ByID, "", ""
	if len(two) > 1 {
		w.Cosigner = two[1].ByID
	}
	if w.stays = w.twoReviewers() && w.Cosigner == ""; w.stays && w.Verify != "" {
		return s.second(ctx, w)
	}
	return nil
}

// opinions are those of a course that stand: each reviewer's newest since the
// review began, or began anew.
func opinions(course []Happening) []Happening {
	out := []Happening{}
	for i, h := range course {
		switch {
		case h.Event == licensing.BackToReview, h.Event == licensing.Resume && suspendedFrom(course[:i]) == licensing.Approving:
			out = out[:0]
		case opines(h.Event):
			out = append(slices.DeleteFunc(out, func(o Happening) bool { return o.ByID == h.ByID }), h)
		}
	}
	return out
}

// suspendedFrom is the state in which a course was suspended last.
func suspendedFrom(course []Happening) licensing.State {
	for _, h := range slices.Backward(course) {
		if h.Event == licensing.Suspend {
			return h.From
		}
	}
	return ""
}

// verifies keeps what of the materials' substance was verified, which two do (行政许可法
// §34). Once somebody has, no opinion is taken that does not say what its own giver
// verified: the case can be given to another than the one who was named, and opinions
// can be sent back. Faults: licensing.case.verify, .own.
func (w *work) verifies() error {
	what := strings.TrimSpace(w.order.Verify)
	if what == "" && w.order.Assignee == "" && w.Verify == "" {
		return nil
	}
	if len([]rune(what)) < 4 {
		if w.Verify != "" {
			return fault.New(fault.Invalid, "licensing.case.verify.own",
				"本办件须由两名审查员实质核实，请写明您本人核实了什么、怎样核实的，至少四个字；您没有核实的，不能提出意见，请由审批人改派给参加核实的审查员")
		}
		return fault.New(fault.Invalid, "licensing.case.verify", "请写明实质核实了什么、怎样核实的，至少四个字；没有核实的，请取消勾选")
	}
	if w.Verify != "" && w.Reviewer != "" {
		w.order.Text = strings.TrimSpace(w.order.Text) + "（第二名核实人，实质核实：" + what + "）"
		return nil
	}
	w.Verify = what
	w.order.Text = strings.TrimSpace(w.order.Text) + "（实质核实：" + what + "）"
	return nil
}

// second gives the case to the other who verified, named by the first: they say for
// themselves what they found. Who it was is told by that opinion, for it may be given to
// somebody else meanwhile. Faults: licensing.case.verify.second, .same, those of reviewer.
func (s *Service) second(ctx context.Context, w *work) error {
	switch w.order.Assignee {
	case "":
		return fault.New(fault.Invalid, "licensing.case.verify.second", "实质核实依法须由两名以上工作人员进行（行政许可法第三十四条），请选择与您一起核实的第二名审查员")
	case w.actor.ID:
		return fault.New(fault.Invalid, "licensing.case.verify.same", "两名核实人不能是同一人，请选择另一名审查员作为第二名核实人")
	}
	o, err := s.reviewer(ctx, w)
	w.Holder = o.ID
	w.order.Text = strings.TrimSpace(w.order.Text) + "（提请 " + o.Name + " 作为第二名核实人）"
	return err
}

// backToReview undoes the opinions: they have to be given again.
func backToReview(_ context.Context, _ *Service, w *work) error {
	w.Holder, w.Reviewer, w.Cosigner, w.Refusing = w.Reviewer, "", "", false
	return nil
}

// resume does so too, after a procedure that began when all had been given: they
// could not know what came of it.
func resume(ctx context.Context, s *Service, w *work) error {
	if err := s.concludeHearing(ctx, w); err != nil {
		return err
	}
	course, err := courseOf(ctx, w.tx, w.Case)
	if err == nil && suspendedFrom(course) == licensing.Approving {
		w.Reviewer, w.Cosigner, w.Refusing = "", "", false
	}
	return err
}

func deemed() error {
	return fault.New(fault.Precondition, "licensing.case.deemed", "证件有效期届满前没有作出决定，依法视为准予延续（行政许可法第五十条），只能作出准予决定")
}
