package identity

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// TestTheLastAdministratorStays: each of the three roles keeps somebody who can
// exercise it, whoever tries to take them away and how.
func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := func(ctx context.Context, name string) string {
		var id string
		require.NoError(t, w.db.QueryRow(ctx, "SELECT id FROM identity_staff WHERE username = $1", name).Scan(&id))
		return id
	}
	ctx := context.Background()
	sys, sec, aud := id(ctx, "root-sys"), id(ctx, "root-sec"), id(ctx, "root-aud")
	before := w.actions()
	w.code(w.Disable(w.sys, sec, true, "调岗"), "identity.staff.last")
	w.code(w.Disable(w.sys, aud, true, "调岗"), "identity.staff.last")
	w.code(w.Grant(w.sec, sys, nil, false, nil), "identity.staff.last")
	w.code(w.Grant(w.sec, aud, []string{"clerk"}, true, nil), "identity.staff.last")
	w.code(w.Grant(w.sec, sys, []string{"sysadmin"}, false, nil), "identity.staff.last")
	require.Equal(t, before, w.actions(), "nothing changed")
	require.NoError(t, w.Grant(w.sec, sys, []string{"sysadmin"}, true, nil), "the same again takes nothing")

	second := w.person("second", true, nil, "secadmin")
	require.NoError(t, w.Disable(w.sys, sec, true, "调岗"))
	w.code(w.Disable(w.sys, second.ID, true, "调岗"), "identity.staff.last") // the other is disabled
	require.NoError(t, w.Disable(w.sys, sec, false, "返岗"))
	_, err := w.db.Exec(ctx, "UPDATE identity_grant SET granted_by = 'x' WHERE staff = $1", sec)
	require.NoError(t, err)
	w.code(w.Disable(w.sys, second.ID, true, "调岗"), "identity.staff.last") // the other's rights are damaged
}

// TestTwoCannotRemoveEachOthersColleague: at the same moment, one of two stays.
func TestTwoCannotRemoveEachOthersColleague(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var people []string
	for i := range 2 {
		people = append(people, w.person(fmt.Sprintf("audit%c", 'a'+i), true, nil, "auditor").ID)
	}
	ctx := context.Background()
	var root string
	require.NoError(t, w.db.QueryRow(ctx, "SELECT id FROM identity_staff WHERE username = 'root-aud'").Scan(&root))
	require.NoError(t, w.Disable(w.sys, root, true, "调岗"))
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, p := range people {
		wg.Go(func() { errs[i] = w.Disable(w.sys, p, true, "调岗") })
	}
	wg.Wait()
	require.True(t, (errs[0] == nil) != (errs[1] == nil), "%v", errs)
	for _, err := range errs {
		require.True(t, err == nil || fault.Is(err, "identity.staff.last"), "%v", err)
	}
}

// TestALockTellsNothing: a name that nobody has is refused, locked and let go
// as an account's is, with the same words.
func TestALockTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	w.person("zhang", true, nil, "clerk")
	try := func(name string) string {
		_, err := w.Open(ctx, name, "wrong")
		require.Error(t, err)
		return err.Error()
	}
	for range 3 {
		for range person.MaxWrong + 2 {
			require.Equal(t, try("zhang"), try("nobody"))
		}
		require.Contains(t, try("nobody"), fmt.Sprintf("锁定 %d 分钟", person.LockMinutes))
		w.clock.Advance(person.LockFor + time.Second)
	}
	var name []byte
	require.NoError(t, w.db.QueryRow(ctx, "SELECT name FROM identity_stranger").Scan(&name))
	require.NotContains(t, string(name), "nobody")

	_, err := w.db.Exec(ctx, `INSERT INTO identity_stranger (name, seen_at)
		SELECT int4send(i), now() - interval '1 year' FROM generate_series(1, $1::int) i`, maxStrangers)
	require.NoError(t, err)
	try("another")
	var n int
	require.NoError(t, w.db.QueryRow(ctx, "SELECT count(*) FROM identity_stranger").Scan(&n))
	require.Equal(t, maxStrangers, n, "what is remembered is bounded")
}
