package office

import (
	"strings"
	"testing"

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
	o, err := Open(t.Context(), Options{Dir: t.TempDir(), DSN: d.Config().ConnString(), Now: clock.NewTest(First()), Conns: conns})
	require.NoError(t, err)
	t.Cleanup(o.Close)
	return o
}

// TestAnApplicationIsSent with one connection left: a transaction that waited
// for a second one would wait for ever when all are in such transactions.
func TestAnApplicationIsSent(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the quick checks build no pages and have no font for letters; make test has it")
	}
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

// TestAYear is the year in small: every matter, every plan.
func TestAYear(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the quick checks build no pages and have no font for letters; make test has it")
	}
	o := testOffice(t, 8)
	l, err := o.Year(t.Context(), 300)
	require.NoError(t, err)
	t.Log(l, l.States)
	require.Empty(t, l.Broken)
	require.Greater(t, l.Matters, 20)
	require.Positive(t, l.States["NOT_ACCEPTED"])
	require.Positive(t, l.States["TERMINATED"])

	// what is looked for is found when it is there
	again := &year{Office: o, Lived: &Lived{Cases: 300, States: map[string]int{}}, seen: map[clock.Date]bool{{Year: 2026, Month: 10, Day: 1}: true}}
	for _, sql := range []string{
		`UPDATE licensing_letter_register SET last = last + 1 WHERE word = (SELECT min(word) FROM licensing_letter_register)`,
		`UPDATE licensing_case SET licence = NULL WHERE id = (SELECT min(case_id) FROM licensing_event WHERE event = 'grant')`,
		`UPDATE licensing_event SET to_state = 'DRAFT' WHERE (case_id, seq) = (SELECT case_id, seq FROM licensing_event WHERE event = 'submit' ORDER BY 1 LIMIT 1)`,
		`UPDATE audit_entry SET object = 'x' WHERE seq = 100`,
	} {
		_, err := o.DB.Exec(t.Context(), `SET session_replication_role = replica; `+sql+`; RESET session_replication_role`)
		require.NoError(t, err)
	}
	require.NoError(t, again.verify(t.Context()))
	found := strings.Join(again.Broken, "\n")
	for _, want := range []string{"series of letters", "no working day", "without their certificate", "jump from one state", "audit entry 100", "cannot be opened"} {
		require.Contains(t, found, want)
	}
}
