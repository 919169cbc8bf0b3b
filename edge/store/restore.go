package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// errIncomplete: the parts that are left do not reach what is known to have
// been saved. Only a person may decide to go on without the rest.
var errIncomplete = fault.New(fault.Precondition, "store.restore.incomplete",
	"备份段不完整，恢复后会缺少部分已保存的数据；请先联系中心，确认可由中心与考试机补齐后，再以“允许缺失”方式恢复")

// damagedDir is where Restore moves what it replaces. It deletes nothing.
const damagedDir = "damaged"

const newFile = dbFile + ".new"

// RestoreOptions of a Restore.
type RestoreOptions struct {
	// AllowLoss restores as far as the parts reach even when that is known not
	// to be everything.
	AllowLoss bool
}

// Restore rebuilds a store that Open refuses: the state from the best of
// bbolt's own file, the snapshots and the beginning, brought forward by the
// segments; then a fresh segment and a fresh marker. Nothing is replaced before
// the new file has been verified whole, and what is replaced is kept. It fails
// with store.missing, store.locked, store.disk.low or store.restore.incomplete.
func Restore(dir string, opts RestoreOptions) (Report, error) {
	lock, err := acquire(dir, time.Second)
	if err != nil {
		return Report{}, err
	}
	defer release(lock)
	if !storeTraces(dir) {
		return Report{}, errMissing.Withf("%s", dir)
	}
	r := &restoring{dir: dir}
	if err := r.identify(); err != nil {
		return Report{}, err
	}
	if err := r.choose(); err != nil {
		return Report{}, err
	}
	if r.best.reached.Txn < r.known && !opts.AllowLoss {
		rep, _ := inspect(dir)
		return rep, errIncomplete.Withf("reaches %d, known %d: %v", r.best.reached.Txn, r.known, r.best.problem)
	}
	if err := r.build(); err != nil {
		return Report{}, err
	}
	if err := r.swap(); err != nil {
		return Report{}, err
	}
	rep, err := inspect(dir)
	rep.Kept = r.kept
	return rep, err
}

// base is a state to begin from, and how far the segments carry it.
type base struct {
	path    string // "" = an empty store
	at      tip
	reached tip
	problem error
}

type restoring struct {
	dir   string
	id    Identity
	known uint64 // a frame that certainly existed
	best  base
	kept  string
}

// identify learns whose store this is from any part that still says so.
func (r *restoring) identify() error {
	if id, err := loadIdentity(r.dir); err == nil {
		r.id, r.known = id.Identity, id.Mark.Txn
		return nil
	}
	segments, err := inspectSegments(r.dir)
	if err != nil {
		return err
	}
	for _, s := range segments {
		if sc, err := openSegment(segmentPath(r.dir, s.Number)); err == nil {
			r.id = Identity{Node: sc.head.Node, Store: sc.head.Store, Created: sc.head.Created}
			sc.close()
			return nil
		}
	}
	db, err := openDB(filepath.Join(r.dir, dbFile))
	if err != nil {
		return errIdentity.With(err)
	}
	defer closeQuietly(db)
	return guarded(func() error {
		return db.View(func(btx *bbolt.Tx) (err error) { r.id, err = identityIn(btx); return err })
	})
}

// choose tries every base and takes the one that comes furthest.
func (r *restoring) choose() error {
	found := false
	consider := func(path string, at tip) error {
		reached, problem, err := replay(r.dir, r.id.Store, at, func(f frame) error {
			r.known = max(r.known, f.txn)
			return nil
		})
		if err != nil {
			return err
		}
		if problem != nil && path == "" && reached.Txn == 0 {
			return nil // the beginning is no longer here
		}
		if !found || reached.Txn > r.best.reached.Txn {
			r.best, found = base{path: path, at: at, reached: reached, problem: problem}, true
		}
		return nil
	}
	live := filepath.Join(r.dir, dbFile)
	at, err := r.verified(live)
	if !fault.Is(err, errForeign.Code) {
		r.known = max(r.known, at.Txn) // even a damaged file's tip proves itself
	}
	if err == nil {
		if err := consider(live, at); err != nil {
			return err
		}
	}
	all := snapshots(filepath.Join(r.dir, snapshotDir))
	for i := len(all) - 1; i >= 0; i-- {
		path := filepath.Join(r.dir, snapshotDir, snapshotName(all[i]))
		if at, err := r.verified(path); err == nil {
			if err := consider(path, at); err != nil {
				return err
			}
		}
	}
	if err := consider("", tip{Heads: map[string]journal.Position{}}); err != nil {
		return err
	}
	if !found {
		return errIncomplete.Withf("no part of the store can be read")
	}
	segments, err := inspectSegments(r.dir)
	for _, s := range segments {
		r.known = max(r.known, s.Last)
		if s.Problem != "" && !s.Torn {
			r.known = max(r.known, s.Last+1) // there was more
		}
	}
	return err
}

// verified reads the whole of a file and makes sure that it is ours.
func (r *restoring) verified(path string) (tip, error) {
	at, _, err := inspectDB(path, identity{Identity: r.id})
	return at, err
}

// build makes the new file beside the old one and verifies it.
func (r *restoring) build() error {
	path := filepath.Join(r.dir, newFile)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	var err error
	if r.best.path == "" {
		err = createDB(path, r.id, r.best.at)
	} else {
		err = copyFile(r.best.path, path)
	}
	if err != nil {
		return err
	}
	if err := r.forward(path); err != nil {
		return err
	}
	at, err := verifyFile(path)
	if err != nil {
		return err
	}
	if at.Txn != r.best.reached.Txn || at.Hash != r.best.reached.Hash {
		return errCorrupt.Withf("restored to %d instead of %d", at.Txn, r.best.reached.Txn)
	}
	r.best.reached = at
	return syncFile(path)
}

// framesPerCommit trades memory for speed; nobody is served meanwhile.
const framesPerCommit = 500

func (r *restoring) forward(path string) error {
	opts := boltOptions()
	opts.NoSync = true // build syncs the finished file
	db, err := bbolt.Open(path, 0o600, opts)
	if err != nil {
		return err
	}
	defer closeQuietly(db)
	var btx *bbolt.Tx
	at, pending := r.best.at, 0
	all := sums{}
	if err := db.View(func(btx *bbolt.Tx) (err error) { _, all, err = readState(btx); return err }); err != nil {
		return err
	}
	commit := func() error {
		if btx == nil {
			return nil
		}
		err := btx.Commit()
		btx, pending = nil, 0
		return err
	}
	_, _, err = replay(r.dir, r.id.Store, r.best.at, func(f frame) error {
		if btx == nil {
			if btx, err = db.Begin(true); err != nil {
				return err
			}
		}
		after := f.after(at)
		if err := f.body.apply(btx, at, after, all); err != nil {
			return err
		}
		at = after
		if pending++; pending >= framesPerCommit {
			return commit()
		}
		return nil
	})
	if err != nil {
		if btx != nil {
			_ = btx.Rollback()
		}
		return err
	}
	return commit()
}

// swap puts the new file in place, begins a fresh segment behind it and writes
// the marker last. Interrupted anywhere, it can be run again.
func (r *restoring) swap() error {
	r.kept = filepath.Join(r.dir, damagedDir, time.Now().UTC().Format("20060102T150405.000000000"))
	if err := os.MkdirAll(r.kept, 0o700); err != nil {
		return err
	}
	segments, err := inspectSegments(r.dir)
	if err != nil {
		return err
	}
	next := uint64(1)
	for _, s := range segments {
		next = max(next, s.Number+1)
	}
	for _, name := range []string{dbFile, markFile} {
		if err := keep(filepath.Join(r.dir, name), r.kept); err != nil {
			return err
		}
	}
	if err := os.Rename(filepath.Join(r.dir, newFile), filepath.Join(r.dir, dbFile)); err != nil {
		return err
	}
	for _, s := range segments {
		if s.Problem != "" && !s.Torn || s.Last > r.best.reached.Txn {
			if err := keep(segmentPath(r.dir, s.Number), r.kept); err != nil {
				return err
			}
		}
	}
	if err := r.anchor(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.dir, segmentDir), 0o700); err != nil {
		return err
	}
	at := r.best.reached
	seg, err := createSegment(r.dir, segmentHead{Store: r.id.Store, Node: r.id.Node, Created: r.id.Created, Number: next, Before: at})
	if err != nil {
		return err
	}
	defer seg.close()
	marker := identity{Version: identityVersion, Identity: r.id, High: at.Heads, Mark: seg.mark(at)}
	return marker.save(r.dir)
}

// anchor takes a snapshot of the restored state when the segments alone no
// longer lead there, so that there are two copies of everything again.
func (r *restoring) anchor() error {
	reached, _, err := replay(r.dir, r.id.Store, tip{}, func(frame) error { return nil })
	if err != nil || reached.Txn >= r.best.reached.Txn {
		return err
	}
	dir := filepath.Join(r.dir, snapshotDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, snapshotName(r.best.reached.Txn))
	if err := copyFile(filepath.Join(r.dir, dbFile), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// keep moves a file out of the way; one that is not there needs no moving.
func keep(path, to string) error {
	err := os.Rename(path, filepath.Join(to, filepath.Base(path)))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copy %s: %w", filepath.Base(from), err)
	}
	return nil
}
