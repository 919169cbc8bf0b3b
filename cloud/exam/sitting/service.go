package sitting

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

// Parts are what a Service works with.
type Parts struct {
	DB     *db.DB
	Keys   *keys.Ring
	Audit  *audit.Log
	Blobs  blob.Store
	Clock  clock.Clock
	Bank   *bank.Service
	Papers *paper.Service
	Venues *venue.Service
	// Classes says who has finished which training.
	Classes *class.Service
	// Aliases are the other numbers of people, their files having been merged; nil:
	// nobody has any.
	Aliases func(ctx context.Context, q db.Q, blinds [][]byte) (practitioner.Numbers, error)
	Orders  vocabulary.Orders
	Nodes   vocabulary.Nodes
	// Journals proves what devices have sent.
	Journals Journals
	// Watcher tells the board how a venue's device is doing; nil: it does not say.
	Watcher Watcher
	// Timing is when keys go out; zero: DefaultTiming.
	Timing Timing
}

// Service plans and follows sittings.
type Service struct {
	Parts
	watched watched
}

// New makes the service.
func New(p Parts) *Service {
	if p.Timing == (Timing{}) {
		p.Timing = DefaultTiming()
	}
	return &Service{Parts: p}
}

// numbers are all numbers of people.
func (s *Service) numbers(ctx context.Context, q db.Q, blinds [][]byte) (practitioner.Numbers, error) {
	if s.Aliases == nil {
		return practitioner.Only(blinds), nil
	}
	return s.Aliases(ctx, q, blinds)
}

// Places bind ciphertexts to where they lie.
const (
	placeIDNo    = "exam_candidate.idno"
	placeMobile  = "exam_candidate.mobile"
	placePhoto   = "exam_candidate.photo"
	placeContent = "exam_package.content"
	placeSecret  = "exam_package.secret"
	placeHalf    = "exam_package.half"
)

// List finds sittings of the reader's venues.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Sitting], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Sitting]{}, err
	}
	return list(ctx, s.DB, actor.Scope, f, s.Clock.Now(), page)
}

// Get reads a sitting.
func (s *Service) Get(ctx context.Context, id string) (Sitting, error) {
	return s.readable(ctx, s.DB, PermList, sittingSQL, id)
}

// readable reads a sitting for an actor with a permission and the venue in
// scope; another venue's sitting does not exist.
func (s *Service) readable(ctx context.Context, q db.Q, perm, sql, id string) (Sitting, error) {
	actor, err := auth.Require(ctx, perm)
	if err != nil {
		return Sitting{}, err
	}
	out, err := db.Row[Sitting](ctx, q, sql, id)
	if err != nil {
		return out, err
	}
	return out, actor.Venue(out.Venue)
}

// locked is readable with the sitting locked until the transaction ends.
func (s *Service) locked(ctx context.Context, tx pgx.Tx, perm, id string) (Sitting, error) {
	if _, err := auth.Require(ctx, perm); err != nil {
		return Sitting{}, err
	}
	if _, err := tx.Exec(ctx, lockSQL, id); err != nil {
		return Sitting{}, fmt.Errorf("lock sitting: %w", err)
	}
	return s.readable(ctx, tx, perm, sittingSQL, id)
}

// pastGrace lets a sitting be planned for "now", as forms fill it in.
const pastGrace = 5 * time.Minute

// farthest is how far ahead a sitting may be planned: the year's plan.
const farthest = 366 * 24 * time.Hour

// Create plans a sitting. Faults: exam.sitting.save.title, .past, .far,
// .overlap, .full, those of venue.Book and paper.ForSitting.
func (s *Service) Create(ctx context.Context, p Plan) (Sitting, error) {
	actor, err := auth.Require(ctx, PermSave)
	if err != nil {
		return Sitting{}, err
	}
	if err := actor.Venue(p.Venue); err != nil {
		return Sitting{}, err
	}
	if p.Title = strings.TrimSpace(p.Title); p.Title == "" || !person.Line(p.Title) {
		return Sitting{}, fault.New(fault.Invalid, "exam.sitting.save.title", "请填写场次名称，不含换行和不可见字符")
	}
	now := s.Clock.Now()
	if p.StartsAt.Before(now.Add(-pastGrace)) {
		return Sitting{}, fault.New(fault.Invalid, "exam.sitting.save.past", "开考时间已过，请重新选择")
	}
	if p.StartsAt.After(now.Add(farthest)) {
		return Sitting{}, fault.New(fault.Invalid, "exam.sitting.save.far", "开考时间最多安排到一年以后，请检查年份")
	}
	id := uuid.Must(uuid.NewV7()).String()
	var out Sitting
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		v, room, err := s.Venues.Book(ctx, tx, p.Venue, p.Room)
		if err != nil {
			return err
		}
		rule, err := s.Papers.ForSitting(ctx, tx, p.Rule, p.RuleVersion)
		if err != nil {
			return err
		}
		minutes := rule.Body.Minutes
		other, err := db.Row[booking](ctx, tx, overlapSQL, p.Venue, room.Name, p.StartsAt, p.StartsAt.Add(time.Duration(minutes)*time.Minute), id)
		if ignoreMissing(err) != nil {
			return err
		}
		if err == nil {
			return fault.Newf(fault.Conflict, "exam.sitting.save.overlap", "该考室 %s–%s 已有场次 %s，请换考室，或避开这段时间",
				hour(other.From), hour(other.Until), other.Number)
		}
		prefix := numberPrefix(p.StartsAt, v.Code)
		last, err := db.Value[int](ctx, tx, lastNumberSQL, prefix)
		if err != nil {
			return err
		}
		if last >= maxPerDay {
			return fault.New(fault.Conflict, "exam.sitting.save.full", "该考场当天的场次已满 99 场，请换日期")
		}
		number := fmt.Sprintf("%s%02d", prefix, last+1)
		_, err = tx.Exec(ctx, insertSQL, id, number, p.Title, p.Venue, room.Name, rule.Category, rule.Subject, p.Rule,
			p.RuleVersion, p.StartsAt.UTC(), minutes, actor.ID, now, p.SEB)
		if err != nil {
			return fmt.Errorf("insert sitting: %w", err)
		}
		if out, err = db.Row[Sitting](ctx, tx, sittingSQL, id); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, PermSave, id, map[string]any{"number": number, "venue": p.Venue, "rule": p.Rule, "version": p.RuleVersion})
	})
}

// ignoreMissing drops the fault that says that a row is not there.
func ignoreMissing(err error) error {
	if fault.Is(err, db.Missing().Code) {
		return nil
	}
	return err
}

// act locks a sitting, moves it by a verb, lets do what the verb means, and
// records it, all in one transaction.
func (s *Service) act(ctx context.Context, perm, id string, verb Verb, reason string, do func(tx pgx.Tx, before Sitting) error) (Sitting, error) {
	var out Sitting
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		before, err := s.locked(ctx, tx, perm, id)
		if err != nil {
			return err
		}
		if err := s.move(ctx, tx, &before, verb, reason); err != nil {
			return err
		}
		if err := do(tx, before); err != nil {
			return err
		}
		if out, err = db.Row[Sitting](ctx, tx, sittingSQL, id); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "exam.sitting."+string(verb), id, map[string]any{"number": out.Number, "state": out.State, "reason": reason})
	})
}

// move applies an act to a locked sitting.
func (s *Service) move(ctx context.Context, tx pgx.Tx, in *Sitting, verb Verb, reason string) error {
	p, err := in.position().Act(verb)
	if err != nil {
		return err
	}
	return s.place(ctx, tx, in, p, reason)
}

func (s *Service) place(ctx context.Context, tx pgx.Tx, in *Sitting, p Position, reason string) error {
	if p == in.position() && reason == in.Reason {
		return nil
	}
	in.State, in.Before, in.Reason = p.State, p.Before, reason
	if _, err := tx.Exec(ctx, moveSQL, in.ID, p.State, p.Before, reason, s.Clock.Now()); err != nil {
		return fmt.Errorf("move sitting: %w", err)
	}
	return nil
}

// Suspend stops a sitting on the centre's word, or lets it go on. Faults:
// exam.sitting.suspend.state, .reason, exam.sitting.resume.state.
func (s *Service) Suspend(ctx context.Context, id string, suspended bool, reason string) (Sitting, error) {
	verb := VerbResume
	if suspended {
		verb = VerbSuspend
	}
	if suspended && strings.TrimSpace(reason) == "" {
		return Sitting{}, fault.New(fault.Invalid, "exam.sitting.suspend.reason", "暂停场次须写明原因")
	}
	return s.act(ctx, PermSuspend, id, verb, reason, func(tx pgx.Tx, in Sitting) error {
		node, _, err := s.Nodes.NodeFor(ctx, tx, in.Venue)
		if err != nil {
			return ignoreNoNode(err)
		}
		order := wire.Suspend{Sitting: id, Suspended: suspended, Reason: reason, By: actorName(ctx)}
		if err := s.Orders.Append(ctx, tx, node, journal.LaneExam, wire.OrderSuspend, id, order); err != nil {
			return err
		}
		text := "恢复指令已下达"
		if suspended {
			text = "暂停指令已下达：" + reason
		}
		return s.note(ctx, tx, id, Receipt{Kind: ReceiptSuspended, Ref: uuid.NewString(), OK: !suspended, Text: text, At: s.Clock.Now(), Who: actorName(ctx)})
	})
}

func ignoreNoNode(err error) error {
	if fault.Is(err, "exam.node.none") {
		return nil
	}
	return err
}

// Cancel gives a sitting up before the venue has applied. Faults:
// exam.sitting.cancel.state, .reason.
func (s *Service) Cancel(ctx context.Context, id, reason string) (Sitting, error) {
	if strings.TrimSpace(reason) == "" {
		return Sitting{}, fault.New(fault.Invalid, "exam.sitting.cancel.reason", "取消场次须写明原因")
	}
	return s.act(ctx, PermSuspend, id, VerbCancel, reason, func(tx pgx.Tx, in Sitting) error {
		if in.Assignment == 0 {
			return nil
		}
		var err error
		if in.Assignment, err = db.Value[int](ctx, tx, assignSQL, id); err != nil {
			return err
		}
		return s.tell(ctx, tx, in, []string{}, true)
	})
}

// note adds a receipt; the same one twice is one.
func (s *Service) note(ctx context.Context, tx pgx.Tx, sitting string, r Receipt) error {
	if r.Detail == nil {
		r.Detail = map[string]any{}
	}
	_, err := tx.Exec(ctx, receiptSQL, sitting, r.Kind, r.Ref, r.OK, r.Text, r.Detail, r.Who, r.At, s.Clock.Now())
	if err != nil {
		return fmt.Errorf("note receipt: %w", err)
	}
	return nil
}

// Receipts lists every step between centre and venue.
func (s *Service) Receipts(ctx context.Context, id string) ([]Receipt, error) {
	if _, err := s.readable(ctx, s.DB, PermList, sittingSQL, id); err != nil {
		return nil, err
	}
	return db.Rows(ctx, s.DB, pgx.RowToStructByName[Receipt], receiptsSQL, id)
}

func actorName(ctx context.Context) string {
	a, _ := auth.From(ctx)
	return a.Name
}
