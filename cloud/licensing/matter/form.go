package matter

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"huyun.internal/cloud/licensing"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Entry is how an application comes in, beside form and materials.
type Entry struct {
	Channel licensing.Channel
	// Categories applied for; empty: what the category field of the form says.
	Categories []string
	// Known is what the platforms said of fields that have a source: it stands as
	// they said it.
	Known map[string]string
	// Today is the day on which it is handed in; zero: dates are not compared with it.
	Today clock.Date
}

// Parts of an application that a defect can lie in.
const (
	PartCase     = "CASE"
	PartField    = "FIELD"
	PartMaterial = "MATERIAL"
)

// Problems of a defect.
const (
	Missing  = "MISSING"
	Invalid  = "INVALID"
	ReadOnly = "READ_ONLY"
	Strange  = "STRANGE" // nobody asked for it
)

// Defect is one thing the applicant has to put right, in words for them: what,
// why, and how.
type Defect struct {
	Part    string `json:"part" enum:"CASE,FIELD,MATERIAL"`
	Key     string `json:"key"`
	Name    string `json:"name"`
	Problem string `json:"problem" enum:"MISSING,INVALID,READ_ONLY,STRANGE"`
	Reason  string `json:"reason"`
	HowTo   string `json:"how_to"`
}

// Check finds everything that is missing or wrong in an application, at once: a
// supplement is asked for only one time (行政许可法 §32). materials are the codes
// that are at hand, those from automatic sources among them.
func (d Definition) Check(form map[string]string, materials []string, in Entry) []Defect {
	form = trimmed(form)
	categories, out := d.categories(form, in)
	if !d.Takes(in.Channel) {
		out = append(out, Defect{PartCase, "channel", "办理渠道", Invalid, "本事项不能通过“" + channelName(in.Channel) + "”办理", "请改用：" + d.channelWords()})
	}
	shown, kept := d.shown(form, categories, in.Channel)
	for _, f := range shown {
		if f.Kind == Category {
			continue // judged above
		}
		if defect, bad := f.check(form[f.Key], in.Known); bad {
			out = append(out, defect)
		}
	}
	out = append(out, disorderly(shown, kept, in)...)
	out = append(out, standIns(shown, kept)...)
	for _, key := range slices.Sorted(maps.Keys(form)) {
		if !slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Key == key }) {
			out = append(out, Defect{PartField, bounded(key), bounded(key), Strange, "申请表没有这一项", "请删除后重新提交"})
		}
	}
	return append(out, d.lacking(kept, categories, materials)...)
}

// standIns finds who acts in the holder's place with the holder's own number: they
// are somebody else (行政许可法 §29; chapter 2.2, M19 and M20).
func standIns(shown []Field, form map[string]string) []Defect {
	holder, err := person.ParseID(form["id_no"])
	if err != nil { // said of the number itself
		return nil
	}
	var out []Defect
	for _, f := range shown {
		if f.Key != "relative_id_no" && f.Key != "agent_id_no" {
			continue
		}
		if id, err := person.ParseID(form[f.Key]); err == nil && id == holder {
			d, _ := f.defect(Invalid, "与持证人（申请事项的本人）的身份证号相同", "请填写实际来办理的人的身份证号；由本人办理的，请改选本人办理或本人的原因")
			out = append(out, d)
		}
	}
	return out
}

// Clean is the form as it is kept: trimmed, and only what the form shows. What
// was filled in before a choice hid it is dropped. Fault: licensing.matter.form.long
// when a value is longer than its field takes: nothing is kept that nobody may send.
func (d Definition) Clean(form map[string]string, in Entry) (map[string]string, error) {
	form = trimmed(form)
	categories, _ := d.categories(form, in)
	shown, kept := d.shown(form, categories, in.Channel)
	for _, f := range shown {
		if n, most := utf8.RuneCountInString(kept[f.Key]), f.longest(); n > most {
			return nil, fault.Newf(fault.Invalid, "licensing.matter.form.long", "“%s”现有 %d 个字，最多 %d 个字，没有保存；请删减后再保存", f.Label, n, most)
		}
	}
	return kept, nil
}

// shown are the fields that the form shows as it is filled in, and what stands in
// them. A condition looks at fields before it, and only at those that are shown.
func (d Definition) shown(form map[string]string, categories []string, ch licensing.Channel) ([]Field, map[string]string) {
	kept := map[string]string{}
	fields := filtered(d.FieldsFor(categories, ch), func(f Field) bool {
		if !f.Visible(kept) {
			return false
		}
		if v := form[f.Key]; v != "" {
			kept[f.Key] = v
		}
		return true
	})
	return fields, kept
}

func trimmed(form map[string]string) map[string]string {
	out := make(map[string]string, len(form))
	for k, v := range form {
		out[k] = strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "\n"))
	}
	return out
}

func bounded(key string) string {
	if r := []rune(key); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return key
}

// categories are those applied for, and what is wrong with them.
func (d Definition) categories(form map[string]string, in Entry) ([]string, []Defect) {
	f := d.Fields[slices.IndexFunc(d.Fields, func(f Field) bool { return f.Kind == Category })]
	list := in.Categories
	if len(list) == 0 && form[f.Key] != "" {
		list = strings.Split(form[f.Key], ",")
	}
	names := make([]string, len(d.Categories))
	for i, code := range d.Categories {
		names[i] = code + " " + licensing.Name(categoryNames(), code)
	}
	how := "可以申请：" + strings.Join(names, "、")
	if len(list) == 0 {
		return nil, []Defect{{PartField, f.Key, f.Label, Missing, "没有选择从业资格类别", how}}
	}
	for i, code := range list {
		if !slices.Contains(d.Categories, code) || slices.Index(list, code) < i {
			return list, []Defect{{PartField, f.Key, f.Label, Invalid, "所选的从业资格类别不在本事项范围内，或选了两次", how}}
		}
	}
	return list, nil
}

func (d Definition) lacking(form map[string]string, categories, materials []string) []Defect {
	var out []Defect
	wanted := d.MaterialsFor(categories, form)
	for _, m := range wanted {
		if m.Required && !slices.Contains(materials, m.Code) {
			out = append(out, Defect{PartMaterial, m.Code, licensing.Name(licensing.Materials(), m.Code), Missing, m.why(), m.how()})
		}
	}
	for _, code := range materials {
		if !slices.ContainsFunc(d.Materials, func(m Material) bool { return m.Code == code }) {
			out = append(out, Defect{PartMaterial, bounded(code), bounded(code), Strange, "本事项不收这份材料", "请撤回后重新提交"})
		}
	}
	return out
}

func (m Material) why() string {
	if m.Source != "" {
		return "没有从" + licensing.Name(materialSources, string(m.Source)) + "取得"
	}
	return "没有提交"
}

func (m Material) how() string {
	forms := make([]string, len(m.Forms))
	for i, f := range m.Forms {
		forms[i] = licensing.Name(materialForms, string(f))
	}
	switch {
	case len(m.Forms) == 1 && m.Forms[0] == "data":
		return m.firstDo()
	case len(m.Forms) == 1 && m.Forms[0] == "generated":
		return "请核对系统生成的表格并签名确认"
	}
	return "请提交" + strings.Join(forms, "或")
}

// firstDo says what has to come first where nothing can be handed in, because only our
// records count.
func (m Material) firstDo() string {
	switch m.Source {
	case "EXAM":
		return "系统按考试成绩核对，不收纸质材料；请先办理“从业资格考试报名缴费”（EX01），考试合格后再申请"
	case "TRAINING":
		return "系统按继续教育记录核对，不收纸质材料；请先完成继续教育，由培训机构登记学时后再申请"
	}
	return "系统按" + licensing.Name(materialSources, string(m.Source)) + "核对，不收纸质材料；查不到的，请到窗口核实后再申请"
}

func (f Field) defect(problem, reason, how string) (Defect, bool) {
	return Defect{PartField, f.Key, f.Label, problem, reason, how}, true
}

// check judges one value.
func (f Field) check(value string, known map[string]string) (Defect, bool) {
	if said, ok := known[f.Key]; ok && f.Source != "" && said != "" && value != said {
		from := licensing.Name(sources, string(f.Source))
		return f.defect(ReadOnly, "与"+from+"的内容不一致", "此项取自"+from+"，不能修改；内容有误的，请先到该信息的管理部门更正")
	}
	if value == "" {
		if !f.Required {
			return Defect{}, false
		}
		how := "请填写" + f.Label
		if f.Kind == Chosen {
			how = "请选择" + f.Label
		}
		return f.defect(Missing, "没有填写", how)
	}
	if why, how := f.wrong(value, known); why != "" {
		return f.defect(Invalid, why, how)
	}
	return Defect{}, false
}

// Fits says whether a value is of the field's kind.
func (f Field) Fits(value string) bool {
	why, _ := f.wrong(value, nil)
	return why == ""
}

// licenceForm is a certificate number: an ID number (road transport, taxi) or
// the city's own (GJD2026000001), and older ones of other provinces.
var licenceForm = regexp.MustCompile(`^[0-9A-Z]{6,20}$`)

// wrong says what a filled in value is not, and what it should be.
func (f Field) wrong(value string, known map[string]string) (why, how string) {
	switch f.Kind {
	case Chosen:
		if !slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.Value == value }) {
			return "不在可选范围内", "请从列出的选项中选择"
		}
	case Date:
		if d, err := clock.ParseDate(value); err != nil || d.Year < 1900 || d.Year > 2100 {
			return "不是有效的日期", "请按 2026-01-31 的格式填写真实的日期"
		}
	case Number:
		n, err := strconv.Atoi(value)
		if err != nil || n < f.Min || (f.Max > 0 && n > f.Max) {
			return "不是范围内的整数", f.span()
		}
	case Name:
		if _, err := person.ParseName(value); err != nil {
			return "姓名的格式不对", "请按身份证件上的姓名填写"
		}
	case IDNo:
		if _, err := person.ParseID(value); err != nil && value != known[f.Key] {
			return "身份证号不正确", "请核对 18 位身份证号，包括最后一位"
		}
	case Phone:
		if _, err := person.ParseMobile(value); err != nil && value != known[f.Key] {
			return "手机号不正确", "请填写 11 位手机号"
		}
	case Licence:
		if !licenceForm.MatchString(value) && value != known[f.Key] {
			return "证号的格式不对", "请按证件上的证号填写，6 到 20 位数字或大写字母"
		}
	case Text, Address, Reason:
		return f.prose(value)
	case Category:
	}
	return "", ""
}

func (f Field) span() string {
	if f.Max > 0 {
		return fmt.Sprintf("请填写 %d 到 %d 的整数", f.Min, f.Max)
	}
	return fmt.Sprintf("请填写不小于 %d 的整数", f.Min)
}

// Longest texts by kind, in characters; everything else is a name, a number or a
// word of a list.
var textMax = map[FieldKind]int{Text: 60, Address: 100, Reason: 500}

const otherMax = 100

// longest is how many characters a field takes.
func (f Field) longest() int {
	most, isText := textMax[f.Kind]
	switch {
	case !isText:
		return otherMax
	case f.Max > 0:
		return f.Max
	}
	return most
}

// prose is free text: bounded, and nothing in it that does not print.
func (f Field) prose(value string) (why, how string) {
	most := f.longest()
	if n := utf8.RuneCountInString(value); n > most || n < f.Min {
		return fmt.Sprintf("现有 %d 个字，长度不合要求", n), fmt.Sprintf("请填写 %d 到 %d 个字", max(f.Min, 1), most)
	}
	var err error
	if f.Kind == Reason {
		_, err = person.CheckText(struct {
			V string `json:"v" text:"lines"`
		}{value})
	} else {
		_, err = person.CheckText(value)
	}
	if err != nil {
		return "文字中有看不见的字符，或有完整的身份证号", "请删除后重新填写；身份证号只写后四位"
	}
	return "", ""
}

func channelName(ch licensing.Channel) string {
	return licensing.Name(licensing.Channels(), string(ch))
}

func (d Definition) channelWords() string {
	list := make([]string, len(d.Channels))
	for i, ch := range d.Channels {
		list[i] = channelName(ch)
	}
	return strings.Join(list, "、")
}
