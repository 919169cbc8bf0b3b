package store

import (
	"context"
	"encoding/json"
	"slices"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/journal/boltjournal"
	"huyun.internal/protocol/sm"
)

// ackedBucket holds how far the cloud has confirmed each lane.
const ackedBucket = reserved + "acked"

var errAckFork = fault.New(fault.Conflict, "store.ack.fork", "云端确认的日志与本机不一致，已停止同步，请联系中心人工核对")

// lane reads one journal, each call in a transaction of its own.
type lane struct {
	store *Store
	name  string
}

// Journal is the lane's journal as the link's sender reads it.
func (s *Store) Journal(name string) journal.Store { return &lane{store: s, name: name} }

// view runs fn over the journal in bbolt's file and the records, oldest first,
// that may not be there yet.
func (l *lane) view(fn func(j *boltjournal.Journal, recent []journal.Record) error) error {
	s := l.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.refusal(); err != nil {
		return err
	}
	return s.look(func(r *reading) error {
		var recent []journal.Record
		for _, layer := range slices.Backward(r.over) {
			for i := range layer.records {
				if rec := &layer.records[i]; rec.lane == l.name {
					recent = append(recent, rec.record)
				}
			}
		}
		return fn(boltjournal.Open(r.btx, l.name), recent)
	})
}

func (l *lane) Head() (p journal.Position, err error) {
	err = l.view(func(j *boltjournal.Journal, recent []journal.Record) (err error) {
		if n := len(recent); n > 0 {
			p = recent[n-1].Position()
			return nil
		}
		p, err = j.Head()
		return err
	})
	return p, err
}

func (l *lane) Read(from uint64, maxRecords, maxBytes int) (recs []journal.Record, err error) {
	err = l.view(func(j *boltjournal.Journal, recent []journal.Record) (err error) {
		next := max(from, 1)
		if len(recent) == 0 || next < recent[0].Seq {
			recs, err = j.Read(from, maxRecords, maxBytes)
			next += uint64(len(recs))
		}
		if err != nil || len(recent) == 0 || next < recent[0].Seq {
			return err // there is an end before the recent ones
		}
		if next > recent[len(recent)-1].Seq+1 {
			return journal.ErrMissing.Withf("record %d", next)
		}
		size := 0
		for _, r := range recs {
			size += r.Size()
		}
		for _, r := range recent[next-recent[0].Seq:] {
			size += r.Size()
			if len(recs) >= max(maxRecords, 1) || len(recs) > 0 && size > maxBytes {
				break
			}
			recs = append(recs, r)
		}
		return nil
	})
	return recs, err
}

func (l *lane) HashAt(seq uint64) (d sm.Digest, err error) {
	err = l.view(func(j *boltjournal.Journal, recent []journal.Record) (err error) {
		if len(recent) > 0 && seq >= recent[0].Seq && seq-recent[0].Seq < uint64(len(recent)) {
			d = recent[seq-recent[0].Seq].Hash
			return nil
		}
		d, err = j.HashAt(seq)
		return err
	})
	return d, err
}

// Acked is how far the cloud has confirmed a lane; zero when it never did, or
// when the store cannot be read.
func (s *Store) Acked(name string) journal.Position {
	var p journal.Position
	_ = s.View(func(r Reader) error {
		p, _, _ = Load[journal.Position](r, ackedBucket, name)
		return nil
	})
	return p
}

// SetAcked remembers the cloud's confirmation. Only the link calls it, and only
// on the cloud's own signed word. A position that is not in the journal is a
// fork and fails with store.ack.fork; one behind the present is taken as said,
// because a cloud restored from a backup asks for records again.
func (s *Store) SetAcked(ctx context.Context, name string, p journal.Position) error {
	hash, err := s.Journal(name).HashAt(p.Seq)
	if err != nil && !fault.Is(err, journal.ErrMissing.Code) {
		return err
	}
	if err != nil || hash != p.Hash {
		return errAckFork.Withf("lane %s, position %d", name, p.Seq)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return s.Update(ctx, func(tx *Tx) error {
		tx.own.put(ackedBucket, name, stamp(ackedBucket, name, raw))
		return nil
	})
}

func (s *Store) ackedAll() map[string]journal.Position {
	out := map[string]journal.Position{}
	for _, name := range journal.Lanes() {
		out[name] = s.Acked(name)
	}
	return out
}

func ackedIn(btx *bbolt.Tx, name string) (journal.Position, error) {
	r := &reading{btx: btx, onCorrupt: func(error) {}}
	p, _, err := Load[journal.Position](r, ackedBucket, name)
	return p, r.result(err)
}
