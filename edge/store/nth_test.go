package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// flowEnv makes the test binary go once through everything that writes: create,
// open, save with rotation of segments and markers, close.
const (
	flowEnv   = "STORE_TEST_FLOW"
	flowSaves = 12
)

func flow(dir string) {
	err := store.Create(dir, store.Identity{Node: node})
	if err != nil && !fault.Is(err, "store.exists") {
		fmt.Println("refused", fault.From(err).Code)
		return
	}
	fmt.Println("created")
	s, err := store.Open(dir, store.Options{Node: node, Ballast: -1, SegmentSize: 2 << 10, Checkpoint: time.Millisecond})
	if err != nil {
		fmt.Println("refused", fault.From(err).Code)
		return
	}
	for i := range flowSaves {
		key := fmt.Sprintf("k%02d", i)
		for try := 0; ; try++ {
			err = s.Update(context.Background(), func(tx *store.Tx) error {
				tx.Put("b", key, []byte("value of "+key))
				if tx.Get("once", key) == nil {
					tx.Put("once", key, []byte("1"))
					_, err := tx.Append(journal.LaneExam, "k", key, strings.Repeat("x", 300))
					return err
				}
				return nil
			})
			if err == nil {
				fmt.Println("ack", key)
				break
			}
			if try == 30 {
				fmt.Println("gave-up", err)
				return
			}
			<-time.After(100 * time.Millisecond) // stopped: it verifies itself every second
		}
	}
	_ = s.Close()
	fmt.Println("done")
}

// inject runs the flow with one system call tampered with at its n-th time.
func inject(t *testing.T, dir, calls, what string, n int) (acked []string, said map[string]bool) {
	t.Helper()
	cmd := exec.Command("strace", "-f", "-q", "-o", "/dev/null", "-e", "trace="+calls,
		"-e", fmt.Sprintf("inject=%s:%s:when=%d", calls, what, n), os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), flowEnv+"="+dir, "GOMAXPROCS=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	said = map[string]bool{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		said[word] = true
		if word == "ack" {
			acked = append(acked, rest)
		}
		if word == "refused" || word == "gave-up" {
			t.Logf("%s n=%d: %s %s", what, n, word, rest)
		}
	}
	_ = cmd.Wait() // mostly killed
	return acked, said
}

// whole checks a store after the flow was disturbed: every acknowledged save is
// there, and the flow, run again undisturbed, comes to its end.
func whole(t *testing.T, dir string, acked []string, created bool, n int) {
	t.Helper()
	s, err := store.Open(dir, store.Options{Node: node, Ballast: -1})
	if !created && err != nil {
		require.True(t, fault.Is(err, "store.missing"), "n=%d: %v", n, err)
		require.NoError(t, store.Create(dir, store.Identity{Node: node}), "an interrupted creation begins again, n=%d", n)
		s, err = store.Open(dir, store.Options{Node: node, Ballast: -1})
	}
	require.NoError(t, err, "n=%d", n)
	defer func() { require.NoError(t, s.Close()) }()
	recs, err := s.Journal(journal.LaneExam).Read(1, 1000, 1<<20)
	require.NoError(t, err)
	seen := map[string]int{}
	for _, r := range recs {
		seen[r.Subject]++
	}
	for _, key := range acked {
		require.Equal(t, "value of "+key, get(t, s, "b", key), "n=%d", n)
		require.Equal(t, 1, seen[key], "n=%d: exactly once", n)
	}
}

// steps is how many of the n are looked at: all of them when STORE_NTH is set,
// as before a release.
func steps(t *testing.T) int {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed: the n-th system call cannot be tampered with")
	}
	if os.Getenv("STORE_NTH") != "" {
		return 1
	}
	if testing.Short() {
		return 17
	}
	return 13
}

// Killed at the first, second, n-th call that changes the disk, until the flow
// runs through untouched (reliability.md K2).
func TestKilledAtTheNthCall(t *testing.T) {
	t.Parallel()
	step := steps(t)
	const calls = "pwrite64,write,fdatasync,fsync,renameat,renameat2,ftruncate,unlinkat,mkdirat"
	for n := 1; n < 400; n += step {
		dir := t.TempDir()
		acked, said := inject(t, dir, calls, "signal=SIGKILL", n)
		if said["done"] {
			t.Logf("through after %d calls", n)
			return
		}
		whole(t, dir, acked, said["created"], n)
	}
	t.Fatal("never came through")
}

// The n-th sync or write fails with EIO: an explicit refusal, never a false
// acknowledgement, and the store comes back by itself (D2).
func TestTheNthCallFails(t *testing.T) {
	t.Parallel()
	step := steps(t)
	for _, call := range []string{"fdatasync", "pwrite64"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			for n := 1; n < 200; n += step {
				dir := t.TempDir()
				acked, said := inject(t, dir, call, "error=EIO", n)
				whole(t, dir, acked, said["created"], n)
				if len(acked) == flowSaves && n > 3*flowSaves+10 {
					return
				}
			}
		})
	}
}
