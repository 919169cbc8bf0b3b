package store

import (
	"sync/atomic"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// Health is what the doctor, the strip on the proctor's screen and the
// telemetry say about the store.
type Health struct {
	State      string       // serving | stopped | closed
	Fault      *fault.Error // why it is stopped; nil otherwise
	Node       string
	Txn        uint64
	Heads      map[string]journal.Position
	DiskFree   int64
	DiskTotal  int64
	Low        bool // bulk writes are refused
	Full       bool // answers are refused
	Corrupt    uint64
	LastDamage string    // the latest damaged value met, for the log and the doctor
	Verified   time.Time // when everything was last read and found right; zero: not yet
	Groups     uint64
	Updates    uint64
	LastCommit time.Duration
	WasClean   bool // the run before this one ended by itself
}

// published is what the writer lets others see without a lock.
type published struct {
	state    state
	cause    error
	node     string
	tip      tip
	wasClean bool
}

type counters struct {
	verifyLater  atomic.Bool
	snapshotting atomic.Bool
	broken       chan error
	groups       atomic.Uint64
	updates      atomic.Uint64
	lastCommit   atomic.Int64
	corrupt      atomic.Uint64
	lastDamage   atomic.Pointer[string]
	verified     atomic.Int64 // Unix seconds
}

func (c *counters) group(n int, took time.Duration) {
	c.groups.Add(1)
	c.updates.Add(uint64(n))
	c.lastCommit.Store(int64(took))
}

// publish is called by the writer, and by Open before there is one.
func (s *Store) publish() {
	s.view.Store(&published{state: s.state, cause: s.cause, node: s.id.Node, tip: s.tip, wasClean: s.wasClean})
	if old := s.changed.Swap(new(make(chan struct{}))); old != nil {
		close(*old)
	}
}

// Changed returns a channel that is closed at the next commit or change of
// state. Take it before looking at what it announces.
func (s *Store) Changed() <-chan struct{} { return *s.changed.Load() }

// noteCorrupt remembers that a damaged value was met and not served.
func (s *Store) noteCorrupt(err error) {
	text := err.Error()
	s.stats.corrupt.Add(1)
	s.stats.lastDamage.Store(&text)
	s.opts.Log.Error("store: damaged value refused", "err", err)
}

// Health never blocks on the disk beyond asking for its free space.
func (s *Store) Health() Health {
	p := s.view.Load()
	free := s.room.look()
	h := Health{
		State: [...]string{"serving", "stopped", "closed"}[p.state], Node: p.node, Txn: p.tip.Txn,
		Heads: mergeHeads(p.tip.Heads, nil), DiskFree: free, DiskTotal: s.room.total.Load(),
		Low: free < s.room.reserve, Full: s.room.full.Load(), Corrupt: s.stats.corrupt.Load(),
		Groups: s.stats.groups.Load(), Updates: s.stats.updates.Load(),
		LastCommit: time.Duration(s.stats.lastCommit.Load()), WasClean: p.wasClean,
	}
	if p.cause != nil {
		h.Fault = fault.From(p.cause)
	}
	if d := s.stats.lastDamage.Load(); d != nil {
		h.LastDamage = *d
	}
	if at := s.stats.verified.Load(); at != 0 {
		h.Verified = time.Unix(at, 0).UTC()
	}
	return h
}
