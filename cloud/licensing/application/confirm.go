package application

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
)

// Confirmed says that a person has seen proof of what no system answered.
type Seen struct {
	Code    string `json:"code" maxLength:"3"`
	Version int    `json:"version" minimum:"1"`
	Text    string `json:"text" minLength:"4" maxLength:"200" doc:"核对了什么证明"`
}

// Confirm answers in writing what no system answered: the reviewer who has the
// case what is unknown, and an approver what a decision needs an answer of today
// for while the register is silent. Faults: missing, licensing.case.stale,
// .conflict, .confirm.state, .code, .asking, .ask.
func (s *Service) Confirm(ctx context.Context, id string, in Seen) (Page, error) {
	actor, err := auth.Require(ctx, PermRecheck)
	if err != nil {
		return Page{}, err
	}
	var out Page
	return out, s.Audit.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.confirmable(ctx, tx, &c, actor, in); err != nil {
			return err
		}
		seen := CheckResult{Round: c.seen.rounds + 1, Code: in.Code, Result: Confirmed, Reason: strings.TrimSpace(in.Text), Source: actor.Name, At: s.now(), By: actor.ID}
		var b db.Batch
		keepChecks(&b, id, seen)
		if err := b.Send(ctx, tx); err != nil {
			return err
		}
		if out, err = s.page(ctx, tx, actor, c); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "licensing.case.confirm", id, map[string]any{"apply_no": c.ApplyNo, "code": in.Code})
	})
}

func (s *Service) confirmable(ctx context.Context, tx pgx.Tx, c *Case, actor auth.Actor, in Seen) error {
	if err := looks(c, actor, in.Version); err != nil {
		return err
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
	if i < 0 {
		return needless()
	}
	return s.unanswered(ctx, tx, c, now[i])
}
