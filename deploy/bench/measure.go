package main

import (
	"errors"
	"runtime"
	"syscall"
	"time"
)

// sample measures one side once and returns how much a second, or how long.
type sample func() (float64, error)

// interleave runs ours and theirs in turn, after one unmeasured turn each, and
// returns the ratio of every round with both medians. The garbage of one side
// is collected before the other begins.
func interleave(rounds int, ours, theirs sample) (ratios []float64, a, b float64, err error) {
	var as, bs []float64
	for i := range rounds + 1 {
		x, err := settled(ours)
		if err != nil {
			return nil, 0, 0, err
		}
		y, err := settled(theirs)
		if err != nil {
			return nil, 0, 0, err
		}
		if i == 0 {
			continue
		}
		as, bs, ratios = append(as, x), append(bs, y), append(ratios, x/y)
	}
	return ratios, median(as), median(bs), nil
}

func settled(s sample) (float64, error) {
	runtime.GC()
	return s()
}

// timed repeats fn until the process has computed for d, garbage collection on
// all cores included, and returns how many a second of computing. Pure
// computation is measured in processor time, so that a neighbour on the machine
// does not count. fn gets a number that never repeats within a side, and says
// how much it made, which must not be nothing.
func timed(d time.Duration, fn func(n int) int) sample {
	n := 0
	return func() (float64, error) {
		from, begin := computed(), n
		for computed()-from < d {
			for range 64 {
				if fn(n) == 0 {
					return 0, errors.New("nothing was made")
				}
				n++
			}
		}
		return float64(n-begin) / (computed() - from).Seconds(), nil
	}
}

// computed is the processor time of this process, user and system, all threads.
func computed() time.Duration {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	if err != nil {
		panic("getrusage: " + err.Error()) // cannot fail with these arguments
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
