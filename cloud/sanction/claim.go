package sanction

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// saysClaim is the kind of a request by which a revocation gets a licence that its
// number does not name: as with a lift, a second person checks it.
const saysClaim = "CLAIM"

var errClaimWhy = fault.New(fault.Invalid, "sanction.claim.why", "请写明认定依据：怎样核实这张证件就是被吊销的证件")

// Sought finds the licences that an unmatched revocation may be about, by the whole
// number of a licence or of its holder. What was asked for is in the audit by its
// result alone. Faults: sanction.licences, sanction.lock.state.
func (s *Service) Sought(ctx context.Context, id, text string) ([]Found, error) {
	if _, err := auth.Require(ctx, PermClaim); err != nil {
		return nil, err
	}
	l, err := db.Row[Lock](ctx, s.db, lockSQL, id)
	if err == nil {
		err = s.sound(&l)
	}
	switch {
	case err != nil:
		return nil, err
	case s.Licences == nil:
		return nil, errNoLicences
	case !l.claimable():
		return nil, errLockState
	}
	list, err := s.Licences.Sought(ctx, s.db, l.CertType, strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Name = person.MaskName(list[i].Name)
	}
	return append([]Found{}, list...), s.audit.RecordNow(ctx, "sanction.lock.search", id, map[string]int{"found": len(list)})
}

// claimable says that a lock has no licence yet, and that a person may say which.
func (l *Lock) claimable() bool { return l.Status == Unclaimed || l.Status == Ambiguous }

// ProposeClaim is the handler's half. Faults: sanction.claim.why, sanction.licences,
// sanction.lift.open, sanction.lock.state, .licence, .stale.
func (s *Service) ProposeClaim(ctx context.Context, id string, revision int, licence, why string) error {
	actor, err := auth.Require(ctx, PermClaim)
	if err != nil {
		return err
	}
	if why = strings.TrimSpace(why); len([]rune(why)) < 2 {
		return errClaimWhy
	}
	return s.onLock(ctx, id, revision, func(tx pgx.Tx, l *Lock) error {
		f, err := s.claimed(ctx, tx, l, licence)
		if err != nil {
			return err
		}
		lift := Lift{ID: uuid.Must(uuid.NewV7()).String(), Lock: id, Kind: saysClaim, Note: why, State: "OPEN", Licence: licence, Handler: actor.Username, HandledAt: s.now()}
		if err := s.keepLift(ctx, tx, &lift); err != nil {
			return err
		}
		l.Pending = true
		text := fmt.Sprintf("认领申请：%s（%s，%s），依据：%s", person.MaskName(f.Name), f.IDNo, f.State, why)
		if err := s.keep(ctx, tx, l, "REQUESTED", text, actor.Username); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermClaim, id, map[string]string{"licence": licence, "kind": saysClaim})
	})
}

// claimed is the licence that somebody says a lock is about.
func (s *Service) claimed(ctx context.Context, tx pgx.Tx, l *Lock, licence string) (Found, error) {
	if s.Licences == nil {
		return Found{}, errNoLicences
	}
	if !l.claimable() {
		return Found{}, errLockState
	}
	f, err := s.Licences.One(ctx, tx, licence)
	if err == nil && f.Type != l.CertType {
		err = errLockOther
	}
	return f, err
}

// carryClaim is the checker's half: the licence is taken.
func (s *Service) carryClaim(ctx context.Context, tx pgx.Tx, l *Lock, lift *Lift) error {
	f, err := s.claimed(ctx, tx, l, lift.Licence)
	if err != nil {
		return err
	}
	return s.attach(ctx, tx, l, f, "人工认领："+lift.Note+"；经办 "+lift.Handler+"，复核 "+lift.Checker, lift.Checker)
}

// subjects says of requests to claim whose licence they name.
func (s *Service) subjects(ctx context.Context, q db.Q, list []Lift) error {
	for i := range list {
		if list[i].Licence == "" || s.Licences == nil {
			continue
		}
		f, err := s.Licences.One(ctx, q, list[i].Licence)
		if err != nil {
			return err
		}
		list[i].Subject = strings.Join(slices.DeleteFunc([]string{person.MaskName(f.Name), f.IDNo, f.State}, func(t string) bool { return t == "" }), "，")
	}
	return nil
}
