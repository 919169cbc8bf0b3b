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
			if _, err := tx.Exec(ctx, extendSQL, r.ID, r.To, r.EmployerCode, g.Ref); err != nil {
				return wrap("extend registration", err)
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
			if _, err := tx.Exec(ctx, leaveSQL, r.ID, r.To, "注册期满", g.Ref, nil); err != nil {
				return wrap("end registration", err)
			}
		}
		to := RegistrationEnds(category, g.On)
		if _, err := tx.Exec(ctx, enrolSQL, newID(), of, category, "", "", g.On, to, "驾驶员证核发", s.now(), g.Ref); err != nil {
			return wrap("insert registration", err)
		}
		text := fmt.Sprintf("注册（%s）：%s 至 %s", category, g.On, to)
		if err := s.Note(ctx, tx, of, Event{Kind: "REGISTER", Text: text, Ref: g.Ref}); err != nil {
			return err
		}
	}
	return nil
}

// withdraw ends the registrations that stood on a certificate which is cancelled.
func (s *Service) withdraw(ctx context.Context, tx pgx.Tx, of string, categories []string, ref string) error {
	for _, category := range categories {
		r, found, err := s.Employer(ctx, tx, of, category)
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if _, err := tx.Exec(ctx, leaveSQL, r.ID, s.today(), "证件已注销", ref, nil); err != nil {
			return wrap("end registration", err)
		}
		text := fmt.Sprintf("终止注册（%s）：证件已注销", category)
		if err := s.Note(ctx, tx, of, Event{Kind: "UNREGISTER", Text: text, Ref: ref}); err != nil {
			return err
		}
	}
	return nil
}
