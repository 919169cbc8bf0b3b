package practical

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

// Service keeps schemes, arrangements and sheets.
type Service struct {
	db       *db.DB
	keys     *keys.Ring
	audit    *audit.Log
	clock    clock.Clock
	sittings *sitting.Service
	credits  *credit.Service
}

// New makes the service.
func New(d *db.DB, k *keys.Ring, a *audit.Log, c clock.Clock, in *sitting.Service, won *credit.Service) *Service {
	return &Service{db: d, keys: k, audit: a, clock: c, sittings: in, credits: won}
}

// Arrange makes a sitting hold a practical exam by its category's scheme in use,
// and sends that to the venue. Done again, it sends the same scheme again. Faults:
// exam.practical.arrange.none, .state.
func (s *Service) Arrange(ctx context.Context, id string) (Arrangement, error) {
	actor, err := auth.Require(ctx, PermArrange)
	if err != nil {
		return Arrangement{}, err
	}
	var out Arrangement
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		in, err := s.sittings.Locked(ctx, tx, PermArrange, id)
		if err != nil {
			return err
		}
		_, found, err := db.Maybe[Arrangement](ctx, tx, arrangementSQL, id)
		if err != nil {
			return err
		}
		if in.State.Over() || in.State == sitting.Cancelled {
			return fault.Newf(fault.Precondition, "exam.practical.arrange.state", "场次当前为“%s”，不能再安排应会考试", sitting.StateName(in.State))
		}
		if !found {
			if err := s.pin(ctx, tx, in, actor.Name); err != nil {
				return err
			}
		}
		if out, err = db.Row[Arrangement](ctx, tx, arrangementSQL, id); err != nil {
			return err
		}
		if err := s.send(ctx, tx, out); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermArrange, id, map[string]any{"scheme": out.Scheme, "version": out.Version})
	})
}

// pin gives a sitting the scheme that is in use now; it keeps it.
func (s *Service) pin(ctx context.Context, tx pgx.Tx, in sitting.Sitting, by string) error {
	scheme, found, err := db.Maybe[Standard](ctx, tx, inUseSQL, in.Category)
	if err != nil {
		return err
	}
	if !found {
		return fault.New(fault.Precondition, "exam.practical.arrange.none", "该类别没有在用的应会评分方案，请先在“应会评分方案”编写并启用")
	}
	if !s.keys.CheckRowMAC(scheme.MAC, scheme.parts()...) {
		return errTampered
	}
	a := Arrangement{Sitting: in.ID, Scheme: scheme.ID}
	if _, err := tx.Exec(ctx, arrangeSQL, in.ID, scheme.ID, by, s.clock.Now(), s.keys.RowMAC(a.parts()...)); err != nil {
		return fmt.Errorf("arrange: %w", err)
	}
	return nil
}

// send tells the venue's device; a venue without one learns it at Announce.
func (s *Service) send(ctx context.Context, tx pgx.Tx, a Arrangement) error {
	scheme, err := db.Row[Standard](ctx, tx, schemeSQL, a.Scheme)
	if err != nil {
		return err
	}
	if !s.keys.CheckRowMAC(a.MAC, a.parts()...) || !s.keys.CheckRowMAC(scheme.MAC, scheme.parts()...) {
		return errTampered
	}
	return s.sittings.Order(ctx, tx, sitting.Sitting{ID: a.Sitting, Venue: a.Venue}, wire.OrderPractical,
		wire.PracticalArranged{Sitting: a.Sitting, Scheme: scheme.Scheme, By: a.By})
}

// Announce tells a device that has just enrolled what its venue's sittings hold,
// and what has been decided about their sheets. Connected in app to the
// enrolment of nodes.
func (s *Service) Announce(ctx context.Context, tx pgx.Tx, venue string) error {
	list, err := db.All[Arrangement](ctx, tx, aheadSQL, venue)
	if err != nil {
		return err
	}
	for _, a := range list {
		if err := s.send(ctx, tx, a); err != nil {
			return err
		}
		decided, err := db.All[Sheet](ctx, tx, decisionsSQL, a.Sitting)
		if err != nil {
			return err
		}
		for _, sh := range decided {
			if err := s.tell(ctx, tx, sh); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) tell(ctx context.Context, tx pgx.Tx, sh Sheet) error {
	return s.sittings.Order(ctx, tx, sitting.Sitting{ID: sh.Sitting, Venue: sh.Venue}, wire.OrderSheetDecided, wire.PracticalDecided{
		Sheet: sh.ID, Sitting: sh.Sitting, Candidate: sh.Candidate, Revision: sh.Revision, Confirmed: sh.State == Confirmed,
		Reason: sh.Reason, By: sh.DecidedName,
	})
}

// Decide confirms a sheet or sends it back with a reason; the venue is told.
// Faults: exam.practical.decide.state, .reason, .different,
// exam.practical.tampered.
func (s *Service) Decide(ctx context.Context, id string, confirm bool, reason string) (Sheet, error) {
	actor, err := auth.Require(ctx, PermConfirm)
	if err != nil {
		return Sheet{}, err
	}
	var out Sheet
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		if out, err = db.Row[Sheet](ctx, tx, lockSheetSQL, id); err != nil {
			return err
		}
		if err := actor.Venue(out.Venue); err != nil {
			return err
		}
		if !s.keys.CheckRowMAC(out.MAC, out.parts()...) {
			return errTampered
		}
		if err := out.decide(confirm, reason, actor.ID, actor.Name, s.clock.Now()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, decideSQL, id, out.State, out.Reason, out.DecidedBy, out.DecidedName, out.DecidedAt, s.keys.RowMAC(out.parts()...))
		if err != nil {
			return fmt.Errorf("decide sheet: %w", err)
		}
		if err := s.credits.Settle(ctx, tx, out.Sitting, "应会评分表退回"); err != nil { // counts once the sitting's results are out
			return err
		}
		if err := s.tell(ctx, tx, out); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermConfirm, id, map[string]any{
			"sitting": out.Sitting, "candidate": out.Candidate, "revision": out.Revision, "state": out.State, "score": int(out.Score), "reason": out.Reason,
		})
	})
	out.Name = person.MaskName(out.Name)
	return out, err
}

// Arranged lists the sittings that hold a practical exam.
func (s *Service) Arranged(ctx context.Context, f Filter, page db.Page) (db.List[Arrangement], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Arrangement]{}, err
	}
	return listArranged(ctx, s.db, actor.Scope, f, page)
}

// List finds sheets of the reader's venues; names are masked.
func (s *Service) List(ctx context.Context, f Filter, page db.Page) (db.List[Sheet], error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Sheet]{}, err
	}
	out, err := listSheets(ctx, s.db, actor.Scope, f, page)
	mask(out.Items)
	return out, err
}

func mask(list []Sheet) {
	for i := range list {
		list[i].Name = person.MaskName(list[i].Name)
	}
}

// Get reads a sheet with its scheme and the candidate's other revisions.
func (s *Service) Get(ctx context.Context, id string) (Detail, error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return Detail{}, err
	}
	var out Detail
	if out.Sheet, err = db.Row[Sheet](ctx, s.db, sheetSQL, id); err != nil {
		return out, err
	}
	if err := actor.Venue(out.Sheet.Venue); err != nil {
		return Detail{}, err
	}
	scheme, err := db.Row[Standard](ctx, s.db, schemeSQL, out.Sheet.Scheme)
	if err != nil {
		return out, err
	}
	out.Scheme, out.Full = scheme.Scheme, scheme.Scheme.Full()
	points, _ := scheme.Scheme.Score(out.Sheet.Items) // what cannot be computed says so in the difference
	out.Points = append([]exam.Points{}, points.Items...)
	if out.Revisions, err = db.All[Sheet](ctx, s.db, revisionsSQL, out.Sheet.Sitting, out.Sheet.Candidate); err != nil {
		return out, err
	}
	void, err := s.credits.Disqualified(ctx, s.db, out.Sheet.Sitting)
	out.Void = void[out.Sheet.Candidate]
	out.Sheet.Name = person.MaskName(out.Sheet.Name)
	mask(out.Revisions)
	return out, err
}

// whole is List for an export, with whole names.
func (s *Service) whole(ctx context.Context, f Filter, page db.Page) (db.List[Sheet], error) {
	actor, err := auth.Require(ctx, PermExport)
	if err != nil {
		return db.List[Sheet]{}, err
	}
	return listSheets(ctx, s.db, actor.Scope, f, page)
}
