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

// pending are a lane's records that may not be in bbolt's file yet, oldest
// first, in a few pieces that follow one another.
type pending [][]*laneRecord

func (w pending) first() uint64 { return w[0][0].record.Seq }

func (w pending) last() *journal.Record {
	piece := w[len(w)-1]
	return &piece[len(piece)-1].record
}

// at is record seq, or nil when it is not among them.
func (w pending) at(seq uint64) *journal.Record {
	for _, piece := range w {
		if first := piece[0].record.Seq; seq >= first && seq-first < uint64(len(piece)) {
			return &piece[seq-first].record
		}
	}
	return nil
}

// view runs fn over the journal in bbolt's file and what may not be there yet.
func (l *lane) view(fn func(j *boltjournal.Journal, w pending) error) error {
	s := l.store
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.refusal(); err != nil {
		return err
	}
	return s.look(func(r *reading) error {
		var w pending
		for _, layer := range slices.Backward(r.over) {
			if piece := layer.lanes[l.name]; len(piece) > 0 {
				w = append(w, piece)
			}
		}
		return fn(boltjournal.Open(r.btx, l.name), w)
	})
}

func (l *lane) Head() (p journal.Position, err error) {
	err = l.view(func(j *boltjournal.Journal, w pending) (err error) {
		if len(w) > 0 {
			p = w.last().Position()
			return nil
		}
		p, err = j.Head()
		return err
	})
	return p, err
}

func (l *lane) Read(from uint64, maxRecords, maxBytes int) (recs []journal.Record, err error) {
	err = l.view(func(j *boltjournal.Journal, w pending) (err error) {
		next := max(from, 1)
		if len(w) == 0 || next < w.first() {
			recs, err = j.Read(from, maxRecords, maxBytes)
			next += uint64(len(recs))
		}
		if err != nil || len(w) == 0 || next < w.first() {
			return err // there is an end before those that wait
		}
		if next > w.last().Seq+1 {
			return journal.ErrMissing.Withf("record %d", next)
		}
		size := 0
		for _, r := range recs {
			size += r.Size()
		}
		for r := w.at(next); r != nil && len(recs) < max(maxRecords, 1); r = w.at(next) {
			if size += r.Size(); len(recs) > 0 && size > maxBytes {
				break
			}
			recs = append(recs, *r)
			next++
		}
		return nil
	})
	return recs, err
}

func (l *lane) HashAt(seq uint64) (d sm.Digest, err error) {
	err = l.view(func(j *boltjournal.Journal, w pending) (err error) {
		if r := w.at(seq); r != nil {
			d = r.Hash
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
		p = Acked(r, name)
		return nil
	})
	return p
}

// Acked is Store.Acked for somebody who is reading already.
func Acked(r Reader, name string) journal.Position {
	p, _, _ := Load[journal.Position](r, ackedBucket, name)
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
