package sitting

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
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

// standings are what the centre's records say of people, by blind index.
type standings map[string]standing

func (all standings) note(blind []byte, rule, why string) {
	st := all[string(blind)]
	st.failures = st.add(rule, why)
	all[string(blind)] = st
}

// examine tells by blind index which rules people do not meet for in, by what
// the centre holds under any of their numbers, and which turn it would be; who is
// not in the answer meets all and comes for the first time. With fresh, they are
// not in the sitting yet.
func (s *Service) examine(ctx context.Context, tx pgx.Tx, in Sitting, people practitioner.Numbers, fresh bool) (standings, error) {
	out := standings{}
	if err := present(ctx, tx, in, people, fresh, out); err != nil {
		return nil, err
	}
	meets, err := elsewhere(ctx, tx, in, people, out)
	if err != nil {
		return nil, err
	}
	list, err := db.Rows(ctx, tx, pgx.RowToStructByName[past], pastSQL, people.All(), in.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		for _, who := range people.Of(p.Blind) {
			out.judge(in, p, who, slices.Contains(meets[string(who)], p.Number), s.Clock.Now())
		}
	}
	return out, nil
}

// judge goes by one exam of somebody's; the newest comes first. With met it has
// been told of already.
func (all standings) judge(in Sitting, p past, who []byte, met bool, now time.Time) {
	if st := all[string(who)]; st.turn == 0 && p.Category == in.Category && p.Subject == in.Subject {
		var why string
		if st.turn, why = turn(in, p); why != "" {
			st.failures = st.add(ruleAgain, why)
		}
		st.kind = p.Kind
		all[string(who)] = st
	}
	if rule, why := p.against(in, now); rule != "" && (rule != ruleOpen || !met) {
		all.note(who, rule, why)
	}
}

// present notes who is in the sitting already: with fresh under the number asked
// for, and in any case under another of theirs.
func present(ctx context.Context, tx pgx.Tx, in Sitting, people practitioner.Numbers, fresh bool, out standings) error {
	const other = "同一人（档案已合并）的另一证件号也在本场次中，请核对后只留一个"
	already, err := db.Rows(ctx, tx, pgx.RowTo[[]byte], presentSQL, in.ID, people.All())
	if err != nil {
		return err
	}
	for _, b := range already {
		for _, who := range people.Of(b) {
			switch same := slices.Equal(b, who); {
			case same && fresh:
				out.note(who, ruleHere, "该考生已在本场次中")
			case !same:
				out.note(who, ruleHere, other)
			}
		}
	}
	for _, b := range people.All() {
		if of := people.Of(b); fresh && len(of) > 1 { // both come at once
			for _, who := range of {
				out.note(who, ruleHere, other)
			}
		}
	}
	return nil
}

// elsewhere notes who sits another exam at that hour, and answers which.
func elsewhere(ctx context.Context, tx pgx.Tx, in Sitting, people practitioner.Numbers, out standings) (map[string][]string, error) {
	type meeting struct {
		Blind  []byte
		Number string
	}
	end := in.StartsAt.Add(time.Duration(in.Minutes) * time.Minute)
	list, err := db.Rows(ctx, tx, pgx.RowToStructByPos[meeting], elsewhereSQL, people.All(), in.ID, in.StartsAt, end)
	meets := map[string][]string{}
	for _, m := range list {
		for _, who := range people.Of(m.Blind) {
			meets[string(who)] = append(meets[string(who)], m.Number)
			out.note(who, ruleHour, "该考生同一时间已安排在场次 "+m.Number)
		}
	}
	return meets, err
}
