package practitioner

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// enrolled gives the holder of a ride-hailing certificate the three years of
// registration that come with it (chapter 1.1): from the first issue on, and with
// a renewal from the day after the old end. Which platform they drive for is
// reported separately, so the registration may be without one.
func (s *Service) enrolled(ctx context.Context, tx pgx.Tx, of string, g Grant) error {
	if g.Type != RideHail || g.Act != First && g.Act != Renew {
		return nil
	}
	for _, category := range g.Categories {
		r, found, err := s.Employer(ctx, tx, of, category)
		if err != nil {
			return err
		}
		if found && !r.To.IsZero() && g.Act == Renew {
			before := r.To
			r.To = RegistrationEnds(category, RenewFrom(g.On, before))
			r.Ref = g.Ref
			if err := s.saveRegistration(ctx, tx, &r); err != nil {
				return err
			}
			text := fmt.Sprintf("注册（%s）有效期由 %s 延至 %s", category, before, r.To)
			if err := s.Note(ctx, tx, of, Event{Kind: "REG_RENEW", Text: text, Ref: g.Ref}); err != nil {
				return err
			}
			continue
		}
		if found && !r.over(g.On) {
			continue // registered before the certificate was written down here
		}
		if found {
			if err := s.endRegistration(ctx, tx, &r, r.To, "注册期满", g.Ref); err != nil {
				return err
			}
		}
		r = Registration{Person: of, Category: category, From: g.On, To: RegistrationEnds(category, g.On), Source: "驾驶员证核发", Ref: g.Ref}
		if err := s.putRegistration(ctx, tx, &r); err != nil {
			return err
		}
		text := fmt.Sprintf("注册（%s）：%s 至 %s", category, r.From, r.To)
		if err := s.Note(ctx, tx, of, Event{Kind: "REGISTER", Text: text, Ref: g.Ref}); err != nil {
			return err
		}
	}
	return nil
}
