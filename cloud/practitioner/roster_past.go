package practitioner

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/clock"
)

// What a row of existing records says beside the certificate's own days: those of
// each category, and the education and the grade without which its holder could not
// renew it (chapters 1.5 to 1.7).

const recordsImported = "历史档案导入"

// each reads the days of categories that have their own, in the order in which the
// row names the categories.
func (r *roster) each(in sheet.Row, g *Grant) {
	firsts, ends := listed(in.Get(colEachFirst)), listed(in.Get(colEachTo))
	if len(firsts)+len(ends) == 0 || g.Taken.FirstIssue.IsZero() {
		return
	}
	before := len(r.problems)
	for column, list := range map[string][]string{colEachFirst: firsts, colEachTo: ends} {
		if len(list) > 0 && len(list) != len(g.Categories) {
			r.add(in.No, column, fmt.Sprintf("本行有 %d 个类别，日期应有 %d 个，按类别的顺序用顿号隔开", len(g.Categories), len(g.Categories)))
		}
	}
	if len(r.problems) > before {
		return
	}
	t := g.Taken
	t.Each = map[string]Category{}
	var last clock.Date
	for i, code := range g.Categories {
		c := Category{Code: code, FirstIssue: t.FirstIssue, ValidTo: t.ValidTo}
		if len(firsts) > 0 {
			c.FirstIssue = r.dateOf(in, colEachFirst, firsts[i])
		}
		if len(ends) > 0 {
			c.ValidTo = r.dateOf(in, colEachTo, ends[i])
		}
		switch {
		case len(r.problems) > before:
			return
		case c.FirstIssue.Before(t.FirstIssue) || r.today.Before(c.FirstIssue):
			r.add(in.No, colEachFirst, "各类别的初领日期不能早于初次领证日期，也不能晚于今天")
		case !c.ValidTo.IsZero() && !c.FirstIssue.Before(c.ValidTo):
			r.add(in.No, colEachTo, "各类别的有效期止须晚于其初领日期")
		}
		if last.Before(c.ValidTo) {
			last = c.ValidTo
		}
		t.Each[code] = c
	}
	if last != t.ValidTo {
		r.add(in.No, colEachTo, "最晚的一个应与有效期止相同；长期有效的证件请留空")
	}
}

func listed(text string) []string {
	return slices.DeleteFunc(notCategory.Split(text, -1), func(s string) bool { return s == "" })
}

func (r *roster) course(in sheet.Row, e *entry) {
	text := in.Get(colHours)
	if text == "" {
		return
	}
	hours, err := strconv.Atoi(text)
	on := r.date(in, colHoursOn)
	switch {
	case err != nil || hours < 1 || hours > 200:
		r.add(in.No, colHours, "应为 1 至 200 之间的整数")
	case on.IsZero() || r.today.Before(on):
		r.add(in.No, colHoursOn, "填写了继续教育学时的必填，且不能晚于今天")
	}
	for _, c := range e.grant.Categories {
		e.courses = append(e.courses, Education{Category: c, Org: recordsImported, Hours: hours, Begins: on, Ends: on, Mode: "ONSITE", Source: recordsImported})
	}
}

func (r *roster) grade(in sheet.Row, e *entry) {
	grade := strings.ToUpper(in.Get(colGrade))
	if grade == "" {
		return
	}
	to := r.date(in, colGradeTo)
	switch {
	case !slices.Contains([]string{"AAA", "AA", "A", "B"}, grade):
		r.add(in.No, colGrade, "应为 AAA、AA、A 或 B")
	case to.IsZero() || r.today.Before(to):
		r.add(in.No, colGradeTo, "填写了考核等级的必填，且不能晚于今天")
	}
	for _, c := range e.grant.Categories { // a period is twelve months
		e.grades = append(e.grades, Assessment{Category: c, From: addYears(to, -1).Add(1), To: to, Grade: grade, Source: recordsImported})
	}
}

// learnt keeps a row's education and grade, once however often it comes: a workbook
// may bring them for certificates that are there.
func (s *Service) learnt(ctx context.Context, tx pgx.Tx, person string, e entry) error {
	for _, d := range e.courses {
		if _, err := s.putEducation(ctx, tx, person, d); err != nil {
			return err
		}
	}
	for _, d := range e.grades {
		if _, err := s.putAssessment(ctx, tx, person, d); err != nil {
			return err
		}
	}
	return nil
}
