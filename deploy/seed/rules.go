package seed

import (
	"huyun.internal/protocol/exam"
)

// Subjects of the bank, by the names of the syllabus.
const (
	Theory   = "理论"
	Public   = "全国公共科目"
	Regional = "区域科目"
)

// Rules returns the paper rules of the demonstration: the customer's default
// papers, and a short one of each trade so that a visitor can try a whole exam
// within minutes. Every number in them is the demonstration's; a centre sets
// its own in the console.
func Rules() []exam.Rule {
	taxi := func(category, trade string) []exam.Rule {
		return []exam.Rule{
			full("public", category, trade+"全国公共科目", Public, 800, publicChapters, 30, 10, 40, 10, 15, 20, nil),
			full("regional", category, trade+"区域科目", Regional, 800, regionalChapters, 20, 10, 25, 20, 10, 30, nil),
			demo(category, trade, Public, nil),
		}
	}
	theory := func(category, trade string, pass exam.Points, chapters []string) exam.Rule {
		return full("theory", category, trade+"理论", Theory, pass, chapters, 40, 10, 40, 10, 10, 20, nil)
	}
	oneCase := &exam.Section{Type: exam.Case, Count: 1, Each: 20, Subs: 5}
	out := append(taxi("09002", "巡游出租汽车驾驶员"), taxi("09003", "网络预约出租汽车驾驶员")...)
	return append(out,
		theory("02001", "道路货物运输驾驶员", 800, []string{"货运法规", "货物装载与运输作业", "货车安全驾驶"}),
		demo("02001", "道路货物运输驾驶员", Theory, nil),
		theory("03001", "道路危险货物运输驾驶员", 900, dangerousChapters),
		theory("03003", "道路危险货物押运人员", 900, dangerousChapters),
		demo("03001", "道路危险货物运输驾驶员", Theory, oneCase),
		demo("03003", "道路危险货物押运人员", Theory, oneCase),
		full("theory", "13001", "城市公共汽电车驾驶员理论", Theory, 800, busChapters, 30, 10, 40, 10, 10, 20, oneCase),
		demo("13001", "城市公共汽电车驾驶员", Theory, oneCase),
	)
}

// Chapters that every full paper has at least one single-choice question of.
var (
	publicChapters    = []string{"行业法规", "从业资格与职业道德", "服务规范", "道路交通安全", "安全运营与治安防范", "车辆检视与节能驾驶", "应急处置与急救"}
	regionalChapters  = []string{"上海政策法规", "人文地理", "交通路线", "文明服务与外语"}
	dangerousChapters = []string{"危货运输法规", "危货分类与标志", "包装与装卸", "运输作业与押运", "应急处置"}
	busChapters       = []string{"公交法规", "服务规范", "公交安全行车", "公交应急与反恐", "公交车辆与节能"}
)

// spread is how hard the questions of a full paper are, on average 2.5.
func spread() []exam.Share {
	return []exam.Share{{Level: 1, Percent: 20}, {Level: 2, Percent: 30}, {Level: 3, Percent: 30}, {Level: 4, Percent: 15}, {Level: 5, Percent: 5}}
}

// full is a paper of the customer's size: count and worth of statements, of
// single and of multiple choice, and cases when there are any.
func full(kind, category, name, subject string, pass exam.Points, chapters []string,
	tf int, tfEach exam.Points, single int, singleEach exam.Points, multi int, multiEach exam.Points, cases *exam.Section,
) exam.Rule {
	quotas := make([]exam.Quota, len(chapters))
	for i, c := range chapters {
		quotas[i] = exam.Quota{Chapter: c, Min: 2}
	}
	r := exam.Rule{
		ID: "demo-" + category + "-" + kind, Version: 1, Name: name, Category: category, Subject: subject,
		Sections: []exam.Section{
			{Type: exam.TF, Count: tf, Each: tfEach, Difficulty: spread()},
			{Type: exam.Single, Count: single, Each: singleEach, Chapters: quotas, Difficulty: spread()},
			{Type: exam.Multi, Count: multi, Each: multiEach, Difficulty: spread()},
		},
		Minutes: 90, Pass: pass, Shuffle: true, ShuffleOpts: true, ShowScore: true, EarlyMinutes: 20,
	}
	if subject == Regional {
		r.Minutes = 60
	}
	if cases != nil {
		r.Sections = append(r.Sections, *cases)
	}
	return r
}

// demo is a paper of 25 questions, and a case where the trade has cases, worth
// 100 points like the full ones.
func demo(category, trade, subject string, cases *exam.Section) exam.Rule {
	r := exam.Rule{
		ID: "demo-" + category + "-short", Version: 1, Name: trade + "演示卷", Category: category, Subject: subject,
		Sections: []exam.Section{
			{Type: exam.TF, Count: 10, Each: 30},
			{Type: exam.Single, Count: 10, Each: 40},
			{Type: exam.Multi, Count: 5, Each: 60},
		},
		Minutes: 20, Pass: 800, Shuffle: true, ShuffleOpts: true, ShowScore: true,
	}
	if cases != nil {
		r.Sections[0].Each, r.Sections[1].Each = 20, 30
		c := *cases
		c.Each = 40
		r.Sections = append(r.Sections, c)
	}
	return r
}
