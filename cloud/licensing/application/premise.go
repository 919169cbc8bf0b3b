package application

import (
	"context"
	"fmt"
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/practitioner"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// mayHold refuses an additional category of dangerous goods without the one that it
// stands on, held or applied for at once (chapter 1.1). Fault: licensing.case.main.
func mayHold(ctx context.Context, s *Service, w *work) error {
	held, err := s.onRoad(ctx, w)
	for _, code := range w.Categories {
		main := pexam.MainOf(code)
		if err == nil && main != "" && !slices.Contains(held, main) && !slices.Contains(w.Categories, main) {
			err = w.standsOn(code, main, "请先取得，或在本次一并申请", "申请人现在没有，或者已经注销")
		}
	}
	return err
}

// mayGiveUp refuses to give up what a category that stays stands on. Fault:
// licensing.case.main.
func mayGiveUp(ctx context.Context, s *Service, w *work) error {
	held, err := s.onRoad(ctx, w)
	for _, code := range held {
		main := pexam.MainOf(code)
		if err == nil && slices.Contains(w.Categories, main) && !slices.Contains(w.Categories, code) {
			err = w.standsOn(code, main, "请一并选择注销", "申请人现在持有前者，不能只注销后者")
		}
	}
	return err
}

// standsOn says what an applicant does about it, or, with the decision, the approver.
func (w *work) standsOn(code, main, ask, found string) error {
	if w.event == licensing.Grant {
		ask = found + "，不能准予；请作出不予决定，或退回审查"
	}
	return fault.Newf(fault.Precondition, "licensing.case.main", "“%s”以“%s”为前提：%s", pexam.CategoryName(code), pexam.CategoryName(main), ask)
}

// decides keeps two decisions about one file from passing each other by, each of which
// the other's would have barred: the second waits, and sees what the first has done.
func (s *Service) decides(ctx context.Context, w *work) error {
	if premises()[w.Action] == nil {
		return nil
	}
	if _, err := w.tx.Exec(ctx, lockPersonSQL, w.Person); err != nil {
		return fmt.Errorf("lock the file: %w", err)
	}
	return nil
}

// onRoad are the categories of the applicant's road certificate that have not ended.
func (s *Service) onRoad(ctx context.Context, w *work) ([]string, error) {
	p, err := s.applicant(ctx, w.tx, w.Case)
	var out []string
	for _, l := range p.Licences {
		for _, c := range l.Categories {
			if l.Type == practitioner.Road && l.State == practitioner.InForce && !c.Over(s.today()) {
				out = append(out, c.Code)
			}
		}
	}
	return out, err
}

// premises are those of matters whose decision makes or changes a certificate.
func premises() map[licensing.Action]func(context.Context, *Service, *work) error {
	return map[licensing.Action]func(context.Context, *Service, *work) error{
		licensing.Change: mayChange, licensing.Apply: mayHold, licensing.AddCategory: mayHold, licensing.Cancel: mayGiveUp,
	}
}
