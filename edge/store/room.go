package store

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"huyun.internal/protocol/fault"
)

var (
	errLow  = fault.New(fault.Unavailable, "store.disk.low", "磁盘空间不足，已暂停下载和照片保存以保证答题保存，请尽快清理磁盘")
	errFull = fault.New(fault.Unavailable, "store.disk.full", "磁盘已满，本次未保存；请立即清理磁盘，清理后自动恢复")
)

// floorShare is the part of the reserve that stays untouched even by answers:
// bbolt needs room for the pages of one commit, and a marker has to be written.
const floorShare = 16

// room watches the disk. Bulk writes stop at the reserve, answers at the floor;
// between the two, the ballast file is given up, so that a disk filled by some
// other program still takes answers.
type room struct {
	dir     string
	reserve int64
	ballast int64

	free, total atomic.Int64
	full        atomic.Bool // the last vital write was refused
	held        atomic.Int64
}

func newRoom(dir string, o Options) *room {
	return &room{dir: dir, reserve: o.Reserve, ballast: max(o.Ballast, 0)}
}

func (r *room) floor() int64 { return r.reserve / floorShare }

// look reads the disk's free space, as an unprivileged program would see it.
func (r *room) look() int64 {
	var st unix.Statfs_t
	if err := unix.Statfs(r.dir, &st); err != nil {
		return r.free.Load() // the write itself will say what is wrong
	}
	free := int64(st.Bavail) * st.Bsize
	r.free.Store(free)
	r.total.Store(int64(st.Blocks) * st.Bsize)
	return free
}

// prepare makes the ballast if there is space to spare for it.
func (r *room) prepare() {
	path := filepath.Join(r.dir, ballastFile)
	if st, err := os.Stat(path); err == nil && st.Size() == r.ballast {
		r.held.Store(r.ballast)
		r.look()
		return
	}
	if r.ballast == 0 || r.look() < r.ballast+2*r.reserve {
		return
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return
	}
	err = errors.Join(unix.Fallocate(int(f.Fd()), 0, 0, r.ballast), f.Close())
	if err != nil {
		_ = os.Remove(path) // a file system without preallocation has no ballast; the reserve still holds
		return
	}
	r.held.Store(r.ballast)
	r.look()
}

// admit decides, once a group, whether bulk writes and whether any writes may be
// made.
func (r *room) admit() (bulk, vital error) {
	free := r.look()
	if free < r.reserve {
		bulk = errLow.Withf("%d bytes free", free)
	}
	if free < r.floor() {
		free = r.giveBallast()
	}
	r.full.Store(free < r.floor())
	if r.full.Load() {
		vital = errFull.Withf("%d bytes free", free)
	}
	return bulk, vital
}

// giveBallast frees the ballast file.
func (r *room) giveBallast() int64 {
	if r.held.Swap(0) > 0 {
		_ = os.Remove(filepath.Join(r.dir, ballastFile))
	}
	return r.look()
}

func (r *room) noteFull() { r.full.Store(true); r.giveBallast() }

// enough is asked before a stopped store tries again.
func (r *room) enough() error {
	_, err := r.admit()
	return err
}

// Admit says whether size more bytes of bulk (packages, photographs) may be
// written beside the store. It fails with store.disk.low.
func (s *Store) Admit(size int64) error {
	if free := s.room.look(); free < s.room.reserve+size {
		return errLow.Withf("%d bytes free, %d wanted", free, size)
	}
	return nil
}
