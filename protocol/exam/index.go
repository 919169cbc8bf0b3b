package exam

import (
	"cmp"
	"slices"
	"strings"

	"huyun.internal/protocol/fault"
)

// Index is a range made ready for drawing: built once, in one pass and a sort,
// then shared by any number of goroutines. What is drawn does not depend on the
// order in which the range lists its questions.
type Index struct {
	id        string
	questions []Question // by ID
	ids       string     // all ids one after the other
	brief     []brief    // parallel to questions: what drawing needs, close together
	pools     map[poolKey]*pool
}

// brief keeps drawing out of the big Question structs, whose cache misses would
// make a paper from a large bank slower than one from a small bank. For the same
// reason it is 12 bytes and holds no pointer.
type brief struct {
	at      uint32 // where the id begins in Index.ids
	version int32
	length  uint8 // of the id, at most maxID
	options uint8 // 0 for TF and Case
}

func (x *Index) idOf(b *brief) string { return x.ids[b.at : b.at+uint32(b.length)] }

// poolKey names the questions one section may draw from.
type poolKey struct {
	category, subject string
	typ               Type
	subs              int // sub-questions of a case, else 0
}

// pool holds the questions of one key ordered by difficulty, chapter, ID, so
// that each (difficulty, chapter) is one run.
type pool struct {
	list     []int32  // positions in Index.questions
	chapters []string // sorted
	start    []int32  // run (level-1)*len(chapters)+chapter begins here; one more at the end
}

// NewIndex validates every question of the range and indexes them. Codes: those
// of Question.Validate, and exam.range.duplicate.
func NewIndex(r Range) (*Index, error) {
	x := &Index{id: r.ID, questions: slices.Clone(r.Questions), pools: make(map[poolKey]*pool)}
	slices.SortFunc(x.questions, func(a, b Question) int { return strings.Compare(a.ID, b.ID) })
	at := x.shareIDs()
	x.brief = make([]brief, len(x.questions))
	for i := range x.questions {
		q := &x.questions[i]
		err := q.Validate()
		if err != nil {
			f := fault.From(err)
			return nil, fault.Invalidf(f.Code, "题目 %s：%s", q.ID, f.Text)
		}
		if i > 0 && x.questions[i-1].ID == q.ID {
			return nil, fault.Invalidf("exam.range.duplicate", "题目 %s 在考题范围中出现两次，请重新生成考题范围", q.ID)
		}
		x.brief[i] = brief{at: at[i], version: int32(q.Version), length: uint8(len(q.ID)), options: uint8(len(q.Options))}
		for _, c := range q.Categories {
			k := poolKey{c, q.Subject, q.Type, len(q.Sub)}
			if x.pools[k] == nil {
				x.pools[k] = &pool{}
			}
			x.pools[k].list = append(x.pools[k].list, int32(i))
		}
	}
	for _, p := range x.pools {
		p.order(x.questions)
	}
	return x, nil
}

// shareIDs puts all ids into one block of memory. Papers refer to ids, and the
// garbage collector would otherwise visit a hundred scattered strings for each.
// It returns where each begins.
func (x *Index) shareIDs() []uint32 {
	var b strings.Builder
	at := make([]uint32, len(x.questions))
	for i := range x.questions {
		at[i] = uint32(b.Len())
		b.WriteString(x.questions[i].ID)
	}
	x.ids = b.String()
	for i := range x.questions {
		from := int(at[i])
		x.questions[i].ID = x.ids[from : from+len(x.questions[i].ID)]
	}
	return at
}

// Range is the id of the indexed range.
func (x *Index) Range() string { return x.id }

// Len is how many questions there are.
func (x *Index) Len() int { return len(x.questions) }

// Question finds a question by its id. The result shares memory with the
// index: read it, do not change it.
func (x *Index) Question(id string) (*Question, bool) {
	i, ok := x.find(id)
	if !ok {
		return nil, false
	}
	return &x.questions[i], true
}

func (x *Index) find(id string) (int32, bool) {
	i, ok := slices.BinarySearchFunc(x.brief, id, func(b brief, id string) int { return strings.Compare(x.idOf(&b), id) })
	return int32(i), ok
}

func (p *pool) order(qs []Question) {
	seen := make(map[string]bool)
	for _, i := range p.list {
		if c := qs[i].Chapter; !seen[c] {
			seen[c] = true
			p.chapters = append(p.chapters, c)
		}
	}
	slices.Sort(p.chapters)
	slices.SortFunc(p.list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(qs[a].Difficulty, qs[b].Difficulty),
			strings.Compare(qs[a].Chapter, qs[b].Chapter), cmp.Compare(a, b))
	})
	p.start = make([]int32, levels*len(p.chapters)+1)
	run := 0
	for n, i := range p.list {
		at := (qs[i].Difficulty-1)*len(p.chapters) + p.chapter(qs[i].Chapter)
		for ; run <= at; run++ {
			p.start[run] = int32(n)
		}
	}
	for ; run < len(p.start); run++ {
		p.start[run] = int32(len(p.list))
	}
}

func (p *pool) chapter(name string) int {
	i, ok := slices.BinarySearch(p.chapters, name)
	if !ok {
		return -1
	}
	return i
}

// span is a half-open run of positions in pool.list.
type span struct{ lo, hi int32 }

// run is where the questions of one level and chapter lie.
func (p *pool) run(level, chapter int) span {
	at := (level-1)*len(p.chapters) + chapter
	return span{p.start[at], p.start[at+1]}
}
