package application

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/sanction"
)

// Strict review (M48; chapter 13.3 of the domain reference): the promise falls
// away, two review, and ten more days are proposed. The law wants the official in
// charge to grant them (行政许可法 §42), so nothing is extended by itself.

// propose drafts the extension of a case under strict review, once.
func (s *Service) propose(ctx context.Context, w *work) error {
	if !w.Strict || w.Extended || w.Proposal != "" || w.def.LegalDays == 0 || w.AcceptedOn.IsZero() {
		return nil
	}
	v, err := s.judged(ctx, w.tx, w.Case)
	w.Proposal = proposal(v)
	return err
}

func proposal(v sanction.Verdict) string {
	by := ""
	if h, listed := v.Strictly(); listed {
		by = fmt.Sprintf("申请人列入%s（%s），", h.Title, h.DecisionNo)
	}
	return by + "依规定加强审核，须由两名工作人员核实有关情况，二十日内不能作出决定"
}

func tighten(ctx context.Context, s *Service, w *work) error {
	w.Strict = true
	return s.propose(ctx, w)
}

// relax ends what has not been decided yet: a day that the applicant was told
// stands.
func relax(_ context.Context, _ *Service, w *work) error {
	w.Strict, w.Proposal = false, ""
	return nil
}

// Listed looks again at a person's open cases when what a list says of them has
// changed; it is called in the transaction that changes it.
func (s *Service) Listed(ctx context.Context, tx pgx.Tx, blind []byte) error {
	ids, err := db.All[struct{ ID string }](ctx, tx, examinedSQL, blind, examined)
	for _, id := range ids {
		c, err := s.lock(ctx, tx, id.ID)
		if err != nil {
			return err
		}
		v, err := s.judged(ctx, tx, &c)
		if err != nil {
			return err
		}
		if err := s.reweigh(ctx, tx, &c, v); err != nil {
			return err
		}
	}
	return err
}

// reweigh brings a case under strict review, or out of it, as the lists say now: an
// event of its own, so that its course says since when.
func (s *Service) reweigh(ctx context.Context, tx pgx.Tx, c *Case, v sanction.Verdict) error {
	h, listed := v.Strictly()
	if listed == c.Strict || !slices.Contains(examined, c.State) {
		return nil
	}
	e, text := licensing.Tighten, h.Message
	if !listed {
		e, text = licensing.Relax, "没有须加强审核的失信名单：已解除或移出，或者原来不需要"
	}
	actor, _ := auth.From(ctx)
	if actor.Kind == "" {
		actor, _ = auth.From(auth.System(ctx, "licensing"))
	}
	return s.happens(ctx, tx, c, e, Order{ID: named("%s-%d", e, c.Revision), Version: c.Revision, Text: text}, actor)
}
