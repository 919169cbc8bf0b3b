package main

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
)

// TestM62Candidates: who may sit is taken, with a ticket and a seat on the plan
// at the door; who is registered for the same subject already is refused with
// the sitting that it is.
func TestM62Candidates(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	plan := stack.Plan{Title: "考试人员", Rule: storyRule, Candidates: 2, Seed: 62, In: 40 * time.Hour}
	e, err := w.PutOn(ctx, w.logins, plan)
	require.NoError(t, err)
	plan.Title, plan.In = "重复报名", 60*time.Hour
	_, err = w.PutOn(ctx, w.logins, plan)
	require.ErrorContains(t, err, "已报名同一科目的场次")

	office := w.as(t, "zhang.kaowu")
	base := "/api/v1/exam/sittings/" + e.Sitting
	people := get[list[struct{ ID, Seat string }]](t, office, base+"/candidates")
	require.Len(t, people.Items, 2)
	for _, path := range []string{"/tickets", "/candidates/" + people.Items[0].ID + "/ticket", "/seat-plan"} {
		var sheet []byte
		require.NoError(t, office.Do(ctx, http.MethodGet, base+path, nil, &sheet), path)
		require.True(t, bytes.HasPrefix(sheet, []byte("%PDF-")), path)
	}
	refused(t, office.Do(ctx, http.MethodGet, base+"/absentees", nil, nil), http.StatusPreconditionFailed, "exam.sitting.absent.open")
	refused(t, w.as(t, "wang.tiku").Do(ctx, http.MethodGet, base+"/tickets", nil, nil), http.StatusForbidden, "auth.forbidden")
}
