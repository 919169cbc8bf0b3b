package letter

import (
	"cmp"
	"slices"

	"huyun.internal/protocol/clock"
)

// values are what placeholders are filled from.
type values struct {
	Facts
	Agency
	trade trade
	date  clock.Date
}

// field is a placeholder: what it is called in templates and by people.
type field struct {
	name, label string
	of          func(v *values) string
}

var fields = []field{ //nolint:gochecknoglobals // a dictionary
	{"applicant", "申请人", func(v *values) string { return v.Applicant }},
	{"idType", "证件类型", func(v *values) string { return v.IDType }},
	{"idNo", "证件号码", func(v *values) string { return v.IDNoMask }},
	{"matter", "事项名称", func(v *values) string { return v.Matter }},
	{"situation", "办理情形", func(v *values) string { return v.Situation }},
	{"applyNo", "统一审批编码", func(v *values) string { return v.ApplyNo }},
	{"applyDate", "申请日期", func(v *values) string { return chinese(v.Applied) }},
	{"acceptDate", "受理日期", func(v *values) string { return chinese(v.Accepted) }},
	{"promiseDate", "承诺办结日期", func(v *values) string { return chinese(v.Promised) }},
	{"legalDate", "法定期限", func(v *values) string { return orWords(v.Legal, v.NoLegal, "未作规定") }},
	{"correctionDue", "补正期限", func(v *values) string { return chinese(v.CorrectionDue) }},
	{"decision", "决定内容", func(v *values) string { return phrase(v.Decision) }},
	{"holder", "持证人", func(v *values) string { return cmp.Or(v.Holder, "你") }},
	{"certName", "证件名称", func(v *values) string { return v.CertName }},
	{"certNo", "证件编号", func(v *values) string { return v.CertNo }},
	{"categories", "从业资格类别", func(v *values) string { return v.Categories }},
	{"remaining", "保留的类别", func(v *values) string { return v.Remaining }},
	{"whole", "整本注销", func(v *values) string { return yes(v.Remaining == "") }},
	{"extent", "注销的范围", extent},
	{"from", "起始日期", func(v *values) string { return chinese(v.From) }},
	{"to", "截止日期", func(v *values) string { return orWords(v.To, v.Endless, "长期") }},
	{"deed", "对证件的处理", func(v *values) string { return deeds[v.MovedOut] }},
	{"issued", "颁发证件", func(v *values) string { return yes(!v.MovedOut) }},
	{"moved", "转出证件", func(v *values) string { return yes(v.MovedOut) }},
	{"registered", "准予注册", func(v *values) string { return yes(v.Registered) }},
	{"qualified", "核发从业资格证", func(v *values) string { return yes(!v.Registered) }},
	{"permit", "行政许可", func(v *values) string { return yes(!v.Service) }},
	{"service", "服务事项", func(v *values) string { return yes(v.Service) }},
	{"examined", "经审查受理", func(v *values) string { return yes(!v.Deemed) }},
	{"deemed", "视为受理", func(v *values) string { return yes(v.Deemed) }},
	{"visit", "预约时间和地点", func(v *values) string { return v.Visit }},
	{"handed", "提交申请", func(v *values) string { return yes(v.Visit == "") }},
	{"reason", "理由", func(v *values) string { return phrase(v.Reason) }},
	{"article", "依据条款", func(v *values) string { return v.Article }},
	{"banned", "不得再次申请的最后一日", func(v *values) string { return lastBanned(v.BannedUntil) }},
	{"extendedTo", "延长后的期限", func(v *values) string { return chinese(v.ExtendedTo) }},
	{"days", "工作日数", func(v *values) string { return number(v.Days) }},
	{"procedure", "特别程序", func(v *values) string { return v.Procedure }},
	{"statutory", "法定特别程序", func(v *values) string { return yes(!v.Service && !v.Vetting) }},
	{"vetting", "失信核查", func(v *values) string { return yes(v.Vetting) }},
	{"hearingLaw", "听证依据", func(v *values) string { return yes(!v.Service && (!v.AskBy.IsZero() || v.HeardAt != "")) }},
	{"askBy", "要求听证的期限", func(v *values) string { return chinese(v.AskBy) }},
	{"heardAt", "听证时间", func(v *values) string { return v.HeardAt }},
	{"heardIn", "听证地点", func(v *values) string { return v.HeardIn }},
	{"agency", "机关名称", func(v *values) string { return v.Name }},
	{"phone", "联系电话", func(v *values) string { return v.Phone }},
	{"address", "办公地址", func(v *values) string { return v.Address }},
	{"reviewOrg", "复议机关", func(v *values) string { return v.Review }},
	{"court", "人民法院", func(v *values) string { return v.Court }},
	{"tradeName", "行业", func(v *values) string { return v.trade.Name }},
	{"law", "专门法依据", func(v *values) string { return v.trade.Law }},
	{"cancelLaw", "注销依据", func(v *values) string { return v.trade.CancelLaw }},
	{"date", "成文日期", func(v *values) string { return chinese(v.date) }},
}

// deeds are what a decision does with the certificate that it names: it issues it,
// or lets it go to another province.
var deeds = map[bool]string{false: "颁发", true: "转出"} //nolint:gochecknoglobals // a dictionary

// extent is how much of a certificate a cancellation takes; some categories are
// named, and if nobody named them it is a gap.
func extent(v *values) string {
	switch {
	case v.Remaining == "":
		return "及证上全部从业资格"
	case v.Categories == "":
		return ""
	}
	return "所载的" + v.Categories + "类别"
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return ""
}

// lastBanned is the day before that from when on somebody may apply again.
func lastBanned(until clock.Date) string {
	if until.IsZero() {
		return ""
	}
	return chinese(until.Add(-1))
}

// orWords is a date, or the words where there is none by right; a date that is
// only missing stays a gap.
func orWords(d clock.Date, none bool, words string) string {
	if d.IsZero() && none {
		return words
	}
	return chinese(d)
}

func fieldOf(name string) (field, bool) {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return fields[i], true
}

// kind is what the law asks of a letter: chapter 4.2. must are the placeholders
// without which no template of it is lawful, table the list that it must have.
type kind struct {
	word  string
	must  []string
	may   []string
	table string
	form  bool // a form to be filled in, not a letter in sentences
	plain bool // without seal: it decides nothing
}

// addressed are the fields of the line under the title, which every letter in
// sentences has.
var addressed = []string{"applicant", "idType", "idNo"} //nolint:gochecknoglobals // chapter 4.2

// common are the fields of every letter.
func common() []string {
	return []string{
		"applicant", "idType", "idNo", "matter", "situation", "applyNo", "applyDate", "agency", "phone", "address", "tradeName", "date", "permit", "service",
	}
}

var remedy = []string{"reviewOrg", "court"} //nolint:gochecknoglobals // §38: with the right to have it reviewed

var kinds = map[string]kind{ //nolint:gochecknoglobals // the law's table
	Acceptance:   {word: "受", must: []string{"matter", "situation", "applyDate", "acceptDate", "promiseDate", "legalDate"}, may: []string{"examined", "deemed"}, table: "materials"},
	Refusal:      {word: "不受", must: append([]string{"matter", "applyDate", "reason", "article"}, remedy...), may: []string{"law", "banned"}},
	Supplement:   {word: "补", must: []string{"matter", "applyDate", "correctionDue"}, may: []string{"law"}, table: "defects"},
	Grant:        {word: "许", must: []string{"matter", "applyDate", "law", "decision", "certName", "certNo", "categories", "from", "to"}, may: []string{"acceptDate", "deed", "issued", "moved", "registered", "qualified"}},
	Denial:       {word: "不许", must: append([]string{"matter", "applyDate", "reason", "article"}, remedy...), may: []string{"law", "acceptDate", "decision", "banned"}},
	Extension:    {word: "延", must: []string{"matter", "reason", "days", "extendedTo"}, may: []string{"acceptDate", "legalDate"}},
	Special:      {word: "特", must: []string{"matter", "reason", "procedure", "days"}, may: []string{"from", "to", "acceptDate", "statutory", "vetting", "hearingLaw", "askBy", "heardAt", "heardIn"}},
	Delivered:    {word: "送", must: nil, table: "documents", form: true},
	Cancellation: {word: "注", must: append([]string{"reason", "cancelLaw", "certName", "certNo"}, remedy...), may: []string{"matter", "applyDate", "law", "decision", "categories", "holder", "remaining", "whole", "extent"}},
	Ending:       {word: "终", must: []string{"matter", "reason", "decision"}, may: []string{"correctionDue", "acceptDate", "article"}},
	Revocation:   {word: "撤", must: append([]string{"reason", "article", "decision"}, remedy...), may: []string{"certName", "certNo", "law", "matter"}},
	Slip:         {must: nil, may: []string{"visit", "handed"}, form: true, plain: true},
}

// has tells whether a kind may name a field.
func (k kind) has(name string) bool {
	return slices.Contains(common(), name) || slices.Contains(k.must, name) || slices.Contains(k.may, name)
}
