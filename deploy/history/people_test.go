package history

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/keys/keystest"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/clock"
)

// TestThePeople: every state that a clerk meets is there (expired follows from the
// days of the certificate and is never stored), every file is marked,
// and a second start changes nothing.
func TestThePeople(t *testing.T) {
	t.Parallel()
	w := &world{db: dbtest.New(t), keys: keystest.New(t), clock: clock.NewTest(now)}
	n, err := w.settle(t.Context())
	require.NoError(t, err)
	require.Equal(t, peopleCount, n)
	count := func(sql string) int {
		t.Helper()
		n, err := db.Value[int](t.Context(), w.db, sql)
		require.NoError(t, err)
		return n
	}
	require.Zero(t, count(`SELECT count(*)::int FROM practitioner WHERE NOT demo`))
	for _, state := range []string{"10", "03", "04", "05", "09"} {
		require.Positive(t, count(`SELECT count(*)::int FROM practitioner_licence WHERE state = '`+state+`'`), state)
	}
	require.Greater(t, count(`SELECT count(*)::int FROM practitioner WHERE expires BETWEEN '2026-11-29' AND '2027-02-27'`), 10)
	require.Greater(t, count(`SELECT count(*)::int FROM practitioner WHERE expires < '2026-11-29'`), 10)
	require.Positive(t, count(`SELECT count(*)::int FROM (SELECT licence FROM practitioner_category GROUP BY licence HAVING count(*) > 1) AS several`))
	require.Positive(t, count(`SELECT count(*)::int FROM practitioner_pair WHERE state = 'OPEN'`))
	require.Positive(t, count(`SELECT count(*)::int FROM practitioner_event WHERE kind = 'RENEW'`))
	again, err := w.settle(t.Context())
	require.NoError(t, err)
	require.Zero(t, again)
}
