package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"huyun.internal/protocol/fault"
)

// Bounds of one group. They only matter when the disk is much slower than the
// venue; a group is never waited for.
const (
	maxGroup      = 1024
	maxGroupBytes = 8 << 20
	// maxUpdateBytes bounds one Update; what is larger is a file, not a value.
	maxUpdateBytes = 16 << 20
)

// retryEvery is how often a stopped store tries to verify itself and serve
// again.
const retryEvery = time.Second

// op is one Update on its way through the writer.
type op struct {
	fn    func(tx *Tx) error
	bulk  bool
	phase atomic.Int32
	err   error
	done  chan struct{}
}

const (
	waiting int32 = iota
	running
	abandoned
	finished
)

// finish answers the submitter; a second answer is ignored.
func (o *op) finish(err error) {
	if o.phase.Swap(finished) != finished {
		o.err = err
		close(o.done)
	}
}

// submit queues o and waits. A context that ends before the writer has begun
// o takes it back; afterwards the outcome is honestly unknown.
func (s *Store) submit(ctx context.Context, o *op) error {
	o.done = make(chan struct{})
	select {
	case s.ops <- o:
	case <-s.done:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-o.done:
		return o.err
	case <-s.done: // closed with o still queued, or just finished
		select {
		case <-o.done:
			return o.err
		default:
			return errClosed
		}
	case <-ctx.Done():
		if o.phase.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		select {
		case <-o.done:
			return o.err
		case <-time.After(retryEvery): // a commit takes milliseconds; a hanging disk takes for ever
			return errUnknown.With(ctx.Err())
		}
	}
}

// write is the writer goroutine: it owns everything that changes.
func (s *Store) write() {
	defer close(s.done)
	maintain := s.opts.Clock.NewTicker(maintainEvery)
	defer maintain.Stop()
	var retry <-chan time.Time
	if s.stats.verifyLater.Load() {
		s.verifyInBackground()
	}
	s.saveMark() // says that a run has begun
	for {
		select {
		case o := <-s.ops:
			if s.state == stopped {
				o.finish(errStopped.With(s.cause))
				continue
			}
			s.group(o)
			if s.state == stopped {
				retry = s.opts.Clock.After(retryEvery)
			}
		case cause := <-s.stats.broken:
			s.stop(cause)
			retry = s.opts.Clock.After(retryEvery)
		case <-retry:
			retry = nil
			if !s.reopen() {
				retry = s.opts.Clock.After(retryEvery)
			}
		case <-maintain.C():
			if s.state == serving {
				s.maintain()
			}
		case <-s.quit:
			s.finish()
			return
		}
	}
}

// gather takes what is waiting behind first. Those whom the last group woke are
// about to come back: while that group was large and few of them are here, it
// lets them run, but never waits for time to pass, so a lone save goes at once.
func (s *Store) gather(first *op) []*op {
	ops := s.drain([]*op{first})
	for idle := 0; len(ops) < s.lastGroup && idle < maxYields; {
		before := len(ops)
		runtime.Gosched()
		if ops = s.drain(ops); len(ops) == before {
			idle++
		} else {
			idle = 0
		}
	}
	s.lastGroup = len(ops)
	return ops
}

// maxYields is how often nobody may come before a group goes.
const maxYields = 3

func (s *Store) drain(ops []*op) []*op {
	for len(ops) < maxGroup {
		select {
		case o := <-s.ops:
			ops = append(ops, o)
		default:
			return ops
		}
	}
	return ops
}

// group commits first and whatever else is waiting, in as many pieces as their
// size makes it.
func (s *Store) group(first *op) {
	for ops := s.gather(first); len(ops) > 0; {
		if s.state == stopped {
			for _, o := range ops {
				o.finish(errStopped.With(s.cause))
			}
			return
		}
		ops = ops[s.piece(ops):]
	}
}

// piece commits the first of ops and answers them; it returns how many.
func (s *Store) piece(ops []*op) int {
	started := s.opts.Clock.Mono()
	taken := len(ops) // unless commit says that it took fewer
	err := guarded(func() error { return s.commit(ops, &taken) })
	ops = ops[:taken]
	if err != nil && s.state == serving && !fault.Is(err, errFull.Code) {
		s.stop(err)
	}
	s.publish() // before anybody is answered: who was, and asks, sees what he wrote
	for _, o := range ops {
		switch {
		case o.err != nil:
			o.finish(o.err)
		case err == nil:
			o.finish(nil)
		case s.state == serving:
			o.finish(err)
		default:
			o.finish(errStopped.With(err))
		}
	}
	s.stats.group(len(ops), s.opts.Clock.Mono()-started)
	if err == nil {
		s.afterCommit()
	}
	return taken
}

// commit runs the functions, writes the frame and makes it durable; bbolt's file
// follows (see recent). An error means that the outcome is not known and the
// store has to stop, except for store.disk.full: then nothing was written.
func (s *Store) commit(ops []*op, taken *int) error {
	group := newLayer(mergeHeads(s.tip.Heads, nil))
	err := s.run(ops, group, taken)
	if err != nil || group.empty() {
		return err
	}
	before := s.tip
	frame, hash := encodeFrame(before.Hash, before.Txn+1, group)
	if s.opts.seams.ackEarly != nil {
		s.opts.seams.ackEarly(ops[:*taken])
	}
	if err := s.seg.append(frame); err != nil {
		if errors.Is(err, errTornSegment) || !errors.Is(err, unix.ENOSPC) {
			return err
		}
		s.room.noteFull()
		return errFull.With(err)
	}
	if err := s.sync(); err != nil {
		return err
	}
	s.tip = tip{Txn: before.Txn + 1, Hash: hash, Heads: group.heads}
	s.seg.last, s.seg.lastHash = s.tip.Txn, s.tip.Hash
	group.end, group.mark = s.tip, s.seg.mark(s.tip)
	group.count, group.bytes = *taken, len(frame)
	s.push(group.sorted())
	return nil
}

func (s *Store) sync() error {
	if f := s.opts.seams.sync; f != nil {
		if err := f(); err != nil {
			return err
		}
	}
	return s.seg.sync()
}

// run calls each function over what the ones before it wrote, until the group
// is large enough, and says in taken how many it called. Each op's err is its
// own; the ones without take part in the commit.
func (s *Store) run(ops []*op, group *layer, taken *int) error {
	btx, below, err := s.begin()
	if err != nil {
		return err
	}
	defer func() { _ = btx.Rollback() }() // of a reading one, it cannot fail
	now := s.opts.Clock.Now().UTC().Truncate(time.Microsecond)
	over := append([]*layer{group}, below...)
	bulk, vital := s.room.admit()
	if vital == nil && s.behind.Load() {
		vital = s.checkpoint()
	}
	size := 0
	for i, o := range ops {
		if size > maxGroupBytes {
			*taken = i
			return nil
		}
		if !o.phase.CompareAndSwap(waiting, running) {
			o.err = context.Canceled // its submitter has gone and knows
			continue
		}
		if o.err = vital; o.bulk && vital == nil {
			o.err = bulk
		}
		if o.err != nil {
			continue
		}
		own := s.own
		own.reset()
		tx := &Tx{reading: reading{btx: btx, over: over, onCorrupt: s.noteCorrupt}, own: own, now: now}
		if o.err = tx.result(call(o.fn, tx)); o.err != nil {
			continue
		}
		n := own.estimate()
		if n > maxUpdateBytes {
			o.err = errUpdateSize.Withf("%d bytes", n)
			continue
		}
		size += n
		group.take(own)
	}
	*taken = len(ops)
	return nil
}

// call keeps a panic in a caller's function from stopping the writer.
func call(fn func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errPanic.With(fmt.Errorf("panic: %v", p))
		}
	}()
	return fn(tx)
}

// stop ends all acknowledgement from this handle. What the page cache or bbolt
// still show is not to be believed after a failed sync (reliability.md 0.6).
func (s *Store) stop(cause error) {
	s.opts.Log.Error("store: stopped", "err", cause)
	s.mu.Lock()
	s.state, s.cause = stopped, cause
	s.mu.Unlock()
	s.publish()
}

// reopen verifies the store from the disk and serves again.
func (s *Store) reopen() bool {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	s.mu.Lock() // waits for readers of the old handle
	defer s.mu.Unlock()
	if s.db != nil {
		s.seg.close()
		err := closeSoon(s.db)
		s.db, s.seg = nil, nil
		if err != nil {
			s.opts.Log.Error("store: close before verification", "err", err)
		}
	}
	if err := s.room.enough(); err != nil {
		s.cause = err
		return false
	}
	if err := s.load(); err != nil {
		s.opts.Log.Error("store: still stopped", "err", err)
		s.cause = err
		return false
	}
	s.state, s.cause, s.unfit = serving, nil, nil
	s.behind.Store(false)
	s.saveMark()
	s.publish()
	s.opts.Log.Info("store: verified and serving again", "txn", s.tip.Txn)
	return true
}

// finish commits what is queued, marks the store as clean and closes it.
func (s *Store) finish() {
	for s.state == serving && len(s.ops) > 0 {
		s.group(<-s.ops)
	}
	s.mu.Lock()
	was := s.state
	s.state = closed
	s.mu.Unlock()
	s.checks.Wait()
	if was == serving {
		if err := s.checkpoint(); err != nil {
			s.opts.Log.Error("store: last checkpoint", "err", err) // the next start redoes it
		} else {
			s.id.Clean = true
		}
		s.saveMark()
	}
	if s.db != nil {
		s.seg.close()
		if err := guarded(s.db.Close); err != nil {
			s.opts.Log.Error("store: close", "err", err)
		}
	}
	s.publish()
	release(s.lock)
	for {
		select {
		case o := <-s.ops:
			o.finish(errClosed)
		default:
			return
		}
	}
}
