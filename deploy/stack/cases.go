package stack

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"net/http"
	"slices"

	"huyun.internal/deploy/seed"
)

// The demonstration's accounts of the licensing office.
const (
	window   = "qian.chuangkou"
	reviewer = "wu.shencha"
	approver = "zheng.shenpi"
)

// CasePage is what the demonstration needs of a case.
type CasePage struct {
	ID      string
	ApplyNo string `json:"apply_no"`
	Matter  string
	Version int
	Person  string
	Wanted  []struct {
		Code, Source string
		Forms        []string
	}
	State   string
	Notices []string
	// Grounds are what it can be denied by.
	Grounds []struct{ Article string }
	Checks  []struct{ Code, Result, Reason string }
	// Inquiries are what the city's registers are asked.
	Inquiries []struct{ State, Problem string }
}

// courses are what happens to the demonstration's cases, one each: every state
// that a window, a reviewer or an approver meets.
var courses = [][]string{ //nolint:gochecknoglobals // a table
	{},
	{"submit"},
	{"submit", "require-correction"},
	{"submit", "refuse"},
	{"submit", "accept"},
	{"submit", "accept", "claim"},
	{"submit", "accept", "claim", "suspend"},
	{"submit", "accept", "withdraw"},
	{"submit", "accept", "claim", "pass-review"},
	{"submit", "accept", "claim", "propose-refusal", "deny"},
	{"submit", "accept", "claim", "pass-review", "grant"},
	{"submit", "accept", "claim", "pass-review", "grant", "make-certificate", "certificate-done"},
	{"submit", "accept", "claim", "pass-review", "grant", "make-certificate", "certificate-done", "deliver"},
	{"submit", "accept", "claim", "propose-refusal"},
}

// Calendars imports the years that time limits need and that are missing.
func (s *Stack) Calendars(ctx context.Context, logins map[string]Login, book func(year int) ([]byte, error)) error {
	boss, err := s.SignIn(ctx, logins[approver])
	if err != nil {
		return err
	}
	const years = "/api/v1/licensing/calendar/years"
	var known struct{ Missing []int }
	err = boss.Do(ctx, http.MethodGet, years, nil, &known)
	for _, y := range known.Missing {
		var data []byte
		if err == nil {
			data, err = book(y)
		}
		if err == nil {
			err = boss.Upload(ctx, fmt.Sprintf("%s/%d/import", years, y), map[string][]byte{"workbook": data}, map[string]string{"workbook": "演示工作日历.xlsx"}, nil)
		}
	}
	return err
}

// Cases makes the demonstration's applications: people with a certificate in
// force have lost it, and each case has come as far as its course says.
func (s *Stack) Cases(ctx context.Context, logins map[string]Login, people []seed.Candidate) error {
	people = slices.DeleteFunc(slices.Clone(people), func(p seed.Candidate) bool { return p.Category != "01001" && p.Category != "02001" })
	if len(people) < len(courses) {
		return fmt.Errorf("demonstration cases: %d people with a certificate in force, %d are needed", len(people), len(courses))
	}
	err := s.cityDemo(ctx, people)
	for n := range courses {
		if err == nil {
			err = s.caseOf(ctx, logins, people[n], n)
		}
		if err != nil {
			return fmt.Errorf("demonstration case %d: %w", n+1, err)
		}
	}
	return nil
}

func (s *Stack) caseOf(ctx context.Context, logins map[string]Login, p seed.Candidate, n int) error {
	desk, err := s.SignIn(ctx, logins[window])
	if err != nil {
		return err
	}
	var found struct{ Items []struct{ ID string } }
	err = desk.Do(ctx, http.MethodGet, "/api/v1/practitioners?q="+p.ID, nil, &found)
	if err != nil || len(found.Items) == 0 {
		return fmt.Errorf("no file of %s: %w", p.Name, err)
	}
	var file struct {
		Licences []struct {
			ID, State  string
			Categories []struct{ Category string }
		}
	}
	err = desk.Do(ctx, http.MethodGet, "/api/v1/practitioners/"+found.Items[0].ID, nil, &file)
	if err != nil || len(file.Licences) == 0 {
		return fmt.Errorf("no certificate of %s: %w", p.Name, err)
	}
	var c CasePage
	const all = "/api/v1/licensing/cases"
	err = desk.Do(ctx, http.MethodPost, all, map[string]any{
		"event_id": fmt.Sprintf("demo-case-%02d", n), "matter": "RT04", "name": p.Name, "id_no": p.ID, "mobile": p.Mobile,
		"licence": file.Licences[0].ID, "categories": []string{p.Category},
		"form": map[string]string{
			"address": "上海市浦东新区演示路 1 号", "reason": "LOST", "statement": "上周在公交车上遗失（演示）", "delivery": "COUNTER", "agent": "SELF",
		},
	}, &c)
	if err == nil {
		err = desk.Do(ctx, http.MethodPost, all+"/"+c.ID+"/materials/M03/original", nil, &c)
	}
	if err == nil {
		err = desk.Upload(ctx, all+"/"+c.ID+"/materials/M05", map[string][]byte{"file": portrait()}, map[string]string{"file": "演示照片.jpg"}, &c)
	}
	for i, verb := range courses[n] {
		if err == nil {
			err = s.act(ctx, logins, &c, verb, fmt.Sprintf("demo-%02d-%02d-%s", n, i, verb))
		}
	}
	return err
}

// act is one step of a course, by whoever may take it.
func (s *Stack) act(ctx context.Context, logins map[string]Login, c *CasePage, verb, id string) error {
	who := map[string]string{"claim": reviewer, "pass-review": reviewer, "propose-refusal": reviewer, "suspend": reviewer, "grant": approver, "deny": approver}[verb]
	if who == "" {
		who = window
	}
	at, err := s.SignIn(ctx, logins[who])
	if err != nil {
		return err
	}
	path := "/api/v1/licensing/cases/" + c.ID
	if verb == "pass-review" {
		err = s.answered(ctx, at, c)
		for _, k := range slices.Clone(c.Checks) { // each answer is read over the last
			if k.Result != "UNKNOWN" || err != nil {
				continue
			}
			err = at.Do(ctx, http.MethodPost, path+"/confirmations", map[string]any{"code": k.Code, "version": c.Version, "text": "已核对证明原件（演示）"}, c)
		}
		if err != nil {
			return err
		}
	}
	body := map[string]any{"event_id": id, "version": c.Version, "text": words[verb]}
	switch verb {
	case "require-correction":
		body["defects"] = defects
	case "suspend":
		body["procedure"], body["days"] = "鉴定", 10
	case "deliver":
		body["delivery"] = map[string]any{"mode": "DIRECT", "place": "服务窗口（演示）"}
	case "refuse":
		body["ground"], body["competent"] = "OUTSIDE", "江苏省南京市交通运输局（演示）"
	case "deny":
		if len(c.Grounds) > 0 {
			body["unmet"] = []string{c.Grounds[0].Article}
		}
	}
	err = at.Do(ctx, http.MethodPost, path+"/"+verb, body, c)
	if err != nil && verb == "deliver" { // the receipts of 一网通办 may have been quicker
		if look := at.Do(ctx, http.MethodGet, path, nil, c); look == nil && c.State == "COMPLETED" {
			return nil
		}
	}
	return err
}

// defects are what the demonstration's applicants are told of, once and all of it.
var defects = []map[string]any{ //nolint:gochecknoglobals // a table
	{"part": "MATERIAL", "key": "M05", "name": "近期免冠白底彩色照片", "reason": "不是白底", "how_to": "请重新提供白底照片", "solved": false},
	{"part": "MATERIAL", "key": "M03", "name": "居民身份证", "reason": "背面看不清", "how_to": "请重新提供正反两面清晰的照片", "solved": false},
}

var words = map[string]string{ //nolint:gochecknoglobals,gosec // a table of what officials write, no secret in it
	"return": "遗失经过写得太简单，请写明时间、地点（演示）", "refuse": "档案已转到江苏省，原证由转入地的发证机关管理（演示）", "pass-review": "材料齐全，符合条件（演示）", "suspend": "笔迹需要鉴定（演示）",
	"propose-refusal": "申请人陈述的遗失经过与公安机关的记录不符，不符合补证条件（演示）",
	"withdraw":        "证件已找到，申请人撤回（演示）", "deny": "经核实证件并未遗失（演示）", "deliver": "核对身份证件后领取（演示）",
}

// portrait is a plain picture in place of a photograph: nobody's face.
func portrait() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 358, 441))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(90, 90, 268, 441), image.NewUniform(color.Gray{Y: 160}), image.Point{}, draw.Src)
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, nil) // into memory, it cannot fail
	return b.Bytes()
}
