package clock_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

type workdays struct {
	Entries  []clock.Entry
	Deadline []struct {
		Note       string
		Start, Due clock.Date
		Days       int
		End        time.Time
	}
	Countdown []struct {
		Note                                     string
		Limit, Used, Remaining, Extend, Extended int
		Start, Stop, Resume, Due                 clock.Date
	}
}

func load(t *testing.T) (workdays, *clock.Calendar) {
	t.Helper()
	in, err := os.ReadFile(filepath.Join("..", "testdata", "clock", "workday.json"))
	require.NoError(t, err)
	var w workdays
	require.NoError(t, json.Unmarshal(in, &w))
	c, err := clock.NewCalendar(w.Entries)
	require.NoError(t, err)
	return w, c
}

func TestDeadlines(t *testing.T) {
	t.Parallel()
	w, c := load(t)
	require.NotEmpty(t, w.Deadline)
	for _, v := range w.Deadline {
		got, err := c.Deadline(v.Start, v.Days)
		require.NoError(t, err, v.Note)
		require.Equal(t, v.Due, got, v.Note)
		require.True(t, v.End.Equal(got.End()), v.Note)
		n, err := c.Between(v.Start, got)
		require.NoError(t, err, v.Note)
		require.Equal(t, v.Days, n, v.Note)
	}
}

func TestCountdowns(t *testing.T) {
	t.Parallel()
	w, c := load(t)
	require.NotEmpty(t, w.Countdown)
	for _, v := range w.Countdown {
		k := clock.Start(v.Limit, v.Start)
		_, err := k.Resume(v.Stop)
		require.True(t, fault.Is(err, "clock.countdown.running"))
		k, err = k.Stop(c, v.Stop)
		require.NoError(t, err)
		require.Equal(t, v.Used, k.Used, v.Note)
		_, err = k.Stop(c, v.Stop)
		require.True(t, fault.Is(err, "clock.countdown.stopped"))
		_, running, err := k.Due(c)
		require.NoError(t, err)
		require.False(t, running)

		k, err = k.Resume(v.Resume)
		require.NoError(t, err)
		left, err := k.Remaining(c, v.Resume)
		require.NoError(t, err)
		require.Equal(t, v.Remaining, left, v.Note)
		k = k.Extend(v.Extend)
		left, err = k.Remaining(c, v.Resume)
		require.NoError(t, err)
		require.Equal(t, v.Extended, left, v.Note)
		due, running, err := k.Due(c)
		require.NoError(t, err)
		require.True(t, running)
		require.Equal(t, v.Due, due, v.Note)
		left, err = k.Remaining(c, due.Add(3))
		require.NoError(t, err)
		require.Negative(t, left, "overdue")

		out, err := json.Marshal(k)
		require.NoError(t, err)
		var back clock.Countdown
		require.NoError(t, json.Unmarshal(out, &back))
		require.Equal(t, k, back)
	}
}

func TestAMissingYearIsNotGuessed(t *testing.T) {
	t.Parallel()
	_, c := load(t)
	require.True(t, c.Knows(2026))
	require.False(t, c.Knows(2027))
	_, err := c.Deadline(clock.Date{Year: 2026, Month: 12, Day: 28}, 5)
	require.True(t, fault.Is(err, "clock.calendar.missing"))
	_, err = c.Between(clock.Date{Year: 2026, Month: 12, Day: 28}, clock.Date{Year: 2027, Month: 1, Day: 5})
	require.True(t, fault.Is(err, "clock.calendar.missing"))
	for _, n := range []int{-1, 2001} {
		_, err = c.Deadline(clock.Date{Year: 2026, Month: 1, Day: 5}, n)
		require.True(t, fault.Is(err, "clock.calendar.days"))
	}
}

func TestBadCalendars(t *testing.T) {
	t.Parallel()
	d := clock.Date{Year: 2026, Month: 1, Day: 1}
	_, err := clock.NewCalendar([]clock.Entry{{d, clock.Holiday}, {d, clock.Makeup}})
	require.True(t, fault.Is(err, "clock.calendar.twice"))
	_, err = clock.NewCalendar([]clock.Entry{{d, "maybe"}})
	require.True(t, fault.Is(err, "clock.calendar.kind"))
	_, err = clock.NewCalendar([]clock.Entry{{d, clock.Holiday}, {d, clock.Holiday}})
	require.NoError(t, err)
}

func TestDates(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "2026-02-29", "2026-13-01", "2026-1-1", "20260101", "2026-01-01T00:00:00Z"} {
		_, err := clock.ParseDate(bad)
		require.True(t, fault.Is(err, "clock.date"), bad)
	}
	d, err := clock.ParseDate("2028-02-28")
	require.NoError(t, err)
	require.Equal(t, "2028-02-29", d.Add(1).String())
	require.Equal(t, "2028-03-01", d.Add(2).String())
	require.True(t, d.Before(d.Add(1)))
	require.Equal(t, time.Monday, d.Weekday())
	// 16:30 UTC is already tomorrow in Shanghai
	require.Equal(t, d.Add(1), clock.DateOf(time.Date(2028, 2, 28, 16, 30, 0, 0, time.UTC)))
	require.Equal(t, time.Date(2028, 2, 27, 16, 0, 0, 0, time.UTC), d.Start().UTC())
	out, err := json.Marshal(map[string]clock.Date{"a": d, "b": {}})
	require.NoError(t, err)
	require.JSONEq(t, `{"a":"2028-02-28","b":""}`, string(out))
}

func FuzzParseDate(f *testing.F) {
	f.Add("2026-02-28")
	f.Add("0000-01-01")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := clock.ParseDate(s)
		if err == nil {
			require.Equal(t, s, d.String())
		}
		var text clock.Date
		if text.UnmarshalText([]byte(s)) == nil {
			require.Equal(t, d, text) // nothing is no date
		}
	})
}
