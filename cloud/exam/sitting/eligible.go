package sitting

import (
	"fmt"
	"strings"
	"time"

	"huyun.internal/protocol/clock"
)

// past is one earlier or planned exam of a person, as far as the centre holds it.
type past struct {
	Blind     []byte    `db:"idno_blind"`
	Number    string    `db:"number"`
	Category  string    `db:"category"`
	Subject   string    `db:"subject"`
	StartsAt  time.Time `db:"starts_at"`
	State     State     `db:"state"`
	Passed    bool      `db:"passed"` // published and not voided
	Sat       bool      `db:"sat"`    // a result was published, and not that of somebody who never began
	Impostors string    `db:"impostors"`
}

const (
	banYears   = 1                  // V06, chapter 9.6 of the domain reference
	retakeRest = 3 * 24 * time.Hour // between two attempts, chapter 9.7
	impostor   = "V06"
	// A sitting of days ago that was never closed is nobody's exam any more.
	pendingFor = 24 * time.Hour
)

// passLife is how long a pass counts: chapter 1.5 of the domain reference, three
// years for taxis and ride-hailing, one for the rest.
func passLife(category string) int {
	if strings.HasPrefix(category, "09") {
		return 3
	}
	return 1
}

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
	until := p.StartsAt.AddDate(passLife(p.Category), 0, 0)
	switch {
	case p.Passed && until.After(in.StartsAt):
		return ruleHeld, fmt.Sprintf("%s 已通过同一科目（场次 %s），成绩在 %s前有效，不需要再考", day, p.Number, clock.DateOf(until))
	case p.Sat && !p.Passed && in.StartsAt.Sub(p.StartsAt).Abs() < retakeRest:
		return ruleRest, fmt.Sprintf("%s 刚参加过同一科目（场次 %s），补考须间隔 3 天", day, p.Number)
	case p.open(now):
		return ruleOpen, fmt.Sprintf("已报名同一科目的场次 %s（%s），不能重复报名", p.Number, day)
	}
	return "", ""
}

// open says that an exam still lies ahead or goes on.
func (p past) open(now time.Time) bool {
	switch p.State {
	case Closed, Scored, Published, Cancelled:
		return false
	}
	return p.StartsAt.After(now.Add(-pendingFor))
}

// Everything the centre holds about people, by blind index. $2: not this sitting.
const pastSQL = `SELECT c.idno_blind, s.number, s.category, s.subject, s.starts_at, s.state,
	s.state = 'PUBLISHED' AND coalesce((SELECT bool_or(e.passed AND e.voided = '') FROM exam_score e
		WHERE e.sitting = s.id AND e.candidate = c.id), false) AS passed,
	s.state = 'PUBLISHED' AND EXISTS (SELECT 1 FROM exam_score e WHERE e.sitting = s.id AND e.candidate = c.id
		AND e.outcome NOT IN ('ABSENT', 'NOT_STARTED')) AS sat,
	coalesce((SELECT min(i.code) FROM exam_irregularity i WHERE i.sitting = s.id AND i.candidate = c.id AND i.code = '` + impostor + `'
		AND coalesce((SELECT r.consequence FROM exam_ruling r WHERE r.sitting = i.sitting AND r.irregularity = i.id ORDER BY r.id DESC LIMIT 1), 'BAN') = 'BAN'), '') AS impostors
	FROM exam_candidate c JOIN exam_sitting s ON s.id = c.sitting
	WHERE c.idno_blind = ANY($1) AND s.id <> $2 AND s.state <> 'CANCELLED' ORDER BY s.starts_at DESC`
