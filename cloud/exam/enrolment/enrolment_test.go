package enrolment_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/credit"
	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// office is an examination office, where somebody asks to be registered.
type office struct {
	*examtest.World
	*enrolment.Service
	t        *testing.T
	people   *practitioner.Service
	sittings *sitting.Service
	who      practitioner.Person
	number   person.ID
	cases    int
}

const freight = "13001" // one subject, 理论

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{World: examtest.New(t), t: t}
	o.people = practitioner.New(o.DB, o.Keys, o.Audit, o.Clock)
	o.sittings = sitting.New(sitting.Parts{DB: o.DB, Keys: o.Keys, Audit: o.Audit, Blobs: o.Blobs, Clock: o.Clock})
	o.Service = enrolment.New(o.DB, o.Keys, o.Audit, o.Clock, o.people, o.sittings, credit.New(o.DB, o.Keys, o.Audit, o.Clock, nil, nil))
	enrolment.Register(o.Web, o.Service)
	o.Staff("clerk", enrolment.PermPay)
	o.Staff("boss", enrolment.PermList, enrolment.PermExport, enrolment.PermArrange, enrolment.PermPay, sitting.PermList, sitting.PermEnrol, sitting.PermSave, sitting.PermSuspend)
	o.who, o.number = o.person(1)
	return o
}

func (o *office) tx(do func(ctx context.Context, tx pgx.Tx) error) error {
	ctx := auth.System(context.Background(), "test")
	return o.DB.InTx(ctx, func(tx pgx.Tx) error { return do(ctx, tx) })
}

func (o *office) person(n int) (p practitioner.Person, id person.ID) {
	o.t.Helper()
	id, err := person.ParseID(examtest.IDNumber(n))
	require.NoError(o.t, err)
	mobile, err := person.ParseMobile("13900004321")
	require.NoError(o.t, err)
	require.NoError(o.t, o.tx(func(ctx context.Context, tx pgx.Tx) (err error) {
		p, err = o.people.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: "张三", Mobile: mobile})
		return err
	}))
	return p, id
}

func (o *office) draft(change func(*enrolment.Draft)) enrolment.Draft {
	o.cases++
	d := enrolment.Draft{
		Ref: fmt.Sprintf("case-%d", o.cases), ApplyNo: fmt.Sprintf("NO%d", o.cases), Person: o.who.ID, Category: freight, Part: enrolment.Theory, Consent: true, Fen: 7000,
		Accepted: clock.DateOf(o.Clock.Now()),
	}
	if change != nil {
		change(&d)
	}
	return d
}

func again(d *enrolment.Draft) { d.Again = true }

func (o *office) try(d enrolment.Draft) (e enrolment.Enrolment, err error) {
	return e, o.tx(func(ctx context.Context, tx pgx.Tx) (err error) {
		e, err = o.Open(ctx, tx, d)
		return err
	})
}

func (o *office) open(change func(*enrolment.Draft)) enrolment.Enrolment {
	o.t.Helper()
	e, err := o.try(o.draft(change))
	require.NoError(o.t, err)
	return e
}

func (o *office) payment(notice string) enrolment.Payment {
	return enrolment.Payment{Notice: notice, On: clock.DateOf(o.Clock.Now()), Fen: 7000, Version: 1}
}

func (o *office) paid(change func(*enrolment.Draft)) enrolment.Enrolment {
	o.t.Helper()
	e := o.open(change)
	e, err := o.Pay(o.As("clerk"), e.ID, o.payment("NOTICE-"+e.ID[30:]))
	require.NoError(o.t, err)
	return e
}

func (o *office) now(e enrolment.Enrolment) enrolment.Enrolment {
	o.t.Helper()
	out, found, err := o.OfCase(context.Background(), o.DB, e.Ref)
	require.NoError(o.t, err)
	require.True(o.t, found)
	return out
}

func (o *office) arrange(in string, of ...enrolment.Enrolment) enrolment.Outcome {
	o.t.Helper()
	ids := make([]string, len(of))
	for i, e := range of {
		ids[i] = e.ID
	}
	out, err := o.Arrange(o.As("boss"), enrolment.Order{Sitting: in, IDs: ids})
	require.NoError(o.t, err)
	return out
}

func (o *office) in(days int) time.Time { return o.Clock.Now().AddDate(0, 0, days) }

func (o *office) sat(days int, outcome string) {
	o.t.Helper()
	o.Sat(o.number, "张三", freight, "理论", o.in(-days), outcome)
}

func TestWhoMayBeRegistered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(o *office)
		change func(*enrolment.Draft)
		want   string
	}{
		"for the first time":             {nil, nil, ""},
		"after a make-up that was lost":  {func(o *office) { o.sat(100, "FAILED") }, nil, ""},
		"a pass that is over":            {func(o *office) { o.sat(370, "PASSED") }, nil, ""},
		"a pass that counts":             {func(o *office) { o.sat(300, "PASSED") }, nil, "exam.enrolment.open.held"},
		"a make-up that is owed":         {func(o *office) { o.sat(10, "FAILED") }, nil, "exam.enrolment.open.makeup"},
		"owed, but not yet":              {func(o *office) { o.sat(1, "FAILED") }, nil, "exam.enrolment.open.makeup"},
		"no such part":                   {nil, func(d *enrolment.Draft) { d.Part = enrolment.Both }, "exam.enrolment.open.part"},
		"practical alone":                {nil, func(d *enrolment.Draft) { d.Category, d.Part = "02001", enrolment.Practice }, "exam.enrolment.open.part"},
		"a result that is withheld":      {func(o *office) { o.sat(10, "WITHHELD") }, nil, "exam.enrolment.open.open"},
		"registered already":             {func(o *office) { o.open(nil) }, nil, "exam.enrolment.open.running"},
		"registered for another":         {func(o *office) { o.open(func(d *enrolment.Draft) { d.Category = "03001" }) }, nil, ""},
		"an impostor":                    {func(o *office) { o.sat(100, "FAILED"); o.accuse() }, nil, "exam.enrolment.open.banned"},
		"make-up":                        {func(o *office) { o.sat(10, "FAILED") }, again, ""},
		"make-up of who stayed away":     {func(o *office) { o.sat(10, "ABSENT") }, again, ""},
		"make-up on the third day":       {func(o *office) { o.sat(3, "FAILED") }, again, ""},
		"make-up on the second day":      {func(o *office) { o.sat(2, "FAILED") }, again, "exam.enrolment.open.early"},
		"make-up on the last day":        {func(o *office) { o.sat(90, "FAILED") }, again, ""},
		"make-up a day late":             {func(o *office) { o.sat(91, "FAILED") }, again, "exam.enrolment.open.none"},
		"make-up of nothing":             {nil, again, "exam.enrolment.open.none"},
		"make-up of a pass":              {func(o *office) { o.sat(10, "PASSED") }, again, "exam.enrolment.open.held"},
		"make-up of a void exam":         {func(o *office) { o.sat(10, "VOID") }, again, "exam.enrolment.open.none"},
		"make-up of a make-up":           {func(o *office) { o.sat(10, "FAILED"); o.second() }, again, "exam.enrolment.open.none"},
		"anew after a lost make-up":      {func(o *office) { o.sat(10, "FAILED"); o.second() }, nil, ""},
		"under a number that was merged": {func(o *office) { o.open(nil); o.merge() }, nil, "exam.enrolment.open.running"},
		"owed under a merged number":     {func(o *office) { o.sat(10, "FAILED"); o.merge() }, nil, "exam.enrolment.open.makeup"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			if c.before != nil {
				c.before(o)
			}
			d := o.draft(c.change)
			err := o.May(context.Background(), o.DB, d)
			if c.want == "" {
				require.NoError(t, err)
				_, err = o.try(d)
				require.NoError(t, err)
				return
			}
			examtest.RequireFault(t, err, c.want)
			_, err = o.try(d)
			examtest.RequireFault(t, err, c.want)
		})
	}
}

// accuse has somebody found to sit for another in every exam so far.
func (o *office) accuse() {
	o.t.Helper()
	require.NoError(o.t, o.tx(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO exam_irregularity (id, sitting, candidate, code, note, evidence, who, node, record, at)
			SELECT 'i', sitting, id, 'V06', '', '', '', '', 1, $1 FROM exam_candidate`, o.Clock.Now())
		return err
	}))
}

func (o *office) second() {
	o.t.Helper()
	require.NoError(o.t, o.tx(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE exam_candidate SET turn = 2`)
		return err
	}))
}

// merge makes the person's file go into another, which asks from now on.
func (o *office) merge() {
	o.t.Helper()
	gone := o.who
	o.who, o.number = o.person(2)
	require.NoError(o.t, o.tx(func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE practitioner SET merged_into = $1 WHERE id = $2`, o.who.ID, gone.ID)
		return err
	}))
}

// Two decisions at once open one enrolment.
func TestTwoDecisionsOpenOne(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	drafts := []enrolment.Draft{o.draft(nil), o.draft(nil), o.draft(nil)}
	errs := together(len(drafts), func(i int) error { _, err := o.try(drafts[i]); return err })
	require.Len(t, slices.DeleteFunc(errs, func(err error) bool { return err != nil }), 1)
}

func together(n int, do func(i int) error) []error {
	out := make([]error, n)
	var w sync.WaitGroup
	for i := range n {
		w.Go(func() { out[i] = do(i) })
	}
	w.Wait()
	return out
}

func TestAPaymentIsRegisteredOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	e := o.open(nil)
	require.Equal(t, []any{enrolment.ToPay, []string{"理论"}, "2026-12-23"}, []any{e.State, e.Subjects, e.ArrangeBy.String()})
	for name, c := range map[string]struct {
		change func(*enrolment.Payment)
		want   string
	}{
		"too little":             {func(p *enrolment.Payment) { p.Fen = 6999 }, "exam.enrolment.pay.amount"},
		"too much":               {func(p *enrolment.Payment) { p.Fen = 7001 }, "exam.enrolment.pay.amount"},
		"tomorrow":               {func(p *enrolment.Payment) { p.On = p.On.Add(1) }, "exam.enrolment.pay.date"},
		"before it was accepted": {func(p *enrolment.Payment) { p.On = p.On.Add(-1) }, "exam.enrolment.pay.date"},
		"no day":                 {func(p *enrolment.Payment) { p.On = clock.Date{} }, "exam.enrolment.pay.date"},
		"another page":           {func(p *enrolment.Payment) { p.Version = 2 }, "exam.enrolment.pay.stale"},
	} {
		p := o.payment("310000000001")
		c.change(&p)
		_, err := o.Pay(o.As("clerk"), e.ID, p)
		examtest.RequireFault(t, err, c.want)
		require.Equal(t, enrolment.ToPay, o.now(e).State, name)
	}
	errs := together(4, func(int) error { _, err := o.Pay(o.As("clerk"), e.ID, o.payment("310000000001")); return err })
	require.Equal(t, make([]error, 4), errs, "the same notice again is the same payment")
	require.Equal(t, 1, o.Audited(enrolment.PermPay))
	got := o.now(e)
	require.Equal(t, []any{enrolment.Waiting, "310000000001", "姓名clerk", 2}, []any{got.State, got.NoticeNo, got.PaidName, got.Version})
	_, err := o.Pay(o.As("clerk"), e.ID, o.payment("310000000002"))
	examtest.RequireFault(t, err, "exam.enrolment.pay.paid")

	o.who, o.number = o.person(2)
	other := o.open(nil)
	_, err = o.Pay(o.As("clerk"), other.ID, o.payment("310000000001"))
	examtest.RequireFault(t, err, "exam.enrolment.pay.used")
	_, err = o.Pay(o.As("clerk"), "nobody", o.payment("310000000003"))
	examtest.RequireFault(t, err, db.Missing().Code)
}

// One notice at two desks pays for one of two.
func TestANoticePaysForOne(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	list := []enrolment.Enrolment{o.open(nil)}
	for n := 2; n < 5; n++ {
		o.who, o.number = o.person(n)
		list = append(list, o.open(nil))
	}
	errs := together(len(list), func(i int) error { _, err := o.Pay(o.As("clerk"), list[i].ID, o.payment("310000000001")); return err })
	paid := 0
	for _, err := range errs {
		if err == nil {
			paid++
			continue
		}
		examtest.RequireFault(t, err, "exam.enrolment.pay.used")
	}
	require.Equal(t, 1, paid)

	for i, number := range []string{"jk2026p6003", "JK-2026-P6003"} { // one paper, however its number is typed
		o.who, o.number = o.person(5 + i)
		_, err := o.Pay(o.As("clerk"), o.open(nil).ID, o.payment(number))
		if i == 0 {
			require.NoError(t, err)
		} else {
			examtest.RequireFault(t, err, "exam.enrolment.pay.used")
		}
	}
}

func TestAPlaceIsGivenOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	in := o.Sitting(freight, "理论", o.in(7))
	e := o.open(nil)
	require.Equal(t, "还没有登记缴款，请先由窗口登记缴款书", o.arrange(in, e).Refused[0].Why)
	_, err := o.Pay(o.As("clerk"), e.ID, o.payment("310000000001"))
	require.NoError(t, err)
	require.Contains(t, o.arrange(o.Sitting("03001", "理论", o.in(7)), e).Refused[0].Why, "类别")

	added := make([]enrolment.Outcome, 4)
	errs := together(len(added), func(i int) (err error) {
		added[i], err = o.Arrange(o.As("boss"), enrolment.Order{Sitting: in, IDs: []string{e.ID, e.ID}})
		return err
	})
	require.Equal(t, make([]error, len(added)), errs)
	sum := enrolment.Outcome{}
	for _, a := range added {
		sum.Added, sum.Already = sum.Added+a.Added, sum.Already+a.Already
		require.Empty(t, a.Refused)
	}
	require.Equal(t, []int{1, 3}, []int{sum.Added, sum.Already})
	require.Equal(t, 1, o.Audited(enrolment.PermArrange))

	got := o.now(e)
	require.Equal(t, enrolment.Arranged, got.State)
	require.Len(t, got.Places, 1)
	list, err := o.sittings.Candidates(o.As("boss"), in, sitting.CandidateFilter{}, db.Page{PageSize: 10})
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	c := list.Items[0]
	require.Equal(t, []any{"张三", got.Places[0].Admission, true, false, sitting.FirstTurn, "139****4321"}, []any{c.Name, c.Admission, c.Consent, c.Renewed, c.Turn, c.Mobile})
	require.Contains(t, o.arrange(o.Sitting(freight, "理论", o.in(8)), got).Refused[0].Why, "已编入场次")

	require.NoError(t, o.sittings.Remove(o.As("boss"), in, c.ID))
	require.Equal(t, enrolment.Waiting, o.now(e).State, "taken out, they wait again")
	require.Equal(t, 1, o.arrange(in, e).Added)
	_, err = o.sittings.Cancel(o.As("boss"), in, "停电")
	require.NoError(t, err)
	require.Equal(t, enrolment.Waiting, o.now(e).State, "so do they when it is cancelled")
	later := o.Sitting(freight, "理论", o.in(9))
	require.Equal(t, 1, o.arrange(later, e).Added)
	require.Equal(t, []any{enrolment.Arranged, later}, []any{o.now(e).State, o.now(e).Places[0].Sitting})
	_, err = o.Arrange(o.As("boss"), enrolment.Order{Sitting: o.Sitting(freight, "理论", o.in(-1)), IDs: []string{e.ID}})
	examtest.RequireFault(t, err, "exam.sitting.register.past")
}

// Who sits is still for the sitting to say, and each is told why not.
func TestASittingMayRefuse(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	first := o.paid(nil)
	o.who, o.number = o.person(2)
	second := o.paid(nil)
	o.sat(1, "FAILED") // by a class, meanwhile
	out := o.arrange(o.Sitting(freight, "理论", o.in(1)), first, second)
	require.Equal(t, 1, out.Added)
	require.Len(t, out.Refused, 1)
	require.Equal(t, []string{second.ID, "张*"}, []string{out.Refused[0].ID, out.Refused[0].Name})
	require.Contains(t, out.Refused[0].Why, "补考须在")
	require.Equal(t, []enrolment.State{enrolment.Arranged, enrolment.Waiting}, []enrolment.State{o.now(first).State, o.now(second).State})
}

// A make-up is one, and who had lost theirs is registered anew.
func TestTurnsOfARegistration(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		days    int
		change  func(*enrolment.Draft)
		turn    int
		renewed bool
		by      string
	}{
		"make-up":                     {10, again, sitting.SecondTurn, false, "2026-12-23"},
		"make-up that is running out": {80, again, sitting.SecondTurn, false, "2026-12-03"},
		"anew":                        {95, nil, sitting.FirstTurn, true, "2026-12-23"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.sat(c.days, "FAILED")
			e := o.paid(c.change)
			require.Equal(t, c.by, e.ArrangeBy.String())
			in := o.Sitting(freight, "理论", o.in(5))
			require.Equal(t, 1, o.arrange(in, e).Added)
			list, err := o.sittings.Candidates(o.As("boss"), in, sitting.CandidateFilter{}, db.Page{PageSize: 10})
			require.NoError(t, err)
			require.Equal(t, []any{c.turn, c.renewed}, []any{list.Items[0].Turn, list.Items[0].Renewed})
		})
	}
}
