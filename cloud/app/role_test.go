package app

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/web"
)

// Complaint 18 (a changed role counts after the next login, a small role cannot
// log in at all): over HTTP, with the session that was open before, every
// operation follows the new role at the next request; and whoever has only one
// role, or none yet, gets in and is told who they are.
func TestARoleThatChangesCountsAtTheNextRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := auth.System(context.Background(), "test")
	o := h.signIn(bankEditor)
	follows := func(role, address string) {
		t.Helper()
		n := 0
		for _, op := range h.web.Operations() {
			if op.Method != http.MethodGet || op.Perm == web.Public || op.Perm == web.SignedIn {
				continue
			}
			status, code := h.call(op, o, address, nil)
			require.Equal(t, !h.granted(op, role), status == http.StatusForbidden, "%s as %q: %d %s", op.ID, role, status, code)
			n++
		}
		require.Greater(t, n, 20)
	}
	follows(bankEditor, "10.0.3.1")
	require.NoError(t, h.sys.Identity.Grant(ctx, o.Actor.ID, []string{examAdmin}, true, nil))
	follows(examAdmin, "10.0.3.2")
	require.NoError(t, h.sys.Identity.Grant(ctx, o.Actor.ID, nil, false, nil))
	follows("none", "10.0.3.3")

	show := h.web.Operations()[slices.IndexFunc(h.web.Operations(), func(op web.Op) bool { return op.ID == "identity.session.show" })]
	for role := range h.staff {
		if role == "" {
			continue
		}
		status, code := h.call(show, h.signIn(role), "10.0.4.1", nil)
		require.Equal(t, http.StatusOK, status, "%s: %s", role, code)
	}
}
