package application_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
)

// certificates are the files as revocations take them.
type certificates struct{ *practitioner.Service }

func (c certificates) ByNumber(ctx context.Context, q db.Q, certType, number string) ([]sanction.Found, error) {
	list, err := c.Service.ByNumber(ctx, q, number)
	var out []sanction.Found
	for _, l := range list {
		if l.Type != certType {
			continue
		}
		p, err := c.Get(ctx, q, l.Person)
		if err != nil {
			return nil, err
		}
		out = append(out, sanction.Found{Licence: l.ID, Person: p.ID, Blind: p.Blind, Name: p.Name})
	}
	return out, err
}

const decision = "沪交罚〔2026〕17号"

// revoke is the enforcement system's decision on a certificate.
func (h *hall) revoke(certType, number string) {
	h.t.Helper()
	today := clock.DateOf(h.Clock.Now()).String()
	told, err := h.sanctions.Hear(auth.System(h.t.Context(), "partner"), "enforcement-sh", &sanction.Notice{
		Message: h.id(), Kind: sanction.SaysRevoke, Step: 1, DecisionNo: decision, CertType: certType, CertNo: number, DecisionDate: today,
		EffectiveDate: today, Org: "执法总队", Reason: "严重违规", Cause: "REVOKED", Scope: sanction.ScopeFamily,
	})
	require.NoError(h.t, err)
	require.Equal(h.t, sanction.Locked, told.Status)
}

// suspendRevocation is a court's order to wait with it.
func (h *hall) suspendRevocation() {
	h.t.Helper()
	told, err := h.sanctions.Hear(auth.System(h.t.Context(), "partner"), "enforcement-sh", &sanction.Notice{
		Message: h.id(), Kind: sanction.SaysSuspend, Step: 2, DecisionNo: decision, LiftDocNo: "沪行停〔2026〕1号",
	})
	require.NoError(h.t, err)
	require.Equal(h.t, sanction.Suspended, told.Status)
}

// A revocation stops the applications that it is about, and those alone: somebody
// whose taxi licence was taken still drives goods.
func TestARevocationStopsItsOwnTrade(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	ctx := auth.System(t.Context(), "test")
	require.NoError(t, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		_, err := h.people.Issue(ctx, tx, practitioner.Grant{
			Person: h.person.ID, Act: practitioner.TakeIn, Type: practitioner.Taxi, Categories: []string{"09002"}, On: clock.Date{Year: 2024, Month: 3, Day: 1},
			Taken: &practitioner.Taken{Number: "T310104001", FirstIssue: clock.Date{Year: 2024, Month: 3, Day: 1}, ValidFrom: clock.Date{Year: 2024, Month: 3, Day: 1}, State: practitioner.InForce},
		})
		return err
	}))
	p := h.reviewed("RT04")
	h.revoke(practitioner.Taxi, "T310104001")
	p, err := h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.False(t, p.Revoked)
	h.do("boss", p, licensing.Grant, "")
}

func (c certificates) Sought(ctx context.Context, q db.Q, certType, number string) ([]sanction.Found, error) {
	return c.ByNumber(ctx, q, certType, number)
}

func (c certificates) One(ctx context.Context, q db.Q, licence string) (sanction.Found, error) {
	l, err := c.Licence(ctx, q, licence)
	return sanction.Found{Licence: l.ID, Person: l.Person, Type: l.Type, InForce: l.State == practitioner.InForce}, err
}
