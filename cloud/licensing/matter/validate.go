package matter

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/protocol/person"
)

// complaint is what is wrong and where in the document.
type complaint struct{ at, text string }

// checker collects complaints about one definition.
type checker struct {
	Definition
	found []complaint
}

var (
	codeForm  = regexp.MustCompile(`^[A-Z]{2}[0-9]{2}$`)
	itemForm  = regexp.MustCompile(`^[0-9]{12}$`)
	taskForm  = regexp.MustCompile(`^[0-9A-Z]{31}$`)
	keyForm   = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	valueForm = regexp.MustCompile(`^[A-Z0-9][A-Z0-9_]{0,29}$`)
)

// Most days a period may have: the extension of a joint procedure (§42) included.
const (
	mostDays = 60
	longest  = 2000
)

// complaints are everything that is wrong with a definition whose file is called
// name. Its order is the document's.
func (d Definition) complaints(name string) []complaint {
	c := &checker{Definition: d}
	c.head(name)
	c.basis()
	c.who()
	c.fields()
	c.materials()
	c.checks()
	c.periods()
	c.outcome()
	if at, err := person.CheckText(d); err != nil {
		c.add(at, "文字里有换行、看不见的字符或完整的身份证号")
	}
	return c.found
}

func (c *checker) add(at, format string, args ...any) {
	text := format
	if len(args) > 0 {
		text = fmt.Sprintf(format, args...)
	}
	c.found = append(c.found, complaint{at, text})
}

// in wants a code to be in a dictionary.
func (c *checker) in(at, what, code string, dict []licensing.Entry) {
	if !has(dict, code) {
		c.add(at, "没有%s %q，可用：%s", what, code, strings.Join(codes(dict), " "))
	}
}

// set wants a list of known codes, each once.
func (c *checker) set(at, what string, list []string, known []string) {
	for i, code := range list {
		here := fmt.Sprintf("%s[%d]", at, i)
		if !slices.Contains(known, code) {
			c.add(here, "没有%s %q，可用：%s", what, code, strings.Join(known, " "))
		}
		if slices.Index(list, code) < i {
			c.add(here, "%s %s 写了两次", what, code)
		}
	}
}

// filled wants text to be there.
func (c *checker) filled(at, what, text string) {
	if strings.TrimSpace(text) == "" {
		c.add(at, "缺少%s", what)
	}
}

func (c *checker) form(at, what, text string, form *regexp.Regexp) {
	if !form.MatchString(text) {
		c.add(at, "%s %q 的格式不对", what, text)
	}
}

func words[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func (c *checker) head(name string) {
	c.form("code", "情形代码", c.Code, codeForm)
	if c.Code != name {
		c.add("code", "文件名与情形代码 %s 不一致", c.Code)
	}
	if c.Version < 1 {
		c.add("version", "版本号从 1 开始")
	}
	c.filled("name", "名称 name", c.Name)
	c.form("item_code", "统一事项编码", c.ItemCode, itemForm)
	if c.TaskCode != "" {
		c.form("task_code", "实施编码", c.TaskCode, taskForm)
	}
	c.in("trade", "行业", c.Trade, trades)
	c.in("action", "办理类型", string(c.Action), actions)
	if len(c.Categories) == 0 {
		c.add("categories", "缺少从业资格类别 categories")
	}
	c.set("categories", "从业资格类别", c.Categories, codes(categoryNames()))
	for i, code := range c.Categories {
		if !slices.ContainsFunc(tradeOf[c.Trade], func(p string) bool { return strings.HasPrefix(code, p) }) {
			c.add(fmt.Sprintf("categories[%d]", i), "类别 %s 不属于行业 %s", code, c.Trade)
		}
	}
	if len(c.Channels) == 0 {
		c.add("channels", "缺少办理渠道 channels")
	}
	c.set("channels", "办理渠道", words(c.Channels), codes(licensing.Channels()))
	c.set("conflicts", "办理类型", words(c.Conflicts), codes(actions))
}

func (c *checker) basis() {
	if len(c.Basis) == 0 {
		c.add("basis", "缺少办理依据 basis")
	}
	for i, l := range c.Basis {
		at := fmt.Sprintf("basis[%d]", i)
		c.filled(at+".law", "法律、法规、规章名称 law", l.Law)
		c.filled(at+".article", "条款 article", l.Article)
		c.filled(at+".says", "条款内容 says", l.Says)
		if slices.IndexFunc(c.Basis, func(o Law) bool { return o.Law == l.Law && o.Article == l.Article }) < i {
			c.add(at, "%s%s 写了两次", l.Law, l.Article)
		}
		c.in(at+".confidence", "核实程度", string(l.Confidence), confidences)
	}
}

// who may apply has to fit the channels: companies have their own, and so has the
// ministry.
func (c *checker) who() {
	if len(c.Who.Applicants) == 0 {
		c.add("who.applicants", "缺少申请人 applicants")
	}
	c.set("who.applicants", "申请人", words(c.Who.Applicants), codes(applicants))
	c.in("who.holds", "持证条件", string(c.Who.Holds), holdings)
	for _, pair := range []struct {
		ch  licensing.Channel
		who Applicant
	}{{licensing.Company, Company}, {licensing.Province, Ministry}, {licensing.Kiosk, Person}, {licensing.Online, Person}} {
		if c.Takes(pair.ch) && !slices.Contains(c.Who.Applicants, pair.who) {
			c.add("channels", "渠道 %s 需要申请人 %s", pair.ch, pair.who)
		}
	}
	if len(c.Who.Conditions) == 0 {
		c.add("who.conditions", "缺少申请条件 conditions")
	}
	for i, t := range c.Who.Conditions {
		c.filled(fmt.Sprintf("who.conditions[%d]", i), "申请条件的内容", t)
		if slices.Index(c.Who.Conditions, t) < i {
			c.add(fmt.Sprintf("who.conditions[%d]", i), "申请条件写了两次")
		}
	}
}

func (c *checker) fields() {
	categories := 0
	for i, f := range c.Fields {
		at := fmt.Sprintf("fields[%d]", i)
		c.form(at+".key", "字段名", f.Key, keyForm)
		if slices.IndexFunc(c.Fields, func(o Field) bool { return o.Key == f.Key }) < i {
			c.add(at+".key", "字段 %s 写了两次", f.Key)
		}
		c.filled(at+".label", "字段标题 label", f.Label)
		c.in(at+".kind", "字段类型", string(f.Kind), kinds)
		if f.Source != "" {
			c.in(at+".source", "预填来源", string(f.Source), sources)
		}
		if f.Min < 0 || f.Max < 0 || f.Max > longest || (f.Max > 0 && f.Min > f.Max) {
			c.add(at, "字段 %s 的上下限不对：%d 到 %d", f.Key, f.Min, f.Max)
		}
		c.set(at+".for", "本事项的类别", f.For, c.Categories)
		c.set(at+".on", "本事项的渠道", words(f.On), words(c.Channels))
		c.choices(at, f)
		c.condition(at+".when", f.When, c.Fields[:i])
		if f.Kind == Category && f.Required && len(f.For)+len(f.On) == 0 && f.When == nil {
			categories++
		}
	}
	if categories != 1 {
		c.add("fields", "须有且只有一个必填的从业资格类别字段（kind: category）")
	}
}

func (c *checker) choices(at string, f Field) {
	if (f.Kind == Chosen) != (len(f.Choices) > 0) {
		c.add(at, "字段 %s：有选项 choices 的必须是选择，选择必须有选项", f.Key)
	}
	values := make([]string, len(f.Choices))
	for i, o := range f.Choices {
		values[i] = o.Value
		c.form(fmt.Sprintf("%s.choices[%d]", at, i), "选项", o.Value, valueForm)
		c.filled(fmt.Sprintf("%s.choices[%d]", at, i), "选项的文字 label", o.Label)
		c.set(fmt.Sprintf("%s.choices[%d].on", at, i), "本事项的渠道", words(o.On), words(c.Channels))
	}
	c.set(at+".choices", "选项", values, values)
}

// condition wants a choice among the fields before, so that no condition waits
// for itself.
func (c *checker) condition(at string, w *When, before []Field) {
	if w == nil {
		return
	}
	i := slices.IndexFunc(before, func(f Field) bool { return f.Key == w.Field })
	if i < 0 || before[i].Kind != Chosen {
		c.add(at, "显示条件里的 %q 不是前面的选择字段", w.Field)
		return
	}
	if len(w.Is) == 0 {
		c.add(at, "显示条件缺少取值 is")
	}
	values := []string{}
	for _, o := range before[i].Choices {
		values = append(values, o.Value)
	}
	c.set(at+".is", "选项", w.Is, values)
}

func (c *checker) materials() {
	if len(c.Materials) == 0 && c.MaterialsNote == "" {
		c.add("materials", "缺少材料 materials；确实没有的，在 materials_note 说明")
	}
	list := make([]string, len(c.Materials))
	for i, m := range c.Materials {
		list[i] = m.Code
		at := fmt.Sprintf("materials[%d]", i)
		if m.Source != "" {
			c.in(at+".source", "材料来源", string(m.Source), materialSources)
		}
		if len(m.Forms) == 0 {
			c.add(at+".forms", "材料 %s 缺少提交形式 forms", m.Code)
		}
		c.set(at+".forms", "提交形式", words(m.Forms), codes(materialForms))
		if m.Source == "" && slices.Contains(m.Forms, "data") {
			c.add(at, "材料 %s 免交，但没有说明自动来源 source", m.Code)
		}
		c.set(at+".for", "本事项的类别", m.For, c.Categories)
		c.condition(at+".when", m.When, c.Fields)
	}
	c.set("materials", "材料", list, codes(licensing.Materials()))
}

func (c *checker) checks() {
	c.set("checks", "资格校验", c.Checks, codes(licensing.Checks()))
	for code, only := range c.ChecksOnly {
		at := "checks_only." + code
		if !slices.Contains(c.Checks, code) {
			c.add(at, "%s 不在 checks 里", code)
		}
		if len(only) == 0 {
			c.add(at, "缺少 %s 适用的类别", code)
		}
		c.set(at, "本事项的类别", only, c.Categories)
	}
}

func (c *checker) periods() {
	if c.LegalDays < 0 || c.LegalDays > mostDays {
		c.add("legal_days", "法定期限为 0 到 %d 个工作日", mostDays)
	}
	if c.PromisedDays < 0 || c.PromisedDays > mostDays {
		c.add("promised_days", "承诺期限为 0 到 %d 个工作日", mostDays)
	}
	if c.LegalDays > 0 && c.PromisedDays > c.LegalDays {
		c.add("promised_days", "承诺期限 %d 天超过法定期限 %d 天", c.PromisedDays, c.LegalDays)
	}
	if c.LegalDays == 0 && c.Route != Service && c.Days.Note == "" {
		c.add("legal_days", "没有法定期限的，在 days.note 说明")
	}
	c.in("days.legal", "核实程度", string(c.Days.Legal), confidences)
	c.in("days.promised", "核实程度", string(c.Days.Promised), confidences)
}

// outcome is letters, fee, route, certificate and effect, which have to fit.
func (c *checker) outcome() {
	c.in("route", "流程", string(c.Route), routes)
	if fit, isSet := lettersOf[c.Letters]; isSet {
		if !slices.Contains(fit, c.Route) {
			c.add("letters", "文书组合 %s 不用于流程 %s", c.Letters, c.Route)
		}
	} else {
		c.in("letters", "文书或文书组合", c.Letters, licensing.Letters())
		if c.Route != Service {
			c.add("letters", "流程 %s 需要文书组合，不能只有 %s", c.Route, c.Letters)
		}
	}
	if c.Fee.Charged != (len(c.Fee.Items) > 0) {
		c.add("fee", "收费的须列出收费项目 items，不收费的不得列出")
	}
	if c.Fee.Charged && c.Route != Service {
		c.add("fee", "实施行政许可不得收费（行政许可法第五十八条）")
	}
	for i, item := range c.Fee.Items {
		if item.Fen <= 0 || item.Name == "" {
			c.add(fmt.Sprintf("fee.items[%d]", i), "收费项目须有名称和大于 0 的金额（分）")
		}
	}
	c.filled("fee.basis", "收费或不收费的依据 basis", c.Fee.Basis)
	c.in("fee.confidence", "核实程度", string(c.Fee.Confidence), confidences)
	c.result()
}

func (c *checker) result() {
	if c.Certificate != "" {
		c.in("certificate", "证件", c.Certificate, certificates)
	} else if c.Route != Service {
		c.add("certificate", "流程 %s 须说明涉及的证件", c.Route)
	}
	c.in("result.effect", "办理结果", string(c.Result.Effect), effects)
	c.set("result.cards", "卡", c.Result.Cards, codes(cards))
	c.filled("result.says", "办理结果的说明 says", c.Result.Says)
	ends := c.Result.Effect == Cancelled || c.Result.Effect == MovedOut
	if ends != (c.Route == Cancel) {
		c.add("result.effect", "办理结果 %s 与流程 %s 不符", c.Result.Effect, c.Route)
	}
}
