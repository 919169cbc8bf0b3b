package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
)

// Applier gives records their meaning. It is called inside the transaction
// that stores them, in order, each record once. A fault is the record's own
// (it goes to the dead letters, those after it go on); any other error means
// that the database failed and nothing of the batch is acknowledged.
type Applier interface {
	ApplyBatch(ctx context.Context, tx pgx.Tx, node string, recs []journal.Record) error
}

const (
	ensureCursorSQL  = `INSERT INTO node_cursor (node, lane, hash, applied_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	lockCursorSQL    = `SELECT seq, hash FROM node_cursor WHERE node = $1 AND lane = $2 FOR UPDATE`
	moveCursorSQL    = `UPDATE node_cursor SET seq = $3, hash = $4, applied_at = $5 WHERE node = $1 AND lane = $2`
	storedHashSQL    = `SELECT hash FROM node_record WHERE node = $1 AND lane = $2 AND seq = $3`
	addCheckpointSQL = `INSERT INTO node_checkpoint (node, lane, seq, hash, sig, received_at, signed) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (node, lane) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, sig = excluded.sig, signed = excluded.signed,
			received_at = excluded.received_at WHERE node_checkpoint.seq < excluded.seq`
	addDeadSQL = `INSERT INTO node_dead (node, lane, seq, kind, code, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`
)

var (
	recordTable   = pgx.Identifier{"node_record"}
	recordColumns = []string{"node", "lane", "seq", "at", "kind", "subject", "body", "hash", "received_at"}
)

// Ingest takes batches of one lane, in the order in which they came, and returns
// the answers that may be sent: after the commit, never before. The cursor row,
// locked, gives the order whatever any broker did. What waits together is stored
// together: after an outage the cost of a commit is shared. A node whose journal
// contradicts what it sent before is quarantined; a quarantined node's batches
// are refused and stay with it.
func (s *Service) Ingest(ctx context.Context, node, lane string, batches ...*link.Batch) ([]*link.Ack, error) {
	ctx = auth.System(ctx, "link")
	var acks []*link.Ack
	err := s.DB.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		acks, err = s.ingest(ctx, tx, node, lane, batches)
		return err
	})
	return acks, err
}

func (s *Service) ingest(ctx context.Context, tx pgx.Tx, node, lane string, batches []*link.Batch) ([]*link.Ack, error) {
	cursor, err := s.lockCursor(ctx, tx, node, lane)
	if err != nil {
		return nil, err
	}
	n, err := usable(getNode(ctx, tx, getNodeSQL, node))
	if err != nil {
		return nil, err
	}
	if n.State == Quarantined {
		return refuseAll(cursor, batches), nil
	}
	key, err := sm.ParsePublicKey(n.PublicKey)
	if err != nil {
		return nil, err
	}
	in := intake{cursor: cursor}
	for _, b := range batches {
		err = in.judge(link.Receiver{Node: node, Key: key}, b, func(seq uint64) (sm.Digest, bool, error) {
			return storedHash(ctx, tx, node, lane, seq)
		})
		if err != nil {
			return nil, err
		}
	}
	if len(in.fresh) > 0 {
		err = s.apply(ctx, tx, node, lane, in.fresh, in.checkpoint)
	}
	if err == nil && in.fork > 0 {
		reason := fmt.Sprintf("日志 %s 在序号 %d 附近与已收到的内容不一致，疑似恢复了旧备份或克隆了磁盘", lane, in.fork)
		err = s.quarantine(ctx, tx, node, reason)
	}
	return in.acks, err
}

// refuseAll answers the batches of a quarantined node.
func refuseAll(cursor journal.Position, batches []*link.Batch) (acks []*link.Ack) {
	for _, b := range batches {
		acks = append(acks, &link.Ack{
			Lane: b.Lane, Session: b.Session, Number: b.Number, Status: link.StatusRefused,
			Through: cursor.Seq, Hash: cursor.Hash, Reason: "node.quarantined",
		})
	}
	return acks
}

// intake is what batches that are stored together come to.
type intake struct {
	cursor     journal.Position // where the lane would be after the batches so far
	fresh      []journal.Record
	checkpoint journal.Checkpoint
	acks       []*link.Ack
	fork       uint64 // near which record a batch contradicts the lane; nothing after it is looked at
}

func (in *intake) judge(r link.Receiver, b *link.Batch, stored func(uint64) (sm.Digest, bool, error)) error {
	if in.fork > 0 {
		return nil
	}
	var failed error
	v := r.Judge(in.cursor, b, func(seq uint64) (sm.Digest, bool) {
		if len(in.fresh) > 0 && seq >= in.fresh[0].Seq {
			return in.fresh[seq-in.fresh[0].Seq].Hash, true
		}
		d, found, err := stored(seq)
		failed = errors.Join(failed, err)
		return d, found
	})
	if failed != nil {
		return failed
	}
	in.acks = append(in.acks, v.Ack)
	if v.Ack.Status == link.StatusFork {
		in.fork = b.Last().Seq
	}
	if len(v.Fresh) > 0 {
		in.fresh, in.cursor, in.checkpoint = append(in.fresh, v.Fresh...), v.Ack.Position(), b.Checkpoint
	}
	return nil
}

func storedHash(ctx context.Context, tx pgx.Tx, node, lane string, seq uint64) (sm.Digest, bool, error) {
	var hash []byte
	err := tx.QueryRow(ctx, storedHashSQL, node, lane, int64(seq)).Scan(&hash)
	return db.Optional(digest(hash), err)
}

func (s *Service) lockCursor(ctx context.Context, tx pgx.Tx, node, lane string) (journal.Position, error) {
	zero := sm.Digest{}
	_, err := tx.Exec(ctx, ensureCursorSQL, node, lane, zero[:], s.Now())
	if err != nil {
		return journal.Position{}, fmt.Errorf("cursor: %w", err)
	}
	return scanPosition(tx.QueryRow(ctx, lockCursorSQL, node, lane))
}

func (s *Service) quarantine(ctx context.Context, tx pgx.Tx, node, reason string) error {
	err := s.setState(ctx, tx, node, Quarantined, reason)
	if err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, "node.quarantine", node, map[string]string{"reason": reason})
}

func (s *Service) apply(ctx context.Context, tx pgx.Tx, node, lane string, recs []journal.Record, cp journal.Checkpoint) error {
	err := s.storeRecords(ctx, tx, node, lane, recs)
	if err != nil {
		return err
	}
	err = s.give(ctx, tx, node, lane, recs)
	if err != nil {
		return err
	}
	last := recs[len(recs)-1]
	_, err = tx.Exec(ctx, moveCursorSQL, node, lane, int64(last.Seq), last.Hash[:], s.Now())
	if err != nil {
		return fmt.Errorf("move cursor: %w", err)
	}
	if cp.Seq == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, addCheckpointSQL, node, lane, int64(cp.Seq), cp.Hash[:], cp.Sig, s.Now(), journal.AppendCheckpoint(nil, cp))
	return err
}

// storeRecords keeps the records as they came. The locked cursor says that they
// are new, so they can go in by COPY; a key that exists all the same is a
// cursor that lies, and nothing is acknowledged.
func (s *Service) storeRecords(ctx context.Context, tx pgx.Tx, node, lane string, recs []journal.Record) error {
	now := s.Now()
	_, err := tx.CopyFrom(ctx, recordTable, recordColumns, pgx.CopyFromSlice(len(recs), func(i int) ([]any, error) {
		r := &recs[i]
		return []any{node, lane, int64(r.Seq), r.At, r.Kind, r.Subject, r.Body, r.Hash[:], now}, nil
	}))
	if err != nil {
		return fmt.Errorf("store records: %w", err)
	}
	return nil
}

// give applies the batch as a whole, which is fast, and one by one when
// something in it cannot be applied, so that only that goes to the dead
// letters.
func (s *Service) give(ctx context.Context, tx pgx.Tx, node, lane string, recs []journal.Record) error {
	err := s.attempt(ctx, tx, node, recs)
	if err == nil || !recordsOwn(err) {
		return err
	}
	for i := range recs {
		err = s.attempt(ctx, tx, node, recs[i:i+1])
		if err == nil {
			continue
		}
		if !recordsOwn(err) {
			return err
		}
		f := fault.From(err)
		s.Log.Warn("record not applied", "node", node, "lane", lane, "seq", recs[i].Seq, "kind", recs[i].Kind, "code", f.Code, "error", err)
		_, err = tx.Exec(ctx, addDeadSQL, node, lane, int64(recs[i].Seq), recs[i].Kind, f.Code, f.Text, s.Now())
		if err != nil {
			return fmt.Errorf("dead letter: %w", err)
		}
	}
	return nil
}

// attempt runs the appliers under a savepoint.
func (s *Service) attempt(ctx context.Context, tx pgx.Tx, node string, recs []journal.Record) error {
	return pgx.BeginFunc(ctx, tx, func(sub pgx.Tx) error {
		for _, a := range s.Appliers {
			err := a.ApplyBatch(ctx, sub, node, recs)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// recordsOwn tells a record that cannot be applied, now or ever, from a
// database that could not be asked. Data that a constraint refuses (class 22
// and 23) is the record's own fault; retry errors and lost connections are not.
func recordsOwn(err error) bool {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Kind != fault.Internal && f.Kind != fault.Unavailable
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && len(pg.Code) == 5 && (pg.Code[:2] == "22" || pg.Code[:2] == "23")
}
