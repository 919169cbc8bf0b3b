package exam

// rounding turns fractional shares into whole numbers of questions, anew for
// every paper: each cell gets its share rounded up or down, on average exactly
// its share, and so do all row and column totals. Without it the questions of a
// cell whose share is below one half would never be drawn.
type rounding struct {
	base       []int   // whole part of each cell of the grid
	part       []int64 // fractions, with a row and a column that make all totals whole
	rows, cols int     // of part; 0 when every share is whole
}

func newRounding(f *flow) rounding {
	r := rounding{base: make([]int, len(f.x))}
	rows, cols := f.rows+1, f.cols+1
	part := make([]int64, rows*cols)
	fractional := false
	for i, v := range f.x {
		r.base[i] = int(v / unit)
		part[i/f.cols*cols+i%f.cols] = v % unit
		fractional = fractional || v%unit != 0
	}
	if !fractional {
		return r
	}
	rest := func(v int64) int64 { return (unit - v%unit) % unit }
	for i := range f.rows {
		part[i*cols+f.cols] = rest(f.row[i])
	}
	last := part[f.rows*cols:]
	sum := int64(0)
	for d := range f.cols {
		last[d] = rest(f.col[d])
		sum += last[d]
	}
	last[f.cols] = rest(sum)
	r.part, r.rows, r.cols = part, rows, cols
	return r
}

// scratch is the working memory of rounding, reused from section to section.
type scratch struct {
	part   []int64
	path   []int // cells walked, alternately along a row and along a column
	seen   []int // per row, then per column: 1 + how many cells the walk had when it came by
	counts []int
}

// counts rounds once. While a fraction is left there is a cycle of fractions,
// because a row or column with a whole total never has just one; moving the
// cycle's cells alternately up and down keeps all totals and makes one of them
// whole. The direction is chosen so that no cell's average changes.
func (r *rounding) counts(rng *random, s *scratch) []int {
	s.counts = append(s.counts[:0], r.base...)
	if r.rows == 0 {
		return s.counts
	}
	s.part = append(s.part[:0], r.part...)
	for at := range s.part {
		for fraction(s.part[at]) {
			r.turn(rng, s, r.cycle(s, at/r.cols))
		}
	}
	for row := range r.rows - 1 {
		for d := range r.cols - 1 {
			if s.part[row*r.cols+d] == unit {
				s.counts[row*(r.cols-1)+d]++
			}
		}
	}
	return s.counts
}

func fraction(v int64) bool { return v != 0 && v != unit }

// cycle walks from a row that holds a fraction until it comes by a row or
// column again, and returns the cells walked since.
func (r *rounding) cycle(s *scratch, row int) []int {
	s.path = s.path[:0]
	if len(s.seen) < r.rows+r.cols {
		s.seen = make([]int, r.rows+r.cols)
	}
	clear(s.seen)
	came := -1 // the cell we came by, not to be walked back
	for {
		if n := s.seen[row]; n > 0 {
			return s.path[n-1:]
		}
		s.seen[row] = len(s.path) + 1
		for d := range r.cols {
			if at := row*r.cols + d; at != came && fraction(s.part[at]) {
				came = at
				break
			}
		}
		s.path = append(s.path, came)
		col := came % r.cols
		if n := s.seen[r.rows+col]; n > 0 {
			return s.path[n-1:]
		}
		s.seen[r.rows+col] = len(s.path) + 1
		for i := range r.rows {
			if at := i*r.cols + col; at != came && fraction(s.part[at]) {
				came = at
				break
			}
		}
		s.path = append(s.path, came)
		row = came / r.cols
	}
}

func (r *rounding) turn(rng *random, s *scratch, cycle []int) {
	up, down := int64(unit), int64(unit) // how far even cells can rise, and fall
	for i, at := range cycle {
		v := s.part[at]
		if i%2 == 1 {
			v = unit - v
		}
		up, down = min(up, unit-v), min(down, v)
	}
	step := up
	if int64(rng.below(uint64(up+down))) >= down {
		step = -down
	}
	for i, at := range cycle {
		if i%2 == 1 {
			s.part[at] -= step
		} else {
			s.part[at] += step
		}
	}
}
