package stack

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Files of a stack's folder.
const (
	lockName = "stack.lock"
	// unfinished lies there until a demonstration's data are all in.
	unfinished = "unfinished"
)

// occupy makes the folder this stack's own for as long as the program lives:
// another stack on the same folder is refused, what a killed one left running
// is stopped, and half a demonstration is cleared away.
func (s *Stack) occupy() error {
	err := os.MkdirAll(s.Dir, 0o755) //nolint:gosec // the database's user passes through
	if err != nil {
		return err
	}
	s.lock, err = os.OpenFile(filepath.Join(s.Dir, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return fmt.Errorf("目录 %s 正由另一个已启动的系统使用；请先停止它，或用环境变量 HUYUN_RUN_DIR 换一个目录", s.Dir)
	}
	for _, p := range []*Proc{s.Edge, s.Cloud} {
		err = s.endOrphan(p)
		if err != nil {
			return err
		}
	}
	if s.Once {
		return s.discardUnfinished()
	}
	return nil
}

// endOrphan stops the process that an earlier stack started under this name and
// could not stop, because it was killed itself.
func (s *Stack) endOrphan(p *Proc) error {
	pid := p.PID()
	if pid == 0 {
		return nil
	}
	s.Say("上次启动的 %s（进程 %d）还在运行，先停止它 …", p.Name, pid)
	_ = syscall.Kill(pid, syscall.SIGCONT) // a held one does not hear
	_ = syscall.Kill(pid, syscall.SIGINT)
	if p.orphanEnds() {
		return nil
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL) // its group, as Kill does
	if p.orphanEnds() {
		return nil
	}
	return fmt.Errorf("%s（进程 %d）停不下来，请手工结束它", p.Name, pid)
}

// orphanEnds waits for what is no child of ours, and so gives no signal.
func (p *Proc) orphanEnds() bool {
	tick, end := time.NewTicker(50*time.Millisecond), time.After(stopGrace)
	defer tick.Stop()
	for p.PID() != 0 {
		select {
		case <-tick.C:
		case <-end:
			return false
		}
	}
	return true
}

// PID is the process that the pid file names, as long as it runs: the one that
// was started then, told by the moment it began. A number that somebody else
// has by now is 0.
func (p *Proc) PID() int {
	raw, err := os.ReadFile(p.pidPath())
	if err != nil {
		return 0
	}
	number, began, _ := strings.Cut(strings.TrimSpace(string(raw)), " ")
	pid, err := strconv.Atoi(number)
	if err != nil || pid <= 1 {
		return 0
	}
	now, err := birth(pid)
	if err != nil || now != began {
		return 0
	}
	return pid
}

func (p *Proc) pidPath() string { return filepath.Join(p.Dir, p.Name+".pid") }

// notePID writes down who was started, for a later stack to find. One that has
// ended already leaves a number that is nobody's.
func (p *Proc) notePID(pid int) error {
	began, err := birth(pid)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(p.pidPath(), fmt.Appendf(nil, "%d %s\n", pid, began), 0o600)
}

// birth tells a running process from every other that ever has its number: the
// machine's start and the clock ticks from there, which no exec changes (proc(5),
// stat, field 22). One that has ended and only waits to be counted is an error.
func birth(pid int) (string, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The second field is the name in brackets, which may hold anything.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 || strings.Contains("ZX", fields[0]) {
		return "", fs.ErrNotExist
	}
	return fields[19] + " " + strings.TrimSpace(string(boot)), nil
}

// discardUnfinished begins anew where a first start was interrupted: half a
// demonstration holds nothing of anybody's and cannot be gone on with.
func (s *Stack) discardUnfinished() error {
	mark := filepath.Join(s.Dir, unfinished)
	if _, err := os.Stat(mark); err == nil {
		s.Say("上次首次启动没有完成，重新建立演示数据 …")
		entries, err := os.ReadDir(s.Dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.Name() != lockName {
				err = errors.Join(err, os.RemoveAll(filepath.Join(s.Dir, e.Name())))
			}
		}
		if err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(s.Dir, "demo.json")); err == nil {
		return nil
	}
	return os.WriteFile(mark, nil, 0o600)
}

// Finished says that the demonstration's data are all in.
func (s *Stack) Finished() error {
	err := os.Remove(filepath.Join(s.Dir, unfinished))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
