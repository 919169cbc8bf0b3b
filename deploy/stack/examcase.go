package stack

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/simulators/onestop"
)

// Registrations for an exam (EX01), made online by newcomers: one as far as each step
// on the way from the acceptance to the ticket.
var examCases = []struct{ note, until string }{ //nolint:gochecknoglobals // a table
	{"考试报名：已受理，等待准予，可看应缴的考试费", "accept"},
	{"考试报名：已准予，待缴费，可看怎样缴、什么时候前缴", "grant"},
	{"考试报名：已缴费，等待安排考试", examPaid},
	{"考试报名：已安排考试，可打开准考证", examArranged},
	{"考试报名：逾期未缴费，已终止，可重新报名", examEnded},
}

const (
	examPaid     = "paid"
	examArranged = "arranged"
	examEnded    = "ended"

	examPrefix = "P6"
	examSeed   = portalSeed + 2
)

func examPeople() []seed.Candidate { return seed.Candidates(len(examCases), examSeed) }

// examAccounts are their accounts at the platform.
func examAccounts() []onestop.Listed {
	var out []onestop.Listed
	for i, p := range examPeople() {
		out = append(out, onestop.Listed{Account: portalAccount(p, fmt.Sprintf(examPrefix+"%03d", i+1)), Note: "有办件 · " + examCases[i].note})
	}
	return out
}

// Registrations makes the demonstration's registrations for an exam, through the pages
// of applicants and officials.
func (s *Stack) Registrations(ctx context.Context, logins map[string]Login) error {
	if !s.Simulators.Running() {
		return nil
	}
	for i, a := range examAccounts() {
		if err := s.registration(ctx, logins, a.UserID, examPeople()[i], examCases[i].until); err != nil {
			return fmt.Errorf("demonstration registration, %s: %w", examCases[i].note, err)
		}
	}
	return nil
}

func (s *Stack) registration(ctx context.Context, logins map[string]Login, user string, p seed.Candidate, until string) error {
	at, err := s.Arrive(ctx, user)
	if err != nil {
		return err
	}
	id := "demo-exam-" + user
	page, err := BeginOnline(ctx, at, "EX01", false, id)
	if err == nil {
		err = FillOnline(ctx, at, &page, map[string]string{
			"category": "13001", "exam": "THEORY", "consent": "YES", "driving_no": p.ID, "driving_class": "A1",
			"driving_first": day(time.Now().AddDate(-6, 0, 0)), "driving_until": day(time.Now().AddDate(4, 0, 0)),
		}, id)
	}
	if err == nil && len(page.Lacking) > 0 {
		err = fmt.Errorf("lacking: %v", page.Lacking)
	}
	if err == nil {
		err = AskOnline(ctx, at, &page, "submit", id)
	}
	if err != nil {
		return err
	}
	c, err := s.Desk(ctx, logins, page.ID)
	for _, verb := range []string{"receive", "accept", "claim", "pass-review", "grant"} {
		if err == nil {
			err = s.act(ctx, logins, &c, verb, id+"-"+verb)
		}
		if verb == until {
			break
		}
	}
	switch {
	case err != nil:
		return err
	case until == examPaid || until == examArranged:
		return s.payAndArrange(ctx, logins, c.ID, "JK2026"+user, until == examArranged)
	case until == examEnded:
		boss, err := s.SignIn(ctx, logins[approver])
		if err != nil {
			return err
		}
		return boss.Do(ctx, http.MethodPost, "/api/v1/licensing/cases/"+c.ID+"/exam-end", map[string]any{"event_id": id + "-end", "version": c.Version, "text": "逾期未缴款（演示）"}, nil)
	}
	return nil
}

// payAndArrange registers a paid notice and gives a place with a seat in a sitting of
// its own, some days ahead.
func (s *Stack) payAndArrange(ctx context.Context, logins map[string]Login, id, notice string, place bool) error {
	desk, err := s.SignIn(ctx, logins[window])
	if err != nil {
		return err
	}
	var c struct {
		Enrolment struct {
			ID      string
			Version int
			Fen     int64
		}
	}
	err = desk.Do(ctx, http.MethodGet, "/api/v1/licensing/cases/"+id, nil, &c)
	if err == nil {
		err = desk.Do(ctx, http.MethodPost, "/api/v1/exam/enrolments/"+c.Enrolment.ID+"/pay", map[string]any{
			"notice_no": notice, "paid_on": day(time.Now()), "fen": c.Enrolment.Fen, "version": c.Enrolment.Version,
		}, nil)
	}
	if err != nil || !place {
		return err
	}
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return err
	}
	e, err := s.PutOn(ctx, logins, Plan{
		Title: "公交驾驶员理论考试（演示，报名安排）", Rule: "demo-13001-short", Candidates: 2, Spare: demoSeats - 2, Seed: 61, In: 5 * 24 * time.Hour,
	})
	if err == nil {
		err = admin.Do(ctx, http.MethodPost, "/api/v1/exam/enrolments/arrange", map[string]any{"sitting": e.Sitting, "ids": []string{c.Enrolment.ID}}, nil)
	}
	if err == nil {
		err = confirm(ctx, admin, e.Sitting)
	}
	if err == nil {
		err = admin.Do(ctx, http.MethodPost, "/api/v1/exam/sittings/"+e.Sitting+"/assign", nil, nil)
	}
	return err
}
