package node

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// Orders is the order journal of every node: what the cloud wants of it. An
// order exists exactly if the transaction that caused it committed.
type Orders struct {
	seal Sealer
	now  func() time.Time
}

// Sealer encrypts what lies in the database; satisfied by cloud/keys.
type Sealer interface {
	Seal(plain []byte) ([]byte, error)
	Open(sealed []byte) ([]byte, error)
}

// Channel is what PostgreSQL notifies when an order was appended; the payload
// is the node's id.
const Channel = "node_order"

const (
	ensureHeadSQL = `INSERT INTO node_order_head (node, lane, hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	lockHeadSQL   = `SELECT seq, hash FROM node_order_head WHERE node = $1 AND lane = $2 FOR UPDATE`
	moveHeadSQL   = `UPDATE node_order_head SET seq = $3, hash = $4 WHERE node = $1 AND lane = $2`
	addOrderSQL   = `INSERT INTO node_order (node, lane, seq, at, kind, subject, body, hash)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	notifySQL = `SELECT pg_notify($1, $2)`
	readSQL   = `SELECT seq, at, kind, subject, body, hash FROM node_order
		WHERE node = $1 AND lane = $2 AND seq >= $3 ORDER BY seq LIMIT $4`
	headSQL      = `SELECT seq, hash FROM node_order_head WHERE node = $1 AND lane = $2`
	orderHashSQL = `SELECT hash FROM node_order WHERE node = $1 AND lane = $2 AND seq = $3`
	ackedSQL     = `SELECT acked FROM node_order_head WHERE node = $1 AND lane = $2`
	ackSQL       = `UPDATE node_order_head SET acked = $3, acked_at = $4
		WHERE node = $1 AND lane = $2 AND acked < $3 AND seq >= $3`
)

// Append adds an order to a node's journal, after every earlier one.
func (o *Orders) Append(ctx context.Context, tx pgx.Tx, node, lane, kind, subject string, body any) error {
	plain, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("order %s: %w", kind, err)
	}
	err = journal.Check(kind, subject, plain)
	if err != nil {
		return err
	}
	head, err := lockHead(ctx, tx, node, lane)
	if err != nil {
		return err
	}
	rec := journal.Next(head.Hash, head.Seq+1, o.now(), kind, subject, plain)
	sealed, err := o.seal.Seal(plain)
	if err != nil {
		return fmt.Errorf("order %s: %w", kind, err)
	}
	_, err = tx.Exec(ctx, addOrderSQL, node, lane, int64(rec.Seq), rec.At, rec.Kind, rec.Subject, sealed, rec.Hash[:])
	if err != nil {
		return fmt.Errorf("order %s: %w", kind, err)
	}
	_, err = tx.Exec(ctx, moveHeadSQL, node, lane, int64(rec.Seq), rec.Hash[:])
	if err != nil {
		return fmt.Errorf("order %s: %w", kind, err)
	}
	_, err = tx.Exec(ctx, notifySQL, Channel, node)
	return err
}

func lockHead(ctx context.Context, tx pgx.Tx, node, lane string) (journal.Position, error) {
	zero := sm.Digest{}
	_, err := tx.Exec(ctx, ensureHeadSQL, node, lane, zero[:])
	if err != nil {
		return journal.Position{}, fmt.Errorf("order head: %w", err)
	}
	return scanPosition(tx.QueryRow(ctx, lockHeadSQL, node, lane))
}

func scanPosition(row pgx.Row) (journal.Position, error) {
	var seq int64
	var hash []byte
	err := row.Scan(&seq, &hash)
	if err != nil {
		return journal.Position{}, err
	}
	return journal.Position{Seq: uint64(seq), Hash: digest(hash)}, nil
}

func digest(b []byte) (d sm.Digest) {
	copy(d[:], b)
	return d
}

// Journal is a node's order journal as protocol/link reads it. Its methods use
// q at the moment they are called.
func (o *Orders) Journal(ctx context.Context, q db.Q, node, lane string) journal.Store {
	return &orderJournal{ctx: ctx, q: q, seal: o.seal, node: node, lane: lane}
}

type orderJournal struct {
	ctx        context.Context //nolint:containedctx // journal.Store has no context of its own
	q          db.Q
	seal       Sealer
	node, lane string
}

func (j *orderJournal) Head() (journal.Position, error) {
	pos, found, err := db.Optional(scanPosition(j.q.QueryRow(j.ctx, headSQL, j.node, j.lane)))
	if !found {
		return journal.Position{}, err
	}
	return pos, err
}

func (j *orderJournal) HashAt(seq uint64) (sm.Digest, error) {
	if seq == 0 {
		return sm.Digest{}, nil
	}
	var hash []byte
	err := j.q.QueryRow(j.ctx, orderHashSQL, j.node, j.lane, int64(seq)).Scan(&hash)
	if err == pgx.ErrNoRows { //nolint:errorlint // pgx returns it bare here
		return sm.Digest{}, journal.ErrMissing
	}
	return digest(hash), err
}

func (j *orderJournal) Read(from uint64, maxRecords, maxBytes int) ([]journal.Record, error) {
	prev, err := j.HashAt(max(from, 1) - 1)
	if err != nil {
		return nil, err
	}
	rows, err := j.q.Query(j.ctx, readSQL, j.node, j.lane, int64(from), maxRecords)
	if err != nil {
		return nil, err
	}
	recs, err := pgx.CollectRows(rows, j.scan)
	if err != nil {
		return nil, err
	}
	size := 0
	for i, r := range recs {
		size += len(r.Body)
		if size > maxBytes && i > 0 {
			recs = recs[:i]
			break
		}
	}
	return recs, journal.Verify(journal.Position{Seq: max(from, 1) - 1, Hash: prev}, recs)
}

func (j *orderJournal) scan(row pgx.CollectableRow) (journal.Record, error) {
	var r journal.Record
	var seq int64
	var sealed, hash []byte
	err := row.Scan(&seq, &r.At, &r.Kind, &r.Subject, &sealed, &hash)
	if err != nil {
		return r, err
	}
	r.Seq, r.At, r.Hash = uint64(seq), r.At.UTC(), digest(hash)
	r.Body, err = j.seal.Open(sealed)
	if err != nil {
		return r, fault.New(fault.Internal, "node.order.sealed", "指令无法解密，请检查密钥配置").With(err)
	}
	return r, nil
}

// Acked is how far the node has confirmed a lane of its orders.
func (o *Orders) Acked(ctx context.Context, q db.Q, node, lane string) (uint64, error) {
	var seq int64
	_, _, err := db.Optional(0, q.QueryRow(ctx, ackedSQL, node, lane).Scan(&seq))
	return uint64(seq), err
}

// Confirm moves the mark of what the node has applied; it never goes back.
func (o *Orders) Confirm(ctx context.Context, q db.Q, node, lane string, through uint64) error {
	_, err := q.Exec(ctx, ackSQL, node, lane, int64(through), o.now())
	return err
}
