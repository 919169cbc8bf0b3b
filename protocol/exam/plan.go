package exam

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"huyun.internal/protocol/fault"
)

// Method is the number of the way papers are generated. A change that gives
// any paper other questions gets a new number and keeps the old way.
const Method = 1

// Plan is a rule prepared over an index: which strata every section draws from
// and how many. Make one a sitting, then one paper a candidate; a Plan is safe
// for concurrent use.
type Plan struct {
	rule     Rule
	index    *Index
	sections []sectionPlan
	names    []string // Item.No of each position
}

type sectionPlan struct {
	grid     *grid
	round    rounding
	bent     bool // the bank forces relaxations
	reshared bool // an earlier section draws from the same pool
}

// Prepare plans a rule over an index. It fails with the codes of Rule.Validate,
// and with exam.paper.shortage when no paper can be made; soft shortages do not
// fail but are recorded in every paper.
func Prepare(rule Rule, index *Index) (*Plan, error) {
	err := rule.Validate()
	if err != nil {
		return nil, err
	}
	for _, s := range Check(rule, index) {
		if s.Hard {
			return nil, fault.New(fault.Precondition, "exam.paper.shortage", s.Text)
		}
	}
	p := &Plan{rule: rule, index: index}
	used := make(map[poolKey]bool)
	for i := range rule.Sections {
		k := rule.pool(i)
		sp := planSection(index.pools[k], &rule.Sections[i], nil)
		sp.reshared = used[k]
		used[k] = true
		p.sections = append(p.sections, sp)
		p.number(&rule.Sections[i])
	}
	return p, nil
}

func (r *Rule) pool(section int) poolKey {
	s := &r.Sections[section]
	return poolKey{r.Category, r.Subject, s.Type, s.Subs}
}

func planSection(p *pool, s *Section, out []int32) sectionPlan {
	g := newGrid(p, s, out)
	f := g.share()
	return sectionPlan{grid: g, round: newRounding(f), bent: g.bent(f)}
}

// bent reports whether shares break a wish of the rule.
func (g *grid) bent(f *flow) bool {
	for r, q := range g.rows {
		if f.row[r] < int64(q.Min)*unit || f.row[r] > int64(q.Max)*unit {
			return true
		}
	}
	for d, c := range g.cols {
		if f.col[d] != int64(c.want)*unit {
			return true
		}
	}
	return false
}

// number gives the positions of one more section their names. A case counts as
// one number, its sub-questions as "85.1", "85.2".
func (p *Plan) number(s *Section) {
	n := 1
	if len(p.names) > 0 {
		last, _, _ := strings.Cut(p.names[len(p.names)-1], ".")
		n, _ = strconv.Atoi(last)
		n++
	}
	for i := range s.Count {
		if s.Type != Case {
			p.names = append(p.names, strconv.Itoa(n+i))
			continue
		}
		for sub := range s.Subs {
			p.names = append(p.names, fmt.Sprintf("%d.%d", n+i, sub+1))
		}
	}
}

// relaxed names the wishes that one paper's counts do not meet.
func (g *grid) relaxed(section int, counts []int) []Relaxation {
	var out []Relaxation
	note := func(kind, text string, args ...any) {
		out = append(out, Relaxation{section, kind, fmt.Sprintf(text, args...)})
	}
	for r, q := range g.rows {
		n := 0
		for d := range g.cols {
			n += counts[r*len(g.cols)+d]
		}
		if n < q.Min {
			note("chapter", "章节「%s」应不少于 %d 题，实出 %d 题", q.Chapter, q.Min, n)
		}
		if n > q.Max {
			note("chapter", "章节「%s」应不超过 %d 题，实出 %d 题", q.Chapter, q.Max, n)
		}
	}
	for d, c := range g.cols {
		n := 0
		for r := range g.rows {
			n += counts[r*len(g.cols)+d]
		}
		if n != c.want {
			note("difficulty", "难度 %s 级应出 %d 题，实出 %d 题", c, c.want, n)
		}
	}
	return out
}

// String is the levels as people write them: "3", "1、2".
func (c column) String() string {
	s := make([]string, len(c.levels))
	for i, l := range c.levels {
		s[i] = strconv.Itoa(l)
	}
	return strings.Join(s, "、")
}

// positions finds where questions lie in a pool's list, sorted; ids that are
// not in the pool are left out.
func (x *Index) positions(p *pool, questions []int32) []int32 {
	var out []int32
	for _, i := range questions {
		q := &x.questions[i]
		c := p.chapter(q.Chapter)
		if c < 0 {
			continue
		}
		run := p.run(q.Difficulty, c)
		at, ok := slices.BinarySearch(p.list[run.lo:run.hi], i)
		if ok {
			out = append(out, run.lo+int32(at))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
