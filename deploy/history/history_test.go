package history

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/exam/bank"
	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/exam/stats"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/keys/keystest"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/deploy/seed"
	"huyun.internal/protocol/clock"
)

var now = time.Date(2026, 11, 29, 3, 0, 0, 0, time.UTC)

// demonstration is what a first start has before its past: bank, rules, a venue.
func demonstration(t *testing.T) *world {
	t.Helper()
	files, err := blob.OpenDir(t.TempDir())
	require.NoError(t, err)
	w := &world{db: dbtest.New(t), keys: keystest.New(t), blobs: files, clock: clock.NewTest(now), now: now}
	require.NoError(t, w.wire())
	questions := bank.New(w.db, w.keys, audit.New(w.db, w.keys, w.clock, ""), files, w.clock)
	with := func(id string, perms ...string) context.Context {
		return auth.With(t.Context(), auth.Actor{ID: id, Username: id, Kind: auth.KindStaff, Scope: auth.Scope{All: true}, Perms: auth.NewPerms(perms...)})
	}
	books, err := seed.Workbooks()
	require.NoError(t, err)
	for _, b := range books {
		in, err := questions.Import(with("author", bank.PermImport), bank.Upload{FileName: b.File, Workbook: b.Data})
		require.NoError(t, err)
		require.True(t, in.OK, "%+v", in.Problems)
		_, err = questions.Decide(with("reviewer", bank.PermReview), in.Batch, true, "")
		require.NoError(t, err)
	}
	for _, r := range seed.Rules() {
		r.ID, r.Version = "", 0
		_, err = w.papers.Create(with("boss", paper.PermSave), r, paper.Exposure{})
		require.NoError(t, err)
	}
	hall := moreHalls()[0]
	hall.Code, hall.Name = "101", "浦东分考场（演示）"
	_, err = w.venues.Create(with("boss", venue.PermSave), hall)
	require.NoError(t, err)
	return w
}

// TestTheYear: what a visitor finds is whole, marked, plausible, and the rows
// behind every figure are there.
func TestTheYear(t *testing.T) {
	t.Parallel()
	w := demonstration(t)
	held, err := w.fill(t.Context(), now)
	require.NoError(t, err)
	require.Equal(t, sittings, held)
	again, err := w.fill(t.Context(), now)
	require.NoError(t, err)
	require.Zero(t, again, "a second start adds nothing")

	var unmarked, unpublished int
	require.NoError(t, w.db.QueryRow(t.Context(), `SELECT count(*) FILTER (WHERE NOT demo OR title NOT LIKE '%演示数据%'), count(*) FILTER (WHERE state <> 'PUBLISHED')
		FROM exam_sitting`).Scan(&unmarked, &unpublished))
	require.Zero(t, unmarked)
	require.Zero(t, unpublished)

	timely(t, w)
	s := stats.New(w.db, nil)
	reader := auth.With(t.Context(), auth.Actor{ID: "r", Kind: auth.KindStaff, Scope: auth.Scope{All: true}, Perms: auth.NewPerms(stats.PermRead, stats.PermQuestions)})
	f := stats.Filter{From: now.AddDate(-1, -1, 0), To: now}
	sum, err := s.Summary(reader, f, []string{"month"})
	require.NoError(t, err)
	require.Equal(t, sittings, sum.Demo)
	require.GreaterOrEqual(t, len(sum.Groups), 12, "every month has sittings")
	for i, m := range stats.Measures() {
		list, err := s.List(reader, f, stats.Counted{Measure: m}, db.Page{Page: 1, PageSize: 1})
		require.NoError(t, err)
		require.EqualValues(t, list.Total, reflect.ValueOf(sum.Total).Field(i).Int(), m)
	}
	rate := float64(sum.Total.Passed) / float64(sum.Total.Passed+sum.Total.Failed)
	require.InDelta(t, 0.65, rate, 0.15, "two in three pass")
	for _, n := range []int{sum.Total.Absent, sum.Total.Irregularities, sum.Total.ChecksManual, sum.Total.YellowAlarms} {
		require.Positive(t, n)
	}

	spread, demo, err := s.Spread(reader, stats.QuestionFilter{})
	require.NoError(t, err)
	require.True(t, demo)
	flags := map[string]int{}
	for _, c := range spread {
		flags[c.Flag] += c.Count
	}
	t.Logf("passed %.0f%%, questions by flag %v", 100*rate, flags)
	for _, flag := range []string{"NOBODY", "EVERYBODY", "REVERSED", "WEAK", "OK"} {
		require.Positive(t, flags[flag], "no question is %s", flag)
	}
	require.Greater(t, flags["OK"], flags["REVERSED"]+flags["WEAK"], "most questions do what they are for")
}

// timely: what happened agrees with the plan, what took time took it, nobody has
// an account's name, and whoever was compared with a photograph has, or had, one.
func timely(t *testing.T, w *world) {
	t.Helper()
	for what, wrong := range map[string]string{
		"asked to open within the hour": `SELECT count(*) FROM exam_opening o JOIN exam_sitting s ON s.id = o.sitting WHERE o.asked_at > s.starts_at - interval '1 hour'`,
		"admitted long before, or after the start": `SELECT count(*) FROM exam_checkin c JOIN exam_sitting s ON s.id = c.sitting
			WHERE c.at NOT BETWEEN s.starts_at - interval '30 minutes' AND s.starts_at`,
		"began before the start": `SELECT count(*) FROM exam_attempt a JOIN exam_sitting s ON s.id = a.sitting
			WHERE a.started_at NOT BETWEEN s.starts_at AND s.starts_at + interval '1 minute'`,
		"used another time": `SELECT count(*) FROM exam_attempt a JOIN exam_handin h ON h.sitting = a.sitting AND h.attempt = a.id
			WHERE abs(extract(epoch FROM h.at - a.started_at) * 1000 - h.used_ms) > 1000`,
		"late and yet admitted": `SELECT count(*) FROM exam_irregularity i JOIN exam_checkin c ON c.sitting = i.sitting AND c.candidate = i.candidate WHERE i.code = 'V01'`,
		"an account":            `SELECT count(*) FROM exam_checkin WHERE who LIKE 'demo.%'`,
		"no photograph": `SELECT count(*) FROM exam_candidate c WHERE c.photo IS NULL
			AND NOT EXISTS (SELECT FROM exam_picture_expiry e WHERE e.sitting = c.sitting)`,
	} {
		n, err := db.Value[int64](t.Context(), w.db, wrong)
		require.NoError(t, err, what)
		require.Zero(t, n, what)
	}
}

// TestTheSameYear: what is planned does not change from one machine to another.
func TestTheSameYear(t *testing.T) {
	t.Parallel()
	rules := make([]paper.Rule, len(trades()))
	require.Equal(t, year(now, 3, rules), year(now, 3, rules))
	places := map[int]int{}
	for _, p := range year(now, 3, rules) {
		require.True(t, p.at.Before(now.Add(-26*time.Hour)), "published before today")
		require.True(t, p.at.After(now.AddDate(-1, 0, -3)))
		day := clock.DateOf(p.at).Weekday()
		require.False(t, day == time.Saturday || day == time.Sunday)
		places[p.hall]++
	}
	require.Equal(t, map[int]int{0: 8, 1: 8, 2: 8}, places)
}
