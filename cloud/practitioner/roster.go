package practitioner

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Columns of a workbook of existing records: a row is a certificate.
const (
	colName       = "姓名"
	colIDNo       = "身份证号"
	colMobile     = "手机"
	colNation     = "民族"
	colResidence  = "户籍类型"
	colAddress    = "住址"
	colType       = "证件种类"
	colCategories = "从业资格类别"
	colNumber     = "证号"
	colArchive    = "档案号"
	colFirst      = "初次领证日期"
	colFrom       = "有效期起"
	colTo         = "有效期止"
	colState      = "证件状态"
	colIssuer     = "发证机关"
	colClass      = "准驾车型"
	colDriving    = "驾驶证初领日期"
	colDrivingTo  = "驾驶证有效期止"
	colEmployer   = "服务单位"
	colCode       = "单位信用代码"
	colRegistered = "注册日期"
	colEachFirst  = "各类别初领日期"
	colEachTo     = "各类别有效期止"
	colHours      = "继续教育学时"
	colHoursOn    = "继续教育完成日期"
	colGrade      = "诚信考核等级"
	colGradeTo    = "考核周期止"
)

var importLimits = sheet.Limits{Rows: 2000, Unzipped: 64 << 20}

var residenceNames = map[string]string{"SH": "本市户籍", "NON_SH": "非沪籍", "NON_SH_TAXI2NET": "非沪籍（巡转网）", "NON_SH_RENT2NET": "非沪籍（租转网）"}

func words(of map[string]string) []string {
	out := []string{}
	for _, w := range of {
		out = append(out, w)
	}
	slices.Sort(out)
	return out
}

func code(of map[string]string, word string) (string, bool) {
	for k, w := range of {
		if w == word || k == word {
			return k, true
		}
	}
	return "", false
}

// ImportColumns is the import format.
func ImportColumns() []sheet.Column {
	types := []string{kinds[Road].name, kinds[Taxi].name, kinds[RideHail].name, kinds[Bus].name}
	return []sheet.Column{
		{Name: colName, Required: true, Width: 12},
		{Name: colIDNo, Required: true, Width: 24, Note: "18 位；旧档案可填 15 位。单元格须为文本格式，否则 Excel 会丢失末几位"},
		{Name: colMobile, Width: 16}, {Name: colNation, Width: 8},
		{Name: colResidence, Width: 14, Choices: words(residenceNames)}, {Name: colAddress, Width: 30},
		{Name: colType, Required: true, Width: 28, Choices: types, Note: "一行一本证件；一人有几本证件就写几行"},
		{Name: colCategories, Required: true, Width: 20, Note: "五位代码或名称，几个类别用顿号隔开；公交证件每证一个岗位"},
		{Name: colNumber, Width: 24, Note: "空为身份证号；公交证件必填，如 GJD2024000012"},
		{Name: colArchive, Width: 20, Note: "空则由系统编号"},
		{Name: colFirst, Required: true, Width: 14, Note: "如 2021-03-15"},
		{Name: colFrom, Width: 14, Note: "空为初次领证日期"},
		{Name: colTo, Width: 14, Note: "道路运输和公交证件必填；出租汽车证件长期有效，请留空"},
		{Name: colState, Width: 10, Choices: []string{"有效", "已过期", "已注销", "已撤销", "已吊销", "已转出"}, Note: "空为有效"},
		{Name: colIssuer, Width: 24}, {Name: colClass, Width: 10, Note: "如 A1A2"}, {Name: colDriving, Width: 14}, {Name: colDrivingTo, Width: 14},
		{Name: colEmployer, Width: 26}, {Name: colCode, Width: 22}, {Name: colRegistered, Width: 14, Note: "在该单位登记（出租为注册）的日期；空为有效期起"},
		{Name: colEachFirst, Width: 24, Note: "各类别不是同一天初领的，按类别的顺序逐个写明，用顿号隔开；空为初次领证日期"},
		{Name: colEachTo, Width: 24, Note: "各类别有效期不同的，按类别的顺序逐个写明；最晚的一个应与有效期止相同"},
		{Name: colHours, Width: 12, Note: "最近一个周期内已完成的继续教育学时；没有的，换证时需要重新学习"}, {Name: colHoursOn, Width: 14, Note: "填写了学时的必填"},
		{Name: colGrade, Width: 12, Choices: []string{"AAA", "AA", "A", "B"}, Note: "最近一次诚信（服务质量信誉）考核"}, {Name: colGradeTo, Width: 14, Note: "填写了等级的必填：考核周期的最后一天"},
	}
}

// entry is one certificate on the way in.
type entry struct {
	row      int
	basic    Basic
	grant    Grant
	driving  *Driving
	employer *RegistrationDraft
	courses  []Education
	grades   []Assessment
}

// roster reads rows one by one and tells every problem of each.
type roster struct {
	today    clock.Date
	seen     map[string]int // number and type → row
	entries  []entry
	problems []sheet.Problem
}

func (r *roster) add(row int, column, text string) {
	r.problems = append(r.problems, sheet.Problem{Row: row, Column: column, Text: text})
}

func (r *roster) fail(row int, column string, err error) {
	if err != nil {
		r.add(row, column, fault.From(err).Text)
	}
}

func (r *roster) row(in sheet.Row) {
	before := len(r.problems)
	e := entry{row: in.No}
	r.identity(in, &e)
	r.certificate(in, &e)
	r.license(in, &e)
	r.company(in, &e)
	r.course(in, &e)
	r.grade(in, &e)
	if len(r.problems) == before {
		r.entries = append(r.entries, e)
	}
}

func (r *roster) identity(in sheet.Row, e *entry) {
	name, err := person.ParseName(in.Get(colName))
	r.fail(in.No, colName, err)
	e.basic.Name = string(name)
	text := in.Get(colIDNo)
	if strings.ContainsAny(text, "Ee.") {
		r.add(in.No, colIDNo, "身份证号被 Excel 当成了数字，末几位已丢失；请把该列设为文本格式后重新输入")
	} else {
		e.basic.ID, err = parseAnyID(text)
		if err == nil {
			err = e.basic.ID.CheckAge(r.today, 16, 110)
		}
		r.fail(in.No, colIDNo, err)
	}
	if text := in.Get(colMobile); text != "" {
		e.basic.Mobile, err = person.ParseMobile(text)
		r.fail(in.No, colMobile, err)
	}
	e.basic.Nation, e.basic.Address = r.text(in, colNation, 20), r.text(in, colAddress, 100)
	if text := in.Get(colResidence); text != "" {
		residence, known := code(residenceNames, text)
		if e.basic.Residence = residence; !known {
			r.add(in.No, colResidence, "应为"+strings.Join(words(residenceNames), "、")+"之一")
		}
	}
}

func (r *roster) text(in sheet.Row, column string, most int) string {
	text := in.Get(column)
	clean, err := sheet.Text(text, most)
	if err == nil {
		_, err = person.CheckText(clean)
	}
	if err != nil {
		r.fail(in.No, column, err)
	}
	return clean
}

var notCategory = regexp.MustCompile(`[、,，;；\s]+`)

func (r *roster) certificate(in sheet.Row, e *entry) {
	g := Grant{Act: TakeIn, On: r.today, Issuer: r.text(in, colIssuer, 60), Taken: &Taken{Number: normal(in.Get(colNumber)), ArchiveNo: in.Get(colArchive), State: InForce}}
	for t, k := range kinds {
		if text := in.Get(colType); text == k.name || text == t {
			g.Type = t
		}
	}
	if g.Type == "" {
		r.add(in.No, colType, "没有这种证件，请从下拉列表中选择")
	}
	for _, word := range notCategory.Split(in.Get(colCategories), -1) {
		if word != "" {
			g.Categories = append(g.Categories, categoryCode(word))
		}
	}
	r.dates(in, &g)
	r.each(in, &g)
	slices.Sort(g.Categories)
	if g.Type != "" {
		r.fail(in.No, colCategories, CheckCategories(g.Type, g.Categories))
		r.number(in, g)
	}
	if a := g.Taken.ArchiveNo; a != "" && !archivePattern.MatchString(a) {
		r.add(in.No, colArchive, "档案号应为 310000 加 4 位年份和 7 位流水号")
	}
	if text := in.Get(colState); text != "" {
		g.Taken.State = ""
		for s, n := range stateNames {
			if n == text && s != Replaced {
				g.Taken.State = s
			}
		}
		if g.Taken.State == "" {
			r.add(in.No, colState, "没有这种证件状态，请从下拉列表中选择")
		}
	}
	if g.Taken.State == Expired { // what its days say anyhow: it may still be renewed
		g.Taken.State = InForce
		if t := g.Taken.ValidTo; t.IsZero() || !t.Before(r.today) {
			r.add(in.No, colState, "有效期止没有过的证件不是“已过期”，请核对有效期止或证件状态")
		}
	}
	e.grant = g
	if e.basic.ID.IsZero() || g.Type == "" {
		return
	}
	key := e.basic.ID.Reveal() + g.Type
	if kinds[g.Type].post && len(g.Categories) == 1 {
		key += g.Categories[0]
	}
	if first, twice := r.seen[key]; twice {
		r.add(in.No, colIDNo, fmt.Sprintf("与第 %d 行是同一人的同一种证件，几个类别请写在一行", first))
	}
	r.seen[key] = in.No
}

var (
	archivePattern = regexp.MustCompile(`^310000(19|20)[0-9]{9}$`)
	busPattern     = regexp.MustCompile(`^GJ[DST](19|20)[0-9]{8}$`)
)

func categoryCode(word string) string {
	for _, c := range exam.Categories() {
		if c.Name == word {
			return c.Code
		}
	}
	return word
}

// number checks a certificate's number: the post's own, or the ID number.
func (r *roster) number(in sheet.Row, g Grant) {
	n := g.Taken.Number
	switch {
	case kinds[g.Type].post && !busPattern.MatchString(n):
		r.add(in.No, colNumber, "公交证件须填证号：GJ、岗位 D（驾）S（售）T（调）、4 位年份、6 位流水号")
	case kinds[g.Type].post && len(g.Categories) == 1 && n[2:3] != posts[g.Categories[0]]:
		r.add(in.No, colNumber, "证号中的岗位字母与从业资格类别不符")
	case !kinds[g.Type].post && n != "":
		if _, err := parseAnyID(n); err != nil {
			r.add(in.No, colNumber, "证号应为身份证号；与身份证号相同时可以留空")
		}
	}
}

func (r *roster) date(in sheet.Row, column string) clock.Date {
	return r.dateOf(in, column, in.Get(column))
}

func (r *roster) dateOf(in sheet.Row, column, text string) clock.Date {
	text = strings.NewReplacer("/", "-", ".", "-", "年", "-", "月", "-", "日", "").Replace(text)
	if text == "" {
		return clock.Date{}
	}
	d, err := clock.ParseDate(padded(text))
	r.fail(in.No, column, err)
	return d
}

// padded writes 2021-3-5 as 2021-03-05.
func padded(text string) string {
	parts := strings.Split(text, "-")
	for i, p := range parts {
		if len(p) == 1 {
			parts[i] = "0" + p
		}
	}
	return strings.Join(parts, "-")
}

func (r *roster) dates(in sheet.Row, g *Grant) {
	before := len(r.problems)
	t := g.Taken
	t.FirstIssue, t.ValidFrom, t.ValidTo = r.date(in, colFirst), r.date(in, colFrom), r.date(in, colTo)
	if len(r.problems) > before {
		return
	}
	if t.ValidFrom.IsZero() {
		t.ValidFrom = t.FirstIssue
	}
	endless := g.Type != "" && kinds[g.Type].years == 0
	switch {
	case t.FirstIssue.IsZero() || r.today.Before(t.FirstIssue):
		r.add(in.No, colFirst, "必填，且不能晚于今天")
	case t.ValidFrom.Before(t.FirstIssue):
		r.add(in.No, colFrom, "不能早于初次领证日期")
	case endless && !t.ValidTo.IsZero():
		r.add(in.No, colTo, "出租汽车证件长期有效，请留空；注册有效期由注册日期算出")
	case !endless && !t.ValidFrom.Before(t.ValidTo):
		r.add(in.No, colTo, "必填，且须晚于有效期起")
	}
}

func (r *roster) license(in sheet.Row, e *entry) {
	class := strings.ToUpper(in.Get(colClass))
	if class == "" {
		return
	}
	d := Driving{Class: class, First: r.date(in, colDriving), ValidTo: r.date(in, colDrivingTo), Status: "正常", Source: recordsImported}
	switch {
	case !classPattern.MatchString(class):
		r.add(in.No, colClass, "准驾车型应为 A1、A2、B2、C1 等，几个连写，如 A1A2")
	case d.First.IsZero() || r.today.Before(d.First):
		r.add(in.No, colDriving, "填写了准驾车型的，须填驾驶证初领日期，且不晚于今天")
	}
	e.driving = &d
}

var classPattern = regexp.MustCompile(`^(A[123]|B[12]|C[1-6]|[DEFMNP])+$`)

func (r *roster) company(in sheet.Row, e *entry) {
	name := r.text(in, colEmployer, 60)
	if name == "" {
		return
	}
	d := RegistrationDraft{Employer: name, EmployerCode: normal(in.Get(colCode)), From: r.date(in, colRegistered), Source: recordsImported}
	if d.EmployerCode != "" && !creditPattern.MatchString(d.EmployerCode) {
		r.add(in.No, colCode, "统一社会信用代码应为 18 位数字和大写字母")
	}
	if d.From.IsZero() {
		d.From = e.grant.Taken.ValidFrom
	}
	if len(e.grant.Categories) > 0 {
		d.Category = e.grant.Categories[0]
	}
	e.employer = &d
}

var creditPattern = regexp.MustCompile(`^[0-9A-Z]{18}$`)
