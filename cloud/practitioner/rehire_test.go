package practitioner_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// rehiring is an office with somebody who has retired and holds a bus certificate.
func rehiring(t *testing.T) (*office, practitioner.Person) {
	t.Helper()
	o := newOffice(t)
	o.Staff("desk", practitioner.PermRehired)
	p := o.file("丁志强", idLike(t, "31010119650105001"), "13900005555")
	o.first(p.ID, practitioner.Bus, "2022-03-01", "13001")
	return o, p
}

// idLike adds the check digit to seventeen digits.
func idLike(t *testing.T, first17 string) string {
	t.Helper()
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(first17[i]-'0') * w
	}
	return first17 + string("10X98765432"[sum%11])
}

func (o *office) rehireDraft(p, from, to string) practitioner.RehireDraft {
	return practitioner.RehireDraft{
		Person: p, Category: "13001", Company: "浦东公交（演示）", CompanyCode: "11100000000019713D", From: o.day(from), To: o.day(to),
		HealthUntil: o.day("2027-10-31"), ContractUntil: o.day("2027-11-30"), Ref: "办件返聘",
	}
}

func (o *office) rehire(d practitioner.RehireDraft) (r practitioner.Rehire, err error) {
	err = o.tx(func(ctx context.Context, tx pgx.Tx) error {
		r, err = o.Rehire(ctx, tx, d)
		return err
	})
	return r, err
}

func (o *office) dismiss(d practitioner.Dismissal) (r practitioner.Rehire, err error) {
	err = o.tx(func(ctx context.Context, tx pgx.Tx) error {
		r, err = o.Dismiss(ctx, tx, d)
		return err
	})
	return r, err
}

// The migrated table answers the vectors of chapter 16.2.
func TestTheRetirementTableIsTheStateCouncils(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	table, err := o.AgeLimits(t.Context(), o.DB)
	require.NoError(t, err)
	taxi, _ := practitioner.AgeRuleOf(table, "09002", o.day("2026-11-23"))
	for birth, want := range map[string]string{"1965-01-15": "2025-02-15", "1976-09-10": "2039-09-10", "1964-12-31": "2024-12-31"} {
		require.Equal(t, want, taxi.Retires(o.day(birth), "1").String())
	}
	require.Equal(t, "2025-02-01", taxi.Retires(o.day("1975-01-01"), "2").String())
	require.Equal(t, "2030-01-15", taxi.RehireEnds(o.day("1965-01-15")).String())
	road, _ := practitioner.AgeRuleOf(table, "01001", o.day("2026-11-23"))
	require.True(t, road.RehireEnds(o.day("1965-01-15")).IsZero(), "nobody drives coaches after retirement")
}

func TestWhoCanBeHiredAgain(t *testing.T) {
	t.Parallel()
	o, p := rehiring(t) // Monday 2026-11-23
	good := o.rehireDraft(p.ID, "2026-12-01", "2027-10-31")
	young := o.file("孙小明", idLike(t, "31010119850101002"), "13900005556")
	o.first(young.ID, practitioner.Bus, "2022-03-01", "13001")
	bare := o.file("钱师傅", idLike(t, "31010119640105003"), "13900005557")
	old := o.file("周老", idLike(t, "31010119610105003"), "13900005558")
	for name, c := range map[string]struct {
		change func(*practitioner.RehireDraft)
		code   string
	}{
		"too young":          {func(d *practitioner.RehireDraft) { d.Person = young.ID }, "practitioner.rehire.early"},
		"before retirement":  {func(d *practitioner.RehireDraft) { d.From = o.day("2025-02-04") }, "practitioner.rehire.early"},
		"too old":            {func(d *practitioner.RehireDraft) { d.Person = old.ID }, "practitioner.rehire.old"},
		"no certificate":     {func(d *practitioner.RehireDraft) { d.Person = bare.ID }, "practitioner.rehire.licence"},
		"other post":         {func(d *practitioner.RehireDraft) { d.Category = "13901" }, "practitioner.rehire.licence"},
		"not for trucks":     {func(d *practitioner.RehireDraft) { d.Category = "02001" }, "practitioner.rehire.category"},
		"beyond the health":  {func(d *practitioner.RehireDraft) { d.To = o.day("2027-11-01") }, "practitioner.rehire.health"},
		"beyond contract":    {func(d *practitioner.RehireDraft) { d.ContractUntil = o.day("2027-10-30") }, "practitioner.rehire.contract"},
		"ends before begins": {func(d *practitioner.RehireDraft) { d.To = o.day("2026-11-30") }, "practitioner.rehire.dates"},
		"over already":       {func(d *practitioner.RehireDraft) { d.From, d.To = o.day("2026-01-01"), o.day("2026-11-22") }, "practitioner.rehire.dates"},
		"wrong company code": {func(d *practitioner.RehireDraft) { d.CompanyCode = "11100000000019713E" }, "person.company"},
	} {
		d := good
		c.change(&d)
		_, err := o.rehire(d)
		require.True(t, fault.Is(err, c.code), "%s: %v", name, err)
	}
	r, err := o.rehire(good)
	require.NoError(t, err)
	require.Equal(t, practitioner.RehireActive, r.State)
	_, err = o.rehire(good)
	require.True(t, fault.Is(err, "practitioner.rehire.twice"), err)
	_, on, err := o.ActiveRehire(t.Context(), o.DB, p.ID, o.day("2026-11-30"))
	require.NoError(t, err)
	require.False(t, on, "it begins on 1 December")
	_, on, err = o.ActiveRehire(t.Context(), o.DB, p.ID, o.day("2026-12-01"))
	require.NoError(t, err)
	require.True(t, on)
	require.Equal(t, "REHIRE", o.kinds(p.ID)[0])
	f, err := o.Show(o.As("reader"), p.ID)
	require.NoError(t, err)
	require.Len(t, f.Rehires, 1)
}

// running is a clock that goes on with every look at it.
type running struct{ clock.Clock }

var ticks atomic.Int64

func (r running) Now() time.Time {
	return r.Clock.Now().Add(time.Duration(ticks.Add(1)) * time.Millisecond)
}

// What was written is genuine while time goes on.
func TestRowsAreGenuineWhileTimeGoesOn(t *testing.T) {
	t.Parallel()
	o, p := rehiring(t)
	o.Service = practitioner.New(o.DB, o.Keys, o.Audit, running{o.Clock})
	_, err := o.rehire(o.rehireDraft(p.ID, "2026-10-01", "2027-10-31"))
	require.NoError(t, err)
	_, on, err := o.ActiveRehire(t.Context(), o.DB, p.ID, o.day("2026-11-23"))
	require.NoError(t, err)
	require.True(t, on)
}

func TestADismissalIsReportedByTheCompanyAndInTime(t *testing.T) {
	t.Parallel()
	o, p := rehiring(t)
	_, err := o.rehire(o.rehireDraft(p.ID, "2026-10-01", "2027-10-31"))
	require.NoError(t, err)
	d := practitioner.Dismissal{Person: p.ID, Category: "13001", CompanyCode: "11100000000019713D", On: o.day("2026-11-02"), Reported: o.day("2026-11-23"), Why: "协议解除"}
	for code, change := range map[string]func(*practitioner.Dismissal){
		"practitioner.rehire.company":   func(d *practitioner.Dismissal) { d.CompanyCode = "113100000024200399" },
		"practitioner.rehire.none":      func(d *practitioner.Dismissal) { d.Category = "13902" },
		"practitioner.rehire.dismissed": func(d *practitioner.Dismissal) { d.On = o.day("2026-11-24") },
	} {
		wrong := d
		change(&wrong)
		_, err := o.dismiss(wrong)
		require.True(t, fault.Is(err, code), "%s: %v", code, err)
	}
	r, err := o.dismiss(d)
	require.NoError(t, err)
	require.Equal(t, 1, r.Late, "twenty-one days")
	require.Zero(t, practitioner.LateBy(o.day("2026-11-03"), o.day("2026-11-23")))
	lines, err := o.Timeline(o.As("reader"), p.ID, practitioner.TimelineFilter{Kind: "DISMISS"}, db.Page{})
	require.NoError(t, err)
	require.Contains(t, lines.Items[0].Text, "逾期 1 日")
	_, err = o.dismiss(d)
	require.True(t, fault.Is(err, "practitioner.rehire.none"), "once: %v", err)
	_, err = o.rehire(o.rehireDraft(p.ID, "2026-12-01", "2027-10-31"))
	require.NoError(t, err, "hired again after that")
}

// However many copies run: what is over ends once, at midnight after its last day.
func TestRehiresExpireOnce(t *testing.T) {
	t.Parallel()
	o, p := rehiring(t)
	_, err := o.rehire(o.rehireDraft(p.ID, "2026-10-01", "2026-11-24"))
	require.NoError(t, err)
	n, err := o.ExpireRehires(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	soon, err := o.Rehires(o.As("desk"), practitioner.RehireFilter{Days: practitioner.SoonDays}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 1, soon.Total)
	o.Clock.Advance(48 * time.Hour)
	var total atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			n, err := o.ExpireRehires(context.Background())
			if err != nil {
				t.Error(err)
			}
			total.Add(int64(n))
		})
	}
	wg.Wait()
	require.Equal(t, int64(1), total.Load())
	all, err := o.Rehires(o.As("desk"), practitioner.RehireFilter{State: practitioner.RehireExpired}, db.Page{Q: "浦东公交"})
	require.NoError(t, err)
	require.Equal(t, 1, all.Total)
	require.Equal(t, "2026-11-24", all.Items[0].EndedOn.String())
	require.Equal(t, "REHIRE_END", o.kinds(p.ID)[0])
	companies, err := o.RehireCompanies(o.As("desk"), db.Page{})
	require.NoError(t, err)
	require.Equal(t, practitioner.RehireCompany{Company: "浦东公交（演示）", CompanyCode: "11100000000019713D", Ended: 1}, companies.Items[0])
}

func TestARehireEditedBehindTheProgramsBackIsNotUsed(t *testing.T) {
	t.Parallel()
	o, p := rehiring(t)
	_, err := o.rehire(o.rehireDraft(p.ID, "2026-11-01", "2027-10-31"))
	require.NoError(t, err)
	_, err = o.DB.Exec(t.Context(), `UPDATE practitioner_rehire SET category = '13901'`)
	require.NoError(t, err)
	_, _, err = o.ActiveRehire(t.Context(), o.DB, p.ID, o.day("2026-11-23"))
	require.True(t, fault.Is(err, "practitioner.rehire.tampered"), err)
	list, err := o.Rehires(o.As("desk"), practitioner.RehireFilter{}, db.Page{})
	require.NoError(t, err)
	require.True(t, list.Items[0].Broken)
	_, err = o.Rehires(o.As("reader"), practitioner.RehireFilter{}, db.Page{})
	require.True(t, fault.Is(err, "auth.forbidden"), err)
}

// A rehire that was edited ends nobody else's later.
func TestAnEditedRehireKeepsNoOther(t *testing.T) {
	t.Parallel()
	o, p := rehiring(t)
	r, err := o.rehire(o.rehireDraft(p.ID, "2026-11-01", "2026-11-24"))
	require.NoError(t, err)
	_, err = o.DB.Exec(t.Context(), `INSERT INTO practitioner_rehire SELECT (jsonb_populate_record(x, '{"id": "0", "state": "EXPIRED"}')).* FROM practitioner_rehire x`)
	require.NoError(t, err)
	_, err = o.DB.Exec(t.Context(), `DROP INDEX practitioner_rehire_one; UPDATE practitioner_rehire SET state = 'ACTIVE' WHERE id = '0'`)
	require.NoError(t, err)
	o.Clock.Advance(48 * time.Hour)
	n, err := o.ExpireRehires(t.Context())
	require.True(t, fault.Is(err, "practitioner.rehire.tampered"), "%v", err)
	require.Equal(t, 1, n)
	state, err := db.Value[string](t.Context(), o.DB, `SELECT state FROM practitioner_rehire WHERE id = $1`, r.ID)
	require.NoError(t, err)
	require.Equal(t, "EXPIRED", state)
}

// Bus numbers run without a gap, past those that were taken over.
func TestBusNumbersRunPastThoseTakenOver(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for i, first := range []string{"31010119850101002", "31010119860101002", "31010119870101002"} {
		p := o.file("驾驶员", idLike(t, first), "")
		g := practitioner.Grant{Person: p.ID, Act: practitioner.First, Type: practitioner.Bus, Categories: []string{"13001"}, On: o.day("2026-11-23")}
		if i == 1 {
			g.Act, g.Taken = practitioner.TakeIn, &practitioner.Taken{Number: "GJD2026000002", FirstIssue: o.day("2026-01-05"), ValidFrom: o.day("2026-01-05"), ValidTo: o.day("2032-01-05")}
		}
		l, err := o.issue(g)
		require.NoError(t, err)
		require.Equal(t, []string{"GJD2026000001", "GJD2026000002", "GJD2026000003"}[i], l.Number)
	}
}
