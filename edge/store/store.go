// Package store is where an edge keeps everything that must survive: the state
// of its exams, its journals, what it has received. Segment files are the log
// of all writes; one bbolt file holds the state they lead to; a small marker
// file outside both says which store this is, so that an empty, foreign or
// rolled-back file is never taken for a fresh one (reliability.md D4, I1, I8).
//
// All writing goes through one goroutine that commits groups: an Update returns
// only when its writes are synced in the segment. bbolt's file follows within a
// tenth of a second, in one transaction for all of them. Inside a group the
// functions run in the order of submission, each over what the ones before it
// wrote; one that fails leaves nothing behind and holds nobody up.
//
// The whole edge uses it (modules M54–M65, M78). It does not know what the
// values mean, does not talk to the network, and does not encrypt: whoever
// stores an ID number or a question seals it first.
package store

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// Files and folders inside a store's directory.
const (
	dbFile      = "store.db"
	markFile    = "identity.json"
	lockFile    = "lock"
	ballastFile = "ballast"
	segmentDir  = "segments"
	snapshotDir = "snapshots"
)

// Options of an open store; the zero value of each field is a good default.
type Options struct {
	Node  string // the node this store must belong to; empty accepts any
	Clock clock.Clock
	Log   *slog.Logger

	// Reserve is the free disk space kept for answers, in bytes: below it,
	// bulk writes are refused. Default 64 MiB.
	Reserve int64
	// Ballast is the size of a file that exists only to be deleted when other
	// programs have filled the disk. Default: Reserve; negative: none.
	Ballast int64
	// SegmentSize is where a segment file is closed and the next begun.
	// Default 64 MiB.
	SegmentSize int64
	// Keep is how long acknowledged records and segments stay. Default 7 days.
	Keep time.Duration
	// VerifyLimit is the size of bbolt file up to which Open verifies every
	// value before serving; larger ones are verified in the background.
	// Default 32 MiB.
	VerifyLimit int64
	// Checkpoint is how long a group may wait for others before bbolt's file is
	// brought up to date. Longer saves syncs and makes more to redo after a
	// crash. Default 500 ms: each checkpoint holds up those who save meanwhile,
	// and with ten a second they were the slowest hundredth of a full hall.
	Checkpoint time.Duration
	// LockWait is how long Open waits for another process to let go. Default 1 s.
	LockWait time.Duration

	seams seams
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = clock.System()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	def := func(v *int64, d int64) {
		if *v == 0 {
			*v = d
		}
	}
	def(&o.Reserve, 64<<20)
	def(&o.Ballast, o.Reserve)
	def(&o.SegmentSize, 64<<20)
	def(&o.VerifyLimit, 32<<20)
	if o.Keep == 0 {
		o.Keep = 7 * 24 * time.Hour
	}
	if o.Checkpoint == 0 {
		o.Checkpoint = 500 * time.Millisecond
	}
	if o.LockWait == 0 {
		o.LockWait = time.Second
	}
	o.seams.planted()
	return o
}

// Store is one open store. Its methods are safe for concurrent use.
type Store struct {
	dir  string
	opts Options
	lock *os.File

	// mu guards the handle: readers share it, reopening takes it whole.
	mu    sync.RWMutex
	db    *bbolt.DB
	state state
	cause error // why it is stopped

	// recent is looked through before bbolt's file; recentMu is for those who
	// replace it.
	recent   atomic.Pointer[recent]
	recentMu sync.Mutex
	wake     chan struct{} // there is something to bring into bbolt's file

	// flushing is held by whoever brings bbolt's file up to date.
	flushing sync.Mutex
	sums     sums
	unfit    error       // why this handle takes no checkpoint any more
	behind   atomic.Bool // the last checkpoint found no space; nothing is taken before one has

	// Owned by the writer goroutine.
	id   identity
	seg  *segment
	tip  tip
	room *room
	own  *layer // what the function that is running has written
	// lastGroup is the size of the latest group.
	lastGroup int

	ops    chan *op
	quit   chan struct{}
	done   chan struct{}
	closed sync.Once
	checks sync.WaitGroup // background checkpoints, verification and snapshots

	wasClean bool // the run before this one ended by itself

	view    atomic.Pointer[published]
	changed atomic.Pointer[chan struct{}]
	stats   counters
}

// tip is the end of what is committed: the number and hash of the last frame,
// and the lanes' heads.
type tip struct {
	Txn   uint64
	Hash  digest
	Heads map[string]journal.Position
}

type state int

const (
	serving state = iota
	stopped
	closed
)

// Faults an operator or caller meets. Codes are stable; every refusal to open
// names what is wrong and what to run.
var (
	errStopped    = fault.New(fault.Unavailable, "store.stopped", "存储出现故障，正在自检，请稍后重试；若持续出现请运行 edge doctor")
	errClosed     = fault.New(fault.Unavailable, "store.closed", "程序正在退出，请稍后重试")
	errUnknown    = fault.New(fault.Unavailable, "store.outcome.unknown", "保存结果未知，请原样重试")
	errPanic      = fault.New(fault.Internal, "store.update.panic", "系统内部错误，请稍后重试或联系管理员")
	errUpdateSize = fault.New(fault.TooLarge, "store.update.size", "单次保存的数据过大，请分批操作")
	errReserved   = fault.New(fault.Internal, "store.bucket.reserved", "系统内部错误，请联系管理员")
	errCorrupt    = fault.New(fault.Internal, "store.corrupt", "存储数据已损坏，未予采用；请运行 edge fsck 检查，并用 edge restore 恢复")
)

// Open opens the store in dir, verifies it and begins to serve. It fails with
// store.missing (nothing was ever enrolled here), store.locked, store.identity,
// store.foreign, store.lost, store.empty, store.truncated, store.rolledback,
// store.segment or store.corrupt; none of them is ever answered by a fresh
// store. What the segments have beyond bbolt's file is redone.
func Open(dir string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	lock, err := acquire(dir, opts.LockWait)
	if err != nil {
		return nil, err
	}
	s := &Store{
		dir: dir, opts: opts, lock: lock,
		ops: make(chan *op, maxGroup), quit: make(chan struct{}), done: make(chan struct{}), wake: make(chan struct{}, 1),
		own: newLayer(map[string]journal.Position{}),
	}
	s.room = newRoom(dir, opts)
	s.stats.broken = make(chan error, 1)
	if err := s.load(); err != nil {
		release(lock)
		return nil, err
	}
	s.room.prepare()
	s.publish()
	s.checks.Add(1)
	go s.flush()
	go s.write()
	return s, nil
}

// Dir is the store's directory; callers keep files of their own beside it.
func (s *Store) Dir() string { return s.dir }

// Close commits what was submitted, marks the store as cleanly closed and lets
// go of it. Further calls do nothing.
func (s *Store) Close() error {
	s.closed.Do(func() { close(s.quit) })
	<-s.done
	return nil
}

// Update runs fn in the writer and returns when its writes are durable. When
// fn or the store fails, nothing of it remains; two answers are different:
// store.stopped and store.outcome.unknown mean that the writes may yet appear,
// so the caller must be able to repeat them. Updates of this kind are refused
// for lack of disk space last of all (store.disk.full).
//
// fn must be quick, must not keep tx, and must not call the store otherwise.
func (s *Store) Update(ctx context.Context, fn func(tx *Tx) error) error {
	return s.submit(ctx, &op{fn: fn})
}

// UpdateBulk is Update for what can wait: it is refused with store.disk.low
// while the space kept for answers is touched.
func (s *Store) UpdateBulk(ctx context.Context, fn func(tx *Tx) error) error {
	return s.submit(ctx, &op{fn: fn, bulk: true})
}

// View runs fn over a consistent state of what is committed. It fails with
// store.corrupt when fn met a damaged value, whatever fn made of it. fn must be
// quick (a long one makes bbolt's file grow) and must not call Update.
func (s *Store) View(fn func(tx Reader) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.refusal(); err != nil {
		return err
	}
	return s.look(func(r *reading) error { return r.result(fn(r)) })
}

// look runs fn over one consistent state; s.mu is held.
func (s *Store) look(fn func(r *reading) error) error {
	return guarded(func() error {
		btx, over, err := s.begin()
		if err != nil {
			return err
		}
		defer func() { _ = btx.Rollback() }() // of a reading one, it cannot fail
		return fn(&reading{btx: btx, over: over, onCorrupt: s.noteCorrupt})
	})
}

// refusal is what to answer when the store does not serve; s.mu is held.
func (s *Store) refusal() error {
	switch s.state {
	case serving:
		return nil
	case stopped:
		return errStopped.With(s.cause)
	default:
		return errClosed
	}
}

func (s *Store) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}
