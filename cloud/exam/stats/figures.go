package stats

import (
	"fmt"
	"slices"

	"huyun.internal/cloud/exam"
	"huyun.internal/cloud/platform/sheet"
)

// grouping are the columns that name a group, those of the dimensions that were
// asked for, and what stands in them. Without any there is only the total.
func grouping(by []string) ([]sheet.Column, func(Group) []any) {
	names := []struct {
		name  string
		width float64
		is    []string
		of    func(Group) string
	}{
		{"考场", 24, []string{"venue"}, func(g Group) string { return g.VenueName }},
		{"期间", 10, []string{"month", "quarter", "year"}, func(g Group) string { return g.Period }},
		{"类别", 26, []string{"category"}, func(g Group) string { return exam.NameOf(exam.Categories(), g.Category) }},
		{"科目", 14, []string{"subject"}, func(g Group) string { return g.Subject }},
	}
	var columns []sheet.Column
	var of []func(Group) string
	for _, n := range names {
		if slices.ContainsFunc(n.is, func(d string) bool { return slices.Contains(by, d) }) {
			columns, of = append(columns, sheet.Column{Name: n.name, Width: n.width}), append(of, n.of)
		}
	}
	if len(of) == 0 {
		columns, of = []sheet.Column{{Name: "分组", Width: 10}}, append(of, func(Group) string { return "" })
	}
	return columns, func(g Group) []any {
		out := make([]any, len(of))
		for i, f := range of {
			out[i] = f(g)
		}
		return out
	}
}

// rates are the shares that people compare (chapter 9.7 of the domain
// reference), with what each is a share of.
var rates = []struct {
	name string
	of   func(f Figures) (part, whole int)
}{
	{"到考率", func(f Figures) (int, int) { return f.Admitted, f.Admitted + f.Absent }},
	{"合格率", func(f Figures) (int, int) { return f.Passed, f.Passed + f.Failed }},
	{"违纪率", func(f Figures) (int, int) { return f.Irregular, f.Admitted }},
}

func line(head []any, f Figures) []any {
	for _, c := range catalogue {
		head = append(head, *c.of(&f))
	}
	for _, r := range rates {
		part, whole := r.of(f)
		if whole == 0 {
			head = append(head, "—")
		} else {
			head = append(head, fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole)))
		}
	}
	return head
}
