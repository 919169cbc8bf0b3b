package practical

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	scoring "huyun.internal/protocol/exam/practical"
	"huyun.internal/protocol/fault"
)

// Schemes lists what is in use and what is being written, or with all also what
// has been succeeded.
func (s *Service) Schemes(ctx context.Context, category string, all bool, page db.Page) (db.List[Standard], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Standard]{}, err
	}
	out, err := listSchemes(ctx, s.db, category, all, page)
	for i := range out.Items {
		out.Items[i].Full = out.Items[i].Scheme.Full()
	}
	return out, err
}

// Scheme reads one.
func (s *Service) Scheme(ctx context.Context, id string) (Standard, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Standard{}, err
	}
	out, err := db.Row[Standard](ctx, s.db, schemeSQL, id)
	out.Full = out.Scheme.Full()
	return out, err
}

// Defaults is where a category's first scheme begins: the defaults of the domain
// reference, or an empty one.
func (s *Service) Defaults(ctx context.Context, category string) (scoring.Scheme, error) {
	if _, err := auth.RequireCity(ctx, PermScheme); err != nil {
		return scoring.Scheme{}, err
	}
	if out, ok := defaultScheme(category); ok {
		return out, nil
	}
	return scoring.Scheme{Category: category, Pass: 800, Minutes: 30, Items: []scoring.Task{}}, nil
}

// Write stores a new draft after the category's last version. Faults:
// exam.practical.scheme, .scheme.category, .scheme.draft.
func (s *Service) Write(ctx context.Context, in scoring.Scheme) (Standard, error) {
	return s.write(ctx, PermScheme, func(tx pgx.Tx, _ *Standard) (Standard, error) {
		if err := check(&in); err != nil {
			return Standard{}, err
		}
		drafts, err := db.Value[int](ctx, tx, draftSQL, in.Category)
		if err != nil {
			return Standard{}, err
		}
		if drafts > 0 {
			return Standard{}, fault.New(fault.Conflict, "exam.practical.scheme.draft", "该类别已有一份正在编写的方案，请在那份草稿上修改")
		}
		last, err := db.Value[int](ctx, tx, lastSQL, in.Category)
		if err != nil {
			return Standard{}, err
		}
		in.ID, in.Version = uuid.Must(uuid.NewV7()).String(), last+1
		out := Standard{ID: in.ID, Category: in.Category, Version: in.Version, State: Draft, Name: in.Name, Scheme: in}
		actor, _ := auth.From(ctx)
		_, err = tx.Exec(ctx, addSchemeSQL, out.ID, out.Category, out.Version, out.State, out.Name, out.Scheme, actor.ID, actor.Name,
			s.clock.Now(), s.keys.RowMAC(out.parts()...))
		if err != nil {
			return out, fmt.Errorf("insert scheme: %w", err)
		}
		return out, nil
	}, "")
}

// Change rewrites a draft. Faults: those of Write, exam.practical.scheme.used.
func (s *Service) Change(ctx context.Context, id string, in scoring.Scheme) (Standard, error) {
	return s.write(ctx, PermScheme, func(tx pgx.Tx, old *Standard) (Standard, error) {
		if old.State != Draft {
			return *old, fault.New(fault.Conflict, "exam.practical.scheme.used", "在用和已被取代的方案不能修改，请新建一版后启用")
		}
		in.ID, in.Version, in.Category = old.ID, old.Version, old.Category
		if err := check(&in); err != nil {
			return *old, err
		}
		old.Name, old.Scheme = in.Name, in
		return *old, s.putScheme(ctx, tx, *old)
	}, id)
}

// Use puts a draft in use; the one in use until now is succeeded. Fault:
// exam.practical.scheme.used.
func (s *Service) Use(ctx context.Context, id string) (Standard, error) {
	return s.write(ctx, "exam.practical.scheme.use", func(tx pgx.Tx, next *Standard) (Standard, error) {
		if next.State != Draft {
			return *next, fault.New(fault.Conflict, "exam.practical.scheme.used", "这份方案不是草稿，不能再启用，请刷新列表")
		}
		before, found, err := db.Maybe[Standard](ctx, tx, inUseSQL, next.Category)
		if err != nil {
			return *next, err
		}
		if found {
			before.State = Succeeded
			if err := s.putScheme(ctx, tx, before); err != nil {
				return *next, err
			}
		}
		next.State = InUse
		return *next, s.putScheme(ctx, tx, *next)
	}, id)
}

// write runs an act on schemes, one at a time; with an id on a stored one.
func (s *Service) write(ctx context.Context, action string, do func(tx pgx.Tx, old *Standard) (Standard, error), id string) (Standard, error) {
	if _, err := auth.RequireCity(ctx, PermScheme); err != nil {
		return Standard{}, err
	}
	var out Standard
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, writersSQL); err != nil {
			return fmt.Errorf("lock schemes: %w", err)
		}
		var old Standard
		var err error
		if id != "" {
			if old, err = db.Row[Standard](ctx, tx, lockSchemeSQL, id); err != nil {
				return err
			}
			if !s.keys.CheckRowMAC(old.MAC, old.parts()...) {
				return errTampered
			}
		}
		made, err := do(tx, &old)
		if err != nil {
			return err
		}
		if out, err = db.Row[Standard](ctx, tx, schemeSQL, made.ID); err != nil {
			return err
		}
		out.Full = out.Scheme.Full()
		return s.audit.Record(ctx, tx, action, out.ID, map[string]any{"category": out.Category, "version": out.Version, "name": out.Name})
	})
}

func (s *Service) putScheme(ctx context.Context, tx pgx.Tx, in Standard) error {
	actor, _ := auth.From(ctx)
	_, err := tx.Exec(ctx, putSchemeSQL, in.ID, in.State, in.Name, in.Scheme, actor.ID, actor.Name, s.clock.Now(), s.keys.RowMAC(in.parts()...))
	if err != nil {
		return fmt.Errorf("update scheme: %w", err)
	}
	return nil
}

func check(in *scoring.Scheme) error {
	in.Name = strings.TrimSpace(in.Name)
	known := false
	for _, c := range vocabulary.Categories() {
		known = known || c.Code == in.Category
	}
	if !known {
		return fault.New(fault.Invalid, "exam.practical.scheme.category", "请选择人员类别")
	}
	return in.Validate()
}
