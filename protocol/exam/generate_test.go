package exam_test

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

func TestSameArgumentsSamePaper(t *testing.T) {
	t.Parallel()
	r := bank(fullBank)
	p := plan(t, fullRule(), r)
	want := p.Paper(seed(7))
	require.Equal(t, want, p.Paper(seed(7)))
	again, err := exam.Generate(fullRule(), index(t, r), seed(7))
	require.NoError(t, err)
	require.Equal(t, want.Digest(), again.Digest())

	other := bank(fullBank)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(other.Questions), func(i, j int) {
		other.Questions[i], other.Questions[j] = other.Questions[j], other.Questions[i]
	})
	shuffled := plan(t, fullRule(), other).Paper(seed(7))
	require.Equal(t, want.Digest(), shuffled.Digest(), "order of the range must not matter")
	next := p.Paper(seed(8))
	require.NotEqual(t, want.Digest(), next.Digest())
}

func TestPlanIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	p := plan(t, fullRule(), bank(fullBank))
	done := make(chan exam.Paper)
	for i := range 8 {
		go func() { done <- p.Paper(seed(i % 2)) }()
	}
	seen := make(map[string]int)
	for range 8 {
		q := <-done
		seen[q.Digest().String()]++
	}
	require.Len(t, seen, 2)
}

func TestUnshuffledPaperIsInBankOrder(t *testing.T) {
	t.Parallel()
	rule := fullRule()
	rule.Shuffle, rule.ShuffleOpts = false, false
	p := plan(t, rule, bank(fullBank)).Paper(seed(1))
	for s := range rule.Sections {
		require.True(t, slices.IsSorted(drawn(p, s)))
	}
	for _, it := range p.Items {
		require.Nil(t, it.Order)
	}
}

// anyRule draws rules that may or may not be satisfiable by the bank.
func anyRule(t *rapid.T) exam.Rule {
	rule := exam.Rule{
		ID: "r", Version: 1, Name: "n", Category: category, Subject: subject, Minutes: 60, Pass: 1,
		Shuffle: rapid.Bool().Draw(t, "shuffle"), ShuffleOpts: rapid.Bool().Draw(t, "options"),
	}
	for range rapid.IntRange(1, 4).Draw(t, "sections") {
		s := exam.Section{
			Type:  rapid.SampledFrom([]exam.Type{exam.TF, exam.Single, exam.Multi, exam.Case}).Draw(t, "type"),
			Count: rapid.IntRange(1, 30).Draw(t, "count"), Each: 10,
		}
		if s.Type == exam.Case {
			s.Count, s.Subs = 1+s.Count%3, 5
		}
		left := s.Count
		for _, c := range chapters[:rapid.IntRange(0, 5).Draw(t, "quotas")] {
			q := exam.Quota{Chapter: c, Min: rapid.IntRange(0, left).Draw(t, "min")}
			left -= q.Min
			if rapid.Bool().Draw(t, "bounded") {
				q.Max = max(1, q.Min+rapid.IntRange(0, 5).Draw(t, "slack"))
			}
			s.Chapters = append(s.Chapters, q)
		}
		if rapid.Bool().Draw(t, "difficulty") {
			rest := 100
			for level := 1; level < 5; level++ {
				n := rapid.IntRange(0, rest).Draw(t, "percent")
				s.Difficulty = append(s.Difficulty, exam.Share{Level: level, Percent: n})
				rest -= n
			}
			s.Difficulty = append(s.Difficulty, exam.Share{Level: 5, Percent: rest})
		}
		rule.Sections = append(rule.Sections, s)
	}
	return rule
}

// breaches counts a paper's questions by chapter and level and names the kinds
// of wishes that are not met: a plain restatement of the rule.
func breaches(rule exam.Rule, x *exam.Index, p exam.Paper) map[string]bool {
	broken := make(map[string]bool)
	for i, s := range rule.Sections {
		byChapter, byLevel := make(map[string]int), make(map[int]int)
		for _, id := range drawn(p, i) {
			q, _ := x.Question(id)
			byChapter[q.Chapter]++
			byLevel[q.Difficulty]++
		}
		for _, c := range s.Chapters {
			if n := byChapter[c.Chapter]; n < c.Min || c.Max > 0 && n > c.Max {
				broken[fmt.Sprintf("%d chapter", i)] = true
			}
		}
		for _, d := range s.Difficulty {
			exact := float64(s.Count*d.Percent) / 100
			if n := float64(byLevel[d.Level]); n <= exact-1 || n >= exact+1 {
				broken[fmt.Sprintf("%d difficulty", i)] = true
			}
		}
	}
	return broken
}

func TestEveryPaperKeepsTheRuleOrSaysWhatItRelaxed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := bank(map[exam.Type]int{
			exam.TF: rapid.IntRange(1, 60).Draw(t, "tf"), exam.Single: rapid.IntRange(1, 60).Draw(t, "single"),
			exam.Multi: rapid.IntRange(1, 60).Draw(t, "multi"), exam.Case: rapid.IntRange(1, 6).Draw(t, "case"),
		})
		x, rule := index(t, r), anyRule(t)
		require.NoError(t, rule.Validate())
		var recent []string
		if rapid.Bool().Draw(t, "recent") {
			for _, q := range r.Questions {
				if rapid.IntRange(0, 3).Draw(t, "met") == 0 {
					recent = append(recent, q.ID)
				}
			}
		}
		short := exam.Check(rule, x)
		p, err := exam.Generate(rule, x, seed(rapid.IntRange(0, 1000).Draw(t, "seed")), recent...)
		if len(short) > 0 && short[0].Hard {
			require.True(t, fault.Is(err, "exam.paper.shortage"))
			return
		}
		require.NoError(t, err)
		require.Len(t, p.Items, rule.Items())

		seen := make(map[string]bool)
		for i, s := range rule.Sections {
			ids := drawn(p, i)
			require.Len(t, ids, s.Count)
			for _, id := range ids {
				q, ok := x.Question(id)
				require.True(t, ok)
				require.Equal(t, s.Type, q.Type)
				require.False(t, seen[id], "a question twice")
				seen[id] = true
			}
		}
		relaxed := make(map[string]bool)
		back := false
		for _, r := range p.Relaxed {
			if r.Kind == "recent" {
				back = true
				continue
			}
			relaxed[fmt.Sprintf("%d %s", r.Section, r.Kind)] = true
		}
		broken := breaches(rule, x, p)
		// A level may be off its largest-remainder number yet within one of its
		// share, so every breach is recorded but not the other way round.
		for b := range broken {
			require.Contains(t, relaxed, b)
		}
		if !back {
			for _, id := range recent {
				require.False(t, seen[id], "a recent question without a relaxation")
			}
		}
		if len(short) == 0 && len(recent) == 0 && !sameTypeTwice(rule) {
			require.Empty(t, p.Relaxed)
		}
	})
}

func sameTypeTwice(r exam.Rule) bool {
	seen := make(map[exam.Type]bool)
	for _, s := range r.Sections {
		if seen[s.Type] {
			return true
		}
		seen[s.Type] = true
	}
	return false
}

func TestRecentQuestionsAreAvoidedAndComeBackOnlyAsNeeded(t *testing.T) {
	t.Parallel()
	rule := fullRule()
	rule.Sections = []exam.Section{{Type: exam.TF, Count: 10, Each: 10}}
	rule.Pass = 60
	r := bank(map[exam.Type]int{exam.TF: 25})
	p := plan(t, rule, r)
	var recent []string
	for _, q := range r.Questions[:15] {
		recent = append(recent, q.ID)
	}
	for i := range 50 {
		paper := p.Paper(seed(i), recent...)
		require.Empty(t, paper.Relaxed)
		for _, id := range drawn(paper, 0) {
			require.NotContains(t, recent, id)
		}
	}
	for _, q := range r.Questions[15:18] {
		recent = append(recent, q.ID)
	}
	back := make(map[string]bool)
	for i := range 200 {
		paper := p.Paper(seed(i), append(recent, "unknown", recent[0])...)
		require.Equal(t, []exam.Relaxation{{Kind: "recent", Detail: "可用新题不足，重复使用近期做过的试题 3 道"}}, paper.Relaxed)
		n := 0
		for _, id := range drawn(paper, 0) {
			if slices.Contains(recent, id) {
				n++
				back[id] = true
			}
		}
		require.Equal(t, 3, n)
	}
	require.Len(t, back, 18, "any recent question may come back")
}

// uniform checks observed counts of equally likely outcomes: chi-squared within
// five standard deviations, which a fair source leaves once in millions.
func uniform(t *testing.T, n int, counts map[string]int, outcomes []string, correction float64) {
	t.Helper()
	expected := float64(n) / float64(len(outcomes))
	chi := 0.0
	for _, o := range outcomes {
		d := float64(counts[o]) - expected
		chi += d * d / expected
	}
	chi /= correction // draws without replacement vary less than independent ones
	free := float64(len(outcomes) - 1)
	require.InDelta(t, free, chi, 5*math.Sqrt(2*free)+1, "expected %.0f each, have %v", expected, counts)
}

func TestEveryEligibleQuestionIsEquallyLikely(t *testing.T) {
	t.Parallel()
	const papers = 20000
	rule := fullRule()
	r := bank(fullBank)
	x := index(t, r)
	p := plan(t, rule, r)
	hits := make([]map[string]int, len(rule.Sections))
	for i := range hits {
		hits[i] = make(map[string]int)
	}
	for i := range papers {
		paper := p.Paper(seed(i))
		require.Empty(t, paper.Relaxed)
		for s := range hits {
			for _, id := range drawn(paper, s) {
				hits[s][id]++
			}
		}
	}
	for s, sec := range rule.Sections {
		cells := make(map[string][]string)
		for _, q := range r.Questions {
			if q.Type == sec.Type {
				cells[cellOf(sec, q)] = append(cells[cellOf(sec, q)], q.ID)
			}
		}
		for name, ids := range cells {
			total := 0
			for _, id := range ids {
				total += hits[s][id]
			}
			if total == 0 {
				require.Equal(t, "no share", name)
				continue
			}
			k := float64(total) / papers
			correction := 1 - k/float64(len(ids))
			uniform(t, total, hits[s], ids, correction)
		}
	}
	require.Empty(t, slices.DeleteFunc(slices.Collect(maps.Keys(hits[1])), func(id string) bool {
		_, ok := x.Question(id)
		return ok
	}))
	require.Len(t, hits[1], 150, "every question of the bank is drawn sooner or later")
}

// cellOf names the stratum a question belongs to under a section's rule.
func cellOf(s exam.Section, q exam.Question) string {
	name := "rest"
	for _, c := range s.Chapters {
		if c.Chapter == q.Chapter {
			name = c.Chapter
		}
	}
	if len(s.Difficulty) == 0 {
		return name
	}
	for _, d := range s.Difficulty {
		if d.Level == q.Difficulty {
			return fmt.Sprint(name, d.Level)
		}
	}
	return "no share"
}
