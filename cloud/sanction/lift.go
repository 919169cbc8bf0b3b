package sanction

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// AllLocks finds revocations; numbers and names are masked.
func (s *Service) AllLocks(ctx context.Context, f LockFilter, page db.Page) (db.List[Lock], error) {
	if _, err := auth.Require(ctx, PermLocks); err != nil {
		return db.List[Lock]{}, err
	}
	blind := s.keys.Sought(page.Q)
	out, err := listLocks(ctx, s.db, f, blind, s.certIndex("RE-071", page.Q), page)
	for i := range out.Items {
		if err == nil {
			err = s.sound(&out.Items[i])
		}
		out.Items[i].Name = person.MaskName(out.Items[i].Name)
	}
	return out, err
}

// LockDetail is a revocation with everything about it.
type LockDetail struct {
	Lock       Lock    `json:"lock"`
	Candidates []Found `json:"candidates" doc:"待认领时，证件类别和证件号相同的证件"`
	Notices    []Said  `json:"notices"`
	Lifts      []Lift  `json:"lifts"`
	Past       []Past  `json:"past"`
	Connected  bool    `json:"connected" doc:"从业人员证照库已接入"`
}

// LockByID shows one revocation.
func (s *Service) LockByID(ctx context.Context, id string) (LockDetail, error) {
	if _, err := auth.Require(ctx, PermLocks); err != nil {
		return LockDetail{}, err
	}
	l, err := db.Row[Lock](ctx, s.db, lockSQL, id)
	if err == nil {
		err = s.sound(&l)
	}
	if err != nil {
		return LockDetail{}, err
	}
	out := LockDetail{Candidates: []Found{}, Connected: s.Licences != nil}
	if out.Notices, err = db.All[Said](ctx, s.db, noticesSQL, l.DecisionNo); err != nil {
		return LockDetail{}, err
	}
	if out.Lifts, err = db.All[Lift](ctx, s.db, liftsSQL, id); err != nil {
		return LockDetail{}, err
	}
	if err := s.subjects(ctx, s.db, out.Lifts); err != nil {
		return LockDetail{}, err
	}
	if out.Past, err = db.All[Past](ctx, s.db, lockPastSQL, id); err != nil {
		return LockDetail{}, err
	}
	if s.Licences != nil && (l.Status == Unclaimed || l.Status == Ambiguous) {
		if out.Candidates, err = s.candidates(ctx, s.db, &l); err != nil {
			return LockDetail{}, err
		}
		for i := range out.Candidates {
			out.Candidates[i].Name = person.MaskName(out.Candidates[i].Name)
		}
	}
	l.Name = person.MaskName(l.Name)
	out.Lock = l
	return out, nil
}

// Claim says which licence a revocation is about, where several are possible.
// Faults: sanction.licences, sanction.lock.state, .licence, .stale.
func (s *Service) Claim(ctx context.Context, id string, revision int, licence, why string) error {
	actor, err := auth.Require(ctx, PermClaim)
	if err != nil {
		return err
	}
	return s.onLock(ctx, id, revision, func(tx pgx.Tx, l *Lock) error {
		if s.Licences == nil {
			return errNoLicences
		}
		if l.Status != Unclaimed && l.Status != Ambiguous {
			return errLockState
		}
		found, err := s.candidates(ctx, tx, l)
		if err != nil {
			return err
		}
		for _, f := range found {
			if f.Licence != licence {
				continue
			}
			if err := s.attach(ctx, tx, l, f, "人工认领："+why, actor.Username); err != nil {
				return err
			}
			return s.audit.Record(ctx, tx, PermClaim, id, map[string]string{"licence": licence})
		}
		return errLockOther
	})
}

// onLock does something with a lock that nobody has changed meanwhile.
func (s *Service) onLock(ctx context.Context, id string, revision int, do func(tx pgx.Tx, l *Lock) error) error {
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		l, err := db.Row[Lock](ctx, tx, holdLockSQL, id)
		if err != nil {
			return err
		}
		if err := s.sound(&l); err != nil {
			return err
		}
		if l.Revision != revision {
			return errLockStale
		}
		return do(tx, &l)
	})
}

// Request is what a handler asks for: to lift a lock for good, to stop it for
// the time of a lawsuit, or to let it run again.
type Request struct {
	Kind, Reason, DocNo, Note string
}

func (r Request) check(l *Lock) error {
	known := false
	for _, w := range LiftReasons() {
		known = known || w.Code == r.Reason
	}
	switch {
	case !known:
		return fault.New(fault.Invalid, "sanction.lift.reason", "解除事由只能是听证、复议、诉讼、撤案、更正决定或数据差错，请选择")
	case strings.TrimSpace(r.DocNo) == "":
		return fault.New(fault.Invalid, "sanction.lift.document", "请填写改变原决定（停止执行）的文书号")
	case r.Kind == SaysLift && (l.took() || l.Status == Unclaimed || l.Status == Ambiguous || l.Status == Waiting),
		r.Kind == SaysSuspend && l.Status == Locked, r.Kind == SaysResume && l.Status == Suspended:
		return nil
	}
	return errLockState
}

// ProposeLift is the handler's half. Faults: sanction.lift.reason, .document,
// .open, sanction.lock.state, .stale.
func (s *Service) ProposeLift(ctx context.Context, id string, revision int, r Request) error {
	actor, err := auth.Require(ctx, PermLift)
	if err != nil {
		return err
	}
	return s.onLock(ctx, id, revision, func(tx pgx.Tx, l *Lock) error {
		if err := r.check(l); err != nil {
			return err
		}
		lift := Lift{
			ID: uuid.Must(uuid.NewV7()).String(), Lock: id, Kind: r.Kind, Reason: r.Reason, DocNo: r.DocNo, Note: r.Note, State: "OPEN",
			Handler: actor.Username, HandledAt: s.now(),
		}
		if err := s.keepLift(ctx, tx, &lift); err != nil {
			return err
		}
		l.Pending = true
		if err := s.keep(ctx, tx, l, "REQUESTED", liftNames[r.Kind]+"申请："+nameOf(LiftReasons(), r.Reason)+"，"+r.DocNo, actor.Username); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermLift, id, map[string]string{"kind": r.Kind, "reason": r.Reason, "doc": r.DocNo})
	})
}

func (s *Service) keepLift(ctx context.Context, tx pgx.Tx, l *Lift) error {
	l.MAC = s.keys.RowMAC(l.parts()...)
	_, err := tx.Exec(ctx, insertLiftSQL, l.ID, l.Lock, l.Kind, l.Reason, l.DocNo, l.Note, l.State, l.Handler, l.HandledAt, l.Licence, l.MAC)
	if db.IsUnique(err, "sanction_lift_open") {
		return errLiftOpen
	}
	if err != nil {
		return fmt.Errorf("keep lift: %w", err)
	}
	return nil
}

var liftNames = map[string]string{SaysLift: "解除", SaysSuspend: "停止执行", SaysResume: "恢复执行", saysClaim: "认领"}

// CheckLift is the checker's half: with it the licence comes back. Faults:
// sanction.lift.self, .done, .answer, sanction.lock.state.
func (s *Service) CheckLift(ctx context.Context, id string, approve bool, note string) error {
	actor, err := auth.Require(ctx, PermCheckLift)
	if err != nil {
		return err
	}
	if !approve && strings.TrimSpace(note) == "" {
		return fault.New(fault.Invalid, "sanction.lift.answer", "退回时请写明理由")
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		lift, l, err := s.liftOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if lift.State != "OPEN" {
			return errLiftDone
		}
		if lift.Handler == actor.Username {
			return errLiftSelf
		}
		now := s.now()
		lift.State, lift.Checker, lift.CheckedAt, lift.CheckNote = "REFUSED", actor.Username, &now, note
		if approve {
			lift.State = "APPROVED"
		}
		lift.MAC = s.keys.RowMAC(lift.parts()...)
		if _, err := tx.Exec(ctx, checkLiftSQL, lift.ID, lift.State, lift.Checker, now, note, lift.MAC); err != nil {
			return fmt.Errorf("check lift: %w", err)
		}
		l.Pending = false
		if approve {
			err = s.carryLift(ctx, tx, &l, &lift)
		} else {
			err = s.keep(ctx, tx, &l, "REFUSED", liftNames[lift.Kind]+"申请退回："+note, actor.Username)
		}
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermCheckLift, l.ID, map[string]any{"kind": lift.Kind, "approve": approve})
	})
}

func (s *Service) liftOf(ctx context.Context, tx pgx.Tx, id string) (Lift, Lock, error) {
	lift, err := db.Row[Lift](ctx, tx, liftSQL, id)
	if err != nil {
		return lift, Lock{}, err
	}
	if !s.keys.CheckRowMAC(lift.MAC, lift.parts()...) {
		return lift, Lock{}, errTampered
	}
	l, err := db.Row[Lock](ctx, tx, holdLockSQL, lift.Lock)
	if err == nil {
		err = s.sound(&l)
	}
	return lift, l, err
}

func (s *Service) carryLift(ctx context.Context, tx pgx.Tx, l *Lock, lift *Lift) error {
	if lift.Kind == saysClaim {
		return s.carryClaim(ctx, tx, l, lift)
	}
	text := liftNames[lift.Kind] + "：" + nameOf(LiftReasons(), lift.Reason) + "，" + lift.DocNo + "；经办 " + lift.Handler + "，复核 " + lift.Checker
	// Somebody else may have moved it since.
	if err := (Request{Kind: lift.Kind, Reason: lift.Reason, DocNo: lift.DocNo}).check(l); err != nil {
		return err
	}
	switch lift.Kind {
	case SaysSuspend:
		return s.suspend(ctx, tx, l, text, lift.Checker)
	case SaysResume:
		return s.lock(ctx, tx, l, text, lift.Checker)
	}
	was := l.Status
	l.Status, l.LiftReason, l.LiftDocNo, l.LiftAt, l.LiftBy, l.ReviewBy = Lifted, lift.Reason, lift.DocNo, lift.CheckedAt, lift.Handler, lift.Checker
	if was == Locked {
		return s.unlock(ctx, tx, l, Lifted, text, lift.Checker)
	}
	var err error
	if l.Aftermath, err = s.untaken(ctx, tx, l, was); err != nil {
		return err
	}
	if err := s.keep(ctx, tx, l, Lifted, text, lift.Checker); err != nil {
		return err
	}
	return notify(ctx, tx, s.Lifted, *l)
}
