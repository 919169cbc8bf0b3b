package application

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

const byNumberSQL = listSQL + ` WHERE c.apply_no = $1 FOR UPDATE OF c`

// SupplementFor takes what an applicant has handed in through 一网通办, in the
// caller's transaction. A repeated event has no effect. Faults: missing,
// licensing.case.outside, those of supplementing.
func (s *Service) SupplementFor(ctx context.Context, tx pgx.Tx, applyNo, eventID string) error {
	return s.outside(ctx, tx, applyNo, licensing.Supplement, Order{ID: eventID})
}

// WithdrawFor takes a case back for an applicant who asked for it at 一网通办.
// Faults: missing, licensing.case.outside, licensing.case.state when it has been
// decided.
func (s *Service) WithdrawFor(ctx context.Context, tx pgx.Tx, applyNo, reason, eventID string) error {
	if len([]rune(reason)) < 4 {
		reason = "申请人在“一网通办”撤回" // theirs may be empty, ours may not
	}
	return s.outside(ctx, tx, applyNo, licensing.Withdraw, Order{ID: eventID, Text: reason})
}

func (s *Service) outside(ctx context.Context, tx pgx.Tx, applyNo string, e licensing.Event, o Order) error {
	c, err := db.Row[Case](ctx, tx, byNumberSQL, applyNo)
	if err == nil {
		err = s.genuine(&c)
	}
	if err != nil {
		return err
	}
	if c.Channel != licensing.Online {
		return fault.New(fault.Precondition, "licensing.case.outside", "该办件不是网上申请的，请申请人到受理窗口办理")
	}
	actor := auth.Actor{ID: "system:onestop", Kind: auth.KindSystem, Username: "onestop", Name: "一网通办", Scope: auth.Scope{All: true}}
	return once(ctx, tx, &c, o.ID, e, func() error {
		if err := s.happens(auth.With(ctx, actor), tx, &c, e, o, actor); err != nil {
			return fmt.Errorf("by the platform: %w", err)
		}
		return nil
	})
}

// PersonOf is whose case it is. Fault: missing.
func (s *Service) PersonOf(ctx context.Context, q db.Q, id string) (string, error) {
	c, err := db.Row[Case](ctx, q, caseSQL, id)
	return c.Person, err
}

// HandedIn are the newest revisions of what was handed in for a case. It checks no
// right.
func (s *Service) HandedIn(ctx context.Context, q db.Q, c *Case) ([]Material, error) {
	return handed(ctx, q, c)
}
