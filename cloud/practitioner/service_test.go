package practitioner_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

const files = "/api/v1/practitioners"

// office is a window clerk (ann), a reviewer (bob) and one who may do all (all).
type office struct {
	*examtest.World
	*practitioner.Service
	t *testing.T
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{World: examtest.New(t), t: t}
	o.Service = practitioner.New(o.DB, o.Keys, o.Audit, o.Clock)
	practitioner.Register(o.Web, o.Service)
	every := []string{
		practitioner.PermList, practitioner.PermSave, practitioner.PermReveal, practitioner.PermWhole, practitioner.PermImport,
		practitioner.PermPropose, practitioner.PermDecide,
	}
	o.Staff("ann", every...)
	o.Staff("bob", every...)
	o.Staff("reader", practitioner.PermList)
	return o
}

func (o *office) tx(do func(ctx context.Context, tx pgx.Tx) error) error {
	ctx := o.As("ann")
	return o.DB.InTx(ctx, func(tx pgx.Tx) error { return do(ctx, tx) })
}

func (o *office) id(text string) person.ID {
	o.t.Helper()
	id, err := person.ParseID(text)
	require.NoError(o.t, err)
	return id
}

func (o *office) day(text string) clock.Date {
	o.t.Helper()
	d, err := clock.ParseDate(text)
	require.NoError(o.t, err)
	return d
}

// file makes a file by its number and answers its id.
func (o *office) file(name, number, mobile string) practitioner.Person {
	o.t.Helper()
	p, err := o.Create(o.As("ann"), practitioner.Draft{Name: name, IDNo: number, Mobile: mobile, Residence: "SH", Address: "世纪大道 1 号"})
	require.NoError(o.t, err)
	return p
}

func (o *office) issue(g practitioner.Grant) (l practitioner.Licence, err error) {
	err = o.tx(func(ctx context.Context, tx pgx.Tx) error {
		l, err = o.Issue(ctx, tx, g)
		return err
	})
	return l, err
}

func (o *office) first(p, kind, on string, categories ...string) practitioner.Licence {
	o.t.Helper()
	l, err := o.issue(practitioner.Grant{Person: p, Act: practitioner.First, Type: kind, Categories: categories, On: o.day(on), Ref: "办件一"})
	require.NoError(o.t, err)
	return l
}

func (o *office) state(l string, to practitioner.LicenceState) error {
	return o.tx(func(ctx context.Context, tx pgx.Tx) error { return o.SetState(ctx, tx, l, to, "缘由", "文号") })
}

func (o *office) kinds(p string) []string {
	o.t.Helper()
	got, err := o.Timeline(o.As("reader"), p, practitioner.TimelineFilter{}, db.Page{PageSize: 100})
	require.NoError(o.t, err)
	out := []string{}
	for _, l := range got.Items {
		out = append(out, l.Kind)
	}
	return out
}

func TestOneFileAPerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	b := practitioner.Basic{ID: o.id("310101198501010014"), Name: "王一"}
	ids := make([]string, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			_ = o.tx(func(ctx context.Context, tx pgx.Tx) error {
				p, err := o.Ensure(ctx, tx, b)
				ids[i] = p.ID
				return err
			})
		})
	}
	wg.Wait()
	for _, id := range ids {
		require.NotEmpty(t, id)
		require.Equal(t, ids[0], id, "eight at once make one file")
	}
	p, found, err := o.Find(o.As("ann"), o.DB, b.ID)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, "310***********0014", p.IDNo)
	require.Equal(t, []string{"1985-01-01", "1"}, []string{p.Birth.String(), p.Sex})
	b.Mobile, _ = person.ParseMobile("13900001111")
	b.Name, b.Address = "王一", "世纪大道 1 号"
	require.NoError(t, o.tx(func(ctx context.Context, tx pgx.Tx) error { _, err := o.Ensure(ctx, tx, b); return err }))
	p, err = o.Get(o.As("ann"), o.DB, p.ID)
	require.NoError(t, err)
	require.Equal(t, "139****1111", p.Mobile, "what is lacking is filled")
	_, err = o.Create(o.As("ann"), practitioner.Draft{Name: "王一", IDNo: "310101850101001"})
	examtest.RequireFault(t, err, "practitioner.file.exists")
	_, err = o.Create(o.As("reader"), practitioner.Draft{Name: "王一", IDNo: "310101850101001"})
	examtest.RequireFault(t, err, "auth.forbidden")

	draft := practitioner.Correction{Version: p.Version, Name: "王依", Mobile: "13900002222", Why: "按身份证更正"}
	_, err = o.Correct(o.As("ann"), p.ID, draft)
	require.NoError(t, err)
	_, err = o.Correct(o.As("ann"), p.ID, draft)
	examtest.RequireFault(t, err, "practitioner.file.stale")
	var clear int
	require.NoError(t, o.DB.QueryRow(t.Context(), `SELECT count(*) FROM practitioner p WHERE p::text LIKE '%13900002222%' OR p::text LIKE '%310101198501010014%' OR p::text LIKE '%世纪大道%'`).Scan(&clear))
	require.Zero(t, clear, "nothing that identifies lies in clear")
}

func TestACertificateThroughItsLife(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("王一", "310101198501010014", "13900001111")
	l := o.first(p.ID, practitioner.Road, "2020-12-15", "02001", "01001")
	require.Equal(t, []string{"2026-12-15", "310***********0014"}, []string{l.ValidTo.String(), l.Number})
	_, err := o.issue(practitioner.Grant{Person: p.ID, Act: practitioner.First, Type: practitioner.Road, Categories: []string{"03001"}, On: o.day("2026-11-23")})
	examtest.RequireFault(t, err, "practitioner.grant.twice")

	again := func(act practitioner.Act, categories ...string) practitioner.Licence {
		t.Helper()
		l, err := o.issue(practitioner.Grant{Person: p.ID, Act: act, Type: practitioner.Road, Categories: categories, On: o.day("2026-11-23"), Why: "到期"})
		require.NoError(t, err)
		return l
	}
	l = again(practitioner.Add, "03001")
	require.Len(t, l.Categories, 3)
	require.Equal(t, []any{2, "2032-11-23"}, []any{l.PrintVersion, l.ValidTo.String()}, "the certificate ends with its last category")
	l = again(practitioner.Renew, "01001")
	require.Equal(t, "2032-12-16", l.Categories[0].ValidTo.String(), "from the day after its own end")
	require.Equal(t, "2026-12-15", l.Categories[1].ValidTo.String(), "the other stays")
	number := l.Number
	l = again(practitioner.Reissue)
	require.Equal(t, []any{4, number}, []any{l.PrintVersion, l.Number})
	got, err := o.Get(o.As("ann"), o.DB, p.ID)
	require.NoError(t, err)
	require.Equal(t, []string{"2026-12-15", "31000020200000001"}, []string{got.Expires.String(), got.ArchiveNo})

	require.NoError(t, o.state(l.ID, practitioner.Revoked))
	require.NoError(t, o.state(l.ID, practitioner.Revoked), "a repeat does nothing")
	_, err = o.issue(practitioner.Grant{Person: p.ID, Act: practitioner.Reissue, Type: practitioner.Road, On: o.day("2026-11-23")})
	examtest.RequireFault(t, err, "practitioner.grant.none")
	require.NoError(t, o.state(l.ID, practitioner.InForce))
	require.NoError(t, o.state(l.ID, practitioner.Cancelled))
	examtest.RequireFault(t, o.state(l.ID, practitioner.InForce), "practitioner.licence.state")
	second := o.first(p.ID, practitioner.Road, "2026-11-23", "02001")
	require.NotEqual(t, l.ID, second.ID, "after a cancellation there can be a new one")
	require.Equal(t, []string{"ISSUE", "STATE_03", "STATE_10", "STATE_05", "REISSUE", "RENEW", "ADD_CATEGORY", "ISSUE", "FILE"}, o.kinds(p.ID))
	history, err := o.Timeline(o.As("reader"), p.ID, practitioner.TimelineFilter{Licence: l.ID, Kind: "RENEW"}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, []int{2, 3}, []int{history.Items[0].Before.PrintVersion, history.Items[0].After.PrintVersion})

	bus := o.first(p.ID, practitioner.Bus, "2026-11-23", "13001")
	require.Equal(t, "GJD2026000001", bus.Number)
	require.Equal(t, "GJS2026000001", o.first(p.ID, practitioner.Bus, "2026-11-23", "13901").Number, "a certificate for each post")
	require.True(t, o.first(p.ID, practitioner.Taxi, "2026-11-23", "09002").ValidTo.IsZero())
	found, err := o.ByNumber(o.As("ann"), o.DB, "gjd2026000001 ")
	require.NoError(t, err)
	require.Equal(t, bus.ID, found[0].ID)
}

func TestRenewingTooLate(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("王一", "310101198501010014", "")
	o.first(p.ID, practitioner.Road, "2019-06-30", "01001")
	renew := func(on string) (practitioner.Licence, error) {
		return o.issue(practitioner.Grant{Person: p.ID, Act: practitioner.Renew, Type: practitioner.Road, On: o.day(on)})
	}
	_, err := renew("2025-12-28")
	examtest.RequireFault(t, err, "practitioner.grant.late")
	l, err := renew("2025-12-27")
	require.NoError(t, err)
	require.Equal(t, []string{"2025-12-27", "2031-12-27"}, []string{l.ValidFrom.String(), l.ValidTo.String()})
}

func TestACertificateThatWasEditedIsNamed(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"date":     `UPDATE practitioner_licence SET valid_to = valid_to + 365`,
		"state":    `UPDATE practitioner_licence SET state = '03'`,
		"category": `INSERT INTO practitioner_category SELECT id, '03001', first_issue, valid_to, person, state FROM practitioner_licence`,
		"end":      `UPDATE practitioner_category SET valid_to = valid_to + 1`,
		"person":   `UPDATE practitioner_licence SET person = (SELECT id FROM practitioner WHERE name = '李二')`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			p, other := o.file("王一", "310101198501010014", ""), o.file("李二", "310115199206120029", "")
			l := o.first(p.ID, practitioner.Road, "2024-03-15", "01001")
			_, err := o.DB.Exec(t.Context(), sql)
			require.NoError(t, err)
			_, err = o.Licence(o.As("ann"), o.DB, l.ID)
			examtest.RequireFault(t, err, "practitioner.licence.tampered")
			require.ErrorContains(t, err, "道路运输从业人员从业资格证（310***********0014）")
			examtest.RequireFault(t, o.state(l.ID, practitioner.Revoked), "practitioner.licence.tampered")
			of := p.ID
			if name == "person" {
				of = other.ID
			}
			_, err = o.Show(o.As("reader"), of)
			examtest.RequireFault(t, err, "practitioner.licence.tampered")
			list, err := o.List(o.As("reader"), practitioner.Filter{Type: practitioner.Road}, db.Page{})
			require.NoError(t, err)
			require.True(t, list.Items[0].Licences[0].Broken, "the list still finds it, and says so")
		})
	}
}

func TestTheTimelineIsAppendOnly(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("王一", "310101198501010014", "")
	for _, sql := range []string{`UPDATE practitioner_event SET text = 'x'`, `DELETE FROM practitioner_event`, `TRUNCATE practitioner_event`} {
		_, err := o.DB.Exec(t.Context(), sql)
		require.ErrorContains(t, err, "append-only", sql)
	}
	err := o.Remark(o.As("ann"), p.ID, "他的号码是 310101198501010014")
	examtest.RequireFault(t, err, "request.text.id")
	require.NoError(t, o.Remark(o.As("ann"), p.ID, "已电话核实"))
	require.Equal(t, []string{"REMARK", "FILE"}, o.kinds(p.ID))
}

func TestRevealing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.file("王一", "310101198501010014", "13900001111")
	ask := func(who, field, why string) (int, []byte) {
		return o.Do(who, http.MethodPost, files+"/"+p.ID+"/reveal", map[string]string{"field": field, "reason": why})
	}
	status, _ := ask("reader", "id_no", "核对身份")
	require.Equal(t, http.StatusForbidden, status)
	status, _ = ask("ann", "id_no", " ")
	require.Equal(t, http.StatusBadRequest, status)
	for field, want := range map[string]string{"id_no": "310101198501010014", "mobile": "13900001111", "address": "世纪大道 1 号"} {
		status, body := ask("ann", field, "核对身份")
		require.Equal(t, http.StatusOK, status, string(body))
		require.Equal(t, want, examtest.Decode[struct{ Value string }](t, body).Value)
	}
	status, body := ask("ann", "photo", "核对身份")
	require.Equal(t, http.StatusNotFound, status)
	require.Equal(t, "practitioner.file.reveal.empty", examtest.Code(t, body))
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 120, 160))))
	require.NoError(t, o.SetPhoto(o.As("ann"), p.ID, b.Bytes()))
	examtest.RequireFault(t, o.SetPhoto(o.As("ann"), p.ID, []byte("GIF89a")), "practitioner.photo.format")
	require.Equal(t, 3, o.Audited(practitioner.PermReveal))
	require.Equal(t, []string{"PHOTO", "REVEAL", "REVEAL", "REVEAL", "FILE"}, o.kinds(p.ID), "whose file was seen says so itself")
	for range 20 {
		status, body = ask("ann", "photo", "核对身份")
	}
	require.Equal(t, http.StatusTooManyRequests, status, string(body))
	_, body = o.Do("reader", http.MethodGet, files+"/"+p.ID, nil)
	for _, secret := range []string{"310101198501010014", "13900001111", "世纪大道"} {
		require.NotContains(t, string(body), secret)
	}
}
