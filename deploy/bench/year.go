package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"huyun.internal/deploy/office"
	"huyun.internal/protocol/clock"
)

const yearCases = 20_000

// yearBench lets a year's cases go through all matters with the clocks compressed,
// on real services and a PostgreSQL that syncs as in production.
func yearBench(s setup, r *report) error {
	n := yearCases
	if v := os.Getenv("YEAR_CASES"); v != "" {
		var err error
		n, err = strconv.Atoi(v)
		if err != nil || n < 100 {
			return fmt.Errorf("YEAR_CASES: %q is no number of cases of at least 100", v)
		}
	}
	err := os.Chmod(s.dir, 0o711) //nolint:gosec // PostgreSQL runs as an unprivileged user
	if err != nil {
		return err
	}
	ctx := context.Background()
	o, err := office.Open(ctx, office.Options{Dir: filepath.Join(s.dir, "year"), Conns: 16, Now: clock.NewTest(office.First())})
	if err != nil {
		return err
	}
	defer o.Close()
	l, err := o.Year(ctx, n)
	if err != nil {
		return err
	}
	r.note("year", l.String())
	r.note("year.states", fmt.Sprint(l.States))
	r.hold("year.whole", len(l.Broken) == 0, "letters without a gap, courses, clocks, certificates, audit: "+strings.Join(append(l.Broken, fmt.Sprintf("%d broken", len(l.Broken))), "; "))
	r.hold("year.minutes", l.Took.Minutes() <= 60*float64(n)/yearCases, fmt.Sprintf("%.1f minutes for %d cases, at most an hour for %d", l.Took.Minutes(), n, yearCases))
	return nil
}
