package stack

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"huyun.internal/protocol/clock"
)

// BusCompanies are the demonstration's: name and unified social credit code.
var BusCompanies = [][2]string{{companies[0].name, companies[0].uscc}, {"上海演示公共交通有限公司", "91310000DEMA0003X5"}} //nolint:gochecknoglobals // a table

// Employee is somebody of a bus company, with the certificate of a post.
type Employee struct {
	Name, ID, Mobile, Category string
}

// Books are the workbooks of the demonstration's bus companies.
type Books struct {
	Files, Roster []byte
	Roll          []Employee // of the roster
	Retired       []Employee // three: working on, ending soon, dismissed
}

// Companies gives the demonstration its bus companies: a batch on its way, and
// people who were hired again.
func (s *Stack) Companies(ctx context.Context, logins map[string]Login, b Books) error {
	err := s.TakeOver(ctx, logins, b.Files)
	if err != nil {
		return fmt.Errorf("bus people: %w", err)
	}
	today := time.Now()
	for i, p := range b.Retired {
		until := []time.Time{today.AddDate(0, 8, 0), today.AddDate(0, 0, 20), today.AddDate(0, 10, 0)}[i]
		company := BusCompanies[i%2]
		if err := s.Rehire(ctx, logins, p, company, today.AddDate(0, -2, 0), until, fmt.Sprintf("demo-rehire-%d", i)); err != nil {
			return fmt.Errorf("rehire %d: %w", i, err)
		}
		if i == 2 {
			if err := s.Dismiss(ctx, logins, p, company, today.AddDate(0, 0, -26), "demo-dismiss"); err != nil {
				return fmt.Errorf("dismiss: %w", err)
			}
		}
	}
	got, err := s.SendRoster(ctx, logins, BusCompanies[0], b.Roster, Pictures(b.Roll, len(b.Roll)-2))
	if err != nil {
		return fmt.Errorf("roster: %w", err)
	}
	for _, step := range [][2]string{{"submit", "submit"}, {"accept", "receive"}} {
		if _, err := s.ActOnBatch(ctx, logins, got.Batch, step[0], step[1]); err != nil {
			return fmt.Errorf("batch %s: %w", step[1], err)
		}
	}
	return nil
}

// TakeOver takes certificates over from a workbook of the system before.
func (s *Stack) TakeOver(ctx context.Context, logins map[string]Login, book []byte) error {
	rev, err := s.SignIn(ctx, logins[reviewer])
	if err != nil {
		return err
	}
	var in struct {
		OK       bool
		Problems []struct{ Problem string }
	}
	err = rev.Upload(ctx, "/api/v1/practitioner-imports", map[string][]byte{"workbook": book}, map[string]string{"workbook": "从业人员（演示）.xlsx"}, &in)
	if err == nil && !in.OK {
		err = fmt.Errorf("not taken over: %v", in.Problems)
	}
	return err
}

// Pictures is a zip with everybody's portrait, and identity cards for so many.
func Pictures(people []Employee, cards int) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, p := range people {
		names := []string{p.ID + ".jpg"}
		if i < cards {
			names = append(names, p.ID+"_M03.jpg")
		}
		for _, n := range names {
			f, _ := w.Create(n) // into memory, it cannot fail
			_, _ = f.Write(portrait())
		}
	}
	_ = w.Close()
	return b.Bytes()
}

// Signature is a picture in place of a signature.
func Signature() []byte { return portrait() }

// Sent is the answer to a roster.
type Sent struct {
	OK       bool
	Batch    string
	Number   string
	Rows     int
	Errors   int
	Same     []string
	Report   string
	Problems []struct {
		Row  int
		Text string
	}
}

// SendRoster sends a company's roster at the window and waits until its lines
// have their cases.
func (s *Stack) SendRoster(ctx context.Context, logins map[string]Login, company [2]string, roster, pictures []byte) (out Sent, err error) {
	desk, err := s.SignIn(ctx, logins[window])
	if err != nil {
		return out, err
	}
	about, err := json.Marshal(map[string]string{
		"company": company[0], "company_code": company[1], "contact": "陈经办", "phone": "19904300001", "address": "上海市浦东新区演示路 88 号",
	})
	if err != nil {
		return out, err
	}
	files := map[string][]byte{"workbook": roster, "about": about}
	if pictures != nil {
		files["files"] = pictures
	}
	const all = "/api/v1/licensing/batches"
	err = desk.Upload(ctx, all, files, map[string]string{"workbook": "企业名册（演示）.xlsx", "files": "照片.zip"}, &out)
	for err == nil && out.Batch != "" {
		var now struct{ Pending int }
		err = desk.Do(ctx, http.MethodGet, all+"/"+out.Batch, nil, &now)
		if now.Pending == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return out, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return out, err
}

// Done is what became of a line.
type Done struct {
	No   int
	OK   bool
	Text string
}

// ActOnBatch does something to every case of a batch that can meet it.
func (s *Stack) ActOnBatch(ctx context.Context, logins map[string]Login, batch, path, event string) ([]Done, error) {
	desk, err := s.SignIn(ctx, logins[window])
	if err != nil {
		return nil, err
	}
	var all []Done
	for after := 0; ; {
		var got struct {
			Items []Done
			Next  int
		}
		err = desk.Do(ctx, http.MethodPost, "/api/v1/licensing/batches/"+batch+"/"+path, map[string]any{"event": event, "after": after}, &got)
		all = append(all, got.Items...)
		if after = got.Next; err != nil || after == 0 {
			return all, err
		}
	}
}

// Rehire walks a rehire from the window to the end.
func (s *Stack) Rehire(ctx context.Context, logins map[string]Login, p Employee, company [2]string, from, until time.Time, id string) error {
	form := map[string]string{
		"rehire_from": day(from), "rehire_until": day(until),
		"health_until": day(until.AddDate(0, 0, 10)), "contract_until": day(until),
	}
	return s.service(ctx, logins, "RH01", p, company, form, []string{"M25", "M03", "M04"}, id)
}

// day is a moment's day in Shanghai, as forms have it.
func day(t time.Time) string { return clock.DateOf(t).String() }

// Dismiss walks a dismissal from the window to the end.
func (s *Stack) Dismiss(ctx context.Context, logins map[string]Login, p Employee, company [2]string, on time.Time, id string) error {
	form := map[string]string{"dismissed_on": day(on), "reason": "协议提前解除（演示）"}
	return s.service(ctx, logins, "RH02", p, company, form, []string{"M26"}, id)
}

func (s *Stack) service(ctx context.Context, logins map[string]Login, matter string, p Employee, company [2]string, form map[string]string, materials []string, id string) error {
	c, err := s.OpenFor(ctx, logins, matter, p, company, form, materials, id)
	if err != nil {
		return err
	}
	return s.Walk(ctx, logins, &c, id, "submit", "accept", "claim", "pass-review", "grant", "certificate-done", "deliver")
}

// Walk takes a case through its steps, each by whoever may.
func (s *Stack) Walk(ctx context.Context, logins map[string]Login, c *CasePage, id string, verbs ...string) error {
	for _, verb := range verbs {
		if err := s.act(ctx, logins, c, verb, id+"-"+verb); err != nil {
			return fmt.Errorf("%s: %w", verb, err)
		}
	}
	return nil
}

// OpenFor opens an application of an employee at the window with the materials
// that are handed in; the certificate is the one of the post, if there is any.
func (s *Stack) OpenFor(
	ctx context.Context, logins map[string]Login, matter string, p Employee, company [2]string, form map[string]string, materials []string, id string,
) (c CasePage, err error) {
	desk, err := s.SignIn(ctx, logins[window])
	if err != nil {
		return c, err
	}
	licence, err := certificateOf(ctx, desk, p)
	if err != nil {
		return c, err
	}
	all := map[string]string{"address": "上海市浦东新区演示路 88 号", "employer": company[0], "employer_code": company[1], "delivery": "COUNTER", "agent": "SELF"}
	for k, v := range form {
		all[k] = v
	}
	const cases = "/api/v1/licensing/cases"
	err = desk.Do(ctx, http.MethodPost, cases, map[string]any{
		"event_id": id + "-open", "matter": matter, "name": p.Name, "id_no": p.ID, "mobile": p.Mobile, "licence": licence, "categories": []string{p.Category}, "form": all,
	}, &c)
	for _, m := range materials {
		at := cases + "/" + c.ID + "/materials/" + m
		switch {
		case err != nil:
		case m == "M08":
			err = desk.Do(ctx, http.MethodPost, at+"/original", nil, &c)
		default:
			err = desk.Upload(ctx, at, map[string][]byte{"file": portrait()}, map[string]string{"file": "演示扫描件.jpg"}, &c)
		}
	}
	return c, err
}

func certificateOf(ctx context.Context, desk *Client, p Employee) (string, error) {
	var found struct{ Items []struct{ ID string } }
	err := desk.Do(ctx, http.MethodGet, "/api/v1/practitioners?q="+p.ID, nil, &found)
	if err != nil || len(found.Items) == 0 {
		return "", err
	}
	var file struct {
		Licences []struct {
			ID, State  string
			Categories []struct{ Category string }
		}
	}
	err = desk.Do(ctx, http.MethodGet, "/api/v1/practitioners/"+found.Items[0].ID, nil, &file)
	for _, l := range file.Licences {
		for _, k := range l.Categories {
			if l.State == "10" && k.Category == p.Category {
				return l.ID, nil
			}
		}
	}
	return "", err
}

// Cancellations fills the list of certificates that ought to be cancelled, without
// waiting for the night, and proposes the first.
func (s *Stack) Cancellations(ctx context.Context, logins map[string]Login) error {
	rev, err := s.SignIn(ctx, logins[reviewer])
	if err != nil {
		return err
	}
	const all = "/api/v1/licensing/cancellations"
	var found struct {
		Items []struct {
			ID      string
			Version int
		}
	}
	err = rev.Do(ctx, http.MethodPost, all+"/sweep", nil, nil)
	if err == nil {
		err = rev.Do(ctx, http.MethodGet, all+"?state=LISTED&page_size=1", nil, &found)
	}
	if err != nil || len(found.Items) == 0 {
		return err
	}
	one := found.Items[0]
	return rev.Do(ctx, http.MethodPost, all+"/"+one.ID+"/propose", map[string]any{"version": one.Version, "why": "公告催办后仍未办理（演示）"}, nil)
}
