package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// target is what a ratio is held against. The zero target only informs.
type target struct {
	least, most float64
}

// result is one comparison: a ratio a round, and the medians of what was
// compared.
type result struct {
	name         string // "j4.pick"
	ratios       []float64
	ours, theirs float64
	unit         string
	target       target
	rounds       int // when ratios are a summary of so many rounds
}

// report collects results and prints each as it comes.
type report struct {
	out     io.Writer
	done    int
	failed  []string
	skipped []string
}

func (r *report) add(x result) {
	mid, rounds := median(x.ratios), max(x.rounds, len(x.ratios))
	line := fmt.Sprintf("  %-22s ratio %.2f [%.2f–%.2f, %d rounds]  %s against %s %s", x.name, mid,
		slices.Min(x.ratios), slices.Max(x.ratios), rounds, short(x.ours), short(x.theirs), x.unit)
	verdict := "for information"
	if x.target != (target{}) {
		r.done++
		want := fmt.Sprintf("≥ %.2f", x.target.least)
		ok := mid >= x.target.least
		if x.target.most > 0 {
			want = fmt.Sprintf("≤ %.2f", x.target.most)
			ok = mid <= x.target.most
		}
		verdict = want + " ok"
		if !ok { // also when the ratio is not a number
			verdict = want + " FAILED"
			r.failed = append(r.failed, x.name)
		}
	}
	fmt.Fprintf(r.out, "%s  %s\n", line, verdict)
}

// hold judges a law that is no ratio.
func (r *report) hold(name string, ok bool, text string) {
	r.done++
	verdict := "ok"
	if !ok {
		verdict = "FAILED"
		r.failed = append(r.failed, name)
	}
	fmt.Fprintf(r.out, "  %-22s %s  %s\n", name, text, verdict)
}

// note shows something that is not judged.
func (r *report) note(name, text string) { fmt.Fprintf(r.out, "  %-22s %s\n", name, text) }

func (r *report) skip(name, why string) {
	fmt.Fprintf(r.out, "  not yet: %s\n", why)
	r.skipped = append(r.skipped, name)
}

func (r *report) broken(name string, err error) {
	fmt.Fprintf(r.out, "  %s could not be measured: %v\n", name, err)
	r.failed = append(r.failed, name)
}

// verdict is the last line. What was not measured is not a pass.
func (r *report) verdict() (string, bool) {
	switch {
	case len(r.failed) > 0:
		return fmt.Sprintf("bench: FAIL targets=%d failed=%s%s", r.done, strings.Join(r.failed, ","), r.missing()), false
	case len(r.skipped) > 0:
		return fmt.Sprintf("bench: INCOMPLETE targets=%d met=%d%s", r.done, r.done, r.missing()), false
	case r.done == 0:
		return "bench: INCOMPLETE nothing measured", false
	}
	return fmt.Sprintf("bench: PASS targets=%d", r.done), true
}

func (r *report) missing() string {
	if len(r.skipped) == 0 {
		return ""
	}
	return " notyet=" + strings.Join(r.skipped, ",")
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	n := len(s)
	if n == 0 {
		return 0
	}
	return (s[(n-1)/2] + s[n/2]) / 2
}

// short prints a number with three digits that matter.
func short(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.2fM", v/1e6)
	case v >= 1e4:
		return fmt.Sprintf("%.1fk", v/1e3)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.2f", v)
}
