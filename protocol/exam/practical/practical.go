// Package practical is the scoring of a practical exam (应会考试, M64; domain
// reference 9.2 and 9.4): what a scheme of items and deductions is, and what a
// sheet of marks comes to. Centre and venue compute it alike, so that the centre
// can do every sheet again.
//
// It holds no examiner, no signature and no state of a sheet.
package practical

import (
	"strings"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// What a deduction does beyond its points.
const (
	FailsNothing = ""
	FailsItem    = "item" // the item scores nothing
	FailsExam    = "exam" // the whole exam is failed, whatever the sum is
)

// Scheme is how one category's practical exam is scored.
type Scheme struct {
	ID       string      `json:"id" maxLength:"40"`
	Category string      `json:"category" minLength:"5" maxLength:"5"` // five-digit code of JT/T 697.7
	Version  int         `json:"version"`
	Name     string      `json:"name" minLength:"1" maxLength:"100"`
	Pass     exam.Points `json:"pass" minimum:"1" maximum:"100000" doc:"合格分，单位 0.1 分"`
	Minutes  int         `json:"minutes" minimum:"1" maximum:"600"`
	Items    []Task      `json:"items" minItems:"1" maxItems:"20"`
}

// Task is one thing that a candidate does (项目).
type Task struct {
	ID         string      `json:"id" minLength:"1" maxLength:"20"`
	Name       string      `json:"name" minLength:"1" maxLength:"100"`
	Full       exam.Points `json:"full" minimum:"1" maximum:"100000" doc:"满分，单位 0.1 分"`
	Deductions []Deduction `json:"deductions" minItems:"1" maxItems:"40"`
}

// Deduction is what an examiner may take off.
type Deduction struct {
	ID     string      `json:"id" minLength:"1" maxLength:"20"`
	Text   string      `json:"text" minLength:"1" maxLength:"200"`
	Points exam.Points `json:"points" minimum:"0" maximum:"100000" doc:"每次扣分，单位 0.1 分"`
	Fails  string      `json:"fails,omitempty" enum:",item,exam" doc:"item 该项目不得分，exam 直接不合格"`
}

// Mark is one deduction made, how often.
type Mark struct {
	Deduction string `json:"deduction" minLength:"1" maxLength:"20"`
	Times     int    `json:"times" minimum:"1" maximum:"99"`
}

// Scored is one item as the examiners scored it. An item with no marks is done
// and has its full marks; an item that is not there was not done.
type Scored struct {
	Item   string `json:"item" minLength:"1" maxLength:"20"`
	Marks  []Mark `json:"marks" maxItems:"40"`
	Remark string `json:"remark,omitempty" maxLength:"200"`
}

// Outcome is what a sheet comes to, in tenths of a point.
type Outcome struct {
	Items  []exam.Points `json:"items"` // by item, in the scheme's order
	Score  exam.Points   `json:"score"`
	Failed bool          `json:"failed"` // a deduction that fails the exam was made
	Passed bool          `json:"passed"`
}

// Full is what the scheme's items are worth together.
func (s *Scheme) Full() exam.Points {
	var sum exam.Points
	for _, it := range s.Items {
		sum += it.Full
	}
	return sum
}

func invalid(format string, args ...any) error {
	return fault.Invalidf("exam.practical.scheme", format, args...)
}

// Validate checks a scheme. Fault: exam.practical.scheme.
func (s *Scheme) Validate() error {
	if len(s.Items) == 0 {
		return invalid("评分方案至少要有一个项目")
	}
	if strings.TrimSpace(s.Name) == "" || s.Minutes <= 0 {
		return invalid("请填写评分方案的名称和时长")
	}
	seen := map[string]bool{}
	for i, it := range s.Items {
		if it.ID == "" || seen[it.ID] || strings.TrimSpace(it.Name) == "" {
			return invalid("第 %d 个项目缺少名称，或编号与其他项目重复", i+1)
		}
		seen[it.ID] = true
		if it.Full <= 0 {
			return invalid("项目“%s”的满分须大于 0", it.Name)
		}
		if err := it.validate(); err != nil {
			return err
		}
	}
	if s.Pass <= 0 || s.Pass > s.Full() {
		return invalid("合格分须大于 0，且不超过各项目满分之和 %s 分", s.Full())
	}
	return nil
}

func (it *Task) validate() error {
	if len(it.Deductions) == 0 {
		return invalid("项目“%s”至少要有一条扣分", it.Name)
	}
	seen := map[string]bool{}
	for j, d := range it.Deductions {
		switch {
		case d.ID == "" || seen[d.ID] || strings.TrimSpace(d.Text) == "":
			return invalid("项目“%s”第 %d 条扣分缺少内容，或编号重复", it.Name, j+1)
		case d.Fails != FailsNothing && d.Fails != FailsItem && d.Fails != FailsExam:
			return invalid("项目“%s”第 %d 条扣分的后果不正确", it.Name, j+1)
		case d.Points < 0 || d.Points > it.Full:
			return invalid("项目“%s”第 %d 条扣分不能超过项目满分 %s 分", it.Name, j+1, it.Full)
		case d.Points == 0 && d.Fails == FailsNothing:
			return invalid("项目“%s”第 %d 条扣分没有分值", it.Name, j+1)
		}
		seen[d.ID] = true
	}
	return nil
}

func wrong(text string, args ...any) error {
	return fault.Invalidf("exam.practical.marks", text, args...)
}

// Score is what marks come to. Every item of the scheme has to be there once;
// an item never scores below nothing. Faults: exam.practical.marks,
// exam.practical.incomplete.
func (s *Scheme) Score(sheet []Scored) (Outcome, error) {
	by := make(map[string]Scored, len(sheet))
	for _, sc := range sheet {
		if _, twice := by[sc.Item]; twice {
			return Outcome{}, wrong("同一个项目评了两次，请刷新页面后重新评分")
		}
		by[sc.Item] = sc
	}
	out := Outcome{Items: make([]exam.Points, len(s.Items))}
	for i, it := range s.Items {
		sc, ok := by[it.ID]
		if !ok {
			return Outcome{}, fault.Invalidf("exam.practical.incomplete", "项目“%s”还没有评完，请逐项评分后再签名", it.Name)
		}
		delete(by, it.ID)
		left, failed, err := it.score(sc.Marks)
		if err != nil {
			return Outcome{}, err
		}
		out.Items[i], out.Failed = left, out.Failed || failed
		out.Score += left
	}
	if len(by) > 0 {
		return Outcome{}, wrong("评分表里有方案中没有的项目，请刷新页面后重新评分")
	}
	out.Passed = !out.Failed && out.Score >= s.Pass
	return out, nil
}

func (it *Task) score(marks []Mark) (left exam.Points, failed bool, err error) {
	left = it.Full
	seen := map[string]bool{}
	for _, m := range marks {
		d, ok := it.deduction(m.Deduction)
		if !ok || seen[m.Deduction] || m.Times < 1 || m.Times > 99 {
			return 0, false, wrong("项目“%s”的扣分与方案不符，请刷新页面后重新评分", it.Name)
		}
		seen[m.Deduction] = true
		left -= d.Points * exam.Points(m.Times)
		switch d.Fails {
		case FailsItem:
			left = 0
		case FailsExam:
			failed = true
		}
		left = max(left, 0)
	}
	return left, failed, nil
}

func (it *Task) deduction(id string) (Deduction, bool) {
	for _, d := range it.Deductions {
		if d.ID == id {
			return d, true
		}
	}
	return Deduction{}, false
}
