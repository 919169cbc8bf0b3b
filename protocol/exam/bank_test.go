package exam_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
)

const (
	category = "09002"
	subject  = "全国公共科目"
)

var chapters = []string{"职业道德", "法律法规", "安全运营", "服务规范", "应急处置"}

// question n of a bank: chapters and difficulties in turn, so that a bank of
// 25·k questions of a type has k in every cell.
func question(typ exam.Type, n int) exam.Question {
	q := exam.Question{
		ID: fmt.Sprintf("%s-%05d", typ, n), Version: 1 + n%3, Industry: "taxi",
		Categories: []string{category}, Subject: subject,
		Chapter: chapters[n%5], Difficulty: 1 + n/5%5,
		LawRef: "《出租汽车驾驶员从业资格管理规定》", Explain: "EXPLAIN-MARKER",
	}
	fill(&q, typ, n)
	return q
}

func fill(q *exam.Question, typ exam.Type, n int) {
	q.Type, q.Stem = typ, fmt.Sprintf("第 %d 道%s的题干", n, exam.TypeName(typ))
	switch typ {
	case exam.TF:
		q.Answer = []string{[]string{"T", "F"}[n%2]}
	case exam.Single, exam.Multi:
		for i, k := range []string{"A", "B", "C", "D"} {
			q.Options = append(q.Options, exam.Option{Key: k, Text: fmt.Sprintf("选项 %d-%d", n, i)})
		}
		q.Answer = []string{[]string{"A", "B", "C", "D"}[n%4]}
		if typ == exam.Multi {
			q.Answer = [][]string{{"A", "B"}, {"B", "C", "D"}, {"A", "B", "C", "D"}}[n%3]
		}
	case exam.Case:
		for i := range 5 {
			var s exam.Question
			fill(&s, []exam.Type{exam.TF, exam.Single, exam.Multi}[i%3], n+i)
			q.Sub = append(q.Sub, s)
		}
	}
}

func bank(each map[exam.Type]int) exam.Range {
	r := exam.Range{ID: "range-test"}
	for _, typ := range []exam.Type{exam.TF, exam.Single, exam.Multi, exam.Case} {
		for n := range each[typ] {
			r.Questions = append(r.Questions, question(typ, n))
		}
	}
	return r
}

func index(t require.TestingT, r exam.Range) *exam.Index {
	x, err := exam.NewIndex(r)
	require.NoError(t, err)
	return x
}

// fullRule is the customer's bus paper: 30 true/false, 40 single, 10 multiple,
// one case of five.
func fullRule() exam.Rule {
	return exam.Rule{
		ID: "rule-bus", Version: 2, Name: "公交驾驶员理论", Category: category, Subject: subject,
		Minutes: 90, Pass: 800, Shuffle: true, ShuffleOpts: true, MultiPartial: true,
		Sections: []exam.Section{
			{
				Type: exam.TF, Count: 30, Each: 10,
				Chapters: []exam.Quota{{Chapter: chapters[0], Min: 5, Max: 8}, {Chapter: chapters[1], Min: 10}},
			},
			{
				Type: exam.Single, Count: 40, Each: 10,
				Chapters: []exam.Quota{{Chapter: chapters[2], Min: 12, Max: 12}, {Chapter: chapters[3], Max: 4}},
				Difficulty: []exam.Share{
					{Level: 1, Percent: 20}, {Level: 2, Percent: 30}, {Level: 3, Percent: 30},
					{Level: 4, Percent: 15}, {Level: 5, Percent: 5},
				},
			},
			{
				Type: exam.Multi, Count: 10, Each: 20,
				Difficulty: []exam.Share{{Level: 2, Percent: 33}, {Level: 3, Percent: 33}, {Level: 4, Percent: 34}},
			},
			{Type: exam.Case, Count: 1, Each: 20, Subs: 5},
		},
	}
}

var fullBank = map[exam.Type]int{exam.TF: 75, exam.Single: 150, exam.Multi: 50, exam.Case: 6}

func seed(n int) [32]byte {
	return exam.SeedFor([]byte("a sitting's secret"), "sitting-1", fmt.Sprintf("candidate-%d", n))
}

func plan(t require.TestingT, rule exam.Rule, r exam.Range) *exam.Plan {
	p, err := exam.Prepare(rule, index(t, r))
	require.NoError(t, err)
	return p
}

// drawn lists the questions of one section of a paper, cases once.
func drawn(p exam.Paper, section int) []string {
	var ids []string
	for _, it := range p.Items {
		if it.Section == section && it.Sub <= 1 {
			ids = append(ids, it.Question)
		}
	}
	return ids
}

func TestFullPaper(t *testing.T) {
	t.Parallel()
	rule := fullRule()
	p := plan(t, rule, bank(fullBank)).Paper(seed(1))
	require.Len(t, p.Items, 85)
	require.Empty(t, p.Relaxed)
	require.Equal(t, "1", p.Items[0].No)
	require.Equal(t, "80", p.Items[79].No)
	require.Equal(t, "81.1", p.Items[80].No)
	require.Equal(t, "81.5", p.Items[84].No)
	require.Equal(t, 5, p.Items[84].Sub)
	require.Equal(t, exam.Points(1000), rule.Full())
	require.Equal(t, []int{30, 40, 10, 1}, []int{len(drawn(p, 0)), len(drawn(p, 1)), len(drawn(p, 2)), len(drawn(p, 3))})
	require.Nil(t, p.Items[0].Order, "true/false is never shuffled")
	require.True(t, slices.ContainsFunc(p.Items, func(it exam.Item) bool { return len(it.Order) == 4 && it.Order[0] != 0 }))
}
