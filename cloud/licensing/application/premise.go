package application

import (
	"context"
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
			err = fault.Newf(fault.Precondition, "licensing.case.main", "“%s”以“%s”为前提：请先取得，或在本次一并申请", pexam.CategoryName(code), pexam.CategoryName(main))
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
			err = fault.Newf(fault.Precondition, "licensing.case.main", "“%s”以“%s”为前提：请一并选择注销", pexam.CategoryName(code), pexam.CategoryName(main))
		}
	}
	return err
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
