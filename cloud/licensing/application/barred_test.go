package application_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
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

// A revocation bars, and is no list: no stricter review, no extension; the reviewer can
// only propose to refuse, alone, and the denial quotes what the revocation fails. Lifted,
// it leaves nothing (chapter 13.3, 13.4).
func TestARevocationIsNoStrictReview(t *testing.T) {
	t.Parallel()
	for _, lifted := range []bool{false, true} {
		h := newHall(t)
		p := h.confirmed("rev", h.inReview())
		h.revoke(practitioner.Road, driver)
		p = h.shown(p)
		require.Equal(t, []any{true, false, ""}, []any{p.Revoked, p.Strict, p.Proposal})
		k := standing(p, "E16")
		require.Equal(t, application.Fail, k.Result)
		require.Equal(t, "失信名单与吊销锁", k.Source)
		require.Contains(t, k.Reason, decision)
		require.NotContains(t, p.Possible, licensing.PassReview)
		h.refused("rev", p, licensing.PassReview, "licensing.case.revoked", "请提出拟不予准许的意见，或等吊销解除后再审查")
		if lifted {
			h.suspendRevocation()
			p = h.shown(p)
			require.Equal(t, []any{false, false, "", application.Pass}, []any{p.Revoked, p.Strict, p.Proposal, standing(p, "E16").Result})
			p = h.do("rev", p, licensing.PassReview, "材料齐全，符合条件")
			require.Equal(t, licensing.Granted, h.do("boss", p, licensing.Grant, "").State)
			continue
		}
		p = h.do("rev", p, licensing.ProposeRefusal, "从业资格已被吊销")
		require.Equal(t, licensing.Approving, p.State, "one reviewer is enough")
		p, err := h.Show(h.As("boss"), p.ID)
		require.NoError(t, err)
		const gone = "《中华人民共和国行政许可法》第七十条"
		i := slices.IndexFunc(p.Grounds, func(g matter.Ground) bool { return g.Article == gone })
		require.GreaterOrEqual(t, i, 0, "%+v", p.Grounds)
		require.Equal(t, []string{"E16"}, p.Grounds[i].Checks)
		o := h.ordered(p, licensing.Deny, "从业资格已被吊销，不予补发")
		o.Unmet = []string{gone}
		p, err = h.Service.Do(h.As("boss"), p.ID, licensing.Deny, o)
		require.NoError(t, err)
		require.Contains(t, h.said(p, "D06"), gone)
	}
}

// Of a draft nothing has been looked at, and a decision rests on what was found then.
func TestARevocationLooksAtWhatIsBeingExamined(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.revoke(practitioner.Road, driver)
	h.suspendRevocation()
	draft, granted := h.opened("RT04"), h.do("boss", h.reviewed("RT04"), licensing.Grant, "")
	told, err := h.sanctions.Hear(auth.System(t.Context(), "partner"), "enforcement-sh", &sanction.Notice{
		Message: h.id(), Kind: sanction.SaysResume, Step: 3, DecisionNo: decision, LiftDocNo: "沪行停〔2026〕2号",
	})
	require.NoError(t, err)
	require.Equal(t, sanction.Locked, told.Status)
	draft, granted = h.shown(draft), h.shown(granted)
	require.True(t, draft.Revoked && granted.Revoked)
	require.Equal(t, []string{application.NotYet, application.Pass}, []string{standing(draft, "E16").Result, standing(granted, "E16").Result})
}

// A case that stands under strict review without any list is brought out of it when a
// revocation comes or goes.
func TestStrictReviewThatNoListHoldsIsTakenBack(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	id, err := person.ParseID(renewer)
	require.NoError(t, err)
	_, err = h.sanctions.Receive(auth.System(t.Context(), "partner"), "credit-sh", sanction.Batch{Number: 1, MadeAt: h.Clock.Now(), Items: []sanction.Item{{
		ID: id, List: "TRANSPORT_SERIOUS", Reason: "非法营运", DecisionNo: "沪失信〔2026〕8号", Org: "市交通委", ListedAt: "2026-10-08", ExpireAt: "2026-10-20", Status: sanction.On, RepairStat: "NONE",
	}}})
	require.NoError(t, err)
	p := h.claimed("rev", h.renewing())
	require.True(t, p.Strict)
	h.Clock.Advance(7 * 24 * time.Hour) // nobody is told that the entry ran out
	h.revoke(practitioner.Road, renewer)
	p = h.shown(p)
	require.Equal(t, []any{true, false, ""}, []any{p.Revoked, p.Strict, p.Proposal})
	require.Equal(t, []licensing.Event{licensing.Relax, licensing.RevocationHit}, events(p)[len(p.Course)-2:])
}

func (c certificates) Sought(ctx context.Context, q db.Q, certType, number string) ([]sanction.Found, error) {
	return c.ByNumber(ctx, q, certType, number)
}

func (c certificates) One(ctx context.Context, q db.Q, licence string) (sanction.Found, error) {
	l, err := c.Licence(ctx, q, licence)
	return sanction.Found{Licence: l.ID, Person: l.Person, Type: l.Type, InForce: l.State == practitioner.InForce}, err
}
