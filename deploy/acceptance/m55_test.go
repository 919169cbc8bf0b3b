package main

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/exam"
)

// A chapter of its own, so that what these scenarios import is counted apart.
const ownChapter = "验收章节"

// ownQuestions are one question of each type, one with a picture.
func ownQuestions(t *testing.T) []exam.Question {
	t.Helper()
	ask := func(kind exam.Type, stem string, answer ...string) exam.Question {
		q := exam.Question{
			Industry: "freight", Categories: []string{"02001"}, Subject: seed.Theory, Chapter: ownChapter, Difficulty: 4,
			LawRef: "道路运输条例", Type: kind, Stem: stem, Answer: answer, Explain: "验收用题",
		}
		if kind == exam.Single || kind == exam.Multi {
			q.Options = []exam.Option{{Key: "A", Text: "检查制动"}, {Key: "B", Text: "检查轮胎"}, {Key: "C", Text: "检查篷布"}, {Key: "D", Text: "不作检查"}}
		}
		return q
	}
	part := func(q exam.Question) exam.Question {
		q.Industry, q.Categories, q.Subject, q.Chapter, q.Difficulty = "", nil, "", "", 0
		return q
	}
	picture := ask(exam.Single, "验收题：图中情形下应当首先怎么做？", "A")
	for digest := range seed.Media() {
		picture.Media = []exam.Media{{Digest: digest, Type: "image/png"}}
		break
	}
	require.NotEmpty(t, picture.Media)
	story := ask(exam.Case, "验收题：驾驶员甲装载货物后未系固即上路，行驶中货物移位。")
	story.ID = "K1"
	story.Sub = []exam.Question{
		part(ask(exam.TF, "甲的做法正确。", "F")), part(ask(exam.Single, "甲应当先做什么？", "B")), part(ask(exam.Multi, "出车前应当做哪些检查？", "A", "B", "C")),
	}
	return []exam.Question{ask(exam.TF, "验收题：出车前应当检查车辆。", "T"), picture, ask(exam.Multi, "验收题：出车前检查哪些？", "A", "B", "C"), story}
}

type imported struct {
	OK        bool
	Batch     string
	Questions int
	Pictures  int
	Errors    int
	Report    string
	Problems  []struct {
		Row          int
		Column, Text string
	}
}

type question struct {
	ID, Type, Status, Chapter, Excerpt string
	Difficulty                         int
}

// TestM55Bank: questions of every type come in from a workbook, whole or not at
// all, count after a second person's word, and who saw which is on record.
func TestM55Bank(t *testing.T) {
	w := system(t)
	author, reviewer := w.as(t, "wang.tiku"), w.as(t, "zhao.shenti")
	before := get[list[question]](t, author, "/api/v1/exam/questions?page_size=1").Total
	require.GreaterOrEqual(t, before, 400, "the demonstration bank")
	good := ownQuestions(t)

	broken := slices.Clone(good)
	broken[0].Difficulty = 9
	broken[2].Answer = []string{"A", "E"}
	in := upload(t, author, broken)
	require.False(t, in.OK)
	require.Equal(t, 2, in.Errors, "%+v", in.Problems)
	require.Equal(t, []int{2, 4}, []int{in.Problems[0].Row, in.Problems[1].Row}, "told row by row")
	require.Equal(t, before, get[list[question]](t, author, "/api/v1/exam/questions?page_size=1").Total, "nothing half-imported")
	told := errorBook(t, author, in.Report)
	for _, p := range in.Problems {
		require.Contains(t, told[p.Row-1], p.Text, "row %d of the error workbook", p.Row)
	}

	in = upload(t, author, good)
	require.True(t, in.OK, "%+v", in.Problems)
	require.Equal(t, len(good), in.Questions)
	require.Equal(t, 1, in.Pictures)
	secondPerson(t, author, reviewer, in.Batch)
	filters(t, reviewer, before+len(good))
	again := upload(t, author, good)
	require.Equal(t, len(good), again.Errors, "the same questions are not taken twice")
	whoSaw(t, w, reviewer, in.Batch)
	exportsWhatItTook(t, reviewer, good)
}

// exportsWhatItTook compares an export with what was imported: text by text, and
// as many pictures.
func exportsWhatItTook(t *testing.T, c *stack.Client, good []exam.Question) {
	t.Helper()
	raw := get[[]byte](t, c, "/api/v1/exam/bank/export?chapter="+ownChapter)
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	require.NoError(t, err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	require.NoError(t, err)
	want := 1 + len(good) + len(good[3].Sub)
	require.Len(t, rows, want, "heading, questions, sub-questions")
	for i, q := range good {
		require.Contains(t, rows[i+1], q.Stem)
	}
	cells, err := f.GetPictureCells(f.GetSheetName(0))
	require.NoError(t, err)
	require.Len(t, cells, 1)
}

// TestM55Lifecycle: a case is written by hand, returned, improved, approved by
// another person, revised and retired; near duplicates are told.
func TestM55Lifecycle(t *testing.T) {
	w := system(t)
	author, reviewer := w.as(t, "wang.tiku"), w.as(t, "zhao.shenti")
	form := map[string]any{
		"type": "CASE", "industry": "bus", "categories": []string{"13001", "13901"}, "subject": seed.Theory, "chapter": ownChapter + "二",
		"difficulty": 3, "stem": "验收题：公交车行驶途中车厢内起火，乘客拥向前门。", "law_ref": "城市公共汽车和电车客运管理规定",
		"sub": []map[string]any{
			{"type": "TF", "stem": "驾驶员应当立即停车并打开全部车门。", "answer": []string{"T"}},
			{"type": "SINGLE", "stem": "首先应当做什么？", "options": []string{"疏散乘客", "抢救财物"}, "answer": []string{"A"}},
		},
	}
	type written struct {
		Row struct {
			ID, Batch, Status string
			Number, Version   int
		}
		Similar []struct {
			Other   string
			Percent int
		}
	}
	post := func(c *stack.Client, path string, body, out any) error {
		return c.Do(t.Context(), http.MethodPost, "/api/v1/exam/"+path, body, out)
	}
	var first, twin, next written
	require.NoError(t, post(author, "questions", form, &first))
	require.Equal(t, "DRAFT", first.Row.Status)
	one := "questions/" + first.Row.ID
	require.NoError(t, post(author, one+"/submit", nil, nil))
	decide := "batches/" + first.Row.Batch + "/decide"
	refused(t, post(author, decide, map[string]any{"approve": true}, nil), http.StatusForbidden, "auth.forbidden")
	require.NoError(t, post(reviewer, decide, map[string]any{"approve": false, "note": "依据写到条"}, nil))
	form["law_ref"] = "城市公共汽车和电车客运管理规定第五十条"
	require.NoError(t, author.Do(t.Context(), http.MethodPut, "/api/v1/exam/"+one, form, nil))
	require.NoError(t, post(author, one+"/submit", nil, nil))
	require.NoError(t, post(reviewer, decide, map[string]any{"approve": true}, nil))
	found := get[list[question]](t, reviewer, "/api/v1/exam/questions?status=ON&q=客运管理规定第五十条")
	require.Equal(t, 1, found.Total, "found by its legal reference")

	form["stem"] = "验收题：公交车行驶途中车厢内起火，乘客挤向前门。"
	require.NoError(t, post(author, "questions", form, &twin))
	require.NotEmpty(t, twin.Similar, "nearly the same question")
	require.Greater(t, twin.Similar[0].Percent, 80)
	require.NoError(t, post(author, "questions/"+twin.Row.ID+"/discard", nil, nil))

	require.NoError(t, post(author, one+"/revise", nil, &next))
	require.Equal(t, []int{first.Row.Number, 2}, []int{next.Row.Number, next.Row.Version})
	require.NoError(t, post(author, "questions/"+next.Row.ID+"/submit", nil, nil))
	require.NoError(t, post(reviewer, "batches/"+next.Row.Batch+"/decide", map[string]any{"approve": true}, nil))
	in := get[list[question]](t, reviewer, "/api/v1/exam/questions?status=ON&chapter="+ownChapter+"二")
	require.Equal(t, 1, in.Total, "one version is in use")
	require.Equal(t, next.Row.ID, in.Items[0].ID)
	require.NoError(t, post(reviewer, "questions/"+next.Row.ID+"/retire", map[string]any{"reason": "验收结束"}, nil))
	require.Zero(t, get[list[question]](t, reviewer, "/api/v1/exam/questions?status=ON&chapter="+ownChapter+"二").Total)
}

func upload(t *testing.T, c *stack.Client, questions []exam.Question) imported {
	t.Helper()
	book, err := seed.Workbook(questions)
	require.NoError(t, err)
	var in imported
	err = c.Upload(t.Context(), "/api/v1/exam/batches", map[string][]byte{"workbook": book}, nil, &in)
	var r *stack.Refusal
	if err != nil {
		require.ErrorAs(t, err, &r)
		require.NoError(t, err, r.Body)
	}
	return in
}

// errorBook reads the error workbook, each row as one text.
func errorBook(t *testing.T, c *stack.Client, id string) []string {
	t.Helper()
	raw := get[[]byte](t, c, "/api/v1/exam/bank/reports/"+id)
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	require.NoError(t, err)
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	require.NoError(t, err)
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = strings.Join(r, "\t")
	}
	return out
}

func secondPerson(t *testing.T, author, reviewer *stack.Client, batch string) {
	t.Helper()
	waiting := get[list[question]](t, reviewer, "/api/v1/exam/questions?status=REVIEW&batch="+batch)
	require.Equal(t, 4, waiting.Total, "nothing counts before a second person has looked")
	decide := "/api/v1/exam/batches/" + batch + "/decide"
	refused(t, author.Do(t.Context(), http.MethodPost, decide, map[string]any{"approve": true}, nil), http.StatusForbidden, "auth.forbidden")
	require.NoError(t, reviewer.Do(t.Context(), http.MethodPost, decide, map[string]any{"approve": true}, nil))
}

func filters(t *testing.T, c *stack.Client, total int) {
	t.Helper()
	base := "/api/v1/exam/questions?page_size=200"
	require.Equal(t, total, get[list[question]](t, c, base).Total)
	own := base + "&chapter=" + ownChapter
	for query, want := range map[string]int{"": 4, "&type=CASE": 1, "&type=TF": 1, "&status=ON": 4, "&difficulty=4": 4, "&difficulty=1": 0, "&industry=bus": 0, "&category=02001": 4, "&q=篷布移位": 0, "&q=货物移位": 1} {
		require.Equal(t, want, get[list[question]](t, c, own+query).Total, query)
	}
	counts := get[list[struct {
		Chapter, Type string
		Questions     int
	}]](t, c, "/api/v1/exam/bank/overview?category=02001")
	have := map[string]int{}
	for _, n := range counts.Items {
		if n.Chapter == ownChapter {
			have[n.Type] += n.Questions
		}
	}
	require.Equal(t, map[string]int{"TF": 1, "SINGLE": 1, "MULTI": 1, "CASE": 1}, have)
}

// whoSaw opens a question and finds that on record.
func whoSaw(t *testing.T, w *world, reviewer *stack.Client, batch string) {
	t.Helper()
	q := get[list[question]](t, reviewer, "/api/v1/exam/questions?type=CASE&batch="+batch).Items[0]
	shown := get[struct {
		Question exam.Question
	}](t, reviewer, "/api/v1/exam/questions/"+q.ID)
	require.Len(t, shown.Question.Sub, 3)
	entries := get[list[struct{ Username, Action, Object string }]](t, w.as(t, "auditor"), "/api/v1/audit/entries?action=exam.bank.show&object="+q.ID)
	require.Len(t, entries.Items, 1)
	require.Equal(t, "zhao.shenti", entries.Items[0].Username)
	seen := get[list[struct{ Who, How string }]](t, w.as(t, "auditor"), "/api/v1/exam/bank/custody?how=SHOW&question="+q.ID)
	require.Equal(t, 1, seen.Total)
	require.Equal(t, "zhao.shenti", seen.Items[0].Who)
}
