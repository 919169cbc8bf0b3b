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

// The measures. Those of people count a candidate once per sitting, and meet:
// Booked = Expected + Absent + Admitted, and
// Admitted = Waiting + Passed + Failed + Treated + Unstarted + Withheld.
const (
	Sittings       Measure = "sittings"       // planned and not cancelled
	Held           Measure = "held"           // somebody has started
	Cancelled      Measure = "cancelled"      // called off
	Booked         Measure = "booked"         // candidates of sittings that were not called off
	Expected       Measure = "expected"       // not admitted yet, and the sitting has not closed
	Absent         Measure = "absent"         // not admitted, and the sitting has closed
	Admitted       Measure = "admitted"       // the last decision at the door was to let in
	Started        Measure = "started"        // has begun the paper
	HandedIn       Measure = "handed_in"      // paper handed in
	Waiting        Measure = "waiting"        // admitted, and the result is not published
	Passed         Measure = "passed"         // published, passed and not voided
	Failed         Measure = "failed"         // published and not passed
	Voided         Measure = "voided"         // published, voided for an irregularity; also counted as failed
	Treated        Measure = "treated"        // published, came and is treated as absent (V01); not counted as absent
	Unstarted      Measure = "unstarted"      // published, came in and never began
	Withheld       Measure = "withheld"       // published, withheld for a doubt about who sat there
	Irregular      Measure = "irregular"      // candidates with an irregularity
	Irregularities Measure = "irregularities" // irregularities V01–V08
	Checks         Measure = "checks"         // identity checks that were decided
	ChecksHand     Measure = "checks_hand"    // of them those that a person decided, without comparing a face
	ChecksFailed   Measure = "checks_failed"  // decided: not this person
	ChecksManual   Measure = "checks_manual"  // the machine left it to a person
	RedAlarms      Measure = "red_alarms"
	YellowAlarms   Measure = "yellow_alarms"
)

// figure is what there is to know of a measure: its name on pages and in
// workbooks, and where its count is.
type figure struct {
	measure Measure
	name    string
	of      func(*Figures) *int
}

// catalogue are all measures, in the order of an exam, of the table's columns and
// of the workbook's.
var catalogue = []figure{
	{Sittings, "场次", func(f *Figures) *int { return &f.Sittings }},
	{Held, "已开考", func(f *Figures) *int { return &f.Held }},
	{Cancelled, "取消场次", func(f *Figures) *int { return &f.Cancelled }},
	{Booked, "应考", func(f *Figures) *int { return &f.Booked }},
	{Expected, "待考", func(f *Figures) *int { return &f.Expected }},
	{Absent, "缺考", func(f *Figures) *int { return &f.Absent }},
	{Admitted, "实到", func(f *Figures) *int { return &f.Admitted }},
	{Started, "开始作答", func(f *Figures) *int { return &f.Started }},
	{HandedIn, "交卷", func(f *Figures) *int { return &f.HandedIn }},
	{Waiting, "未公布", func(f *Figures) *int { return &f.Waiting }},
	{Passed, "合格", func(f *Figures) *int { return &f.Passed }},
	{Failed, "不合格（含无效）", func(f *Figures) *int { return &f.Failed }},
	{Voided, "其中成绩无效", func(f *Figures) *int { return &f.Voided }},
	{Treated, "缺考处理", func(f *Figures) *int { return &f.Treated }},
	{Unstarted, "未开考", func(f *Figures) *int { return &f.Unstarted }},
	{Withheld, "成绩暂缓", func(f *Figures) *int { return &f.Withheld }},
	{Irregular, "违纪人次", func(f *Figures) *int { return &f.Irregular }},
	{Irregularities, "违纪起数", func(f *Figures) *int { return &f.Irregularities }},
	{Checks, "身份核验", func(f *Figures) *int { return &f.Checks }},
	{ChecksHand, "其中人工核验", func(f *Figures) *int { return &f.ChecksHand }},
	{ChecksFailed, "核验不通过", func(f *Figures) *int { return &f.ChecksFailed }},
	{ChecksManual, "转人工", func(f *Figures) *int { return &f.ChecksManual }},
	{RedAlarms, "红色报警", func(f *Figures) *int { return &f.RedAlarms }},
	{YellowAlarms, "黄色报警", func(f *Figures) *int { return &f.YellowAlarms }},
}

// Measures are all of them, in the order of the columns of an export.
func Measures() []Measure {
	out := make([]Measure, len(catalogue))
	for i, f := range catalogue {
		out[i] = f.measure
	}
	return out
}

// Figures are the counts of one group.
type Figures struct {
	Sittings       int `json:"sittings" db:"sittings" doc:"场次"`
	Held           int `json:"held" db:"held" doc:"已开考场次"`
	Cancelled      int `json:"cancelled" db:"cancelled" doc:"取消场次"`
	Booked         int `json:"booked" db:"booked" doc:"应考人次＝待考＋缺考＋实到"`
	Expected       int `json:"expected" db:"expected" doc:"待考人次"`
	Absent         int `json:"absent" db:"absent" doc:"缺考人次"`
	Admitted       int `json:"admitted" db:"admitted" doc:"实到人次＝未公布＋合格＋不合格＋缺考处理＋未开考＋成绩暂缓"`
	Started        int `json:"started" db:"started" doc:"开始作答"`
	HandedIn       int `json:"handed_in" db:"handed_in" doc:"已交卷"`
	Waiting        int `json:"waiting" db:"waiting" doc:"成绩未公布"`
	Passed         int `json:"passed" db:"passed" doc:"合格人次"`
	Failed         int `json:"failed" db:"failed" doc:"不合格人次，含本场 0 分和成绩无效"`
	Voided         int `json:"voided" db:"voided" doc:"其中成绩无效"`
	Treated        int `json:"treated" db:"treated" doc:"到场后按缺考处理，不在缺考人次中"`
	Unstarted      int `json:"unstarted" db:"unstarted" doc:"到场但没有开考"`
	Withheld       int `json:"withheld" db:"withheld" doc:"成绩暂缓"`
	Irregular      int `json:"irregular" db:"irregular" doc:"违纪人次"`
	Irregularities int `json:"irregularities" db:"irregularities" doc:"违纪起数"`
	Checks         int `json:"checks" db:"checks" doc:"身份核验次数"`
	ChecksHand     int `json:"checks_hand" db:"checks_hand" doc:"其中由人决定、没有比对人脸的"`
	ChecksFailed   int `json:"checks_failed" db:"checks_failed" doc:"核验不通过"`
	ChecksManual   int `json:"checks_manual" db:"checks_manual" doc:"机器转人工"`
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

// Counted is what a list shows: what a measure has counted, or one of its kinds.
type Counted struct {
	Measure Measure
	Detail  string
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
