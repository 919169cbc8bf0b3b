package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

type head struct {
	Seq int64
	MAC []byte
}

const (
	lockHeadSQL = `SELECT seq, mac FROM audit_head FOR UPDATE`
	readHeadSQL = `SELECT seq, mac FROM audit_head`
	appendSQL   = `
		WITH entry AS (
			INSERT INTO audit_entry (seq, at, actor, username, ip, action, object, detail, mac)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9))
		UPDATE audit_head SET seq = $1, mac = $9`
	listSQL = `SELECT seq, at, actor, username, ip, action, object, detail, mac FROM audit_entry`
	walkSQL = `
		SELECT seq, at, actor, username, ip, action, object, detail, mac
		FROM audit_entry WHERE seq > $1 ORDER BY seq LIMIT $2`
	happenedSQL     = `SELECT EXISTS (SELECT FROM audit_entry WHERE action = $1)`
	insertAnchorSQL = `INSERT INTO audit_anchor (seq, mac, at, sig) VALUES ($1, $2, $3, $4) ON CONFLICT (seq) DO NOTHING`
	anchorsSQL      = `SELECT seq, mac, at, sig FROM audit_anchor ORDER BY seq`
)

var sorts = db.Sorts{"": "seq DESC", "at": "at"}

func lockHead(ctx context.Context, tx pgx.Tx) (head, error) { return scanHead(ctx, tx, lockHeadSQL) }

func scanHead(ctx context.Context, q db.Q, sql string) (head, error) {
	var h head
	if err := q.QueryRow(ctx, sql).Scan(&h.Seq, &h.MAC); err != nil {
		return head{}, fmt.Errorf("audit head: %w", err)
	}
	return h, nil
}

func appendEntry(ctx context.Context, q db.Q, e Entry) error {
	if _, err := q.Exec(ctx, appendSQL, e.Seq, e.At, e.Actor, e.Username, e.IP, e.Action, e.Object, e.Detail, e.MAC); err != nil {
		return fmt.Errorf("append audit entry: %w", err)
	}
	return nil
}

// Filter narrows the auditor's list.
type Filter struct {
	Action   string // prefix: "exam." is everything about exams
	Username string
	Object   string
	From, To time.Time
}

func listEntries(ctx context.Context, q db.Q, f Filter, p db.Page) (db.List[Entry], error) {
	w := (&db.Where{}).Eq("username", f.Username).Eq("object", f.Object).Like(p.Q, "action", "username", "object", "detail")
	if f.Action != "" {
		w.And("starts_with(action, ?)", f.Action)
	}
	if !f.From.IsZero() {
		w.And("at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.And("at < ?", f.To)
	}
	return db.Select[Entry](ctx, q, listSQL, w, sorts, p)
}

func walk(ctx context.Context, q db.Q, after int64, limit int) ([]Entry, error) {
	rows, err := q.Query(ctx, walkSQL, after, limit)
	if err != nil {
		return nil, fmt.Errorf("walk audit: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Entry])
}

func readAnchors(ctx context.Context, q db.Q) ([]Anchor, error) {
	rows, err := q.Query(ctx, anchorsSQL)
	if err != nil {
		return nil, fmt.Errorf("read anchors: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Anchor])
}

func insertAnchor(ctx context.Context, q db.Q, a Anchor) error {
	if _, err := q.Exec(ctx, insertAnchorSQL, a.Seq, a.MAC, a.At, a.Sig); err != nil {
		return fmt.Errorf("insert anchor: %w", err)
	}
	return nil
}
