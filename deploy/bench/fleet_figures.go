package main

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// arrivals are how long records of these venues took that were begun in a time.
func (f *fleet) arrivals(venues []*branch, from, to time.Time) (out []time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.took {
		if !a.begun.Before(from) && a.begun.Before(to) && slices.Contains(venues, a.venue) {
			out = append(out, a.took)
		}
	}
	return out
}

// fleetWindow is long enough for a hundred records of ten venues.
const fleetWindow = 3 * time.Second

// windows are the 99th percentiles of a time cut into windows, in seconds; what
// is left over at the end belongs to the last one.
func (f *fleet) windows(venues []*branch, from, to time.Time) (out []float64) {
	for at := from; ; at = at.Add(fleetWindow) {
		end := at.Add(fleetWindow)
		last := end.Add(fleetWindow).After(to)
		if last {
			end = to
		}
		out = append(out, top(f.arrivals(venues, at, end), .99).Seconds())
		if last {
			return out
		}
	}
}

// seen is what the board said of these venues in a time: how old what it shows
// is, how old each one's last word, how long a reading took, and how often a
// venue was shown as lost.
func (f *fleet) seen(venues []*branch, from, to time.Time) (ages, contacts, reads []time.Duration, lost int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, g := range f.board {
		if g.at.Before(from) || !g.at.Before(to) {
			continue
		}
		reads = append(reads, g.took)
		for _, row := range g.rows {
			if !slices.Contains(venues, row.venue) {
				continue
			}
			ages, contacts = append(ages, row.age), append(contacts, row.contact)
			if row.lost {
				lost++
			}
		}
	}
	return ages, contacts, reads, lost
}

// top is the duration that such a share of all is not above; 1 is the longest.
func top(v []time.Duration, share float64) time.Duration {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return s[min(len(s)-1, max(0, int(math.Ceil(share*float64(len(s))))-1))]
}

// spread prints how durations lie.
func spread(v []time.Duration) string {
	ms := func(share float64) string { return short(float64(top(v, share).Microseconds()) / 1000) }
	return fmt.Sprintf("p50 %s, p95 %s, p99 %s, most %s ms (%d)", ms(.5), ms(.95), ms(.99), ms(1), len(v))
}
