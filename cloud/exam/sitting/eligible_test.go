package sitting

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/training/class"
)

// TestWhoMayNotSit: what the centre holds about earlier exams refuses with a
// reason that names the exam, and until when.
func TestWhoMayNotSit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	in := Sitting{Category: "13001", Subject: "理论", StartsAt: now.AddDate(0, 0, 7)}
	taxi := Sitting{Category: "09002", Subject: "区域科目", StartsAt: now.AddDate(0, 0, 7)}
	p := func(days int, change func(*past)) past {
		out := past{Number: "26", Category: "13001", Subject: "理论", StartsAt: now.AddDate(0, 0, days), State: Published, Turn: FirstTurn}
		change(&out)
		return out
	}
	of := func(s Sitting, more func(*past)) func(*past) {
		return func(p *past) { p.Category, p.Subject = s.Category, s.Subject; more(p) }
	}
	pass := func(p *past) { p.Outcome = vocabulary.OutcomePassed }
	failed := func(p *past) { p.Outcome = "FAILED" }
	missed := func(p *past) { p.Outcome = vocabulary.OutcomeMissed }
	absent := func(p *past) { p.Outcome = vocabulary.OutcomeAbsent }
	for name, c := range map[string]struct {
		in   Sitting
		p    past
		want string
	}{
		"a pass counts a year":              {in, p(-350, pass), "已通过同一科目"},
		"and then no more":                  {in, p(-360, pass), ""},
		"for taxis three":                   {taxi, p(-1000, of(taxi, pass)), "已通过同一科目"},
		"another subject is another exam":   {in, p(-10, of(taxi, pass)), ""},
		"a failure needs three days":        {in, p(5, failed), "补考须在"},
		"and no more":                       {in, p(4, failed), ""},
		"one registration at a time":        {in, p(3, func(p *past) { p.State = Assigned }), "不能重复报名"},
		"one that never closed is over":     {in, p(-3, func(p *past) { p.State = Running }), ""},
		"who was absent may register again": {in, p(-1, missed), ""},
		"so may who is treated as absent":   {in, p(-1, absent), ""},
		"a result that is not out yet":      {in, p(-3, func(p *past) { p.State, p.Outcome = Scored, vocabulary.OutcomeWaiting }), "还没有公布"},
		"nor one that is withheld":          {in, p(-300, func(p *past) { p.Outcome = vocabulary.OutcomeWithheld }), "成绩暂缓"},
		"an impostor stays out for a year":  {in, p(-350, of(taxi, func(p *past) { p.Impostors = "V06" })), "替考记录"},
		"and then may come":                 {in, p(-360, func(p *past) { p.Impostors = "V06" }), ""},
	} {
		_, got := c.p.against(c.in, now)
		if c.want == "" {
			require.Empty(t, got, name)
		} else {
			require.Contains(t, got, c.want, name)
		}
	}
}

// TestTurns: a registration is good for one exam and one make-up in time; who
// did not come has used the turn, and who cheated has no make-up.
func TestTurns(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)
	in := Sitting{Category: "13001", Subject: "理论", StartsAt: now}
	for name, c := range map[string]struct {
		days    int
		turn    int
		outcome string
		want    int
		again   string
	}{
		"failed, in time":       {-10, FirstTurn, "FAILED", SecondTurn, ""},
		"on the last day":       {-MakeupDays, FirstTurn, "FAILED", SecondTurn, ""},
		"a day later":           {-MakeupDays - 1, FirstTurn, "FAILED", FirstTurn, "超过 90 天"},
		"absent":                {-10, FirstTurn, vocabulary.OutcomeMissed, SecondTurn, ""},
		"treated as absent":     {-10, FirstTurn, vocabulary.OutcomeAbsent, SecondTurn, ""},
		"never began":           {-10, FirstTurn, vocabulary.OutcomeNotStarted, SecondTurn, ""},
		"failed the make-up":    {-10, SecondTurn, "FAILED", FirstTurn, "重新报名缴费"},
		"absent at the make-up": {-10, SecondTurn, vocabulary.OutcomeMissed, FirstTurn, "重新报名缴费"},
		"void":                  {-10, FirstTurn, vocabulary.OutcomeVoid, FirstTurn, "取消当次资格"},
		"no marks":              {-10, FirstTurn, "ZERO", SecondTurn, ""},
		"passed long ago":       {-400, SecondTurn, vocabulary.OutcomePassed, FirstTurn, ""},
	} {
		got, why := turn(in, past{Number: "26", StartsAt: now.AddDate(0, 0, c.days), State: Published, Outcome: c.outcome, Turn: c.turn})
		require.Equal(t, c.want, got, name)
		if c.again == "" {
			require.Empty(t, why, name)
		} else {
			require.Contains(t, why, c.again, name)
		}
	}
}

// A make-up belongs to the registration that it is the second exam of.
func TestAMakeupKeepsItsKindOfTraining(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		turn    int
		kind    string
		refused bool
	}{
		"same kind":      {SecondTurn, class.PrePost, false},
		"another kind":   {SecondTurn, class.Retrain, true},
		"a new register": {FirstTurn, class.Retrain, false},
	} {
		st := standing{turn: c.turn, kind: class.PrePost}
		st.judge(c.kind, false)
		require.Equal(t, c.refused, st.failures[ruleAgain] != "", name)
	}
}
