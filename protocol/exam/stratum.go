package exam

import "slices"

// stratum is the questions of some chapters and levels of a pool, seen as the
// numbers 0 … size-1, without those that may not be drawn.
type stratum struct {
	spans []span
	out   []int32 // sorted numbers, as if nothing were out, that may not be drawn
	size  int
}

func (s *stratum) add(p span) {
	if p.lo == p.hi {
		return
	}
	s.size += int(p.hi - p.lo)
	if n := len(s.spans); n > 0 && s.spans[n-1].hi == p.lo {
		s.spans[n-1].hi = p.hi
		return
	}
	s.spans = append(s.spans, p)
}

// exclude takes out those of the sorted pool positions that lie in s.
func (s *stratum) exclude(positions []int32) {
	base := int32(0)
	for _, p := range s.spans {
		i, _ := slices.BinarySearch(positions, p.lo)
		for ; i < len(positions) && positions[i] < p.hi; i++ {
			s.out = append(s.out, base+positions[i]-p.lo)
			s.size--
		}
		base += p.hi - p.lo
	}
}

// position is where in the pool's list the question numbered t lies.
func (s *stratum) position(t int32) int32 {
	for _, o := range s.out {
		if t < o {
			break
		}
		t++
	}
	for _, p := range s.spans {
		n := p.hi - p.lo
		if t < n {
			return p.lo + t
		}
		t -= n
	}
	panic("exam: stratum position out of range")
}
