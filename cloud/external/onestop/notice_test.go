package onestop

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/auth"
)

// A person is told once, after the transaction, through an outage; somebody whom the
// platform does not know yet, when it does.
func TestAPersonIsTold(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.one.Noticed = func(_ context.Context, _ pgx.Tx, person, text string) error {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.notes = append(o.notes, person+" "+text)
		return nil
	}
	a, b := o.citizen(1), o.citizen(2)
	ctx := auth.System(t.Context(), "test")
	tx := func(do func(tx pgx.Tx) error) { require.NoError(t, o.DB.InTx(ctx, do)) }
	tx(func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM onestop_user WHERE person = $1`, b.person.ID); err != nil {
			return err
		}
		return o.one.Knows(ctx, tx, a.person.ID, "P1")
	})
	o.platform.mu.Lock()
	o.platform.down, o.platform.drop = true, 1
	o.platform.mu.Unlock()
	tx(func(tx pgx.Tx) error {
		if err := o.one.Notify(ctx, tx, b.person.ID, "证件吊销", "乙"); err != nil {
			return err
		}
		return o.one.Notify(ctx, tx, a.person.ID, "证件吊销", "甲")
	})
	o.work(o.queue)
	state := func(person string) (out string) {
		require.NoError(t, o.DB.QueryRow(ctx, `SELECT state FROM onestop_notice WHERE person = $1`, person).Scan(&out))
		return out
	}
	o.until(func() bool {
		o.platform.mu.Lock()
		defer o.platform.mu.Unlock()
		return o.platform.calls > 0
	})
	require.Equal(t, "WAITING", state(a.person.ID))
	o.platform.mu.Lock()
	o.platform.down = false
	o.platform.mu.Unlock()
	o.until(func() bool { return state(a.person.ID) == "SENT" })
	require.Equal(t, "WAITING", state(b.person.ID))
	require.NoError(t, o.one.Sweep(ctx))
	tx(func(tx pgx.Tx) error { return o.one.Knows(ctx, tx, b.person.ID, "P2") })
	o.until(func() bool { return state(b.person.ID) == "SENT" })
	o.platform.mu.Lock()
	defer o.platform.mu.Unlock()
	require.Len(t, o.platform.notices, 2, "an answer that was lost tells nobody twice")
	require.Equal(t, []any{"P1", "甲", "P2", "乙"}, []any{
		o.platform.notices[0]["userId"], o.platform.notices[0]["content"], o.platform.notices[1]["userId"], o.platform.notices[1]["content"],
	})
	o.mu.Lock()
	defer o.mu.Unlock()
	require.Contains(t, o.notes[0], a.person.ID+" 已通过“一网通办”告知本人：证件吊销")
}

// What the platform refuses for good is refused once and shown with its reason.
func TestARefusedNoticeIsNotSentForEver(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a := o.citizen(1)
	ctx := auth.System(t.Context(), "test")
	o.platform.mu.Lock()
	o.platform.refuse[notice] = "USER_UNKNOWN"
	o.platform.mu.Unlock()
	require.NoError(t, o.DB.InTx(ctx, func(tx pgx.Tx) error {
		if err := o.one.Knows(ctx, tx, a.person.ID, "P1"); err != nil {
			return err
		}
		return o.one.Notify(ctx, tx, a.person.ID, "证件吊销", "甲")
	}))
	o.work(o.queue)
	var said string
	o.until(func() bool {
		require.NoError(t, o.DB.QueryRow(ctx, `SELECT last_error FROM onestop_notice WHERE state = 'REFUSED' UNION ALL SELECT '' LIMIT 1`).Scan(&said))
		return said != ""
	})
	require.Contains(t, said, "USER_UNKNOWN")
}
