package seed

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
)

func questions(t *testing.T) []exam.Question {
	t.Helper()
	q, err := Questions()
	require.NoError(t, err)
	return q
}

func count(questions []exam.Question, kind exam.Type) (n int) {
	for _, q := range questions {
		if q.Type == kind {
			n++
		}
	}
	return n
}

func TestTheBankIsLargeEnough(t *testing.T) {
	t.Parallel()
	all := questions(t)
	require.GreaterOrEqual(t, len(all), 500)
	for _, want := range []struct {
		category, subject        string
		tf, single, multi, cases int
	}{
		{"09002", Public, 45, 60, 25, 0}, {"09003", Public, 45, 60, 25, 0},
		{"09002", Regional, 28, 35, 16, 0}, {"09003", Regional, 28, 35, 16, 0},
		{"02001", Theory, 48, 48, 12, 0}, {"03001", Theory, 48, 48, 15, 2},
		{"03003", Theory, 48, 48, 15, 2}, {"13001", Theory, 36, 48, 14, 4},
	} {
		q := Of(all, want.category, want.subject)
		have := fmt.Sprint(want.category, want.subject)
		require.GreaterOrEqual(t, count(q, exam.TF), want.tf, have)
		require.GreaterOrEqual(t, count(q, exam.Single), want.single, have)
		require.GreaterOrEqual(t, count(q, exam.Multi), want.multi, have)
		require.GreaterOrEqual(t, count(q, exam.Case), want.cases, have)
	}
}

func TestEveryRuleCanBeMetExactly(t *testing.T) {
	t.Parallel()
	all, seen := questions(t), map[string]bool{}
	for _, r := range Rules() {
		require.NoError(t, r.Validate(), r.ID)
		require.False(t, seen[r.ID], r.ID)
		seen[r.ID] = true
		require.Equal(t, exam.Points(1000), r.Full(), r.ID)
		index, err := exam.NewIndex(exam.Range{ID: "all", Questions: all})
		require.NoError(t, err)
		require.Empty(t, exam.Check(r, index), r.ID)
		for i := range 20 {
			p, err := exam.Generate(r, index, [32]byte{byte(i), 7})
			require.NoError(t, err, r.ID)
			require.Empty(t, p.Relaxed, r.ID)
			require.Len(t, p.Items, r.Items(), r.ID)
		}
	}
}

// A candidate who always marks the same letter, the longest option, or every
// statement as right must gain nothing by it.
func TestAnswersAreSpread(t *testing.T) {
	t.Parallel()
	var single, multi [4]int
	truths, statements, longest, singles := 0, 0, 0, 0
	for _, q := range questions(t) {
		walk(&q, func(q *exam.Question) {
			switch q.Type {
			case exam.TF:
				statements++
				if q.Answer[0] == "T" {
					truths++
				}
			case exam.Single:
				singles++
				right := q.Answer[0][0] - 'A'
				single[right]++
				if giveaway(q.Options, int(right)) {
					longest++
				}
			case exam.Multi:
				for _, a := range q.Answer {
					multi[a[0]-'A']++
				}
			}
		})
	}
	for i := range 4 {
		require.InDelta(t, float64(singles)/4, single[i], float64(singles)/25, "single %v", single)
		require.InDelta(t, float64(multi[0]+multi[1]+multi[2]+multi[3])/4, multi[i], 15, "multi %v", multi)
	}
	require.InDelta(t, 0.5, float64(truths)/float64(statements), 0.07)
	require.Less(t, longest, singles/25, "right options that stand out by their length")
}

// giveaway reports a right option that is much longer than all others.
func giveaway(options []exam.Option, right int) bool {
	length := len([]rune(options[right].Text))
	most := 0
	for i, o := range options {
		if i != right {
			most = max(most, len([]rune(o.Text)))
		}
	}
	return length > most*5/4 && length >= most+4
}

func TestDifficultyIsSpread(t *testing.T) {
	t.Parallel()
	all := questions(t)
	var levels [6]int
	for _, q := range all {
		levels[q.Difficulty]++
	}
	for level, want := range map[int]float64{1: .2, 2: .3, 3: .3, 4: .15, 5: .05} {
		require.InDelta(t, want, float64(levels[level])/float64(len(all)), 0.05, "level %d of %v", level, levels)
	}
}

func TestEveryQuestionIsComplete(t *testing.T) {
	t.Parallel()
	for _, q := range questions(t) {
		require.NoError(t, q.Validate(), q.ID)
		require.Contains(t, q.LawRef, "《", q.ID)
		for _, m := range q.Media {
			require.NotEmpty(t, Media()[m.Digest], q.ID)
			require.NotEmpty(t, m.Alt, q.ID)
		}
		if q.Type == exam.Case {
			require.Len(t, q.Sub, 5, q.ID)
		}
		walk(&q, func(s *exam.Question) {
			require.True(t, strings.HasSuffix(strings.TrimRight(s.Stem, "（　）"), "。") || strings.ContainsAny(s.Stem, "（？"), q.ID+" "+s.Stem)
			if s.Type != exam.Case {
				require.True(t, strings.HasSuffix(s.Explain, "。"), q.ID)
			}
			if s.Type == exam.Multi {
				require.GreaterOrEqual(t, len(s.Answer), 2, q.ID)
			}
			require.NotRegexp(t, `前[两三四]项|以上(都|均)|选项 ?[A-D]`, s.Explain+s.Stem, "options are shuffled: "+q.ID)
		})
	}
}

func TestNoQuestionIsThereTwice(t *testing.T) {
	t.Parallel()
	all := questions(t)
	grams := make([]map[string]bool, len(all))
	for i, q := range all {
		grams[i] = trigrams(q)
	}
	for i := range all {
		for j := range i {
			if all[i].Subject != all[j].Subject || all[i].Type != all[j].Type {
				continue
			}
			require.Less(t, jaccard(grams[i], grams[j]), 0.75, "%s is like %s", all[i].Stem, all[j].Stem)
		}
	}
}

// trigrams of what a candidate reads: the stem, and the options where there are
// some, for “下列说法正确的是” is no question by itself.
func trigrams(q exam.Question) map[string]bool {
	text := q.Stem
	for _, o := range q.Options {
		text += o.Text
	}
	var runes []rune
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			runes = append(runes, r)
		}
	}
	out := map[string]bool{}
	for i := 0; i+3 <= len(runes); i++ {
		out[string(runes[i:i+3])] = true
	}
	return out
}

func jaccard(a, b map[string]bool) float64 {
	both := 0
	for g := range a {
		if b[g] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

func TestPicturesAreSmall(t *testing.T) {
	t.Parallel()
	require.Len(t, Media(), 4)
	for digest, data := range Media() {
		require.Less(t, len(data), 30<<10, digest)
	}
}

// walk visits a question and its sub-questions.
func walk(q *exam.Question, visit func(*exam.Question)) {
	visit(q)
	for i := range q.Sub {
		visit(&q.Sub[i])
	}
}
