package sanction

import (
	"fmt"
	"strings"

	"huyun.internal/protocol/clock"
)

// Guide is the card that shows an applicant the way back: the six parts of
// chapter 13.5.
type Guide struct {
	Restricted string   `json:"restricted" doc:"受限情况"`
	Cause      string   `json:"cause" doc:"原因与依据"`
	Ways       []string `json:"ways" doc:"解决方式"`
	Office     string   `json:"office" doc:"办理入口与电话"`
	Papers     []string `json:"papers" doc:"材料清单"`
	When       string   `json:"when" doc:"预计恢复时间"`
}

// frames are the texts of chapter 13.5.
var frames = map[Color]string{
	Red:    "因{原因}（{文号}，{机关}），当前不能办理{情形}。解除方式：{解除方式}。如有异议可{救济}。",
	Orange: "本申请将按加强审核办理，期限可能延长至{日期}。",
}

const (
	frameFast = "因{原因}（{文号}，{机关}），办理{情形}不享受绿色通道和优先。解除方式：{解除方式}。"
	frameWarn = "请先完成信用修复：{解除方式}。本次办理{情形}不受限制。"

	remedyOfList     = "向列入机关或者上海市公共信用信息服务中心提出异议，一个工作日内标注，五个工作日内答复"
	remedyOfDecision = "依法申请行政复议或者提起行政诉讼，复议、诉讼期间不停止执行"
)

func frame(e Effect) string {
	switch e {
	case BlockSubmit:
		return frames[Red]
	case StrictReview:
		return frames[Orange]
	case NoFast:
		return frameFast
	case Warn:
		return frameWarn
	}
	return ""
}

func fill(text string, h Hit, what, guide, remedy, late string) string {
	if late == "" {
		late = "依法延长后的日期（以延期通知书为准）"
	}
	reason := h.Title
	if h.Reason != "" {
		reason += "：" + h.Reason
	}
	return strings.NewReplacer("{原因}", reason, "{文号}", or(h.DecisionNo, "文号未提供"), "{机关}", or(h.Org, "机关未提供"), "{情形}", what,
		"{解除方式}", or(guide, "名单移出后自动解除"), "{救济}", remedy, "{日期}", late).Replace(text)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func cause(h Hit) string {
	text := h.Title
	if h.Reason != "" {
		text += "：" + h.Reason
	}
	text += fmt.Sprintf("（%s，%s）", or(h.DecisionNo, "文号未提供"), or(h.Org, "机关未提供"))
	if h.Basis != "" {
		text += "。依据：" + h.Basis
	}
	return text
}

func restricted(e Effect, what string) string {
	switch e {
	case BlockSubmit:
		return "暂不能办理" + what
	case StrictReview:
		return what + "按加强审核办理，不适用告知承诺、容缺和提速"
	case NoFast:
		return what + "不享受绿色通道和优先"
	case Warn:
		return what + "可以办理，请尽快修复信用"
	}
	return "没有限制"
}

func ways(r Rule, e *Entry) []string {
	out := []string{or(r.Guide, "履行义务后向列入机关申请信用修复")}
	if e.Objected {
		out = append(out, "已登记异议，正在处理，处理结果会通知本人")
	} else {
		out = append(out, "认为有误的，"+remedyOfList)
	}
	if e.ExpireAt != "" {
		out = append(out, "公示期满（"+e.ExpireAt+"）后自动解除")
	}
	return out
}

func when(until string) string {
	if until == "" {
		return "原决定改变之日起解除；不改变的不会自动解除"
	}
	return until + " 起"
}

func whenListed(e *Entry, repairDays int) string {
	switch {
	case e.Repair == RepairApplied && repairDays > 0:
		return fmt.Sprintf("信用修复处理中，预计 %d 个工作日；修复后立即解除", repairDays)
	case e.ExpireAt != "":
		return "信用修复后立即解除，最迟 " + e.ExpireAt + " 公示期满"
	}
	return "信用修复后立即解除"
}

// lifted tells of a lift. Only where nothing else holds the licence the way is free;
// of several lifts of one licence the last says how it is.
func lifted(l *Lock, all []Lock) Prompt {
	told := Prompt{Green, "限制已于" + clock.DateOf(*l.LiftAt).String() + "解除，可继续办理。" + l.Aftermath}
	for i := range all {
		o := &all[i]
		switch {
		case o.ID == l.ID || l.Licence == "" || o.Licence != l.Licence:
		case o.Status == Locked:
			return Prompt{Blue, "吊销决定（" + l.DecisionNo + "）已于" + clock.DateOf(*l.LiftAt).String() + "解除。" + l.Aftermath}
		case o.Status == Lifted && o.LiftAt != nil && o.LiftAt.After(*l.LiftAt):
			told = Prompt{Blue, "吊销决定（" + l.DecisionNo + "）已于" + clock.DateOf(*l.LiftAt).String() + "解除。"}
		}
	}
	return told
}

// notices are the blue and green lines of chapter 13.5.
func notices(f Facts) []Prompt {
	out := []Prompt{}
	for i := range f.Entries {
		e := &f.Entries[i]
		if e.counts(f.Today) && e.Repair == RepairApplied {
			text := "信用修复申请处理中。"
			if f.RepairDays > 0 {
				text = fmt.Sprintf("信用修复申请处理中，预计%d个工作日。", f.RepairDays)
			}
			out = append(out, Prompt{Blue, text})
		}
		if e.counts(f.Today) && e.Objected {
			out = append(out, Prompt{Blue, "您对" + e.DecisionNo + "的异议已经标注，正在处理。"})
		}
	}
	for i := range f.Locks {
		switch l := &f.Locks[i]; {
		case l.Status == Lifted && l.LiftAt != nil && l.Aftermath != "":
			out = append(out, lifted(l, f.Locks))
		case l.Status == Suspended:
			out = append(out, Prompt{Blue, "吊销决定（" + l.DecisionNo + "）已停止执行，复议、诉讼期间暂不限制。" + l.Aftermath})
		}
	}
	return out
}
