package store

import (
	"fmt"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// Report is what Fsck found, for a technician and for the log.
type Report struct {
	Node      string
	Store     string
	Txn       uint64 // last frame in bbolt's file
	Reached   uint64 // last frame that can be had from file, snapshots and segments
	Heads     map[string]journal.Position
	Values    int // values and records read in bbolt's file
	Segments  []SegmentReport
	Snapshots []uint64
	Findings  []Finding
	// Opens is nil when Open would serve, and its fault otherwise.
	Opens *fault.Error
	// Kept says where Restore put the files it replaced.
	Kept string
}

// Finding is one thing that is not as it should be.
type Finding struct {
	Part string // marker | file | segment | snapshot
	Text string
}

// OK reports whether nothing at all is wrong.
func (r Report) OK() bool { return len(r.Findings) == 0 && r.Opens == nil }

func (r *Report) find(part, format string, args ...any) {
	r.Findings = append(r.Findings, Finding{Part: part, Text: fmt.Sprintf(format, args...)})
}

// Fsck reads everything in a store that no process is using and changes
// nothing. It fails only when it cannot look: store.missing, store.locked.
func Fsck(dir string) (Report, error) {
	lock, err := acquire(dir, time.Second)
	if err != nil {
		return Report{}, err
	}
	defer release(lock)
	if !storeTraces(dir) {
		return Report{}, errMissing.Withf("%s", dir)
	}
	return inspect(dir)
}

func inspect(dir string) (Report, error) {
	var r Report
	id, idErr := loadIdentity(dir)
	if idErr != nil {
		r.find("marker", "%v", idErr)
	}
	r.Node, r.Store = id.Node, id.Store
	at, values, err := inspectDB(filepath.Join(dir, dbFile), id)
	if err != nil {
		r.find("file", "%v", err)
	}
	r.Txn, r.Heads, r.Values, r.Reached = at.Txn, at.Heads, values, at.Txn
	if r.Segments, err = inspectSegments(dir); err != nil {
		return r, err
	}
	for i, s := range r.Segments {
		r.Reached = max(r.Reached, s.Last)
		unfinished := s.Torn && i == len(r.Segments)-1 // the end of a crash, which opening cuts off
		if s.Problem != "" && !unfinished {
			r.find("segment", "segment %d: %s", s.Number, s.Problem)
		}
	}
	for _, n := range snapshots(filepath.Join(dir, snapshotDir)) {
		r.Snapshots = append(r.Snapshots, n)
		if _, err := verifyFile(filepath.Join(dir, snapshotDir, snapshotName(n))); err != nil {
			r.find("snapshot", "snapshot %d: %v", n, err)
		}
	}
	if err := wouldOpen(dir, id, idErr); err != nil {
		r.Opens = fault.From(err)
	}
	return r, nil
}

// Look reads the file of a store that no process is using and changes nothing.
// What segments hold beyond the file, after a crash, fn does not see; the next
// start puts it in. It fails as Open does when the file cannot be read.
func Look(dir string, fn func(r Reader) error) error {
	lock, err := acquire(dir, time.Second)
	if err != nil {
		return err
	}
	defer release(lock)
	path := filepath.Join(dir, dbFile)
	if err := precheck(path); err != nil {
		return err
	}
	opts := boltOptions()
	opts.ReadOnly, opts.PreLoadFreelist = true, true
	return guarded(func() error {
		db, err := bbolt.Open(path, 0o600, opts)
		if err != nil {
			return errCorrupt.With(err)
		}
		defer closeQuietly(db)
		return db.View(func(btx *bbolt.Tx) error {
			r := &reading{btx: btx, onCorrupt: func(error) {}}
			return r.result(fn(r))
		})
	})
}

// inspectDB reads the file without writing to it.
func inspectDB(path string, id identity) (at tip, values int, err error) {
	if err := precheck(path); err != nil {
		return tip{}, 0, err
	}
	opts := boltOptions()
	opts.ReadOnly, opts.PreLoadFreelist = true, true
	err = guarded(func() error {
		db, err := bbolt.Open(path, 0o600, opts)
		if err != nil {
			return errCorrupt.With(err)
		}
		defer closeQuietly(db)
		return db.View(func(btx *bbolt.Tx) error {
			if at, _, err = readState(btx); err != nil {
				return err
			}
			if err := belongs(btx, id); err != nil {
				return err
			}
			f := verify(btx, true)
			values = f.values
			return f.err()
		})
	})
	return at, values, err
}

// wouldOpen goes through what Open checks, on paper: nothing is redone or cut.
func wouldOpen(dir string, id identity, idErr error) error {
	if idErr != nil {
		return idErr
	}
	path := filepath.Join(dir, dbFile)
	if err := precheck(path); err != nil {
		return err
	}
	opts := boltOptions()
	opts.ReadOnly, opts.PreLoadFreelist = true, true
	return guarded(func() error {
		db, err := bbolt.Open(path, 0o600, opts)
		if err != nil {
			return errCorrupt.With(err)
		}
		defer closeQuietly(db)
		s := &Store{dir: dir, opts: Options{Clock: clock.System()}.withDefaults()}
		l := &loader{store: s, id: id, db: db, look: true}
		defer func() { l.seg.close() }()
		return l.run()
	})
}
