// Command drill runs a sitting with a crowd of simulated candidates on the real
// binaries while it cuts the network, kills the venue's server, the cloud, the
// broker and the database, repeats and reorders messages; then it heals, drains
// and checks the invariants I1 to I6 and I9 against PostgreSQL and the
// candidates' own histories. The last line can be read by a script:
//
//	drill: PASS seed=… candidates=… acked=… lost=0 duplicated=0 altered=0 unexpected=0 kills=… partitions=…
//
// CANDIDATES, KILLS, PARTITIONS and SEED set the size, OUTAGE_MINUTES adds one
// long outage with a cold restart in its middle; a failing seed can be run
// again. PLANT=ack-before-commit, trim-on-token or rescore-skips runs
// binaries with a planted fault, which must make it FAIL.
package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"huyun.internal/deploy/stack"
	"huyun.internal/simulators/crowd"
	"huyun.internal/simulators/wan"
)

// settings of a run.
type settings struct {
	candidates, kills, partitions int
	seed                          uint64
	plant, models, dir            string
	think, outage                 time.Duration
}

func number(name string, otherwise int) int {
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

func read() settings {
	s := settings{
		candidates: number("CANDIDATES", 30), kills: number("KILLS", 20), partitions: number("PARTITIONS", 8),
		seed: uint64(number("SEED", int(time.Now().UnixNano()%1e9))), plant: os.Getenv("PLANT"),
		outage: time.Duration(number("OUTAGE_MINUTES", 0)) * time.Minute,
		models: stack.Models("."), think: time.Duration(number("THINK_MS", 400)) * time.Millisecond,
	}
	s.dir = filepath.Join(".drill", strconv.FormatUint(s.seed, 10))
	return s
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	set := read()
	r := &result{settings: set}
	err := drill(ctx, set, r)
	if err != nil {
		fmt.Println("drill:", err)
		r.complain(err.Error())
	}
	for _, c := range append(r.broken, r.Complaints...) {
		fmt.Println("  ", c)
	}
	fmt.Println(r.line())
	if !r.pass() {
		fmt.Println("   kept for examination:", set.dir)
		fmt.Println(r.line())
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
	_ = os.RemoveAll(set.dir)
}

func say(format string, args ...any) {
	fmt.Printf(time.Now().Format("15:04:05 ")+format+"\n", args...)
}

func drill(ctx context.Context, set settings, r *result) error {
	err := os.RemoveAll(set.dir)
	if err != nil {
		return err
	}
	s, err := stack.New(options(set))
	if err != nil {
		return err
	}
	defer func() {
		s.Heal()
		_ = s.Stop() // the verdict is known; what does not stop is killed
	}()
	h, err := prepare(ctx, set, s)
	if err != nil {
		return err
	}
	err = storm(ctx, set, h, r)
	if err != nil {
		return err
	}
	return verify(ctx, h, r)
}

func options(set settings) stack.Options {
	o := stack.Options{
		Dir: set.dir, Bin: "bin", Models: set.models, Out: os.Stdout,
		WAN: &stack.WAN{Seed: set.seed, Odds: wan.Odds{Repeat: 0.1, Swap: 0.1}},
	}
	if set.plant != "" {
		o.Bin = filepath.Join("bin", "plant")
		o.Env = []string{"PLANT=" + set.plant, "PLANT_WHEN=" + plantFile(set)}
	}
	return o
}

// plantFile, once it is there, lets the planted fault begin.
func plantFile(set settings) string {
	path, err := filepath.Abs(filepath.Join(set.dir, "plant"))
	if err != nil {
		return ""
	}
	return path
}

// prepare brings everything up and seats the candidates.
func prepare(ctx context.Context, set settings, s *stack.Stack) (*stack.Hall, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	err := s.Cloud.Start(ctx)
	if err != nil {
		return nil, err
	}
	spare := max(3, set.candidates/10)
	logins, err := s.Prepare(ctx, set.candidates+spare)
	if err != nil {
		return nil, err
	}
	exam, err := s.PutOn(ctx, logins, stack.Plan{
		Title: "演练", Rule: "demo-13001-short", Candidates: set.candidates, Spare: spare, Seed: set.seed, Minutes: 600,
	})
	if err != nil {
		return nil, err
	}
	err = s.Edge.Start(ctx)
	if err != nil {
		return nil, err
	}
	h := s.Hall(logins, exam)
	say("opening the sitting")
	err = h.Open(ctx)
	if err != nil {
		return nil, err
	}
	say("admitting %d candidates", set.candidates)
	plan := crowd.Plan{Think: set.think, Changes: 0.3}
	return h, h.Seat(ctx, plan, set.seed)
}

// storm lets the candidates sit while things go wrong.
func storm(ctx context.Context, set settings, h *stack.Hall, r *result) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := make(chan struct{})
	finished := h.Sit(ctx, stop)
	starting, done := context.WithTimeout(ctx, 2*time.Minute)
	defer done()
	err := h.Start(starting)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	err = os.WriteFile(plantFile(set), nil, 0o600)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(set.seed, 0xd1ce))
	c := &chaos{s: h.Stack, rng: rng, log: say}
	moving, still := context.WithCancel(ctx)
	defer still()
	settled := make(chan struct{})
	go func() {
		defer close(settled)
		keepMoving(moving, h, rand.New(rand.NewPCG(set.seed, 0x5ea7)))
	}()
	faults := c.schedule(set.kills, set.partitions)
	if set.outage > 0 {
		faults = append(faults, c.outage(set.outage))
	}
	err = c.run(ctx, faults)
	r.Kills, r.Partitions, r.Others, r.Slowest = c.kills, c.partitions, c.others, c.slowest
	if err != nil {
		return err
	}
	still()
	<-settled
	say("healed; candidates hand in")
	h.Heal()
	close(stop)
	r.collect(finished, len(h.People))
	r.Moves = h.Moves()
	return nil
}

// keepMoving moves somebody every few seconds until ctx ends; a move that is
// under way is seen through, or nobody would know where its candidate sits.
func keepMoving(ctx context.Context, h *stack.Hall, rng *rand.Rand) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			move, done := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			h.Move(move, rng)
			done()
		}
	}
}

// handInLimit is how long everybody may take to hand in after the last fault.
const handInLimit = 90 * time.Second

// collect waits for the candidates; what kept one from handing in is told.
func (r *result) collect(finished <-chan error, people int) {
	deadline := time.After(handInLimit)
	for i := range people {
		select {
		case err := <-finished:
			if err != nil {
				r.complain(err.Error())
			}
		case <-deadline:
			r.complain(fmt.Sprintf("%d candidates had not handed in %s after the last fault", people-i, handInLimit))
			return
		}
	}
}
