package class

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// PlanFilter narrows the plan; empty fields do not.
type PlanFilter struct {
	Year, Month              int
	Industry, Category, Kind string
}

// Plans lists the centre's plan; it is the city's, so it has no venue.
func (s *Service) Plans(ctx context.Context, f PlanFilter, page db.Page) (db.List[Plan], error) {
	if _, err := auth.Require(ctx, PermPlanList); err != nil {
		return db.List[Plan]{}, err
	}
	return listPlans(ctx, s.db, f, page)
}

// SavePlan adds a line to the plan (id ""), or changes one. Faults: those of
// PlanDraft, training.plan.save.twice, .used, .stale.
func (s *Service) SavePlan(ctx context.Context, id string, revision int, d PlanDraft) (Plan, error) {
	actor, err := auth.RequireCity(ctx, PermPlanSave)
	if err != nil {
		return Plan{}, err
	}
	if err := d.check(); err != nil {
		return Plan{}, err
	}
	var out Plan
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		now, industry := s.clock.Now(), industryOf(d.Category)
		action := "training.plan.change"
		if id == "" {
			id, action = uuid.Must(uuid.NewV7()).String(), PermPlanSave
			_, err = tx.Exec(ctx, insertPlanSQL, id, d.Year, d.Month, industry, d.Category, d.Kind, d.Classes, d.People, d.Note, actor.ID, now)
		} else {
			if err := changeable(ctx, tx, id, revision, d); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, updatePlanSQL, id, d.Year, d.Month, industry, d.Category, d.Kind, d.Classes, d.People, d.Note, now)
		}
		if db.IsUnique(err, "training_plan_year_month_category_kind_key") {
			return fault.New(fault.Conflict, "training.plan.save.twice", "该月该类别的这种培训已有计划，请修改原来的一条")
		}
		if err != nil {
			return fmt.Errorf("save plan: %w", err)
		}
		if out, err = db.Row[Plan](ctx, tx, planSQL, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, action, id, d)
	})
}

// changeable refuses to change what classes under a line have taken from it.
func changeable(ctx context.Context, tx pgx.Tx, id string, revision int, d PlanDraft) error {
	before, err := db.Locked[Plan](ctx, tx, lockPlanSQL, planSQL, id)
	if err != nil {
		return err
	}
	if before.Revision != revision {
		return fault.New(fault.Conflict, "training.plan.save.stale", "计划已被他人修改，请刷新后再改")
	}
	used, err := db.Value[int](ctx, tx, usedPlanSQL, id)
	if err != nil {
		return err
	}
	if used > 0 && (before.Year != d.Year || before.Month != d.Month || before.Category != d.Category || before.Kind != d.Kind) {
		return fault.New(fault.Precondition, "training.plan.save.used", "该计划下已有班级，只能改班数、人数和备注")
	}
	return nil
}

// RemovePlan deletes a line under which no class was ever opened. Fault:
// training.plan.remove.used.
func (s *Service) RemovePlan(ctx context.Context, id string) error {
	if _, err := auth.RequireCity(ctx, PermPlanSave); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		before, err := db.Locked[Plan](ctx, tx, lockPlanSQL, planSQL, id)
		if err != nil {
			return err
		}
		used, err := db.Value[int](ctx, tx, usedPlanSQL, id)
		if err != nil {
			return err
		}
		if used > 0 {
			return fault.New(fault.Precondition, "training.plan.remove.used", "该计划下已有班级，不能删除")
		}
		if _, err := tx.Exec(ctx, removePlanSQL, id); err != nil {
			return fmt.Errorf("remove plan: %w", err)
		}
		return s.audit.Record(ctx, tx, "training.plan.remove", id, before)
	})
}
