package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/seed"
	"huyun.internal/deploy/stack"
)

// TestM63Classes: a class is opened under the centre's plan and never beyond it
// without a reason; who finished it is registered for a sitting, who did not
// is not.
func TestM63Classes(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	office := w.as(t, "zhang.kaowu")
	e, err := w.PutOn(ctx, w.logins, stack.Plan{Title: "结业考试", Rule: storyRule, Candidates: 1, Seed: 63, In: 80 * time.Hour})
	require.NoError(t, err)
	post := func(path string, body, out any) error { return office.Do(ctx, http.MethodPost, path, body, out) }
	day := time.Now()
	var plan, class struct{ ID, Number string }
	require.NoError(t, post("/api/v1/training/plans", map[string]any{
		"year": day.Year(), "month": int(day.Month()), "category": storyCategory, "kind": "NEW", "classes": 1, "people": 10,
	}, &plan))
	draft := map[string]any{
		"plan": plan.ID, "venue": e.Venue, "begins": day.Format(time.DateOnly), "ends": day.Format(time.DateOnly), "daily_from": "09:00",
		"daily_to": "16:00", "place": "二楼教室", "capacity": 10, "teacher": "周老师", "hours": 8,
	}
	require.NoError(t, post("/api/v1/training/classes", draft, &class))
	draft["place"] = "三楼教室"
	refused(t, post("/api/v1/training/classes", draft, nil), http.StatusPreconditionFailed, "training.class.save.plan")

	base := "/api/v1/training/classes/" + class.ID
	act := func(verb string) { require.NoError(t, post(base+"/act", map[string]string{"verb": verb}, nil), verb) }
	act("open")
	people := seed.Candidates(2, 6300)
	for _, p := range people {
		require.NoError(t, post(base+"/members", map[string]string{"name": p.Name, "id_no": p.ID, "mobile": p.Mobile}, nil))
	}
	refused(t, post(base+"/members", map[string]string{"name": "王一", "id_no": people[0].ID}, nil), http.StatusBadRequest, "training.class.enrol.invalid")
	act("start")
	members := get[list[struct{ ID string }]](t, office, base+"/members").Items
	result := func(i, hours int, r string) {
		require.NoError(t, post(base+"/results", map[string]any{"members": []string{members[i].ID}, "hours": hours, "result": r}, nil))
	}
	result(0, 8, "PASSED")
	result(1, 2, "FAILED")
	act("finish")
	var enrolled struct {
		Added   int
		Refused []struct{ Why string }
	}
	enrol := func() {
		require.NoError(t, post("/api/v1/exam/sittings/"+e.Sitting+"/enrol", map[string]any{"class": class.ID, "consent": true}, &enrolled))
	}
	enrol()
	require.Equal(t, 1, enrolled.Added)
	enrol()
	require.Zero(t, enrolled.Added)
	require.Contains(t, enrolled.Refused[0].Why, "已在本场次中")
	exams := get[list[struct{ Sitting, Outcome string }]](t, office, "/api/v1/exam/classes/"+class.ID+"/exams")
	require.Equal(t, 1, exams.Total)
	require.Equal(t, e.Sitting, exams.Items[0].Sitting)
	refused(t, w.as(t, "wang.tiku").Do(ctx, http.MethodGet, base, nil, nil), http.StatusForbidden, "auth.forbidden")
}

// TestM62Single: one applicant is taken with what was checked, or told
// everything that is wrong at once.
func TestM62Single(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	office := w.as(t, "zhang.kaowu")
	e, err := w.PutOn(ctx, w.logins, stack.Plan{Title: "单人登记", Rule: storyRule, Candidates: 1, Seed: 162, In: 120 * time.Hour})
	require.NoError(t, err)
	path := "/api/v1/exam/sittings/" + e.Sitting + "/applicants"
	someone := seed.Candidates(1, 6200)[0]
	body := map[string]any{"name": someone.Name, "id_no": someone.ID[:17] + "A", "mobile": "12", "kind": "NEW", "consent": true}
	r := refused(t, office.Do(ctx, http.MethodPost, path, body, nil), http.StatusBadRequest, "exam.sitting.apply.refused")
	require.Contains(t, r.Title, "身份证号")
	require.Contains(t, r.Title, "手机")
	body["id_no"], body["mobile"] = someone.ID, ""
	var taken struct {
		Checks []struct {
			OK bool
		}
	}
	require.NoError(t, office.Do(ctx, http.MethodPost, path, body, &taken))
	require.Len(t, taken.Checks, 9)
	refused(t, office.Do(ctx, http.MethodPost, path, body, nil), http.StatusBadRequest, "exam.sitting.apply.refused")
}
