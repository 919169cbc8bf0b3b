package exam

import (
	"math/bits"
	"math/rand/v2"
)

// random is the source of a paper. ChaCha8 is a published algorithm that Go
// keeps unchanged; what is made from its words is written out here, because
// rand.IntN and rand.Shuffle may change with a release and a paper may not.
type random struct{ words rand.ChaCha8 }

func (r *random) seed(s [32]byte) { r.words.Seed(s) }

// below is a uniform number in [0, n): the high half of a 64×64 product, the
// few products that would favour small numbers thrown again (Lemire).
func (r *random) below(n uint64) uint64 {
	hi, lo := bits.Mul64(r.words.Uint64(), n)
	if lo < n {
		for unfair := -n % n; lo < unfair; {
			hi, lo = bits.Mul64(r.words.Uint64(), n)
		}
	}
	return hi
}

// shuffle puts s in a uniformly random order (Fisher–Yates, from the end).
func shuffle[T any](r *random, s []T) {
	for i := len(s) - 1; i > 0; i-- {
		j := r.below(uint64(i) + 1)
		s[i], s[j] = s[j], s[i]
	}
}

// choose appends k different numbers in [0, n) to out, every set equally
// likely, in O(k) words whatever n is (Floyd). It looks for repeats by walking
// what it has chosen, which for the sizes of a section beats a set.
func (r *random) choose(n, k int, out []int32) []int32 {
	from := len(out)
	for j := n - k; j < n; j++ {
		t := int32(r.below(uint64(j) + 1))
		for _, have := range out[from:] {
			if have == t {
				t = int32(j)
				break
			}
		}
		out = append(out, t)
	}
	return out
}
