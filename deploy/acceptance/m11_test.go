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

	"huyun.internal/deploy/stack"
	"huyun.internal/simulators/citydata"
)

// TestM11Forms: the forms of a matter are made from what was filled in, as PDF to
// download and print, from the first word on.
func TestM11Forms(t *testing.T) {
	w := system(t)
	at, _ := w.citizen(t, "02001")
	id := fmt.Sprint("m11-", time.Now().UnixNano())
	p, err := stack.BeginOnline(t.Context(), at, "RT04", true, id)
	require.NoError(t, err)
	form := func(code string) (pdf []byte) {
		require.NoError(t, at.Do(t.Context(), http.MethodGet, "/api/v1/own/cases/"+p.ID+"/forms/"+code, nil, &pdf))
		require.True(t, bytes.HasPrefix(pdf, []byte("%PDF")), code)
		return pdf
	}
	empty := form("M09")
	require.NoError(t, stack.FillOnline(t.Context(), at, &p, lost, id))
	require.NotEqual(t, empty, form("M09"), "what was filled in is there")
	form("M01")
	refused(t, at.Do(t.Context(), http.MethodGet, "/api/v1/own/cases/"+p.ID+"/forms/M15", nil, nil), http.StatusNotFound, "licensing.case.form.none")
}

// TestM12Delivery: the letters of an online case lie in 我的办件, byte for byte,
// with a receipt that is the electronic delivery; a platform that is away gets them
// when it is back, in order.
func TestM12Delivery(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	order := func(o map[string]any) {
		require.NoError(t, w.Outside(ctx, http.MethodPut, "/onestop/_control/orders", o, nil))
	}
	at, p := w.apply(t, situation{"NT03", "09003", lost})
	order(map[string]any{"outage": true})
	c, err := w.Desk(ctx, w.logins, p.ID)
	require.NoError(t, err)
	require.NoError(t, w.Walk(ctx, w.logins, &c, "m12-"+p.ID, "receive", "accept"), "nobody waits for a platform that is away")
	order(map[string]any{})
	got := w.platform(t, p.ApplyNo, func(p platform) bool {
		return slices.ContainsFunc(p.Documents, func(d struct{ DocumentType, Number, SM3 string }) bool { return d.DocumentType == "D02" })
	})
	for i, m := range got.Messages {
		require.Equal(t, i+1, m.Seq)
	}
	require.NoError(t, at.Do(ctx, http.MethodGet, "/api/v1/own/cases/"+p.ID, nil, &p))
	i := slices.IndexFunc(p.Letters, func(l struct{ ID, Kind, Number string }) bool { return l.Kind == "D02" })
	require.GreaterOrEqual(t, i, 0)
	require.Equal(t, p.Letters[i].Number, got.Documents[len(got.Documents)-1].Number)
	type page struct {
		Letters []struct {
			Kind      string
			Delivered *struct{ Number string }
		}
	}
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(get[page](t, w.as(t, "wu.shencha"), "/api/v1/licensing/cases/"+p.ID).Letters, func(l struct {
			Kind      string
			Delivered *struct{ Number string }
		},
		) bool {
			return l.Kind == "D02" && l.Delivered != nil && l.Delivered.Number != ""
		})
	}, 20*time.Second, 300*time.Millisecond, "the receipt is on the case")
}

// TestM13DraftAndSupplement: what was typed is there again after everything was
// closed; what is missing is told once, all of it, and handed in by the applicant.
func TestM13DraftAndSupplement(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	at, me := w.citizen(t, "02001")
	id := fmt.Sprint("m13-", time.Now().UnixNano())
	p, err := stack.BeginOnline(ctx, at, "RT04", true, id)
	require.NoError(t, err)
	body := map[string]any{"event_id": id + "-half", "version": p.Version, "categories": p.Categories, "form": map[string]string{"statement": "写到一半"}}
	require.NoError(t, at.Do(ctx, http.MethodPut, "/api/v1/own/cases/"+p.ID+"/form", body, &p))
	err = stack.AskOnline(ctx, at, &p, "submit", id)
	r := refused(t, err, http.StatusBadRequest, "licensing.case.submit.incomplete")
	require.Contains(t, r.Title, "居民身份证")

	w.Cloud.Kill()
	require.NoError(t, w.Cloud.Start(ctx))
	at, err = w.Arrive(ctx, me.UserID) // another device, after the centre itself went down
	require.NoError(t, err)
	again, err := stack.BeginOnline(ctx, at, "RT04", true, id+"-again")
	require.NoError(t, err)
	require.Equal(t, p.ID, again.ID, "the same draft")
	require.Equal(t, "写到一半", again.Values["statement"])

	require.NoError(t, stack.FillOnline(ctx, at, &again, lost, id+"-on"))
	require.NoError(t, stack.AskOnline(ctx, at, &again, "submit", id+"-on"))
	c, err := w.Desk(ctx, w.logins, again.ID)
	require.NoError(t, err)
	require.NoError(t, w.Walk(ctx, w.logins, &c, id, "receive", "require-correction"))
	require.NoError(t, at.Do(ctx, http.MethodGet, "/api/v1/own/cases/"+again.ID, nil, &again))
	require.Equal(t, "CORRECTING", again.State)
	require.Len(t, again.Defects, 2, "all of them at once")
	require.NotEmpty(t, again.Due)
	refused(t, stack.AskOnline(ctx, at, &again, "supplement", id), http.StatusBadRequest, "licensing.case.supplement.missing")
	require.NoError(t, stack.FillOnline(ctx, at, &again, nil, id+"-more"))
	require.NoError(t, stack.AskOnline(ctx, at, &again, "supplement", id+"-more"))
	require.Equal(t, "RECEIVED", again.State)
}

// TestM14Filled: the account, the certificate and the driving licence fill the form,
// each says where it came from, and nobody writes over them.
func TestM14Filled(t *testing.T) {
	w := system(t)
	at, me := w.citizen(t, "02001")
	require.NoError(t, w.Outside(t.Context(), http.MethodPut, "/citydata/people", citydata.Person{
		IDNo: me.IDNo, Driving: &citydata.Driving{Class: "A2D", FirstDate: "2008-05-01", ValidTo: "2032-05-01", Status: "NORMAL"},
	}, nil))
	id := fmt.Sprint("m14-", time.Now().UnixNano())
	p, err := stack.BeginOnline(t.Context(), at, "RT03", true, id)
	require.NoError(t, err)
	for key, from := range map[string]string{"name": "ACCOUNT", "id_no": "ACCOUNT", "mobile": "ACCOUNT", "licence": "LICENCE", "valid_until": "LICENCE", "driving_class": "DRIVING"} {
		require.Equal(t, from, p.Sources[key].Code, key)
		require.NotEmpty(t, p.Values[key], key)
	}
	require.Equal(t, me.Name, p.Values["name"])
	require.NotContains(t, p.Values["id_no"], me.IDNo[6:14], "masked")
	body := map[string]any{"event_id": id + "-over", "version": p.Version, "categories": p.Categories, "form": map[string]string{"name": "别人", "valid_until": "2099-01-01"}}
	require.NoError(t, at.Do(t.Context(), http.MethodPut, "/api/v1/own/cases/"+p.ID+"/form", body, &p))
	require.Equal(t, me.Name, p.Values["name"])
	require.NotEqual(t, "2099-01-01", p.Values["valid_until"])

	other, _ := w.citizen(t, "02001")
	refused(t, other.Do(t.Context(), http.MethodGet, "/api/v1/own/cases/"+p.ID, nil, nil), http.StatusNotFound, "record.missing")
}

// TestM15VisitBecomesApplication: a visit booked at the platform is turned into an
// online application; its place is free again.
func TestM15VisitBecomesApplication(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	at, me := w.citizen(t, "01001")
	type opening struct{ Day, Period, Place string }
	free := get[[]opening](t, at, "/api/v1/own/matters/RT04/openings")
	require.NotEmpty(t, free)
	o := free[len(free)-1]
	left := func() int {
		for _, x := range get[[]struct {
			Day, Period, Place string
			Left               int
		}](t, at, "/api/v1/own/matters/RT04/openings") {
			if x.Day == o.Day && x.Period == o.Period && x.Place == o.Place {
				return x.Left
			}
		}
		return 0
	}
	before := left()
	require.NoError(t, w.Outside(ctx, http.MethodPost, "/onestop/_control/bookings", map[string]any{
		"userId": me.UserID, "itemCode": "310190001004", "date": o.Day, "period": o.Period, "place": o.Place,
	}, nil))
	type visits struct {
		Coming []struct {
			ID, Matter, Day string
			Online          bool
		}
	}
	mine := slices.DeleteFunc(get[visits](t, at, "/api/v1/own/visits").Coming, func(v struct {
		ID, Matter, Day string
		Online          bool
	},
	) bool {
		return v.Matter != "RT04" || v.Day != o.Day
	})
	require.Len(t, mine, 1)
	require.True(t, mine[0].Online)
	require.Equal(t, before-1, left())
	intro := get[struct{ Licences []struct{ ID string } }](t, at, "/api/v1/own/matters/RT04")
	var p stack.OwnPage
	turn := func() error {
		body := map[string]any{"event_id": "turn-" + mine[0].ID, "matter": "RT04", "licence": intro.Licences[0].ID}
		return at.Do(ctx, http.MethodPost, "/api/v1/own/visits/"+mine[0].ID+"/application", body, &p)
	}
	require.NoError(t, turn())
	first := p.ID
	require.NoError(t, turn(), "pressed twice")
	require.Equal(t, first, p.ID)
	require.Equal(t, before, left(), "the place is free again")
	require.NoError(t, stack.FillOnline(ctx, at, &p, lost, "m15-"+p.ID))
	require.NoError(t, stack.AskOnline(ctx, at, &p, "submit", "m15-"+p.ID))
	require.Equal(t, "SUBMITTED", p.State)
}
