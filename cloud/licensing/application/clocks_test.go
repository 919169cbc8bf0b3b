package application

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/protocol/clock"
)

// plainYears is a calendar whose only holiday is New Year's Day.
func plainYears(t *testing.T) *clock.Calendar {
	t.Helper()
	c, err := clock.NewCalendar([]clock.Entry{{Date: on(t, "2030-01-01"), Kind: clock.Holiday}, {Date: on(t, "2031-01-01"), Kind: clock.Holiday}})
	require.NoError(t, err)
	return c
}

func on(t *testing.T, day string) clock.Date {
	t.Helper()
	d, err := clock.ParseDate(day)
	require.NoError(t, err)
	return d
}

// story strikes events on days and returns the clocks after the last.
func story(t *testing.T, c *clock.Calendar, l limits, received string, beats ...string) clocks {
	t.Helper()
	var k clocks
	var err error
	for i := 0; i < len(beats); i += 2 {
		k, err = k.strike(licensing.Event(beats[i+1]), on(t, beats[i]), on(t, received), l, c)
		require.NoError(t, err, beats[i+1])
	}
	return k
}

func TestClocks(t *testing.T) {
	t.Parallel()
	c := plainYears(t)
	usual := limits{correct: 15, legal: 20, promised: 3}
	for name, s := range map[string]struct {
		limits limits
		beats  []string
		due    map[ClockID]string
	}{
		// 2030-06-07 is a Friday
		"five days to accept": {usual, []string{"2030-06-07", "submit"}, map[ClockID]string{ToAccept: "2030-06-14"}},
		"deemed accepted counts from the day of receipt": {
			usual,
			[]string{"2030-06-07", "submit", "2030-06-15", "deem_accepted"},
			map[ClockID]string{ToDecide: "2030-07-05", Promised: "2030-06-12"},
		},
		"returned: nothing runs": {usual, []string{"2030-06-07", "submit", "2030-06-10", "return"}, nil},
		"a correction waits, then five new days": {
			usual,
			[]string{"2030-06-07", "submit", "2030-06-10", "receive", "2030-06-10", "require_correction", "2030-06-20", "supplement"},
			map[ClockID]string{ToAccept: "2030-06-27"},
		},
		"what the applicant has for a correction": {
			usual, []string{"2030-06-07", "submit", "2030-06-10", "require_correction"}, map[ClockID]string{ToCorrect: "2030-07-01"},
		},
		// the vector of chapter 16.2: accepted on a Monday, suspended on the third working day for four
		"suspended: standing still": {usual, []string{"2030-06-10", "accept", "2030-06-13", "suspend"}, nil},
		"resumed: seventeen left": {
			usual,
			[]string{"2030-06-10", "accept", "2030-06-13", "suspend", "2030-06-19", "resume"},
			map[ClockID]string{ToDecide: "2030-07-12", Promised: "2030-06-19"},
		},
		"extended once: twenty-seven left, and the promise is over": {
			usual,
			[]string{"2030-06-10", "accept", "2030-06-13", "suspend", "2030-06-19", "resume", "2030-06-19", "extend"},
			map[ClockID]string{ToDecide: "2030-07-26"},
		},
		"told of a hearing: five days to ask": {
			limits{correct: 15, legal: 20, promised: 3, hearing: true},
			[]string{"2030-06-10", "accept", "2030-06-13", "suspend"},
			map[ClockID]string{ToHear: "2030-06-20"},
		},
		"asked for: twenty days to hold it": {
			limits{correct: 15, legal: 20, hearing: true},
			[]string{"2030-06-10", "accept", "2030-06-13", "suspend", "2030-06-14", "ask_hearing", "2030-06-17", "fix_hearing"},
			map[ClockID]string{ToHear: "2030-07-12"},
		},
		"given up: nothing runs": {
			limits{correct: 15, legal: 20, hearing: true},
			[]string{"2030-06-10", "accept", "2030-06-13", "suspend", "2030-06-14", "ask_hearing", "2030-06-17", "drop_hearing"},
			nil,
		},
		"heard: the decision's days go on": {
			limits{correct: 15, legal: 20, hearing: true},
			[]string{"2030-06-10", "accept", "2030-06-13", "suspend", "2030-06-19", "resume"},
			map[ClockID]string{ToDecide: "2030-07-12"},
		},
		"a renewal is decided before the certificate ends": {
			limits{correct: 15, legal: 20, ends: clock.Date{Year: 2030, Month: 6, Day: 30}},
			[]string{"2030-06-10", "accept", "2030-06-13", "extend"},
			map[ClockID]string{ToDecide: "2030-07-22", ToRenew: "2030-06-30"},
		},
		"an exam is arranged first": {limits{correct: 15, arranged: true}, []string{"2030-06-10", "accept", "2030-06-12", "grant"}, map[ClockID]string{}},
		"and then its ticket handed out": {
			limits{correct: 15, arranged: true}, []string{"2030-06-10", "accept", "2030-06-12", "grant", "2030-07-08", "certificate_done"}, map[ClockID]string{ToDeliver: "2030-07-22"},
		},
		"strict: no promise":       {limits{correct: 15, legal: 20, promised: 3, strict: true}, []string{"2030-06-10", "accept"}, map[ClockID]string{ToDecide: "2030-07-08"}},
		"ten days to deliver":      {usual, []string{"2030-06-10", "accept", "2030-06-12", "grant"}, map[ClockID]string{ToDeliver: "2030-06-26"}},
		"delivered: nothing runs":  {usual, []string{"2030-06-10", "accept", "2030-06-12", "deny", "2030-06-13", "deliver"}, nil},
		"withdrawn: nothing runs":  {usual, []string{"2030-06-10", "accept", "2030-06-12", "withdraw"}, nil},
		"over New Year, by nobody": {usual, []string{"2030-12-31", "accept"}, map[ClockID]string{ToDecide: "2031-01-29", Promised: "2031-01-06"}},
	} {
		got := map[ClockID]string{}
		for _, k := range story(t, c, s.limits, "2030-06-07", s.beats...) {
			if !k.Due.IsZero() {
				got[k.ID] = k.Due.String()
			}
		}
		want := s.due
		if want == nil {
			want = map[ClockID]string{}
		}
		require.Equal(t, want, got, name)
	}
}

func TestRemainingOfTheVector(t *testing.T) {
	t.Parallel()
	c := plainYears(t)
	k := story(t, c, limits{correct: 15, legal: 20}, "2030-06-10", "2030-06-10", "accept", "2030-06-13", "suspend")
	require.Equal(t, 3, k.find(ToDecide).Count.Used)
	k = story(t, c, limits{correct: 15, legal: 20}, "2030-06-10", "2030-06-10", "accept", "2030-06-13", "suspend", "2030-06-19", "resume")
	left, err := k.find(ToDecide).Count.Remaining(c, on(t, "2030-06-19"))
	require.NoError(t, err)
	require.Equal(t, 17, left)
	k = story(t, c, limits{correct: 15, legal: 20}, "2030-06-10", "2030-06-10", "accept", "2030-06-13", "suspend", "2030-06-19", "resume", "2030-06-19", "extend")
	left, err = k.find(ToDecide).Count.Remaining(c, on(t, "2030-06-19"))
	require.NoError(t, err)
	require.Equal(t, 27, left)
}

func TestLights(t *testing.T) {
	t.Parallel()
	c := plainYears(t)
	k := story(t, c, limits{correct: 15, legal: 20, promised: 3}, "2030-06-10", "2030-06-10", "accept")
	first, running := k.nearest()
	require.True(t, running)
	require.Equal(t, Promised, first.ID)
	for day, want := range map[string]Light{
		"2030-06-10": Green, "2030-06-11": Green, "2030-06-12": Yellow, "2030-06-13": Yellow, "2030-06-14": Red, "2030-06-20": Red,
	} {
		require.Equal(t, want, light(first.Due, on(t, day), c), day)
	}
	first, running = story(t, c, limits{correct: 15, legal: 20}, "2030-06-10", "2030-06-10", "accept", "2030-06-12", "suspend").nearest()
	require.False(t, running)
	require.Equal(t, NoLight, light(first.Due, on(t, "2030-06-20"), c))
}

func TestAYearWithoutACalendarIsNotGuessed(t *testing.T) {
	t.Parallel()
	_, err := clocks{}.strike(licensing.Accept, on(t, "2031-12-20"), on(t, "2031-12-20"), limits{correct: 15, legal: 20}, plainYears(t))
	require.ErrorContains(t, err, "2032 年工作日历")
}
