package engine

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

var template = known[0].Embedder.Points

func TestFitFindsTheSimilarity(t *testing.T) {
	t.Parallel()
	for _, want := range []similarity{
		{a: 1}, {a: 0.5, b: 0.2, tx: 30, ty: -4}, {a: -1, b: 0, tx: 5, ty: 6}, {a: 0, b: 2}, {a: 0.01, b: 0.003, tx: 1e4},
	} {
		var to Landmarks
		for i, p := range template {
			to[i] = want.apply(p)
		}
		got, ok := fit(template, to)
		require.True(t, ok)
		require.InDelta(t, want.a, got.a, 1e-9)
		require.InDelta(t, want.b, got.b, 1e-9)
		require.InDelta(t, want.tx, got.tx, 1e-6)
		require.InDelta(t, want.ty, got.ty, 1e-6)
	}
}

// The result is the least-squares one: no small change of it does better.
func TestFitIsALocalBest(t *testing.T) {
	t.Parallel()
	to := template
	for i := range to {
		to[i].X += float64(i*i%3) * 4
		to[i].Y -= float64(i%2) * 7
	}
	cost := func(s similarity) (sum float64) {
		for i, p := range template {
			q := s.apply(p)
			sum += (q.X-to[i].X)*(q.X-to[i].X) + (q.Y-to[i].Y)*(q.Y-to[i].Y)
		}
		return sum
	}
	best, ok := fit(template, to)
	require.True(t, ok)
	for _, d := range []float64{-1e-3, 1e-3} {
		for _, s := range []similarity{
			{best.a + d, best.b, best.tx, best.ty},
			{best.a, best.b + d, best.tx, best.ty},
			{best.a, best.b, best.tx + d, best.ty},
			{best.a, best.b, best.tx, best.ty + d},
		} {
			require.Greater(t, cost(s), cost(best))
		}
	}
}

func TestFitRefusesWhatIsNoFace(t *testing.T) {
	t.Parallel()
	same := Landmarks{{5, 5}, {5, 5}, {5, 5}, {5, 5}, {5, 5}}
	nan, inf := template, template
	nan[2].X = math.NaN()
	inf[0].Y = math.Inf(1)
	for _, from := range []Landmarks{{}, same, nan, inf} {
		_, ok := fit(from, template)
		require.False(t, ok, "%v", from)
	}
	_, ok := fit(template, same)
	require.False(t, ok, "a face shrunk to a point")
}

func TestCosine(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, c := range map[string]struct {
		a, b []float32
		want float64
		ok   bool
	}{
		"same":           {[]float32{1, 2, 3}, []float32{2, 4, 6}, 1, true},
		"opposite":       {[]float32{1, 0}, []float32{-3, 0}, -1, true},
		"square":         {[]float32{1, 0}, []float32{0, 5}, 0, true},
		"zeros":          {[]float32{0, 0}, []float32{0, 0}, 0, false},
		"one zero":       {[]float32{1, 1}, []float32{0, 0}, 0, false},
		"NaN":            {[]float32{nan, 1}, []float32{nan, 1}, 0, false},
		"infinity":       {[]float32{inf, 1}, []float32{inf, 1}, 0, false},
		"other length":   {[]float32{1, 2}, []float32{1, 2, 3}, 0, false},
		"nothing":        {nil, nil, 0, false},
		"one is nothing": {nil, []float32{1}, 0, false},
	} {
		got, ok := Cosine(c.a, c.b)
		require.Equal(t, c.ok, ok, name)
		require.InDelta(t, c.want, got, 1e-9, name)
	}
}

func TestLocalBinaryPatterns(t *testing.T) {
	t.Parallel()
	bins := map[uint8]int{}
	for _, b := range uniform {
		bins[b]++
	}
	require.Len(t, bins, lbpBins)
	require.Equal(t, 256-58, bins[lbpBins-1])

	pic := func(f func(x, y int) int) []uint8 {
		pix := make([]uint8, 64*64)
		for i := range pix {
			pix[i] = uint8(f(i%64, i/64))
		}
		return pix
	}
	waves := func(x, y int) int { return 60 + (x*x+3*y)%50 }
	a := lbpHistograms(pic(waves), 64, 64, 4, 4)
	brighter := lbpHistograms(pic(func(x, y int) int { return 2*waves(x, y) + 20 }), 64, 64, 4, 4)
	other := lbpHistograms(pic(func(x, y int) int { return 60 + (x*y)%50 }), 64, 64, 4, 4)
	s, ok := histogramSimilarity(a, brighter)
	require.True(t, ok)
	require.InDelta(t, 1, s, 1e-6, "more light is the same picture")
	s, ok = histogramSimilarity(a, other)
	require.True(t, ok)
	require.Less(t, s, 0.9)

	nan := append(Template{}, a...)
	nan[3] = float32(math.NaN())
	for name, bad := range map[string]Template{
		"nothing": nil, "other length": a[:lbpBins], "no histogram": a[:7], "zeros": make(Template, len(a)), "NaN": nan,
	} {
		s, ok := histogramSimilarity(a, bad)
		require.False(t, ok, name)
		require.Zero(t, s, name)
	}
}
