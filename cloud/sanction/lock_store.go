package sanction

import (
	"context"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

const (
	lockColumns = `k.id, k.cert_type, k.cert_no, k.cert_blind, k.cert_mask, k.categories, k.decision_no, to_char(k.decision_date, 'YYYY-MM-DD') AS decision_date,
		to_char(k.effective_date, 'YYYY-MM-DD') AS effective_date, k.org, k.reason, k.cause, k.scope, coalesce(to_char(k.ban_until, 'YYYY-MM-DD'), '') AS ban_until,
		k.ban_basis, k.status, k.licence, k.person, k.name, k.idno_blind, k.lift_reason, k.lift_doc_no, k.lift_at, k.lift_by, k.review_by, k.aftermath,
		k.pending, k.received_at, k.revision, k.mac`

	listLockSQL = `SELECT ` + lockColumns + ` FROM sanction_lock k`
	lockSQL     = listLockSQL + ` WHERE k.id = $1`
	holdLockSQL = lockSQL + ` FOR UPDATE`
	decisionSQL = listLockSQL + ` WHERE k.decision_no = $1 FOR UPDATE`
	locksOfSQL  = listLockSQL + ` WHERE k.idno_blind = ANY($1) ORDER BY k.decision_date DESC, k.id`
	// others that hold a certificate
	holdingSQL  = listLockSQL + ` WHERE k.licence = $1 AND k.id <> $2 AND k.status = 'ACTIVE' ORDER BY k.received_at, k.id`
	aloneSQL    = `SELECT pg_advisory_xact_lock(22, hashtext($1))`
	openLockSQL = `SELECT id FROM sanction_lock WHERE status IN ('WAITING', 'UNCLAIMED', 'AMBIGUOUS') ORDER BY received_at, id LIMIT 1000`
	ofCertSQL   = `SELECT id FROM sanction_lock WHERE cert_blind = $1 AND status IN ('WAITING', 'UNCLAIMED', 'AMBIGUOUS') ORDER BY id`

	insertLockSQL = `INSERT INTO sanction_lock (id, cert_type, cert_no, cert_blind, cert_mask, categories, decision_no, decision_date, effective_date, org, reason,
		cause, scope, ban_until, ban_basis, status, received_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8::date, $9::date, $10, $11, $12, $13, nullif($14, '')::date, $15, $16, $17, $18)`
	saveLockSQL = `UPDATE sanction_lock SET status = $2, licence = $3, person = $4, name = $5, idno_blind = $6, lift_reason = $7, lift_doc_no = $8, lift_at = $9,
		lift_by = $10, review_by = $11, aftermath = $12, pending = $13, revision = $14, mac = $15 WHERE id = $1`

	insertNoticeSQL = `INSERT INTO sanction_notice (message, decision_no, kind, step, lift_reason, lift_doc_no, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	noticesSQL      = `SELECT message, kind, step, lift_reason, lift_doc_no, at FROM sanction_notice WHERE decision_no = $1 ORDER BY step, at`

	insertLockPastSQL = `INSERT INTO sanction_lock_past (lock, at, kind, text, by) VALUES ($1, $2, $3, $4, $5)`
	lockPastSQL       = `SELECT at, kind, text, 0::bigint AS batch, by FROM sanction_lock_past WHERE lock = $1 ORDER BY id DESC LIMIT 500`

	liftColumns   = `id, lock, kind, reason, doc_no, note, state, handler, handled_at, checker, checked_at, check_note, licence, mac`
	liftsSQL      = `SELECT ` + liftColumns + ` FROM sanction_lift WHERE lock = $1 ORDER BY handled_at DESC, id`
	liftSQL       = `SELECT ` + liftColumns + ` FROM sanction_lift WHERE id = $1 FOR UPDATE`
	insertLiftSQL = `INSERT INTO sanction_lift (id, lock, kind, reason, doc_no, note, state, handler, handled_at, licence, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	checkLiftSQL  = `UPDATE sanction_lift SET state = $2, checker = $3, checked_at = $4, check_note = $5, mac = $6 WHERE id = $1`
)

var lockSorts = db.Sorts{"": "k.received_at DESC, k.id", "decision_date": "k.decision_date", "received_at": "k.received_at", "ban_until": "k.ban_until"}

func listLocks(ctx context.Context, q db.Q, f LockFilter, blind, cert []byte, page db.Page) (db.List[Lock], error) {
	w := new(db.Where).Eq("k.cert_type", f.CertType).Eq("k.cause", f.Cause)
	if f.Status == "CLAIM" {
		w.And("k.status IN ('UNCLAIMED', 'AMBIGUOUS')")
	} else {
		w.Eq("k.status", f.Status)
	}
	if f.Pending == "yes" {
		w.And("k.pending")
	}
	if blind != nil {
		w.And("(k.idno_blind = ? OR k.cert_blind = ?)", blind, cert)
	} else {
		w.Like(page.Q, "k.decision_no", "k.org", "k.name", "k.lift_doc_no")
	}
	return db.Select[Lock](ctx, q, listLockSQL, w, lockSorts, page)
}

func addLock(ctx context.Context, tx pgx.Tx, l *Lock) error {
	_, err := tx.Exec(ctx, insertLockSQL, l.ID, l.CertType, l.Sealed, l.CertBlind, l.CertNo, l.Categories, l.DecisionNo, l.DecisionDate, l.EffectiveDate, l.Org,
		l.Reason, l.Cause, l.Scope, l.BanUntil, l.BanBasis, l.Status, l.ReceivedAt, l.MAC)
	return err
}

func saveLock(ctx context.Context, tx pgx.Tx, l *Lock) error {
	_, err := tx.Exec(ctx, saveLockSQL, l.ID, l.Status, l.Licence, l.Person, l.Name, l.Blind, l.LiftReason, l.LiftDocNo, l.LiftAt, l.LiftBy, l.ReviewBy,
		l.Aftermath, l.Pending, l.Revision, l.MAC)
	return err
}
