package application

import (
	"context"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
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
	if err == nil {
		err = w.mark()
	}
	if err != nil {
		return err
	}
	v, err := s.judged(ctx, w.tx, w.Case)
	if err == nil && v.Strict && !w.Strict { // the day of a list has come, and nothing else has told it
		err = tighten(ctx, s, w)
	}
	if err != nil {
		return err
	}
	given := opinions(append(course, Happening{Event: w.event, ByID: w.actor.ID}))
	w.Refusing = slices.ContainsFunc(given, func(h Happening) bool { return h.Event == licensing.ProposeRefusal })
	w.Reviewer, w.Cosigner, w.Holder = given[0].ByID, "", ""
	if len(given) > 1 {
		w.Cosigner = given[1].ByID
	}
	w.stays = w.twoReviewers() && w.Cosigner == ""
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

// mark says that what was handed in has to be verified in substance, which is done by
// two (行政许可法 §34). Once said it stands: nobody who came later can know that what an
// earlier one doubted is not there. Fault: licensing.case.verify.
func (w *work) mark() error {
	what := strings.TrimSpace(w.order.Verify)
	if what == "" {
		return nil
	}
	if len([]rune(what)) < 4 {
		return fault.New(fault.Invalid, "licensing.case.verify", "请写明需要实质核实什么，至少四个字；不需要的，请取消勾选")
	}
	if w.Verify == "" {
		w.Verify = what
	}
	w.order.Text = strings.TrimSpace(w.order.Text) + "（须两人实质核实：" + what + "）"
	return nil
}

// backToReview undoes the opinions: they have to be given again.
func backToReview(_ context.Context, _ *Service, w *work) error {
	if err := w.mark(); err != nil {
		return err
	}
	w.Holder, w.Reviewer, w.Cosigner, w.Refusing = w.Reviewer, "", "", false
	return nil
}

// resume does so too, after a procedure that began when all had been given: they
// could not know what came of it.
func resume(ctx context.Context, _ *Service, w *work) error {
	course, err := courseOf(ctx, w.tx, w.Case)
	if err == nil && suspendedFrom(course) == licensing.Approving {
		w.Reviewer, w.Cosigner, w.Refusing = "", "", false
	}
	return err
}

func deemed() error {
	return fault.New(fault.Precondition, "licensing.case.deemed", "证件有效期届满前没有作出决定，依法视为准予延续（行政许可法第五十条），只能作出准予决定")
}
