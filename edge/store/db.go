package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"huyun.internal/protocol/fault"
)

var (
	errLost      = fault.New(fault.Precondition, "store.lost", "存储文件丢失，未启动；请运行 edge restore 用备份段恢复，切勿重新注册")
	errEmpty     = fault.New(fault.Precondition, "store.empty", "存储文件是空的，未启动；请运行 edge restore 用备份段恢复，切勿重新注册")
	errTruncated = fault.New(fault.Precondition, "store.truncated", "存储文件被截断，未启动；请运行 edge restore 用备份段恢复")
)

// growBy is the step in which bbolt's file grows. Its default, 16 MiB, would
// make the first step larger than the whole store of a small venue.
const growBy = 4 << 20

// initialMap is the address space reserved for bbolt's file, so that growing
// does not wait for readers. It costs no memory.
const initialMap = 1 << 30

func boltOptions() *bbolt.Options {
	return &bbolt.Options{
		Timeout:         2 * time.Second,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: initialMap,
		NoStatistics:    true,
	}
}

// createDB makes a bbolt file, closes it and makes its name durable before
// anything is built on it: power loss during bbolt's own initialisation can
// leave a damaged file (bbolt README).
func createDB(path string, id Identity, at tip) error {
	db, err := bbolt.Open(path, 0o600, boltOptions())
	if err != nil {
		return err
	}
	js, err := json.Marshal(id)
	if err == nil {
		err = db.Update(func(btx *bbolt.Tx) error {
			return errors.Join(putMeta(btx, metaIdentity, js), putMeta(btx, metaTip, at.encode()))
		})
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// openDB opens bbolt's file after checks that bbolt does not make: a missing or
// empty file would become a fresh database, and one that is shorter than its
// own high-water mark would be read beyond its end.
func openDB(path string) (*bbolt.DB, error) {
	if err := precheck(path); err != nil {
		return nil, err
	}
	var db *bbolt.DB
	err := guarded(func() (err error) {
		if db, err = bbolt.Open(path, 0o600, boltOptions()); err == nil {
			db.AllocSize = growBy
		}
		return err
	})
	if err != nil && !fault.Is(err, errCorrupt.Code) {
		err = errCorrupt.With(err)
	}
	return db, err
}

// closePatience is how long closing a handle that has failed may take.
const closePatience = 5 * time.Second

// closeSoon closes a handle that may be in any state. One that does not close
// keeps bbolt's lock; opening again then fails by name until the process is
// started anew, which is better than waiting for ever.
func closeSoon(db *bbolt.DB) error {
	done := make(chan error, 1)
	go func() { done <- guarded(db.Close) }()
	select {
	case err := <-done:
		return err
	case <-time.After(closePatience):
		return errors.New("bbolt does not close")
	}
}

// closeQuietly closes a file that was only read.
func closeQuietly(db *bbolt.DB) { _ = guarded(db.Close) }

// Layout of bbolt's two meta pages (version 2), as far as it is needed here.
const (
	boltMagic      = 0xED0CDAED
	boltVersion    = 2
	boltPageHead   = 16
	boltMetaSize   = 64
	boltSumOffset  = 56
	boltMetaToRead = boltPageHead + boltMetaSize
)

func precheck(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return errLost.With(err)
	}
	if err != nil {
		return errOpen.With(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return errCorrupt.With(err)
	}
	if st.Size() == 0 {
		return errEmpty.Withf("0 bytes")
	}
	need, ok := int64(0), false
	for _, at := range metaOffsets(f) {
		size, valid := readMeta(f, at)
		ok = ok || valid
		if valid {
			need = max(need, size)
		}
	}
	if !ok {
		return errCorrupt.Withf("neither meta page is valid")
	}
	if st.Size() < need {
		return errTruncated.Withf("%d bytes, at least %d needed", st.Size(), need)
	}
	return nil
}

// metaOffsets: the second meta page lies one page in; the page size is in the
// first, and when that is damaged, the system's own is the likely one.
func metaOffsets(f *os.File) []int64 {
	b := make([]byte, boltMetaToRead)
	page := int64(os.Getpagesize())
	if _, err := f.ReadAt(b, 0); err == nil {
		p := int64(binary.NativeEndian.Uint32(b[boltPageHead+8:]))
		if _, valid := readMeta(f, 0); valid && p >= 512 && p <= 1<<20 {
			page = p
		}
	}
	return []int64{0, page}
}

// readMeta returns the file size that a valid meta page implies.
func readMeta(f *os.File, at int64) (int64, bool) {
	b := make([]byte, boltMetaToRead)
	if _, err := f.ReadAt(b, at); err != nil {
		return 0, false
	}
	m := b[boltPageHead:]
	h := fnv.New64a()
	_, _ = h.Write(m[:boltSumOffset])
	if binary.NativeEndian.Uint32(m) != boltMagic || binary.NativeEndian.Uint32(m[4:]) != boltVersion ||
		h.Sum64() != binary.NativeEndian.Uint64(m[boltSumOffset:]) {
		return 0, false
	}
	page, high := int64(binary.NativeEndian.Uint32(m[8:])), int64(binary.NativeEndian.Uint64(m[40:]))
	if page <= 0 || high <= 0 || high > 1<<40/page {
		return 0, false
	}
	return page * high, true
}

// dropCache makes the next reads come from the disk. After a failed sync the
// page cache may hold what the disk does not; verifying that would prove
// nothing. It is advice only, so failure is no error.
func dropCache(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
