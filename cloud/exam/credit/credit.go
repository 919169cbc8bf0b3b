// Package credit keeps what people have passed (M64): a subject of a category,
// on which day, in which sitting, and until when it counts (chapters 1.5 and 9.7
// of the domain reference). It is the end of an exam and the beginning of a
// qualification: the list of those who have every subject of a category, a
// person's exams over the years (考试履历), and the notices of results. Used by
// score and practical, which say when results are out, and by whoever decides on
// a qualification, through Held.
//
// It computes no result, and never changes a row: one that no longer holds is
// withdrawn with the reason.
package credit

import (
	"slices"
	"time"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/keys"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// Permissions.
const (
	PermList   = "exam.credit.list"
	PermExport = "exam.credit.export"
	PermNotice = "exam.credit.notice" // print notices of results
)

// Credit is a passed subject; the name is masked by the service.
type Credit struct {
	ID          string     `json:"id" db:"id"`
	Blind       []byte     `json:"-" db:"idno_blind"`
	Name        string     `json:"name" db:"name"`
	IDNo        string     `json:"id_no" db:"idno_mask"`
	Category    string     `json:"category" db:"category"`
	Subject     string     `json:"subject" db:"subject"`
	Sitting     string     `json:"sitting" db:"sitting"`
	Number      string     `json:"number" db:"number"`
	Venue       string     `json:"venue" db:"venue"`
	VenueName   string     `json:"venue_name" db:"venue_name"`
	Candidate   string     `json:"candidate" db:"candidate"`
	Admission   string     `json:"admission" db:"admission"`
	PassedOn    time.Time  `json:"passed_on" db:"passed_on" doc:"考试日期"`
	ValidUntil  time.Time  `json:"valid_until" db:"valid_until" doc:"从这一天起不再有效"`
	GrantedAt   time.Time  `json:"granted_at" db:"granted_at" doc:"公布时间"`
	WithdrawnAt *time.Time `json:"withdrawn_at,omitempty" db:"withdrawn_at"`
	Why         string     `json:"why" db:"withdrawn_why" doc:"撤销原因"`
	MAC         []byte     `json:"-" db:"mac"`
	// Held are the subjects of the category that count today, Missing those
	// that are still to be passed.
	Held    []string `json:"held" db:"held"`
	Missing []string `json:"missing" db:"-" doc:"本类别还没有有效合格成绩的科目；为空即全部合格"`
	State   State    `json:"state" db:"-" enum:"VALID,EXPIRED,WITHDRAWN"`
	// LastDay is what people are shown.
	LastDay string `json:"last_day" db:"-" doc:"有效期至，含当天"`
}

// State of a credit today.
type State string

// States of a credit.
const (
	Valid     State = "VALID"
	Expired   State = "EXPIRED"
	Withdrawn State = "WITHDRAWN"
)

const day = "2006-01-02"

func (c *Credit) parts() [][]byte {
	gone := ""
	if c.WithdrawnAt != nil {
		gone = keys.Stamp(*c.WithdrawnAt)
	}
	return [][]byte{
		[]byte("exam_credit"), []byte(c.ID), c.Blind, []byte(c.Category), []byte(c.Subject), []byte(c.Sitting), []byte(c.Candidate),
		[]byte(c.PassedOn.Format(day)), []byte(c.ValidUntil.Format(day)), []byte(keys.Stamp(c.GrantedAt)), []byte(gone), []byte(c.Why),
	}
}

// lastDay is the last day on which something counts that ends on a day.
func lastDay(until time.Time) string { return until.AddDate(0, 0, -1).Format(day) }

// look fills in what follows from the row and today.
func (c *Credit) look(today clock.Date) {
	c.Missing, c.LastDay = []string{}, lastDay(c.ValidUntil)
	for _, s := range vocabulary.Required(c.Category) {
		if !slices.Contains(c.Held, s) {
			c.Missing = append(c.Missing, s)
		}
	}
	switch {
	case c.WithdrawnAt != nil:
		c.State = Withdrawn
	case c.ValidUntil.Format(day) <= today.String():
		c.State = Expired
	default:
		c.State = Valid
	}
}

// Filter narrows the credits; empty fields do not.
type Filter struct {
	Venue, Category, Subject string
	State                    State
	Complete                 string // yes: every subject of the category, no: some are missing
}

// Exam is one exam of a person, whatever came of it; the name is masked by the
// service.
type Exam struct {
	Sitting   string       `json:"sitting" db:"sitting"`
	Candidate string       `json:"candidate" db:"candidate"`
	Number    string       `json:"number" db:"number"`
	Title     string       `json:"title" db:"title"`
	Venue     string       `json:"venue" db:"venue"`
	VenueName string       `json:"venue_name" db:"venue_name"`
	Category  string       `json:"category" db:"category"`
	Subject   string       `json:"subject" db:"subject"`
	StartsAt  time.Time    `json:"starts_at" db:"starts_at"`
	Name      string       `json:"name" db:"name"`
	IDNo      string       `json:"id_no" db:"idno_mask"`
	Admission string       `json:"admission" db:"admission"`
	Kind      string       `json:"kind" db:"kind" enum:"NEW,RETRAIN"`
	Turn      int          `json:"turn" db:"turn" doc:"1 首次考试，2 补考"`
	Outcome   string       `json:"outcome" db:"outcome" enum:"WAITING,PASSED,FAILED,VOID,ZERO,MISSED,ABSENT,NOT_STARTED,WITHHELD" doc:"公布前为 WAITING；MISSED 没有来，ABSENT 来了、按缺考处理"`
	Score     *exam.Points `json:"score,omitempty" db:"score"`
	Full      *exam.Points `json:"full,omitempty" db:"full_marks"`
	Pass      *exam.Points `json:"pass,omitempty" db:"pass_mark"`
	Practical string       `json:"practical" db:"practical" enum:",WAITING,PASSED,FAILED" doc:"应会考试，没有安排为空"`
	Until     *time.Time   `json:"valid_until,omitempty" db:"valid_until" doc:"从这一天起不再有效"`
	LastDay   string       `json:"last_day,omitempty" db:"-" doc:"合格成绩的有效期至，含当天"`
}

// ExamFilter narrows the exams; empty fields do not.
type ExamFilter struct {
	Venue, Category, Outcome string
	From, To                 time.Time
}

// errTampered tells of a row that was changed behind the program's back.
var errTampered = fault.New(fault.Internal, "exam.credit.tampered", "合格成绩数据被改动过，已停止办理，请立即联系安全管理员核查")
