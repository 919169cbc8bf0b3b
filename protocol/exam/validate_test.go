package exam_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

func TestBrokenQuestionsAreNamed(t *testing.T) {
	t.Parallel()
	digest := strings.Repeat("0a", 32)
	for _, c := range []struct {
		code  string
		typ   exam.Type
		spoil func(q *exam.Question)
	}{
		{"exam.question.id", exam.TF, func(q *exam.Question) { q.ID = "" }},
		{"exam.question.id", exam.TF, func(q *exam.Question) { q.ID = "a\x00b" }},
		{"exam.question.version", exam.TF, func(q *exam.Question) { q.Version = 0 }},
		{"exam.question.industry", exam.TF, func(q *exam.Question) { q.Industry = "  " }},
		{"exam.question.category", exam.TF, func(q *exam.Question) { q.Categories = nil }},
		{"exam.question.category", exam.TF, func(q *exam.Question) { q.Categories = []string{"0900"} }},
		{"exam.question.category", exam.TF, func(q *exam.Question) { q.Categories = []string{"0900x"} }},
		{"exam.question.category", exam.TF, func(q *exam.Question) { q.Categories = []string{category, category} }},
		{"exam.question.subject", exam.TF, func(q *exam.Question) { q.Subject = "" }},
		{"exam.question.chapter", exam.TF, func(q *exam.Question) { q.Chapter = "" }},
		{"exam.question.difficulty", exam.TF, func(q *exam.Question) { q.Difficulty = 6 }},
		{"exam.question.difficulty", exam.TF, func(q *exam.Question) { q.Difficulty = 0 }},
		{"exam.question.type", exam.TF, func(q *exam.Question) { q.Type = "ESSAY" }},
		{"exam.question.text", exam.TF, func(q *exam.Question) { q.Stem = "" }},
		{"exam.question.text", exam.TF, func(q *exam.Question) { q.Stem = "\xff" }},
		{"exam.question.text", exam.TF, func(q *exam.Question) { q.Stem = "a\u202eb" }},
		{"exam.question.text", exam.TF, func(q *exam.Question) { q.Stem = strings.Repeat("题", 2001) }},
		{"exam.question.media", exam.TF, func(q *exam.Question) { q.Media = []exam.Media{{Digest: "../x", Type: "image/png"}} }},
		{"exam.question.media", exam.TF, func(q *exam.Question) { q.Media = []exam.Media{{Digest: digest, Type: "image/svg+xml"}} }},
		{"exam.question.options", exam.TF, func(q *exam.Question) { q.Options = []exam.Option{{Key: "A", Text: "x"}} }},
		{"exam.question.answer", exam.TF, func(q *exam.Question) { q.Answer = []string{"对"} }},
		{"exam.question.answer", exam.TF, func(q *exam.Question) { q.Answer = []string{"T", "F"} }},
		{"exam.question.sub", exam.TF, func(q *exam.Question) { q.Sub = make([]exam.Question, 2) }},
		{"exam.question.options", exam.Single, func(q *exam.Question) { q.Options = q.Options[:1] }},
		{"exam.question.options", exam.Single, func(q *exam.Question) { q.Options[1].Key = "C" }},
		{"exam.question.options", exam.Single, func(q *exam.Question) { q.Options[1].Text = q.Options[0].Text }},
		{"exam.question.options", exam.Single, func(q *exam.Question) { q.Options[1].Text = "" }},
		{"exam.question.answer", exam.Single, func(q *exam.Question) { q.Answer = []string{"E"} }},
		{"exam.question.answer", exam.Single, func(q *exam.Question) { q.Answer = []string{"A", "B"} }},
		{"exam.question.answer", exam.Single, func(q *exam.Question) { q.Answer = nil }},
		{"exam.question.answer", exam.Multi, func(q *exam.Question) { q.Answer = []string{"A"} }},
		{"exam.question.answer", exam.Multi, func(q *exam.Question) { q.Answer = []string{"B", "A"} }},
		{"exam.question.answer", exam.Multi, func(q *exam.Question) { q.Answer = []string{"A", "A"} }},
		{"exam.question.sub", exam.Case, func(q *exam.Question) { q.Sub = q.Sub[:1] }},
		{"exam.question.sub", exam.Case, func(q *exam.Question) { q.Sub[0] = question(exam.Case, 1) }},
		{"exam.question.answer", exam.Case, func(q *exam.Question) { q.Answer = []string{"A"} }},
		{"exam.question.answer", exam.Case, func(q *exam.Question) { q.Sub[1].Answer = []string{"Z"} }},
	} {
		q := question(c.typ, 3)
		require.NoError(t, q.Validate())
		c.spoil(&q)
		require.True(t, fault.Is(q.Validate(), c.code), "%s: %v", c.code, q.Validate())
		_, err := exam.NewIndex(exam.Range{Questions: []exam.Question{q}})
		require.True(t, fault.Is(err, c.code))
	}
}

func TestProblemsAreAllTold(t *testing.T) {
	t.Parallel()
	q := question(exam.Single, 1)
	q.Chapter, q.Difficulty, q.Answer = "", 9, []string{"E"}
	var codes []string
	for _, p := range q.Problems() {
		codes = append(codes, p.Code)
	}
	require.Equal(t, []string{"exam.question.chapter", "exam.question.difficulty", "exam.question.answer"}, codes)
}

func TestRareCharactersAndLawfulSpacesAreAccepted(t *testing.T) {
	t.Parallel()
	q := question(exam.TF, 1)
	q.Stem = "𠮷野家·门前停车，\n应当 <b>观察</b> {{7*7}} 🚌"
	require.NoError(t, q.Validate(), "shown as text, so markup is harmless")
}

func TestBrokenRulesAreNamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code  string
		spoil func(r *exam.Rule)
	}{
		{"exam.rule.id", func(r *exam.Rule) { r.ID = "" }},
		{"exam.rule.version", func(r *exam.Rule) { r.Version = 0 }},
		{"exam.rule.name", func(r *exam.Rule) { r.Name = "" }},
		{"exam.rule.category", func(r *exam.Rule) { r.Category = "taxi" }},
		{"exam.rule.subject", func(r *exam.Rule) { r.Subject = "" }},
		{"exam.rule.minutes", func(r *exam.Rule) { r.Minutes = 0 }},
		{"exam.rule.section", func(r *exam.Rule) { r.Sections = nil }},
		{"exam.rule.section", func(r *exam.Rule) { r.Sections[0].Type = "ESSAY" }},
		{"exam.rule.section", func(r *exam.Rule) { r.Sections[0].Count = 0 }},
		{"exam.rule.section", func(r *exam.Rule) { r.Sections[0].Each = -1 }},
		{"exam.rule.section", func(r *exam.Rule) { r.Sections[3].Subs = 1 }},
		{"exam.rule.section", func(r *exam.Rule) { r.Sections[0].Subs = 5 }},
		{"exam.rule.size", func(r *exam.Rule) { r.Sections[0].Count = 299 }},
		{"exam.rule.partial", func(r *exam.Rule) { r.Sections[2].Each = 15 }},
		{"exam.rule.chapter", func(r *exam.Rule) { r.Sections[0].Chapters[0].Max = 1 }},
		{"exam.rule.chapter", func(r *exam.Rule) { r.Sections[0].Chapters[0].Chapter = chapters[1] }},
		{"exam.rule.chapter", func(r *exam.Rule) { r.Sections[0].Chapters[1].Min = 26 }},
		{"exam.rule.difficulty", func(r *exam.Rule) { r.Sections[1].Difficulty[0].Percent = 21 }},
		{"exam.rule.difficulty", func(r *exam.Rule) { r.Sections[1].Difficulty[0].Level = 2 }},
		{"exam.rule.difficulty", func(r *exam.Rule) { r.Sections[1].Difficulty[0].Level = 7 }},
		{"exam.rule.pass", func(r *exam.Rule) { r.Pass = 1001 }},
		{"exam.rule.pass", func(r *exam.Rule) { r.Pass = 0 }},
		{"exam.rule.early", func(r *exam.Rule) { r.EarlyMinutes = 91 }},
	} {
		r := fullRule()
		require.NoError(t, r.Validate())
		c.spoil(&r)
		require.True(t, fault.Is(r.Validate(), c.code), "%s: %v", c.code, r.Validate())
		_, err := exam.Generate(r, index(t, bank(fullBank)), seed(1))
		require.True(t, fault.Is(err, c.code))
	}
}

func TestDuplicateQuestionInRangeIsRefused(t *testing.T) {
	t.Parallel()
	r := bank(map[exam.Type]int{exam.TF: 3})
	r.Questions = append(r.Questions, r.Questions[1])
	_, err := exam.NewIndex(r)
	require.True(t, fault.Is(err, "exam.range.duplicate"))
}

func TestPointsAreWrittenAsPeopleDo(t *testing.T) {
	t.Parallel()
	require.Equal(t, "80 1.5 0 -0.5", fmt.Sprint(exam.Points(800), exam.Points(15), exam.Points(0), exam.Points(-5)))
}
