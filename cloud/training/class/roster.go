package class

import (
	"fmt"
	"strings"

	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Columns of a member workbook.
const (
	colName   = "姓名"
	colIDNo   = "身份证号"
	colMobile = "手机"
)

var memberLimits = sheet.Limits{Rows: 500, Unzipped: 32 << 20}

// MemberColumns is the import format.
func MemberColumns() []sheet.Column {
	return []sheet.Column{
		{Name: colName, Required: true, Width: 12},
		{Name: colIDNo, Required: true, Width: 24, Note: "18 位身份证号，单元格须为文本格式，否则 Excel 会丢失末几位"},
		{Name: colMobile, Width: 16},
	}
}

// entry is one person on the way in.
type entry struct {
	row    int
	name   string
	id     person.ID
	mobile person.Mobile
}

// roster reads rows one by one and tells every problem of each.
type roster struct {
	seen     map[string]int // revealed ID number → row
	entries  []entry
	problems []sheet.Problem
}

func (r *roster) add(row int, column, text string) {
	r.problems = append(r.problems, sheet.Problem{Row: row, Column: column, Text: text})
}

func (r *roster) row(in sheet.Row) {
	e, before := entry{row: in.No}, len(r.problems)
	name, err := person.ParseName(in.Get(colName))
	if err != nil {
		r.add(in.No, colName, fault.From(err).Text)
	}
	e.name = string(name)
	if text := in.Get(colMobile); text != "" {
		if e.mobile, err = person.ParseMobile(text); err != nil {
			r.add(in.No, colMobile, fault.From(err).Text)
		}
	}
	text := in.Get(colIDNo)
	switch {
	case strings.ContainsAny(text, "Ee.") && !strings.HasSuffix(strings.ToUpper(text), "X"):
		r.add(in.No, colIDNo, "身份证号被 Excel 当成了数字，末几位已丢失；请把该列设为文本格式后重新输入")
	default:
		if e.id, err = person.ParseID(text); err != nil {
			r.add(in.No, colIDNo, fault.From(err).Text)
		} else if first, twice := r.seen[e.id.Reveal()]; twice {
			r.add(in.No, colIDNo, fmt.Sprintf("与第 %d 行是同一个身份证号", first))
		} else {
			r.seen[e.id.Reveal()] = in.No
		}
	}
	if len(r.problems) == before {
		r.entries = append(r.entries, e)
	}
}
