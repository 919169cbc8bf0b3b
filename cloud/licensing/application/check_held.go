package application

import (
	"context"
	"fmt"
	"strings"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	pexam "huyun.internal/protocol/exam"
)

// Checks of the certificate that somebody has or wants: E08 to E13 and E24. Every
// category on a certificate has an end of its own (chapter 1.3), so what is past is
// asked of the categories that a matter is about.

// held is the certificate in force that a matter is about.
func (f *facts) held() (practitioner.Licence, bool) {
	for _, l := range f.licences {
		if l.State == practitioner.InForce && (l.ID == f.Licence || f.Licence == "" && about(f.def, l, f.Categories)) {
			return l, true
		}
	}
	return practitioner.Licence{}, false
}

// about says whether a matter of these categories is about a certificate: its own
// kind, or for a card or a registration that of the category; of bus posts the one.
func about(d matter.Definition, l practitioner.Licence, categories []string) bool {
	kind := d.Certificate
	if len(categories) > 0 && (kind == "CARD" || kind == "REGISTRATION") {
		kind = practitioner.TypeOf(categories[0])
	}
	return l.Type == kind && (kind != practitioner.Bus || len(categories) == 0 || has(l, categories[0]))
}

// noneInForce: E09. A category that has lapsed is gone: who wants it again sits the
// exam and applies, however long the card stays in the drawer.
func noneInForce(_ context.Context, f *facts) (answer, error) {
	l, ok := f.held()
	if !ok {
		return pass(ours), nil
	}
	for _, code := range f.Categories {
		c, there := l.Category(code)
		switch {
		case !there || c.Lapsed(f.today):
		case c.Over(f.today):
			return fails(ours, fmt.Sprintf("已持有的%s于 %s 到期，还可以换证", pexam.CategoryName(code), c.ValidTo), "不需要再次申领，请办理换证"), nil
		default:
			return fails(ours, "已持有同类别的有效证件", "不需要再次申领；证件遗失、损毁请办理补证"), nil
		}
	}
	return pass(ours), nil
}

// inForce: E10. What is past its end can be renewed or given back, and nothing else.
func inForce(_ context.Context, f *facts) (answer, error) {
	l, ok := f.held()
	if !ok {
		return fails(ours, "名下没有本市核发的有效证件", "请核对证件类别；外省市证件请办理转籍"), nil
	}
	if f.Action == licensing.AddCategory {
		if l.Over(f.today) {
			return fails(ours, fmt.Sprintf("证件已于 %s 到期", l.ValidTo), "请先办理换证；超过 180 日的，请重新考试后申领"), nil
		}
		return pass(ours), nil
	}
	for _, code := range f.Categories {
		c, there := l.Category(code)
		if !there {
			return fails(ours, "所持证件没有“"+pexam.CategoryName(code)+"”类别", "请核对所申请的类别"), nil
		}
		if c.Over(f.today) && f.Action != licensing.Renew && f.Action != licensing.Cancel {
			return fails(ours, fmt.Sprintf("%s已于 %s 到期", pexam.CategoryName(code), c.ValidTo), "请先办理换证；超过 180 日的，请重新考试后申领"), nil
		}
	}
	return pass(ours), nil
}

// inWindow: E11, of each category that is renewed.
func inWindow(ctx context.Context, f *facts) (answer, error) {
	l, ok := f.held()
	if !ok {
		return pass(ours), nil
	}
	for _, code := range f.Categories {
		c, _ := l.Category(code)
		if l.Type == practitioner.RideHail { // it holds by its registration
			r, _, err := f.s.People.Employer(ctx, f.tx, f.person.ID, code)
			if err != nil {
				return answer{}, err
			}
			c.ValidTo = r.To
		}
		if a := f.window(c, code); a.result != Pass {
			return a, nil
		}
	}
	return pass(ours), nil
}

func (f *facts) window(c practitioner.Category, code string) answer {
	name := pexam.CategoryName(code)
	if replaces(f.Action, f.form) {
		if c.Over(f.today) {
			return fails(ours, fmt.Sprintf("%s已于 %s 到期", name, c.ValidTo), "请按有效期届满办理换证")
		}
		return pass(ours)
	}
	switch f.s.People.Window(c.ValidTo) {
	case practitioner.TooEarly:
		return fails(ours, fmt.Sprintf("%s有效期至 %s，还没有到换证期", name, c.ValidTo), fmt.Sprintf("请在到期前 %d 日内申请；证上其他类别到期的，只选择到期的类别", f.s.People.Opens))
	case practitioner.Lapsed:
		return fails(ours, fmt.Sprintf("%s有效期至 %s，超期 180 日未换证已失效", name, c.ValidTo), "请重新参加考试后申领；证上其他类别可以换证的，只选择那些类别")
	}
	return pass(ours)
}

// schooling is how many hours of continuing education something needs, counted from
// a day on; what it is for is for people to read.
type schooling struct {
	hours int
	since clock.Date
	span  string
}

// needed: chapter 1.6. Who registers begins a period and has had none to learn in;
// only a qualification that nobody has used for three years wants a refresher.
func (f *facts) needed(ctx context.Context, category string) (schooling, error) {
	return f.s.needed(ctx, f.tx, f.Action, f.person.ID, category)
}

func (s *Service) needed(ctx context.Context, q db.Q, action licensing.Action, person, category string) (schooling, error) {
	need := s.Rules.neededTo(category, s.today())
	if action != licensing.Register {
		return need, nil
	}
	need.hours = 0
	unused, err := s.People.UnusedSince(ctx, q, person, category)
	if err == nil && !unused.IsZero() && unused.Before(need.since) {
		need.hours = s.Rules.RefresherHours
	}
	return need, err
}

// neededTo is what keeping a category needs.
func (r Rules) neededTo(category string, today clock.Date) schooling {
	hours, years := r.EducationHours, r.EducationYears
	if strings.HasPrefix(category, "09") {
		hours, years = r.TaxiHours, r.TaxiYears
	}
	return schooling{hours, clock.DateOf(today.Start().AddDate(-years, 0, 0)), fmt.Sprintf("近 %d 年", years)}
}

// educated passes with the hours that it counted, for the reviewer to see.
func educated(ctx context.Context, f *facts) (answer, error) {
	var seen []string
	for _, c := range f.Categories {
		need, err := f.needed(ctx, c)
		if err != nil {
			return answer{}, err
		}
		if need.hours == 0 {
			seen = append(seen, pexam.CategoryName(c)+"取得资格或上次注册不满 3 年，注册前不要求继续教育")
			continue
		}
		have, err := f.hours(ctx, c, need.since)
		if err != nil {
			return answer{}, err
		}
		if have < need.hours {
			return fails(ours, fmt.Sprintf("%s继续教育 %d 学时，应有 %d 学时", need.span, have, need.hours), "请完成继续教育后再办理"), nil
		}
		seen = append(seen, fmt.Sprintf("%s%s继续教育 %d 学时，应有 %d 学时", pexam.CategoryName(c), need.span, have, need.hours))
	}
	return answer{result: Pass, reason: strings.Join(seen, "；"), source: ours}, nil
}

// integrity: E13, "not B, or put right". That it was put right no system of ours
// knows: a person looks at what proves it.
func integrity(ctx context.Context, f *facts) (answer, error) {
	for _, c := range f.Categories {
		a, ok, err := f.s.People.Integrity(ctx, f.tx, f.person.ID, c)
		if err != nil {
			return answer{}, err
		}
		if ok && a.Grade == "B" {
			return answer{
				result: Unknown, reason: "最近一次诚信考核为 B 级", source: ours,
				guide: "已完成补充教育并整改的，核对证明后人工确认；没有整改的，请申请人先整改",
			}, nil
		}
	}
	return pass(ours), nil
}

// experienced: E24, a passenger or freight qualification that has been held for years
// before dangerous goods.
func experienced(_ context.Context, f *facts) (answer, error) {
	for _, l := range f.licences {
		for _, c := range l.Categories {
			start := c.FirstIssue.Start().AddDate(f.s.Rules.ExperienceYears, 0, 0)
			if l.State == practitioner.InForce && !c.Over(f.today) && (c.Code == "01001" || c.Code == "02001") && clock.DateOf(start).Compare(f.today) <= 0 {
				return pass(ours), nil
			}
		}
	}
	return answer{result: Unknown, reason: fmt.Sprintf("本系统没有满 %d 年的客货运从业资格", f.s.Rules.ExperienceYears), guide: "持有全日制驾驶职业教育证明的，核对后人工确认", source: ours}, nil
}

// passedExam: every subject of the category, by the results that count today.
func passedExam(ctx context.Context, f *facts) (answer, error) {
	for _, c := range f.Categories {
		missing, err := f.missing(ctx, c)
		if err != nil {
			return answer{}, err
		}
		if len(missing) > 0 {
			return fails(ours, "还没有有效的合格成绩："+strings.Join(missing, "、"), "请参加考试，合格后再申领"), nil
		}
	}
	return pass(ours), nil
}
