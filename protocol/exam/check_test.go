package exam_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

func one(s exam.Section) exam.Rule {
	r := fullRule()
	r.Sections, r.Pass, r.MultiPartial = []exam.Section{s}, 1, false
	return r
}

func TestEnoughQuestionsMeansNoShortage(t *testing.T) {
	t.Parallel()
	require.Empty(t, exam.Check(fullRule(), index(t, bank(fullBank))))
}

func TestShortagesAreNamed(t *testing.T) {
	t.Parallel()
	x := index(t, bank(map[exam.Type]int{exam.TF: 50, exam.Single: 25, exam.Case: 2}))
	for _, c := range []struct {
		name    string
		section exam.Section
		want    []exam.Shortage
	}{
		{"too few", exam.Section{Type: exam.Single, Count: 30, Each: 10}, []exam.Shortage{{
			Hard: true, Kind: "count", Need: 30, Have: 25,
			Text: "第 1 大题需要 30 道单选题，题库只有 25 道，还缺 5 道。请补充该类别、科目的试题或减少题数",
		}}},
		{"none", exam.Section{Type: exam.Multi, Count: 1, Each: 10}, []exam.Shortage{{
			Hard: true, Kind: "count", Need: 1,
			Text: "第 1 大题需要 1 道多选题，题库只有 0 道，还缺 1 道。请补充该类别、科目的试题或减少题数",
		}}},
		{"cases of another size", exam.Section{Type: exam.Case, Count: 1, Each: 10, Subs: 3}, []exam.Shortage{{
			Hard: true, Kind: "count", Need: 1,
			Text: "第 1 大题需要 1 道案例题（每题 3 小题），题库只有 0 道，还缺 1 道。请补充该类别、科目的试题或减少题数",
		}}},
		{"chapter", exam.Section{
			Type: exam.Single, Count: 20, Each: 10,
			Chapters: []exam.Quota{{Chapter: chapters[0], Min: 7}},
		}, []exam.Shortage{{
			Kind: "chapter", Chapter: chapters[0], Need: 7, Have: 5,
			Text: "第 1 大题：章节「职业道德」至少要 7 题，题库只有 5 题。请补充该章节试题或调低下限",
		}}},
		{"chapter unknown", exam.Section{
			Type: exam.Single, Count: 20, Each: 10, Chapters: []exam.Quota{{Chapter: "没有的章节", Min: 1}},
		}, []exam.Shortage{{
			Kind: "chapter", Chapter: "没有的章节", Need: 1, Have: 0,
			Text: "第 1 大题：章节「没有的章节」至少要 1 题，题库只有 0 题。请补充该章节试题或调低下限",
		}}},
		{"level", exam.Section{
			Type: exam.Single, Count: 20, Each: 10,
			Difficulty: []exam.Share{{Level: 5, Percent: 40}, {Level: 1, Percent: 20}, {Level: 2, Percent: 20}, {Level: 3, Percent: 20}},
		}, []exam.Shortage{{
			Kind: "difficulty", Level: 5, Need: 8, Have: 5,
			Text: "第 1 大题：难度 5 级需要 8 题，题库只有 5 题。请补充该难度试题或调整难度比例",
		}}},
		{"chapter against level", exam.Section{
			Type: exam.Single, Count: 5, Each: 10,
			Chapters: []exam.Quota{{Chapter: chapters[1], Min: 5}}, Difficulty: []exam.Share{{Level: 2, Percent: 100}},
		}, []exam.Shortage{{
			Kind: "chapter", Chapter: chapters[1], Need: 5, Have: 1,
			Text: "第 1 大题：章节「法律法规」至少要 5 题，但与难度比例冲突，最多出 1 题。请补充该章节所缺难度的试题或调整比例",
		}}},
		{"maximum", exam.Section{
			Type: exam.Single, Count: 23, Each: 10, Chapters: []exam.Quota{{Chapter: chapters[4], Max: 2}},
		}, []exam.Shortage{{
			Kind: "chapter", Chapter: chapters[4], Need: 3, Have: 2,
			Text: "第 1 大题：章节「应急处置」上限 2 题，但其余章节试题不足，须出 3 题。请补充其余章节试题或调高上限",
		}}},
	} {
		require.Equal(t, c.want, exam.Check(one(c.section), x), c.name)
		p, err := exam.Generate(one(c.section), x, seed(1))
		if c.want[0].Hard {
			require.Equal(t, c.want[0].Text, fault.From(err).Text)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.want[0].Kind, p.Relaxed[0].Kind, c.name)
		require.Len(t, drawn(p, 0), c.section.Count)
	}
}

func TestSectionsOfOneTypeShareTheBank(t *testing.T) {
	t.Parallel()
	x := index(t, bank(map[exam.Type]int{exam.TF: 50}))
	r := one(exam.Section{Type: exam.TF, Count: 30, Each: 10})
	r.Sections = append(r.Sections, r.Sections[0])
	short := exam.Check(r, x)
	require.Len(t, short, 1)
	require.Equal(t, exam.Shortage{
		Section: 1, Hard: true, Kind: "count", Need: 60, Have: 50,
		Text: "第 2 大题与前面同题型的大题共需 60 道判断题，题库只有 50 道，还缺 10 道。请补充试题或减少题数",
	}, short[0])

	r.Sections[1].Count = 20
	p, err := exam.Generate(r, x, seed(1))
	require.NoError(t, err)
	seen := make(map[string]bool)
	for _, it := range p.Items {
		seen[it.Question] = true
	}
	require.Len(t, seen, 50)
}

// TestRelaxationOrder: what cannot have both keeps its levels and gives up the
// chapter; only a bank without enough of a level gives up that.
func TestRelaxationOrder(t *testing.T) {
	t.Parallel()
	x := index(t, bank(map[exam.Type]int{exam.Single: 25}))
	p, err := exam.Generate(one(exam.Section{
		Type: exam.Single, Count: 5, Each: 10,
		Chapters: []exam.Quota{{Chapter: chapters[1], Min: 5}}, Difficulty: []exam.Share{{Level: 2, Percent: 100}},
	}), x, seed(3))
	require.NoError(t, err)
	require.Equal(t, []exam.Relaxation{
		{Kind: "chapter", Detail: "章节「法律法规」应不少于 5 题，实出 1 题"},
	}, p.Relaxed)

	p, err = exam.Generate(one(exam.Section{
		Type: exam.Single, Count: 8, Each: 10, Difficulty: []exam.Share{{Level: 2, Percent: 100}},
	}), x, seed(3))
	require.NoError(t, err)
	require.Len(t, p.Relaxed, 2)
	require.Equal(t, "难度 2 级应出 8 题，实出 5 题", p.Relaxed[0].Detail)
	require.Equal(t, "难度 1、3、4、5 级应出 0 题，实出 3 题", p.Relaxed[1].Detail)
}

// TestCheckAgreesWithTryingEverything compares Check with a search through all
// ways to fill a small section: no shortage exactly when there is one way.
func TestCheckAgreesWithTryingEverything(t *testing.T) {
	t.Parallel()
	outcomes := make(map[bool]int)
	rapid.Check(t, func(t *rapid.T) {
		var have [3][2]int // chapter, level 1 or 2
		r := exam.Range{ID: "small"}
		for c := range 3 {
			for l := range 2 {
				have[c][l] = rapid.IntRange(0, 3).Draw(t, "have")
				for range have[c][l] {
					q := question(exam.TF, len(r.Questions))
					q.Chapter, q.Difficulty = chapters[c], 1+l
					r.Questions = append(r.Questions, q)
				}
			}
		}
		s := exam.Section{Type: exam.TF, Count: rapid.IntRange(1, 8).Draw(t, "count"), Each: 10}
		left := s.Count
		for c := range 2 { // the third chapter has no quota
			q := exam.Quota{Chapter: chapters[c], Min: rapid.IntRange(0, left).Draw(t, "min")}
			q.Max = max(1, q.Min+rapid.IntRange(0, 2).Draw(t, "slack"))
			left -= q.Min
			s.Chapters = append(s.Chapters, q)
		}
		easy := rapid.IntRange(0, s.Count).Draw(t, "easy")
		if 100%s.Count == 0 { // so that shares are whole and nothing is left to rounding
			s.Difficulty = []exam.Share{{Level: 1, Percent: 100 / s.Count * easy}, {Level: 2, Percent: 100 - 100/s.Count*easy}}
		}
		possible := false
		for n := range 4096 { // six cells of zero to three questions
			var row [3]int
			var col [2]int
			fits := true
			for c := range 3 {
				for l := range 2 {
					k := n >> (2 * (2*c + l)) & 3
					fits = fits && k <= have[c][l]
					row[c] += k
					col[l] += k
				}
			}
			fits = fits && col[0]+col[1] == s.Count && (len(s.Difficulty) == 0 || col[0] == easy)
			for c, q := range s.Chapters {
				fits = fits && row[c] >= q.Min && row[c] <= q.Max
			}
			possible = possible || fits
		}
		outcomes[possible]++
		require.Equal(t, possible, len(exam.Check(one(s), index(t, r))) == 0)
	})
	require.Greater(t, outcomes[true], 5)
	require.Greater(t, outcomes[false], 5)
}
