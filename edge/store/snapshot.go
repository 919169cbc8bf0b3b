package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"go.etcd.io/bbolt"
)

// A snapshot is a verified copy of bbolt's file as of one frame, from which
// older segments need not be replayed. Its name carries the frame's number.
func snapshotName(txn uint64) string { return fmt.Sprintf("%020d.db", txn) }

// keepSnapshots is how many are kept: the newest and one to fall back on.
const keepSnapshots = 2

// takeSnapshot copies a running bbolt into dir, verifies the copy and only then
// gives it its name.
func takeSnapshot(db *bbolt.DB, dir string, admit func(int64) error) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp := filepath.Join(dir, "new.tmp")
	defer func() { _ = os.Remove(tmp) }() // renamed, if all went well
	var at tip
	err := db.View(func(btx *bbolt.Tx) (err error) {
		if err = admit(btx.Size()); err != nil {
			return err
		}
		if at, _, err = readState(btx); err != nil {
			return err
		}
		return btx.CopyFile(tmp, 0o600)
	})
	if err != nil {
		return err
	}
	if _, err := verifyFile(tmp); err != nil {
		return err
	}
	if err := syncFile(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(dir, snapshotName(at.Txn))); err != nil {
		return err
	}
	pruneSnapshots(dir)
	return syncDir(dir)
}

// verifyFile opens a bbolt file that nobody writes and verifies all of it.
func verifyFile(path string) (tip, error) {
	db, err := openDB(path)
	if err != nil {
		return tip{}, err
	}
	defer closeQuietly(db)
	var at tip
	err = guarded(func() error {
		return db.View(func(btx *bbolt.Tx) (err error) {
			if at, _, err = readState(btx); err != nil {
				return err
			}
			return verify(btx, true).err()
		})
	})
	return at, err
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// snapshots lists the frames of which there are snapshots, oldest first.
func snapshots(dir string) []uint64 {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []uint64
	for _, e := range entries {
		var n uint64
		if _, err := fmt.Sscanf(e.Name(), "%020d.db", &n); err == nil && e.Name() == snapshotName(n) {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}

func newestSnapshot(storeDir string) uint64 {
	all := snapshots(filepath.Join(storeDir, snapshotDir))
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1]
}

func pruneSnapshots(dir string) {
	all := snapshots(dir)
	for len(all) > keepSnapshots {
		_ = os.Remove(filepath.Join(dir, snapshotName(all[0])))
		all = all[1:]
	}
}
