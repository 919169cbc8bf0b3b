// Package exam is the vocabulary that the packages of the exam domain share:
// the dictionaries of industries, categories and subjects (JT/T 697.7-2014
// 5.22), and the two questions the domain asks of the layer that speaks with
// the venues. It is used by bank, paper, venue, sitting and score (M54–M60,
// M65) and by app, which answers the two questions with cloud/node.
//
// It holds no state, no SQL and no rule of an exam; what cloud and edge must
// compute alike is protocol/exam.
package exam

import (
	"slices"
	"strings"

	pexam "huyun.internal/protocol/exam"
)

// Entry is a line of a dictionary: the code that is stored and the Chinese
// name that is shown and accepted in workbooks.
type Entry struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Industries are the trades whose bank the customer keeps (M55).
func Industries() []Entry { return slices.Clone(industries) }

// Categories are the person categories that sit exams, five-digit codes of
// JT/T 697.7; 139xx are the city's own extension.
func Categories() []Entry {
	list := pexam.Categories()
	out := make([]Entry, len(list))
	for i, c := range list {
		out[i] = Entry(c)
	}
	return out
}

// Subjects are the exam subjects. Their code is their name: that is how the
// syllabus, the admission ticket and the venue print them.
func Subjects() []string { return slices.Clone(subjects) }

// Practical is the subject of the practical exam, which has no paper.
const Practical = "应会"

// Required are the subjects that make up a category: chapter 9.2 of the domain
// reference. A pass of each that still counts is what a qualification needs.
func Required(category string) []string {
	switch {
	case category == "01001" || category == "02001":
		return []string{"理论", Practical}
	case strings.HasPrefix(category, "09"):
		return []string{"全国公共科目", "区域科目"}
	}
	return []string{"理论"}
}

// PassYears is how long a passed subject counts: chapter 1.5 of the domain
// reference, three years for taxis and ride-hailing, one for the rest.
func PassYears(category string) int {
	if strings.HasPrefix(category, "09") {
		return 3
	}
	return 1
}

// Types are the question types by the names that authors write into workbooks;
// what is read is called by TypeName.
func Types() []Entry { return slices.Clone(types) }

// TypeName is a question type as pages, papers and lists call it.
func TypeName(code string) string { return pexam.TypeName(pexam.Type(code)) }

var (
	industries = []Entry{
		{"taxi", "巡游出租"}, {"ridehail", "网约车"}, {"freight", "道路货运"},
		{"dangerous", "危险货物"}, {"bus", "公交"}, {"coach", "道路客运"},
	}
	subjects = []string{"理论", "全国公共科目", "区域科目"}
	outcomes = []Entry{
		{OutcomeWaiting, "未公布"}, {OutcomePassed, "合格"}, {OutcomeFailed, "不合格"}, {OutcomeVoid, "成绩无效"}, {OutcomeZero, "本场 0 分"},
		{OutcomeMissed, "缺考"}, {OutcomeAbsent, "缺考处理"}, {OutcomeNotStarted, "未开考"}, {OutcomeWithheld, "成绩暂缓"},
	}
	types = []Entry{{"TF", "判断"}, {"SINGLE", "单选"}, {"MULTI", "多选"}, {"CASE", "案例"}}
)

// Outcomes of an exam. OutcomeWaiting is what everybody sees until results are
// published. Who stayed away has missed it; OutcomeAbsent is who came and, for an
// irregularity, is treated as if not (缺考处理, V01 of chapter 9.6).
const (
	OutcomeWaiting    = "WAITING"
	OutcomePassed     = "PASSED"
	OutcomeFailed     = "FAILED"
	OutcomeVoid       = "VOID"
	OutcomeZero       = "ZERO"
	OutcomeMissed     = "MISSED"
	OutcomeAbsent     = "ABSENT"
	OutcomeNotStarted = "NOT_STARTED"
	OutcomeWithheld   = "WITHHELD"
)

// Marked says that the marks of an exam are its result. Of one that is void,
// withheld or never begun, or is treated as missed, they are only on record.
func Marked(outcome string) bool {
	return outcome == OutcomePassed || outcome == OutcomeFailed || outcome == OutcomeZero
}

// Outcomes are all of them, in the order of a filter.
func Outcomes() []Entry { return slices.Clone(outcomes) }

// OutcomeName is a result in Chinese.
func OutcomeName(code string) string { return NameOf(outcomes, code) }

// Code finds an entry by its code or its name; empty when there is none.
func Code(dict []Entry, text string) string {
	for _, e := range dict {
		if e.Code == text || e.Name == text {
			return e.Code
		}
	}
	return ""
}

// NameOf is the name of a code, or the code itself when the dictionary has
// lost it: an old record must still be readable.
func NameOf(dict []Entry, code string) string {
	for _, e := range dict {
		if e.Code == code {
			return e.Name
		}
	}
	return code
}

// IsSubject reports whether the dictionary has this subject.
func IsSubject(s string) bool { return slices.Contains(subjects, s) }
