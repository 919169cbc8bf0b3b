package bank

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/exam"
)

// Names of the columns of an import workbook.
const (
	colType       = "题型"
	colIndustry   = "行业"
	colCategory   = "类别"
	colSubject    = "科目"
	colChapter    = "章节"
	colDifficulty = "难度"
	colStem       = "题干"
	colAnswer     = "答案"
	colLaw        = "法规依据"
	colExplain    = "解析"
	colPicture    = "图片"
	colCase       = "案例编号"
	optionPrefix  = "选项"
)

const optionLetters = "ABCDEF"

// limits of one import: the largest bank we know of is a few thousand
// questions a category; a picture is a road sign or a photograph of a scene.
var limits = sheet.Limits{Rows: 5000, Unzipped: 96 << 20}

// Columns is the import format; README.md in this folder describes it.
func Columns() []sheet.Column {
	cols := []sheet.Column{
		{Name: colType, Required: true, Width: 8, Choices: names(vocabulary.Types()), Note: "判断、单选、多选、案例。案例占一行，它的小题紧跟其后，题型写小题自己的题型。"},
		{Name: colIndustry, Required: true, Width: 10, Choices: names(vocabulary.Industries())},
		{Name: colCategory, Required: true, Width: 16, Note: "五位类别代码，可写多个，用顿号分开，如 09002、09003"},
		{Name: colSubject, Required: true, Width: 14, Choices: vocabulary.Subjects()},
		{Name: colChapter, Required: true, Width: 18},
		{Name: colDifficulty, Required: true, Width: 8, Choices: []string{"1", "2", "3", "4", "5"}, Note: "1 最易，5 最难"},
		{Name: colStem, Required: true, Width: 50},
	}
	for _, l := range optionLetters {
		cols = append(cols, sheet.Column{Name: optionPrefix + string(l), Width: 22, Required: l <= 'D'})
	}
	return append(cols,
		sheet.Column{Name: colAnswer, Required: true, Width: 8, Note: "判断写 对 或 错；单选写一个字母；多选写全部字母，如 ABD；案例行留空"},
		sheet.Column{Name: colLaw, Width: 30}, sheet.Column{Name: colExplain, Width: 40},
		sheet.Column{Name: colPicture, Width: 16, Note: "把图片插入本行即可；也可写图片文件名（多个用分号隔开），并同时上传图片压缩包"},
		sheet.Column{Name: colCase, Width: 10, Note: "案例行与它的各小题写同一个编号，如 K1。小题行的行业至难度可留空"},
	)
}

func names(dict []vocabulary.Entry) []string {
	out := make([]string, len(dict))
	for i, e := range dict {
		out[i] = e.Name
	}
	return out
}

// draft is one question on its way in, with the rows it was written in.
type draft struct {
	row      int
	question exam.Question
	pictures pictures
	subRows  []int
	subPics  []pictures
}

// pictures of a row: those in it, and those it names.
type pictures struct {
	embedded [][]byte
	named    []string
}

// parse turns rows into drafts and lists everything wrong in them, each with its row.
func parse(rows []sheet.Row) ([]draft, []sheet.Problem) {
	p := parser{cases: map[string]int{}}
	for _, r := range rows {
		p.row(r)
	}
	for i := range p.drafts {
		p.finish(&p.drafts[i])
	}
	return p.drafts, p.problems
}

type parser struct {
	drafts   []draft
	problems []sheet.Problem
	cases    map[string]int // case number → position in drafts
}

func (p *parser) add(row int, column, format string, args ...any) {
	p.problems = append(p.problems, sheet.Problem{Row: row, Column: column, Text: fmt.Sprintf(format, args...)})
}

func (p *parser) row(r sheet.Row) {
	q := exam.Question{Type: exam.Type(vocabulary.Code(vocabulary.Types(), r.Get(colType)))}
	if q.Type == "" {
		p.add(r.No, colType, "请写 判断、单选、多选 或 案例")
		return
	}
	p.body(r, &q)
	pics := pictures{embedded: r.Pictures, named: split(r.Get(colPicture))}
	number := r.Get(colCase)
	parent, known := p.cases[number]
	switch {
	case q.Type == exam.Case && number == "":
		p.add(r.No, colCase, "案例行须填写案例编号，小题行写相同的编号")
	case q.Type == exam.Case && known:
		p.add(r.No, colCase, "案例编号 %s 已在第 %d 行用过，请换一个编号", number, p.drafts[parent].row)
	case q.Type != exam.Case && number != "" && !known:
		p.add(r.No, colCase, "上方没有编号为 %s 的案例行，请先写案例行再写小题", number)
	case q.Type != exam.Case && number != "":
		p.sub(r.No, &p.drafts[parent], q, pics)
		return
	}
	p.meta(r, &q)
	if q.Type == exam.Case {
		p.cases[number] = len(p.drafts)
	}
	p.drafts = append(p.drafts, draft{row: r.No, question: q, pictures: pics})
}

func (p *parser) sub(row int, parent *draft, q exam.Question, pics pictures) {
	parent.question.Sub = append(parent.question.Sub, q)
	parent.subRows = append(parent.subRows, row)
	parent.subPics = append(parent.subPics, pics)
}

// meta reads what search needs; sub-questions have it from their case.
func (p *parser) meta(r sheet.Row, q *exam.Question) {
	q.Industry = vocabulary.Code(vocabulary.Industries(), r.Get(colIndustry))
	if q.Industry == "" {
		p.add(r.No, colIndustry, "请写其中之一：%s", strings.Join(names(vocabulary.Industries()), "、"))
	}
	for _, text := range split(r.Get(colCategory)) {
		code := category(text)
		switch {
		case code == "":
			p.add(r.No, colCategory, "没有这个人员类别，请写五位类别代码")
		case !slices.Contains(q.Categories, code):
			q.Categories = append(q.Categories, code)
		}
	}
	if strings.TrimSpace(r.Get(colCategory)) == "" {
		p.add(r.No, colCategory, "请至少写一个五位类别代码")
	}
	slices.Sort(q.Categories)
	if q.Subject = r.Get(colSubject); !vocabulary.IsSubject(q.Subject) {
		p.add(r.No, colSubject, "请写其中之一：%s", strings.Join(vocabulary.Subjects(), "、"))
	}
	q.Chapter = p.text(r, colChapter)
	q.Difficulty, _ = strconv.Atoi(strings.TrimSuffix(narrow(r.Get(colDifficulty)), ".0"))
}

// body reads what a question and a sub-question have in common.
func (p *parser) body(r sheet.Row, q *exam.Question) {
	q.Stem, q.LawRef, q.Explain = p.text(r, colStem), p.text(r, colLaw), p.text(r, colExplain)
	p.options(r, q)
	q.Answer = answer(q.Type, r.Get(colAnswer))
	if q.Type == exam.TF && q.Answer == nil {
		p.add(r.No, colAnswer, "判断题的答案请写 对 或 错")
	}
}

// options reads what there is to choose from and names the first cell that is
// wrong; a blank one in their midst counts as read, so that the letters of the
// others stand.
func (p *parser) options(r sheet.Row, q *exam.Question) {
	chooses := q.Type != exam.TF && q.Type != exam.Case
	blank := ""
	for _, l := range optionLetters {
		column := optionPrefix + string(l)
		text := p.text(r, column)
		switch {
		case text == "":
			blank = cmp.Or(blank, column)
		case !chooses:
			p.add(r.No, column, "%s不填选项，请清空", exam.TypeName(q.Type))
			return
		case blank != "":
			p.add(r.No, blank, "%s空着而后面还有选项，请补上或把后面的选项前移", blank)
			return
		case slices.ContainsFunc(q.Options, func(o exam.Option) bool { return o.Text == text }):
			p.add(r.No, column, "%s与前面的选项相同", column)
			return
		default:
			q.Options = append(q.Options, exam.Option{Key: string(l), Text: text})
		}
	}
	if chooses && len(q.Options) < exam.MinOptions {
		p.add(r.No, blank, "至少要有 %d 个选项", exam.MinOptions)
	}
}

func (p *parser) text(r sheet.Row, column string) string {
	s, err := sheet.Text(r.Get(column), maxCellRunes)
	if err != nil {
		p.add(r.No, column, "%s", err.Error())
		return ""
	}
	return s
}

// maxCellRunes is what any cell may hold; protocol/exam has narrower bounds
// for each field.
const maxCellRunes = 4000

// finish runs the shared rules over a draft, row by row, so that what is wrong
// in a sub-question is told in the row of that sub-question.
func (p *parser) finish(d *draft) {
	q := &d.question
	q.ID, q.Version = "-", 1
	if q.Type != exam.Case {
		p.shared(d.row, *q)
		return
	}
	asPlain := *q // the case's own row: everything but options, answer and subs
	asPlain.Type, asPlain.Answer, asPlain.Sub = exam.TF, []string{"T"}, nil
	p.shared(d.row, asPlain)
	if len(q.Answer) > 0 {
		p.add(d.row, colAnswer, "案例行的答案留空，答案写在各小题行")
	}
	if n := len(q.Sub); n < exam.MinSubs || n > exam.MaxSubs {
		p.add(d.row, colCase, "案例须有 %d 至 %d 个小题，现有 %d 个", exam.MinSubs, exam.MaxSubs, n)
	}
	for i, sub := range q.Sub {
		sub.ID, sub.Version, sub.Industry, sub.Categories = "-", 1, "-", []string{"00000"}
		sub.Subject, sub.Chapter, sub.Difficulty = "-", "-", 1
		p.shared(d.subRows[i], sub)
	}
}

// shared reports what protocol/exam finds, unless the row's own column has
// been reported already; the options are one column here, and an answer cannot
// be judged while one of them is wrong.
func (p *parser) shared(row int, q exam.Question) {
	for _, f := range q.Problems() {
		column := columnOfCode[f.Code]
		if column == "" {
			column = textColumn(f.Text)
		}
		choice := f.Code == "exam.question.options" || f.Code == "exam.question.answer"
		if !slices.ContainsFunc(p.problems, func(o sheet.Problem) bool {
			return o.Row == row && (o.Column == column || choice && strings.HasPrefix(o.Column, optionPrefix))
		}) {
			p.add(row, column, "%s", f.Text)
		}
	}
}

// The column in which an author corrects what a fault of protocol/exam says.
var columnOfCode = map[string]string{
	"exam.question.industry": colIndustry, "exam.question.category": colCategory,
	"exam.question.subject": colSubject, "exam.question.chapter": colChapter,
	"exam.question.difficulty": colDifficulty, "exam.question.type": colType,
	"exam.question.media": colPicture, "exam.question.options": optionPrefix + "A",
	"exam.question.answer": colAnswer, "exam.question.sub": colCase,
}

func textColumn(text string) string {
	for _, c := range []string{colLaw, colExplain} {
		if strings.HasPrefix(text, c) {
			return c
		}
	}
	return colStem
}

// split cuts a list as people write it.
func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("、,，;；\n|", r) })
}

// narrow turns full-width letters and digits into plain ones.
func narrow(s string) string { return strings.ToUpper(strings.TrimSpace(norm.NFKC.String(s))) }

var leadingCode = regexp.MustCompile(`^[0-9]{5}`)

func category(text string) string {
	text = narrow(text)
	if code := leadingCode.FindString(text); code != "" {
		text = code
	}
	return vocabulary.Code(vocabulary.Categories(), text)
}

func answer(t exam.Type, text string) []string {
	text = narrow(text)
	if t == exam.TF {
		switch text {
		case "对", "正确", "是", "T", "TRUE", "√", "✓", "1":
			return []string{"T"}
		case "错", "错误", "否", "F", "FALSE", "×", "✗", "X", "0":
			return []string{"F"}
		}
		return nil
	}
	var keys []string
	for _, r := range text {
		if !strings.ContainsRune(" 、,，;；", r) {
			keys = append(keys, string(r))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
