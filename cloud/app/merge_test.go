package app

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// twins are two files of one person, the second with a certificate, in the house.
type twins struct {
	*house
	t          *testing.T
	kept, gone practitioner.Person
	goneID     person.ID
	licence    practitioner.Licence
	today      clock.Date
}

func newTwins(t *testing.T) *twins {
	t.Helper()
	w := &twins{house: newHouse(t), t: t, today: clock.DateOf(time.Now())}
	ctx := auth.System(context.Background(), "test")
	require.NoError(t, w.sys.Matter.Load(ctx, matter.Files()))
	keptID, err := person.ParseID(examtest.IDNumber(7))
	require.NoError(t, err)
	w.goneID, err = person.ParseID(examtest.IDNumber(16)) // born on the same day
	require.NoError(t, err)
	require.NoError(t, w.sys.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		if w.kept, err = w.sys.Practitioner.Ensure(ctx, tx, practitioner.Basic{ID: keptID, Name: "张三"}); err != nil {
			return err
		}
		if w.gone, err = w.sys.Practitioner.Ensure(ctx, tx, practitioner.Basic{ID: w.goneID, Name: "张三"}); err != nil {
			return err
		}
		w.licence, err = w.sys.Practitioner.Issue(ctx, tx, practitioner.Grant{
			Person: w.gone.ID, Act: practitioner.First, Type: practitioner.Road, Categories: []string{"02001"}, On: w.today, Ref: "办件一",
		})
		return err
	}))
	return w
}

func (w *twins) as(id string, perms ...string) context.Context {
	return auth.With(context.Background(), auth.Actor{ID: id, Kind: auth.KindStaff, Username: id, Name: id, Perms: auth.NewPerms(perms...), Scope: auth.Scope{All: true}})
}

func (w *twins) merge() {
	w.t.Helper()
	m, err := w.sys.Practitioner.Propose(w.as("ann", practitioner.PermPropose), w.kept.ID, w.gone.ID, "同一人两份档案")
	require.NoError(w.t, err)
	_, err = w.sys.Practitioner.Decide(w.as("bob", practitioner.PermDecide), m.ID, true, "")
	require.NoError(w.t, err)
}

func (w *twins) hear(no, kind string, step int) string {
	w.t.Helper()
	told, err := w.sys.Sanction.Hear(context.Background(), "enforcement-sh", &sanction.Notice{
		Message: no + kind, Kind: kind, Step: step, DecisionNo: no, CertType: practitioner.Road, CertNo: w.goneID.Reveal(), DecisionDate: w.today.String(),
		EffectiveDate: w.today.String(), Org: "执法总队", Reason: "重大事故", Cause: "REVOKED", Scope: sanction.ScopeFamily, LiftReason: "HEARING", LiftDocNo: "听证1号",
	})
	require.NoError(w.t, err)
	return told.Status
}

func (w *twins) blocked(blind []byte) bool {
	w.t.Helper()
	v, err := w.sys.Sanction.Judge(context.Background(), w.sys.DB, blind, "RT04", "REISSUE")
	require.NoError(w.t, err)
	return v.Blocked
}

// draft begins a case of a file.
func (w *twins) draft(id person.ID, licence string) string {
	w.t.Helper()
	p, err := w.sys.Case.Open(w.as("clerk", application.PermSubmit, application.PermList), application.Draft{
		ID: "open-" + licence + id.Mask(), Matter: "RT04", Name: "张三", IDNo: id.Reveal(), Mobile: "13900001234", Licence: licence, Categories: []string{"02001"},
		Form: map[string]string{"reason": "LOST", "statement": "遗失", "delivery": "COUNTER", "agent": "SELF"},
	})
	require.NoError(w.t, err)
	return p.ID
}

func (w *twins) revoked(id string) (is bool) {
	w.t.Helper()
	require.NoError(w.t, w.sys.DB.QueryRow(context.Background(), `SELECT revoked FROM licensing_case WHERE id = $1`, id).Scan(&is))
	return is
}

// A merge loses nothing that stands against either file: what was revoked under
// the old number bars the survivor, reaches the open cases, shows on the file once,
// and is lifted from both.
func TestAMergeKeepsARevocation(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	ctx := auth.System(context.Background(), "test")
	require.Equal(t, sanction.Locked, w.hear("一号", sanction.SaysRevoke, 1))
	require.False(t, w.blocked(w.kept.Blind))
	of := w.draft(w.goneID, w.licence.ID)
	require.False(t, w.revoked(of), "begun after the revocation, which Judge bars")
	w.merge()
	require.True(t, w.blocked(w.kept.Blind), "the lock is the survivor's")
	require.True(t, w.blocked(w.gone.Blind), "whichever number is asked for")
	require.True(t, w.revoked(of), "the merge reaches what is open")
	f, err := w.sys.Practitioner.Show(w.as("reader", practitioner.PermList), w.kept.ID)
	require.NoError(t, err)
	require.Len(t, f.Holds.Items, 1, "shown, and once")
	require.Len(t, f.Cases.Items, 1)

	require.Equal(t, sanction.Locked, w.hear("二号", sanction.SaysRevoke, 1))
	require.Equal(t, sanction.Suspended, w.hear("一号", sanction.SaysSuspend, 2))
	l, err := w.sys.Practitioner.Licence(ctx, w.sys.DB, w.licence.ID)
	require.NoError(t, err)
	require.Equal(t, practitioner.Revoked, l.State, "the second decision holds the certificate")
	require.True(t, w.revoked(of))
	require.Equal(t, sanction.Suspended, w.hear("二号", sanction.SaysSuspend, 2))
	require.False(t, w.blocked(w.kept.Blind))
	require.False(t, w.revoked(of), "lifted from cases of the merged-away file")
	l, err = w.sys.Practitioner.Licence(ctx, w.sys.DB, w.licence.ID)
	require.NoError(t, err)
	require.Equal(t, practitioner.InForce, l.State)
}

// What comes after a merge reaches the cases that began with the merged-away file.
func TestARevocationAfterAMergeReachesItsCases(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	of := w.draft(w.goneID, w.licence.ID)
	w.merge()
	require.False(t, w.revoked(of))
	require.Equal(t, sanction.Locked, w.hear("一号", sanction.SaysRevoke, 1))
	require.True(t, w.revoked(of))
}

// An entry of a list under the old number bars the survivor; taken off it bars
// nobody.
func TestAMergeKeepsAnEntry(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	say := func(n int64, status string) {
		a, err := w.sys.Sanction.Receive(context.Background(), "credit-sh", sanction.Batch{Number: n, MadeAt: time.Now(), Items: []sanction.Item{{
			ID: w.goneID, List: "TRANSPORT_SERIOUS", Reason: "伪造从业资格证件", DecisionNo: "沪交失信〔2026〕1号", Org: "上海市交通委员会", ListedAt: "2026-10-08",
			Status: status, RepairStat: sanction.RepairNone,
		}}})
		require.NoError(t, err)
		require.Equal(t, 1, a.Applied)
	}
	effect := func() sanction.Effect {
		v, err := w.sys.Sanction.Judge(context.Background(), w.sys.DB, w.kept.Blind, "RT01", "APPLY")
		require.NoError(t, err)
		return v.Effect
	}
	say(1, sanction.On)
	require.Equal(t, sanction.None, effect())
	w.merge()
	require.NotEqual(t, sanction.None, effect())
	say(2, sanction.Off)
	require.Equal(t, sanction.None, effect())
}

// Everybody who judges by ID numbers goes by all of a person's.
func TestEverybodyFollowsAMerge(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	w.merge()
	ctx := context.Background()
	both := [][]byte{w.kept.Blind, w.gone.Blind}
	for name, of := range map[string]func(context.Context, db.Q, [][]byte) (practitioner.Numbers, error){
		"class": w.sys.Class.Aliases, "sitting": w.sys.Sitting.Aliases, "credit": w.sys.Credit.Aliases,
	} {
		for _, blind := range both {
			n, err := of(ctx, w.sys.DB, [][]byte{blind})
			require.NoError(t, err, name)
			require.ElementsMatch(t, both, n.All(), name)
		}
	}
	for _, blind := range both {
		n, err := w.sys.Appointment.Aliases(ctx, w.sys.DB, blind)
		require.NoError(t, err)
		require.ElementsMatch(t, both, n)
	}
	stranger := []byte("x")
	n, err := w.sys.Class.Aliases(ctx, w.sys.DB, [][]byte{stranger, w.gone.Blind})
	require.NoError(t, err)
	require.Equal(t, [][]byte{stranger}, n.Of(stranger))
	require.Equal(t, [][]byte{w.gone.Blind}, n.Of(w.kept.Blind))
}
