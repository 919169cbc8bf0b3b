package office

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
)

func testOffice(t *testing.T, conns int32) *Office {
	t.Helper()
	d := dbtest.New(t)
	o, err := Open(t.Context(), Options{Dir: t.TempDir(), DSN: d.Config().ConnString(), Now: clock.NewTest(time.Date(2026, 1, 5, 1, 0, 0, 0, time.UTC)), Conns: conns})
	require.NoError(t, err)
	t.Cleanup(o.Close)
	return o
}

// TestAnApplicationIsSent with one connection left: a transaction that waited
// for a second one would wait for ever when all are in such transactions.
func TestAnApplicationIsSent(t *testing.T) {
	t.Parallel()
	o := testOffice(t, 2)
	taken, err := o.DB.Acquire(t.Context())
	require.NoError(t, err)
	defer taken.Release()
	c, err := o.File(t.Context(), seed.Candidates(1, 1)[0], practitioner.Road, []string{"02001"}, clock.Date{Year: 2024, Month: 3, Day: 1})
	require.NoError(t, err)
	p, err := o.Draft(t.Context(), &c, "RT04", nil, Said())
	require.NoError(t, err)
	require.Empty(t, p.Lacking)
	p, err = o.Submit(t.Context(), &c, p)
	require.NoError(t, err)
	require.Equal(t, licensing.Submitted, p.State)
}
