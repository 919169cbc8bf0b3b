package matter

import (
	"fmt"
	"strconv"
	"strings"

	"huyun.internal/cloud/licensing"
)

// Section is a part of a definition in plain Chinese, as pages, guides and
// comparisons show it.
type Section struct {
	Key   string `json:"key"`
	Title string `json:"title"`
	Rows  []Row  `json:"rows"`
}

// Row is one line of it. Key says what it is about, so that two versions can be
// laid side by side; Note is how sure the reference is.
type Row struct {
	Key   string `json:"key"`
	Label string `json:"label"`
	Text  string `json:"text"`
	Note  string `json:"note"`
}

// Describe is the whole definition in plain Chinese.
func (d Definition) Describe() []Section {
	return []Section{
		{"head", "基本信息", d.headRows()},
		{"basis", "办理依据", d.basisRows()},
		{"who", "申请条件", d.whoRows()},
		{"materials", "申请材料", d.materialRows()},
		{"fields", "申请表内容", d.fieldRows()},
		{"checks", "资格核查", d.checkRows()},
		{"days", "办理时限", d.dayRows()},
		{"route", "流程", d.routeRows()},
		{"letters", "文书", d.letterRows()},
		{"fee", "收费", d.feeRows()},
		{"result", "办理结果", d.resultRows()},
	}
}

func word(dict []licensing.Entry, code string) string { return licensing.Name(dict, code) }

func join[T ~string](list []T, dict []licensing.Entry) string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = word(dict, string(v))
	}
	return strings.Join(out, "、")
}

func categoryWords(list []string) string {
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = c + " " + word(categoryNames(), c)
	}
	return strings.Join(out, "、")
}

// onlyWords names categories that something is limited to; many of them by code,
// which the head of the page explains.
func onlyWords(list []string) string {
	if len(list) > 2 {
		return strings.Join(list, "、")
	}
	return categoryWords(list)
}

func (d Definition) headRows() []Row {
	return []Row{
		{"name", "事项名称", d.Name, ""},
		{"trade", "行业", word(trades, d.Trade), ""},
		{"action", "办理类型", word(actions, string(d.Action)), ""},
		{"item_code", "统一事项编码", d.ItemCode, word(confidences, string(Assumed))},
		{"task_code", "实施编码", orElse(d.TaskCode, "尚未分配"), ""},
		{"categories", "从业资格类别", categoryWords(d.Categories), ""},
		{"channels", "办理渠道", d.channelWords(), ""},
	}
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func (d Definition) basisRows() []Row {
	out := make([]Row, len(d.Basis))
	for i, l := range d.Basis {
		out[i] = Row{l.Law + l.Article, "《" + l.Law + "》" + l.Article, l.Says, word(confidences, string(l.Confidence))}
	}
	return out
}

func (d Definition) whoRows() []Row {
	out := []Row{{"applicants", "申请人", join(d.Who.Applicants, applicants), ""}, {"holds", "持证条件", word(holdings, string(d.Who.Holds)), ""}}
	for _, t := range d.Who.Conditions {
		out = append(out, Row{t, "申请条件", t, ""}) // told apart by what it says
	}
	if len(d.Conflicts) > 0 {
		out = append(out, Row{"conflicts", "不能同时办理", "同一证件在办的" + join(d.Conflicts, actions), ""})
	}
	return out
}

func (d Definition) materialRows() []Row {
	out := make([]Row, 0, len(d.Materials)+1)
	for _, m := range d.Materials {
		parts := []string{"可选"}
		if m.Required {
			parts[0] = "必需"
		}
		parts = append(parts, strings.ReplaceAll(join(m.Forms, materialForms), "、", "或"))
		if m.Source != "" {
			parts = append(parts, "自动来源："+word(materialSources, string(m.Source)))
		}
		parts = append(parts, d.limits(m.For, nil, m.When)...)
		if m.Note != "" {
			parts = append(parts, m.Note)
		}
		out = append(out, Row{m.Code, m.Code + " " + word(licensing.Materials(), m.Code), strings.Join(parts, "；"), ""})
	}
	if d.MaterialsNote != "" {
		out = append(out, Row{"note", "说明", d.MaterialsNote, ""})
	}
	return out
}

// limits says in words where a field or material is asked for.
func (d Definition) limits(only []string, on []licensing.Channel, w *When) []string {
	var out []string
	if len(only) > 0 {
		out = append(out, "仅 "+onlyWords(only))
	}
	if len(on) > 0 {
		out = append(out, "仅"+join(on, licensing.Channels()))
	}
	if w == nil {
		return out
	}
	for _, f := range d.Fields {
		if f.Key == w.Field {
			out = append(out, f.Label+"为"+f.labels(w.Is)+"时")
		}
	}
	return out
}

func (f Field) labels(values []string) string {
	var out []string
	for _, c := range f.Choices {
		for _, v := range values {
			if c.Value == v {
				out = append(out, "“"+c.Label+"”")
			}
		}
	}
	return strings.Join(out, "或")
}

func (d Definition) fieldRows() []Row {
	out := make([]Row, len(d.Fields))
	for i, f := range d.Fields {
		parts := []string{"选填"}
		if f.Required {
			parts[0] = "必填"
		}
		parts = append(parts, f.kindWords())
		if f.Source != "" {
			parts = append(parts, "取自"+word(sources, string(f.Source))+"，不能修改")
		}
		parts = append(parts, d.limits(f.For, f.On, f.When)...)
		if f.Hint != "" {
			parts = append(parts, f.Hint)
		}
		out[i] = Row{f.Key, f.Label, strings.Join(parts, "；"), ""}
	}
	return out
}

func (f Field) kindWords() string {
	switch {
	case f.Kind == Chosen:
		labels := make([]string, len(f.Choices))
		for i, c := range f.Choices {
			labels[i] = c.Label
			if len(c.On) > 0 {
				labels[i] += "（仅" + join(c.On, licensing.Channels()) + "）"
			}
		}
		return "选择：" + strings.Join(labels, "／")
	case f.Kind == Number:
		return f.span()
	case f.Max > 0:
		return fmt.Sprintf("%s，%d 到 %d 个字", word(kinds, string(f.Kind)), max(f.Min, 1), f.Max)
	}
	return word(kinds, string(f.Kind))
}

func (d Definition) checkRows() []Row {
	out := make([]Row, len(d.Checks))
	for i, code := range d.Checks {
		text := "全部类别"
		if only := d.ChecksOnly[code]; len(only) > 0 {
			text = "仅 " + onlyWords(only)
		}
		out[i] = Row{code, code + " " + word(licensing.Checks(), code), text, ""}
	}
	return out
}

func days(n int, none string) string {
	if n == 0 {
		return none
	}
	return strconv.Itoa(n) + " 个工作日"
}

func (d Definition) dayRows() []Row {
	out := []Row{
		{"legal", "法定期限", days(d.LegalDays, "没有法定期限"), word(confidences, string(d.Days.Legal))},
		{"promised", "承诺期限", days(d.PromisedDays, "即时或按安排"), word(confidences, string(d.Days.Promised))},
	}
	if d.Days.Note != "" {
		out = append(out, Row{"note", "说明", d.Days.Note, ""})
	}
	return out
}

// Step is one node of the route's diagram: who does what, and where it may turn.
type Step struct {
	Name string `json:"name"`
	Who  string `json:"who"`
	Turn string `json:"turn"` // the way out of the straight line; empty: none
}

// Steps is the route as a diagram, in order.
func (d Definition) Steps() []Step {
	if d.Route == Service {
		return []Step{{"提交", "申请人", ""}, {"核验", "系统或窗口", "不符合条件：告知原因，退回"}, {"办理", "窗口", ""}, {"交付", "窗口或系统", ""}, {"办结", "系统", ""}}
	}
	out := []Step{
		{"提交", "申请人", ""}, {"收件", "窗口受理员", "材料不齐：一次性告知补正"}, {"受理", "窗口受理员", "不属于本机关职权：不予受理"},
		{"审查", "许可审查员", "特别程序：挂起"}, {"审批", "许可审批人", "不符合条件：不予许可"},
	}
	if d.Route == Cancel {
		out = append(out, Step{"变更证照状态", "系统", ""})
	} else {
		out = append(out, Step{"制证", "窗口受理员", ""})
	}
	return append(out, Step{"送达", "窗口或系统", ""}, Step{"办结", "系统", ""})
}

func (d Definition) routeRows() []Row {
	names := make([]string, 0, 8)
	for _, s := range d.Steps() {
		names = append(names, s.Name)
	}
	return []Row{{"route", word(routes, string(d.Route)), strings.Join(names, " → "), ""}}
}

func (d Definition) letterRows() []Row {
	label := d.Letters
	for _, s := range letterSets {
		if s.Code == d.Letters {
			label = d.Letters + " " + s.Name
		}
	}
	out := []Row{{"letters", label, join(d.LetterKinds(), licensing.Letters()), ""}}
	if d.Action == licensing.Appoint { // a visit is no case
		return out
	}
	return append(out, Row{"whenever", "发生时出具", join(whenever, licensing.Letters()), ""})
}

func (d Definition) feeRows() []Row {
	text := "不收费"
	if d.Fee.Charged {
		parts := make([]string, len(d.Fee.Items))
		for i, item := range d.Fee.Items {
			parts[i] = fmt.Sprintf("%s %d.%02d 元", item.Name, item.Fen/100, item.Fen%100)
		}
		text = strings.Join(parts, "、")
	}
	return []Row{{"fee", "收费", text, word(confidences, string(d.Fee.Confidence))}, {"basis", "收费依据", d.Fee.Basis, ""}}
}

func (d Definition) resultRows() []Row {
	out := []Row{
		{"certificate", "证件", orElse(word(certificates, d.Certificate), "无"), ""},
		{"effect", "效果", word(effects, string(d.Result.Effect)), ""},
		{"says", "说明", d.Result.Says, ""},
	}
	if len(d.Result.Cards) > 0 {
		out = append(out, Row{"cards", "同时制发", join(d.Result.Cards, cards), ""})
	}
	return out
}
