package batch

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Columns of a roster.
const (
	colName      = "姓名"
	colIDNo      = "身份证号"
	colPost      = "岗位"
	colMatter    = "办理事项"
	colMobile    = "手机号"
	colReason    = "换补证原因"
	colAddress   = "联系地址"
	colClass     = "准驾车型"
	colFirst     = "驾驶证初领日期"
	colUntil     = "驾驶证有效期至"
	colRemark    = "备注"
	colRowNumber = "原行号"
)

// MaxRows is how many people a roster holds at most.
const MaxRows = 500

var limits = sheet.Limits{Rows: MaxRows, Unzipped: 32 << 20}

func names(of []struct{ code, name string }) []string {
	out := make([]string, len(of))
	for i, v := range of {
		out[i] = v.name
	}
	return out
}

func code(of []struct{ code, name string }, word string) string {
	for _, v := range of {
		if word == v.name || strings.EqualFold(word, v.code) {
			return v.code
		}
	}
	return ""
}

// why are the reasons of a renewal and a reissue, as forms name them.
var why = map[string]map[string]string{
	"BU02": {"有效期届满": "EXPIRE", "证件污损": "DAMAGED", "证件改版": "EDITION", "": "EXPIRE"},
	"BU03": {"遗失": "LOST", "毁损": "DAMAGED"},
}

// Columns are the format of a roster.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Name: colName, Required: true, Width: 12},
		{Name: colIDNo, Required: true, Width: 24, Note: "18 位；单元格须为文本格式，否则 Excel 会丢失末几位"},
		{Name: colPost, Required: true, Width: 12, Choices: names(posts)},
		{Name: colMatter, Required: true, Width: 12, Choices: names(matters)},
		{Name: colMobile, Required: true, Width: 16},
		{Name: colReason, Width: 14, Choices: []string{"有效期届满", "证件污损", "证件改版", "遗失", "毁损"}, Note: "换证：有效期届满（不填即是）、证件污损、证件改版；补证必填：遗失、毁损"},
		{Name: colRemark, Width: 30, Note: "补证必填：何时、何地、如何遗失或毁损，不少于 5 个字"},
		{Name: colAddress, Width: 30, Note: "本人联系地址；空为企业地址"},
		{Name: colClass, Width: 10, Note: "驾驶员新证：如 A1、A3；档案中已有驾驶证信息的可以不填"},
		{Name: colFirst, Width: 14, Note: "如 2010-05-20"},
		{Name: colUntil, Width: 14, Note: "如 2030-05-20"},
	}
}

// line is one person of a roster on the way in.
type line struct {
	no       int
	id       person.ID
	name     string
	mobile   person.Mobile
	matter   string
	category string
	form     map[string]string
	blind    []byte
}

// roster reads rows one by one and tells every problem of each; a row with one is
// not taken, the others are.
type roster struct {
	today    clock.Date
	form     map[string]string // what the company says for all
	seen     map[string]int    // person and matter → row
	lines    []line
	problems []sheet.Problem
}

func (r *roster) add(row int, column, text string) {
	r.problems = append(r.problems, sheet.Problem{Row: row, Column: column, Text: text})
}

func (r *roster) fail(row int, column string, err error) {
	var f *fault.Error
	switch {
	case errors.As(err, &f):
		r.add(row, column, f.Text)
	case err != nil: // of sheet.Text, in Chinese as well
		r.add(row, column, err.Error())
	}
}

func (r *roster) row(in sheet.Row) {
	before := len(r.problems)
	l := line{no: in.No, form: map[string]string{}}
	for k, v := range r.form {
		l.form[k] = v
	}
	r.who(in, &l)
	r.what(in, &l)
	if len(r.problems) > before {
		return
	}
	key := l.id.Reveal() + l.matter + l.category
	if first, twice := r.seen[key]; twice {
		r.add(in.No, colIDNo, fmt.Sprintf("与第 %d 行是同一人的同一事项，请只保留一行", first))
		return
	}
	r.seen[key] = in.No
	r.lines = append(r.lines, l)
}

func (r *roster) who(in sheet.Row, l *line) {
	name, err := person.ParseName(in.Get(colName))
	r.fail(in.No, colName, err)
	l.name = string(name)
	text := strings.ToUpper(in.Get(colIDNo))
	if strings.ContainsAny(text, "E.") {
		r.add(in.No, colIDNo, "身份证号被 Excel 当成了数字，末几位已丢失；请把该列设为文本格式后重新输入")
	} else {
		if l.id, err = person.ParseID(text); err == nil {
			err = l.id.CheckAge(r.today, 18, 70)
		}
		r.fail(in.No, colIDNo, err)
	}
	l.mobile, err = person.ParseMobile(in.Get(colMobile))
	r.fail(in.No, colMobile, err)
	if address := r.text(in, colAddress, 100); address != "" {
		l.form["address"] = address
	}
}

func (r *roster) text(in sheet.Row, column string, most int) string {
	clean, err := sheet.Text(in.Get(column), most)
	if err == nil {
		_, err = person.CheckText(clean)
	}
	r.fail(in.No, column, err)
	return clean
}

func (r *roster) what(in sheet.Row, l *line) {
	if l.category = code(posts, in.Get(colPost)); l.category == "" {
		r.add(in.No, colPost, "应为"+strings.Join(names(posts), "、")+"之一")
	}
	remark := r.text(in, colRemark, 200)
	switch l.matter = code(matters, in.Get(colMatter)); l.matter {
	case "":
		r.add(in.No, colMatter, "应为"+strings.Join(names(matters), "、")+"之一")
	case "BU01":
		if l.category == "13001" {
			r.driving(in, l)
		}
	default:
		l.form["reason"] = why[l.matter][in.Get(colReason)]
		if l.form["reason"] == "" {
			r.add(in.No, colReason, map[string]string{"BU02": "换证原因应为有效期届满、证件污损或证件改版", "BU03": "补证原因应为遗失或毁损"}[l.matter])
		}
		if l.matter == "BU03" {
			if l.form["statement"] = remark; len([]rune(remark)) < 5 {
				r.add(in.No, colRemark, "补证请写明何时、何地、如何遗失或毁损，不少于 5 个字")
			}
		}
	}
}

// driving takes the licence facts of a driver, where the roster has them; the
// number is the holder's ID number.
func (r *roster) driving(in sheet.Row, l *line) {
	class := strings.ToUpper(in.Get(colClass))
	if class == "" && in.Get(colFirst) == "" && in.Get(colUntil) == "" {
		return // the file may have them
	}
	l.form["driving_no"], l.form["driving_class"] = l.id.Reveal(), class
	for column, key := range map[string]string{colFirst: "driving_first", colUntil: "driving_until"} {
		d, err := clock.ParseDate(strings.NewReplacer("/", "-", ".", "-").Replace(in.Get(column)))
		if err != nil {
			r.add(in.No, column, "填写了准驾车型的，请按 2026-01-31 的格式填写日期")
			continue
		}
		l.form[key] = d.String()
	}
}

// match finds what is wrong with a line by what the centre holds of its person; of
// who has no file, it holds nothing.
func (r *roster) match(l *line, d matter.Definition, held *practitioner.Holder) {
	for _, text := range l.judge(d, matter.Entry{Channel: licensing.Company, Categories: []string{l.category}, Today: r.today}) {
		r.add(l.no, "", text)
	}
	switch {
	case held != nil && held.Name != l.name:
		r.add(l.no, colName, "与该身份证号在册的姓名不同，请核对身份证")
	case held != nil:
		_, err := application.Renewable(d, held.Licences, l.category)
		r.fail(l.no, colMatter, err)
	case d.Who.Holds == matter.Must:
		r.add(l.no, colIDNo, "没有查到该人员的从业资格证，不能换证或补证，请核对身份证号或改办新证")
	}
}

// judge finds what the form of a line lacks that nobody can add later: what is
// wrong is told now. Materials, and what platforms may know, come later.
func (l *line) judge(d matter.Definition, channel matter.Entry) []string {
	form := map[string]string{"name": l.name, "id_no": l.id.Reveal(), "mobile": l.mobile.Reveal()}
	for k, v := range l.form {
		form[k] = v
	}
	var out []string
	for _, bad := range d.Check(form, nil, channel) {
		if bad.Part == matter.PartField && bad.Problem == matter.Invalid {
			out = append(out, bad.Name+bad.Reason+"，"+bad.HowTo)
		}
	}
	return out
}

// errors is the workbook of the rows that were not taken, each with why: their ID
// numbers are masked, the company has its own workbook.
func errorBook(rows []sheet.Row, problems []sheet.Problem) ([]byte, error) {
	texts := map[int][]string{}
	for _, p := range problems {
		text := p.Text
		if p.Column != "" {
			text = p.Column + "：" + text
		}
		texts[p.Row] = append(texts[p.Row], text)
	}
	columns := append([]sheet.Column{{Name: colRowNumber, Width: 8}, {Name: sheet.ErrorColumn, Width: 60}}, Columns()...)
	for i := range columns {
		columns[i].Choices, columns[i].Note = nil, ""
	}
	out := [][]any{}
	for _, r := range rows {
		if texts[r.No] == nil {
			continue
		}
		cells := []any{r.No, strings.Join(texts[r.No], "；")}
		for _, c := range Columns() {
			cells = append(cells, masked(c.Name, r.Get(c.Name)))
		}
		out = append(out, cells)
	}
	return sheet.Write("企业名册错误", columns, out)
}

func masked(column, text string) string {
	switch column {
	case colIDNo, colMobile:
		return person.MaskNumber(text)
	case colAddress:
		return person.MaskAddress(text)
	}
	return idLike.ReplaceAllStringFunc(text, person.MaskNumber)
}

// idLike is what may be somebody's number, wherever it was written.
var idLike = regexp.MustCompile(`[0-9]{14}[0-9Xx]{1,4}`)
