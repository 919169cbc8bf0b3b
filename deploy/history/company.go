package history

import (
	"fmt"

	forms "huyun.internal/cloud/licensing/batch"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
	number "huyun.internal/protocol/person"
)

// The bus companies' people: those of a roster, and those who have retired. The
// seed keeps them apart from everybody else.
const (
	rosterCount = 8
	rosterSeed  = 4300
	retireeSeed = 4301
)

// Employee is somebody of a bus company.
type Employee struct {
	Name, ID, Mobile, Category string
}

// Retirees are n people of a bus company who have reached retirement and may be
// hired again on a day. They are as old on any day, so each day has its own.
func Retirees(n int, today clock.Date, from uint64) []Employee {
	out := make([]Employee, n)
	for i, c := range seed.Candidates(n, retireeSeed+from) {
		born := fmt.Sprintf("%04d%02d%02d", today.Year-63, 1+i%12, 1+i%28)
		out[i] = Employee{c.Name, withCheck(c.ID[:6] + born + fmt.Sprintf("%03d", 11+2*i+int(from)%400*2)), fmt.Sprintf("1990430%04d", int(from)%100*20+i), "13902"} //nolint:gosec // small
	}
	return out
}

func withCheck(first17 string) string {
	for _, last := range "0123456789X" {
		if _, err := number.ParseID(first17 + string(last)); err == nil {
			return first17 + string(last)
		}
	}
	return first17 // cannot be: one of eleven fits
}

// Roster are the people that a company applies for in the demonstration.
func Roster() []Employee {
	out := make([]Employee, rosterCount)
	for i, c := range seed.Candidates(rosterCount, rosterSeed) {
		out[i] = Employee{c.Name, c.ID, c.Mobile, "13902"}
	}
	return out
}

// BusFiles is a workbook that takes over the certificates of people of bus
// companies, numbered from first and in force until a day.
func BusFiles(people []Employee, ends clock.Date, first int) ([]byte, error) {
	var rows [][]any
	for i, p := range people {
		from := clock.Date{Year: ends.Year - 6, Month: ends.Month, Day: min(ends.Day, 28)}
		rows = append(rows, line(map[string]string{
			"姓名": p.Name, "身份证号": p.ID, "手机": p.Mobile, "民族": "汉族", "户籍类型": "本市户籍", "证件种类": practitioner.TypeName(practitioner.Bus), "从业资格类别": p.Category,
			"初次领证日期": from.String(), "有效期止": ends.String(), "证件状态": "有效", "证号": fmt.Sprintf("GJT%04d%06d", from.Year, first+i),
		}))
	}
	return sheet.Write("从业人员", practitioner.ImportColumns(), rows)
}

// Files is a workbook that takes over certificates of a category each, in force
// until a day where they end.
func Files(list []seed.Candidate, ends clock.Date) ([]byte, error) {
	var rows [][]any
	for _, c := range list {
		kind := practitioner.TypeOf(c.Category)
		from := clock.Date{Year: ends.Year - 6, Month: ends.Month, Day: min(ends.Day, 28)}
		r := map[string]string{
			"姓名": c.Name, "身份证号": c.ID, "手机": c.Mobile, "民族": "汉族", "户籍类型": "本市户籍", "证件种类": practitioner.TypeName(kind), "从业资格类别": c.Category,
			"初次领证日期": from.String(), "证件状态": "有效", "有效期止": ends.String(),
		}
		if kind == practitioner.Taxi || kind == practitioner.RideHail {
			delete(r, "有效期止")
		}
		rows = append(rows, line(r))
	}
	return sheet.Write("从业人员", practitioner.ImportColumns(), rows)
}

// RosterBook is a company's roster: each has lost the certificate; the one of
// the row bad, if any, has a wrong ID number.
func RosterBook(people []Employee, bad int) ([]byte, error) {
	var rows [][]any
	for i, p := range people {
		id := p.ID
		if i == bad {
			id = id[:17] + map[bool]string{true: "1", false: "2"}[id[17] != '1']
		}
		cells := map[string]string{"姓名": p.Name, "身份证号": id, "岗位": "调度员", "办理事项": "补证", "手机号": p.Mobile, "换补证原因": "遗失", "备注": "上月在车队遗失（演示）"}
		row := []any{}
		for _, c := range forms.Columns() {
			row = append(row, cells[c.Name])
		}
		rows = append(rows, row)
	}
	return sheet.Write("企业名册", forms.Columns(), rows)
}
