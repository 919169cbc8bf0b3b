package sanction

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/person"
)

// Told is what the enforcement system is answered, the same each time.
type Told struct {
	Message    string `json:"messageNo"`
	DecisionNo string `json:"decisionNo"`
	Status     string `json:"status"`
}

// certIndex finds a certificate by its type and number.
func (s *Service) certIndex(certType, number string) []byte {
	return s.keys.Blind("sanction.certificate", certType+"\n"+strings.ToUpper(strings.TrimSpace(number)))
}

// Hear takes in a message about a revocation, once however often it comes, in
// whatever order. It checks no right: whoever calls has verified the signature.
// Fault: sanction.notice.reused.
func (s *Service) Hear(ctx context.Context, sender string, n *Notice) (Told, error) {
	var out Told
	digest, err := s.digest(n)
	if err != nil {
		return out, err
	}
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		out = Told{Message: n.Message, DecisionNo: n.DecisionNo, Status: "NOTED"}
		_, before, err := s.arrived(ctx, tx, sender, n.Message, digest, errNoticeReused)
		if err != nil {
			return err
		}
		if before != nil {
			return json.Unmarshal(before, &out)
		}
		now := s.now()
		if _, err := tx.Exec(ctx, insertNoticeSQL, n.Message, n.DecisionNo, n.Kind, n.Step, n.LiftReason, n.LiftDocNo, now); err != nil {
			return fmt.Errorf("keep notice: %w", err)
		}
		l, known, err := db.Maybe[Lock](ctx, tx, decisionSQL, n.DecisionNo)
		if err != nil {
			return err
		}
		if known {
			err = s.heard(ctx, tx, &l, n, sender)
		} else if n.Kind == SaysRevoke {
			l, err = s.begin(ctx, tx, n, sender)
			known = true
		}
		if err != nil {
			return err
		}
		if known {
			out.Status = l.Status
		}
		raw, err := json.Marshal(out)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertInboxSQL, sender, n.Message, digest, raw, 1, 1, 0, now, now); err != nil {
			return fmt.Errorf("note message: %w", err)
		}
		return s.audit.Record(ctx, tx, "sanction.notice.receive", n.DecisionNo, map[string]string{"kind": n.Kind, "status": out.Status})
	})
	return out, err
}

// begin makes the lock of a decision and goes by what was said of it before.
func (s *Service) begin(ctx context.Context, tx pgx.Tx, n *Notice, sender string) (Lock, error) {
	now := s.now()
	l := Lock{
		ID: uuid.Must(uuid.NewV7()).String(), CertType: n.CertType, CertNo: person.MaskLicence(n.CertNo), CertBlind: s.certIndex(n.CertType, n.CertNo),
		Categories: n.Categories, DecisionNo: n.DecisionNo, DecisionDate: n.DecisionDate, EffectiveDate: n.EffectiveDate, Org: n.Org, Reason: n.Reason,
		Cause: n.Cause, Scope: n.Scope, Status: Unclaimed, ReceivedAt: now, Revision: 1, Blind: []byte{},
	}
	if l.Categories == nil {
		l.Categories = []string{}
	}
	w, err := s.inUse(ctx, tx)
	if err != nil {
		return l, err
	}
	if b, ok := w.Table.years(l.Cause, familyOf(l.CertType)); ok && b.Years > 0 {
		l.BanUntil, l.BanBasis = yearsAfter(l.DecisionDate, b.Years), b.Basis
	}
	if l.Sealed, err = s.keys.SealAt(sealedAt(l.ID), []byte(n.CertNo)); err != nil {
		return l, err
	}
	l.MAC = s.keys.RowMAC(l.parts()...)
	if err := addLock(ctx, tx, &l); err != nil {
		return l, fmt.Errorf("keep lock: %w", err)
	}
	if err := s.pastOf(ctx, tx, l.ID, "RECEIVED", "收到吊销决定", sender); err != nil {
		return l, err
	}
	all, err := db.All[Said](ctx, tx, noticesSQL, l.DecisionNo)
	if err != nil {
		return l, err
	}
	// Overturned before we learnt of it: it never took anything here, so nobody
	// has to give anything back.
	if _, lift := standing(all); lift != nil {
		l.Status, l.LiftReason, l.LiftDocNo, l.LiftAt, l.LiftBy = Lifted, lift.LiftReason, lift.LiftDocNo, &now, sender
		l.Aftermath = "吊销决定送达本系统前已被改变，从业资格没有受到影响。"
		return l, s.keep(ctx, tx, &l, "LIFTED", "解除通知先于吊销决定到达，不锁定", sender)
	}
	return l, s.match(ctx, tx, &l, sender)
}

func sealedAt(id string) []string { return []string{"sanction_lock.cert_no", id} }

// heard is a later message about a lock that is there.
func (s *Service) heard(ctx context.Context, tx pgx.Tx, l *Lock, n *Notice, sender string) error {
	if err := s.sound(l); err != nil {
		return err
	}
	all, err := db.All[Said](ctx, tx, noticesSQL, l.DecisionNo)
	if err != nil {
		return err
	}
	suspended, lift := standing(all)
	switch {
	case l.Status == Lifted:
		return s.pastOf(ctx, tx, l.ID, "HEARD", "已解除后又收到报文，不改变", sender)
	case lift != nil && !l.took():
		now := s.now()
		l.Status, l.LiftReason, l.LiftDocNo, l.LiftAt, l.LiftBy = Lifted, lift.LiftReason, lift.LiftDocNo, &now, sender
		l.Aftermath = "吊销在锁定证照之前已被改变，从业资格没有受到影响。"
		return s.keep(ctx, tx, l, "LIFTED", "未锁定证照，按执法系统的通知解除", sender)
	case lift != nil:
		l.Pending = true
		return s.keep(ctx, tx, l, "NOTIFIED", "执法系统通知解除（"+nameOf(LiftReasons(), lift.LiftReason)+"，"+lift.LiftDocNo+"），待经办和复核", sender)
	case suspended && l.Status == Locked:
		return s.suspend(ctx, tx, l, "执法系统通知停止执行", sender)
	case !suspended && l.Status == Suspended && (n.Kind == SaysResume || n.Kind == SaysSuspend):
		return s.lock(ctx, tx, l, "执法系统通知恢复执行", sender)
	}
	return s.pastOf(ctx, tx, l.ID, "HEARD", "收到报文，状态不变", sender)
}

// match looks for the licence of a lock that has none yet.
func (s *Service) match(ctx context.Context, tx pgx.Tx, l *Lock, by string) error {
	status := Unclaimed
	var found []Found
	switch {
	case l.EffectiveDate > s.today():
		status = Waiting
	case s.Licences != nil:
		var err error
		if found, err = s.candidates(ctx, tx, l); err != nil {
			return err
		}
		if len(found) > 1 {
			status = Ambiguous
		}
	}
	if len(found) == 1 {
		return s.attach(ctx, tx, l, found[0], "按证件类别和证件号自动匹配", by)
	}
	if status == l.Status && l.Revision > 1 {
		return nil
	}
	l.Status = status
	return s.keep(ctx, tx, l, status, lockNames[status], by)
}

func (s *Service) candidates(ctx context.Context, q db.Q, l *Lock) ([]Found, error) {
	number, err := s.keys.OpenAt(sealedAt(l.ID), l.Sealed)
	if err != nil {
		return nil, err
	}
	return s.Licences.ByNumber(ctx, q, l.CertType, string(number))
}

// attach gives a lock its licence and takes it, unless its execution is stopped.
func (s *Service) attach(ctx context.Context, tx pgx.Tx, l *Lock, f Found, how, by string) error {
	l.Licence, l.Person, l.Name, l.Blind = f.Licence, f.Person, f.Name, f.Blind
	all, err := db.All[Said](ctx, tx, noticesSQL, l.DecisionNo)
	if err != nil {
		return err
	}
	if suspended, _ := standing(all); suspended {
		l.Status = Suspended
		return s.keep(ctx, tx, l, Suspended, how+"；执行已停止，暂不锁定", by)
	}
	return s.lock(ctx, tx, l, how, by)
}

// taken are the categories that a lock takes; nil is the whole licence.
func (l *Lock) taken() []string {
	if l.Scope == ScopeCategory {
		return l.Categories
	}
	return nil
}

// lock takes the licence and tells licensing, in one transaction.
func (s *Service) lock(ctx context.Context, tx pgx.Tx, l *Lock, how, by string) error {
	if err := alone(ctx, tx, l); err != nil {
		return err
	}
	if s.Licences != nil {
		if err := s.Licences.Revoke(ctx, tx, l.Licence, l.taken(), "依据 "+l.DecisionNo+" "+causeNames[l.Cause], l.ID); err != nil {
			return err
		}
	}
	l.Status, l.Aftermath = Locked, ""
	if err := s.keep(ctx, tx, l, Locked, how+"，证照已锁定", by); err != nil {
		return err
	}
	return notify(ctx, tx, s.Locked, *l)
}

// unlock gives the licence back, unless another decision holds the whole of it,
// and tells licensing.
func (s *Service) unlock(ctx context.Context, tx pgx.Tx, l *Lock, kind, text, by string) error {
	others, err := s.holding(ctx, tx, l)
	if err != nil {
		return err
	}
	after := ""
	if whole := wholly(others); len(whole) > 0 {
		text += "；证照仍按 " + strings.Join(whole, "、") + " 锁定"
	} else if s.Licences != nil {
		if after, err = s.Licences.Restore(ctx, tx, l.Licence, partly(others), text, l.ID); err != nil {
			return err
		}
	}
	if l.Aftermath = ""; kind == Lifted {
		if l.Aftermath, err = s.aftermath(ctx, tx, l, others); err != nil {
			return err
		}
	}
	l.Aftermath += after
	if err := s.keep(ctx, tx, l, kind, text, by); err != nil {
		return err
	}
	return notify(ctx, tx, s.Lifted, *l)
}

// suspend gives the licence back for the time being.
func (s *Service) suspend(ctx context.Context, tx pgx.Tx, l *Lock, text, by string) error {
	l.Status = Suspended
	return s.unlock(ctx, tx, l, Suspended, text+"，暂时解锁", by)
}

// keep saves a lock that was changed, with what is said of it.
func (s *Service) keep(ctx context.Context, tx pgx.Tx, l *Lock, kind, text, by string) error {
	l.Revision++
	l.MAC = s.keys.RowMAC(l.parts()...)
	if err := saveLock(ctx, tx, l); err != nil {
		return fmt.Errorf("keep lock: %w", err)
	}
	return s.pastOf(ctx, tx, l.ID, kind, text, by)
}

func (s *Service) pastOf(ctx context.Context, tx pgx.Tx, lock, kind, text, by string) error {
	if _, err := tx.Exec(ctx, insertLockPastSQL, lock, s.now(), kind, text, by); err != nil {
		return fmt.Errorf("note history: %w", err)
	}
	return nil
}

func (s *Service) sound(list ...*Lock) error {
	for _, l := range list {
		if !s.keys.CheckRowMAC(l.MAC, l.parts()...) {
			return errTampered
		}
	}
	return nil
}

func (s *Service) genuine(list []Lock) error {
	for i := range list {
		if err := s.sound(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) read(ctx context.Context, q db.Q, sql string, args ...any) ([]Lock, error) {
	list, err := db.All[Lock](ctx, q, sql, args...)
	if err == nil {
		err = s.genuine(list)
	}
	return list, err
}

// Appeared says that a licence has come into being or changed its number:
// revocations that wait for it are matched. For whoever issues or imports
// licences; it checks no right.
func (s *Service) Appeared(ctx context.Context, tx pgx.Tx, certType, number string) error {
	ids, err := db.Rows(ctx, tx, pgx.RowTo[string], ofCertSQL, s.certIndex(certType, number))
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := s.again(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) again(ctx context.Context, tx pgx.Tx, id string) error {
	l, err := db.Row[Lock](ctx, tx, holdLockSQL, id)
	if err != nil {
		return err
	}
	if err := s.sound(&l); err != nil {
		return err
	}
	if l.took() || l.Status == Lifted {
		return nil
	}
	return s.match(ctx, tx, &l, "system")
}

// MatchOpen tries every revocation that has no licence yet, and those whose day
// has come: for the worker. One that fails does not keep the others.
func (s *Service) MatchOpen(ctx context.Context) error {
	ctx = auth.System(ctx, "worker")
	ids, err := db.Rows(ctx, s.db, pgx.RowTo[string], openLockSQL)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if one := s.db.InTx(ctx, func(tx pgx.Tx) error { return s.again(ctx, tx, id) }); one != nil {
			s.log.ErrorContext(ctx, "match revocation", "lock", id, "error", one)
			err = one
		}
	}
	return err
}
