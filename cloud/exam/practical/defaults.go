package practical

import (
	"strconv"

	"huyun.internal/protocol/exam"
	scoring "huyun.internal/protocol/exam/practical"
)

// line is a deduction: points in tenths, and what it fails beyond them.
type line struct {
	text   string
	points exam.Points
	fails  string
}

// task numbers an item's deductions.
func task(id, name string, full exam.Points, lines ...line) scoring.Task {
	out := scoring.Task{ID: id, Name: name, Full: full, Deductions: make([]scoring.Deduction, len(lines))}
	for i, l := range lines {
		out.Deductions[i] = scoring.Deduction{ID: strconv.Itoa(i + 1), Text: l.text, Points: l.points, Fails: l.fails}
	}
	return out
}

// defaultScheme is where a new scheme begins: items, full and pass marks and
// minutes of domain reference 9.2 for drivers of passengers (01001) and of goods
// (02001). How the marks are shared out among the items and what is taken off
// for what is ours; a centre sets its own. Other categories have no practical
// exam there: nothing.
func defaultScheme(category string) (scoring.Scheme, bool) {
	out := scoring.Scheme{Category: category, Pass: 800, Minutes: 30, Items: []scoring.Task{
		task("1", "车辆检视", 400,
			line{"漏检一处", 50, ""}, line{"检视顺序错误", 20, ""}, line{"发现不了预设故障一处", 100, ""},
			line{"未检查灭火器、安全锤等应急器材", 100, ""}, line{"车辆未熄火或未拉驻车制动即检视", 0, scoring.FailsItem}),
		task("2", "轮胎更换", 300,
			line{"未放置警告标志或放置距离不足", 100, ""}, line{"工具使用不当", 30, ""}, line{"螺母未按对角顺序拧紧", 50, ""},
			line{"更换后未复紧或未检查", 50, ""}, line{"超过规定时间未完成", 0, scoring.FailsItem}, line{"千斤顶支撑不当致车辆滑落", 0, scoring.FailsExam}),
	}}
	switch category {
	case "01001":
		out.Name = "道路旅客运输驾驶员应用能力"
		out.Items = append(out.Items, task("3", "急救", 300,
			line{"未先确认现场安全", 100, ""}, line{"未呼救或未报警", 50, ""}, line{"止血、包扎方法错误一处", 50, ""},
			line{"心肺复苏按压位置或频率错误", 100, ""}, line{"搬运方法错误，可能加重伤情", 0, scoring.FailsItem}))
	case "02001":
		out.Name = "道路货物运输驾驶员应用能力"
		out.Items = append(out.Items, task("3", "货物装载", 300,
			line{"装载重心偏移", 100, ""}, line{"捆扎、固定不牢一处", 50, ""}, line{"未盖苫布或未做防护", 50, ""},
			line{"未核对货物与运单", 50, ""}, line{"超限超载", 0, scoring.FailsItem}))
	default:
		return scoring.Scheme{}, false
	}
	return out, true
}
