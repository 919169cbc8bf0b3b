package main

import (
	"math"
	"sort"
)

// accuracy holds the scores of pairs of the same person and of different ones,
// both sorted upwards once sealed.
type accuracy struct {
	genuine, impostor []float64
}

func (a *accuracy) seal() {
	sort.Float64s(a.genuine)
	sort.Float64s(a.impostor)
}

// falseRejects is the share of genuine pairs below the threshold.
func (a *accuracy) falseRejects(threshold float64) float64 {
	return float64(sort.SearchFloat64s(a.genuine, threshold)) / float64(max(1, len(a.genuine)))
}

// falseAccepts is the share of impostor pairs at or above the threshold.
func (a *accuracy) falseAccepts(threshold float64) float64 {
	n := len(a.impostor)
	return float64(n-sort.SearchFloat64s(a.impostor, threshold)) / float64(max(1, n))
}

// thresholdAt is the lowest threshold whose false accepts do not exceed rate.
// False when there are too few impostor pairs to see such a rate at all: it
// takes 1/rate of them to observe one.
func (a *accuracy) thresholdAt(rate float64) (float64, bool) {
	n := len(a.impostor)
	if n == 0 {
		return 1, false
	}
	// With k accepted, the threshold lies just above the score of rank k+1
	// from the top; equal scores are accepted together.
	k := int(math.Floor(rate * float64(n)))
	t := math.Nextafter(a.impostor[n-1-min(k, n-1)], math.Inf(1))
	return t, float64(n)*rate >= 1
}

// equalError is the rate at which false rejects and false accepts meet, and
// the threshold there.
func (a *accuracy) equalError() (rate, threshold float64) {
	best := math.Inf(1)
	for _, scores := range [][]float64{a.genuine, a.impostor} {
		for _, t := range scores {
			fr, fa := a.falseRejects(t), a.falseAccepts(t)
			if gap := math.Abs(fr - fa); gap < best {
				best, rate, threshold = gap, (fr+fa)/2, t
			}
		}
	}
	return rate, threshold
}
