package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

const patient = 20 * time.Second

// failing is a disk that fails while it is told to.
type failing struct{ atomic.Bool }

func (f *failing) fault() error {
	if f.Load() {
		return syscall.EIO
	}
	return nil
}

func saveOnce(t *testing.T, s *store.Store, key string) error {
	return s.Update(t.Context(), func(tx *store.Tx) error {
		tx.Put("b", key, []byte("1"))
		_, err := tx.Append(journal.LaneExam, "k", key, 1)
		return err
	})
}

// A sync that fails ends all acknowledgement until the store has verified
// itself from the disk; then it serves again, and what was refused may be there
// but what was acknowledged is.
func TestAFailedSyncStopsAndVerifies(t *testing.T) {
	t.Parallel()
	dir := create(t)
	var disk failing
	ck := clock.NewTest(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	s, err := store.Open(dir, store.Options{Node: node, Ballast: -1, Clock: ck}.FailSync(disk.fault))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	put(t, s, "b", "before", "1")
	disk.Store(true)
	err = saveOnce(t, s, "unknown")
	require.True(t, fault.Is(err, "store.stopped"), "%v", err)
	require.ErrorIs(t, err, syscall.EIO)
	require.Equal(t, fault.Unavailable, fault.KindOf(err))
	stoppedAndBack(t, s, ck, &disk)
	require.NoError(t, saveOnce(t, s, "unknown"), "the caller repeats")
	require.NoError(t, saveOnce(t, s, "after"))
	require.NoError(t, s.Close())
	again := open(t, dir)
	require.Equal(t, "1", get(t, again, "b", "unknown"))
	require.Equal(t, "1", get(t, again, "b", "after"))
	require.Empty(t, get(t, again, "b", "later"))
}

// stoppedAndBack checks that a stopped store shows and takes nothing, and that
// it serves again, with what was saved before, when the disk does.
func stoppedAndBack(t *testing.T, s *store.Store, ck *clock.Test, disk *failing) {
	t.Helper()
	require.True(t, fault.Is(saveOnce(t, s, "later"), "store.stopped"), "no acknowledgement from this handle")
	require.True(t, fault.Is(s.View(func(store.Reader) error { return nil }), "store.stopped"), "nothing unverified is shown")
	require.Equal(t, "stopped", s.Health().State)
	require.NotNil(t, s.Health().Fault)
	disk.Store(false)
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	require.NoError(t, ck.Await(ctx, 2)) // the maintenance ticker and the retry
	changed := s.Changed()
	ck.Advance(time.Second)
	<-changed
	require.Equal(t, "serving", s.Health().State)
	require.Equal(t, "1", get(t, s, "b", "before"))
}

// A checkpoint that fails stops the store just so; what was acknowledged before
// it is in the segments, and is redone from there.
func TestAFailedCheckpointLosesNothing(t *testing.T) {
	t.Parallel()
	dir := create(t)
	var disk failing
	ck := clock.NewTest(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC))
	s, err := store.Open(dir, store.Options{Node: node, Ballast: -1, Clock: ck, Checkpoint: time.Millisecond}.FailCommit(disk.fault))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	put(t, s, "b", "before", "1")
	disk.Store(true)
	acked := 0
	for err == nil {
		if err = saveOnce(t, s, fmt.Sprint("acked-", acked)); err == nil {
			acked++
		}
	}
	require.True(t, fault.Is(err, "store.stopped"), "%v", err)
	require.ErrorIs(t, err, syscall.EIO)
	require.Positive(t, acked, "the segments are sound")
	stoppedAndBack(t, s, ck, &disk)
	for i := range acked {
		require.Equal(t, "1", get(t, s, "b", fmt.Sprint("acked-", i)))
	}
	require.NoError(t, saveOnce(t, s, "after"))
	require.NoError(t, s.Close())
	again := open(t, dir)
	require.Equal(t, "1", get(t, again, "b", "after"))
	require.Equal(t, "1", get(t, again, "b", fmt.Sprint("acked-", acked-1)))
}

// tmpfs mounts a small disk of its own, which takes root.
func tmpfs(t *testing.T, megabytes int) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("a small disk to fill can only be mounted by root")
	}
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes))
	if err != nil {
		t.Skipf("this machine does not allow mounting: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// Another program fills the disk: bulk is refused first, then the ballast gives
// way, then answers are refused by name; when space returns, all by itself it
// goes on, and nothing acknowledged is missing.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tmpfs(t, 48), "store")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, store.Create(dir, store.Identity{Node: node}))
	opts := store.Options{Node: node, Reserve: 8 << 20, Ballast: 8 << 20}
	s, err := store.Open(dir, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.FileExists(t, filepath.Join(dir, "ballast"))
	require.NoError(t, s.Admit(1<<20))

	acked := map[string]string{}
	save := func(i int) error {
		key, val := fmt.Sprintf("k%06d", i), string(make([]byte, 4000))
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			tx.Put("b", key, []byte(val))
			_, err := tx.Append(journal.LaneExam, "k", key, i)
			return err
		})
		if err == nil {
			acked[key] = val
		}
		return err
	}
	bulk := func() error {
		return s.UpdateBulk(t.Context(), func(tx *store.Tx) error { tx.Put("photo", "p", make([]byte, 1000)); return nil })
	}
	require.NoError(t, save(0))
	require.NoError(t, bulk())
	filler := filepath.Join(filepath.Dir(dir), "filler")
	fillTo(t, filler, 4<<20)
	require.True(t, fault.Is(bulk(), "store.disk.low"), "%v", bulk())
	require.True(t, fault.Is(s.Admit(1), "store.disk.low"))
	require.True(t, s.Health().Low)
	require.NoError(t, save(1), "answers go on")
	fillTo(t, filler, 0)
	require.NoError(t, save(2), "the ballast gives way")
	require.NoFileExists(t, filepath.Join(dir, "ballast"))

	full := -1
	for i := 3; i < 20000 && full < 0; i++ {
		if i%200 == 0 {
			fillTo(t, filler, 300<<10)
		}
		if err := save(i); err != nil {
			require.True(t, fault.Is(err, "store.disk.full"), "%v", err)
			require.Equal(t, fault.Unavailable, fault.KindOf(err))
			full = i
		}
	}
	require.Positive(t, full, "it filled up")
	require.True(t, s.Health().Full)
	for k := range acked {
		require.Len(t, get(t, s, "b", k), 4000)
	}
	require.NoError(t, os.Remove(filler))
	require.NoError(t, save(full), "it resumes unaided")
	require.False(t, s.Health().Full)
	require.NoError(t, s.Close())
	again, err := store.Open(dir, opts)
	require.NoError(t, err)
	holds(t, again, acked)
	require.NoError(t, again.Close())
}

// fillTo grows a file until the disk has only left bytes.
func fillTo(t *testing.T, path string, left int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)
	defer f.Close()
	buf := make([]byte, 64<<10)
	for {
		var st syscall.Statfs_t
		require.NoError(t, syscall.Statfs(filepath.Dir(path), &st))
		if int64(st.Bavail)*st.Bsize <= left {
			return
		}
		if _, err := f.Write(buf); err != nil {
			require.True(t, errors.Is(err, syscall.ENOSPC), "%v", err)
			return
		}
	}
}

// The check before a write can be wrong: somebody else may take the last bytes
// in between. With no floor at all the disk itself says no, in the segment or
// inside bbolt, and the store must come through that as well.
func TestADiskThatReallyIsFull(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tmpfs(t, 24), "store")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, store.Create(dir, store.Identity{Node: node}))
	opts := store.Options{Node: node, Reserve: 1, Ballast: -1}
	s, err := store.Open(dir, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	acked, unknown := map[string]string{}, map[string]string{}
	save := func(i int) error {
		key, val := fmt.Sprintf("k%06d", i), string(make([]byte, 3000))
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			tx.Put("b", key, []byte(val))
			_, err := tx.Append(journal.LaneExam, "k", key, i)
			return err
		})
		if err == nil {
			acked[key] = val
		} else {
			unknown[key] = val
		}
		return err
	}
	filler := filepath.Join(filepath.Dir(dir), "filler")
	i := 0
	for round := range 5 {
		fillTo(t, filler, int64(100+round*77)<<10)
		err = nil
		for ; err == nil; i++ {
			err = save(i)
		}
		require.Equal(t, fault.Unavailable, fault.KindOf(err), "%v", err)
		require.NoError(t, os.Remove(filler))
		require.Eventually(t, func() bool { i++; return save(i) == nil }, patient, 10*time.Millisecond, "it resumes unaided")
		for k := range acked {
			require.Len(t, get(t, s, "b", k), 3000)
		}
	}
	require.NoError(t, s.Close())
	again, err := store.Open(dir, opts)
	require.NoError(t, err)
	require.NoError(t, again.View(func(r store.Reader) error {
		return r.Scan("b", "", func(k string, _ []byte) error {
			if _, ok := unknown[k]; ok {
				acked[k] = unknown[k] // refused, and yet there: the caller was told that it may be
			}
			return nil
		})
	}))
	holds(t, again, acked)
	require.NoError(t, again.Close())
}
