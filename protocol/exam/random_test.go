package exam

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestBelowStaysBelowAndReachesAll(t *testing.T) {
	t.Parallel()
	var r random
	r.seed([32]byte{1})
	for _, n := range []uint64{1, 2, 3, 7, 10} {
		seen := make(map[uint64]bool)
		for range 1000 {
			v := r.below(n)
			require.Less(t, v, n)
			seen[v] = true
		}
		require.Len(t, seen, int(n))
	}
}

func TestChoosePicksEverySetEquallyOften(t *testing.T) {
	t.Parallel()
	var r random
	r.seed([32]byte{2})
	const tries = 60000
	sets := make(map[string]int)
	for range tries {
		s := r.choose(6, 3, nil)
		slices.Sort(s)
		require.Len(t, slices.Compact(slices.Clone(s)), 3)
		sets[fmt.Sprint(s)]++
	}
	require.Len(t, sets, 20)
	for s, n := range sets {
		require.InDelta(t, tries/20, n, 5*math.Sqrt(tries/20), s)
	}
}

func TestStratumSkipsWhatIsOut(t *testing.T) {
	t.Parallel()
	var s stratum
	s.add(span{3, 3})
	s.add(span{10, 14})
	s.add(span{14, 16})
	s.add(span{20, 22})
	require.Len(t, s.spans, 2, "neighbours merge")
	s.exclude([]int32{9, 10, 15, 16, 21})
	require.Equal(t, 5, s.size)
	var all []int32
	for i := range s.size {
		all = append(all, s.position(int32(i)))
	}
	require.Equal(t, []int32{11, 12, 13, 14, 20}, all)
}

// TestRoundingKeepsSumsAndAverages: every cell is its share rounded up or down,
// so are rows and columns, and over many papers the average is the share.
func TestRoundingKeepsSumsAndAverages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := newFlow(rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(1, 5).Draw(t, "cols"))
		for i := range f.x {
			f.x[i] = int64(rapid.IntRange(0, 3*unit).Draw(t, "share"))
			if rapid.Bool().Draw(t, "whole") {
				f.x[i] -= f.x[i] % unit
			}
			f.row[i/f.cols] += f.x[i]
			f.col[i%f.cols] += f.x[i]
		}
		r := newRounding(f)
		var rng random
		rng.seed([32]byte{byte(rapid.IntRange(0, 255).Draw(t, "seed"))})
		var s scratch
		const papers = 400
		sum := make([]int, len(f.x))
		for range papers {
			got := r.counts(&rng, &s)
			rows, cols := make([]int64, f.rows), make([]int64, f.cols)
			for i, n := range got {
				near(t, f.x[i], int64(n))
				rows[i/f.cols] += int64(n)
				cols[i%f.cols] += int64(n)
				sum[i] += n
			}
			for i := range rows {
				near(t, f.row[i], rows[i])
			}
			for i := range cols {
				near(t, f.col[i], cols[i])
			}
		}
		for i, n := range sum {
			require.InDelta(t, float64(f.x[i])/unit, float64(n)/papers, 6*0.5/math.Sqrt(papers))
		}
	})
}

func near(t *rapid.T, share, n int64) {
	require.GreaterOrEqual(t, n, share/unit)
	require.LessOrEqual(t, n, (share+unit-1)/unit)
}

// Both ways to look for repeats choose the same numbers, or papers of a seed
// would differ with the size of a section.
func TestChooseIsOneFunction(t *testing.T) {
	t.Parallel()
	var a, b random
	for i := range 200 {
		k := walkUpTo + 1 + i
		n := k + i*i
		a.seed([32]byte{byte(i)})
		b.seed([32]byte{byte(i)})
		require.Equal(t, b.chooseFew(n, k, nil), a.choose(n, k, nil))
		for _, w := range a.seen {
			require.Zero(t, w)
		}
	}
}
