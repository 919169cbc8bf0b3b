package exam_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// perfect answers every item right, from the bank's own key.
func perfect(x *exam.Index, p exam.Paper) []exam.Response {
	var out []exam.Response
	for _, it := range p.Items {
		q, _ := x.Question(it.Question)
		if it.Sub > 0 {
			q = &q.Sub[it.Sub-1]
		}
		out = append(out, exam.Response{Item: it.No, Revision: 1, Choice: q.Answer})
	}
	return out
}

func TestPerfectAndEmptyPapers(t *testing.T) {
	t.Parallel()
	x := index(t, bank(fullBank))
	p, err := exam.Generate(fullRule(), x, seed(1))
	require.NoError(t, err)
	res, err := exam.Score(&p, x, perfect(x, p))
	require.NoError(t, err)
	require.Equal(t, exam.Points(1000), res.Total)
	require.Equal(t, res.Full, res.Total)
	require.Equal(t, 85, res.Answered)
	require.True(t, res.Passed)

	res, err = exam.Score(&p, x, nil)
	require.NoError(t, err)
	require.Zero(t, res.Total)
	require.False(t, res.Passed)
	require.Len(t, res.Items, 85)
}

// TestMarks: one multiple-choice question, right answer A B D, worth two points.
func TestMarks(t *testing.T) {
	t.Parallel()
	q := question(exam.Multi, 0)
	q.Answer = []string{"A", "B", "D"}
	c := question(exam.Case, 0)
	x := index(t, exam.Range{ID: "r", Questions: []exam.Question{q, c}})
	paper := func(partial bool) exam.Paper {
		return exam.Paper{Partial: partial, Pass: 20, Items: []exam.Item{
			{No: "1", Question: q.ID, Version: q.Version, Worth: 20},
			{No: "2.1", Question: c.ID, Version: c.Version, Sub: 1, Section: 1, Worth: 10},
			{No: "2.2", Question: c.ID, Version: c.Version, Sub: 2, Section: 1, Worth: 10},
		}}
	}
	for _, c := range []struct {
		choice        []string
		whole, partly exam.Points
	}{
		{[]string{"A", "B", "D"}, 20, 20},
		{[]string{"D", "B", "A"}, 20, 20},
		{[]string{"A", "B"}, 0, 10},
		{[]string{"D"}, 0, 10},
		{[]string{"A", "A"}, 0, 10},
		{[]string{"A", "C"}, 0, 0},
		{[]string{"A", "B", "C", "D"}, 0, 0},
		{[]string{"E"}, 0, 0},
		{nil, 0, 0},
	} {
		for partial, want := range map[bool]exam.Points{false: c.whole, true: c.partly} {
			p := paper(partial)
			res, err := exam.Score(&p, x, []exam.Response{{Item: "1", Choice: c.choice}})
			require.NoError(t, err)
			require.Equal(t, want, res.Items[0].Got, c.choice)
			require.Equal(t, want == 20, res.Items[0].Right)
			require.Equal(t, want >= 20, res.Passed)
		}
	}
	p := paper(false)
	res, err := exam.Score(&p, x, []exam.Response{
		{Item: "2.1", Revision: 1, Choice: c.Sub[0].Answer},
		{Item: "2.2", Revision: 5, Choice: []string{"A", "B"}},
		{Item: "2.2", Revision: 4, Choice: c.Sub[1].Answer},
		{Item: "9", Choice: []string{"A"}},
	})
	require.NoError(t, err)
	require.Equal(t, exam.Points(10), res.Total, "sub-questions stand alone, and the highest revision counts")
	require.Equal(t, 2, res.Answered)
	require.Equal(t, 1, res.Stray)
}

func TestScoreRefusesAnotherRange(t *testing.T) {
	t.Parallel()
	x := index(t, bank(fullBank))
	p, err := exam.Generate(fullRule(), x, seed(1))
	require.NoError(t, err)
	for _, spoil := range []func(it *exam.Item){
		func(it *exam.Item) { it.Question = "gone" },
		func(it *exam.Item) { it.Version++ },
		func(it *exam.Item) { it.Sub = 1 },
		func(it *exam.Item) { it.Sub = -1 },
	} {
		q := p
		q.Items = slices.Clone(p.Items)
		spoil(&q.Items[0])
		_, err := exam.Score(&q, x, nil)
		require.True(t, fault.Is(err, "exam.score.question"))
		_, err = exam.View(&q, x)
		require.True(t, fault.Is(err, "exam.score.question"))
		require.True(t, fault.Is(exam.CheckResponse(&q, x, exam.Response{Item: "1"}), "exam.score.question"))
	}
}

func TestScoreIsBetweenZeroAndFull(t *testing.T) {
	t.Parallel()
	x := index(t, bank(fullBank))
	pl, err := exam.Prepare(fullRule(), x)
	require.NoError(t, err)
	key := rapid.SampledFrom([]string{"A", "B", "C", "D", "E", "T", "F", ""})
	rapid.Check(t, func(t *rapid.T) {
		p := pl.Paper(seed(rapid.IntRange(0, 99).Draw(t, "seed")))
		responses := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) exam.Response {
			return exam.Response{
				Item:   p.Items[rapid.IntRange(0, 84).Draw(t, "item")].No,
				Choice: rapid.SliceOfN(key, 0, 5).Draw(t, "choice"), Revision: rapid.Uint64().Draw(t, "revision"),
			}
		}), 0, 120).Draw(t, "responses")
		res, err := exam.Score(&p, x, responses)
		require.NoError(t, err)
		require.GreaterOrEqual(t, res.Total, exam.Points(0))
		require.LessOrEqual(t, res.Total, res.Full)
		sum := exam.Points(0)
		for i, it := range res.Items {
			sum += it.Got
			require.LessOrEqual(t, it.Got, p.Items[i].Worth)
		}
		require.Equal(t, sum, res.Total)
	})
}

func TestCheckResponse(t *testing.T) {
	t.Parallel()
	x := index(t, bank(fullBank))
	p, err := exam.Generate(fullRule(), x, seed(1))
	require.NoError(t, err)
	check := func(item string, choice ...string) error {
		return exam.CheckResponse(&p, x, exam.Response{Item: item, Choice: choice})
	}
	for _, ok := range [][]string{{"1", "T"}, {"1"}, {"31", "D"}, {"71", "A", "C"}, {"81.1", "F"}, {"81.3", "A", "B", "C", "D"}} {
		require.NoError(t, check(ok[0], ok[1:]...), ok)
	}
	for _, bad := range [][]string{
		{"1", "A"}, {"1", "T", "F"}, {"31", "E"}, {"31", "A", "B"}, {"31", "T"},
		{"71", "B", "A"}, {"71", "A", "A"}, {"71", ""},
	} {
		require.True(t, fault.Is(check(bad[0], bad[1:]...), "exam.answer.choice"), bad)
	}
	for _, item := range []string{"", "0", "81", "86", "81.6", "1.1"} {
		require.True(t, fault.Is(check(item, "A"), "exam.answer.item"), item)
	}
}

func TestAnswersDigestIsOfTheFinalAnswers(t *testing.T) {
	t.Parallel()
	a := []exam.Response{
		{Item: "2", Revision: 1, Choice: []string{"A"}},
		{Item: "10", Revision: 2, Choice: []string{"B", "C"}},
		{Item: "10", Revision: 1, Choice: []string{"D"}},
		{Item: "3", Revision: 9},
	}
	b := []exam.Response{
		{Item: "10", Revision: 7, Choice: []string{"C", "B"}},
		{Item: "2", Revision: 1, Choice: []string{"A"}},
	}
	require.Equal(t, exam.AnswersDigest(a), exam.AnswersDigest(b))
	b[1].Choice = []string{"B"}
	require.NotEqual(t, exam.AnswersDigest(a), exam.AnswersDigest(b))
	split := []exam.Response{{Item: "1", Choice: []string{"AB"}}}
	joined := []exam.Response{{Item: "1", Choice: []string{"A", "B"}}}
	require.NotEqual(t, exam.AnswersDigest(split), exam.AnswersDigest(joined))
	require.NotEqual(t, exam.SittingDigest(map[string]string{"a": "b"}), exam.SittingDigest(map[string]string{"ab": ""}))
}

func TestViewHoldsNoAnswerAndMapsLetters(t *testing.T) {
	t.Parallel()
	x := index(t, bank(fullBank))
	p, err := exam.Generate(fullRule(), x, seed(1))
	require.NoError(t, err)
	s, err := exam.View(&p, x)
	require.NoError(t, err)
	raw, err := json.Marshal(s)
	require.NoError(t, err)
	for _, secret := range []string{"EXPLAIN-MARKER", `"answer"`, `"explain"`, `"difficulty"`, `"law_ref"`, "SINGLE-0"} {
		require.NotContains(t, string(raw), secret)
	}
	require.Len(t, s.Items, 85)
	require.Len(t, s.Sections, 4)
	require.Equal(t, exam.SheetSection{Section: 1, Type: exam.Single, Name: "单选题", Items: 40, Each: 10}, s.Sections[1])
	require.Len(t, s.Cases, 1)
	require.Equal(t, "81", s.Cases[0].No)
	require.Equal(t, "81", s.Items[84].Case)
	require.Equal(t, exam.Points(1000), s.Full)
	require.Equal(t, []exam.SheetOption{{Letter: "A", Key: "T", Text: "正确"}, {Letter: "B", Key: "F", Text: "错误"}}, s.Items[0].Options)
	moved := false
	for i, it := range p.Items {
		q, _ := x.Question(it.Question)
		if it.Sub > 0 {
			q = &q.Sub[it.Sub-1]
		}
		for j, o := range s.Items[i].Options {
			require.Equal(t, "ABCDEFGH"[j:j+1], o.Letter)
			if q.Type != exam.TF {
				require.Equal(t, q.Options[slices.IndexFunc(q.Options, func(b exam.Option) bool { return b.Key == o.Key })].Text, o.Text)
				moved = moved || o.Key != o.Letter
			}
		}
	}
	require.True(t, moved)
	require.False(t, strings.Contains(string(raw), "null"), "no null arrays for a page to trip over")
}

func TestViewRefusesAnOrderThatIsNoPermutation(t *testing.T) {
	t.Parallel()
	x := index(t, bank(fullBank))
	p, err := exam.Generate(fullRule(), x, seed(1))
	require.NoError(t, err)
	for _, order := range [][]int{{0, 1, 2}, {0, 0, 1, 2}, {1, 2, 3, 4}, {-1, 0, 1, 2}} {
		p.Items[30].Order = order
		_, err = exam.View(&p, x)
		require.True(t, fault.Is(err, "exam.score.question"), order)
	}
}
