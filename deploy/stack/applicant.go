package stack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/simulators/citydata"
)

const (
	firm       = "91310000MA1DEMO01X"
	closedFirm = "91310000MA1DEMO09X"
)

// applicant is somebody of the demonstration who has passed an exam and applies
// for the certificate, and what the registers know against them.
type applicant struct {
	matter, category, flaw string

	person citydata.Person
	firm   string
}

// applicants are one for each finding of a check that a visitor can come to.
func applicants(day time.Time) []applicant {
	date := func(years int) string { return day.AddDate(years, 0, 0).Format(time.DateOnly) }
	bus := func(flaw string, p citydata.Person, at string) applicant {
		return applicant{"BU01", "13001", flaw, p, at}
	}
	escort := func(flaw string, p citydata.Person) applicant { return applicant{"DG01", "03003", flaw, p, ""} }
	driving := func(class, status string) citydata.Person {
		return citydata.Person{Driving: &citydata.Driving{Class: class, FirstDate: date(-12), ValidTo: date(6), Status: status}}
	}
	return []applicant{
		bus("全部核查通过", citydata.Person{}, firm),
		bus("驾驶证暂扣", driving("A1", "DETAINED"), firm),
		bus("准驾车型不符", driving("C1", "NORMAL"), firm),
		bus("记分周期内记满 12 分", citydata.Person{Traffic: &citydata.Traffic{Accidents: []citydata.Accident{}, Points: []int{12, 0, 0}}}, firm),
		bus("有饮酒后驾驶记录", citydata.Person{Background: map[string]string{"DRINK_DRIVING": "YES"}}, firm),
		bus("公安没有给出结论，须人工确认", citydata.Person{Background: map[string]string{"TRAFFIC_CRIME": "UNSURE"}}, firm),
		bus("服务单位已注销", citydata.Person{}, closedFirm),
		escort("有未处理的处罚", citydata.Person{Penalty: &citydata.Penalty{Unsettled: 1, Orgs: []string{"（模拟）交通执法总队"}}}),
		escort("登记的学历低于初中", citydata.Person{Level: 80}),
		escort("查不到学历，须人工确认", citydata.Person{Unknown: []string{"education"}}),
	}
}

// Applicants makes the demonstration's first applications: people who have passed
// an exam, each with something that a check finds. sat are candidates by category.
func (s *Stack) Applicants(ctx context.Context, logins map[string]Login, sat func(category string) []seed.Candidate) error {
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return err
	}
	left := map[string][]seed.Candidate{}
	for n, a := range applicants(time.Now()) {
		if left[a.category] == nil {
			left[a.category] = sat(a.category)
		}
		var p seed.Candidate
		p, left[a.category], err = holder(ctx, admin, left[a.category], a.category)
		if err == nil && s.Simulators.Running() {
			a.person.IDNo = p.ID
			err = s.Outside(ctx, http.MethodPut, "/citydata/people", a.person, nil)
		}
		if err == nil {
			err = s.applies(ctx, logins, a, p, n)
		}
		if err != nil {
			return fmt.Errorf("demonstration applicant %d: %w", n+1, err)
		}
	}
	return nil
}

// holder is the first who has passed, and those after them.
func holder(ctx context.Context, at *Client, people []seed.Candidate, category string) (seed.Candidate, []seed.Candidate, error) {
	for i, p := range people {
		var found struct {
			Items []struct {
				State   string
				Missing []string
			}
		}
		err := at.Do(ctx, http.MethodGet, "/api/v1/exam/credits?category="+category+"&q="+url.QueryEscape(p.ID), nil, &found)
		if err != nil {
			return p, nil, err
		}
		if len(found.Items) > 0 && found.Items[0].State == "VALID" && len(found.Items[0].Missing) == 0 {
			return p, people[i+1:], nil
		}
	}
	return seed.Candidate{}, nil, errors.New("nobody has passed " + category)
}

// applies brings an application to the reviewer.
func (s *Stack) applies(ctx context.Context, logins map[string]Login, a applicant, p seed.Candidate, n int) error {
	desk, err := s.SignIn(ctx, logins[window])
	if err != nil {
		return err
	}
	form := map[string]string{"address": "上海市浦东新区演示路 1 号", "delivery": "COUNTER", "agent": "SELF"}
	own := map[string]string{"education": "JUNIOR", "training_org": "申城交通培训学校（演示）", "training_until": time.Now().AddDate(0, -2, 0).Format(time.DateOnly)}
	if a.matter == "BU01" {
		own = map[string]string{
			"driving_no": p.ID, "driving_class": "A1", "driving_first": "2018-05-06", "driving_until": "2032-05-06",
			"employer": "（演示）" + map[string]string{firm: "城中公交公司", closedFirm: "已注销的公司"}[a.firm], "employer_code": a.firm,
		}
	}
	maps.Copy(form, own)
	var c CasePage
	const all = "/api/v1/licensing/cases"
	err = desk.Do(ctx, http.MethodPost, all, map[string]any{
		"event_id": fmt.Sprintf("demo-apply-%02d", n), "matter": a.matter, "name": p.Name, "id_no": p.ID, "mobile": p.Mobile,
		"categories": []string{a.category}, "form": form,
	}, &c)
	for _, m := range c.Wanted {
		at := all + "/" + c.ID + "/materials/" + m.Code
		switch {
		case err != nil:
		case slices.Contains(m.Forms, "original"):
			err = desk.Do(ctx, http.MethodPost, at+"/original", nil, &c)
		case slices.Contains(m.Forms, "scan") && m.Source != "FORM":
			err = desk.Upload(ctx, at, map[string][]byte{"file": portrait()}, map[string]string{"file": "演示材料.jpg"}, &c)
		}
	}
	for i, verb := range []string{"submit", "accept", "claim"} {
		if err == nil {
			err = s.act(ctx, logins, &c, verb, fmt.Sprintf("demo-apply-%02d-%d", n, i))
		}
	}
	if err == nil {
		s.Say("  演示核查：%s（%s）%s", p.Name, c.ApplyNo, a.flaw)
	}
	return err
}
