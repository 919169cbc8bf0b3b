package stack

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"huyun.internal/deploy/seed"
	"huyun.internal/simulators/crowd"
)

// The demonstration's venue.
const (
	venueCode = "101"
	venueName = "浦东分考场（演示）"
	venueRoom = "一号考室"
)

// Exam is a sitting that has been put on the plan through the console.
type Exam struct {
	Venue   string         `json:"venue"`
	Sitting string         `json:"sitting"`
	Title   string         `json:"title"`
	People  []crowd.Person `json:"people"` // Camera is what their camera shows
	// Seats is who was given which seat, by admission number.
	Seats map[string]string `json:"seats,omitempty"`
	// Next is the demonstration's other sitting, for when this one is over.
	Next *Exam `json:"next,omitempty"`
}

// Plan says which exam to put on.
type Plan struct {
	Title      string
	Rule       string // id in seed.Rules
	Candidates int
	Spare      int // seats beyond the candidates
	Strangers  int // every n-th candidate's reference picture is of somebody else; 0: nobody's
	Seed       uint64
	Minutes    int           // working time; 0: the rule's
	In         time.Duration // from now to the start on the plan; 0: ten minutes
}

// venue finds the demonstration venue or makes it.
func (s *Stack) venue(seats int) func(context.Context, *Client) (string, error) {
	return func(ctx context.Context, admin *Client) (string, error) {
		var found struct{ Items []struct{ ID, Code string } }
		err := admin.Do(ctx, http.MethodGet, "/api/v1/exam/venues?page_size=200", nil, &found)
		if err != nil {
			return "", err
		}
		for _, v := range found.Items {
			if v.Code == venueCode {
				return v.ID, nil
			}
		}
		made, err := place(ctx, admin, venueCode, venueName, seats)
		return made.Venue, err
	}
}

// Prepare makes accounts and venue, imports the question bank and the rules,
// and enrols the edge. What is there already stays.
func (s *Stack) Prepare(ctx context.Context, seats int) (map[string]Login, error) {
	s.Say("正在建立演示账号与考场 …")
	logins, err := s.makePeople(ctx, s.venue(seats))
	if err != nil {
		return nil, err
	}
	s.Say("正在导入题库并审核 …")
	err = s.importBank(ctx, logins)
	if err != nil {
		return nil, fmt.Errorf("question bank: %w", err)
	}
	err = s.saveSchemes(ctx, logins)
	if err != nil {
		return nil, fmt.Errorf("practical exams: %w", err)
	}
	s.Say("正在注册考场设备 …")
	return logins, s.enrol(ctx, logins)
}

func (s *Stack) importBank(ctx context.Context, logins map[string]Login) error {
	author, err := s.SignIn(ctx, logins["wang.tiku"])
	if err != nil {
		return err
	}
	var have struct{ Total int }
	err = author.Do(ctx, http.MethodGet, "/api/v1/exam/questions?page_size=1", nil, &have)
	if err != nil || have.Total > 0 {
		return err
	}
	reviewer, err := s.SignIn(ctx, logins["zhao.shenti"])
	if err != nil {
		return err
	}
	books, err := seed.Workbooks()
	if err != nil {
		return err
	}
	for _, b := range books {
		var in struct {
			OK       bool
			Batch    string
			Problems json.RawMessage
		}
		err = author.Upload(ctx, "/api/v1/exam/batches", map[string][]byte{"workbook": b.Data}, map[string]string{"workbook": b.File}, &in)
		if err != nil {
			return fmt.Errorf("%s: %w", b.File, err)
		}
		if !in.OK {
			return fmt.Errorf("%s: %s", b.File, in.Problems)
		}
		err = reviewer.Do(ctx, http.MethodPost, "/api/v1/exam/batches/"+in.Batch+"/decide", map[string]any{"approve": true}, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", b.File, err)
		}
	}
	return s.saveRules(ctx, logins)
}

func (s *Stack) saveRules(ctx context.Context, logins map[string]Login) error {
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return err
	}
	for _, r := range seed.Rules() {
		_, err = s.saveRule(ctx, admin, r)
		if err != nil {
			return fmt.Errorf("rule %s: %w", r.Name, err)
		}
	}
	return nil
}

// saveRule puts a rule in through the console and returns its id there.
func (s *Stack) saveRule(ctx context.Context, admin *Client, rule any) (string, error) {
	raw, err := json.Marshal(rule)
	if err != nil {
		return "", err
	}
	form := map[string]any{}
	err = json.Unmarshal(raw, &form)
	if err != nil {
		return "", err
	}
	delete(form, "id") // the console names and numbers rules itself
	delete(form, "version")
	var saved struct {
		Rule        struct{ ID string }
		Feasibility struct{ OK bool }
	}
	err = admin.Do(ctx, http.MethodPost, "/api/v1/exam/rules", form, &saved)
	if err == nil && !saved.Feasibility.OK {
		err = errors.New("the bank cannot satisfy it")
	}
	return saved.Rule.ID, err
}

// enrol makes the edge a device of the venue: a code asked for by one person,
// approved by another, used by the device's own command.
func (s *Stack) enrol(ctx context.Context, logins map[string]Login) error {
	_, err := os.Stat(filepath.Join(s.EdgeData(), "enrolment.json"))
	if err == nil {
		return nil
	}
	sys, err := s.SignIn(ctx, logins["sysadmin"])
	if err != nil {
		return err
	}
	sec, err := s.SignIn(ctx, logins["secadmin"])
	if err != nil {
		return err
	}
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return err
	}
	venue, err := s.venue(1)(ctx, admin)
	if err != nil {
		return err
	}
	code, err := newCode(ctx, sys, sec, venue)
	if err != nil {
		return err
	}
	return s.useCode(ctx, s.edgeConfig(), code)
}

// Planned plans a sitting that nobody is in yet, and answers of which category it is.
func (s *Stack) Planned(ctx context.Context, logins map[string]Login, p Plan) (*Exam, string, error) {
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return nil, "", err
	}
	rule, err := s.ruleOf(ctx, admin, p)
	if err != nil {
		return nil, "", err
	}
	e := &Exam{Title: p.Title}
	e.Venue, err = s.venue(p.Candidates+p.Spare)(ctx, admin)
	if err != nil {
		return nil, "", err
	}
	var made struct{ ID, Category string }
	err = admin.Do(ctx, http.MethodPost, "/api/v1/exam/sittings", map[string]any{
		"title": p.Title, "venue": e.Venue, "room": venueRoom, "rule": rule, "rule_version": 1,
		"starts_at": time.Now().Add(cmp.Or(p.In, 10*time.Minute)).UTC().Truncate(time.Minute),
	}, &made)
	if err != nil {
		return nil, "", fmt.Errorf("sitting: %w", err)
	}
	e.Sitting = made.ID
	return e, made.Category, nil
}

// PutOn plans a sitting with candidates and sends it to the venue.
func (s *Stack) PutOn(ctx context.Context, logins map[string]Login, p Plan) (*Exam, error) {
	e, category, err := s.Planned(ctx, logins, p)
	if err != nil {
		return nil, err
	}
	admin, err := s.SignIn(ctx, logins["zhang.kaowu"])
	if err != nil {
		return nil, err
	}
	err = s.enlist(ctx, admin, e, p, category)
	if err != nil {
		return nil, fmt.Errorf("candidates: %w", err)
	}
	err = confirm(ctx, admin, e.Sitting)
	if err != nil {
		return nil, err
	}
	err = admin.Do(ctx, http.MethodPost, "/api/v1/exam/sittings/"+e.Sitting+"/assign", nil, nil)
	if err != nil {
		return nil, err
	}
	return e, s.readSeats(ctx, admin, e)
}

// confirm says that the candidates of a sitting may sit it, kind by kind.
func confirm(ctx context.Context, admin *Client, sitting string) error {
	var groups struct {
		Items []struct{ Kind, Roll string }
	}
	err := admin.Do(ctx, http.MethodGet, "/api/v1/exam/sittings/"+sitting+"/groups", nil, &groups)
	if err != nil {
		return err
	}
	for _, g := range groups.Items {
		word := map[string]string{"kind": g.Kind, "roll": g.Roll, "basis": "演示数据，报名材料已核对"}
		err = admin.Do(ctx, http.MethodPost, "/api/v1/exam/sittings/"+sitting+"/confirm", word, nil)
		if err != nil {
			return fmt.Errorf("confirm candidates: %w", err)
		}
	}
	return nil
}

// readSeats asks the console who sits where.
func (s *Stack) readSeats(ctx context.Context, admin *Client, e *Exam) error {
	e.Seats = map[string]string{}
	for page := 1; len(e.Seats) < len(e.People); page++ {
		var list struct {
			Items []struct{ Admission, Seat string }
		}
		err := admin.Do(ctx, http.MethodGet, fmt.Sprintf("/api/v1/exam/sittings/%s/candidates?page=%d&page_size=200", e.Sitting, page), nil, &list)
		if err != nil {
			return err
		}
		if len(list.Items) == 0 {
			return errors.New("not all candidates are listed")
		}
		for _, row := range list.Items {
			e.Seats[row.Admission] = row.Seat
		}
	}
	return nil
}

// ruleOf finds the rule at the console; another working time makes another
// rule.
func (s *Stack) ruleOf(ctx context.Context, admin *Client, p Plan) (string, error) {
	for _, r := range seed.Rules() {
		if r.ID != p.Rule {
			continue
		}
		if p.Minutes > 0 {
			r.Minutes, r.Name = p.Minutes, fmt.Sprintf("%s（%d 分钟）", r.Name, p.Minutes)
			return s.saveRule(ctx, admin, r)
		}
		var found struct{ Items []struct{ ID, Name string } }
		err := admin.Do(ctx, http.MethodGet, "/api/v1/exam/rules?page_size=200", nil, &found)
		if err != nil {
			return "", err
		}
		for _, f := range found.Items {
			if f.Name == r.Name {
				return f.ID, nil
			}
		}
	}
	return "", fmt.Errorf("no rule %s", p.Rule)
}

// enlist imports invented candidates with real faces and reads their admission
// numbers back.
func (s *Stack) enlist(ctx context.Context, admin *Client, e *Exam, p Plan, category string) error {
	people := seed.Men(p.Candidates, p.Seed)
	faces, err := seed.Faces(ctx)
	if err != nil {
		return err
	}
	err = seed.Portraits(people, faces, p.Strangers)
	if err != nil {
		return err
	}
	book, err := seed.CandidateWorkbook(people, category)
	if err != nil {
		return err
	}
	var in struct {
		OK       bool
		Problems json.RawMessage
	}
	err = admin.Upload(ctx, "/api/v1/exam/sittings/"+e.Sitting+"/candidates", map[string][]byte{"workbook": book}, map[string]string{"workbook": "考生名单.xlsx"}, &in)
	if err != nil {
		return err
	}
	if !in.OK {
		return fmt.Errorf("refused: %s", in.Problems)
	}
	// The console lists candidates in the order of the workbook.
	for page := 1; len(e.People) < len(people); page++ {
		var list struct {
			Items []struct{ Admission string }
		}
		err = admin.Do(ctx, http.MethodGet, fmt.Sprintf("/api/v1/exam/sittings/%s/candidates?page=%d&page_size=200", e.Sitting, page), nil, &list)
		if err != nil {
			return err
		}
		if len(list.Items) == 0 {
			return errors.New("not all candidates are listed")
		}
		for _, row := range list.Items {
			i := len(e.People)
			camera, err := seed.Camera(faces, seed.Developer, uint64(i)+1000)
			if err != nil {
				return err
			}
			e.People = append(e.People, crowd.Person{Admission: row.Admission, IDNumber: people[i].ID, Camera: camera})
		}
	}
	return nil
}
