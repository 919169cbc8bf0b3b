package practitioner_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

const fleet = "11100000000019713D"

func (o *office) enrol(of, category string) practitioner.Registration {
	o.t.Helper()
	var r practitioner.Registration
	require.NoError(o.t, o.tx(func(ctx context.Context, tx pgx.Tx) (err error) {
		r, err = o.Enrol(ctx, tx, practitioner.Enrolment{
			Person: of, Category: category, Employer: "强生出租（演示）", EmployerCode: fleet, Contract: o.day("2029-01-01"), On: o.day("2026-11-23"), Ref: "办件二",
		})
		return err
	}))
	return r
}

func (o *office) revoke(licence, ref string, categories ...string) {
	o.t.Helper()
	require.NoError(o.t, o.tx(func(ctx context.Context, tx pgx.Tx) error {
		return o.Revoke(ctx, tx, licence, categories, "处罚决定", ref)
	}))
}

func (o *office) restore(licence, ref string, still ...string) (after string) {
	o.t.Helper()
	require.NoError(o.t, o.tx(func(ctx context.Context, tx pgx.Tx) (err error) {
		after, err = o.Restore(ctx, tx, licence, still, "复议撤销", ref)
		return err
	}))
	return after
}

func (o *office) registered(of, category string) (practitioner.Registration, bool) {
	o.t.Helper()
	r, found, err := o.Employer(o.t.Context(), o.DB, of, category)
	require.NoError(o.t, err)
	return r, found
}

// A revocation ends the registration and the card; the lift gives the registration
// back as it was, and says that the card has to be asked for (chapter 13.4).
func TestARevocationEndsTheRegistration(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("张建国", "310101198501010014", "13900001234")
	l := o.first(p.ID, practitioner.Taxi, "2020-01-01", "09002")
	before := o.enrol(p.ID, "09002")
	order := o.cardOrder(p.ID, practitioner.CardNew)
	order.Category, order.CompanyCode = "09002", fleet
	card, err := o.card(order)
	require.NoError(t, err)

	o.revoke(l.ID, "lock")
	_, found := o.registered(p.ID, "09002")
	require.False(t, found)
	require.Contains(t, o.kinds(p.ID), "UNREGISTER")
	after := o.restore(l.ID, "lock")
	require.Equal(t, "在“强生出租（演示）”的注册已恢复，有效期至 "+before.To.String()+"。服务监督卡 "+card.Number+" 已作废，不随证照恢复，请由服务单位办理“服务监督卡 申领”，领到新卡后上岗。", after)
	back, found := o.registered(p.ID, "09002")
	require.True(t, found)
	require.Equal(t, []any{before.ID, before.From, before.To, before.Ref, ""}, []any{back.ID, back.From, back.To, back.Ref, back.EndRef})
	got, err := o.card(order)
	require.NoError(t, err, "a new card is issued as the text says")
	require.NotEqual(t, card.Number, got.Number)

	o.revoke(l.ID, "again")
	o.Clock.Advance(4 * 366 * 24 * time.Hour)
	require.Contains(t, o.restore(l.ID, "again"), "注册已于 "+before.To.String()+" 期满，请由服务单位重新办理从业资格注册。")
	_, found = o.registered(p.ID, "09002")
	require.False(t, found, "its end has passed")
}

// What is taken of a certificate loses its registration, the rest keeps its own;
// a registration that ended by itself does not come back.
func TestARevocationOfOneCategory(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("张建国", "310101198501010014", "13900001234")
	l := o.first(p.ID, practitioner.Taxi, "2020-01-01", "09001", "09002")
	o.enrol(p.ID, "09001")
	o.enrol(p.ID, "09002")
	standing := func() (both [2]bool) {
		_, both[0] = o.registered(p.ID, "09001")
		_, both[1] = o.registered(p.ID, "09002")
		return both
	}
	o.revoke(l.ID, "one", "09002")
	require.Equal(t, [2]bool{true, false}, standing())
	o.revoke(l.ID, "two")
	require.Equal(t, [2]bool{false, false}, standing())
	require.Contains(t, o.restore(l.ID, "two", "09002"), "注册已恢复")
	require.Equal(t, [2]bool{true, false}, standing(), "the first decision still takes it")
	o.restore(l.ID, "one")
	require.Equal(t, [2]bool{true, true}, standing())

	require.NoError(t, o.tx(func(ctx context.Context, tx pgx.Tx) error {
		_, err := o.Leave(ctx, tx, practitioner.Leaving{Person: p.ID, Category: "09002", EmployerCode: fleet, On: o.day("2026-11-23"), Reported: o.day("2026-11-23")})
		return err
	}))
	o.revoke(l.ID, "three")
	o.restore(l.ID, "three")
	require.Equal(t, [2]bool{true, false}, standing(), "he had left")
}

// An edited registration stops the lift: nobody gets back what was not theirs.
func TestAnEditedRegistrationDoesNotComeBack(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("张建国", "310101198501010014", "13900001234")
	l := o.first(p.ID, practitioner.Taxi, "2020-01-01", "09002")
	r := o.enrol(p.ID, "09002")
	o.revoke(l.ID, "lock")
	_, err := o.DB.Exec(t.Context(), `UPDATE practitioner_registration SET reg_to = '2099-01-01' WHERE id = $1`, r.ID)
	require.NoError(t, err)
	err = o.tx(func(ctx context.Context, tx pgx.Tx) error {
		_, err := o.Restore(ctx, tx, l.ID, nil, "复议撤销", "lock")
		return err
	})
	require.True(t, fault.Is(err, "practitioner.registration.tampered"), err)
}
