package sitting

import (
	"fmt"
	"slices"
	"time"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/protocol/clock"
)

// past is one earlier or planned exam of a person, as far as the centre holds it.
type past struct {
	Blind     []byte    `db:"idno_blind"`
	Number    string    `db:"number"`
	Kind      string    `db:"kind"` // of training
	Category  string    `db:"category"`
	Subject   string    `db:"subject"`
	StartsAt  time.Time `db:"starts_at"`
	State     State     `db:"state"`
	Outcome   string    `db:"outcome"` // WAITING until it is published
	Turn      int       `db:"turn"`
	Impostors string    `db:"impostors"`
}

func (p past) passed() bool { return p.Outcome == vocabulary.OutcomePassed }

// sat says that a result was published, and not that of somebody who never began.
func (p past) sat() bool {
	never := []string{vocabulary.OutcomeWaiting, vocabulary.OutcomeMissed, vocabulary.OutcomeAbsent, vocabulary.OutcomeNotStarted}
	return !slices.Contains(never, p.Outcome)
}

const (
	banYears   = 1 // V06, chapter 9.6 of the domain reference
	retakeDays = 3 // from one exam to the next, by the calendar: chapter 9.7
	impostor   = "V06"
	// A sitting of days ago that was never closed is nobody's exam any more.
	pendingFor = 24 * time.Hour
)

// against says which rule somebody with this history does not meet for in, and
// why in Chinese; empty when they may sit. It covers what the centre holds:
// driving licence, accidents and criminal records are checked where the
// application is taken.
func (p past) against(in Sitting, now time.Time) (rule, why string) {
	day := clock.DateOf(p.StartsAt)
	if p.Impostors != "" && p.StartsAt.AddDate(banYears, 0, 0).After(in.StartsAt) {
		return ruleBan, fmt.Sprintf("%s 的场次 %s 有替考记录，%s前不得报考；有异议请先由考试中心复核", day, p.Number, clock.DateOf(p.StartsAt.AddDate(banYears, 0, 0)))
	}
	if p.Category != in.Category || p.Subject != in.Subject {
		return "", ""
	}
	until := p.StartsAt.AddDate(vocabulary.PassYears(p.Category), 0, 0)
	switch {
	case p.passed() && until.After(in.StartsAt):
		return ruleHeld, fmt.Sprintf("%s 已通过同一科目（场次 %s），成绩在 %s前有效，不需要再考", day, p.Number, clock.DateOf(until))
	case p.Outcome == vocabulary.OutcomeWithheld:
		return ruleOpen, fmt.Sprintf("场次 %s（%s）的成绩暂缓公布，请等考试中心处理后再报名", p.Number, day)
	case p.State == Closed || p.State == Scored:
		return ruleOpen, fmt.Sprintf("场次 %s（%s）的成绩还没有公布，请等公布后再报名", p.Number, day)
	case p.sat() && !p.passed() && near(day, clock.DateOf(in.StartsAt)):
		return ruleRest, fmt.Sprintf("%s 刚参加过同一科目（场次 %s），补考须在 %s 及以后", day, p.Number, day.Add(retakeDays))
	case p.open(now):
		return ruleOpen, fmt.Sprintf("已报名同一科目的场次 %s（%s），不能重复报名", p.Number, day)
	}
	return "", ""
}

// near says that two exams are fewer than retakeDays apart.
func near(a, b clock.Date) bool { return a.Before(b.Add(retakeDays)) && b.Before(a.Add(retakeDays)) }

// FirstMakeup and LastMakeup are the days between which somebody may sit the
// make-up of an exam.
func FirstMakeup(exam time.Time) clock.Date { return clock.DateOf(exam).Add(retakeDays) }

// LastMakeup is described with FirstMakeup.
func LastMakeup(exam time.Time) clock.Date { return clock.DateOf(exam).Add(MakeupDays) }

// open says that an exam still lies ahead or goes on.
func (p past) open(now time.Time) bool {
	switch p.State {
	case Closed, Scored, Published, Cancelled:
		return false
	}
	return p.StartsAt.After(now.Add(-pendingFor))
}

// MakeupDays is how long a registration is good for its one make-up; who passes
// neither, or comes later, registers and pays again. Chapter 9.7 of the domain
// reference says "in the same period" and leaves the length open.
const MakeupDays = 90

// Turns of a registration.
const (
	FirstTurn  = 1
	SecondTurn = 2 // the make-up
)

// turn says whether in would be somebody's first exam of a registration or its
// make-up, by their last exam of the subject; and why they have to register
// anew, when they have to. Who did not come has used the turn.
func turn(in Sitting, last past) (int, string) {
	day := clock.DateOf(last.StartsAt)
	switch {
	case last.State != Published || last.passed():
		return FirstTurn, ""
	case last.Outcome == vocabulary.OutcomeVoid:
		return FirstTurn, fmt.Sprintf("%s 的考试（场次 %s）已取消当次资格，须重新报名缴费", day, last.Number)
	case last.Turn == SecondTurn:
		return FirstTurn, fmt.Sprintf("%s 的补考（场次 %s）没有通过，须重新报名缴费", day, last.Number)
	case day.Add(MakeupDays).Before(clock.DateOf(in.StartsAt)):
		return FirstTurn, fmt.Sprintf("%s 的考试（场次 %s）没有通过，已超过 %d 天的补考期，须重新报名缴费", day, last.Number, MakeupDays)
	}
	return SecondTurn, ""
}

// Everything the centre holds about people, by blind index. $2: not this sitting.
const pastSQL = `SELECT c.idno_blind, c.turn, c.kind, s.number, s.category, s.subject, s.starts_at, s.state, ` + OutcomeSQL + ` AS outcome,
	coalesce((SELECT min(i.code) FROM exam_irregularity i WHERE i.sitting = s.id AND i.candidate = c.id AND i.code = '` + impostor + `'
		AND coalesce((SELECT r.consequence FROM exam_ruling r WHERE r.sitting = i.sitting AND r.irregularity = i.id ORDER BY r.id DESC LIMIT 1), 'BAN') = 'BAN'), '') AS impostors
	FROM exam_candidate c JOIN exam_sitting s ON s.id = c.sitting` + OutcomeTables + `
	WHERE c.idno_blind = ANY($1) AND s.id <> $2 AND s.state <> 'CANCELLED' ORDER BY s.starts_at DESC`
