package appointment

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/clock"
)

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), listSlotSQL, slotSQL, lockSlotSQL, lockDaySQL, overlapSQL, insertSlotSQL, updateSlotSQL, fittingSQL, freeSQL, openSlotsSQL,
		placesSQL, periodsSQL, listBookingSQL, bookingSQL, lockSQL, findSQL, calledSQL, referredSQL, sameDaySQL, missedSQL, comingSQL, waitingInSQL,
		overdueSQL, insertSQL, updateSQL, numberSQL, mobileSQL, formSQL, materialsSQL, materialSQL, countMaterialSQL, putMaterialSQL)
}

func TestBarred(t *testing.T) {
	t.Parallel()
	day := func(s string) clock.Date {
		d, err := clock.ParseDate(s)
		require.NoError(t, err)
		return d
	}
	for _, c := range []struct {
		today, until string
		missed       []string
	}{
		{"2026-11-23", "", nil},
		{"2026-11-23", "", []string{"2026-11-01", "2026-11-20"}},
		{"2026-11-23", "2026-12-20", []string{"2026-11-20", "2026-11-01", "2026-09-01"}},
		{"2026-12-20", "2026-12-20", []string{"2026-11-20", "2026-11-01", "2026-09-01"}}, // the last day counts
		{"2026-12-21", "", []string{"2026-11-20", "2026-11-01", "2026-09-01"}},
		{"2026-11-23", "", []string{"2026-11-20", "2026-11-01", "2026-08-22"}}, // 90 days apart is outside
		{"2026-11-23", "2026-12-20", []string{"2026-11-20", "2026-11-01", "2026-08-23"}},
		{"2026-11-23", "2026-12-22", []string{"2026-01-01", "2026-11-20", "2026-11-21", "2026-11-22"}},
	} {
		var list []clock.Date
		for _, m := range c.missed {
			list = append(list, day(m))
		}
		got := barred(list, day(c.today))
		if c.until == "" {
			require.True(t, got.IsZero(), "%+v %s", c, got)
			continue
		}
		require.Equal(t, c.until, got.String(), "%+v", c)
	}
}

func TestHours(t *testing.T) {
	t.Parallel()
	b, e, err := hours("09:00-11:30")
	require.NoError(t, err)
	require.Equal(t, []string{"09:00", "11:30"}, []string{b, e})
	for _, bad := range []string{"", "9:00-11:30", "09:00", "11:30-09:00", "09:00-09:00", "29:00-30:00", "09:60-10:00", "09:00-11:30 "} {
		_, _, err = hours(bad)
		require.Error(t, err, bad)
	}
}
