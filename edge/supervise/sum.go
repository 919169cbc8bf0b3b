package supervise

import (
	"cmp"
	"fmt"
	"strings"
)

// Codes of the four sums of a sitting (3.3 of the experience reference). What
// else a person has to settle before the end are matters, with codes of their own.
const (
	sumBooked  = "booked"       // booked = admitted + absent
	sumIssued  = "issued"       // papers issued = started + unused
	sumStarted = "started"      // started = submitted + terminated
	sumCentre  = "acknowledged" // hand-ins = confirmed by the centre
)

// Sum is one equation of the reconciliation.
type Sum struct {
	Code  string `json:"code" enum:"booked,issued,started,acknowledged"`
	Left  Term   `json:"left"`
	Right []Term `json:"right"`
	Total int    `json:"total" doc:"右边之和"`
	OK    bool   `json:"ok"`
}

// Term is a number with its name.
type Term struct {
	Name string `json:"name"`
	N    int    `json:"n"`
}

func equation(code, name string, left int, right ...Term) Sum {
	s := Sum{Code: code, Left: Term{name, left}, Right: right}
	for _, t := range right {
		s.Total += t.N
	}
	s.OK = s.Total == left
	return s
}

// sums puts the counts into the four equations. Who waits at the door undecided
// is neither in nor absent; who still writes has neither handed in nor been ended.
func sums(c Closing, confirmed int) []Sum {
	return []Sum{
		equation(sumBooked, "应考", c.Booked, Term{"入场", c.Admitted}, Term{"缺考", c.Absent - c.Pending}),
		equation(sumIssued, "发卷", c.Issued, Term{"开考", c.Started}, Term{"未使用", c.Unused}),
		equation(sumStarted, "开考", c.Started, Term{"交卷", c.Submitted - c.Terminated}, Term{"强制收卷", c.Terminated}),
		equation(sumCentre, "交卷（含强制收卷）", c.Submitted, Term{"考试中心已确认", confirmed}),
	}
}

// problems says what keeps a sitting from being closed: sums that do not meet,
// and matters that somebody has to look at.
func problems(c Closing, running int) []Disagreement {
	out := []Disagreement{}
	add := func(code string, waivable bool, what, todo, fact string) {
		out = append(out, Disagreement{Code: code, Text: what + "，" + todo, Fact: cmp.Or(fact, "结束时"+what), Waivable: waivable})
	}
	for _, s := range c.Sums {
		switch {
		case s.OK:
		case s.Code == sumStarted && running > 0:
			add(s.Code, false, fmt.Sprintf("还有 %d 人正在作答", running), "请等待交卷或强制交卷", "")
		case s.Code == sumBooked && c.Pending > 0:
			add(s.Code, true, fmt.Sprintf("入口还有 %d 人待人工核验", c.Pending), "请逐一决定", fmt.Sprintf("结束时入口有 %d 人未经人工核验决定", c.Pending))
		case s.Code == sumCentre:
			add(s.Code, true, fmt.Sprintf("交卷 %d 份，考试中心已确认 %d 份", s.Left.N, s.Total), "请等待上传；没有网络时写明原因也可结束，网络恢复后自动补传", "")
		default:
			add(s.Code, true, fmt.Sprintf("%s %d 与%s %d 不一致", s.Left.Name, s.Left.N, names(s.Right), s.Total), "请核对并写明原因", "")
		}
	}
	if c.Admitted != c.Issued {
		add("seated", true, fmt.Sprintf("入场 %d 人，但只生成了 %d 份试卷", c.Admitted, c.Issued), "请核对未登录的考生", "")
	}
	if c.Unused > 0 {
		add("unused", true, fmt.Sprintf("有 %d 人登录后未开考", c.Unused), "请说明情况", "")
	}
	if n := len(c.Blank); n > 0 {
		add("blank", true, fmt.Sprintf("有 %d 份空白卷（座位 %s）", n, strings.Join(c.Blank, "、")), "请核对", "")
	}
	if n := len(c.Undecided); n > 0 {
		add("face", true, fmt.Sprintf("有 %d 项人脸核验待判定", n), "请逐一判定", fmt.Sprintf("结束时有 %d 项人脸核验未判定", n))
	}
	if n := len(c.Alarms); n > 0 {
		add("alarm", true, fmt.Sprintf("有 %d 条告警未确认", n), "请逐一确认", "")
	}
	return out
}

func names(terms []Term) string {
	out := make([]string, len(terms))
	for i, t := range terms {
		out[i] = t.Name
	}
	return strings.Join(out, "＋")
}
