package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"huyun.internal/protocol/fault"
)

// lockPoll is how often a waiting Open tries again. Waiting only bridges the
// moment between one process ending and its successor starting.
const lockPoll = 20 * time.Millisecond

// acquire takes the folder's lock or fails with store.locked, naming the
// process that has it. The kernel lets go of it when a process dies, however
// it dies, so a stale lock does not exist.
func acquire(dir string, wait time.Duration) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errMissing.Withf("%s", dir)
	}
	if err != nil {
		return nil, errOpen.With(err)
	}
	for deadline := time.Now().Add(wait); ; {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil || !time.Now().Before(deadline) {
			break
		}
		<-time.After(lockPoll)
	}
	if err != nil {
		holder, _ := io.ReadAll(io.LimitReader(f, 16))
		_ = f.Close()
		return nil, fault.Conflictf("store.locked", "存储正被进程 %s 使用，不能同时启动两个程序；请先停止该进程",
			strings.TrimSpace(string(holder))).With(err)
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(f, "%d\n", os.Getpid()) // a help for people; a full disk must not keep us out
	}
	return f, nil
}

// release unlocks by word: a child that is being started at this moment has a copy
// of the descriptor, and closing ours alone would leave the store locked.
func release(f *os.File) {
	_ = unix.Flock(int(f.Fd()), unix.LOCK_UN)
	_ = f.Close()
}
