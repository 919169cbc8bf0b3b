package application

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	pexam "huyun.internal/protocol/exam"
)

// EnrolMatter is the situation by which somebody enrols for an exam.
const EnrolMatter = "EX01"

// Untaken is what an applicant has not passed of a category, for a matter that wants
// a passed exam (E08): who has not sat it learns so before filling in a form, not
// when it is refused.
type Untaken struct {
	Category string   `json:"category"`
	Name     string   `json:"name"`
	Subjects []string `json:"subjects" doc:"还没有有效合格成绩的科目"`
}

// Untaken are the exams that a matter wants of the categories and somebody has not
// passed; of nobody on file yet, all. It checks no right.
func (s *Service) Untaken(ctx context.Context, q db.Q, d matter.Definition, person string, categories []string) ([]Untaken, error) {
	out := []Untaken{}
	if !slices.Contains(d.ChecksFor(categories), "E08") {
		return out, nil
	}
	var numbers [][]byte
	if person != "" {
		h, err := s.People.Holder(ctx, q, person)
		if err != nil {
			return nil, err
		}
		numbers = h.Numbers
	}
	passed, err := s.Credits.Passed(ctx, q, numbers, categories)
	if err != nil {
		return nil, err
	}
	for _, c := range categories {
		if _, missing := passed.Held(numbers, c); len(missing) > 0 {
			out = append(out, Untaken{c, pexam.CategoryName(c), missing})
		}
	}
	return out, nil
}

// UntakenOf is Untaken for a clerk who is about to take an application in. Faults:
// as Blank, record.missing.
func (s *Service) UntakenOf(ctx context.Context, code, person string) ([]Untaken, error) {
	d, err := s.Blank(ctx, code)
	if err != nil {
		return nil, err
	}
	return s.Untaken(ctx, s.DB, d, person, d.Categories)
}

// untaken of a case, while something can still be done about it.
func (s *Service) untaken(ctx context.Context, q db.Q, c *Case, d matter.Definition) ([]Untaken, error) {
	if !slices.Contains([]licensing.State{licensing.Draft, licensing.Returned, licensing.Correcting}, c.State) {
		return []Untaken{}, nil
	}
	return s.Untaken(ctx, q, d, c.Person, c.Categories)
}

// untakenNotice says it to a clerk.
func untakenNotice(list []Untaken) string {
	parts := make([]string, len(list))
	for i, u := range list {
		parts[i] = fmt.Sprintf("%s（%s）", u.Name, strings.Join(u.Subjects, "、"))
	}
	return "还没有有效的考试合格成绩，现在不能提交：" + strings.Join(parts, "；") + "。请申请人先办理“从业资格考试报名缴费”（" + EnrolMatter + "），考试合格后再提交"
}
