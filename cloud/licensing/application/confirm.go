package application

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Confirmed says that a person has seen proof of what no system answered.
type Seen struct {
	Code    string `json:"code" maxLength:"3"`
	Version int    `json:"version" minimum:"1"`
	Text    string `json:"text" minLength:"4" maxLength:"200" doc:"核对了什么证明"`
}

// Confirm answers a check that is unknown, by the reviewer who has the case.
// Faults: missing, licensing.case.confirm.state, .code, .stale.
func (s *Service) Confirm(ctx context.Context, id string, in Seen) (Page, error) {
	actor, err := auth.Require(ctx, PermReview)
	if err != nil {
		return Page{}, err
	}
	var out Page
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.confirmable(ctx, tx, &c, actor, in); err != nil {
			return err
		}
		round, err := db.Value[int](ctx, tx, lastRoundSQL, id)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, addCheckSQL, id, round+1, in.Code, Confirmed, strings.TrimSpace(in.Text), "", actor.Name, s.now(), actor.ID)
		if err != nil {
			return fmt.Errorf("confirm check: %w", err)
		}
		if out, err = s.page(ctx, tx, actor, c); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "licensing.case.confirm", id, map[string]any{"apply_no": c.ApplyNo, "code": in.Code})
	})
}

func (s *Service) confirmable(ctx context.Context, tx pgx.Tx, c *Case, actor auth.Actor, in Seen) error {
	if c.Revision != in.Version {
		return fault.New(fault.Conflict, "licensing.case.stale", "办件已被他人办理，请刷新后查看最新状态")
	}
	if c.State != licensing.Reviewing {
		return fault.New(fault.Conflict, "licensing.case.confirm.state", "只有审查中的办件可以确认核查项")
	}
	if why := c.conflict(actor.ID, licensing.Suspend); why != "" {
		return fault.New(fault.Forbidden, "licensing.case.conflict", why)
	}
	all, err := db.All[CheckResult](ctx, tx, checksSQL, c.ID)
	if err != nil {
		return err
	}
	d, err := s.Matters.At(c.Matter, c.Version)
	if err != nil {
		return err
	}
	now := standing(d.ChecksFor(c.Categories), all)
	i := slices.IndexFunc(now, func(r CheckResult) bool { return r.Code == in.Code })
	if i < 0 || now[i].Result != Unknown {
		return fault.New(fault.Precondition, "licensing.case.confirm.code", "该核查项不需要人工确认：已经通过、已经确认，或明确不符合条件")
	}
	return nil
}
