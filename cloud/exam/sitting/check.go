package sitting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/training/class"
)

// Requirement is one thing that was looked at before somebody was taken as a
// candidate.
type Requirement struct {
	Code string `json:"code"`
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text,omitempty" doc:"不符合的原因"`
}

// Rules that are checked, in the order in which they are shown.
const (
	ruleID   = "id"
	ruleAge  = "age"
	ruleHere = "here"
	ruleHour = "hour"
	ruleBan  = "ban"
	ruleHeld = "held"
	ruleOpen = "open"
	ruleRest = "rest"

	ruleAgain = "again" // met by who has registered and paid again
)

// checklist is every check of a category with nothing failed yet.
func checklist(category string) []Requirement {
	bound := ageFor(category)
	return []Requirement{
		{Code: ruleID, Name: "身份证号格式与校验位"},
		{Code: ruleAge, Name: fmt.Sprintf("考试当天年满 %d 周岁、不超过 %d 周岁", bound.least, bound.most)},
		{Code: ruleHere, Name: "本场次中没有重复"},
		{Code: ruleHour, Name: "同一时间没有其他场次"},
		{Code: ruleBan, Name: "不在禁考期"},
		{Code: ruleHeld, Name: "没有仍在有效期的同科目合格成绩"},
		{Code: ruleOpen, Name: "没有未完成的同科目报名"},
		{Code: ruleRest, Name: "距上次同科目考试满 3 天"},
		{Code: ruleAgain, Name: fmt.Sprintf("每次报名考一次、补考一次（%d 天内），之后重新报名缴费", MakeupDays)},
	}
}

// passed is the checklist of somebody who was taken.
func passed(category string) []Requirement {
	return failures(nil).mark(checklist(category))
}

// failures are the rules somebody does not meet, each with why.
type failures map[string]string

func (f failures) add(rule, why string) failures {
	if f == nil {
		f = failures{}
	}
	if f[rule] == "" {
		f[rule] = why
	}
	return f
}

// mark writes into a checklist what is and what is not met.
func (f failures) mark(list []Requirement) []Requirement {
	for i := range list {
		list[i].Text = f[list[i].Code]
		list[i].OK = list[i].Text == ""
	}
	return list
}

func (f failures) texts() []string {
	var out []string
	for _, c := range checklist("") {
		if f[c.Code] != "" {
			out = append(out, f[c.Code])
		}
	}
	return out
}

// standing is what the centre's records say of somebody who is to sit an exam.
type standing struct {
	failures
	turn int
	kind string // of the registration, where this would be its make-up
}

// judge looks at how somebody is registered now: anew, which meets a rule, or
// for another kind of training than the exam that this is the make-up of.
func (s *standing) judge(kind string, renewed bool) {
	if renewed {
		delete(s.failures, ruleAgain)
	}
	if s.turn == SecondTurn && kind != s.kind {
		s.failures = s.add(ruleAgain, "这是上次报名的补考，培训种类应与上次相同（"+class.KindName(s.kind)+"）；请改正培训种类")
	}
}

// needless says why somebody who has registered and paid anew need not have:
// nobody loses the make-up that they still have.
func (s *standing) needless(renewed bool) string {
	switch {
	case !renewed || s.failures[ruleAgain] != "":
		return ""
	case s.turn == SecondTurn:
		return "上次报名还有一次补考，不需要重新报名缴费；请不要选“重新报名”，按补考登记"
	}
	return "没有需要重新报名缴费的考试，请不要选“重新报名”"
}

// examine tells by blind index which rules people do not meet for in, by what
// the centre holds, and which turn it would be; who is not in the answer meets
// all and comes for the first time. With here, being in the sitting already is
// one rule.
func (s *Service) examine(ctx context.Context, tx pgx.Tx, in Sitting, blinds [][]byte, here bool) (map[string]standing, error) {
	out := map[string]standing{}
	note := func(blind []byte, rule, why string) {
		st := out[string(blind)]
		st.failures = st.add(rule, why)
		out[string(blind)] = st
	}
	if here {
		already, err := db.Rows(ctx, tx, pgx.RowTo[[]byte], presentSQL, in.ID, blinds)
		if err != nil {
			return nil, err
		}
		for _, b := range already {
			note(b, ruleHere, "该考生已在本场次中")
		}
	}
	type meeting struct {
		Blind  []byte
		Number string
	}
	end := in.StartsAt.Add(time.Duration(in.Minutes) * time.Minute)
	other, err := db.Rows(ctx, tx, pgx.RowToStructByPos[meeting], elsewhereSQL, blinds, in.ID, in.StartsAt, end)
	if err != nil {
		return nil, err
	}
	meets := map[string][]string{}
	for _, m := range other {
		meets[string(m.Blind)] = append(meets[string(m.Blind)], m.Number)
		note(m.Blind, ruleHour, "该考生同一时间已安排在场次 "+m.Number)
	}
	list, err := db.Rows(ctx, tx, pgx.RowToStructByName[past], pastSQL, blinds, in.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if st := out[string(p.Blind)]; st.turn == 0 && p.Category == in.Category && p.Subject == in.Subject {
			var why string // the newest comes first
			if st.turn, why = turn(in, p); why != "" {
				st.failures = st.add(ruleAgain, why)
			}
			st.kind = p.Kind
			out[string(p.Blind)] = st
		}
		rule, why := p.against(in, s.Clock.Now())
		if rule == "" || (rule == ruleOpen && slices.Contains(meets[string(p.Blind)], p.Number)) {
			continue // the same exam need not be told twice
		}
		note(p.Blind, rule, why)
	}
	return out, nil
}
