package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// Applier gives records their meaning. It is called inside the transaction
// that stores them, in order, each record once. A fault is the record's own
// (it goes to the dead letters, those after it go on); any other error means
// that the database failed and nothing of the batch is acknowledged.
type Applier interface {
	ApplyBatch(ctx context.Context, tx pgx.Tx, node string, recs []journal.Record) error
}

// Verdict is the cloud's answer to a batch, after its commit.
type Verdict struct {
	Position journal.Position // applied and durable through here
	Gap      bool             // records before the batch are missing
	Fork     bool             // the same numbers with other content: quarantined
	Held     bool             // the node is quarantined; nothing was applied
}

const (
	ensureCursorSQL = `INSERT INTO node_cursor (node, lane, hash, applied_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	lockCursorSQL   = `SELECT seq, hash FROM node_cursor WHERE node = $1 AND lane = $2 FOR UPDATE`
	moveCursorSQL   = `UPDATE node_cursor SET seq = $3, hash = $4, applied_at = $5 WHERE node = $1 AND lane = $2`
	storedHashSQL   = `SELECT hash FROM node_record WHERE node = $1 AND lane = $2 AND seq = $3`
	addRecordsSQL   = `INSERT INTO node_record (node, lane, seq, at, kind, subject, body, hash, received_at)
		SELECT $1, $2, r.seq, r.at, r.kind, r.subject, r.body, r.hash, $3
		FROM unnest($4::bigint[], $5::timestamptz[], $6::text[], $7::text[], $8::bytea[], $9::bytea[])
			AS r (seq, at, kind, subject, body, hash)
		ON CONFLICT (node, lane, seq) DO NOTHING`
	addCheckpointSQL = `INSERT INTO node_checkpoint (node, lane, seq, hash, sig, received_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (node, lane) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, sig = excluded.sig,
			received_at = excluded.received_at WHERE node_checkpoint.seq < excluded.seq`
	addDeadSQL = `INSERT INTO node_dead (node, lane, seq, kind, code, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT DO NOTHING`
)

// Ingest takes one batch: records of one lane that follow each other. The
// cursor row, locked, gives the order whatever any broker did: records that are
// here already are skipped if they are the same, and the rest is verified
// against the chain, stored and applied in one transaction.
func (s *Service) Ingest(ctx context.Context, n Node, lane string, recs []journal.Record, cp journal.Checkpoint) (Verdict, error) {
	ctx = auth.System(ctx, "link")
	var v Verdict
	err := s.DB.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		v, err = s.ingest(ctx, tx, n, lane, recs, cp)
		return err
	})
	return v, err
}

func (s *Service) ingest(ctx context.Context, tx pgx.Tx, n Node, lane string, recs []journal.Record, cp journal.Checkpoint) (Verdict, error) {
	cursor, err := s.lockCursor(ctx, tx, n.ID, lane)
	if err != nil {
		return Verdict{}, err
	}
	current, err := usable(getNode(ctx, tx, getNodeSQL, n.ID))
	if err != nil {
		return Verdict{}, err
	}
	if current.State == Quarantined {
		return Verdict{Position: cursor, Held: true}, nil
	}
	if len(recs) == 0 {
		return Verdict{Position: cursor}, nil
	}
	if recs[0].Seq > cursor.Seq+1 {
		return Verdict{Position: cursor, Gap: true}, nil
	}
	fresh, forked, err := split(ctx, tx, n.ID, lane, cursor, recs)
	if err != nil {
		return Verdict{}, err
	}
	if forked {
		reason := fmt.Sprintf("日志 %s 在序号 %d 处与已收到的内容不一致，疑似恢复了旧备份或克隆了磁盘", lane, recs[0].Seq)
		return Verdict{Position: cursor, Fork: true}, s.quarantine(ctx, tx, n.ID, reason)
	}
	if len(fresh) == 0 {
		return Verdict{Position: cursor}, nil
	}
	err = s.apply(ctx, tx, n, lane, fresh, cp)
	return Verdict{Position: fresh[len(fresh)-1].Position()}, err
}

func (s *Service) lockCursor(ctx context.Context, tx pgx.Tx, node, lane string) (journal.Position, error) {
	zero := sm.Digest{}
	_, err := tx.Exec(ctx, ensureCursorSQL, node, lane, zero[:], s.Now())
	if err != nil {
		return journal.Position{}, fmt.Errorf("cursor: %w", err)
	}
	return scanPosition(tx.QueryRow(ctx, lockCursorSQL, node, lane))
}

// split drops what is here already and says whether the rest belongs to the
// same history.
func split(ctx context.Context, tx pgx.Tx, node, lane string, cursor journal.Position, recs []journal.Record) (fresh []journal.Record, forked bool, err error) {
	for len(recs) > 0 && recs[0].Seq <= cursor.Seq {
		var stored []byte
		err = tx.QueryRow(ctx, storedHashSQL, node, lane, int64(recs[0].Seq)).Scan(&stored)
		if err != nil {
			return nil, false, fmt.Errorf("stored record %d: %w", recs[0].Seq, err)
		}
		if digest(stored) != recs[0].Hash {
			return nil, true, nil
		}
		recs = recs[1:]
	}
	return recs, journal.Verify(cursor, recs) != nil, nil
}

func (s *Service) quarantine(ctx context.Context, tx pgx.Tx, node, reason string) error {
	err := s.setState(ctx, tx, node, Quarantined, reason)
	if err != nil {
		return err
	}
	return s.Audit.Record(ctx, tx, "node.quarantine", node, map[string]string{"reason": reason})
}

func (s *Service) apply(ctx context.Context, tx pgx.Tx, n Node, lane string, recs []journal.Record, cp journal.Checkpoint) error {
	err := s.storeRecords(ctx, tx, n.ID, lane, recs)
	if err != nil {
		return err
	}
	err = s.give(ctx, tx, n.ID, lane, recs)
	if err != nil {
		return err
	}
	last := recs[len(recs)-1]
	_, err = tx.Exec(ctx, moveCursorSQL, n.ID, lane, int64(last.Seq), last.Hash[:], s.Now())
	if err != nil {
		return fmt.Errorf("move cursor: %w", err)
	}
	if cp.Seq == 0 {
		return nil
	}
	_, err = tx.Exec(ctx, addCheckpointSQL, n.ID, lane, int64(cp.Seq), cp.Hash[:], cp.Sig, s.Now())
	return err
}

func (s *Service) storeRecords(ctx context.Context, tx pgx.Tx, node, lane string, recs []journal.Record) error {
	n := len(recs)
	seqs, ats := make([]int64, n), make([]time.Time, n)
	kinds, subjects := make([]string, n), make([]string, n)
	bodies, hashes := make([][]byte, n), make([][]byte, n)
	for i := range recs {
		r := &recs[i]
		seqs[i], ats[i], kinds[i], subjects[i] = int64(r.Seq), r.At, r.Kind, r.Subject
		bodies[i], hashes[i] = r.Body, r.Hash[:]
	}
	_, err := tx.Exec(ctx, addRecordsSQL, node, lane, s.Now(), seqs, ats, kinds, subjects, bodies, hashes)
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
