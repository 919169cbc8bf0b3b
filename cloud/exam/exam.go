// Package exam is the vocabulary that the packages of the exam domain share:
// the dictionaries of industries, categories and subjects (JT/T 697.7-2014
// 5.22), and the two questions the domain asks of the layer that speaks with
// the venues. It is used by bank, paper, venue, sitting and score (M54–M60,
// M65) and by app, which answers the two questions with cloud/node.
//
// It holds no state, no SQL and no rule of an exam; what cloud and edge must
// compute alike is protocol/exam.
package exam

import "slices"

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
func Categories() []Entry { return slices.Clone(categories) }

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
	categories = []Entry{
		{"01001", "道路旅客运输驾驶员"}, {"02001", "道路货物运输驾驶员"},
		{"03001", "道路危险货物运输驾驶员"}, {"03002", "道路危险货物装卸管理人员"}, {"03003", "道路危险货物押运人员"},
		{"03005", "剧毒化学品驾驶员"}, {"03006", "剧毒化学品装卸管理人员"}, {"03007", "剧毒化学品押运人员"},
		{"03009", "爆炸品驾驶员"}, {"03010", "爆炸品装卸管理人员"}, {"03011", "爆炸品押运人员"},
		{"03013", "放射性物品驾驶员"}, {"03014", "放射性物品装卸管理人员"}, {"03015", "放射性物品押运人员"},
		{"09002", "巡游出租汽车驾驶员"}, {"09003", "网络预约出租汽车驾驶员"},
		{"13001", "城市公共汽电车驾驶员"}, {"13901", "公交售票员"}, {"13902", "公交调度员"},
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
