package main

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
)

// TestM64Confirm: pre-post and retraining candidates are confirmed separately,
// nobody is seated before, and a list that changes is confirmed again.
func TestM64Confirm(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	e, err := w.PutOn(ctx, w.logins, stack.Plan{Title: "岗前与复训", Rule: storyRule, Candidates: 1, Seed: 640, In: 160 * time.Hour})
	require.NoError(t, err, "put on with its one candidate confirmed")
	office := w.as(t, "zhang.kaowu")
	base := "/api/v1/exam/sittings/" + e.Sitting
	type group struct {
		Kind, Roll string
		People     int
		Confirmed  bool
	}
	groups := func() []group { return get[struct{ Items []group }](t, office, base+"/groups").Items }
	require.True(t, groups()[0].Confirmed)

	p := seed.Candidates(1, 6400)[0]
	require.NoError(t, office.Do(ctx, http.MethodPost, base+"/applicants", map[string]any{"name": p.Name, "id_no": p.ID, "kind": "RETRAIN", "consent": true}, nil))
	have := groups()
	require.Len(t, have, 2)
	require.True(t, have[0].Confirmed, "the other kind's list has not changed")
	require.False(t, have[1].Confirmed)
	refused(t, office.Do(ctx, http.MethodPost, base+"/assign", nil, nil), http.StatusPreconditionFailed, "exam.sitting.assign.unconfirmed")
	word := map[string]string{"kind": "RETRAIN", "roll": have[1].Roll}
	refused(t, office.Do(ctx, http.MethodPost, base+"/confirm", word, nil), http.StatusBadRequest, "exam.sitting.confirm.basis")
	word["basis"] = "从业资格证和学时证明已核对"
	refused(t, w.as(t, "wang.tiku").Do(ctx, http.MethodPost, base+"/confirm", word, nil), http.StatusForbidden, "auth.forbidden")
	require.NoError(t, w.as(t, "li.shenhe").Do(ctx, http.MethodPost, base+"/confirm", word, nil))
	refused(t, office.Do(ctx, http.MethodPost, base+"/confirm", word, nil), http.StatusConflict, "exam.sitting.confirm.done")
	require.NoError(t, office.Do(ctx, http.MethodPost, base+"/assign", nil, nil))
}

// TestM64Credit: a published result is what a person has passed, until when,
// and what is still missing; it is on their record and on a notice.
func TestM64Credit(t *testing.T) {
	w := system(t)
	opened.do(t, w.open)
	entered.do(t, w.enter)
	held.do(t, w.hold)
	rescored.do(t, w.rescore)
	published.do(t, w.publish)
	ctx := t.Context()
	office := w.as(t, "zhang.kaowu")
	passed := map[string]bool{}
	for _, r := range get[list[result]](t, office, w.hall.CentrePath("/scores?page_size=200")).Items {
		passed[r.Candidate] = r.Passed
	}
	type credit struct {
		Candidate, Sitting, State string
		ValidUntil                time.Time `json:"valid_until"`
	}
	credits := get[list[credit]](t, office, "/api/v1/exam/credits?page_size=200&category="+url.QueryEscape(storyCategory)).Items
	found := 0
	for _, c := range credits {
		if c.Sitting == w.hall.Exam.Sitting && c.State == "VALID" {
			found++
			require.True(t, passed[c.Candidate], "only who passed")
			require.True(t, c.ValidUntil.After(time.Now()))
		}
	}
	want := 0
	for candidate, ok := range passed {
		if ok {
			want++
		}
		career := get[list[struct{ Candidate, Outcome string }]](t, office, w.hall.CentrePath("/candidates/"+candidate+"/career"))
		require.Len(t, career.Items, 1)
		require.Equal(t, ok, career.Items[0].Outcome == "PASSED")
	}
	require.Equal(t, want, found)
	var sheet []byte
	require.NoError(t, office.Do(ctx, http.MethodGet, w.hall.CentrePath("/notices"), nil, &sheet))
	require.True(t, bytes.HasPrefix(sheet, []byte("%PDF-")))
	refused(t, w.as(t, "wang.tiku").Do(ctx, http.MethodGet, "/api/v1/exam/credits", nil, nil), http.StatusForbidden, "auth.forbidden")
}
