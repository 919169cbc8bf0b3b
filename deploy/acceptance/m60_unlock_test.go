package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
)

// TestM60UnlockWithoutNetwork: two people at the centre read out a code each, the
// venue opens with both and not with one, and the centre learns of it.
func TestM60UnlockWithoutNetwork(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// too early for the release to come by itself, as it cannot without network
	h := received(ctx, t, w, stack.Plan{Title: "断网开卷", Rule: storyRule, Candidates: 1, Seed: 601, In: 18 * time.Hour})
	first, second := code(ctx, t, h, "zhang.kaowu"), code(ctx, t, h, "li.shenhe")
	require.NotEqual(t, first.Code, second.Code)
	require.Equal(t, 2, second.Need)
	require.Equal(t, first.Code, code(ctx, t, h, "zhang.kaowu").Code, "nobody has two")
	unlock := func(codes ...string) error {
		return h.Chief.Do(ctx, http.MethodPost, h.Path("/unlock"), map[string]any{"codes": codes, "reason": "线路中断"}, nil)
	}
	refused(t, unlock(first.Code, second.Code), http.StatusPreconditionFailed, "exam.unlock.preflight")
	require.NoError(t, h.Waive(ctx, "验收"))
	refused(t, unlock(first.Code), http.StatusBadRequest, "exam.unlock.few")
	refused(t, unlock(first.Code, first.Code), http.StatusBadRequest, "exam.unlock.same")
	refused(t, unlock(first.Code, second.Code[:30]+"00"), http.StatusBadRequest, "exam.unlock.code")
	require.NoError(t, unlock(second.Code, first.Code))
	require.NoError(t, h.Released(ctx))

	all, err := w.awaitReceipts(ctx, h.Exam.Sitting, "unlock", "opened")
	require.NoError(t, err)
	require.Len(t, ofKind(all, "unlock"), 2)
	require.Equal(t, "unlock-code", ofKind(all, "opened")[0].Detail["by"])
}

// received takes a new sitting to where its package lies at the venue.
func received(ctx context.Context, t *testing.T, w *world, p stack.Plan) *stack.Hall {
	t.Helper()
	e, err := w.PutOn(ctx, w.logins, p)
	require.NoError(t, err)
	h := w.Hall(w.logins, e)
	require.NoError(t, h.Enter(ctx))
	require.NoError(t, h.Ask(ctx))
	require.NoError(t, h.Decide(ctx, map[string]any{"approve": true}))
	require.NoError(t, h.Receive(ctx))
	return h
}

type unlockCode struct {
	Code string
	Need int
}

func code(ctx context.Context, t *testing.T, h *stack.Hall, who string) unlockCode {
	t.Helper()
	person, err := h.SignIn(ctx, h.Logins[who])
	require.NoError(t, err)
	var out unlockCode
	require.NoError(t, person.Do(ctx, http.MethodPost, h.CentrePath("/unlock"), map[string]any{"reason": "考场线路中断"}, &out))
	return out
}

// TestM60PackageIsTakenBack: withdrawn before the start, it is deleted at the
// venue, which says so; a new version comes.
func TestM60PackageIsTakenBack(t *testing.T) {
	w := system(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	h := received(ctx, t, w, stack.Plan{Title: "作废重发", Rule: storyRule, Candidates: 1, Seed: 602, In: 21 * time.Hour})
	office := w.as(t, "zhang.kaowu")
	require.NoError(t, office.Do(ctx, http.MethodPost, h.CentrePath("/withdraw"), map[string]any{"reason": "第 12 题答案有误"}, nil))
	gone, err := h.Chief.Await(ctx, h.Exam.Sitting, "package is gone", func(v stack.VenueSitting) bool { return !v.Pack.Received })
	require.NoError(t, err)
	require.False(t, gone.Released)
	require.NoError(t, stack.Until(ctx, 200*time.Millisecond, func() (bool, error) {
		all, err := w.receipts(ctx, h.Exam.Sitting)
		for _, r := range ofKind(all, "received") {
			if r.Text == "考场已作废该考题包，试题不能再打开" {
				return true, err
			}
		}
		return false, err
	}))
	require.NoError(t, office.Do(ctx, http.MethodPost, h.CentrePath("/dispatch"), nil, nil))
	require.NoError(t, h.Receive(ctx))
}
