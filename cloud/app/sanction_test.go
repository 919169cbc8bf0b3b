package app

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/cancel"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// TestARevocationTakesTheCertificateOfItsFile: over the real files, a revocation
// takes the certificate, shows on the file and bars its holder; stopping its
// execution gives it back. One category of two is barred and leaves the
// certificate.
func TestARevocationTakesTheCertificateOfItsFile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := auth.System(context.Background(), "test")
	id, err := person.ParseID(examtest.IDNumber(7))
	require.NoError(t, err)
	var p practitioner.Person
	var l practitioner.Licence
	today := clock.DateOf(time.Now())
	require.NoError(t, h.sys.DB.InTx(ctx, func(tx pgx.Tx) error {
		var err error
		if p, err = h.sys.Practitioner.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: "张三"}); err != nil {
			return err
		}
		l, err = h.sys.Practitioner.Issue(ctx, tx, practitioner.Grant{
			Person: p.ID, Act: practitioner.First, Type: practitioner.Road, Categories: []string{"01001", "02001"}, On: today, Ref: "办件一",
		})
		return err
	}))
	state := func() practitioner.LicenceState {
		l, err := h.sys.Practitioner.Licence(ctx, h.sys.DB, l.ID)
		require.NoError(t, err)
		return l.State
	}
	hear := func(n sanction.Notice) string {
		told, err := h.sys.Sanction.Hear(ctx, "enforcement-sh", &n)
		require.NoError(t, err)
		return told.Status
	}
	revoke := func(no, scope string, categories ...string) sanction.Notice {
		return sanction.Notice{
			Message: "M" + no, Kind: sanction.SaysRevoke, Step: 1, DecisionNo: no, CertType: practitioner.Road, CertNo: id.Reveal(), DecisionDate: today.String(),
			EffectiveDate: today.String(), Org: "执法总队", Reason: "重大事故", Cause: "REVOKED", Scope: scope, Categories: categories,
		}
	}
	blocked := func(situation, action string) bool {
		v, err := h.sys.Sanction.Judge(ctx, h.sys.DB, p.Blind, situation, action)
		require.NoError(t, err)
		return v.Blocked
	}
	require.Equal(t, sanction.Locked, hear(revoke("一号", sanction.ScopeCategory, "02001")))
	require.Equal(t, practitioner.InForce, state(), "the other category stays")
	require.True(t, blocked("RT03", "RENEW"))
	require.False(t, blocked("DG01", "APPLY"))
	require.Equal(t, sanction.Locked, hear(revoke("二号", sanction.ScopeFamily)))
	require.Equal(t, practitioner.Revoked, state())
	holds, err := h.sys.holdsOf(ctx, h.sys.DB, p.ID)
	require.NoError(t, err)
	require.Len(t, holds, 2)
	require.Equal(t, sanction.Suspended, hear(sanction.Notice{Message: "停", Kind: sanction.SaysSuspend, Step: 2, DecisionNo: "二号", LiftDocNo: "行停1号"}))
	require.Equal(t, practitioner.InForce, state())
	require.True(t, blocked("RT03", "RENEW"), "the first still stands")

	var told []string // 13.4: the person is told, in the transaction that takes and gives back
	require.NoError(t, h.sys.DB.QueryRow(ctx, `SELECT array_agg(text ORDER BY id) FROM onestop_notice WHERE person = $1`, p.ID).Scan(&told))
	require.Len(t, told, 3)
	require.Contains(t, told[0], "类别已被吊销（一号，执法总队）")
	require.Contains(t, told[1], "已被吊销（二号，执法总队）")
	require.Contains(t, told[2], "已停止执行")
}

// TestJudgingTakesNoSecondConnection: as many judgements at once as there are
// connections wait for each other for ever when each wants one more, and the
// whole centre with them.
func TestJudgingTakesNoSecondConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	n := int(h.sys.DB.Config().MaxConns)
	ctx, cancel := context.WithTimeout(auth.System(t.Context(), "test"), 20*time.Second)
	defer cancel()
	var in, out sync.WaitGroup
	in.Add(n)
	for range n {
		out.Go(func() {
			err := h.sys.DB.InTx(ctx, func(tx pgx.Tx) error {
				in.Done()
				in.Wait()
				_, err := h.sys.Sanction.Judge(ctx, tx, []byte("nobody"), "RT04", "REISSUE")
				return err
			})
			assert.NoError(t, err)
		})
	}
	out.Wait()
	require.NoError(t, ctx.Err(), "they waited for each other")
}

// TestALiftAndAVoidingTakeTheLetterBack: with the lift, not an hour later, what was
// cancelled for the revocation is taken back and its letter void; whose letter somebody
// voids is told, whether it was applied for or not.
func TestALiftAndAVoidingTakeTheLetterBack(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx, other := auth.System(t.Context(), "one"), auth.System(t.Context(), "two")
	id, err := person.ParseID(examtest.IDNumber(7))
	require.NoError(t, err)
	today := clock.DateOf(time.Now())
	var p practitioner.Person
	require.NoError(t, h.sys.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		if p, err = h.sys.Practitioner.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: "张三"}); err != nil {
			return err
		}
		_, err = h.sys.Practitioner.Issue(ctx, tx, practitioner.Grant{Person: p.ID, Act: practitioner.First, Type: practitioner.Road, Categories: []string{"02001"}, On: today, Ref: "办件一"})
		return err
	}))
	hear := func(n sanction.Notice) {
		_, err := h.sys.Sanction.Hear(ctx, "enforcement-sh", &n)
		require.NoError(t, err)
	}
	row := func() cancel.Item {
		list, err := h.sys.Cancel.List(ctx, cancel.Filter{}, db.Page{})
		require.NoError(t, err)
		require.Len(t, list.Items, 1)
		return list.Items[0]
	}
	told := func() (out []string) {
		require.NoError(t, h.sys.DB.QueryRow(ctx, `SELECT array_agg(title ORDER BY id) FROM onestop_notice WHERE person = $1`, p.ID).Scan(&out))
		return out
	}
	hear(sanction.Notice{
		Message: "M1", Kind: sanction.SaysRevoke, Step: 1, DecisionNo: "一号", CertType: practitioner.Road, CertNo: id.Reveal(), DecisionDate: today.String(),
		EffectiveDate: today.String(), Org: "执法总队", Reason: "重大事故", Cause: "REVOKED", Scope: sanction.ScopeFamily,
	})
	_, err = h.sys.Cancel.Sweep(ctx)
	require.NoError(t, err)
	i, err := h.sys.Cancel.Propose(ctx, row().ID, row().Version, "吊销后注销")
	require.NoError(t, err)
	i, err = h.sys.Cancel.Approve(other, i.ID, i.Version)
	require.NoError(t, err)
	hear(sanction.Notice{Message: "停", Kind: sanction.SaysSuspend, Step: 2, DecisionNo: "一号", LiftDocNo: "行停1号"})
	require.Equal(t, []any{cancel.Gone, practitioner.InForce}, []any{row().State, row().Holds})
	d10, err := h.sys.Letter.Get(ctx, h.sys.DB, i.Letter)
	require.NoError(t, err)
	require.Equal(t, letter.Void, d10.State)
	require.Equal(t, []string{"从业资格证件吊销", "从业资格证件注销", "吊销决定解除或停止执行", "注销决定作废"}, told())

	require.NoError(t, h.sys.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		d10, err = h.sys.Letter.Issue(ctx, tx, letter.Request{
			Case: i.ID, Kind: letter.Cancellation, Trade: "road", By: "one",
			Facts: letter.Facts{Applicant: "张三", IDType: "居民身份证", IDNoMask: i.IDNo, Matter: "依职权注销从业资格证件", ApplyNo: i.Number, CertName: "从业资格证", CertNo: i.Certificate, Categories: "货运", Reason: "吊销"},
		})
		return err
	}))
	_, err = h.sys.Letter.VoidOne(ctx, d10.ID, "文书有误")
	require.NoError(t, err)
	require.Equal(t, "法律文书作废", told()[4])
}
