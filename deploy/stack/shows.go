package stack

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/simulators/onestop"
)

// show is one application of the demonstration that was made online, and how far
// it has come: every state that an applicant meets has one.
type show struct {
	matter, category string // of the certificate that it is about
	note             string // for whoever chooses the account
	form             map[string]string
	course           []string
}

var (
	lostIt = map[string]string{"reason": "LOST", "statement": "上周在地铁上遗失（演示）", "delivery": "COUNTER"}
	newTel = map[string]string{"change": "ADDRESS", "new_address": "上海市静安区演示路 2 号", "delivery": "COUNTER"}
	endsIt = map[string]string{"reason": "SELF"}
)

const (
	half   = "half"   // fill in half of the form, and leave
	listed = "listed" // a court reports the applicant
	recall = "recall" // the applicant takes it back
	struck = "struck" // the certificate is revoked, and with it what was applied for stops
)

// shows are the demonstration's online applications. What officials do follows
// the submission, as in courses.
var shows = []show{ //nolint:gochecknoglobals // a table
	{"RT04", "02001", "道路货运补证：草稿填了一半，可继续填写、提交", map[string]string{"reason": "LOST"}, []string{half}},
	{"DG04", "03003", "危险品押运变更：已提交，等待窗口收件", newTel, nil},
	{"TX03", "09002", "巡游出租补证：被退回修改，可按理由改后重新提交", lostIt, []string{"receive", "return"}},
	{"NT03", "09003", "网约车补证：待补正两处，可补齐后提交", lostIt, []string{"receive", "require-correction"}},
	{"RT05", "02001", "道路货运变更：已受理，可看受理通知书", newTel, []string{"receive", "accept"}},
	{"DG02", "03001", "危险品驾驶换证：列入失信名单后加强审核，系统已起草延期", map[string]string{"reason": "EXPIRE", "delivery": "COUNTER"}, []string{listed, "receive", "accept", "claim"}},
	{"TX02", "09002", "巡游出租注销：准予并已送达，可打开各项文书", endsIt, []string{"receive", "accept", "claim", "pass-review", "grant", "certificate-done", "deliver"}},
	{"NT03", "09003", "网约车补证：申请人已撤回", lostIt, []string{"receive", recall}},
	{"RT04", "02001", "道路货运补证：不予受理，可看决定和理由", lostIt, []string{"receive", "refuse"}},
	{"DG03", "03003", "危险品押运补证：不予许可，可看决定和救济途径", lostIt, []string{"receive", "accept", "claim", "propose-refusal", "deny"}},
	{"NT03", "09003", "网约车补证：已准予，正在制证", lostIt, []string{"receive", "accept", "claim", "pass-review", "grant", "make-certificate"}},
	{"RT04", "02001", "道路货运补证：受理后从业资格被吊销，办件停在审查，不能准予；再申请也不能提交", lostIt, []string{"receive", "accept", struck}},
}

// ShowCategories are the certificates that the people of the online applications
// have, in their order.
func ShowCategories() []string {
	out := make([]string, len(shows))
	for i, s := range shows {
		out[i] = s.category
	}
	return out
}

// shown are the platform's accounts of the people with an application.
func shown(people []seed.Candidate) []onestop.Listed {
	out := make([]onestop.Listed, 0, len(shows))
	for i, p := range people[:min(len(people), len(shows))] {
		out = append(out, onestop.Listed{Account: portalAccount(p, fmt.Sprintf(shownPrefix+"%03d", i+1)), Note: "有办件 · " + shows[i].note})
	}
	return out
}

// Shown makes the demonstration's online applications through the applicants' own
// pages: people are those of ShowCategories, whom the platform knows already. It
// answers how many there are.
func (s *Stack) Shown(ctx context.Context, logins map[string]Login, people []seed.Candidate) (int, error) {
	if !s.Simulators.Running() {
		return 0, nil
	}
	for i, a := range shown(people) {
		if err := s.shows(ctx, logins, shows[i], people[i], a.UserID); err != nil {
			return i, fmt.Errorf("demonstration online, %s: %w", shows[i].note, err)
		}
	}
	return len(shows), s.barred(ctx)
}

func (s *Stack) shows(ctx context.Context, logins map[string]Login, o show, p seed.Candidate, user string) error {
	at, page, err := s.ApplyOnline(ctx, user, o.matter, o.form, slices.Contains(o.course, half))
	if err != nil || len(o.course) == 0 || o.course[0] == half {
		return err
	}
	id := "demo-online-" + user
	c, err := s.Desk(ctx, logins, page.ID)
	for _, verb := range o.course {
		switch {
		case err != nil:
			return err
		case verb == recall:
			page.Version = c.Version
			err = AskOnline(ctx, at, &page, "withdraw", id)
		case verb == listed, verb == struck:
			if verb == listed {
				err = s.Report(ctx, p.ID)
			} else {
				err = s.Strike(ctx, p.ID, "（模拟）沪交罚〔2026〕101号")
			}
			if err == nil {
				c, err = s.Desk(ctx, logins, page.ID)
			}
		default:
			err = s.act(ctx, logins, &c, verb, id+"-"+verb)
		}
	}
	return err
}

// Educate gives people the hours of continuing education that a renewal asks for.
func (s *Stack) Educate(ctx context.Context, logins map[string]Login, people []seed.Candidate) error {
	desk, err := s.SignIn(ctx, logins[window])
	if err != nil {
		return err
	}
	on := time.Now().AddDate(0, -4, 0)
	for _, p := range people {
		var found struct{ Items []struct{ ID string } }
		err = desk.Do(ctx, http.MethodGet, "/api/v1/practitioners?q="+p.ID, nil, &found)
		if err == nil && len(found.Items) == 0 {
			err = fmt.Errorf("no file of %s", p.Name)
		}
		if err == nil {
			err = desk.Do(ctx, http.MethodPost, "/api/v1/practitioners/"+found.Items[0].ID+"/education", map[string]any{
				"category": p.Category, "org": "申城交通培训学校（演示）", "hours": 54, "begins": day(on.AddDate(0, 0, -20)), "ends": day(on), "mode": "ONSITE", "source": "演示数据",
			}, nil)
		}
		if err != nil {
			return fmt.Errorf("demonstration education: %w", err)
		}
	}
	return nil
}

// ApplyOnline applies for a matter about an account's certificate, and submits it; one
// that is halfway is left as a draft.
func (s *Stack) ApplyOnline(ctx context.Context, user, matter string, says map[string]string, halfway bool) (*Client, OwnPage, error) {
	at, err := s.Arrive(ctx, user)
	if err != nil {
		return nil, OwnPage{}, err
	}
	id := "online-" + user + "-" + matter
	page, err := BeginOnline(ctx, at, matter, true, id)
	if err != nil {
		return at, page, err
	}
	form := maps.Clone(says)
	if form["change"] != "" {
		form["changed_on"] = day(time.Now().AddDate(0, 0, -3))
	}
	if halfway {
		body := map[string]any{"event_id": id + "-half", "version": page.Version, "categories": page.Categories, "form": form}
		return at, page, at.Do(ctx, http.MethodPut, ownCases+"/"+page.ID+"/form", body, &page)
	}
	err = FillOnline(ctx, at, &page, form, id)
	if err == nil && len(page.Lacking) > 0 {
		err = fmt.Errorf("lacking: %v", page.Lacking)
	}
	if err == nil {
		err = AskOnline(ctx, at, &page, "submit", id)
	}
	return at, page, err
}

// Report puts somebody on a list that wants a stricter review.
func (s *Stack) Report(ctx context.Context, idNo string) error {
	return s.Outside(ctx, http.MethodPost, "/credit/entries", map[string]any{"entries": []map[string]string{{
		"id_no": idNo, "list_type": "JUDGMENT", "reason": "有履行能力而拒不履行生效法律文书确定的义务", "decision_no": "（模拟）沪信列〔2026〕88号",
		"org": "上海市（模拟）人民法院", "listed_at": time.Now().AddDate(0, -1, 0).Format(time.DateOnly),
	}}}, nil)
}

// barred is somebody on a list that bars what they have begun: the draft stays,
// with the way out.
func (s *Stack) barred(ctx context.Context) error {
	at, err := s.Arrive(ctx, barredUser)
	if err == nil {
		_, err = BeginOnline(ctx, at, "RT01", false, "demo-online-"+barredUser)
	}
	return err
}
