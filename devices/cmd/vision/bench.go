package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"huyun.internal/devices/cmd/vision/engine"
	"huyun.internal/devices/vision"
)

// benchOptions of J5: our served comparison against the bare OpenCV calls.
type benchOptions struct {
	files
	rounds, per, images, workers int
}

// bench starts this program as a vision process, asks it through the client
// that edge uses, and interleaves that with the same OpenCV calls made here
// without any of our code. It prints one line that a program can read, and
// fails when the law of J5 does not hold: ratio ≥ 0.85, at most 5 ms added,
// memory flat.
func bench(ctx context.Context, args []string, out io.Writer) error {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	var o benchOptions
	o.register(fs)
	fs.IntVar(&o.rounds, "rounds", 7, "交替测量的轮数")
	fs.IntVar(&o.per, "per", 15, "每轮比对次数")
	fs.IntVar(&o.images, "images", 2000, "内存测量用的照片数")
	fs.IntVar(&o.workers, "workers", min(4, runtime.NumCPU()), "内存与并行测量的工作线程数")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 2 {
		return errors.New("用法：vision bench [--models DIR] 参考照片 现场照片")
	}
	ref, err := os.ReadFile(fs.Arg(0))
	if err != nil {
		return err
	}
	probe, err := os.ReadFile(fs.Arg(1))
	if err != nil {
		return err
	}
	r, err := o.run(ctx, ref, probe)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, r.line())
	if err == nil && !r.holds() {
		err = errors.New("J5 does not hold")
	}
	return err
}

// benchResult is what was measured; durations in milliseconds, memory in KiB.
type benchResult struct {
	info             vision.Info
	ratios           []float64 // bare time / served time, by round: 1 is no loss
	served, bare     float64
	serial, parallel float64 // comparisons a second with one caller, with one a worker
	workers, images  int
	rssBefore, rssAt int
	slope            float64 // bytes an image, fitted after the first tenth
}

func (r benchResult) ratio() float64 { return median(r.ratios) }

// flat: over 10,000 images the slope adds less than 8 MiB, the noise of an
// allocator, or the growth is below what so few images can tell from noise. One
// leaked picture an image would be 10 GB.
func (r benchResult) flat() bool {
	return r.slope*10_000 < 8<<20 || r.rssAt-r.rssBefore < 1<<10
}

func (r benchResult) holds() bool {
	return r.ratio() >= 0.85 && r.served-r.bare <= 5 && r.flat()
}

func (r benchResult) line() string {
	word := map[bool]string{true: "PASS", false: "FAIL"}[r.holds()]
	return fmt.Sprintf("vision bench: %s engine=%s model=%s ratio=%.3f spread=%.3f..%.3f served_ms=%.2f bare_ms=%.2f added_ms=%.2f"+
		" workers=%d scaling=%.2f images=%d rss_before_kib=%d rss_after_kib=%d rss_slope_bytes=%.0f",
		word, r.info.Engine, r.info.Model, r.ratio(), slices.Min(r.ratios), slices.Max(r.ratios), r.served, r.bare, r.served-r.bare,
		r.workers, r.parallel/r.serial, r.images, r.rssBefore, r.rssAt, r.slope)
}

func (o benchOptions) run(ctx context.Context, ref, probe []byte) (benchResult, error) {
	self, err := os.Executable()
	if err != nil {
		return benchResult{}, err
	}
	engine.SetThreads(1)
	yard, err := openYardstick(o.files)
	if err != nil {
		return benchResult{}, err
	}
	defer yard.close()
	p, err := vision.Start(vision.Options{ //nolint:contextcheck // the process lives until Close
		Binary: self, Models: o.models, Cascades: o.cascades, Workers: o.workers, CallTimeout: time.Minute, WorkTimeout: time.Minute,
	})
	if err != nil {
		return benchResult{}, err
	}
	defer func() { _ = p.Close() }()
	r := benchResult{workers: o.workers, images: o.images}
	if r.info, err = p.Info(ctx); err != nil {
		return r, err
	}
	served := func() error {
		got, err := p.Compare(ctx, ref, probe)
		if err == nil && !got.Compared {
			err = errors.New("the two pictures cannot be compared")
		}
		return err
	}
	bare := func() error { return yard.compare(ref, probe) }
	if err := o.interleave(&r, served, bare); err != nil {
		return r, err
	}
	if err := o.memory(ctx, &r, p, ref, probe); err != nil {
		return r, err
	}
	return r, nil
}

// interleave measures A-B-A-B and takes medians, after one round to warm up.
func (o benchOptions) interleave(r *benchResult, served, bare func() error) error {
	var all [2][]float64
	for round := range o.rounds + 1 {
		var ms [2]float64
		for i := range o.per {
			for turn := range 2 {
				// Turn the order about, so that neither always has the caches
				// that the other has just warmed.
				side := (turn + i) % 2
				from := time.Now()
				if err := [2]func() error{served, bare}[side](); err != nil {
					return err
				}
				ms[side] += float64(time.Since(from).Microseconds()) / 1000 / float64(o.per)
			}
		}
		if round == 0 {
			continue
		}
		r.ratios = append(r.ratios, ms[1]/ms[0])
		all[0], all[1] = append(all[0], ms[0]), append(all[1], ms[1])
	}
	r.served, r.bare = median(all[0]), median(all[1])
	r.serial = 1000 / r.served
	return nil
}

// memory sends images through all workers and watches the process's resident
// memory; the same run gives the parallel rate.
func (o benchOptions) memory(ctx context.Context, r *benchResult, p *vision.Process, ref, probe []byte) error {
	pid := p.Status().PID
	steps := 20
	var x, y []float64
	from := time.Now()
	done := 0
	for step := range steps {
		var wg sync.WaitGroup
		errs := make([]error, o.workers)
		calls := max(1, o.images/2/steps/o.workers) // two images a call
		for w := range o.workers {
			wg.Go(func() {
				for range calls {
					if _, err := p.Compare(ctx, ref, probe); err != nil {
						errs[w] = err
						return
					}
				}
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
		done += calls * o.workers
		rss, err := residentKiB(pid)
		if err != nil {
			return err
		}
		if step == steps/10 {
			r.rssBefore = rss
		}
		if step >= steps/10 {
			x, y = append(x, float64(2*done)), append(y, float64(rss)*1024)
		}
		r.rssAt = rss
	}
	r.images = 2 * done
	r.parallel = float64(done) / time.Since(from).Seconds()
	r.slope = slope(x, y)
	return nil
}

// residentKiB reads how much memory a process of ours holds.
func residentKiB(pid int) (int, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		var kib int
		if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kib); err == nil {
			return kib, nil
		}
	}
	return 0, errors.New("no VmRSS")
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if len(s) == 0 {
		return 0
	}
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

// slope fits a line by least squares.
func slope(x, y []float64) float64 {
	var mx, my, up, down float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(y))
	}
	for i := range x {
		up += (x[i] - mx) * (y[i] - my)
		down += (x[i] - mx) * (x[i] - mx)
	}
	if down == 0 {
		return 0
	}
	return up / down
}
