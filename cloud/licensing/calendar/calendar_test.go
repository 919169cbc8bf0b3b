package calendar_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys/keystest"
	"huyun.internal/cloud/licensing/calendar"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

type office struct {
	*calendar.Service
	db  *db.DB
	ctx context.Context
}

func newOffice(t *testing.T, now string) *office {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", now, clock.Shanghai())
	require.NoError(t, err)
	d, c := dbtest.New(t), clock.NewTest(at)
	log := audit.New(d, keystest.New(t), c, filepath.Join(t.TempDir(), "anchors"))
	ctx := auth.With(t.Context(), auth.Actor{ID: "u1", Kind: auth.KindStaff, Perms: auth.NewPerms(calendar.PermList, calendar.PermImport)})
	return &office{calendar.New(d, log, c), d, ctx}
}

// book is a year's workbook: New Year, a week off in May and what more says.
func book(t *testing.T, year int, more ...[]any) []byte {
	t.Helper()
	rows := [][]any{{fmt.Sprintf("%d-01-01", year), "放假", "元旦"}}
	for d := 1; d <= 11; d++ {
		rows = append(rows, []any{fmt.Sprintf("%d-05-%02d", year, d), "放假", "劳动节"})
	}
	out, err := sheet.Write("工作日历", calendar.Columns(), append(rows, more...))
	require.NoError(t, err)
	return out
}

func TestTheCityNoticesOf2025And2026AreThere(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-10-31 12:00")
	c, err := o.Calendar(o.ctx, o.db)
	require.NoError(t, err)
	for day, worked := range map[string]bool{
		"2026-02-14": true, "2026-02-16": false, "2026-02-23": false, "2026-02-24": true, "2026-02-28": true,
		"2026-05-09": true, "2026-09-20": true, "2026-09-25": false, "2026-10-07": false, "2026-10-08": true, "2026-10-10": true,
		"2026-10-11": false, "2025-10-11": true, "2025-01-27": true, "2025-02-04": false,
	} {
		d, err := clock.ParseDate(day)
		require.NoError(t, err)
		got, err := c.Workday(d)
		require.NoError(t, err)
		require.Equal(t, worked, got, day)
	}
	years, err := o.Years(o.ctx)
	require.NoError(t, err)
	require.Empty(t, years.Missing, "the next year is not needed in October")
	require.Equal(t, 2026, years.Years[0].Year)
	require.Equal(t, 6, years.Years[0].Makeups)
}

func TestImportAYear(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-29 12:00")
	years, err := o.Years(o.ctx)
	require.NoError(t, err)
	require.Equal(t, []int{2027}, years.Missing)

	told := 0
	o.Changed = func(_ context.Context, _ pgx.Tx, c *clock.Calendar) error {
		told++
		require.True(t, c.Knows(2027))
		return nil
	}
	out, err := o.Import(o.ctx, 2027, "通知.xlsx", book(t, 2027, []any{"2027-05-15", "上班", "劳动节"}))
	require.NoError(t, err)
	require.True(t, out.OK, "%+v", out.Problems)
	require.Equal(t, 13, out.Days)
	require.Equal(t, 1, told)
	years, err = o.Years(o.ctx)
	require.NoError(t, err)
	require.Empty(t, years.Missing)

	_, err = o.Import(o.ctx, 2027, "再来.xlsx", book(t, 2027))
	require.NoError(t, err, "a year that lies ahead can be replaced as a whole")
	list, err := o.Days(o.ctx, calendar.Filter{Year: 2027}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 12, list.Total)
	since, err := o.Days(o.ctx, calendar.Filter{Since: list.Items[4].Day.Format(time.DateOnly)}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, list.Items[4:], since.Items, "the day itself and what follows, of every year")
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-29 12:00")
	before := dbtest.Snapshot(t, o.db)
	for name, row := range map[string][]any{
		"another year":     {"2026-06-01", "放假", "儿童节"},
		"no such day":      {"2027-02-30", "放假", "春节"},
		"a day twice":      {"2027-05-01", "上班", "劳动节"},
		"worked on Monday": {"2027-06-07", "上班", "端午节"},
		"neither":          {"2027-06-08", "休息", "端午节"},
		"no name":          {"2027-06-08", "放假", ""},
		"a person's":       {"2027-06-08", "放假", "310101198501010014"},
	} {
		out, err := o.Import(o.ctx, 2027, "x", book(t, 2027, row))
		require.NoError(t, err, name)
		require.False(t, out.OK, name)
		require.Equal(t, 14, out.Problems[0].Row, name)
		require.NotContains(t, out.Problems[0].Text, "310101", name)
	}
	half, err := sheet.Write("工作日历", calendar.Columns(), [][]any{{"2027-01-01", "放假", "元旦"}})
	require.NoError(t, err)
	_, err = o.Import(o.ctx, 2027, "x", half)
	require.True(t, fault.Is(err, "licensing.calendar.import.few"), err)
	_, err = o.Import(o.ctx, 2031, "x", book(t, 2031))
	require.True(t, fault.Is(err, "licensing.calendar.import.year"), err)
	_, err = o.Import(o.ctx, 2026, "x", book(t, 2026))
	require.True(t, fault.Is(err, "licensing.calendar.import.past"), err)
	require.Equal(t, before, dbtest.Snapshot(t, o.db), "nothing changed")
}

func TestRights(t *testing.T) {
	t.Parallel()
	o := newOffice(t, "2026-11-29 12:00")
	nobody := auth.With(t.Context(), auth.Actor{ID: "u2", Kind: auth.KindStaff})
	_, err := o.Years(nobody)
	require.Error(t, err)
	_, err = o.Days(nobody, calendar.Filter{}, db.Page{})
	require.Error(t, err)
	_, err = o.Import(nobody, 2027, "x", nil)
	require.Error(t, err)
	_, err = o.Template(nobody, 2026)
	require.Error(t, err)
	filled, err := o.Template(o.ctx, 2026)
	require.NoError(t, err)
	rows, err := sheet.Read(filled, calendar.Columns(), sheet.Limits{Rows: 366, Unzipped: 8 << 20})
	require.NoError(t, err)
	require.Len(t, rows, 38+1)
}
