package store

import (
	"context"
	"encoding/json"

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

func (l *lane) view(fn func(j *boltjournal.Journal) error) error {
	s := l.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.refusal(); err != nil {
		return err
	}
	return guarded(func() error {
		return s.db.View(func(btx *bbolt.Tx) error { return fn(boltjournal.Open(btx, l.name)) })
	})
}

func (l *lane) Head() (p journal.Position, err error) {
	err = l.view(func(j *boltjournal.Journal) (err error) { p, err = j.Head(); return err })
	return p, err
}

func (l *lane) Read(from uint64, maxRecords, maxBytes int) (recs []journal.Record, err error) {
	err = l.view(func(j *boltjournal.Journal) (err error) { recs, err = j.Read(from, maxRecords, maxBytes); return err })
	return recs, err
}

func (l *lane) HashAt(seq uint64) (d sm.Digest, err error) {
	err = l.view(func(j *boltjournal.Journal) (err error) { d, err = j.HashAt(seq); return err })
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
