package engine

import "math"

// Local binary patterns: each pixel becomes the pattern of which of its eight
// neighbours are at least as bright, so that light which changes evenly
// changes nothing. The 58 patterns with at most two changes round the circle
// have a bin each, all others share one.
const lbpBins = 59

// uniform maps the 256 patterns to their bins.
var uniform = func() (bins [256]uint8) {
	next := uint8(0)
	for p := range 256 {
		changes := 0
		for bit := range 8 {
			if p>>bit&1 != p>>((bit+1)%8)&1 {
				changes++
			}
		}
		bins[p] = lbpBins - 1
		if changes <= 2 {
			bins[p] = next
			next++
		}
	}
	return bins
}()

// lbpHistograms cuts the grey picture into grid cells and returns the
// normalised histogram of each, one after the other.
func lbpHistograms(pix []uint8, width, height, cols, rows int) Template {
	t := make(Template, cols*rows*lbpBins)
	for y := 1; y < height-1; y++ {
		for x := 1; x < width-1; x++ {
			cell := (y*rows/height)*cols + x*cols/width
			t[cell*lbpBins+int(uniform[pattern(pix, width, y*width+x)])]++
		}
	}
	for cell := range cols * rows {
		h := t[cell*lbpBins : (cell+1)*lbpBins]
		var sum float32
		for _, v := range h {
			sum += v
		}
		for i := range h {
			h[i] /= max(sum, 1)
		}
	}
	return t
}

func pattern(pix []uint8, width, at int) uint8 {
	centre := pix[at]
	var p uint8
	for i, n := range [8]int{-width - 1, -width, -width + 1, 1, width + 1, width, width - 1, -1} {
		if pix[at+n] >= centre {
			p |= 1 << i
		}
	}
	return p
}

// histogramSimilarity is one minus half the chi-square distance, averaged over
// the cells: 1 for equal histograms, 0 for histograms that share no bin.
func histogramSimilarity(a, b Template) (float64, bool) {
	if len(a) == 0 || len(a) != len(b) || len(a)%lbpBins != 0 {
		return 0, false
	}
	var chi, sa, sb float64
	for i := range a {
		x, y := float64(a[i]), float64(b[i])
		if x < 0 || y < 0 {
			return 0, false
		}
		sa += x
		sb += y
		if x+y > 0 {
			chi += (x - y) * (x - y) / (x + y)
		}
	}
	cells := float64(len(a) / lbpBins)
	score := 1 - chi/(2*cells)
	if !(sa > 0) || !(sb > 0) || math.IsNaN(score) || math.IsInf(sa+sb, 0) {
		return 0, false
	}
	return max(0, min(1, score)), true
}
