package app

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
)

// Two decisions hold a certificate, one of them by its categories, which are all that
// it has: lifting the other does not bring it back.
func TestADecisionOnAllCategoriesHoldsTheCertificate(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	ctx := auth.System(context.Background(), "test")
	say := func(no, kind string, step int, scope string, categories ...string) string {
		told, err := w.sys.Sanction.Hear(context.Background(), "enforcement-sh", &sanction.Notice{
			Message: no + kind, Kind: kind, Step: step, DecisionNo: no, CertType: practitioner.Road, CertNo: w.goneID.Reveal(), DecisionDate: w.today.String(),
			EffectiveDate: w.today.String(), Org: "执法总队", Reason: "重大事故", Cause: "REVOKED", Scope: scope, Categories: categories, LiftReason: "HEARING", LiftDocNo: "听证1号",
		})
		require.NoError(t, err)
		return told.Status
	}
	state := func() practitioner.LicenceState {
		l, err := w.sys.Practitioner.Licence(ctx, w.sys.DB, w.licence.ID)
		require.NoError(t, err)
		return l.State
	}
	require.Equal(t, sanction.Locked, say("二号", sanction.SaysRevoke, 1, sanction.ScopeCategory, "02001"))
	require.Equal(t, practitioner.Revoked, state(), "all that it has is taken")
	require.Equal(t, sanction.Locked, say("一号", sanction.SaysRevoke, 1, sanction.ScopeCert))
	require.Equal(t, sanction.Suspended, say("一号", sanction.SaysSuspend, 2, sanction.ScopeCert))
	require.Equal(t, practitioner.Revoked, state(), "the second decision still takes all of it")
	require.Equal(t, sanction.Suspended, say("二号", sanction.SaysSuspend, 2, sanction.ScopeCategory, "02001"))
	require.Equal(t, practitioner.InForce, state())
}
