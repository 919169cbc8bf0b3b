package store

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"huyun.internal/protocol/fault"
)

// recent is what is committed and not yet in bbolt's file: the groups since its
// last checkpoint, durable in the segments. A value of this type never changes;
// the next one replaces it, so that readers need no lock.
type recent struct {
	base   tip      // where bbolt's file stands, at least
	mark   mark     // the same place in the segments
	layers []*layer // nearest first
	// frozen is how many of the layers, the last ones, are on their way into
	// bbolt's file.
	frozen int
}

// maxRecent is how many bytes may wait for a checkpoint; beyond it the writer
// makes one itself, and everybody waits.
const maxRecent = 32 << 20

// alike is how many layers of like size become one: fewer would copy each write
// more often, more would let reading look through more layers.
const alike = 4

// with adds a group. Layers of like size become one, so that reading looks
// through a handful of them, however many groups there were.
func (r *recent) with(l *layer) *recent {
	active := r.layers[:len(r.layers)-r.frozen]
	for {
		n := 0
		for n < len(active) && active[n].count <= 2*l.count {
			n++
		}
		if n < alike-1 {
			break
		}
		l = merge(append([]*layer{l}, active[:n]...)...)
		active = active[n:]
	}
	layers := append([]*layer{l}, active...)
	return &recent{base: r.base, mark: r.mark, layers: append(layers, r.layers[len(r.layers)-r.frozen:]...), frozen: r.frozen}
}

func (r *recent) bytes() (n int) {
	for _, l := range r.layers {
		n += l.bytes
	}
	return n
}

// merge makes one of layers, given nearest first, and leaves them as they were.
func merge(layers ...*layer) *layer {
	if len(layers) == 1 {
		return layers[0]
	}
	out := newLayer(layers[0].heads)
	out.end, out.mark = layers[0].end, layers[0].mark
	records := 0
	for _, l := range layers {
		out.count, out.bytes, records = out.count+l.count, out.bytes+l.bytes, records+len(l.records)
	}
	out.records = make([]*laneRecord, 0, records)
	for _, l := range slices.Backward(layers) {
		for bucket, m := range l.puts {
			if out.puts[bucket] == nil {
				out.puts[bucket] = maps.Clone(m)
				continue
			}
			maps.Copy(out.puts[bucket], m)
		}
		out.records = append(out.records, l.records...)
	}
	return out.sorted()
}

// push makes a group visible; it is durable already.
func (s *Store) push(l *layer) {
	s.recentMu.Lock()
	s.recent.Store(s.recent.Load().with(l))
	s.recentMu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // somebody else's group has rung already
	}
}

// freeze takes everything that is there for a checkpoint.
func (s *Store) freeze() *recent {
	s.recentMu.Lock()
	defer s.recentMu.Unlock()
	r := *s.recent.Load()
	r.frozen = len(r.layers)
	s.recent.Store(&r)
	return &r
}

// settle lets go of what a checkpoint has put into bbolt's file.
func (s *Store) settle(end tip, at mark) {
	s.recentMu.Lock()
	defer s.recentMu.Unlock()
	r := s.recent.Load()
	s.recent.Store(&recent{base: end, mark: at, layers: r.layers[:len(r.layers)-r.frozen]})
}

// checkpoint brings bbolt's file up to date with one commit. When it fails the
// segments still hold everything. After store.disk.full it may be tried again;
// after anything else this handle is not to be used any more.
func (s *Store) checkpoint() error {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	if s.db == nil || s.unfit != nil {
		return s.unfit
	}
	r := s.freeze()
	if len(r.layers) == 0 {
		return nil
	}
	all := merge(r.layers...)
	err := guarded(func() error { return s.put(all, r.base) })
	switch {
	case err == nil:
		s.settle(all.end, all.mark)
		s.behind.Store(false)
	case noSpace(err):
		s.behind.Store(true)
		s.room.noteFull()
		return errFull.With(err)
	default:
		s.unfit = err
	}
	return err
}

// noSpace reports that bbolt could not write its pages for want of space: it
// has taken the transaction back and may be asked again. When it is a sync that
// says so, nobody knows what is on the disk.
func noSpace(err error) bool {
	var write *fs.PathError
	return errors.As(err, &write) && errors.Is(err, unix.ENOSPC)
}

func (s *Store) put(l *layer, before tip) error {
	btx, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	// After a commit this does nothing; after one that failed half-way or
	// panicked, it lets go of bbolt's locks.
	defer func() { _ = guarded(btx.Rollback) }()
	all := maps.Clone(s.sums)
	if err := l.apply(btx, before, l.end, all); err != nil {
		return err
	}
	if err := btx.Commit(); err != nil {
		return err
	}
	s.sums = all
	if f := s.opts.seams.commit; f != nil {
		return f()
	}
	return nil
}

// flush makes checkpoints in the background until the store is closed.
func (s *Store) flush() {
	defer s.checks.Done()
	for {
		select {
		case <-s.wake:
		case <-s.quit:
			return
		}
		select {
		case <-time.After(s.opts.Checkpoint): // the disk's time, not the exam's
		case <-s.quit:
			return
		}
		if err := s.checkpoint(); err != nil && !fault.Is(err, errFull.Code) {
			select {
			case s.stats.broken <- err:
			default: // it has been told already
			}
		}
	}
}

// begin opens a reading transaction and returns the layers to look through
// before it, nearest first. bbolt's side may be newer than their base, never
// older: between a checkpoint's commit and its settling the layers hold what
// the file has too, and a settling in between is noticed by the base.
func (s *Store) begin() (*bbolt.Tx, []*layer, error) {
	for {
		before := s.recent.Load()
		btx, err := s.db.Begin(false)
		if err != nil {
			return nil, nil, err
		}
		now := s.recent.Load()
		if now.base.Txn == before.base.Txn {
			return btx, now.layers, nil
		}
		if err := btx.Rollback(); err != nil {
			return nil, nil, err
		}
	}
}
