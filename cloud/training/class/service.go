package class

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Service keeps plans and classes.
type Service struct {
	db    *db.DB
	keys  *keys.Ring
	audit *audit.Log
	clock clock.Clock

	// Aliases are the other numbers of people, their files having been merged; nil:
	// nobody has any.
	Aliases func(ctx context.Context, q db.Q, blinds [][]byte) (practitioner.Numbers, error)
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock) *Service {
	return &Service{db: d, keys: k, audit: a, clock: c}
}

// numbers are all numbers of people.
func (s *Service) numbers(ctx context.Context, q db.Q, blinds [][]byte) (practitioner.Numbers, error) {
	if s.Aliases == nil {
		return practitioner.Only(blinds), nil
	}
	return s.Aliases(ctx, q, blinds)
}

// Places bind ciphertexts to where they lie. The blind index of ID numbers is
// the one that candidates have: the same person is found in both.
const (
	placeIDNo   = "training_member.idno"
	placeMobile = "training_member.mobile"
)

// Filter narrows the list of classes; empty fields do not.
type Filter struct {
	Venue, State, Category, Kind, Industry, Plan string
	From, To                                     string // days on which a class may be going on
}

// List finds classes of the reader's venues. Fault: clock.date.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Class], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Class]{}, err
	}
	for _, day := range []string{f.From, f.To} {
		if _, err := clock.ParseDate(day); day != "" && err != nil {
			return db.List[Class]{}, err
		}
	}
	return list(ctx, s.db, actor.Scope, f, page)
}

// Get reads a class.
func (s *Service) Get(ctx context.Context, id string) (Class, error) {
	return s.readable(ctx, s.db, PermList, classSQL, id)
}

// readable reads a class for an actor with a permission and the venue in scope;
// another venue's class does not exist.
func (s *Service) readable(ctx context.Context, q db.Q, perm, sql, id string) (Class, error) {
	actor, err := auth.Require(ctx, perm)
	if err != nil {
		return Class{}, err
	}
	out, err := db.Row[Class](ctx, q, sql, id)
	if err != nil {
		return out, err
	}
	return out, actor.Venue(out.Venue)
}

// locked is readable with the class locked until the transaction ends.
func (s *Service) locked(ctx context.Context, tx pgx.Tx, perm, id string) (Class, error) {
	if _, err := auth.Require(ctx, perm); err != nil {
		return Class{}, err
	}
	if _, err := tx.Exec(ctx, lockSQL, id); err != nil {
		return Class{}, fmt.Errorf("lock class: %w", err)
	}
	return s.readable(ctx, tx, perm, classSQL, id)
}

type venueRow struct {
	Code  string `db:"code"`
	Name  string `db:"name"`
	State string `db:"state"`
}

// Create opens a class under a line of the plan. Faults: those of Draft,
// training.class.save.venue, .room, .plan, .full.
func (s *Service) Create(ctx context.Context, d Draft) (Class, error) {
	actor, err := auth.Require(ctx, PermSave)
	if err != nil {
		return Class{}, err
	}
	if err := actor.Venue(d.Venue); err != nil {
		return Class{}, err
	}
	id := uuid.Must(uuid.NewV7()).String()
	var out Class
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		plan, err := db.Locked[Plan](ctx, tx, lockPlanSQL, planSQL, d.Plan)
		if err != nil {
			return err
		}
		v, err := db.Row[venueRow](ctx, tx, venueSQL, d.Venue)
		if err != nil {
			return err
		}
		if v.State != "READY" {
			return fault.Newf(fault.Precondition, "training.class.save.venue", "分考场“%s”已暂停或停用，不能开班", v.Name)
		}
		if err := s.fits(ctx, tx, plan, &d, Class{ID: id}); err != nil {
			return err
		}
		prefix := fmt.Sprintf("K%02d%02d-%s-", plan.Year%100, plan.Month, v.Code)[:10]
		last, err := db.Value[int](ctx, tx, lastNoSQL, prefix)
		if err != nil {
			return err
		}
		if last >= 99 {
			return fault.New(fault.Conflict, "training.class.save.full", "该分考场当月已开满 99 个班，请换月份")
		}
		number := fmt.Sprintf("%s%02d", prefix, last+1)
		_, err = tx.Exec(ctx, insertSQL, id, number, plan.ID, d.Venue, plan.Category, plan.Kind, d.Begins, d.Ends, d.DailyFrom, d.DailyTo,
			d.Place, d.Capacity, d.Teacher, d.Hours, d.Beyond, actor.ID, s.clock.Now())
		if err != nil {
			return fmt.Errorf("insert class: %w", err)
		}
		if out, err = db.Row[Class](ctx, tx, classSQL, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermSave, id, map[string]any{"number": number, "plan": plan.ID, "venue": d.Venue, "beyond": d.Beyond})
	})
}

// Change alters a class that has not begun. Faults: as Create,
// training.class.change.state, .stale, .capacity.
func (s *Service) Change(ctx context.Context, id string, revision int, d Draft) (Class, error) {
	var out Class
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		before, err := s.readable(ctx, tx, PermSave, classSQL, id)
		if err != nil {
			return err
		}
		// plan, venue, class: the order in which Create locks
		plan, err := db.Locked[Plan](ctx, tx, lockPlanSQL, planSQL, before.Plan)
		if err != nil {
			return err
		}
		if _, err := db.Row[venueRow](ctx, tx, venueSQL, before.Venue); err != nil {
			return err
		}
		if before, err = db.Locked[Class](ctx, tx, lockSQL, classSQL, id); err != nil {
			return err
		}
		d.Plan, d.Venue = before.Plan, before.Venue
		switch {
		case before.State != Planned && before.State != Open:
			return fault.Newf(fault.Precondition, "training.class.change.state", "班级当前为“%s”，不能再修改安排", StateName(before.State))
		case before.Revision != revision:
			return fault.New(fault.Conflict, "training.class.change.stale", "班级已被他人修改，请刷新后再改")
		case d.Capacity < before.Members:
			return fault.Newf(fault.Precondition, "training.class.change.capacity", "班里已有 %d 人，名额不能更少", before.Members)
		}
		if err := s.fits(ctx, tx, plan, &d, before); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, updateSQL, id, d.Begins, d.Ends, d.DailyFrom, d.DailyTo, d.Place, d.Capacity, d.Teacher, d.Hours, d.Beyond)
		if err != nil {
			return fmt.Errorf("change class: %w", err)
		}
		if err := s.stillFree(ctx, tx, id); err != nil {
			return err
		}
		if out, err = db.Row[Class](ctx, tx, classSQL, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "training.class.change", id, map[string]any{"number": out.Number, "before": before, "after": out})
	})
}

// fits refuses a class that is more than the plan without a reason, or in a
// room that is taken. before: the class as it is counted already.
func (s *Service) fits(ctx context.Context, tx pgx.Tx, p Plan, d *Draft, before Class) error {
	if err := d.check(p); err != nil {
		return err
	}
	classes, people := p.Opened, p.Places-before.Capacity+d.Capacity
	if before.Number == "" {
		classes++
	}
	if d.Beyond == "" && (classes > p.Classes || people > p.People) {
		return fault.Newf(fault.Precondition, "training.class.save.plan",
			"超出计划：计划 %d 班 %d 人，加上本班为 %d 班 %d 人；确需超出的请写明原因", p.Classes, p.People, classes, people)
	}
	other, err := db.Value[string](ctx, tx, clashSQL, d.Venue, d.Place, d.Begins, d.Ends, d.DailyFrom, d.DailyTo, before.ID)
	if err == nil {
		return fault.Newf(fault.Conflict, "training.class.save.room", "“%s”在这些日子的同一时段已有班级 %s，请换时间或地点", d.Place, other)
	}
	if fault.Is(err, db.Missing().Code) {
		return nil
	}
	return err
}

// Move acts on a class. Faults: training.class.act.state, .reason, .empty,
// .undecided.
func (s *Service) Move(ctx context.Context, id string, verb Verb, reason string) (Class, error) {
	reason = strings.TrimSpace(reason)
	if verb == VerbCancel && reason == "" {
		return Class{}, fault.New(fault.Invalid, "training.class.act.reason", "取消班级须写明原因")
	}
	var out Class
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		c, err := s.locked(ctx, tx, PermSave, id)
		if err != nil {
			return err
		}
		next, err := c.State.Act(verb)
		if err != nil {
			return err
		}
		if slices.Contains([]Verb{VerbStart, VerbFinish}, verb) && c.Members == 0 {
			return fault.New(fault.Precondition, "training.class.act.empty", "班里还没有学员，请先编入学员，或取消本班")
		}
		if verb == VerbFinish && c.Undecided > 0 {
			return fault.Newf(fault.Precondition, "training.class.act.undecided", "还有 %d 名学员没有登记结业结果，请先登记", c.Undecided)
		}
		if _, err := tx.Exec(ctx, moveSQL, id, next, reason, s.clock.Now()); err != nil {
			return fmt.Errorf("move class: %w", err)
		}
		if out, err = db.Row[Class](ctx, tx, classSQL, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "training.class."+string(verb), id, map[string]any{"number": c.Number, "state": next, "reason": reason})
	})
}
