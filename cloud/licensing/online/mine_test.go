package online_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/online"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// The first page says which certificates somebody has, that one is late, and what a
// revocation did, without a whole number.
func TestTheFirstPageShowsCertificates(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.accounts["token-mine"] = citizen()
	rec := d.in(t, "token-mine")
	cookie, csrf := rec.Result().Cookies()[0], examtest.Decode[online.Session](t, rec.Body.Bytes()).CSRF
	mine := func() online.Mine {
		rec := d.do(t, http.MethodGet, "/api/v1/own/certificates", "", cookie, csrf)
		require.Equal(t, http.StatusOK, rec.Code, rec.Body.String())
		require.NotContains(t, rec.Body.String(), driver)
		return examtest.Decode[online.Mine](t, rec.Body.Bytes())
	}
	require.Empty(t, mine().Licences)

	ctx := auth.System(t.Context(), "test")
	id, err := person.ParseID(driver)
	require.NoError(t, err)
	today := clock.DateOf(d.Clock.Now())
	begun := clock.Date{Year: today.Year - 6, Month: today.Month, Day: 1}
	require.NoError(t, d.DB.InTx(ctx, func(tx pgx.Tx) error {
		p, err := d.People.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: "张建国"})
		if err != nil {
			return err
		}
		for kind, category := range map[string]string{practitioner.Road: "02001", practitioner.Taxi: "09002"} {
			if _, err := d.People.Issue(ctx, tx, practitioner.Grant{Person: p.ID, Act: practitioner.First, Type: kind, Categories: []string{category}, On: begun}); err != nil {
				return err
			}
		}
		return nil
	}))
	m := mine()
	require.Len(t, m.Licences, 2)
	require.ElementsMatch(t, []string{"已过期", "有效"}, []string{m.Licences[0].StateName, m.Licences[1].StateName})
	require.Equal(t, sanction.Orange, m.Hints[0].Color)
	require.Contains(t, m.Hints[0].Text, "已超期，不得上岗")

	d.Sanctions.Licences = certificates{d.People}
	told, err := d.Sanctions.Hear(ctx, "enforcement-sh", &sanction.Notice{
		Message: "M1", Kind: sanction.SaysRevoke, Step: 1, DecisionNo: "沪交罚〔2026〕1号", CertType: practitioner.Taxi, CertNo: driver, DecisionDate: today.String(),
		EffectiveDate: today.String(), Org: "执法总队", Reason: "严重违规", Cause: "REVOKED", Scope: sanction.ScopeCert,
	})
	require.NoError(t, err)
	require.Equal(t, sanction.Locked, told.Status)
	m = mine()
	require.Equal(t, sanction.Red, m.Hints[0].Color)
	require.Contains(t, m.Hints[0].Text, "沪交罚〔2026〕1号")
	require.ElementsMatch(t, []string{"已过期", "已吊销"}, []string{m.Licences[0].StateName, m.Licences[1].StateName})
}

// certificates are the files as revocations find them.
type certificates struct{ *practitioner.Service }

func (c certificates) ByNumber(ctx context.Context, q db.Q, certType, number string) ([]sanction.Found, error) {
	list, err := c.Service.ByNumber(ctx, q, number)
	var out []sanction.Found
	for _, l := range list {
		if l.Type == certType {
			p, err := c.Get(ctx, q, l.Person)
			if err != nil {
				return nil, err
			}
			out = append(out, sanction.Found{Licence: l.ID, Person: p.ID, Blind: p.Blind})
		}
	}
	return out, err
}

func (c certificates) Sought(ctx context.Context, q db.Q, certType, number string) ([]sanction.Found, error) {
	return c.ByNumber(ctx, q, certType, number)
}

func (c certificates) One(ctx context.Context, q db.Q, licence string) (sanction.Found, error) {
	l, err := c.Licence(ctx, q, licence)
	return sanction.Found{Licence: l.ID, Person: l.Person, Type: l.Type, InForce: l.State == practitioner.InForce}, err
}
