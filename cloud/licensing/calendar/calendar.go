// Package calendar keeps the days that are worked or off against their weekday,
// by which statutory time limits are counted (行政许可法 §82: 期限以工作日计算，
// 不含法定节假日). The customer imports each year's notice of the State Council
// as a workbook. Used by application, for the clocks C1 to C8 of chapter 3.3 of
// the domain reference, and by whoever counts working days.
//
// The arithmetic is protocol/clock's; a year that is missing is an error there
// and a warning here, never a guess.
package calendar

import (
	"fmt"
	"time"

	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Permissions.
const (
	PermList   = "licensing.calendar.list"
	PermImport = "licensing.calendar.import"
)

// Day is a day that differs from what its weekday suggests.
type Day struct {
	Day  time.Time     `json:"day" db:"day"`
	Kind clock.DayKind `json:"kind" db:"kind" enum:"holiday,makeup" doc:"holiday 放假，makeup 周末上班"`
	Name string        `json:"name" db:"name" doc:"节日"`
}

// Year is one imported year.
type Year struct {
	Year     int       `json:"year" db:"year"`
	Source   string    `json:"source" db:"source"`
	Revision int       `json:"revision" db:"revision"`
	Holidays int       `json:"holidays" db:"holidays" doc:"放假天数，含周末"`
	Makeups  int       `json:"makeups" db:"makeups" doc:"周末上班天数"`
	SetAt    time.Time `json:"set_at" db:"set_at"`
}

// Years is what is known, and what is needed and missing.
type Years struct {
	Years   []Year `json:"years"`
	Missing []int  `json:"missing" doc:"需要而没有导入的年份；没有时不能受理期限跨到该年的申请"`
}

// warnFrom is the month from which the next year is needed: a time limit of 20
// working days, extended by 10, that begins in November ends in the next year.
const warnFrom = time.November

// missing are the years that are needed on a day and not there.
func missing(known map[int]bool, today clock.Date) []int {
	out := []int{}
	needed := []int{today.Year}
	if today.Month >= warnFrom {
		needed = append(needed, today.Year+1)
	}
	for _, y := range needed {
		if !known[y] {
			out = append(out, y)
		}
	}
	return out
}

// Columns of the workbook.
const (
	colDay  = "日期"
	colKind = "安排"
	colName = "节日"
)

var kinds = map[string]clock.DayKind{"放假": clock.Holiday, "上班": clock.Makeup}

var limits = sheet.Limits{Rows: 366, Unzipped: 8 << 20}

// Columns is the import format.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Name: colDay, Required: true, Width: 14, Note: "如 2027-01-01，每天一行"},
		{Name: colKind, Required: true, Width: 10, Choices: []string{"放假", "上班"}, Note: "放假：法定节假日和调休放假的每一天（包括周末）；上班：周末调休上班的日子"},
		{Name: colName, Required: true, Width: 16, Note: "节日名称"},
	}
}

// reading takes rows one by one and tells every problem of each.
type reading struct {
	year     int
	seen     map[clock.Date]int
	days     []Day
	problems []sheet.Problem
}

func (r *reading) add(row int, column, text string) {
	r.problems = append(r.problems, sheet.Problem{Row: row, Column: column, Text: text})
}

func (r *reading) row(in sheet.Row) {
	before := len(r.problems)
	d, err := clock.ParseDate(in.Get(colDay))
	switch first, twice := r.seen[d]; {
	case err != nil:
		r.add(in.No, colDay, "请按 2027-01-01 的样式填写日期")
	case d.Year != r.year:
		r.add(in.No, colDay, fmt.Sprintf("不是 %d 年的日期；每次只导入一年", r.year))
	case twice:
		r.add(in.No, colDay, fmt.Sprintf("与第 %d 行是同一天", first))
	default:
		r.seen[d] = in.No
	}
	kind, ok := kinds[in.Get(colKind)]
	weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
	switch {
	case !ok:
		r.add(in.No, colKind, "请填写 放假 或 上班")
	case kind == clock.Makeup && !weekend && err == nil:
		r.add(in.No, colKind, "只有周六、周日可以调为上班")
	}
	name, err := sheet.Text(in.Get(colName), 20)
	if err == nil {
		_, err = person.CheckText(name)
	}
	switch {
	case err != nil:
		r.add(in.No, colName, fault.From(err).Text)
	case name == "":
		r.add(in.No, colName, "请填写节日名称")
	}
	if len(r.problems) == before {
		r.days = append(r.days, Day{Day: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Kind: kind, Name: name})
	}
}

// date is a stored day.
func (d Day) date() clock.Date { return dateOf(d.Day) }

func dateOf(day time.Time) clock.Date {
	return clock.Date{Year: day.Year(), Month: day.Month(), Day: day.Day()}
}
