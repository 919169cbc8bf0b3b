package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/history"
	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
	"huyun.internal/protocol/clock"
	"huyun.internal/simulators/citydata"
	"huyun.internal/simulators/onestop"
)

// The people who apply online: two of each kind of certificate, in force for two
// months, and some without any.
var citizens struct {
	step

	byCategory map[string][]string // user ids of the platform
	byUser     map[string]onestop.Account
}

const citizenSeed = 1600

// online puts the citizens into the centre's files and onto the platform.
func (w *world) online(t *testing.T) {
	t.Helper()
	citizens.do(t, func(ctx context.Context) error {
		if err := w.simulate(ctx); err != nil {
			return err
		}
		wanted := []string{"02001", "01001", "03001", "03003", "09002", "09003"}
		all := seed.Candidates(len(wanted)*8, citizenSeed)
		for i := range all {
			all[i].Category = wanted[i%len(wanted)]
		}
		book, err := history.Files(all, clock.DateOf(time.Now()).Add(60))
		if err != nil {
			return err
		}
		var in struct {
			OK       bool
			Problems []struct{ Problem string }
		}
		err = w.as(t, "wu.shencha").Upload(ctx, "/api/v1/practitioner-imports", map[string][]byte{"workbook": book}, nil, &in)
		if err == nil && !in.OK {
			err = fmt.Errorf("files were not taken over: %v", in.Problems)
		}
		if err == nil {
			err = w.Portal(ctx, w.logins, all, nil)
		}
		if err == nil {
			err = w.Enlist(all)
		}
		accounts, err2 := w.Accounts()
		citizens.byCategory, citizens.byUser = map[string][]string{}, map[string]onestop.Account{}
		for _, a := range accounts {
			citizens.byUser[a.UserID] = a.Account
			if a.UserID[:2] == "P1" { // the portal's own choice; each is enlisted once more
				continue
			}
			i := slices.IndexFunc(all, func(c seed.Candidate) bool { return c.ID == a.IDNo })
			if i >= 0 {
				citizens.byCategory[all[i].Category] = append(citizens.byCategory[all[i].Category], a.UserID)
			} else if a.UserType == "个人" && a.AuthLevel > 1 && a.UserID[:2] == "P2" {
				citizens.byCategory[""] = append(citizens.byCategory[""], a.UserID)
			}
		}
		if err == nil {
			err = err2
		}
		return err
	})
}

// citizen takes the next who has a certificate of a category, or none, and signs
// them on.
func (w *world) citizen(t *testing.T, category string) (*stack.Client, onestop.Account) {
	t.Helper()
	w.online(t)
	users := citizens.byCategory[category]
	require.NotEmpty(t, users, "nobody of category %q is left", category)
	citizens.byCategory[category] = users[1:]
	at, err := w.Arrive(t.Context(), users[0])
	require.NoError(t, err)
	return at, citizens.byUser[users[0]]
}

// platform is a case as 一网通办 shows it, once it knows so many messages.
type platform struct {
	Messages []struct {
		Seq  int
		Node string
	}
	Documents []struct{ DocumentType, Number, SM3 string }
}

func (w *world) platform(t *testing.T, applyNo string, until func(platform) bool) platform {
	t.Helper()
	var p platform
	require.Eventually(t, func() bool {
		p = platform{}
		return w.Outside(t.Context(), http.MethodGet, "/onestop/_control/cases/"+applyNo, nil, &p) == nil && until(p)
	}, time.Minute, 200*time.Millisecond, "the platform knows of %s: %+v", applyNo, p)
	return p
}

// situation is a matter online and what its applicant has and says.
type situation struct {
	matter, holds string // category of the certificate
	form          map[string]string
}

// apply takes a situation from the portal to the submission.
func (w *world) apply(t *testing.T, s situation) (*stack.Client, stack.OwnPage) {
	t.Helper()
	at, me := w.citizen(t, s.holds)
	require.NoError(t, w.Outside(t.Context(), http.MethodPut, "/citydata/people", citydata.Person{
		IDNo: me.IDNo, Driving: &citydata.Driving{Class: "A2D", FirstDate: "2012-01-01", ValidTo: "2032-01-01", Status: "NORMAL"},
	}, nil))
	id := fmt.Sprintf("%s-%d", s.matter, time.Now().UnixNano())
	p, err := stack.BeginOnline(t.Context(), at, s.matter, s.holds != "", id)
	require.NoError(t, err, s.matter)
	require.NoError(t, stack.FillOnline(t.Context(), at, &p, s.form, id), s.matter)
	require.Empty(t, p.Lacking, s.matter)
	require.NoError(t, stack.AskOnline(t.Context(), at, &p, "submit", id), s.matter)
	require.Equal(t, "SUBMITTED", p.State)
	return at, p
}

// finish takes a submitted application through the office, and tells what the
// platform knows at the end.
func (w *world) finish(t *testing.T, p stack.OwnPage) platform {
	t.Helper()
	c, err := w.Desk(t.Context(), w.logins, p.ID)
	require.NoError(t, err)
	verbs := []string{"receive", "accept", "claim", "pass-review", "grant", "make-certificate", "certificate-done", "deliver"}
	if slices.Contains([]string{"RT07", "DG06", "TX02", "NT02"}, c.Matter) {
		verbs = slices.DeleteFunc(verbs, func(v string) bool { return v == "make-certificate" })
	}
	require.NoError(t, w.Walk(t.Context(), w.logins, &c, "online-"+p.ID, verbs...))
	require.Equal(t, "COMPLETED", c.State, "by the desk, or by the receipts of 一网通办 where nothing is to be handed over")
	got := w.platform(t, p.ApplyNo, func(p platform) bool {
		return slices.ContainsFunc(p.Documents, func(d struct{ DocumentType, Number, SM3 string }) bool { return d.DocumentType == "D09" })
	})
	for i, m := range got.Messages {
		require.Equal(t, i+1, m.Seq, "in order, none lost, none twice")
	}
	return got
}

func (w *world) all(t *testing.T, situations ...situation) {
	t.Helper()
	for _, s := range situations {
		t.Run(s.matter, func(t *testing.T) {
			at, p := w.apply(t, s)
			w.finish(t, p)
			require.NoError(t, at.Do(t.Context(), http.MethodGet, "/api/v1/own/cases/"+p.ID, nil, &p))
			require.Equal(t, "COMPLETED", p.State)
			var pdf []byte
			require.NoError(t, at.Do(t.Context(), http.MethodGet, "/api/v1/own/cases/"+p.ID+"/letters/"+p.Letters[len(p.Letters)-1].ID, nil, &pdf))
			require.True(t, bytes.HasPrefix(pdf, []byte("%PDF")))
		})
	}
}

var (
	lost    = map[string]string{"reason": "LOST", "statement": "在地铁上遗失，没有找到", "delivery": "COUNTER", "address": "上海市浦东新区演示路 1 号"}
	moved   = map[string]string{"change": "ADDRESS", "new_address": "上海市静安区演示路 2 号", "changed_on": time.Now().AddDate(0, 0, -3).Format(time.DateOnly), "delivery": "COUNTER"}
	givesUp = map[string]string{"reason": "SELF"}
	comes   = map[string]string{
		"category": "02001", "from_agency": "杭州市交通运输局（演示）", "foreign_licence": "330100200001", "foreign_first": "2023-05-10", "foreign_until": "2029-05-09",
		"grounds": "JOB", "since": "2026-01-10", "driving_no": "330100200001", "driving_class": "B2", "driving_first": "2018-01-01", "driving_until": "2032-01-01", "delivery": "COUNTER",
	}
)

func TestM16RoadOnline(t *testing.T) {
	system(t).all(t, situation{"RT04", "02001", lost}, situation{"RT05", "02001", moved}, situation{"RT07", "01001", givesUp}, situation{"RT06", "", comes})
}

func TestM17DangerousOnline(t *testing.T) {
	system(t).all(t, situation{"DG03", "03003", lost}, situation{"DG04", "03001", moved}, situation{"DG06", "03003", givesUp})
}

func TestM18TaxiOnline(t *testing.T) {
	system(t).all(t, situation{"TX03", "09002", lost}, situation{"TX02", "09002", givesUp})
}

func TestM19RideHailOnline(t *testing.T) {
	system(t).all(t, situation{"NT03", "09003", lost}, situation{"NT02", "09003", givesUp})
}
