package application

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
)

func TestWhoAcceptsDoesNotReviewAndWhoReviewsDoesNotDecide(t *testing.T) {
	t.Parallel()
	all := auth.NewPerms(PermSubmit, PermAccept, PermReview, PermApprove, PermCertify)
	c := Case{Clerk: "clerk", CreatedBy: "desk", Reviewer: "first", Cosigner: "second", Holder: "first"}
	for name, s := range map[string]struct {
		actor string
		state licensing.State
		want  []licensing.Event
	}{
		"the clerk reviews nothing":       {"clerk", licensing.Reviewing, []licensing.Event{licensing.Assign, licensing.Withdraw}},
		"nor who took the application":    {"desk", licensing.Reviewing, []licensing.Event{licensing.Assign, licensing.Withdraw}},
		"who holds it reviews":            {"first", licensing.Reviewing, []licensing.Event{licensing.Assign, licensing.PassReview, licensing.ProposeRefusal, licensing.Suspend, licensing.Withdraw}},
		"another reviewer does not":       {"third", licensing.Reviewing, []licensing.Event{licensing.Assign, licensing.Extend, licensing.Withdraw}},
		"the clerk decides nothing":       {"clerk", licensing.Approving, []licensing.Event{licensing.Withdraw}},
		"the first reviewer neither":      {"first", licensing.Approving, []licensing.Event{licensing.Suspend, licensing.Withdraw}},
		"the second reviewer neither":     {"second", licensing.Approving, []licensing.Event{licensing.Withdraw}},
		"somebody else decides":           {"boss", licensing.Approving, []licensing.Event{licensing.Extend, licensing.Grant, licensing.Deny, licensing.BackToReview, licensing.Withdraw}},
		"and nobody of a finished one":    {"boss", licensing.Completed, []licensing.Event{}},
		"the window hands out what it is": {"clerk", licensing.Delivering, []licensing.Event{licensing.Deliver}},
	} {
		c.State = s.state
		require.Equal(t, s.want, c.may(auth.Actor{ID: s.actor, Kind: auth.KindStaff, Perms: all}, true), name)
	}
	c.State = licensing.Approving
	require.Empty(t, c.may(auth.Actor{ID: "boss", Kind: auth.KindStaff}, true), "and nobody without the permission")
}

func TestWhatStandsAgainstACase(t *testing.T) {
	t.Parallel()
	revoked := Case{Revoked: true}
	require.Error(t, revoked.barred(licensing.Grant))
	require.NoError(t, revoked.barred(licensing.CertificateDone), "what hands nothing over")
	revoked.lost = &loss{revoked: true}
	require.Error(t, revoked.barred(licensing.MakeCertificate))
	require.Error(t, revoked.barred(licensing.CertificateDone))
	require.NoError(t, revoked.barred(licensing.Deny))
	require.NoError(t, revoked.barred(licensing.Withdraw))
	once := Case{Corrected: true, Extended: true}
	require.Error(t, once.barred(licensing.RequireCorrection))
	require.Error(t, once.barred(licensing.Extend))
	require.NoError(t, once.barred(licensing.Accept))
	desk := Case{Channel: licensing.Window}
	require.Error(t, desk.barred(licensing.Return))
	online := Case{Channel: licensing.Online}
	require.NoError(t, online.barred(licensing.Return))
}
