// Package class keeps training classes (M63): the centre's plan by month,
// industry and post, the classes that venues open under its lines, who is in
// them and how each person finished. Used by the centre's and the venues' staff
// at the console; exam/sitting makes candidates of those who passed, and M76
// builds enrolment and attendance on it. Regulation: domain reference 1.1, 1.6
// and chapter 10; training is voluntary and nobody may be sent to a place of it
// (1.4), which the pages say.
//
// It does not collect application materials (M72–M75), takes no attendance and
// knows no exam. Venues are the exam domain's rows; their names and states are
// read here by SQL, as their foreign key is.
package class

import (
	"slices"
	"strings"
	"time"

	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Permissions of plans and classes.
const (
	PermPlanList = "training.plan.list"
	PermPlanSave = "training.plan.save"
	PermList     = "training.class.list"
	PermSave     = "training.class.save"   // open a class, move it on
	PermEnrol    = "training.class.enrol"  // put people in
	PermResult   = "training.class.result" // hours, passed or failed
)

// Kinds of training.
const (
	PrePost = "NEW"     // 岗前
	Retrain = "RETRAIN" // 继续教育（复训）
)

// KindName is a kind of training in Chinese.
func KindName(k string) string {
	if k == Retrain {
		return "继续教育（复训）"
	}
	return "岗前"
}

// State of a class.
type State string

// States of a class.
const (
	Planned   State = "PLANNED"
	Open      State = "OPEN"
	Running   State = "RUNNING"
	Finished  State = "FINISHED"
	Cancelled State = "CANCELLED"
)

// StateName is a state in Chinese.
func StateName(s State) string {
	return map[State]string{Planned: "计划中", Open: "报名中", Running: "进行中", Finished: "已结业", Cancelled: "已取消"}[s]
}

// Verb is what staff do to a class.
type Verb string

// Verbs of a class.
const (
	VerbOpen   Verb = "open"
	VerbStart  Verb = "start"
	VerbFinish Verb = "finish"
	VerbCancel Verb = "cancel"
)

// Act is the state after a verb. Fault: training.class.act.state.
func (s State) Act(v Verb) (State, error) {
	next := map[State]map[Verb]State{
		Planned: {VerbOpen: Open, VerbCancel: Cancelled},
		Open:    {VerbStart: Running, VerbCancel: Cancelled},
		Running: {VerbFinish: Finished, VerbCancel: Cancelled},
	}[s][v]
	if next == "" {
		return s, fault.Newf(fault.Precondition, "training.class.act.state", "班级当前为“%s”，不能这样操作，请刷新后再试", StateName(s))
	}
	return next, nil
}

// Plan is a line of the centre's plan, and what has been opened under it.
type Plan struct {
	ID       string `json:"id" db:"id"`
	Year     int    `json:"year" db:"year"`
	Month    int    `json:"month" db:"month"`
	Industry string `json:"industry" db:"industry"`
	Category string `json:"category" db:"category"`
	Kind     string `json:"kind" db:"kind" enum:"NEW,RETRAIN"`
	Classes  int    `json:"classes" db:"classes"`
	People   int    `json:"people" db:"people"`
	Note     string `json:"note" db:"note"`
	Revision int    `json:"revision" db:"revision"`
	Opened   int    `json:"opened" db:"opened" doc:"已开班数，不含取消的"`
	Places   int    `json:"places" db:"places" doc:"已开班的名额合计"`
}

// Class is one class as lists and pages show it.
type Class struct {
	ID        string    `json:"id" db:"id"`
	Number    string    `json:"number" db:"number"`
	Plan      string    `json:"plan" db:"plan"`
	Venue     string    `json:"venue" db:"venue"`
	VenueName string    `json:"venue_name" db:"venue_name"`
	Industry  string    `json:"industry" db:"industry"`
	Category  string    `json:"category" db:"category"`
	Kind      string    `json:"kind" db:"kind" enum:"NEW,RETRAIN"`
	Begins    string    `json:"begins" db:"begins"`
	Ends      string    `json:"ends" db:"ends"`
	DailyFrom string    `json:"daily_from" db:"daily_from"`
	DailyTo   string    `json:"daily_to" db:"daily_to"`
	Place     string    `json:"place" db:"place"`
	Capacity  int       `json:"capacity" db:"capacity"`
	Teacher   string    `json:"teacher" db:"teacher"`
	Hours     int       `json:"hours" db:"hours"`
	State     State     `json:"state" db:"state" enum:"PLANNED,OPEN,RUNNING,FINISHED,CANCELLED"`
	Reason    string    `json:"reason" db:"reason"`
	Beyond    string    `json:"beyond" db:"beyond"`
	Revision  int       `json:"revision" db:"revision"`
	StateAt   time.Time `json:"state_at" db:"state_at"`
	Members   int       `json:"members" db:"members"`
	Passed    int       `json:"passed" db:"passed"`
	Undecided int       `json:"undecided" db:"undecided"`
}

// Member is one person of a class; ID number and mobile are masked.
type Member struct {
	ID       string     `json:"id" db:"id"`
	Seq      int        `json:"seq" db:"seq"`
	Name     string     `json:"name" db:"name"`
	IDNo     string     `json:"id_no" db:"idno_mask"`
	Mobile   string     `json:"mobile" db:"mobile_mask"`
	Hours    int        `json:"hours" db:"hours"`
	Result   string     `json:"result" db:"result" enum:",PASSED,FAILED"`
	ResultBy string     `json:"result_by" db:"result_by"`
	ResultAt *time.Time `json:"result_at,omitempty" db:"result_at"`
}

// Results of a member.
const (
	Passed = "PASSED"
	Failed = "FAILED"
)

// industryOf is the trade of a category: domain reference 1.1, by the codes of
// the question bank's industries.
func industryOf(category string) string {
	if category == "09003" {
		return "ridehail"
	}
	for prefix, industry := range map[string]string{"01": "coach", "02": "freight", "03": "dangerous", "09": "taxi", "13": "bus"} {
		if strings.HasPrefix(category, prefix) {
			return industry
		}
	}
	return ""
}

func isCategory(code string) bool {
	return slices.ContainsFunc(pexam.Categories(), func(c pexam.Category) bool { return c.Code == code })
}

// PlanDraft is a line of the plan as a form sends it.
type PlanDraft struct {
	Year     int    `json:"year" minimum:"2020" maximum:"2100"`
	Month    int    `json:"month" minimum:"1" maximum:"12"`
	Category string `json:"category" minLength:"5" maxLength:"5"`
	Kind     string `json:"kind" enum:"NEW,RETRAIN"`
	Classes  int    `json:"classes" minimum:"1" maximum:"1000"`
	People   int    `json:"people" minimum:"1" maximum:"100000"`
	Note     string `json:"note,omitempty" maxLength:"200"`
}

func (d PlanDraft) check() error {
	if !isCategory(d.Category) {
		return fault.New(fault.Invalid, "training.plan.save.category", "没有这个从业类别，请从列表中选择")
	}
	if d.People < d.Classes {
		return fault.New(fault.Invalid, "training.plan.save.people", "计划人数少于计划班数，请检查")
	}
	return nil
}

// Draft is a class as a form sends it. Category and kind are the plan's.
type Draft struct {
	Plan      string `json:"plan" minLength:"1" maxLength:"40"`
	Venue     string `json:"venue" minLength:"1" maxLength:"40"`
	Begins    string `json:"begins" minLength:"10" maxLength:"10" doc:"2026-12-01"`
	Ends      string `json:"ends" minLength:"10" maxLength:"10"`
	DailyFrom string `json:"daily_from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"时:分，24 小时制，如 09:30" doc:"09:00"`
	DailyTo   string `json:"daily_to" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"时:分，24 小时制，如 09:30"`
	Place     string `json:"place" minLength:"1" maxLength:"50"`
	Capacity  int    `json:"capacity" minimum:"1" maximum:"500"`
	Teacher   string `json:"teacher" minLength:"1" maxLength:"50"`
	Hours     int    `json:"hours" minimum:"1" maximum:"500" doc:"结业须达到的学时"`
	Beyond    string `json:"beyond,omitempty" maxLength:"200" doc:"超出计划时的原因"`
}

// longest is how long a class may last.
const longest = 180

func (d *Draft) check(p Plan) error {
	d.Place, d.Teacher, d.Beyond = strings.TrimSpace(d.Place), strings.TrimSpace(d.Teacher), strings.TrimSpace(d.Beyond)
	if d.Place == "" || d.Teacher == "" || !person.Line(d.Place) || !person.Line(d.Teacher) {
		return fault.New(fault.Invalid, "training.class.save.text", "请填写上课地点和教师")
	}
	begins, err := clock.ParseDate(d.Begins)
	if err != nil {
		return err
	}
	ends, err := clock.ParseDate(d.Ends)
	if err != nil {
		return err
	}
	switch {
	case ends.Before(begins) || begins.Add(longest).Before(ends):
		return fault.Newf(fault.Invalid, "training.class.save.dates", "结束日期须不早于开始日期，一个班最长 %d 天", longest)
	case begins.Year != p.Year || int(begins.Month) != p.Month:
		return fault.Newf(fault.Invalid, "training.class.save.month", "该计划是 %d 年 %d 月的，开班日期须在该月内；请改日期或选择别的计划", p.Year, p.Month)
	case d.DailyTo <= d.DailyFrom:
		return fault.New(fault.Invalid, "training.class.save.daily", "每天下课时间须晚于上课时间")
	}
	return nil
}
