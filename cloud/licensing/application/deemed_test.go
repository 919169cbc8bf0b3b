package application_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// short is a renewal in review that was accepted with too few hours of continuing
// education.
func short(t *testing.T) (*hall, application.Page) {
	t.Helper()
	h := newHall(t)
	p := h.claimed("rev", h.renewing())
	_, err := h.DB.Exec(t.Context(), `UPDATE licensing_check SET result = 'FAIL', reason = '继续教育 12 学时，应有 24 学时' WHERE case_id = $1 AND code = 'E12'`, p.ID)
	require.NoError(t, err)
	return h, p
}

// What our own records did not answer well at the acceptance may have been put right
// since: looking again finds it, without any register.
func TestOwnRecordsAreLookedAtAgain(t *testing.T) {
	t.Parallel()
	h, p := short(t)
	h.Registers = nil
	p = h.confirmed("rev", p)
	h.refused("rev", p, licensing.PassReview, "licensing.case.unsettled", "继续教育")
	_, err := h.Recheck(h.As("rev2"), p.ID, p.Revision)
	require.True(t, fault.Is(err, "licensing.case.conflict"), "%v", err)
	p, err = h.Recheck(h.As("rev"), p.ID, p.Revision)
	require.NoError(t, err)
	h.asShown("rev", p)
	require.Equal(t, application.Pass, standing(p, "E12").Result)
	require.Contains(t, standing(p, "E12").Reason, "24 学时", "what was counted today")
	require.Equal(t, 1, h.count(`SELECT count(*) FROM audit_entry WHERE action = $1 AND detail::text LIKE '%E12%'`, application.PermRecheck))
	_, err = h.Recheck(h.As("rev"), p.ID, p.Revision)
	require.True(t, fault.Is(err, "licensing.case.recheck.unconfigured"), "nothing of ours is open any more: %v", err)
	require.Equal(t, licensing.Approving, h.do("rev", p, licensing.PassReview, "学时已补足，符合条件").State)
}

// A register that was asked a moment ago does not keep us from our own records.
func TestOwnRecordsNeedNoRegister(t *testing.T) {
	t.Parallel()
	h, c := newCity(t)
	c.down = true
	p := h.inReview()
	h.ask(0)
	_, err := h.DB.Exec(t.Context(), `UPDATE licensing_check SET result = 'FAIL' WHERE case_id = $1 AND code = 'E10'`, p.ID)
	require.NoError(t, err)
	p, err = h.Recheck(h.As("rev"), p.ID, p.Revision)
	require.NoError(t, err)
	require.Equal(t, application.Pass, standing(p, "E10").Result)
	require.Equal(t, 1, h.count(`SELECT count(*) FROM licensing_query`), "and it is not asked twice")
}

// The law has granted a renewal that nobody decided in time (§50): no check bars the
// decision any more.
func TestADeemedRenewalIsGrantedWhateverAChecksSays(t *testing.T) {
	t.Parallel()
	h, p := short(t)
	h.refused("rev", h.confirmed("rev", p), licensing.PassReview, "licensing.case.unsettled", "继续教育")
	h.Clock.Advance(88 * 24 * time.Hour) // 11 January
	p, err := h.Show(h.As("rev"), p.ID)
	require.NoError(t, err)
	require.Contains(t, p.Notices[len(p.Notices)-1], "没有通过的核查项不影响准予")
	p = h.do("rev", p, licensing.PassReview, "依法视为准予延续，学时不足另行处理")
	h.refused("boss", p, licensing.Deny, "licensing.case.deemed", "视为准予")
	require.ErrorContains(t, h.grant(p), "2027 年工作日历", "nothing else is in the way")
}

// A refusal was proposed in time, and then the law granted the renewal: list and page
// offer the grant, and the refusal no more. Who reviewed is offered neither.
func TestAListOffersWhatThePageOffers(t *testing.T) {
	t.Parallel()
	h, p := short(t)
	p = h.do("rev", p, licensing.ProposeRefusal, "继续教育学时不足")
	same := func(who string) []licensing.Event {
		t.Helper()
		page, err := h.Show(h.As(who), p.ID)
		require.NoError(t, err)
		list, err := h.List(h.As(who), application.Filter{Queue: "approve"}, db.Page{PageSize: 10})
		require.NoError(t, err)
		require.Len(t, list.Items, 1)
		require.Equal(t, page.Possible, list.Items[0].Possible, who)
		return page.Possible
	}
	require.NotContains(t, same("boss"), licensing.Grant)
	require.Contains(t, same("boss"), licensing.Deny)
	h.Clock.Advance(88 * 24 * time.Hour)
	require.Contains(t, same("boss"), licensing.Grant)
	require.NotContains(t, same("boss"), licensing.Deny)
	require.NotContains(t, same("rev"), licensing.Grant)
}

// Of a certificate that has been revoked there is nothing to renew: the case is
// refused, and does not stand for ever.
func TestARevokedRenewalIsNotDeemed(t *testing.T) {
	t.Parallel()
	h, p := short(t)
	h.Clock.Advance(88 * 24 * time.Hour)
	h.revoke(practitioner.Road, renewer)
	p, err := h.Show(h.As("rev"), p.ID)
	require.NoError(t, err)
	for _, n := range p.Notices {
		require.NotContains(t, n, "视为准予")
	}
	p = h.do("rev", p, licensing.ProposeRefusal, "从业资格已被吊销")
	require.ErrorContains(t, h.grant(p), "licensing.case.revoked")
	_, err = h.Service.Do(h.As("boss"), p.ID, licensing.Deny, h.ordered(p, licensing.Deny, "从业资格已被吊销，不予延续"))
	require.ErrorContains(t, err, "2027 年工作日历", "nothing else is in the way")
}

// years gives the office working days of the years ahead.
func (h *hall) years(ahead ...int) {
	h.t.Helper()
	for _, y := range ahead {
		_, err := h.DB.Exec(h.t.Context(), `INSERT INTO licensing_calendar_year (year, source, set_by, set_at) VALUES ($1, '测试', '', now())`, y)
		require.NoError(h.t, err)
		_, err = h.DB.Exec(h.t.Context(), `INSERT INTO licensing_calendar_day (day, year, kind, name) VALUES (make_date($1, 1, 1), $1, 'holiday', '元旦')`, y)
		require.NoError(h.t, err)
	}
}

// What the law has granted is never too late to be written down: it cannot be refused,
// so nothing may keep it from being granted.
func TestADeemedRenewalIsNeverTooLate(t *testing.T) {
	t.Parallel()
	h, p := short(t)
	h.years(2027)
	was, err := h.people.Licence(t.Context(), h.DB, p.Licence)
	require.NoError(t, err)
	p = h.confirmed("rev", p)
	h.Clock.Advance((88 + 190) * 24 * time.Hour) // 190 days after the end
	p = h.do("rev", p, licensing.PassReview, "依法视为准予延续，学时不足另行处理")
	h.refused("boss", p, licensing.Deny, "licensing.case.deemed", "视为准予")
	p = h.do("boss", p, licensing.Grant, "依法视为准予延续")
	require.Equal(t, licensing.Granted, p.State)
	l, err := h.people.Licence(t.Context(), h.DB, p.Licence)
	require.NoError(t, err)
	require.Equal(t, practitioner.InForce, l.State)
	require.Equal(t, 2, l.PrintVersion)
	require.Equal(t, was.ValidTo.Add(1), l.ValidFrom, "without a gap")
}

// Of a certificate that has been cancelled there is nothing to renew: the case is
// refused, and does not stand for ever.
func TestARenewalOfWhatHasGoneIsNotDeemed(t *testing.T) {
	t.Parallel()
	h, p := short(t)
	h.years(2027)
	ctx := auth.System(t.Context(), "test")
	require.NoError(t, h.DB.InTx(ctx, func(tx pgx.Tx) error {
		return h.people.SetState(ctx, tx, p.Licence, practitioner.Cancelled, "本人申请注销", "")
	}))
	h.Clock.Advance(88 * 24 * time.Hour)
	p, err := h.Show(h.As("rev"), p.ID)
	require.NoError(t, err)
	for _, n := range p.Notices {
		require.NotContains(t, n, "视为准予")
	}
	p = h.do("rev", p, licensing.ProposeRefusal, "证件已注销，没有可以延续的")
	require.Equal(t, licensing.Denied, h.do("boss", p, licensing.Deny, "证件已注销，不予延续").State)
}

// A decision and a revocation meet: whichever is first, the certificate ends revoked
// and the case is marked.
func TestAGrantMeetsARevocation(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.claimed("rev", h.renewing())
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "符合规定的条件")
	ctx := auth.System(t.Context(), "enforcement")
	granted := make(chan error, 1)
	go func() { granted <- h.grant(p) }()
	h.revoke(practitioner.Road, renewer)
	err := <-granted
	l, look := h.people.Licence(ctx, h.DB, p.Licence)
	require.NoError(t, look)
	require.Equal(t, practitioner.Revoked, l.State)
	now, look := h.Show(h.As("rev"), p.ID)
	require.NoError(t, look)
	require.True(t, now.Revoked)
	require.Equal(t, err == nil, now.State == licensing.Granted)
}
