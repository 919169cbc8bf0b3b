package cancel_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/cancel"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// office is a reviewer (rev), two approvers (boss, boss2, who may also propose), and
// somebody who only reads.
type office struct {
	*examtest.World
	*cancel.Service
	t      *testing.T
	people *practitioner.Service
	open   map[string]string
	told   []string
}

const boss2 = "boss2"

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{World: examtest.New(t), t: t, open: map[string]string{}}
	o.people = practitioner.New(o.DB, o.Keys, o.Audit, o.Clock)
	letters, err := letter.New(o.DB, o.Keys, o.Audit, o.Clock, letter.DefaultAgency())
	require.NoError(t, err)
	o.Service = cancel.New(cancel.Parts{
		DB: o.DB, Keys: o.Keys, Audit: o.Audit, Clock: o.Clock, Log: slog.New(slog.DiscardHandler), People: o.people, Letters: letters,
		Open: func(context.Context, db.Q, []string) (map[string]string, error) { return o.open, nil },
		Tell: func(_ context.Context, _ pgx.Tx, _, title, _ string) error {
			o.told = append(o.told, title)
			return nil
		},
	})
	cancel.Register(o.Web, o.Service)
	o.Staff("rev", cancel.PermList, cancel.PermPropose)
	o.Staff("boss", cancel.PermList, cancel.PermApprove)
	o.Staff(boss2, cancel.PermList, cancel.PermPropose, cancel.PermApprove)
	o.Staff("reader", cancel.PermList)
	o.Staff("filer", practitioner.PermSave)
	return o
}

func (o *office) day(text string) clock.Date {
	o.t.Helper()
	d, err := clock.ParseDate(text)
	require.NoError(o.t, err)
	return d
}

// on puts the clock to the morning of a day.
func (o *office) on(day string) {
	o.t.Helper()
	o.Clock.Advance(o.day(day).Start().Add(9 * time.Hour).Sub(o.Clock.Now()))
}

func (o *office) tx(do func(ctx context.Context, tx pgx.Tx) error) {
	o.t.Helper()
	ctx := auth.System(o.t.Context(), "test")
	require.NoError(o.t, o.DB.InTx(ctx, func(tx pgx.Tx) error { return do(ctx, tx) }))
}

// holder has a certificate that ends on a day; "" for one without an end.
func (o *office) holder(number, kind, category, ends string) (p practitioner.Person, l practitioner.Licence) {
	o.t.Helper()
	id, err := person.ParseID(number)
	require.NoError(o.t, err)
	taken := practitioner.Taken{Number: number, FirstIssue: o.day("2019-07-01"), ValidFrom: o.day("2019-07-01"), State: practitioner.InForce}
	if ends != "" {
		taken.ValidTo = o.day(ends)
	}
	o.tx(func(ctx context.Context, tx pgx.Tx) (err error) {
		if p, err = o.people.Ensure(ctx, tx, practitioner.Basic{ID: id, Name: "王强"}); err != nil {
			return err
		}
		l, err = o.people.Issue(ctx, tx, practitioner.Grant{Person: p.ID, Act: practitioner.TakeIn, Type: kind, Categories: []string{category}, On: taken.FirstIssue, Taken: &taken})
		return err
	})
	return p, l
}

func (o *office) sweep() int {
	o.t.Helper()
	n, err := o.Sweep(o.t.Context())
	require.NoError(o.t, err)
	return n
}

func (o *office) all(f cancel.Filter) []cancel.Item {
	o.t.Helper()
	out, err := o.List(o.As("rev"), f, db.Page{})
	require.NoError(o.t, err)
	return out.Items
}

func (o *office) only() cancel.Item {
	o.t.Helper()
	list := o.all(cancel.Filter{})
	require.Len(o.t, list, 1)
	return list[0]
}

const (
	young = "310101198501010014"
	other = "310115199206120029"
)

// The days of chapter 16.2: on the 27th of December it can still be renewed, on the
// 28th it is on the list; a second night changes nothing, a renewal takes it off.
func TestTheListBeginsAfterTheLastDay(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, l := o.holder(young, practitioner.Road, "02001", "2025-06-30")
	o.on("2025-12-27")
	require.Zero(t, o.sweep())
	require.Empty(t, o.all(cancel.Filter{}))
	o.on("2025-12-28")
	o.open[l.ID] = "310190260000001"
	require.Zero(t, o.sweep(), "a renewal is being dealt with")
	delete(o.open, l.ID)
	require.Equal(t, 1, o.sweep())
	i := o.only()
	require.Equal(t, []any{cancel.Listed, "2025-12-28", "ZX2025000001"}, []any{i.State, i.ListedOn.String(), i.Number})
	require.Equal(t, []practitioner.EndCause{practitioner.EndLapsed}, i.Causes)
	require.Zero(t, o.sweep())
	require.Equal(t, i, o.only())

	o.tx(func(ctx context.Context, tx pgx.Tx) error {
		_, err := o.people.Issue(ctx, tx, practitioner.Grant{Person: i.Person, Act: practitioner.Renew, Type: practitioner.Road, On: o.day("2025-12-28"), Held: true})
		return err
	})
	require.Equal(t, 1, o.sweep())
	require.Equal(t, cancel.Gone, o.only().State)
	require.Zero(t, o.sweep())
}

// Every other cause comes and goes with what is on file.
func TestWhatElseComesOnTheList(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p, l := o.holder(young, practitioner.Road, "02001", "2030-06-30")
	_, escort := o.holder(other, practitioner.Road, "03002", "2030-06-30")
	driving := func(of, status string) {
		require.NoError(t, o.people.SetDriving(o.As("filer"), of, practitioner.Driving{Class: "A2", First: o.day("2010-01-01"), Status: status, Source: "公安交管", SourceAt: o.Clock.Now()}))
		o.Clock.Advance(time.Minute)
	}
	driving(p.ID, "正常")
	driving(escort.Person, "注销")
	require.Zero(t, o.sweep(), "who escorts needs no driving licence")
	driving(p.ID, "吊销")
	require.Equal(t, 1, o.sweep())
	require.Equal(t, []practitioner.EndCause{practitioner.EndDriving}, o.only().Causes)
	driving(p.ID, "正常")
	require.Equal(t, 1, o.sweep())
	require.Equal(t, cancel.Gone, o.only().State)

	o.tx(func(ctx context.Context, tx pgx.Tx) error {
		return o.people.SetState(ctx, tx, l.ID, practitioner.Revoked, "处罚决定", "lock")
	})
	require.Equal(t, 1, o.sweep())
	list := o.all(cancel.Filter{State: cancel.Listed})
	require.Len(t, list, 1)
	require.Equal(t, []practitioner.EndCause{practitioner.EndRevoked}, list[0].Causes)

	o.on("2046-01-01") // sixty-one, and long past the end
	require.Positive(t, o.sweep())
	require.Empty(t, o.all(cancel.Filter{Cause: "AGE", Type: practitioner.Taxi}))
	require.Len(t, o.all(cancel.Filter{Cause: "LAPSED"}), 1)
}

// Over the limit: the day of the sixty-first birthday, and not while hired again.
func TestWhoIsTooOldComesOnTheList(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.holder(young, practitioner.Road, "02001", "2050-06-30")
	o.on("2045-12-31")
	require.Zero(t, o.sweep())
	o.on("2046-01-01")
	require.Equal(t, 1, o.sweep())
	require.Equal(t, []practitioner.EndCause{practitioner.EndAge}, o.only().Causes)
}

// One proposes, another decides; with the decision the certificate is cancelled and
// the letter numbered, and it is delivered once.
func TestTwoPersonsCancel(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p, l := o.holder(young, practitioner.Road, "02001", "2025-06-30")
	o.sweep()
	i := o.only()
	_, err := o.Propose(o.As("reader"), i.ID, i.Version, "已公告催办")
	examtest.RequireFault(t, err, "auth.forbidden")
	_, err = o.Approve(o.As("boss"), i.ID, i.Version)
	examtest.RequireFault(t, err, "licensing.cancellation.state")
	_, err = o.Propose(o.As(boss2), i.ID, i.Version, " ")
	examtest.RequireFault(t, err, "licensing.cancellation.why")
	o.open[l.ID] = "310190260000001"
	_, err = o.Propose(o.As(boss2), i.ID, i.Version, "已公告催办")
	examtest.RequireFault(t, err, "licensing.cancellation.case")
	delete(o.open, l.ID)
	i, err = o.Propose(o.As(boss2), i.ID, i.Version, "已公告催办")
	require.NoError(t, err)
	require.Empty(t, i.Can, "the proposer is not offered the decision")
	_, err = o.Approve(o.As(boss2), i.ID, i.Version)
	examtest.RequireFault(t, err, "licensing.cancellation.self")
	i, err = o.Return(o.As("boss"), i.ID, i.Version, "请先核对档案")
	require.NoError(t, err)
	require.Equal(t, []any{cancel.Listed, "请先核对档案"}, []any{i.State, i.Note})
	i, err = o.Propose(o.As("rev"), i.ID, i.Version, "已核对")
	require.NoError(t, err)
	_, err = o.Approve(o.As("boss"), i.ID, i.Version-1)
	examtest.RequireFault(t, err, "licensing.cancellation.stale")
	i, err = o.Approve(o.As("boss"), i.ID, i.Version)
	require.NoError(t, err)
	require.Equal(t, cancel.Cancelled, i.State)
	require.Contains(t, i.LetterNo, "注")
	require.Equal(t, []string{"从业资格证件注销"}, o.told)
	now, err := o.people.Licence(t.Context(), o.DB, l.ID)
	require.NoError(t, err)
	require.Equal(t, practitioner.Cancelled, now.State)
	require.Contains(t, now.StateWhy, "超期 180 日未换证")
	d10, err := o.Letters.Get(t.Context(), o.DB, i.Letter)
	require.NoError(t, err)
	require.Equal(t, []string{letter.Cancellation, i.ID}, []string{d10.Kind, d10.Case})
	pdf, err := o.Letters.File(t.Context(), o.DB, &d10)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(pdf, []byte("%PDF")))
	require.Zero(t, o.sweep(), "done is done")

	today := clock.DateOf(o.Clock.Now())
	_, err = o.Deliver(o.As("rev"), i.ID, i.Version, letter.Handover{Mode: letter.Post, Signer: "王强"})
	examtest.RequireFault(t, err, "licensing.letter.deliver.lacking")
	_, err = o.Deliver(o.As("rev"), i.ID, i.Version, letter.Handover{Mode: letter.Electronic})
	examtest.RequireFault(t, err, "licensing.cancellation.electronic")
	_, err = o.Deliver(o.As("rev"), i.ID, i.Version, letter.Handover{Mode: letter.Direct, Signer: "李四"})
	examtest.RequireFault(t, err, "licensing.letter.deliver.signer")
	i, err = o.Deliver(o.As("rev"), i.ID, i.Version, letter.Handover{Mode: letter.Post, Tracking: "EMS1234567890", Place: "世纪大道 1 号", Sent: today, Received: today, Signer: "王强"})
	require.NoError(t, err)
	_, err = o.Deliver(o.As("rev"), i.ID, i.Version, letter.Handover{Mode: letter.Direct})
	examtest.RequireFault(t, err, "licensing.cancellation.state")
	list, err := o.Letters.OfCase(t.Context(), o.DB, i.ID)
	require.NoError(t, err)
	require.Len(t, list, 2)
	lines, err := o.people.Licences(t.Context(), o.DB, p.ID)
	require.NoError(t, err)
	require.Equal(t, practitioner.Cancelled, lines[0].State)
}

// A revocation's formalities are taken back with it: the certificate is as it was,
// its row goes, and the letter is void; what was cancelled otherwise stays cancelled.
func TestALiftTakesTheFormalitiesBack(t *testing.T) {
	t.Parallel()
	for name, byNight := range map[string]bool{"with the lift": false, "by the night's sweep": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			takenBack(t, byNight)
		})
	}
}

func takenBack(t *testing.T, byNight bool) {
	t.Helper()
	o := newOffice(t)
	_, revoked := o.holder(young, practitioner.Road, "02001", "2030-06-30")
	_, lapsed := o.holder(other, practitioner.Road, "02001", "2025-06-30")
	o.tx(func(ctx context.Context, tx pgx.Tx) error {
		return o.people.Revoke(ctx, tx, revoked.ID, nil, "处罚决定", "lock")
	})
	require.Equal(t, 2, o.sweep())
	for _, i := range o.all(cancel.Filter{}) {
		i, err := o.Propose(o.As("rev"), i.ID, i.Version, "已核对")
		require.NoError(t, err)
		_, err = o.Approve(o.As("boss"), i.ID, i.Version)
		require.NoError(t, err)
	}
	lift := func(licence string) practitioner.LicenceState {
		o.tx(func(ctx context.Context, tx pgx.Tx) error {
			_, err := o.people.Restore(ctx, tx, licence, nil, "复议撤销", "lock")
			return err
		})
		l, err := o.people.Licence(t.Context(), o.DB, licence)
		require.NoError(t, err)
		return l.State
	}
	require.Equal(t, practitioner.Cancelled, lift(lapsed.ID), "no revocation, nothing to give back")
	require.Equal(t, practitioner.InForce, lift(revoked.ID))
	of := o.all(cancel.Filter{Cause: "REVOKED"})[0]
	_, err := o.Deliver(o.As("rev"), of.ID, of.Version, letter.Handover{Mode: letter.Direct})
	examtest.RequireFault(t, err, "licensing.cancellation.restored")
	back := func(licence string) {
		o.tx(func(ctx context.Context, tx pgx.Tx) error { return o.Restored(ctx, tx, licence) })
	}
	back(lapsed.ID)
	require.Len(t, o.all(cancel.Filter{State: cancel.Cancelled}), 2, "no revocation, nothing to take back")
	if !byNight {
		back(revoked.ID)
		back(revoked.ID)
		require.Zero(t, o.sweep())
	} else {
		require.Equal(t, 1, o.sweep())
		require.Zero(t, o.sweep())
	}
	require.Equal(t, "注销决定作废", o.told[len(o.told)-1])
	require.Len(t, o.told, 3, "two decisions, one taken back")
	gone := o.all(cancel.Filter{State: cancel.Gone})
	require.Len(t, gone, 1)
	require.Equal(t, revoked.ID, gone[0].Licence)
	d10, err := o.Letters.Get(t.Context(), o.DB, gone[0].Letter)
	require.NoError(t, err)
	require.NotNil(t, d10.VoidedAt)
	require.Len(t, o.all(cancel.Filter{State: cancel.Cancelled}), 1)
}

// What is kept stays off the list until something else comes; a cause that went
// between proposal and decision stops it.
func TestKeptUntilSomethingElseComes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p, _ := o.holder(young, practitioner.Road, "02001", "2025-06-30")
	o.sweep()
	i := o.only()
	i, err := o.Keep(o.As("rev"), i.ID, i.Version, "本人在住院，已说明情况")
	require.NoError(t, err)
	require.Zero(t, o.sweep())
	require.Empty(t, o.all(cancel.Filter{State: cancel.Listed}))
	require.NoError(t, o.people.SetDriving(o.As("filer"), p.ID, practitioner.Driving{Class: "A2", First: o.day("2010-01-01"), Status: "注销", Source: "公安交管"}))
	require.Equal(t, 1, o.sweep())
	now := o.only()
	require.Equal(t, []any{cancel.Listed, i.Why}, []any{now.State, now.Why})

	now, err = o.Propose(o.As("rev"), now.ID, now.Version, "驾驶证已注销")
	require.NoError(t, err)
	require.NoError(t, o.people.SetDriving(o.As("filer"), p.ID, practitioner.Driving{Class: "A2", First: o.day("2010-01-01"), Status: "正常", Source: "公安交管", SourceAt: o.Clock.Now().Add(time.Hour)}))
	o.tx(func(ctx context.Context, tx pgx.Tx) error {
		_, err := o.people.Issue(ctx, tx, practitioner.Grant{Person: p.ID, Act: practitioner.Renew, Type: practitioner.Road, On: clock.DateOf(o.Clock.Now()), Held: true})
		return err
	})
	_, err = o.Approve(o.As("boss"), now.ID, now.Version)
	examtest.RequireFault(t, err, "licensing.cancellation.gone")
}

// A row that somebody edited is not acted upon, and the night says so for no other.
func TestAnEditedRowIsNotActedUpon(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.holder(young, practitioner.Road, "02001", "2025-06-30")
	o.sweep()
	i := o.only()
	i, err := o.Propose(o.As("rev"), i.ID, i.Version, "已公告催办")
	require.NoError(t, err)
	_, err = o.DB.Exec(t.Context(), `UPDATE licensing_cancellation SET proposer = 'somebody' WHERE id = $1`, i.ID)
	require.NoError(t, err)
	_, err = o.Approve(o.As("boss"), i.ID, i.Version)
	examtest.RequireFault(t, err, "licensing.cancellation.tampered")
	tables, err := o.Prove(t.Context(), o.DB)
	require.NoError(t, err)
	require.Equal(t, 1, tables[0].Wrong)
	_, l := o.holder(other, practitioner.Road, "03002", "2025-06-30")
	require.Equal(t, 1, o.sweep())
	var states []string
	require.NoError(t, o.DB.QueryRow(t.Context(), `SELECT array_agg(state) FROM licensing_cancellation WHERE licence = $1`, l.ID).Scan(&states))
	require.Equal(t, []string{"LISTED"}, states)
}
