package exam

import (
	"cmp"
	"slices"
)

// grid lays a section's wishes over a pool: a row a chapter quota and one for
// all other chapters, a column a wanted level and one for all other levels. The
// cells are the strata that questions are drawn from.
type grid struct {
	pool  *pool
	count int
	rows  []Quota // the last has no chapter: the rest
	cols  []column
	cells []stratum // row by row
}

// column is a set of levels drawn without distinction, and how many questions
// are wanted of it.
type column struct {
	levels []int
	want   int
}

// newGrid builds the grid of a section over a pool, nil for an empty one. out
// lists the sorted pool positions that may not be drawn.
func newGrid(p *pool, s *Section, out []int32) *grid {
	if p == nil {
		p = &pool{start: []int32{0}}
	}
	g := &grid{pool: p, count: s.Count, cols: columns(s)}
	g.rows = append(slices.Clone(s.Chapters), Quota{})
	for i, r := range g.rows {
		if r.Max == 0 || r.Max > s.Count {
			g.rows[i].Max = s.Count
		}
	}
	row := make([]int, len(p.chapters))
	for c, name := range p.chapters {
		row[c] = slices.IndexFunc(s.Chapters, func(q Quota) bool { return q.Chapter == name })
		if row[c] < 0 {
			row[c] = len(s.Chapters)
		}
	}
	g.cells = make([]stratum, len(g.rows)*len(g.cols))
	for d, col := range g.cols {
		for _, level := range col.levels {
			for c := range p.chapters {
				g.cell(row[c], d).add(p.run(level, c))
			}
		}
	}
	if len(out) > 0 {
		for i := range g.cells {
			g.cells[i].exclude(out)
		}
	}
	return g
}

func (g *grid) cell(row, col int) *stratum { return &g.cells[row*len(g.cols)+col] }

// have is how many questions the whole grid can give.
func (g *grid) have() int {
	n := 0
	for i := range g.cells {
		n += g.cells[i].size
	}
	return n
}

// columns turns difficulty shares into whole numbers by largest remainder, the
// easier level first when remainders are equal.
func columns(s *Section) []column {
	if len(s.Difficulty) == 0 {
		return []column{{levels: []int{1, 2, 3, 4, 5}, want: s.Count}}
	}
	var cols []column
	var rest column
	left := s.Count
	for level := 1; level <= levels; level++ {
		percent := 0
		for _, d := range s.Difficulty {
			if d.Level == level {
				percent = d.Percent
			}
		}
		if percent == 0 {
			rest.levels = append(rest.levels, level)
			continue
		}
		n := s.Count * percent
		cols = append(cols, column{levels: []int{level}, want: n / 100})
		left -= n / 100
	}
	remainder := func(c column) int { // in percent of a question
		i := slices.IndexFunc(s.Difficulty, func(d Share) bool { return d.Level == c.levels[0] })
		return s.Count * s.Difficulty[i].Percent % 100
	}
	order := slices.Clone(cols)
	slices.SortStableFunc(order, func(a, b column) int { return cmp.Compare(remainder(b), remainder(a)) })
	for _, c := range order[:left] {
		i := slices.IndexFunc(cols, func(o column) bool { return o.levels[0] == c.levels[0] })
		cols[i].want++
	}
	if len(rest.levels) > 0 {
		cols = append(cols, rest)
	}
	return cols
}
