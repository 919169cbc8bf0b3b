package paper

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/exam"
)

// papersMade is how many papers a distribution is counted over.
const papersMade = 1000

// Distribution is what a thousand papers of a rule look like over the bank of
// this moment, each beside the one made before as candidates sit side by side.
type Distribution struct {
	Papers   int             `json:"papers"`
	Sections []SectionSpread `json:"sections"`
	Relaxed  []Relaxed       `json:"relaxed" doc:"放宽了哪些要求，各有多少份试卷"`
	Pool     int             `json:"pool" doc:"可选试题"`
	Used     int             `json:"used" doc:"至少出现过一次的试题"`
	Most     float64         `json:"most" doc:"出现最多的一题占全部试卷的百分比"`
	Overlap  Overlaps        `json:"overlap"`
}

// SectionSpread is how many questions a section has of each level and chapter.
type SectionSpread struct {
	Section  int    `json:"section"`
	Type     string `json:"type"`
	Count    int    `json:"count"`
	Levels   []Part `json:"levels"`
	Chapters []Part `json:"chapters"`
}

// Part is the least, the usual and the most of a paper.
type Part struct {
	Name string  `json:"name"`
	Min  int     `json:"min"`
	Mean float64 `json:"mean"`
	Max  int     `json:"max"`
}

// Relaxed counts the papers that let go of a wish of a section.
type Relaxed struct {
	Section int    `json:"section"`
	Kind    string `json:"kind" enum:"chapter,difficulty,recent"`
	Papers  int    `json:"papers"`
}

// Overlaps are percentages of a paper's questions that the next paper has too.
type Overlaps struct {
	Mean float64 `json:"mean"`
	P95  int     `json:"p95" doc:"95% 的邻座不超过"`
	Max  int     `json:"max"`
}

// Distribution makes a thousand papers and counts; nobody sees one. The same
// rule over the same bank gives the same figures. Faults: those of a check, and
// exam.paper.shortage.
func (s *Service) Distribution(ctx context.Context, r exam.Rule) (Distribution, error) {
	if _, err := auth.Require(ctx, PermSave); err != nil {
		return Distribution{}, err
	}
	r.ID, r.Version = "distribution", 1
	if err := check(&r); err != nil {
		return Distribution{}, err
	}
	x, err := s.index(ctx, s.db, r)
	if err != nil {
		return Distribution{}, err
	}
	plan, err := exam.Prepare(r, x)
	if err != nil {
		return Distribution{}, err
	}
	t := newTally(r, x)
	var last exam.Paper
	for i := range papersMade {
		var seed [32]byte
		binary.BigEndian.PutUint32(seed[:], uint32(i)) //nolint:gosec // below a thousand
		p := plan.Paper(seed)
		t.add(&p)
		if i > 0 {
			t.overlaps = append(t.overlaps, Overlap(&last, &p))
		}
		last = p
	}
	return t.distribution(r, x), nil
}

// Overlap is the percentage of a's questions that b has too; a case is one.
func Overlap(a, b *exam.Paper) int {
	has, all, both := map[string]bool{}, 0, 0
	for _, id := range Questions(b) {
		has[id] = true
	}
	for _, id := range Questions(a) {
		all++
		if has[id] {
			both++
		}
	}
	return (100*both + all - 1) / max(all, 1)
}

// Questions are the questions of a paper, a case once.
func Questions(p *exam.Paper) []string {
	out := make([]string, 0, len(p.Items))
	for _, i := range p.Items {
		if i.Sub <= 1 {
			out = append(out, i.Question)
		}
	}
	return out
}

// tally counts papers.
type tally struct {
	index    *exam.Index
	levels   []map[string][]int // of each section: what each paper has
	chapters []map[string][]int
	relaxed  map[Relaxed]int
	drawn    map[string]int
	overlaps []int
	papers   int
}

func newTally(r exam.Rule, x *exam.Index) *tally {
	t := &tally{index: x, relaxed: map[Relaxed]int{}, drawn: map[string]int{}}
	for range r.Sections {
		t.levels, t.chapters = append(t.levels, map[string][]int{}), append(t.chapters, map[string][]int{})
	}
	return t
}

func (t *tally) add(p *exam.Paper) {
	for _, it := range p.Items {
		if it.Sub > 1 {
			continue
		}
		q, _ := t.index.Question(it.Question)
		t.drawn[it.Question]++
		count(t.levels[it.Section], fmt.Sprintf("%d", q.Difficulty), t.papers)
		count(t.chapters[it.Section], q.Chapter, t.papers)
	}
	seen := map[Relaxed]bool{}
	for _, r := range p.Relaxed {
		seen[Relaxed{Section: r.Section, Kind: r.Kind}] = true
	}
	for r := range seen {
		t.relaxed[r]++
	}
	t.papers++
}

func count(of map[string][]int, name string, paper int) {
	if of[name] == nil {
		of[name] = make([]int, papersMade)
	}
	of[name][paper]++
}

func (t *tally) distribution(r exam.Rule, x *exam.Index) Distribution {
	out := Distribution{Papers: t.papers, Pool: x.Len(), Used: len(t.drawn), Relaxed: []Relaxed{}}
	for i, s := range r.Sections {
		out.Sections = append(out.Sections, SectionSpread{i, string(s.Type), s.Count, parts(t.levels[i]), parts(t.chapters[i])})
	}
	for k, n := range t.relaxed {
		out.Relaxed = append(out.Relaxed, Relaxed{k.Section, k.Kind, n})
	}
	slices.SortFunc(out.Relaxed, func(a, b Relaxed) int {
		if a.Section != b.Section {
			return a.Section - b.Section
		}
		return slices.Index(kinds, a.Kind) - slices.Index(kinds, b.Kind)
	})
	for _, n := range t.drawn {
		out.Most = max(out.Most, 100*float64(n)/float64(t.papers))
	}
	slices.Sort(t.overlaps)
	sum := 0
	for _, n := range t.overlaps {
		sum += n
	}
	last := len(t.overlaps) - 1
	out.Overlap = Overlaps{float64(sum) / float64(last+1), t.overlaps[last*95/100], t.overlaps[last]}
	return out
}

// kinds of relaxation in the order in which wishes are let go of.
var kinds = []string{"chapter", "difficulty", "recent"}

func parts(of map[string][]int) []Part {
	out := []Part{}
	for name, counts := range of {
		sum := 0
		for _, n := range counts {
			sum += n
		}
		out = append(out, Part{name, slices.Min(counts), float64(sum) / papersMade, slices.Max(counts)})
	}
	slices.SortFunc(out, func(a, b Part) int { return strings.Compare(a.Name, b.Name) })
	return out
}
