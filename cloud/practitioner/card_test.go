package practitioner_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

const otherCompany = "91310000132207927C"

func (o *office) card(d practitioner.CardOrder) (c practitioner.Card, err error) {
	return c, o.tx(func(ctx context.Context, tx pgx.Tx) error {
		c, err = o.IssueCard(ctx, tx, d)
		return err
	})
}

func (o *office) cardOrder(person string, act practitioner.CardAct) practitioner.CardOrder {
	return practitioner.CardOrder{
		Person: person, Kind: practitioner.Supervision, Act: act, Category: "13001", Company: "浦东公交（演示）", CompanyCode: "11100000000019713D", StaffNo: "A01", On: o.day("2026-11-23"), Ref: "case",
	}
}

// One card counts: what another company asks for makes the one before void, and a
// lost one is replaced by its own company only.
func TestOneCardCounts(t *testing.T) {
	t.Parallel()
	o, p := rehiring(t)
	held, err := o.Licences(t.Context(), o.DB, p.ID)
	require.NoError(t, err)
	l := held[0]
	for code, d := range map[string]practitioner.CardOrder{
		"practitioner.card.none": o.cardOrder(p.ID, practitioner.CardReissue),
		"practitioner.card.licence": func() practitioner.CardOrder {
			d := o.cardOrder(p.ID, practitioner.CardNew)
			d.Category = "13901"
			return d
		}(),
		"person.company": func() practitioner.CardOrder {
			d := o.cardOrder(p.ID, practitioner.CardNew)
			d.CompanyCode = "1"
			return d
		}(),
	} {
		_, err := o.card(d)
		require.True(t, fault.Is(err, code), "%s: %v", code, err)
	}
	first, err := o.card(o.cardOrder(p.ID, practitioner.CardNew))
	require.NoError(t, err)
	require.Equal(t, "000001", first.Number, "nothing refused took a number")
	_, err = o.card(o.cardOrder(p.ID, practitioner.CardNew))
	require.True(t, fault.Is(err, "practitioner.card.twice"), err)
	again := o.cardOrder(p.ID, practitioner.CardReissue)
	again.CompanyCode = otherCompany
	_, err = o.card(again)
	require.True(t, fault.Is(err, "practitioner.card.company"), err)
	again.Act = practitioner.CardNew
	_, err = o.card(again)
	require.True(t, fault.Is(err, "practitioner.card.other"), err)
	again.Act = practitioner.CardRenew
	second, err := o.card(again)
	require.NoError(t, err)
	list, err := o.Cards(t.Context(), o.DB, p.ID)
	require.NoError(t, err)
	require.Equal(t, []any{second.ID, practitioner.CardActive, first.ID, practitioner.CardVoid}, []any{list[0].ID, list[0].State, list[1].ID, list[1].State})

	require.NoError(t, o.tx(func(ctx context.Context, tx pgx.Tx) error {
		return o.SetState(ctx, tx, l.ID, practitioner.Revoked, "吊销", "lock")
	}))
	list, err = o.Cards(t.Context(), o.DB, p.ID)
	require.NoError(t, err)
	require.Equal(t, []any{practitioner.CardVoid, "lock"}, []any{list[0].State, list[0].EndRef}, "it ends with its certificate")

	_, err = o.DB.Exec(t.Context(), `UPDATE practitioner_card SET state = 'ACTIVE' WHERE id = $1`, second.ID)
	require.NoError(t, err)
	require.NoError(t, o.tx(func(ctx context.Context, tx pgx.Tx) error {
		return o.SetState(ctx, tx, l.ID, practitioner.InForce, "解除", "lift")
	}))
	_, err = o.card(o.cardOrder(p.ID, practitioner.CardRenew))
	require.True(t, fault.Is(err, "practitioner.card.tampered"), err)
}

// A card names the company that its bearer is registered with, or that hired them
// again: no other gets one, and none makes another's void.
func TestACardNamesTheEmployer(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.taxi("2024-03-01")
	order := func(act practitioner.CardAct, company string) practitioner.CardOrder {
		d := o.cardOrder(p.ID, act)
		d.Category, d.CompanyCode = "09002", company
		return d
	}
	refused := func(code string, d practitioner.CardOrder) {
		t.Helper()
		_, err := o.card(d)
		require.True(t, fault.Is(err, code), "%s: %v", code, err)
		require.True(t, fault.Is(o.CheckCard(t.Context(), o.DB, d), code), "and is said at submission")
	}
	refused("practitioner.card.registration", order(practitioner.CardNew, fleet))
	r := o.enrol(p.ID, "09002")
	refused("practitioner.card.employer", order(practitioner.CardNew, otherCompany))
	first, err := o.card(order(practitioner.CardNew, fleet))
	require.NoError(t, err)
	for _, act := range []practitioner.CardAct{practitioner.CardNew, practitioner.CardRenew, practitioner.CardReissue} {
		refused("practitioner.card.employer", order(act, otherCompany))
	}
	list, err := o.Cards(t.Context(), o.DB, p.ID)
	require.NoError(t, err)
	require.Equal(t, []any{first.ID, practitioner.CardActive, 1}, []any{list[0].ID, list[0].State, len(list)})
	o.Clock.Advance(r.To.Add(1).Start().Sub(o.Clock.Now()))
	refused("practitioner.card.registration", order(practitioner.CardReissue, fleet))

	// on the buses nobody registers; a company that is on file is theirs
	b := o.file("李公交", idLike(o.t, "31010119850307001"), "13900005555")
	o.first(b.ID, practitioner.Bus, "2026-03-01", "13001")
	o.Staff("clerk", practitioner.PermList, practitioner.PermSave)
	require.NoError(t, o.Register(o.As("clerk"), b.ID, practitioner.RegistrationDraft{Category: "13001", Employer: "浦东公交（演示）", EmployerCode: fleet, From: o.day("2026-03-01"), Source: "企业报告"}))
	bus := o.cardOrder(b.ID, practitioner.CardNew)
	bus.CompanyCode = otherCompany
	refused("practitioner.card.employer", bus)
	bus.CompanyCode = fleet
	_, err = o.card(bus)
	require.NoError(t, err)
}

// Many at once: one is issued, and numbers have no gap.
func TestTwoDesksIssueOneCard(t *testing.T) {
	t.Parallel()
	o, p := rehiring(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := o.card(o.cardOrder(p.ID, practitioner.CardNew)); err != nil && !fault.Is(err, "practitioner.card.twice") {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := o.Cards(t.Context(), o.DB, p.ID)
	require.NoError(t, err)
	require.Len(t, list, 1)
	d := o.cardOrder(p.ID, practitioner.CardRenew)
	next, err := o.card(d)
	require.NoError(t, err)
	require.Equal(t, "000002", next.Number)
}

// A registration without a code is its own company's, not whoever's asks first.
func TestAnotherCompanyDoesNotTakeOver(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.taxi("2024-03-01")
	o.Staff("clerk", practitioner.PermList, practitioner.PermSave)
	require.NoError(t, o.Register(o.As("clerk"), p.ID, practitioner.RegistrationDraft{Category: "09002", Employer: "大众出租（演示）", From: o.day("2024-01-10"), Source: "企业报告"}))
	e := o.enrolment(p.ID, otherCompany, "2030-01-01")
	_, err := o.Extendable(t.Context(), o.DB, e)
	require.True(t, fault.Is(err, "practitioner.registration.employer"), "%v", err)
	e.Employer = "大众出租（演示）"
	r, err := o.Extendable(t.Context(), o.DB, e)
	require.NoError(t, err)
	require.Equal(t, "大众出租（演示）", r.Employer)
}

// A registration edited behind the program's back stops what hangs on it; those
// that were there before they had MACs get theirs once, and never again.
func TestAnEditedRegistrationStops(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.taxi("2024-03-01")
	o.Staff("clerk", practitioner.PermList, practitioner.PermSave)
	d := practitioner.RegistrationDraft{Category: "09002", Employer: "强生出租（演示）", From: o.day("2024-03-01"), Source: "企业报告"}
	require.NoError(t, o.Register(o.As("clerk"), p.ID, d))
	employer := func() (practitioner.Registration, error) {
		r, _, err := o.Employer(t.Context(), o.DB, p.ID, "09002")
		return r, err
	}
	set := func(sql string) {
		_, err := o.DB.Exec(t.Context(), `UPDATE practitioner_registration SET `+sql)
		require.NoError(t, err)
	}
	r, err := employer()
	require.NoError(t, err)
	set(`mac = NULL`) // as the release before left it
	require.NoError(t, o.SealRegistrations(t.Context()))
	require.NoError(t, o.SealRegistrations(t.Context()))
	require.Equal(t, 1, o.Audited("practitioner.registration.seal"))
	_, err = employer()
	require.NoError(t, err)

	set(`reg_to = '2099-01-01'`)
	_, err = employer()
	require.True(t, fault.Is(err, "practitioner.registration.tampered"), "%v", err)
	require.True(t, fault.Is(o.Unregister(o.As("clerk"), p.ID, r.ID, "离职"), "practitioner.registration.tampered"))
	f, err := o.Show(o.As("clerk"), p.ID)
	require.NoError(t, err)
	require.True(t, f.Registrations[0].Broken, "the page says so")
	set(`mac = NULL`)
	require.NoError(t, o.SealRegistrations(t.Context()))
	_, err = employer()
	require.True(t, fault.Is(err, "practitioner.registration.tampered"), "a MAC that was taken out is not given anew: %v", err)
}

func (o *office) taxi(first string) practitioner.Person {
	p := o.file("钱师傅", idLike(o.t, "31010119800307001"), "13900006666")
	o.first(p.ID, practitioner.Taxi, first, "09002")
	return p
}

func (o *office) enrolment(of, employer, contract string) practitioner.Enrolment {
	return practitioner.Enrolment{Person: of, Category: "09002", Employer: "强生出租（演示）", EmployerCode: employer, Contract: o.day(contract), On: o.day("2026-11-23"), Ref: "case"}
}

// A registration holds three years; it is extended from its own end, with its own
// company; it ends on the day of the contract, and one that ran out begins anew.
func TestARegistrationFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.taxi("2020-03-01")
	mine := "11100000000019713D"
	tx := func(do func(ctx context.Context, tx pgx.Tx) error) error { return o.tx(do) }
	enrol := func(e practitioner.Enrolment) error {
		return tx(func(ctx context.Context, tx pgx.Tx) error { _, err := o.Enrol(ctx, tx, e); return err })
	}
	extend := func(e practitioner.Enrolment) error {
		return tx(func(ctx context.Context, tx pgx.Tx) error { _, err := o.ExtendEnrolment(ctx, tx, e); return err })
	}
	leave := func(l practitioner.Leaving) error {
		return tx(func(ctx context.Context, tx pgx.Tx) error { _, err := o.Leave(ctx, tx, l); return err })
	}
	refused := func(err error, code string) { t.Helper(); require.True(t, fault.Is(err, code), "%s: %v", code, err) }

	refused(extend(o.enrolment(p.ID, mine, "2030-01-01")), "practitioner.registration.none")
	refused(enrol(o.enrolment(p.ID, mine, "2026-11-22")), "practitioner.registration.contract")
	refused(enrol(o.enrolment(p.ID, "1", "2030-01-01")), "person.company")
	require.NoError(t, enrol(o.enrolment(p.ID, mine, "2030-01-01")))
	refused(enrol(o.enrolment(p.ID, otherCompany, "2030-01-01")), "practitioner.registration.twice")
	r, _, err := o.Employer(t.Context(), o.DB, p.ID, "09002")
	require.NoError(t, err)
	require.Equal(t, []string{"2029-11-23", "2029-10-24"}, []string{r.To.String(), r.AskBy().String()})
	refused(extend(o.enrolment(p.ID, mine, "2030-01-01")), "practitioner.registration.early")

	o.Clock.Advance(1095 * 24 * time.Hour) // 2029-11-22: a day before the end, and taken
	refused(extend(o.enrolment(p.ID, otherCompany, "2033-01-01")), "practitioner.registration.employer")
	require.NoError(t, extend(o.enrolment(p.ID, mine, "2033-01-01")))
	r, _, err = o.Employer(t.Context(), o.DB, p.ID, "09002")
	require.NoError(t, err)
	require.Equal(t, "2032-11-24", r.To.String(), "three years from the day after the old end")

	gone := practitioner.Leaving{Person: p.ID, Category: "09002", EmployerCode: mine, On: o.day("2029-10-30"), Reported: o.day("2029-11-22"), Ref: "left"}
	wrong := gone
	wrong.EmployerCode = otherCompany
	refused(leave(wrong), "practitioner.registration.employer")
	wrong = gone
	wrong.On = o.day("2029-11-23")
	refused(leave(wrong), "practitioner.registration.left")
	require.NoError(t, leave(gone))
	refused(leave(gone), "practitioner.registration.none")

	again := o.enrolment(p.ID, otherCompany, "2040-01-01")
	again.On = o.day("2029-11-22")
	require.NoError(t, enrol(again))
	o.Clock.Advance(1100 * 24 * time.Hour) // past its end
	refused(extend(o.enrolment(p.ID, otherCompany, "2040-01-01")), "practitioner.registration.over")
	again.On = o.day("2032-11-26")
	require.NoError(t, enrol(again))
	r, _, err = o.Employer(t.Context(), o.DB, p.ID, "09002")
	require.NoError(t, err)
	require.Equal(t, "2032-11-26", r.From.String())
}
