package exam

import (
	"math/bits"
	"math/rand/v2"
)

// random is the source of a paper. ChaCha8 is a published algorithm that Go
// keeps unchanged; what is made from its words is written out here, because
// rand.IntN and rand.Shuffle may change with a release and a paper may not.
type random struct {
	words rand.ChaCha8
	seen  []uint64 // of choose: a bit a number; all zero between calls
}

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

// walkUpTo is how many numbers are looked through faster than bits are kept.
const walkUpTo = 24

// choose appends k different numbers in [0, n) to out, every set equally
// likely, in O(k) words whatever n is (Floyd).
func (r *random) choose(n, k int, out []int32) []int32 {
	if k <= walkUpTo {
		return r.chooseFew(n, k, out)
	}
	if need := (n + 63) / 64; len(r.seen) < need {
		r.seen = make([]uint64, need)
	}
	from := len(out)
	for j := n - k; j < n; j++ {
		t := int32(r.below(uint64(j) + 1))
		if r.seen[t/64]>>(t%64)&1 == 1 {
			t = int32(j)
		}
		r.seen[t/64] |= 1 << (t % 64)
		out = append(out, t)
	}
	for _, t := range out[from:] {
		r.seen[t/64] = 0
	}
	return out
}

// chooseFew is choose, looking for repeats by walking what it has chosen.
func (r *random) chooseFew(n, k int, out []int32) []int32 {
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
