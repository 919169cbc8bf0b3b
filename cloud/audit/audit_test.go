package audit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/keys/keystest"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

func testLog(t *testing.T) (*Log, *db.DB, context.Context) {
	t.Helper()
	d := dbtest.New(t)
	ctx := auth.With(context.Background(), auth.Actor{ID: "u1", Kind: auth.KindStaff, Username: "zhang", Perms: auth.NewPerms(PermRead, PermVerify)})
	ctx = auth.WithOrigin(ctx, auth.Origin{IP: "10.1.2.3"})
	l := New(d, keystest.New(t), clock.NewTest(time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC)), filepath.Join(t.TempDir(), "anchors"))
	return l, d, ctx
}

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), lockHeadSQL, readHeadSQL, appendSQL, listSQL, walkSQL, insertAnchorSQL, anchorsSQL, happenedSQL)
}

func TestRecordListVerify(t *testing.T) {
	t.Parallel()
	l, _, ctx := testLog(t)
	for i := range 5 {
		require.NoError(t, l.RecordNow(ctx, "exam.bank.import", fmt.Sprint("b", i), map[string]any{"n": i}))
	}
	require.NoError(t, l.RecordNow(ctx, "identity.staff.create", strings.Repeat("长", 300), strings.Repeat("x", maxDetail)))
	r, err := l.Verify(ctx)
	require.NoError(t, err)
	require.True(t, r.OK, r.Reason)
	require.EqualValues(t, 6, r.Entries)

	list, err := l.List(ctx, Filter{Action: "exam."}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 5, list.Total)
	require.Equal(t, "b4", list.Items[0].Object)
	require.Equal(t, "zhang", list.Items[0].Username)
	require.Equal(t, "10.1.2.3", list.Items[0].IP)
	list, err = l.List(ctx, Filter{Object: "b2", From: r.At.Add(-time.Hour), To: r.At.Add(time.Hour)}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 1, list.Total)
	list, err = l.List(ctx, Filter{To: r.At.Add(-time.Hour)}, db.Page{})
	require.NoError(t, err)
	require.Zero(t, list.Total)

	_, err = l.List(context.Background(), Filter{}, db.Page{})
	require.True(t, fault.Is(err, "auth.required"))
}

func TestActAndEntryShareTheTransaction(t *testing.T) {
	t.Parallel()
	l, d, ctx := testLog(t)
	boom := errors.New("boom")
	err := d.InTx(ctx, func(tx pgx.Tx) error {
		require.NoError(t, l.Record(ctx, tx, "a.b", "x", nil))
		return boom
	})
	require.ErrorIs(t, err, boom)
	r, err := l.Verify(ctx)
	require.NoError(t, err)
	require.True(t, r.OK)
	require.Zero(t, r.Entries)
}

func TestConcurrentAppendsAreOneChain(t *testing.T) {
	t.Parallel()
	l, _, ctx := testLog(t)
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 25 {
				require.NoError(t, l.RecordNow(ctx, "a.b", fmt.Sprint(w, "/", i), nil))
			}
		})
	}
	wg.Wait()
	r, err := l.Verify(ctx)
	require.NoError(t, err)
	require.True(t, r.OK, r.Reason)
	require.EqualValues(t, 200, r.Entries)
}

func TestAppendOnly(t *testing.T) {
	t.Parallel()
	l, d, ctx := testLog(t)
	require.NoError(t, l.RecordNow(ctx, "a.b", "x", nil))
	require.NoError(t, l.AnchorNow(ctx))
	for _, sql := range []string{
		"UPDATE audit_entry SET object = 'y'", "DELETE FROM audit_entry", "TRUNCATE audit_entry",
		"DELETE FROM audit_anchor", "UPDATE audit_anchor SET seq = 9",
	} {
		_, err := d.Exec(ctx, sql)
		require.ErrorContains(t, err, "append-only", sql)
	}
}

// Each of these is what somebody with the database's password could do; each
// has to be found.
func TestTamperingIsFound(t *testing.T) {
	t.Parallel()
	chop := `DELETE FROM audit_entry WHERE seq > 3; UPDATE audit_head SET seq = 3, mac = (SELECT mac FROM audit_entry WHERE seq = 3)`
	for name, c := range map[string]struct {
		sql string
		bad int64
	}{
		"object":           {`UPDATE audit_entry SET object = 'other' WHERE seq = 4`, 4},
		"detail":           {`UPDATE audit_entry SET detail = '{"n":9}' WHERE seq = 1`, 1},
		"time":             {`UPDATE audit_entry SET at = at + interval '1 microsecond' WHERE seq = 2`, 2},
		"between fields":   {`UPDATE audit_entry SET actor = 'u1z', username = 'hang' WHERE seq = 2`, 2},
		"removed":          {`DELETE FROM audit_entry WHERE seq = 3`, 3},
		"last removed":     {`DELETE FROM audit_entry WHERE seq = 6`, 6},
		"swapped":          {`UPDATE audit_entry SET seq = CASE seq WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE seq IN (2, 3); UPDATE audit_entry SET seq = -seq WHERE seq < 0`, 2},
		"tail cut cleanly": {chop, 5},
		"head only":        {`UPDATE audit_head SET mac = '\x00'`, 6},
		"anchor replaced":  {`UPDATE audit_anchor SET mac = '\x00'`, 5},
		"tail and anchor":  {chop + `; DELETE FROM audit_anchor`, 5}, // the file outside still knows
		"everything":       {`DELETE FROM audit_entry; DELETE FROM audit_anchor; UPDATE audit_head SET seq = 0, mac = ''`, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, d, ctx := testLog(t)
			for i := range 5 {
				require.NoError(t, l.RecordNow(ctx, "a.b", fmt.Sprint("o", i), map[string]int{"n": i}))
			}
			require.NoError(t, l.AnchorNow(ctx))
			require.NoError(t, l.AnchorNow(ctx), "anchoring twice is once")
			require.NoError(t, l.RecordNow(ctx, "a.b", "after", nil))
			r, err := l.Verify(ctx)
			require.NoError(t, err)
			require.True(t, r.OK, r.Reason)
			require.Equal(t, 1, r.Anchors)

			_, err = d.Exec(ctx, `ALTER TABLE audit_entry DISABLE TRIGGER ALL; ALTER TABLE audit_anchor DISABLE TRIGGER ALL; `+c.sql)
			require.NoError(t, err)
			r, err = l.Verify(ctx)
			require.NoError(t, err)
			require.False(t, r.OK)
			require.Equal(t, c.bad, r.BadSeq, r.Reason)
			require.NotEmpty(t, r.Reason)
		})
	}
}

func TestTornAnchorLineIsNoAlarm(t *testing.T) {
	t.Parallel()
	l, _, ctx := testLog(t)
	require.NoError(t, l.RecordNow(ctx, "a.b", "x", nil))
	require.NoError(t, l.AnchorNow(ctx))
	f, err := os.OpenFile(l.anchor, os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(t, err)
	_, err = f.WriteString(`{"seq":2,"ma`)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	r, err := l.Verify(ctx)
	require.NoError(t, err)
	require.True(t, r.OK, r.Reason)
}

// What is recorded inside InTx is appended at its end, in order, and holds nobody
// else's entry up before; what fails leaves nothing.
func TestEntriesWaitForTheEndOfTheirTransaction(t *testing.T) {
	t.Parallel()
	l, d, ctx := testLog(t)
	require.NoError(t, l.InTx(ctx, func(inside context.Context, tx pgx.Tx) error {
		require.NoError(t, l.Record(inside, tx, "a.first", "x", nil))
		require.NoError(t, l.Record(inside, tx, "a.second", "x", nil))
		return l.RecordNow(ctx, "a.between", "y", nil) // by somebody else: it does not wait
	}))
	boom := errors.New("boom")
	require.ErrorIs(t, l.InTx(ctx, func(inside context.Context, tx pgx.Tx) error {
		require.NoError(t, l.Record(inside, tx, "a.lost", "x", nil))
		return boom
	}), boom)
	require.NoError(t, l.InTx(ctx, func(inside context.Context, _ pgx.Tx) error {
		return d.InTx(inside, func(other pgx.Tx) error { return l.Record(inside, other, "a.other", "x", nil) }) // not of this transaction
	}))
	list, err := l.List(ctx, Filter{}, db.Page{Sort: "at"})
	require.NoError(t, err)
	actions := map[int64]string{}
	for _, e := range list.Items {
		actions[e.Seq] = e.Action
	}
	require.Equal(t, map[int64]string{1: "a.between", 2: "a.first", 3: "a.second", 4: "a.other"}, actions)
	r, err := l.Verify(ctx)
	require.NoError(t, err)
	require.True(t, r.OK, r.Reason)
}
