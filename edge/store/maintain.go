package store

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/journal/boltjournal"
)

const (
	// maintainEvery is the rhythm of trimming, marking and looking at the disk.
	maintainEvery = time.Minute
	// verifyDelay lets whoever waited for the store to open be served first.
	verifyDelay = time.Second
	// markEvery is how many bytes of segment may lie beyond the marker: what
	// opening has to read.
	markEvery = 4 << 20
)

// afterCommit rotates the segment and moves the marker when it is time. Its
// failures cost nothing that was acknowledged: the next try is a group later.
func (s *Store) afterCommit() {
	r := s.recent.Load()
	if r.bytes() > maxRecent {
		if err := s.checkpoint(); err != nil && !fault.Is(err, errFull.Code) {
			s.stop(err)
			return
		}
	}
	if s.seg.size >= s.opts.SegmentSize {
		s.rotate()
	}
	if r.mark.Segment != s.id.Mark.Segment || r.mark.Offset-s.id.Mark.Offset >= markEvery {
		s.saveMark()
	}
}

func (s *Store) rotate() {
	head := segmentHead{Store: s.id.Store, Node: s.id.Node, Created: s.id.Created, Number: s.seg.head.Number + 1, Before: s.tip}
	next, err := createSegment(s.dir, head)
	if err != nil {
		s.opts.Log.Warn("store: could not begin a new segment", "err", err)
		return
	}
	s.seg.close()
	s.seg = next
}

// saveMark writes down how far bbolt's file has come, and how far the journals
// have: no later start may find less.
func (s *Store) saveMark() {
	id := s.id
	id.Mark, id.High = s.recent.Load().mark, s.tip.Heads
	if err := id.save(s.dir); err != nil {
		s.opts.Log.Warn("store: could not move the marker", "err", err)
		return
	}
	s.id = id
}

// maintain runs once a minute in the writer: it drops what was acknowledged
// long ago, and looks after the ballast.
func (s *Store) maintain() {
	s.room.prepare()
	if err := s.checkpoint(); err != nil && !fault.Is(err, errFull.Code) {
		s.stop(err)
		return
	}
	if s.id.Mark.Txn != s.recent.Load().mark.Txn {
		s.saveMark()
	}
	if s.trimDue() {
		if err := guarded(s.trim); err != nil {
			s.stop(err)
			return
		}
	}
	s.dropSegments()
	s.publish()
}

// trimDue looks before it writes: a bbolt commit costs two syncs.
func (s *Store) trimDue() bool {
	due := false
	before := s.opts.Clock.Now().Add(-s.opts.Keep)
	_ = s.db.View(func(btx *bbolt.Tx) error {
		for _, lane := range journal.Lanes() {
			acked, err := ackedIn(btx, lane)
			due = due || err == nil && boltjournal.Open(btx, lane).Trimmable(acked.Seq, before)
		}
		return nil
	})
	return due
}

func (s *Store) trim() error {
	before := s.opts.Clock.Now().Add(-s.opts.Keep)
	return s.db.Update(func(btx *bbolt.Tx) error {
		var all error
		for _, lane := range journal.Lanes() {
			acked, err := ackedIn(btx, lane)
			if err != nil {
				return err
			}
			j, err := boltjournal.Create(btx, lane)
			if err != nil {
				return err
			}
			_, err = j.Trim(acked.Seq, before)
			all = errors.Join(all, err)
		}
		return all
	})
}

// dropSegments deletes segments that a snapshot covers, that are older than
// Keep and whose records are all acknowledged; when only the snapshot is
// missing it begins one.
func (s *Store) dropSegments() {
	old, err := s.oldSegments()
	if err != nil || len(old) == 0 {
		return
	}
	covered := newestSnapshot(s.dir)
	for _, seg := range old {
		if seg.endTxn > covered {
			s.snapshotInBackground()
			return
		}
		if err := os.Remove(segmentPath(s.dir, seg.number)); err != nil {
			s.opts.Log.Warn("store: could not drop a segment", "err", err)
			return
		}
	}
}

type oldSegment struct {
	number uint64
	endTxn uint64
}

func (s *Store) oldSegments() ([]oldSegment, error) {
	numbers, err := segmentNumbers(s.dir)
	if err != nil {
		return nil, err
	}
	acked := s.ackedAll()
	var out []oldSegment
	for i := 0; i+1 < len(numbers); i++ {
		st, err := os.Stat(segmentPath(s.dir, numbers[i]))
		if err != nil || s.opts.Clock.Now().Sub(st.ModTime()) < s.opts.Keep {
			return out, err
		}
		next, err := openSegment(segmentPath(s.dir, numbers[i+1]))
		if err != nil {
			return out, err
		}
		next.close()
		for lane, p := range next.head.Before.Heads {
			if acked[lane].Seq < p.Seq {
				return out, nil
			}
		}
		out = append(out, oldSegment{number: numbers[i], endTxn: next.head.Before.Txn})
	}
	return out, nil
}

// verifyInBackground reads the whole store once while it serves. What it finds
// broken stops the store; single damaged values are reported and are refused
// whenever they are read.
func (s *Store) verifyInBackground() {
	s.stats.verifyLater.Store(false)
	s.checks.Add(1)
	db := s.db
	go func() {
		defer s.checks.Done()
		select {
		case <-s.opts.Clock.After(verifyDelay):
		case <-s.quit:
			return
		}
		var f *findings
		err := db.View(func(btx *bbolt.Tx) error { f = verify(btx, false); return nil })
		switch {
		case err != nil || f == nil:
			return // the store was closed meanwhile
		case len(f.broken) > 0:
			s.stats.broken <- f.err()
		case len(f.damaged) > 0:
			s.noteCorrupt(f.err())
		default:
			s.stats.verified.Store(s.opts.Clock.Now().Unix())
		}
	}()
}

func (s *Store) snapshotInBackground() {
	if !s.stats.snapshotting.CompareAndSwap(false, true) {
		return
	}
	db, path := s.db, filepath.Join(s.dir, snapshotDir)
	s.checks.Add(1)
	go func() {
		defer s.checks.Done()
		defer s.stats.snapshotting.Store(false)
		if err := takeSnapshot(db, path, s.Admit); err != nil {
			s.opts.Log.Warn("store: could not take a snapshot", "err", err)
		}
	}()
}
