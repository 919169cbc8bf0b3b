package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"huyun.internal/deploy/seed"
	"huyun.internal/simulators/onestop"
)

// OwnPage is what an applicant's page shows, as far as a demonstration or a
// scenario looks.
type OwnPage struct {
	ID         string
	ApplyNo    string `json:"apply_no"`
	Title      string
	State      string
	Version    int
	Todo, Due  string
	Categories []string
	Values     map[string]string
	Sources    map[string]struct{ Code, Name string }
	Fields     []struct {
		Key, Kind, Source string
		Required          bool
		Choices           []struct{ Value string }
	}
	Wanted []struct {
		Code, Source string
		Forms        []string
		Required     bool
	}
	Materials []struct{ Code, Form, Source string }
	Lacking   []struct{ Part, Key, Name string }
	Defects   []struct{ Name, Reason string }
	Letters   []struct {
		ID, Kind, Number string
	}
	Course []struct{ Event, Name, Text string }
	Can    []string
}

// Accounts are who can sign on at the simulated 一网通办.
func (s *Stack) Accounts() ([]onestop.Listed, error) {
	raw, err := os.ReadFile(filepath.Join(s.simulatorsData(), onestop.ListName))
	var list onestop.List
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	return list.Accounts, err
}

// Arrive signs somebody on at the simulated 一网通办 and brings them to the
// applicants' pages.
func (s *Stack) Arrive(ctx context.Context, user string) (*Client, error) {
	var token struct {
		TokenSNO string `json:"tokenSNO"`
	}
	err := s.Outside(ctx, http.MethodPost, "/onestop/_control/tokens", map[string]string{"userId": user}, &token)
	if err != nil {
		return nil, err
	}
	c := NewClient(s.OnlineURL())
	var arrived struct {
		Ticket string `json:"ticket"`
	}
	var session struct{ CSRF string }
	err = c.Do(ctx, http.MethodPost, "/api/v1/own/session", map[string]string{"token_sno": token.TokenSNO}, &arrived)
	if err == nil {
		err = c.Do(ctx, http.MethodPost, "/api/v1/own/session/confirm", arrived, &session)
	}
	c.CSRF = session.CSRF
	return c, err
}

const ownCases = "/api/v1/own/cases"

// BeginOnline opens an application; with licence, about the applicant's
// certificate.
func BeginOnline(ctx context.Context, at *Client, matter string, licence bool, id string) (p OwnPage, err error) {
	var intro struct{ Licences []struct{ ID string } }
	err = at.Do(ctx, http.MethodGet, "/api/v1/own/matters/"+matter, nil, &intro)
	body := map[string]any{"event_id": id + "-open", "matter": matter}
	if err == nil && licence {
		if len(intro.Licences) == 0 {
			return p, fmt.Errorf("%s: no certificate to choose", matter)
		}
		body["licence"] = intro.Licences[0].ID
	}
	if err == nil {
		err = at.Do(ctx, http.MethodPost, ownCases, body, &p)
	}
	return p, err
}

// FillOnline writes down what the form asks of the applicant, what they know first,
// and hands in each material that it takes.
func FillOnline(ctx context.Context, at *Client, p *OwnPage, knows map[string]string, id string) error {
	form := maps.Clone(knows)
	if form == nil {
		form = map[string]string{}
	}
	categories := p.Categories
	for _, f := range p.Fields {
		_, said := p.Sources[f.Key]
		switch {
		case f.Kind == "category" && form[f.Key] != "":
			categories = []string{form[f.Key]}
			delete(form, f.Key)
		case said || form[f.Key] != "" || p.Values[f.Key] != "" || !f.Required:
		case f.Kind == "choice":
			form[f.Key] = f.Choices[0].Value
		case f.Kind == "reason" || f.Kind == "text":
			form[f.Key] = "演示填写的内容"
		}
	}
	body := map[string]any{"event_id": id + "-save", "version": p.Version, "categories": categories, "form": form}
	err := at.Do(ctx, http.MethodPut, ownCases+"/"+p.ID+"/form", body, p)
	for _, m := range slices.Clone(p.Wanted) {
		path := ownCases + "/" + p.ID + "/materials/" + m.Code
		switch {
		case err != nil:
			return err
		case slices.Contains(m.Forms, "scan"):
			err = at.Upload(ctx, path, map[string][]byte{"file": portrait()}, map[string]string{"file": "演示材料.jpg"}, p)
		case slices.Contains(m.Forms, "pledge"):
			err = at.Do(ctx, http.MethodPost, path+"/pledge", nil, p)
		}
	}
	return err
}

// AskOnline submits, supplements or withdraws.
func AskOnline(ctx context.Context, at *Client, p *OwnPage, verb, id string) error {
	return at.Do(ctx, http.MethodPost, ownCases+"/"+p.ID+"/"+verb, map[string]any{"event_id": id + "-" + verb, "version": p.Version}, p)
}

// Desk is the case as officials see it.
func (s *Stack) Desk(ctx context.Context, logins map[string]Login, id string) (c CasePage, err error) {
	desk, err := s.SignIn(ctx, logins[window])
	if err == nil {
		err = desk.Do(ctx, http.MethodGet, "/api/v1/licensing/cases/"+id, nil, &c)
	}
	return c, err
}

// Enlist gives more people an account at the simulated 一网通办, P9000 on.
func (s *Stack) Enlist(people []seed.Candidate) error {
	path := filepath.Join(s.simulatorsData(), onestop.ListName)
	raw, err := os.ReadFile(path)
	var list onestop.List
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	if err != nil {
		return err
	}
	for i, p := range people {
		list.Accounts = append(list.Accounts, onestop.Listed{Account: portalAccount(p, fmt.Sprintf("P9%03d", i))})
	}
	if raw, err = json.MarshalIndent(list, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, raw, 0o600)
}
