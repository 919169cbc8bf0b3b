package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// memoryHits counts the needles that stand in the writable memory of a process
// as they are, and the bytes it looked at.
func memoryHits(pid int, needles []string) (hits int, looked int64, err error) {
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return 0, 0, err
	}
	defer mem.Close()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, 0, err
	}
	defer maps.Close()
	found := map[string]bool{}
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to int64
		var mode string
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); n != 3 || !strings.HasPrefix(mode, "rw") {
			continue
		}
		n, err := searchRegion(io.NewSectionReader(mem, from, to-from), needles, found)
		if err != nil {
			return 0, 0, err
		}
		looked += n
	}
	return len(found), looked, nil
}

// searchRegion reads a region in pieces that overlap, so that no needle lies
// across two.
func searchRegion(r io.Reader, needles []string, found map[string]bool) (looked int64, err error) {
	const piece, overlap = 4 << 20, 4 << 10
	buf, kept := make([]byte, piece), 0
	for {
		n, err := io.ReadFull(r, buf[kept:])
		looked += int64(n)
		for _, s := range needles {
			if !found[s] && bytes.Contains(buf[:kept+n], []byte(s)) {
				found[s] = true
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return looked, nil
		case err != nil:
			return looked, nil //nolint:nilerr // a region that went away, or a guard page
		}
		kept = copy(buf, buf[len(buf)-overlap:])
	}
}

// TestM60NothingIsReadableBeforeTheRelease: not in the memory of the venue's
// program either; after the release the same search finds the questions there.
func TestM60NothingIsReadableBeforeTheRelease(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	require.Greater(t, w.seen.looked, int64(10<<20))
	require.Zero(t, w.seen.memoryBefore)
	require.Greater(t, w.seen.memoryAfter, 50, "the search finds what is there")
}
