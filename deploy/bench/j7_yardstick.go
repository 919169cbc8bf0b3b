package main

import (
	"bufio"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// j7Script is the yardstick of a submission: pgbench, with the statements that a
// submission writes, sizes included, and nothing else: no reads, no rules, no
// cryptography, no letter laid out.
//
//go:embed j7.sql
var j7Script string

// readyYard lays n drafts down for pgbench to submit.
const readyYard = `INSERT INTO licensing_case (id, apply_no, matter, matter_version, action, trade, channel, person, categories, form, known, state, version, created_by, created_at, changed_at, mac)
	SELECT 'y' || i, 'y' || i, 'RT04', 1, 'REISSUE', 'ROAD', 'O', 'p000000001', '{02001}', $1, $2, 'DRAFT', 2, 'u', now(), now(), '\x00' FROM generate_series($3::int, $4::int) i`

// bare runs pgbench over n submissions by so many clients and answers how many a
// second, and the 99th percentile in seconds.
func (b *j7Yard) bare(ctx context.Context, n int) (tps, p99 float64, err error) {
	dir, err := os.MkdirTemp(b.dir, "pgbench-")
	if err != nil {
		return 0, 0, err
	}
	args := []string{
		"--host", b.host, "--username", b.user, "--no-vacuum", "--protocol", "prepared", "--client", strconv.Itoa(j7Clients), "--jobs", "2",
		"--transactions", strconv.Itoa(n / j7Clients), "--log", "--log-prefix", filepath.Join(dir, "tx"), "--file", b.script,
	}
	for name, value := range b.values {
		args = append(args, "--define", name+"="+value)
	}
	out, err := exec.CommandContext(ctx, b.tool, append(args, "yard")...).CombinedOutput() //nolint:gosec // our own arguments
	if err != nil || strings.Contains(string(out), "aborted") {
		return 0, 0, fmt.Errorf("pgbench: %w: %.600s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if rest, is := strings.CutPrefix(line, "tps = "); is {
			tps, err = strconv.ParseFloat(strings.Fields(rest)[0], 64)
		}
	}
	if err != nil || tps == 0 {
		return 0, 0, fmt.Errorf("pgbench says no rate: %.600s", out)
	}
	p99, err = latencies(dir)
	return tps, p99, err
}

// latencies is the 99th percentile of what pgbench logged, a line a transaction
// with the microseconds in the third place.
func latencies(dir string) (float64, error) {
	logs, err := filepath.Glob(filepath.Join(dir, "tx*"))
	var took []float64
	for _, name := range logs {
		f, err := os.Open(name) //nolint:gosec // pgbench's log
		if err != nil {
			return 0, err
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			us, err := strconv.ParseFloat(strings.Fields(lines.Text())[2], 64)
			if err != nil {
				return 0, err
			}
			took = append(took, us/1e6)
		}
		_ = f.Close() // read only
	}
	return percentile(took, 0.99), err
}

func percentile(v []float64, p float64) float64 {
	slices.Sort(v)
	if len(v) == 0 {
		return 0
	}
	return v[min(len(v)-1, int(p*float64(len(v))))]
}
