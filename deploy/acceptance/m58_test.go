package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
)

// TestM58Opening: a venue asks, is returned with a reason, asks again and is
// approved on a condition that its chief reads; nothing opens without it, and who did what when and why is in the
// receipts.
func TestM58Opening(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	e, err := w.PutOn(ctx, w.logins, stack.Plan{Title: "开考审核", Rule: storyRule, Candidates: 2, Seed: 58, In: 5 * time.Hour})
	require.NoError(t, err)
	h := w.Hall(w.logins, e)
	require.NoError(t, h.Enter(ctx))
	closedDoors(ctx, t, h)

	require.NoError(t, h.Ask(ctx))
	refused(t, h.Ask(ctx), http.StatusPreconditionFailed, "exam.sitting.request.state")
	pending(ctx, t, w, h)
	closedDoors(ctx, t, h)
	refused(t, h.Decide(ctx, map[string]any{"approve": false, "reason": " "}), http.StatusBadRequest, "exam.sitting.return.reason")
	require.NoError(t, h.Decide(ctx, map[string]any{"approve": false, "reason": "监考员不足，请补充一人"}))
	back, err := h.Chief.Await(ctx, e.Sitting, "returned", func(v stack.VenueSitting) bool { return v.Reason != "" })
	require.NoError(t, err)
	require.Equal(t, "监考员不足，请补充一人", back.Reason, "the venue reads why")
	closedDoors(ctx, t, h)

	require.NoError(t, h.Ask(ctx))
	require.NoError(t, h.Decide(ctx, map[string]any{"approve": true, "condition": "入口增加一名引导员"}))
	require.NoError(t, h.Receive(ctx), "with the approval the package comes down")
	told, err := h.Chief.Sitting(ctx, e.Sitting)
	require.NoError(t, err)
	require.Equal(t, "入口增加一名引导员", told.Condition, "the chief reads the condition")
	reviews(ctx, t, w, e.Sitting)
}

// closedDoors tries to go round the review.
func closedDoors(ctx context.Context, t *testing.T, h *stack.Hall) {
	t.Helper()
	v, err := h.Chief.Sitting(ctx, h.Exam.Sitting)
	require.NoError(t, err)
	require.False(t, v.Released)
	require.False(t, v.Pack.Received)
	refused(t, h.Chief.Do(ctx, http.MethodPost, h.Path("/start"), nil, nil), http.StatusPreconditionFailed, "exam.sitting.start.state")
	office, err := h.SignIn(ctx, h.Logins["zhang.kaowu"])
	require.NoError(t, err)
	var r *stack.Refusal
	require.ErrorAs(t, office.Do(ctx, http.MethodPost, h.CentrePath("/release"), nil, nil), &r)
	require.GreaterOrEqual(t, r.Status, 400)
	require.ErrorAs(t, office.Do(ctx, http.MethodPost, h.CentrePath("/dispatch"), nil, nil), &r)
	require.GreaterOrEqual(t, r.Status, 400)
}

// pending is on the reviewer's list, and only a reviewer decides.
func pending(ctx context.Context, t *testing.T, w *world, h *stack.Hall) {
	t.Helper()
	_, err := w.awaitReceipts(ctx, h.Exam.Sitting, "requested")
	require.NoError(t, err)
	list := get[list[struct {
		ID, State  string
		Candidates int
		Overdue    bool
		AskedBy    string `json:"asked_by"`
		Proctors   []string
	}]](t, w.as(t, "li.shenhe"), "/api/v1/exam/openings?sitting="+h.Exam.Sitting)
	require.Len(t, list.Items, 1)
	require.Equal(t, "PENDING", list.Items[0].State)
	require.Equal(t, 2, list.Items[0].Candidates)
	require.False(t, list.Items[0].Overdue)
	require.Equal(t, "chen.kaochang", list.Items[0].AskedBy)
	require.Equal(t, []string{"陈负责", "刘监考"}, list.Items[0].Proctors)
	decide := "/api/v1/exam/openings/" + list.Items[0].ID + "/decide"
	err = w.as(t, "zhang.kaowu").Do(ctx, http.MethodPost, decide, map[string]any{"approve": true}, nil)
	refused(t, err, http.StatusForbidden, "auth.forbidden")
}

func reviews(ctx context.Context, t *testing.T, w *world, sitting string) {
	t.Helper()
	all, err := w.awaitReceipts(ctx, sitting, "received")
	require.NoError(t, err)
	asked, decided := ofKind(all, "requested"), ofKind(all, "decided")
	require.Len(t, asked, 2)
	require.Len(t, decided, 2)
	var yes, no receipt
	for _, d := range decided {
		require.Equal(t, "李审核", d.Who)
		require.WithinDuration(t, time.Now(), d.At, patience)
		if d.OK {
			yes = d
		} else {
			no = d
		}
	}
	require.Contains(t, yes.Text, "附条件：入口增加一名引导员")
	require.Contains(t, no.Text, "监考员不足，请补充一人")
	require.True(t, yes.At.After(no.At))
	for _, a := range asked {
		require.Equal(t, "chen.kaochang", a.Who)
	}
}
