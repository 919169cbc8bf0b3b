package main

import (
	"math"
	"sort"

	"huyun.internal/devices/vision"
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

// curvePoints is enough for a line on a screen.
const curvePoints = 60

// curve runs over all thresholds between the lowest and the highest score.
func (a *accuracy) curve() []vision.Errors {
	low := min(a.genuine[0], a.impostor[0])
	high := max(a.genuine[len(a.genuine)-1], a.impostor[len(a.impostor)-1])
	out := make([]vision.Errors, curvePoints+1)
	for i := range out {
		t := low + (high-low)*float64(i)/curvePoints
		out[i] = vision.Errors{Threshold: t, FAR: a.falseAccepts(t), FRR: a.falseRejects(t)}
	}
	return out
}
