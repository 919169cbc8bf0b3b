package bank

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/exam"
)

// single is a sound single-choice row; with changes cells of it.
func single(no int, with map[string]string) sheet.Row {
	cells := map[string]string{
		colType: "单选", colIndustry: "巡游出租", colCategory: "09002、09003", colSubject: "区域科目", colChapter: "服务规范",
		colDifficulty: "2", colStem: "上车后何时启用计价器", "选项A": "甲", "选项B": "乙", "选项C": "丙", "选项D": "丁", colAnswer: "B",
	}
	for k, v := range with {
		cells[k] = v
	}
	return sheet.MakeRow(no, cells)
}

func caseRow(no int, number string) sheet.Row {
	r := single(no, map[string]string{
		colType: "案例", colStem: "一辆罐车渗漏" + number, "选项A": "", "选项B": "", "选项C": "", "选项D": "", colAnswer: "", colCase: number,
	})
	return r
}

func subRow(no int, number, stem string) sheet.Row {
	return sheet.MakeRow(no, map[string]string{colType: "判断", colStem: stem, colAnswer: "对", colCase: number})
}

func TestTemplateExamplesImport(t *testing.T) {
	t.Parallel()
	book, err := sheet.Write("试题", Columns(), examples())
	require.NoError(t, err)
	rows, err := sheet.Read(book, Columns(), limits)
	require.NoError(t, err)
	drafts, problems := parse(rows)
	require.Empty(t, problems)
	require.Len(t, drafts, 3)
	require.Len(t, drafts[2].question.Sub, 2)
	require.Equal(t, []string{"A", "B", "D"}, drafts[2].question.Sub[1].Answer)
}

func TestParseProblemsNameRowAndColumn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		with   map[string]string
		column string
	}{
		"type":            {map[string]string{colType: "填空"}, colType},
		"industry":        {map[string]string{colIndustry: "航空"}, colIndustry},
		"category":        {map[string]string{colCategory: "09002、99999"}, colCategory},
		"no category":     {map[string]string{colCategory: ""}, colCategory},
		"subject":         {map[string]string{colSubject: "体育"}, colSubject},
		"chapter":         {map[string]string{colChapter: ""}, colChapter},
		"difficulty":      {map[string]string{colDifficulty: "6"}, colDifficulty},
		"difficulty text": {map[string]string{colDifficulty: "难"}, colDifficulty},
		"no stem":         {map[string]string{colStem: ""}, colStem},
		"long stem":       {map[string]string{colStem: strings.Repeat("长", 2001)}, colStem},
		"hidden letters":  {map[string]string{colStem: "正常\u202e文字"}, colStem},
		"no answer":       {map[string]string{colAnswer: ""}, colAnswer},
		"two answers":     {map[string]string{colAnswer: "AB"}, colAnswer},
		"option E":        {map[string]string{colAnswer: "E"}, colAnswer},
		"gap":             {map[string]string{"选项A": ""}, "选项A"},
		"same options":    {map[string]string{"选项B": "甲"}, "选项B"},
		"one option":      {map[string]string{"选项B": "", "选项C": "", "选项D": ""}, "选项B"},
		"wrong category":  {map[string]string{colCategory: "99999"}, colCategory},
		"tf with options": {map[string]string{colType: "判断", colAnswer: "对"}, "选项A"},
		"multi of one":    {map[string]string{colType: "多选", colAnswer: "A"}, colAnswer},
		"sub of nothing":  {map[string]string{colCase: "K9"}, colCase},
	} {
		_, problems := parse([]sheet.Row{single(7, c.with)})
		require.Len(t, problems, 1, "%s: one mistake, one word", name)
		require.Equal(t, 7, problems[0].Row, name)
		require.Equal(t, c.column, problems[0].Column, "%s: %+v", name, problems)
	}
}

func TestParseCases(t *testing.T) {
	t.Parallel()
	drafts, problems := parse([]sheet.Row{
		caseRow(2, "K1"), subRow(3, "K1", "一"), subRow(4, "K1", "二"),
		single(5, nil), caseRow(6, "K2"), subRow(7, "K2", "一"), caseRow(8, "K1"),
	})
	require.ElementsMatch(t, []sheet.Problem{
		{Row: 6, Column: colCase, Text: "案例须有 2 至 5 个小题，现有 1 个"},
		{Row: 8, Column: colCase, Text: "案例编号 K1 已在第 2 行用过，请换一个编号"},
		{Row: 8, Column: colCase, Text: "案例须有 2 至 5 个小题，现有 0 个"},
	}, problems)
	require.Len(t, drafts[0].question.Sub, 2)

	bad := sheet.MakeRow(4, map[string]string{colType: "单选", colStem: "二", "选项A": "甲", "选项B": "乙", colAnswer: "C", colCase: "K1"})
	_, problems = parse([]sheet.Row{caseRow(2, "K1"), subRow(3, "K1", "一"), bad})
	require.Len(t, problems, 1)
	require.Equal(t, 4, problems[0].Row, "told in the row of the sub-question")
	require.Equal(t, colAnswer, problems[0].Column)
}

func TestAnswersAsPeopleWriteThem(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"对": "T", "√": "T", "t": "T", "错误": "F", "×": "F", "X": "F", "1": "T", "0": "F", "也许": "", "": ""} {
		require.Equal(t, want, strings.Join(answer(exam.TF, text), ""), text)
	}
	for text, want := range map[string]string{"abd": "ABD", "ＢＡ": "AB", "A,C": "AC", "D、A A": "AD"} {
		require.Equal(t, want, strings.Join(answer(exam.Multi, text), ""), text)
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	q := exam.Question{Type: exam.Single, Stem: "下列说法正确的是（ ）。", Options: []exam.Option{{Key: "A", Text: "甲"}, {Key: "B", Text: "乙"}}}
	same := exam.Question{Type: exam.Single, Stem: "下列说法正确的是(  )", Options: []exam.Option{{Key: "A", Text: "乙 "}, {Key: "B", Text: "甲"}}}
	other := exam.Question{Type: exam.Single, Stem: q.Stem, Options: []exam.Option{{Key: "A", Text: "甲"}, {Key: "B", Text: "丙"}}}
	require.Equal(t, Fingerprint(&q), Fingerprint(&same))
	require.NotEqual(t, Fingerprint(&q), Fingerprint(&other))
	for a, b := range map[string]string{
		"胎压为2.5": "胎压为25", "车速≥60公里": "车速≤60公里", "坡度-5度": "坡度5度", "占5%": "占5", "比例1:3": "比例13", "宽度>高度": "宽度<高度",
	} {
		require.NotEqual(t, Fingerprint(&exam.Question{Type: exam.TF, Stem: a}), Fingerprint(&exam.Question{Type: exam.TF, Stem: b}), a)
	}
	for a, b := range map[string]string{"车速≥ 60公里。": "车速≥60公里", "第1.答对": "第1答对", "胎压２．５": "胎压2.5", "（正确）的是：": "正确的是"} {
		require.Equal(t, Fingerprint(&exam.Question{Type: exam.TF, Stem: a}), Fingerprint(&exam.Question{Type: exam.TF, Stem: b}), a)
	}
	sign := func(digests ...string) string {
		shown := exam.Question{Type: exam.TF, Stem: "图中标志表示禁止停车"}
		for _, d := range digests {
			shown.Media = append(shown.Media, exam.Media{Digest: d})
		}
		return Fingerprint(&shown)
	}
	require.NotEqual(t, sign("aa"), sign("bb"), "two signs, two questions")
	require.Equal(t, sign("aa", "bb"), sign("bb", "aa"))
}

func TestReviewTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state, by string
		approve   bool
		note      string
		code      string
	}{
		{batchReview, "b", true, "", ""},
		{batchReview, "b", false, "答案有误", ""},
		{batchReview, "b", false, " ", "exam.bank.review.note"},
		{batchReview, "a", true, "", "exam.bank.review.self"},
		{batchReview, "a", false, "x", "exam.bank.review.self"},
		{batchOn, "b", true, "", "exam.bank.review.state"},
		{batchOn, "b", false, "x", "exam.bank.review.state"},
		{batchRejected, "b", true, "", "exam.bank.review.state"},
		{batchRejected, "b", false, "x", "exam.bank.review.state"},
	} {
		b := Batch{State: c.state, ImportedBy: "a"}
		err := b.review(c.by, c.approve, c.note)
		if c.code == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, c.code)
		require.Equal(t, c.state, b.State)
	}
}
