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

// Types are the question types by the names used in workbooks.
func Types() []Entry { return slices.Clone(types) }

var (
	industries = []Entry{
		{"taxi", "巡游出租"}, {"ridehail", "网约车"}, {"freight", "道路货运"},
		{"dangerous", "危险货物"}, {"bus", "公交"}, {"coach", "道路客运"},
	}
	subjects = []string{"理论", "全国公共科目", "区域科目"}
	types    = []Entry{{"TF", "判断"}, {"SINGLE", "单选"}, {"MULTI", "多选"}, {"CASE", "案例"}}
)

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
