// Command bench measures the system against yardsticks: for each job the bare
// loop that any implementation would need at least, run in the same process,
// on the same data and disk, in turn with ours (A-B-A-B). Only ratios are
// judged; absolute numbers stand beside the facts of the machine they were
// taken on. The targets are those of the performance requirements J1–J5.
//
// Run it alone on a quiet machine: `make bench`, or a part with
// `go run ./deploy/bench -only j4,j1`. Its last line is bench: PASS, FAIL or
// INCOMPLETE, and only PASS exits with 0. A yardstick stays under 100 lines in
// a file of its own, so that it can be read and nobody can slow it down unseen.
//
// J7, queues and year run the licensing services in this process on a private
// PostgreSQL, filled with a million cases for the comparison.
//
// J1 and J2 run the real parts in this process, on loopback and a private
// PostgreSQL; J5 is measured by the vision program (bin/vision), with the models
// of HUYUN_MODELS or ../shared/models, over BENCH_IMAGES images (10,000), and
// its accuracy on the folder HUYUN_PEOPLE. What a terminal or a venue would
// compute on its own machine is computed on this one too and counts against us.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"huyun.internal/edge/app"
)

// setup is what every job gets.
type setup struct {
	rounds int
	dir    string // on the disk to be measured; removed afterwards
	// city are two licensing offices with few and with many cases, filled when first
	// asked for
	city func() (*city, error)
}

// job is one group of measurements. With missing set it cannot be measured yet.
type job struct {
	name    string
	what    string
	run     func(s setup, r *report) error
	missing string
}

func jobs() []job {
	return []job{
		{name: "j4", what: "paper generation", run: papers},
		{name: "j1", what: "durable answer save, in process", run: saves},
		{name: "j1-http", what: "durable answer save over HTTP", run: savesOverHTTP},
		{name: "j2", what: "backlog drain", run: drain},
		{name: "j5", what: "face verification", run: facesBench},
		{name: "j7", what: "application submit", run: submissions},
		{name: "queues", what: "work queues and searches", run: queuesBench},
		{name: "year", what: "a year of applications, clocks compressed", run: yearBench},
		{name: "fleet", what: "fifty venues at one cloud", run: fleetBench},
	}
}

func main() {
	only := flag.String("only", "", "jobs to run, separated by commas; empty runs all")
	rounds := flag.Int("rounds", 7, "interleaved rounds, at least 5")
	dir := flag.String("dir", ".", "folder on the disk to measure")
	flag.Parse()
	if *rounds < 5 {
		fmt.Fprintln(os.Stderr, "bench: at least 5 rounds")
		os.Exit(2)
	}
	debug.SetGCPercent(app.GCPercent) // as the edge does; the yardsticks gain by it as well
	passed := false
	chosen, err := choose(jobs(), *only)
	if err == nil {
		passed, err = run(chosen, *rounds, *dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	if !passed {
		os.Exit(1)
	}
}

func choose(all []job, only string) ([]job, error) {
	if only == "" {
		return all, nil
	}
	var chosen []job
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(all, func(j job) bool { return j.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("no job %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// run measures the chosen jobs in a folder of its own and reports whether all
// of them met their targets.
func run(chosen []job, rounds int, dir string) (passed bool, err error) {
	work, err := os.MkdirTemp(dir, ".bench-")
	if err != nil {
		return false, err
	}
	work, err = filepath.Abs(work)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	err = os.WriteFile(filepath.Join(work, ".gitignore"), []byte("*\n"), 0o600) // the disk to measure may hold a checkout
	if err != nil {
		return false, err
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		err := os.RemoveAll(work)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench: left behind:", err)
		}
		fmt.Println("\nbench: INCOMPLETE interrupted")
		os.Exit(1)
	}()
	f, err := gather(work)
	if err != nil {
		return false, err
	}
	fmt.Println(f)
	r := &report{out: os.Stdout}
	shared, release := once(work)
	defer func() { err = errors.Join(err, release()) }()
	for _, j := range chosen {
		fmt.Printf("\n%s  %s\n", j.name, j.what)
		if j.missing != "" {
			r.skip(j.name, j.missing)
			continue
		}
		err = j.run(setup{rounds, work, shared}, r)
		if err != nil {
			r.broken(j.name, err)
		}
	}
	verdict, passed := r.verdict()
	fmt.Println("\n" + verdict)
	return passed, nil
}
