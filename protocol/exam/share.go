package exam

import "math/bits"

// unit is one question in the fixed point of shares. Floating point would round
// differently on processors that fuse multiplication and addition.
const unit = 1 << 20

// rounds of fitting; what they leave open the flow settles exactly.
const rounds = 64

// share divides the section's count over the grid's cells: how many questions,
// in units, each gives on average.
//
// First the ideal: every question of a level equally likely, bent by
// proportional fitting until chapter bounds hold. Then a maximum flow makes it
// exact, each step allowed more than the one before: chapter minima, the ideal,
// chapter maxima; and only if questions are still missing, first the chapter
// maxima and then the levels are let go. Flow never takes from a chapter what
// an earlier step gave it.
func (g *grid) share() *flow {
	rows, cols := len(g.rows), len(g.cols)
	size := make([]int64, rows*cols)
	for i := range g.cells {
		size[i] = int64(g.cells[i].size) * unit
	}
	least, most, open := make([]int64, rows), make([]int64, rows), make([]int64, rows)
	for r, q := range g.rows {
		least[r], most[r], open[r] = int64(q.Min)*unit, int64(q.Max)*unit, int64(g.count)*unit
	}
	want := make([]int64, cols)
	for d, c := range g.cols {
		want[d] = int64(c.want) * unit
	}
	ideal := fit(size, least, most, want)
	rowIdeal := make([]int64, rows)
	for r := range rows {
		for d := range cols {
			rowIdeal[r] += ideal[r*cols+d]
		}
		rowIdeal[r] = max(least[r], min(most[r], rowIdeal[r]))
	}

	f := newFlow(rows, cols)
	f.fill(least, want, ideal)
	f.fill(least, want, size)
	f.fill(rowIdeal, want, ideal)
	f.fill(rowIdeal, want, size)
	f.fill(most, want, size)
	f.fill(open, want, size)
	if missing := int64(g.count)*unit - f.total(); missing > 0 {
		// Every level may take what is missing, together no more than that:
		// one level after the other, so that the count is not exceeded.
		for d := range cols {
			want[d] += missing
			f.fill(open, want, size)
			missing = int64(g.count)*unit - f.total()
			want[d] = f.col[d]
		}
	}
	return f
}

// fit scales size in turn to the columns' totals and into the rows' bounds.
func fit(size, least, most, want []int64) []int64 {
	cols := len(want)
	e := make([]int64, len(size))
	copy(e, size)
	scale := func(from, step, n int, to int64) {
		sum := int64(0)
		for i := range n {
			sum += e[from+i*step]
		}
		if sum == 0 || sum == to {
			return
		}
		for i := range n {
			at := from + i*step
			e[at] = min(size[at], mulDiv(e[at], to, sum))
		}
	}
	for range rounds {
		for d := range want {
			scale(d, cols, len(least), want[d])
		}
		for r := range least {
			sum := int64(0)
			for d := range want {
				sum += e[r*cols+d]
			}
			scale(r*cols, 1, cols, max(least[r], min(most[r], sum)))
		}
	}
	for d := range want {
		scale(d, cols, len(least), want[d])
	}
	return e
}

// mulDiv is a*b/c, rounded down, without overflow between. a ≤ c always holds.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}
