// Package practical is the centre's side of the practical exam (应会考试, M64;
// domain reference 9.2 and 9.4): schemes of items and deductions, which sittings
// hold one, the sheets that two examiners signed at a venue, and the centre's
// confirmation or rejection of each. Used by the examination office; the link
// gives it what venues report.
//
// A sheet is a fact: it is stored as reported and done again from its marks. One
// that does not add up, or whose candidate was not let in, says so and can only
// be rejected; then the venue scores again, as the next revision.
//
// What marks come to is protocol/exam/practical, the same code as at the venue.
// It plans no sitting and admits nobody.
package practical

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"huyun.internal/cloud/keys"
	"huyun.internal/protocol/exam"
	scoring "huyun.internal/protocol/exam/practical"
	"huyun.internal/protocol/fault"
)

// Permissions.
const (
	PermList    = "exam.practical.list"
	PermConfirm = "exam.practical.confirm" // confirm or reject a sheet
	PermExport  = "exam.practical.export"
	PermArrange = "exam.practical.arrange"     // make a sitting hold one
	PermScheme  = "exam.practical.scheme.save" // write schemes and put them in use
)

// States of a scheme. One in use is only succeeded.
const (
	Draft     = "DRAFT"
	InUse     = "IN_USE"
	Succeeded = "SUCCEEDED"
)

// States of a sheet.
const (
	Submitted = "SUBMITTED"
	Confirmed = "CONFIRMED"
	Rejected  = "REJECTED"
)

// Standard is a scheme as the centre keeps it.
type Standard struct {
	ID        string         `json:"id" db:"id"`
	Category  string         `json:"category" db:"category"`
	Version   int            `json:"version" db:"version"`
	State     string         `json:"state" db:"state" enum:"DRAFT,IN_USE,SUCCEEDED"`
	Name      string         `json:"name" db:"name"`
	Scheme    scoring.Scheme `json:"scheme" db:"body"`
	Full      exam.Points    `json:"full" db:"-"`
	Sittings  int            `json:"sittings" db:"sittings" doc:"使用它的场次数"`
	SavedName string         `json:"saved_name" db:"saved_name"`
	SavedAt   time.Time      `json:"saved_at" db:"saved_at"`
	MAC       []byte         `json:"-" db:"mac"`
}

// parts are what a scheme's MAC covers.
func (s *Standard) parts() [][]byte {
	body, _ := json.Marshal(s.Scheme) // strings and integers: cannot fail
	return [][]byte{[]byte("exam_practical_scheme"), []byte(s.ID), []byte(s.Category), []byte(strconv.Itoa(s.Version)), []byte(s.State), body}
}

// Arrangement is a sitting that holds a practical exam.
type Arrangement struct {
	Sitting    string    `json:"sitting" db:"sitting"`
	Number     string    `json:"number" db:"number"`
	Title      string    `json:"title" db:"title"`
	Venue      string    `json:"venue" db:"venue"`
	VenueName  string    `json:"venue_name" db:"venue_name"`
	Category   string    `json:"category" db:"category"`
	State      string    `json:"state" db:"state"`
	StartsAt   time.Time `json:"starts_at" db:"starts_at"`
	Scheme     string    `json:"scheme" db:"scheme"`
	SchemeName string    `json:"scheme_name" db:"scheme_name"`
	Version    int       `json:"scheme_version" db:"version"`
	By         string    `json:"by" db:"by_name"`
	At         time.Time `json:"at" db:"at"`
	Candidates int       `json:"candidates" db:"candidates"`
	Waiting    int       `json:"waiting" db:"waiting" doc:"待确认的评分表"`
	Confirmed  int       `json:"confirmed" db:"confirmed"`
	Rejected   int       `json:"rejected" db:"rejected" doc:"退回后还没有重新评分"`
	MAC        []byte    `json:"-" db:"mac"`
}

func (a *Arrangement) parts() [][]byte {
	return [][]byte{[]byte("exam_practical_sitting"), []byte(a.Sitting), []byte(a.Scheme)}
}

// Sheet is one candidate's exam as two examiners signed it; the name is masked.
type Sheet struct {
	ID          string           `json:"id" db:"id"`
	Sitting     string           `json:"sitting" db:"sitting"`
	Number      string           `json:"number" db:"number"`
	Title       string           `json:"title" db:"title"`
	Venue       string           `json:"venue" db:"venue"`
	VenueName   string           `json:"venue_name" db:"venue_name"`
	Category    string           `json:"category" db:"category"`
	Candidate   string           `json:"candidate" db:"candidate"`
	Name        string           `json:"name" db:"name"`
	Admission   string           `json:"admission" db:"admission"`
	IDNo        string           `json:"id_no" db:"idno_mask"`
	Scheme      string           `json:"scheme" db:"scheme"`
	Revision    int              `json:"revision" db:"revision"`
	Latest      bool             `json:"latest" db:"latest"`
	Items       []scoring.Scored `json:"items" db:"items"`
	Remark      string           `json:"remark" db:"remark"`
	VenueScore  exam.Points      `json:"venue_score" db:"venue_score"`
	Score       exam.Points      `json:"score" db:"score"`
	Failed      bool             `json:"failed" db:"failed" doc:"有直接不合格的扣分"`
	Passed      bool             `json:"passed" db:"passed"`
	Difference  string           `json:"difference" db:"difference" doc:"有问题的评分表只能退回"`
	Examiners   []string         `json:"examiners" db:"examiners"`
	Node        string           `json:"node" db:"node"`
	SignedAt    time.Time        `json:"signed_at" db:"signed_at"`
	ReceivedAt  time.Time        `json:"received_at" db:"received_at"`
	State       string           `json:"state" db:"state" enum:"SUBMITTED,CONFIRMED,REJECTED"`
	Reason      string           `json:"reason" db:"reason"`
	DecidedBy   *string          `json:"-" db:"decided_by"`
	DecidedName string           `json:"decided_name" db:"decided_name"`
	DecidedAt   *time.Time       `json:"decided_at,omitempty" db:"decided_at"`
	MAC         []byte           `json:"-" db:"mac"`
}

func (s *Sheet) parts() [][]byte {
	items, _ := json.Marshal(s.Items) // strings and integers: cannot fail
	by, at := "", ""
	if s.DecidedBy != nil && s.DecidedAt != nil {
		by, at = *s.DecidedBy, keys.Stamp(*s.DecidedAt)
	}
	text := fmt.Sprintf("%d %d %d %t %t %s", s.Revision, s.VenueScore, s.Score, s.Failed, s.Passed, keys.Stamp(s.SignedAt))
	return [][]byte{
		[]byte("exam_practical_sheet"), []byte(s.ID), []byte(s.Sitting), []byte(s.Candidate), []byte(s.Scheme), []byte(text), items,
		[]byte(s.Remark), []byte(s.Difference), []byte(strings.Join(s.Examiners, "\n")), []byte(s.Node), []byte(s.State), []byte(s.Reason), []byte(by), []byte(at),
	}
}

// Detail is a sheet with what is needed to read it.
type Detail struct {
	Sheet     Sheet          `json:"sheet"`
	Scheme    scoring.Scheme `json:"scheme"`
	Points    []exam.Points  `json:"points" doc:"各项目得分，按方案顺序；无法计算时为空"`
	Full      exam.Points    `json:"full"`
	Revisions []Sheet        `json:"revisions" doc:"该考生的全部评分表，从新到旧"`
	Void      string         `json:"void" doc:"使该考生本场不算数的违纪：V01 按缺考处理，V05 等取消资格"`
}

// Filter narrows the sheets; empty fields do not.
type Filter struct {
	Venue, Sitting, Category, State string
	Passed                          string // yes | no
	All                             bool   // also those that a later one has replaced
}

// errTampered tells of a row that was changed behind the program's back.
var errTampered = fault.New(fault.Internal, "exam.practical.tampered", "应会考试数据被改动过，已停止办理，请立即联系安全管理员核查")

// decide is the centre's word. Faults: exam.practical.decide.state, .reason,
// .different.
func (s *Sheet) decide(confirm bool, reason, by, name string, now time.Time) error {
	if s.State != Submitted {
		return fault.Newf(fault.Precondition, "exam.practical.decide.state", "这张评分表已由%s处理过，请刷新列表", s.DecidedName)
	}
	reason = strings.TrimSpace(reason)
	switch {
	case !confirm && reason == "":
		return fault.New(fault.Invalid, "exam.practical.decide.reason", "退回须写明原因，考场按它重新评分")
	case confirm && s.Difference != "":
		return fault.Newf(fault.Precondition, "exam.practical.decide.different", "评分表有问题：%s。不能确认，请退回考场重新评分", s.Difference)
	}
	now = now.Truncate(time.Microsecond) // as the database keeps it, for the MAC
	s.State, s.Reason, s.DecidedBy, s.DecidedName, s.DecidedAt = Confirmed, reason, &by, name, &now
	if !confirm {
		s.State = Rejected
	}
	return nil
}

// examine does a sheet again by its scheme and says what is wrong with it.
func (s *Sheet) examine(scheme *scoring.Scheme, venuePassed, admitted, intact bool) {
	var wrong []string
	out, err := scheme.Score(s.Items)
	s.Score, s.Failed, s.Passed = out.Score, out.Failed, out.Passed
	switch {
	case err != nil:
		wrong = append(wrong, fault.From(err).Text)
	case out.Score != s.VenueScore || out.Passed != venuePassed:
		wrong = append(wrong, fmt.Sprintf("考场判 %s 分，按扣分重新计算为 %s 分", s.VenueScore, out.Score))
	}
	if len(s.Examiners) != 2 || s.Examiners[0] == "" || s.Examiners[1] == "" || s.Examiners[0] == s.Examiners[1] {
		wrong = append(wrong, "不是两名不同的考官签名")
	}
	if !admitted {
		wrong = append(wrong, "考生没有获准入场")
	}
	if !intact {
		wrong = append(wrong, "评分方案数据被改动过")
	}
	s.Difference = strings.Join(wrong, "；")
}
