package main

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/history"
	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// workforce takes over the certificates of people of a bus company, in force for
// so many days.
func workforce(t *testing.T, w *world, people []stack.Employee, days int) {
	t.Helper()
	plain := make([]history.Employee, len(people))
	for i, p := range people {
		plain[i] = history.Employee(p)
	}
	book, err := history.BusFiles(plain, clock.DateOf(time.Now()).Add(days), int(time.Now().UnixNano()/1000%700_000))
	require.NoError(t, err)
	var in struct{ OK bool }
	require.NoError(t, w.as(t, "wu.shencha").Upload(t.Context(), "/api/v1/practitioner-imports", map[string][]byte{"workbook": book}, nil, &in))
	require.True(t, in.OK)
}

func retired(n int) []stack.Employee {
	return staffOf(history.Retirees(n, clock.DateOf(time.Now()), uint64(time.Now().UnixNano()%100_000)))
}

func staffOf(list []history.Employee) []stack.Employee {
	out := make([]stack.Employee, len(list))
	for i, p := range list {
		out[i] = stack.Employee(p)
	}
	return out
}

func fileOf(t *testing.T, c *stack.Client, p stack.Employee) file {
	t.Helper()
	found := get[list[struct{ ID string }]](t, c, "/api/v1/practitioners?q="+p.ID).Items
	require.Len(t, found, 1)
	return get[file](t, c, "/api/v1/practitioners/"+found[0].ID)
}

type file struct {
	ID       string
	Licences []struct {
		Number, State string
		ValidTo       string `json:"valid_to"`
		PrintVersion  int    `json:"print_version"`
	}
	Rehires []struct {
		State string
		To    string
		Late  int
	}
}

// TestM43BusRenewal: what continuing education there is is looked at, shown and
// counted; without enough of it nothing is renewed.
func TestM43BusRenewal(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p := retired(1)[0]
	p.Category = "13902"
	p.ID = younger(p.ID)
	desk := w.as(t, "qian.chuangkou")
	workforce(t, w, []stack.Employee{p}, 60)
	open := func(id string) stack.CasePage {
		c, err := w.OpenFor(ctx, w.logins, "BU02", p, stack.BusCompanies[0], map[string]string{"reason": "EXPIRE"}, []string{"M03", "M05", "M08"}, id+fmt.Sprint(time.Now().UnixNano()))
		require.NoError(t, err)
		return c
	}
	c := open("m43-")
	err := w.Walk(ctx, w.logins, &c, "m43-early", "submit")
	var r *stack.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, "licensing.case.submit.incomplete", r.Code)
	require.Contains(t, r.Title, "继续教育")
	day := time.Now().AddDate(0, -2, 0).Format(time.DateOnly)
	of := fileOf(t, desk, p)
	require.NoError(t, desk.Do(ctx, http.MethodPost, "/api/v1/practitioners/"+of.ID+"/education", map[string]any{
		"category": "13902", "org": "交运培训中心", "hours": 24, "begins": day, "ends": day, "mode": "ONSITE", "source": "验收",
	}, nil))
	require.NoError(t, w.Walk(ctx, w.logins, &c, "m43", "submit", "accept", "claim", "pass-review"))
	for _, k := range c.Checks {
		if k.Code == "E12" {
			require.Contains(t, k.Reason, "继续教育 24 学时")
		}
	}
	require.NoError(t, w.Walk(ctx, w.logins, &c, "m43", "grant", "make-certificate", "certificate-done", "deliver"))
	after := fileOf(t, desk, p)
	require.Equal(t, 2, after.Licences[0].PrintVersion)
	require.Equal(t, of.Licences[0].Number, after.Licences[0].Number)
	require.Greater(t, after.Licences[0].ValidTo, of.Licences[0].ValidTo)
}

// younger is a number of the same kind of somebody of forty.
func younger(id string) string {
	for i := range 1000 {
		text := fmt.Sprintf("%s%04d%s%03d", id[:6], time.Now().Year()-40, id[10:14], (int(time.Now().UnixNano()/1000)+i)%1000)
		for _, last := range "0123456789X" {
			if _, err := person.ParseID(text + string(last)); err == nil {
				return text + string(last)
			}
		}
	}
	return id
}

// TestM44BusReissue: a company's roster of lost certificates: the good lines go
// on, the same roster opens nothing twice, each is decided by itself, the old
// print is void, and the company fetches the new ones against a signature.
func TestM44BusReissue(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	people := retired(4)
	workforce(t, w, people, 900)
	company := stack.BusCompanies[0]
	plain := make([]history.Employee, len(people))
	for i, p := range people {
		plain[i] = history.Employee(p)
	}
	roster, err := history.RosterBook(plain, 3)
	require.NoError(t, err)
	sent, err := w.SendRoster(ctx, w.logins, company, roster, stack.Pictures(people, 2))
	require.NoError(t, err)
	require.Equal(t, []any{3, 1}, []any{sent.Rows, sent.Errors})
	require.Equal(t, 5, sent.Problems[0].Row)
	again, err := w.SendRoster(ctx, w.logins, company, roster, nil)
	require.NoError(t, err)
	require.Equal(t, []any{0, 3}, []any{again.Rows, len(again.Same)})

	desk := w.as(t, "qian.chuangkou")
	done, err := w.ActOnBatch(ctx, w.logins, sent.Batch, "submit", "submit")
	require.NoError(t, err)
	require.Equal(t, []bool{true, true, false}, []bool{done[0].OK, done[1].OK, done[2].OK})
	require.Contains(t, done[2].Text, "居民身份证")
	for _, e := range []string{"receive", "accept"} {
		_, err = w.ActOnBatch(ctx, w.logins, sent.Batch, "accept", e)
		require.NoError(t, err)
	}
	base := "/api/v1/licensing/batches/" + sent.Batch
	type row struct {
		No        int
		Case      string
		CaseState string `json:"case_state"`
	}
	rows := get[list[row]](t, desk, base+"/rows?state=ACCEPTED").Items
	require.Len(t, rows, 2)
	for _, r := range rows {
		var c stack.CasePage
		require.NoError(t, desk.Do(ctx, http.MethodGet, "/api/v1/licensing/cases/"+r.Case, nil, &c))
		require.NoError(t, w.Walk(ctx, w.logins, &c, "m44-"+r.Case, "claim", "pass-review", "grant"))
	}
	for _, e := range []string{"make_certificate", "certificate_done"} {
		_, err = w.ActOnBatch(ctx, w.logins, sent.Batch, "certify", e)
		require.NoError(t, err)
	}
	fetch := map[string]any{
		"event_id": "m44-collect-" + sent.Batch, "collector": "陈经办", "phone": "19904300001", "signature": stack.Signature(),
		"rows": []map[string]any{{"no": rows[0].No, "mark": "TAKEN"}, {"no": rows[1].No, "mark": "WRONG", "note": "照片印错"}},
	}
	require.NoError(t, desk.Do(ctx, http.MethodPost, base+"/collections", fetch, nil))
	require.Equal(t, "COMPLETED", get[list[row]](t, desk, base+"/rows").Items[0].CaseState)
	of := fileOf(t, desk, people[0])
	require.Equal(t, 2, of.Licences[0].PrintVersion, "the old print is void")
}

// TestM53Rehire: hired again only from the statutory age on, no longer than the
// health certificate; the company's list, and a dismissal that comes late.
func TestM53Rehire(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	people := retired(2)
	young := people[1]
	young.ID = younger(young.ID)
	workforce(t, w, []stack.Employee{people[0], young}, 900)
	company, today := stack.BusCompanies[1], time.Now()
	id := fmt.Sprintf("m53-%d", today.UnixNano())
	err := w.Rehire(ctx, w.logins, young, company, today.AddDate(0, -1, 0), today.AddDate(0, 6, 0), id+"-young")
	var r *stack.Refusal
	require.ErrorAs(t, err, &r)
	require.Equal(t, "practitioner.rehire.early", r.Code)
	require.NoError(t, w.Rehire(ctx, w.logins, people[0], company, today.AddDate(0, -2, 0), today.AddDate(0, 0, 15), id))

	desk := w.as(t, "qian.chuangkou")
	soon := get[list[struct{ State string }]](t, desk, "/api/v1/practitioner-rehires?days=30&company="+company[1]+"&q="+people[0].ID)
	require.Equal(t, 1, soon.Total)
	found := get[list[struct {
		Code string `json:"company_code"`
	}]](t, desk, "/api/v1/practitioner-rehire-companies?q="+company[1])
	require.Equal(t, company[1], found.Items[0].Code)
	err = w.Dismiss(ctx, w.logins, people[0], stack.BusCompanies[0], today, id+"-other")
	require.ErrorAs(t, err, &r)
	require.Equal(t, "practitioner.rehire.company", r.Code)
	require.NoError(t, w.Dismiss(ctx, w.logins, people[0], company, today.AddDate(0, 0, -25), id+"-end"))
	of := fileOf(t, desk, people[0])
	require.Equal(t, "DISMISSED", of.Rehires[0].State)
	require.Equal(t, 5, of.Rehires[0].Late, "reported after 25 days of 20")
}
