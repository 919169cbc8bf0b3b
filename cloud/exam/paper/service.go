package paper

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// Service keeps paper rules.
type Service struct {
	db    *db.DB
	bank  *bank.Service
	audit *audit.Log
	clock clock.Clock
}

// New makes the service.
func New(d *db.DB, b *bank.Service, a *audit.Log, c clock.Clock) *Service {
	return &Service{db: d, bank: b, audit: a, clock: c}
}

// List finds rules: the latest version of each, or with all every version and
// the retired ones too.
func (s *Service) List(ctx context.Context, category, subject string, all bool, page db.Page) (db.List[Rule], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Rule]{}, err
	}
	return listRules(ctx, s.db, category, subject, all, page)
}

// Get reads one version.
func (s *Service) Get(ctx context.Context, id string, version int) (Rule, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Rule{}, err
	}
	return readRule(ctx, s.db, id, version)
}

// Check judges a rule that need not be stored by the bank of this moment.
// Faults: those of exam.Rule.Validate, exam.paper.save.category, .subject.
func (s *Service) Check(ctx context.Context, r exam.Rule) (Feasibility, error) {
	if _, err := auth.Require(ctx, PermSave); err != nil {
		return Feasibility{}, err
	}
	if r.ID == "" {
		r.ID, r.Version = "new", 1
	}
	if err := check(&r); err != nil {
		return Feasibility{}, err
	}
	x, err := s.index(ctx, s.db, r)
	if err != nil {
		return Feasibility{}, err
	}
	return feasibility(r, x), nil
}

// Create stores a new rule at version 1.
func (s *Service) Create(ctx context.Context, r exam.Rule, e Exposure) (Saved, error) {
	r.ID, r.Version = uuid.Must(uuid.NewV7()).String(), 1
	return s.save(ctx, r, func(tx pgx.Tx, actor auth.Actor, now any) error {
		_, err := tx.Exec(ctx, insertSQL, r.ID, 1, r.Name, r.Category, r.Subject, r, actor.ID, actor.Name, now, e.AvoidPapers, e.OverlapCap)
		return err
	})
}

// Change rewrites a version that no sitting uses yet. seen is when the version
// that the author began from was saved; zero asks for no such check. Faults:
// exam.paper.used, exam.paper.old, exam.paper.stale.
func (s *Service) Change(ctx context.Context, r exam.Rule, e Exposure, seen time.Time) (Saved, error) {
	return s.save(ctx, r, func(tx pgx.Tx, actor auth.Actor, now any) error {
		old, err := s.lock(ctx, tx, r.ID, r.Version)
		if err != nil {
			return err
		}
		if !seen.IsZero() && !seen.Equal(old.SavedAt) {
			return fault.Newf(fault.Conflict, "exam.paper.stale", "%s 刚刚保存过这一版规则，您的修改没有保存；请先复制需要的内容，刷新后再改", old.SavedName)
		}
		if old.Sittings > 0 {
			return fault.Newf(fault.Conflict, "exam.paper.used", "已有 %d 个场次使用这一版规则，不能修改；请另存为新版本", old.Sittings)
		}
		_, err = tx.Exec(ctx, updateSQL, r.ID, r.Version, r.Name, r.Category, r.Subject, r, actor.ID, actor.Name, now, e.AvoidPapers, e.OverlapCap)
		return err
	})
}

// Succeed stores the next version after the given one. Faults: exam.paper.old.
func (s *Service) Succeed(ctx context.Context, r exam.Rule, e Exposure) (Saved, error) {
	after := r.Version
	r.Version++
	return s.save(ctx, r, func(tx pgx.Tx, actor auth.Actor, now any) error {
		if _, err := s.lock(ctx, tx, r.ID, after); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, insertSQL, r.ID, r.Version, r.Name, r.Category, r.Subject, r, actor.ID, actor.Name, now, e.AvoidPapers, e.OverlapCap)
		return err
	})
}

// lock serialises writers of a rule and reads the version they start from.
func (s *Service) lock(ctx context.Context, tx pgx.Tx, id string, version int) (Rule, error) {
	if err := lockRule(ctx, tx, id); err != nil {
		return Rule{}, err
	}
	old, err := readRule(ctx, tx, id, version)
	if err != nil {
		return Rule{}, err
	}
	if !old.Latest {
		return Rule{}, fault.New(fault.Conflict, "exam.paper.old", "这不是该规则的最新版本，可能有人刚保存过，请刷新后在最新版本上修改")
	}
	return old, nil
}

func (s *Service) save(ctx context.Context, r exam.Rule, write func(tx pgx.Tx, actor auth.Actor, now any) error) (Saved, error) {
	actor, err := auth.RequireCity(ctx, PermSave)
	if err != nil {
		return Saved{}, err
	}
	if err := check(&r); err != nil {
		return Saved{}, err
	}
	var out Saved
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		if err := write(tx, actor, s.clock.Now()); err != nil {
			return err
		}
		x, err := s.index(ctx, tx, r)
		if err != nil {
			return err
		}
		out.Feasibility = feasibility(r, x)
		if out.Rule, err = readRule(ctx, tx, r.ID, r.Version); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermSave, r.ID, map[string]any{"version": r.Version, "name": r.Name, "feasible": out.Feasibility.OK})
	})
	return out, err
}

// Retire hides a rule from new sittings, or brings it back.
func (s *Service) Retire(ctx context.Context, id string, version int, retired bool) error {
	if _, err := auth.RequireCity(ctx, PermSave); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, retireSQL, id, version, retired)
		if err != nil {
			return fmt.Errorf("retire rule: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return db.Missing()
		}
		return s.audit.Record(ctx, tx, "exam.paper.retire", id, map[string]any{"version": version, "retired": retired})
	})
}

// Preview makes one paper of a stored rule with a seed of its own and shows it
// as a terminal would. Who looked is recorded and written over the paper.
func (s *Service) Preview(ctx context.Context, id string, version int) (Preview, error) {
	actor, err := auth.RequireCity(ctx, PermPreview)
	if err != nil {
		return Preview{}, err
	}
	out := Preview{Rule: id, Version: version, Relaxed: []exam.Relaxation{}, Pictures: map[string]string{}}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		r, err := readRule(ctx, tx, id, version)
		if err != nil {
			return err
		}
		x, err := s.index(ctx, tx, r.Body)
		if err != nil {
			return err
		}
		var seed [32]byte
		_, _ = rand.Read(seed[:]) // never fails
		p, err := exam.Generate(r.Body, x, seed)
		if err != nil {
			return err
		}
		if out.Sheet, err = exam.View(&p, x); err != nil {
			return err
		}
		if out.Pictures, err = s.bank.Pictures(ctx, out.Sheet); err != nil {
			return err
		}
		out.Relaxed = append(out.Relaxed, p.Relaxed...)
		out.Mark = vocabulary.Mark(actor.Username, actor.Name, s.clock.Now())
		if err := s.bank.Saw(ctx, tx, Questions(&p), "PREVIEW"); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermPreview, id, map[string]any{"version": version, "questions": len(p.Items)})
	})
}

// ForSitting reads a rule for a sitting that begins to use it, and holds off
// those who would change it until the transaction ends. A rule that the bank of
// this moment cannot serve is refused here, weeks before the package, while
// there is time to write questions. Faults: exam.paper.retired, .shortage.
func (s *Service) ForSitting(ctx context.Context, tx pgx.Tx, id string, version int) (Rule, error) {
	if err := lockRule(ctx, tx, id); err != nil {
		return Rule{}, err
	}
	r, err := readRule(ctx, tx, id, version)
	if err != nil {
		return Rule{}, err
	}
	if r.Retired {
		return Rule{}, fault.New(fault.Precondition, "exam.paper.retired", "这一版组卷规则已停用，请选择在用的规则")
	}
	x, err := s.index(ctx, tx, r.Body)
	if err != nil {
		return Rule{}, err
	}
	for _, short := range feasibility(r.Body, x).Shortages {
		if short.Hard {
			return Rule{}, fault.Newf(fault.Precondition, "exam.paper.shortage", "题库不能满足“%s”，不能用于排考：%s", r.Name, short.Text)
		}
	}
	return r, nil
}

// Read is a rule without asking for a right: for sitting and score inside the
// cloud.
func (s *Service) Read(ctx context.Context, q db.Q, id string, version int) (Rule, error) {
	return readRule(ctx, q, id, version)
}

func (s *Service) index(ctx context.Context, q db.Q, r exam.Rule) (*exam.Index, error) {
	questions, err := s.bank.Range(ctx, q, r.Category, r.Subject)
	if err != nil {
		return nil, err
	}
	return exam.NewIndex(exam.Range{ID: "bank", Questions: questions})
}
