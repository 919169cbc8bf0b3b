package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
)

type (
	scored struct {
		Item  string `json:"item"`
		Marks []mark `json:"marks"`
	}
	mark struct {
		Deduction string `json:"deduction"`
		Times     int    `json:"times"`
	}
	field struct {
		Scheme struct {
			Items []struct{ ID, Name string }
		}
		Items []examinee
	}
	examinee struct {
		ID, Admission, Standing, State, Reason string
		Score, Revision                        int
	}
	practicalSheet struct {
		ID, State, Difference, Reason string
		Candidate                     string
		Revision, Score               int
		Passed                        bool
		Examiners                     []string
	}
)

// TestM64Practical: two examiners score a candidate item by item and sign, one
// cannot sign twice, the centre sends the sheet back with a reason, it is scored
// again and confirmed. Handed in twice, it is one; who was not let in is not
// scored.
func TestM64Practical(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	e, err := w.PutOn(ctx, w.logins, stack.Plan{Title: "应会考试", Rule: "demo-02001-short", Candidates: 2, Seed: 64, In: 25 * time.Hour})
	require.NoError(t, err)
	require.NoError(t, w.ArrangePractical(ctx, w.logins, e.Sitting))
	h := w.Hall(w.logins, e)
	require.NoError(t, h.Enter(ctx))
	require.NoError(t, h.Ask(ctx))
	require.NoError(t, h.Decide(ctx, map[string]any{"approve": true}))
	require.NoError(t, h.Receive(ctx))
	people, err := h.Chief.Candidates(ctx, e.Sitting)
	require.NoError(t, err)
	require.NoError(t, h.Chief.Admit(ctx, e.Sitting, people[0], nil))
	require.NoError(t, h.Chief.Do(ctx, http.MethodPost, h.Path("/candidates/"+people[1].ID+"/decision"), map[string]any{"admit": false, "reason": "证件不符"}, nil))

	at := ground(ctx, t, h)
	require.Len(t, at.Scheme.Items, 3, "the scheme came down")
	require.Equal(t, "货物装载", at.Scheme.Items[2].Name)
	sign := func(candidate, id, second string, sheet []scored) error {
		l := h.Logins[second]
		return h.Chief.Do(ctx, http.MethodPost, h.Path("/practical/"+candidate), map[string]any{
			"id": id, "items": sheet, "second": map[string]string{"username": l.Username, "password": l.Password},
		}, nil)
	}
	whole := func(times int) []scored {
		out := []scored{{Item: "1", Marks: []mark{}}, {Item: "2", Marks: []mark{}}, {Item: "3", Marks: []mark{}}}
		if times > 0 {
			out[0].Marks = []mark{{"1", times}}
		}
		return out
	}
	one := people[0].ID
	refused(t, sign(one, "m64-sheet-1", "chen.kaochang", whole(5)), http.StatusForbidden, "staff.second.same")
	refused(t, sign(one, "m64-sheet-1", "sun.jishu", whole(5)), http.StatusForbidden, "staff.second.role")
	refused(t, sign(one, "m64-sheet-1", "liu.jiankao", whole(5)[:2]), http.StatusBadRequest, "exam.practical.incomplete")
	refused(t, sign(people[1].ID, "m64-sheet-2", "liu.jiankao", whole(0)), http.StatusPreconditionFailed, "exam.practical.door")
	require.NoError(t, sign(one, "m64-sheet-1", "liu.jiankao", whole(5)))
	require.NoError(t, sign(one, "m64-sheet-1", "liu.jiankao", whole(5)), "the answer was lost and it is sent again")
	refused(t, sign(one, "m64-sheet-3", "liu.jiankao", whole(0)), http.StatusConflict, "exam.practical.done")

	first := arrived(ctx, t, w, e.Sitting, 1)
	require.Equal(t, "m64-sheet-1", first.ID)
	require.Equal(t, 750, first.Score)
	require.False(t, first.Passed)
	require.Empty(t, first.Difference, "the centre counts the same")
	require.Equal(t, []string{"chen.kaochang", "liu.jiankao"}, first.Examiners)

	decide := func(who, id string, body map[string]any) error {
		return w.as(t, who).Do(ctx, http.MethodPost, "/api/v1/exam/practical/sheets/"+id+"/decide", body, nil)
	}
	refused(t, decide("wang.tiku", first.ID, map[string]any{"confirm": true}), http.StatusForbidden, "auth.forbidden")
	refused(t, decide("li.shenhe", first.ID, map[string]any{"confirm": false}), http.StatusBadRequest, "exam.practical.decide.reason")
	require.NoError(t, decide("li.shenhe", first.ID, map[string]any{"confirm": false, "reason": "第一项扣分过多，请复核录像"}))
	back := known(ctx, t, h, one, "rejected")
	require.Equal(t, "第一项扣分过多，请复核录像", back.Reason, "the examiners read why")

	require.NoError(t, sign(one, "m64-sheet-4", "liu.jiankao", whole(2)))
	second := arrived(ctx, t, w, e.Sitting, 2)
	require.Equal(t, 900, second.Score)
	require.NoError(t, decide("li.shenhe", second.ID, map[string]any{"confirm": true}))
	refused(t, decide("zhang.kaowu", second.ID, map[string]any{"confirm": true}), http.StatusPreconditionFailed, "exam.practical.decide.state")
	require.Equal(t, 2, known(ctx, t, h, one, "confirmed").Revision)

	all := get[list[practicalSheet]](t, w.as(t, "zhang.kaowu"), "/api/v1/exam/practical/sheets?all=true&sitting="+e.Sitting)
	require.Equal(t, 2, all.Total, "sent twice is one; the rejected one stays")
	latest := get[list[practicalSheet]](t, w.as(t, "zhang.kaowu"), "/api/v1/exam/practical/sheets?sitting="+e.Sitting)
	require.Equal(t, 1, latest.Total)
	require.Equal(t, "CONFIRMED", latest.Items[0].State)
}

func ground(ctx context.Context, t *testing.T, h *stack.Hall) field {
	t.Helper()
	var out field
	require.NoError(t, h.Chief.Do(ctx, http.MethodGet, h.Path("/practical"), nil, &out))
	return out
}

// known waits until the venue knows the centre's word on a candidate.
func known(ctx context.Context, t *testing.T, h *stack.Hall, candidate, state string) examinee {
	t.Helper()
	var last examinee
	require.NoError(t, stack.Until(ctx, 200*time.Millisecond, func() (bool, error) {
		for _, c := range ground(ctx, t, h).Items {
			if c.ID == candidate {
				last = c
			}
		}
		return last.State == state, nil
	}), "%+v", last)
	return last
}

// arrived waits for a revision at the centre.
func arrived(ctx context.Context, t *testing.T, w *world, sitting string, revision int) practicalSheet {
	t.Helper()
	c := w.as(t, "li.shenhe")
	var last practicalSheet
	require.NoError(t, stack.Until(ctx, 200*time.Millisecond, func() (bool, error) {
		for _, s := range get[list[practicalSheet]](t, c, "/api/v1/exam/practical/sheets?sitting="+sitting).Items {
			last = s
		}
		return last.Revision == revision, nil
	}), "%+v", last)
	return last
}
