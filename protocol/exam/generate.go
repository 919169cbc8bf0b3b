package exam

import "slices"

// Generate makes one paper: Prepare and Paper in one call, for a lone preview
// or check. Codes: those of Prepare.
func Generate(rule Rule, index *Index, seed [32]byte, recent ...string) (Paper, error) {
	p, err := Prepare(rule, index)
	if err != nil {
		return Paper{}, err
	}
	return p.Paper(seed, recent...), nil
}

// Paper makes the paper of a seed. recent lists questions the candidate met in
// earlier papers: they are avoided, and those that have to come back all the
// same are recorded as a relaxation. The same arguments give the same paper,
// for ever.
//
// The order in which the random words are used is part of the format: section
// by section; within one the rounding, the draws cell by cell, the order of the
// questions, the order of each question's options.
func (p *Plan) Paper(seed [32]byte, recent ...string) Paper {
	d := drawing{plan: p}
	d.rng.seed(seed)
	for _, id := range recent {
		if i, ok := p.index.find(id); ok {
			d.recent = append(d.recent, i)
		}
	}
	slices.Sort(d.recent)
	d.recent = slices.Compact(d.recent)
	d.items = make([]Item, 0, len(p.names))
	d.drawn = make([]int32, 0, len(p.names))
	if p.rule.ShuffleOpts {
		d.orders = make([]int, 0, 4*len(p.names)) // four options are usual; more makes it grow
	}
	for i := range p.sections {
		d.section(i)
	}
	return Paper{
		Method: Method, Rule: p.rule.ID, Version: p.rule.Version, Range: p.index.id,
		Pass: p.rule.Pass, Partial: p.rule.MultiPartial, Items: d.items, Relaxed: d.relaxed,
	}
}

// drawing is one paper in the making.
type drawing struct {
	plan    *Plan
	rng     random
	recent  []int32 // sorted positions in Index.questions
	drawn   []int32 // what the sections before drew, in Index.questions
	picks   []int32
	briefs  []brief
	scratch scratch
	orders  []int
	items   []Item
	relaxed []Relaxation
}

func (d *drawing) section(i int) {
	s := &d.plan.rule.Sections[i]
	sp := d.planned(i)
	counts := sp.round.counts(&d.rng, &d.scratch)
	if sp.bent {
		d.relaxed = append(d.relaxed, sp.grid.relaxed(i, counts)...)
	}
	from := len(d.drawn)
	for c, k := range counts {
		if k == 0 {
			continue
		}
		cell := &sp.grid.cells[c]
		d.picks = d.rng.choose(cell.size, k, d.picks[:0])
		for _, t := range d.picks {
			d.drawn = append(d.drawn, cell.position(t))
		}
	}
	picks := d.drawn[from:]
	gather(picks, sp.grid.pool.list, picks)
	if d.plan.rule.Shuffle {
		shuffle(&d.rng, picks)
	} else {
		slices.Sort(picks)
	}
	d.briefs = slices.Grow(d.briefs[:0], len(picks))[:len(picks)]
	gather(d.briefs, d.plan.index.brief, picks)
	for n, q := range picks {
		b := &d.briefs[n]
		if s.Type == Case {
			d.subs(i, q, b)
			continue
		}
		d.item(i, b, 0, int(b.options))
	}
}

// gather copies table[at] for each position. The loop does nothing else, so
// that the cache misses of a large bank are waited for together and not one
// after the other.
func gather[T any](to, table []T, at []int32) {
	for i, p := range at {
		to[i] = table[p]
	}
}

// planned is the section's plan, made anew when questions of its pool are out
// of reach for this paper.
func (d *drawing) planned(i int) *sectionPlan {
	sp := &d.plan.sections[i]
	if !sp.reshared && len(d.recent) == 0 {
		return sp
	}
	s := &d.plan.rule.Sections[i]
	pool := sp.grid.pool
	var out []int32
	if sp.reshared {
		out = d.plan.index.positions(pool, d.drawn)
	}
	avoid := d.plan.index.positions(pool, d.recent)
	avoid = slices.DeleteFunc(avoid, func(p int32) bool {
		_, taken := slices.BinarySearch(out, p)
		return taken
	})
	if lack := s.Count - (len(pool.list) - len(out) - len(avoid)); lack > 0 {
		shuffle(&d.rng, avoid)
		avoid = avoid[lack:]
		d.relaxed = append(d.relaxed, recentRelaxation(i, lack))
	}
	out = append(out, avoid...)
	if len(out) == 0 {
		return sp
	}
	slices.Sort(out)
	again := planSection(pool, s, out)
	return &again
}

func (d *drawing) subs(section int, q int32, b *brief) {
	for n := range d.plan.index.questions[q].Sub {
		d.item(section, b, n+1, len(d.plan.index.questions[q].Sub[n].Options))
	}
}

func (d *drawing) item(section int, b *brief, sub, options int) {
	it := Item{
		No: d.plan.names[len(d.items)], Question: d.plan.index.idOf(b), Version: int(b.version),
		Sub: sub, Section: section, Worth: d.plan.rule.Sections[section].Each,
	}
	if options > 0 && d.plan.rule.ShuffleOpts {
		from := len(d.orders)
		for o := range options {
			d.orders = append(d.orders, o)
		}
		it.Order = d.orders[from:len(d.orders):len(d.orders)]
		shuffle(&d.rng, it.Order)
	}
	d.items = append(d.items, it)
}
