package application

import (
	"context"
	"slices"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	pexam "huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
)

// Form is an application form filled in from a case, for whoever deals with it: the
// same that the applicant sees and signs. It has the whole numbers, as the scans have,
// so that it was looked at is recorded. Faults: missing, licensing.case.tampered,
// licensing.case.form.none.
func (s *Service) Form(ctx context.Context, id, code string) (string, []byte, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return "", nil, err
	}
	c, err := db.Row[Case](ctx, s.DB, caseSQL, id)
	if err == nil {
		err = s.genuine(&c)
	}
	if err != nil {
		return "", nil, err
	}
	name, pdf, err := s.formOf(ctx, &c, code)
	if err != nil {
		return "", nil, err
	}
	return name, pdf, s.Audit.RecordNow(ctx, "licensing.case.file", id, map[string]any{"code": code})
}

// formOf prints an application form with what the case says (M11): the online
// applicant's, and the same one at the window.
func (s *Service) formOf(ctx context.Context, c *Case, code string) (string, []byte, error) {
	form, err := s.form(c)
	if err != nil {
		return "", nil, err
	}
	d, err := s.Matters.At(c.Matter, c.Version)
	if err != nil {
		return "", nil, err
	}
	if !slices.ContainsFunc(d.MaterialsFor(c.Categories, form), func(m matter.Material) bool { return m.Code == code && m.Source == "FORM" }) {
		return "", nil, fault.New(fault.NotFound, "licensing.case.form.none", "本事项没有这张申请表")
	}
	values := printed(c, d, form)
	own := map[string]string{}
	title := licensing.Name(licensing.Materials(), code)
	for _, f := range s.Letters.Forms() {
		if f.Code != code {
			continue
		}
		title = f.Title
		for _, field := range f.Fields {
			if slices.Contains(field.Choices, values["loss"]) {
				values[field.Name] = values["loss"]
			}
			if v := values[field.Name]; v != "" && (len(field.Choices) == 0 || slices.Contains(field.Choices, v)) {
				own[field.Name] = v
			}
		}
	}
	var photo []byte
	if m, data, err := s.file(ctx, c.ID, "M05"); err == nil && strings.HasPrefix(m.Kind, "image/") && letter.Printable(data) {
		photo = data
	}
	pdf, err := s.Letters.Form(code, own, photo, true) // what is not filled in yet is left to the hand
	return title + ".pdf", pdf, err
}

// kindsOfForm are the words that forms have for what is applied for.
var kindsOfForm = map[licensing.Action]string{
	licensing.Apply: "初领", licensing.AddCategory: "增加类别", licensing.Renew: "换发", licensing.Reissue: "补发", licensing.Change: "变更",
}

// alike are fields of forms that the case's form has under another key.
var alike = map[string]string{
	"cert_no": "licence", "first_issued": "issued_on", "vehicle": "driving_class", "driving_since": "driving_first", "household": "residence",
	"lost_on": "happened_on", "permit_no": "residence_no",
}

// printed are a case's values by the fields of the printed forms, in words.
func printed(c *Case, d matter.Definition, form map[string]string) map[string]string {
	out := map[string]string{}
	for _, f := range d.Fields {
		out[f.Key] = spoken(f, form[f.Key])
	}
	reason := out["reason"]
	for to, from := range alike {
		out[to] = out[from]
	}
	out["residence"] = form["address"]
	if out["residence"] == "" {
		out["residence"] = out["household"]
	}
	names := make([]string, len(c.Categories))
	for i, code := range c.Categories {
		names[i] = pexam.CategoryName(code)
	}
	out["category"], out["kind"] = strings.Join(names, "、"), kindsOfForm[c.Action]
	out["cert_name"] = licensing.Name(matter.Certificates(), d.Certificate)
	out["reason"] = strings.Trim(reason+"。"+form["statement"], "。")
	out["loss"] = reason // 遗失, 毁损
	switch {
	case c.Action == licensing.Cancel:
		out["kind"] = map[string]string{"SELF": "本人申请", "DEATH": "死亡", "INCAPABLE": "丧失行为能力"}[form["reason"]]
		if out["kind"] == "" {
			out["kind"] = "其他"
		}
		if out["agent"] = form["agent_name"]; form[relativeName] != "" {
			out["agent"] = form[relativeName]
		}
	case slices.Contains(c.Categories, "09002"):
		out["category"] = "巡游出租汽车"
	case slices.Contains(c.Categories, "09003"):
		out["category"] = "网络预约出租汽车"
	case c.Action == licensing.Change:
		out["reason"], out["change"] = "信息变更", strings.Trim(out["change"]+"："+out["new_name"]+out["new_employer"]+out["new_address"], "：")
	}
	if form["vow"] != "" {
		out["vow"] = map[string]string{"AGREE": "作出承诺", "REFUSE": "不作承诺"}[form["vow"]]
	}
	return out
}

// spoken is a value as paper has it: the words of a choice, one line of a text.
func spoken(f matter.Field, v string) string {
	for _, c := range f.Choices {
		if c.Value == v {
			return c.Label
		}
	}
	return strings.ReplaceAll(v, "\n", "　")
}
