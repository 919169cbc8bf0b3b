// Package stats counts what has happened at the venues (M61): sittings, people,
// identity checks, discipline and results, by venue, category, subject and
// period. Used by the examination office, by reviewers and by the people who
// answer for a venue, each within their venues.
//
// A figure and the list behind it are one query: every counted thing is a row of
// the facts (store.go), the summary counts rows by measure, the list shows them.
// Results count when they are published; who passed is what score has stored.
//
// It stores nothing and computes no score. Figures of single questions are
// bank's.
package stats

import (
	"slices"
	"time"

	"huyun.internal/protocol/fault"
)

// Permissions of statistics.
const (
	PermRead   = "exam.stats.read"
	PermExport = "exam.stats.export"
)

// Measure names what is counted.
type Measure string

// The measures. Those of people count a candidate once per sitting.
const (
	Sittings       Measure = "sittings"       // planned and not cancelled
	Held           Measure = "held"           // somebody has started
	Cancelled      Measure = "cancelled"      // called off
	Booked         Measure = "booked"         // candidates of sittings that were not called off
	Admitted       Measure = "admitted"       // the last decision at the door was to let in
	Absent         Measure = "absent"         // not admitted, and the sitting has closed
	Started        Measure = "started"        // has begun the paper
	HandedIn       Measure = "handed_in"      // paper handed in
	Passed         Measure = "passed"         // published, passed and not voided
	Failed         Measure = "failed"         // published and not passed
	Voided         Measure = "voided"         // published, voided for an irregularity; also counted as failed
	Irregular      Measure = "irregular"      // candidates with an irregularity
	Irregularities Measure = "irregularities" // irregularities V01–V08
	Checks         Measure = "checks"         // face checks that were decided
	ChecksFailed   Measure = "checks_failed"  // decided: not this person
	ChecksManual   Measure = "checks_manual"  // left to a person to decide
	RedAlarms      Measure = "red_alarms"
	YellowAlarms   Measure = "yellow_alarms"
)

// Measures are all of them, in the order of the columns of an export.
func Measures() []Measure {
	return []Measure{
		Sittings, Held, Cancelled, Booked, Admitted, Absent, Started, HandedIn, Passed, Failed, Voided, Irregular, Irregularities,
		Checks, ChecksFailed, ChecksManual, RedAlarms, YellowAlarms,
	}
}

// Figures are the counts of one group.
type Figures struct {
	Sittings       int `json:"sittings" db:"sittings" doc:"场次"`
	Held           int `json:"held" db:"held" doc:"已开考场次"`
	Cancelled      int `json:"cancelled" db:"cancelled" doc:"取消场次"`
	Booked         int `json:"booked" db:"booked" doc:"应考人次"`
	Admitted       int `json:"admitted" db:"admitted" doc:"实到人次"`
	Absent         int `json:"absent" db:"absent" doc:"缺考人次"`
	Started        int `json:"started" db:"started" doc:"开始作答"`
	HandedIn       int `json:"handed_in" db:"handed_in" doc:"已交卷"`
	Passed         int `json:"passed" db:"passed" doc:"合格人次"`
	Failed         int `json:"failed" db:"failed" doc:"不合格人次"`
	Voided         int `json:"voided" db:"voided" doc:"其中成绩无效"`
	Irregular      int `json:"irregular" db:"irregular" doc:"违纪人次，不含复核认定不予处理的"`
	Irregularities int `json:"irregularities" db:"irregularities" doc:"违纪起数，不含复核认定不予处理的"`
	Checks         int `json:"checks" db:"checks" doc:"人脸核验次数"`
	ChecksFailed   int `json:"checks_failed" db:"checks_failed" doc:"核验不通过"`
	ChecksManual   int `json:"checks_manual" db:"checks_manual" doc:"转人工核验"`
	RedAlarms      int `json:"red_alarms" db:"red_alarms" doc:"红色报警"`
	YellowAlarms   int `json:"yellow_alarms" db:"yellow_alarms" doc:"黄色报警"`
}

// Group is one line of a summary. What it is not grouped by is empty.
type Group struct {
	Venue     string `json:"venue" db:"venue"`
	VenueName string `json:"venue_name" db:"venue_name"`
	Category  string `json:"category" db:"category"`
	Subject   string `json:"subject" db:"subject"`
	Period    string `json:"period" db:"period" doc:"2026、2026-Q4 或 2026-11"`
	Figures
}

// Count is how often a measure has one of its kinds: an irregularity's code, a
// check's stage and decision, an alarm's code.
type Count struct {
	Measure Measure `json:"measure" db:"measure"`
	Detail  string  `json:"detail" db:"detail"`
	Count   int     `json:"count" db:"count"`
}

// Summary is the answer to a question: the groups, their sum, and the kinds.
type Summary struct {
	Groups []Group `json:"groups"`
	Total  Figures `json:"total"`
	Kinds  []Count `json:"kinds"`
	Demo   int     `json:"demo" doc:"其中演示数据的场次"`
}

// Fact is one counted thing.
type Fact struct {
	Sitting   string    `json:"sitting" db:"sitting"`
	Number    string    `json:"number" db:"number"`
	Title     string    `json:"title" db:"title"`
	Venue     string    `json:"venue" db:"venue"`
	VenueName string    `json:"venue_name" db:"venue_name"`
	Category  string    `json:"category" db:"category"`
	Subject   string    `json:"subject" db:"subject"`
	StartsAt  time.Time `json:"starts_at" db:"starts_at"`
	Candidate string    `json:"candidate" db:"candidate" doc:"考生编号；按场次计的为空"`
	Name      string    `json:"name" db:"name" doc:"脱敏姓名"`
	Admission string    `json:"admission" db:"admission"`
	Detail    string    `json:"detail" db:"detail" doc:"违纪代码、核验环节与结论、报警代码或成绩"`
}

// Filter is which sittings are looked at: those that begin in the period.
type Filter struct {
	From, To time.Time // To is not included
	Venue    string
	Category string
	Subject  string
}

// longest is the longest period of one question: the law has records of exams
// kept for years, a page shows a few.
const longest = 5 * 366 * 24 * time.Hour

func (f Filter) check() error {
	if !f.To.After(f.From) || f.To.Sub(f.From) > longest {
		return fault.New(fault.Invalid, "exam.stats.period", "统计期间不正确：结束日期应晚于开始日期，且不超过五年")
	}
	return nil
}

// Dimensions a summary can be grouped by, each with its SQL; periods are those
// of the city's clock.
var dimensions = map[string]struct{ column, sql string }{
	"venue":    {"venue", "venue"},
	"category": {"category", "category"},
	"subject":  {"subject", "subject"},
	"month":    {"period", `to_char(starts_at AT TIME ZONE interval '8 hours', 'YYYY-MM')`},
	"quarter":  {"period", `to_char(starts_at AT TIME ZONE interval '8 hours', 'YYYY"-Q"Q')`},
	"year":     {"period", `to_char(starts_at AT TIME ZONE interval '8 hours', 'YYYY')`},
}

func known(m Measure) error {
	if !slices.Contains(Measures(), m) {
		return fault.New(fault.Invalid, "exam.stats.measure", "没有这个统计指标，请从页面上点选")
	}
	return nil
}
