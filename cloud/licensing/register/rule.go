package register

import (
	"fmt"
	"strings"

	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
)

// Results of a check.
const (
	Pass    = "PASS"
	Fail    = "FAIL"
	Unknown = "UNKNOWN"
)

// Finding is what a check comes to.
type Finding struct{ Result, Reason, Guide string }

var passed = Finding{Result: Pass}

func failed(guide, reason string, args ...any) Finding {
	return Finding{Fail, fmt.Sprintf(reason, args...), guide}
}

// unclear is for a person.
func unclear(reason string, args ...any) Finding {
	return Finding{Unknown, fmt.Sprintf(reason, args...), "请核对申请人提供的证明后人工确认"}
}

// Facts are what a check looks at.
type Facts struct {
	Categories []string
	On         clock.Date
	Limits     Limits
	Answers    map[Service]Answer
}

var rules = map[string]func(*one) Finding{
	"E03": licensed, "E04": seasoned, "E05": noAccident, "E06": cleanDriver, "E07": noViolence, "E14": settledPenalties,
	"E20": resident, "E21": fewOffences, "E23": firmInForce, "E25": schooled,
}

// Judge makes a check from answers; all of Needs(code) have to be there. Every
// category is looked at by its own figures, and the worst finding counts.
func Judge(code string, f Facts) Finding {
	rule := rules[code]
	if rule == nil {
		return unclear("没有接入可以核查的系统")
	}
	out := passed
	for _, c := range f.Categories {
		switch found := rule(&one{f, c}); {
		case found.Result == Fail:
			return found
		case found.Result == Unknown && out.Result == Pass:
			out = found
		}
	}
	return out
}

// one is the facts as one category looks at them.
type one struct {
	Facts

	category string
}

func (f *one) figure(code, key string) (int, bool) {
	return f.Limits.figure(code, key, f.category, f.On)
}

var drivingStates = map[string]string{
	"OVERDUE": "逾期未换证", "EXCEEDED": "记分达到 12 分", "DETAINED": "暂扣", "STOPPED": "停止使用", "CANCELLED": "注销", "REVOKED": "吊销", "WITHDRAWN": "撤销",
}

// DrivingState is a state of a driving licence in words.
func DrivingState(code string) string {
	if code == "NORMAL" {
		return "正常"
	}
	if n := drivingStates[code]; n != "" {
		return n
	}
	return code
}

const noLicence = "没有查到申请人的机动车驾驶证"

// licensed: E03, a driving licence in order whose classes fit every category.
func licensed(f *one) Finding {
	want := f.Limits.Classes(f.category, f.On)
	if want == nil {
		return passed
	}
	d := f.Answers[Driving].Driving
	if d == nil {
		return failed("请先取得相应准驾车型的驾驶证；证件号变更过的，持驾驶证到窗口核对", noLicence)
	}
	if d.Status != "NORMAL" {
		return failed("请先到公安交管部门处理，恢复正常后再办理", "驾驶证状态为“%s”", DrivingState(d.Status))
	}
	if !d.ValidTo.IsZero() && d.ValidTo.Before(f.On) {
		return failed("请先换领驾驶证", "驾驶证有效期至 %s，已经过期", d.ValidTo)
	}
	if _, ok := f.Limits.Fitting(d.Class, f.category, f.On); !ok {
		return failed("请先增驾，或选择与准驾车型相符的类别", "准驾车型 %s 与“%s”不符，需要 %s", d.Class, pexam.CategoryName(f.category), strings.Join(want, " 或 "))
	}
	return passed
}

// seasoned: E04, years since the first driving licence.
func seasoned(f *one) Finding {
	years, ok := f.figure("E04", "years")
	if !ok {
		return passed
	}
	d := f.Answers[Driving].Driving
	if d == nil {
		return failed("请先取得驾驶证，满规定驾龄后再申请", noLicence)
	}
	if yearsBefore(f.On, years).Before(d.First) {
		return failed("请在满规定驾龄后再申请", "初次领取驾驶证日期为 %s，驾龄不满 %d 年", d.First, years)
	}
	return passed
}

// noAccident: E05, no grave accident with a share of the blame.
func noAccident(f *one) Finding {
	years, grade, duty, ok := f.accidentLimits()
	if !ok {
		return passed
	}
	r := f.Answers[Traffic].Traffic
	if r == nil {
		return unclear("公安交管没有申请人的记录")
	}
	since := yearsBefore(f.On, years)
	for _, a := range r.Accidents {
		if a.Grade >= grade && a.Duty >= duty && !a.Date.Before(since) {
			return failed(fmt.Sprintf("自事故之日起满 %d 年后再申请", years), "%s 发生重大以上交通责任事故，未满 %d 年", a.Date, years)
		}
	}
	return passed
}

func (f *one) accidentLimits() (years, grade, duty int, ok bool) {
	years, ok = f.figure("E05", "years")
	grade, _ = f.figure("E05", "grade")
	duty, _ = f.figure("E05", "duty")
	return years, grade, duty, ok
}

// cleanDriver: E06, no full score in the last cycles and nothing on record.
func cleanDriver(f *one) Finding {
	cycles, asked := f.figure("E06", "cycles")
	most, _ := f.figure("E06", "points")
	r := f.Answers[Traffic].Traffic
	if asked && r != nil {
		for _, p := range r.Points[:min(cycles, len(r.Points))] {
			if p >= most {
				return failed("连续的记分周期都没有记满后再申请", "最近 %d 个记分周期内有记满 %d 分的记录", cycles, most)
			}
		}
	}
	out := f.background("E06")
	switch {
	case out.Result != Pass || !asked:
	case r == nil:
		return unclear("公安交管没有申请人的记录")
	case len(r.Points) == 0: // what is missing is no clean record
		return unclear("公安交管没有给出申请人的记分情况")
	}
	return out
}

// noViolence: E07.
func noViolence(f *one) Finding { return f.background("E07") }

// background fails by what is on record, and does not say more than that.
func (f *one) background(code string) Finding {
	var unsure []string
	for _, k := range f.Limits.kinds(code, []string{f.category}, f.On) {
		switch f.Answers[Background].Background[k] {
		case No:
		case Yes:
			return failed("对核查结果有异议的，请向公安机关查询更正后再申请", "公安背景核查：有%s记录", kindNames[k])
		default:
			unsure = append(unsure, kindNames[k])
		}
	}
	if len(unsure) > 0 {
		return unclear("公安背景核查没有给出结论：%s", strings.Join(unsure, "、"))
	}
	return passed
}

// settledPenalties: E14.
func settledPenalties(f *one) Finding {
	most, ok := f.figure("E14", "most")
	p := f.Answers[Penalty].Penalties
	switch {
	case !ok:
		return passed
	case p == nil:
		return unclear("执法系统没有给出结论")
	case p.Count > most:
		where := strings.Join(p.Orgs, "、")
		if where == "" {
			where = "作出处罚的机关"
		}
		return failed("请先到"+where+"接受处理，处理完毕后再办理", "有 %d 件行政处罚尚未接受处理", p.Count)
	}
	return passed
}

// resident: E20, registered here, or with a residence permit where that is taken.
func resident(f *one) Finding {
	r := f.Answers[Residence].Residence
	if r == nil {
		return unclear("户籍和居住证系统没有查到申请人")
	}
	if r.Local {
		return passed
	}
	permit, _ := f.figure("E20", "permit")
	switch {
	case permit == 0:
		return failed("本类别要求本市常住户籍", "不是本市户籍")
	case r.PermitTo.IsZero():
		return failed("请先办理《上海市居住证》", "不是本市户籍，也没有有效的居住证")
	case r.PermitTo.Before(f.On):
		return failed("请先办理居住证签注", "居住证有效期至 %s，已经过期", r.PermitTo)
	}
	return passed
}

// fewOffences: E21.
func fewOffences(f *one) Finding {
	years, ok := f.figure("E21", "years")
	if !ok {
		return passed
	}
	r := f.Answers[Traffic].Traffic
	if r == nil {
		return unclear("公安交管没有申请人的记录")
	}
	offences, _ := f.figure("E21", "violations")
	unhandled, _ := f.figure("E21", "unhandled")
	switch {
	case r.Offences >= offences:
		return failed("近一年违法次数降到规定以下后再申请", "最近 %d 年道路交通违法 %d 次，应不满 %d 次", years, r.Offences, offences)
	case r.Unhandled >= unhandled:
		return failed("请先到公安交管部门处理", "逾期未处理的道路交通违法 %d 起，应不满 %d 起", r.Unhandled, unhandled)
	}
	return passed
}

var firmStates = map[string]string{"CLOSED": "注销", "REVOKED": "吊销", "SUSPENDED": "歇业", "MOVED_OUT": "迁出"}

// firmInForce: E23, the employer is registered and in force.
func firmInForce(f *one) Finding {
	c := f.Answers[Company].Company
	switch {
	case c == nil:
		return failed("请核对服务单位名称和统一社会信用代码", "企业登记系统没有查到服务单位")
	case c.Status != "IN_FORCE":
		state := firmStates[c.Status]
		if state == "" {
			state = c.Status
		}
		return failed("请登记现在的服务单位后再办理", "服务单位“%s”的登记状态为“%s”", c.Name, state)
	}
	return passed
}

// levels are those of GB/T 4658 that a rule may name.
var levels = map[int]string{20: "大学本科", 30: "大学专科", 40: "中等职业教育", 60: "高中", 70: "初中"}

// schooled: E25. What is old or from elsewhere is often not on record.
func schooled(f *one) Finding {
	most, ok := f.figure("E25", "level")
	level := f.Answers[Education].Level
	switch {
	case !ok:
		return passed
	case level == 0:
		return unclear("学历系统没有查到申请人的学历")
	case level > most:
		return failed("有更高学历的，请提供毕业证书原件，由窗口核对后向学历系统更正", "登记的学历低于%s", levels[most])
	}
	return passed
}
