package calendar

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Service keeps the calendar.
type Service struct {
	db    *db.DB
	audit *audit.Log
	clock clock.Clock
	// Changed is told in the transaction that changes a year, so that whoever
	// stored the day on which something is due can count again. May be nil.
	Changed func(ctx context.Context, tx pgx.Tx, c *clock.Calendar) error
}

// New makes the service.
func New(d *db.DB, a *audit.Log, c clock.Clock) *Service { return &Service{db: d, audit: a, clock: c} }

// Filter narrows the days; empty fields do not.
type Filter struct {
	Year  int
	Kind  string
	Since string // the first day
}

// Calendar is what is known now; it checks no right.
func (s *Service) Calendar(ctx context.Context, q db.Q) (*clock.Calendar, error) {
	whole, err := db.Row[struct{ Holidays, Makeups []time.Time }](ctx, q, wholeSQL)
	if err != nil {
		return nil, err
	}
	entries := make([]clock.Entry, 0, len(whole.Holidays)+len(whole.Makeups))
	for _, day := range whole.Holidays {
		entries = append(entries, clock.Entry{Date: dateOf(day), Kind: clock.Holiday})
	}
	for _, day := range whole.Makeups {
		entries = append(entries, clock.Entry{Date: dateOf(day), Kind: clock.Makeup})
	}
	return clock.NewCalendar(entries)
}

// Years tells which years are known and which are missing.
func (s *Service) Years(ctx context.Context) (Years, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return Years{}, err
	}
	years, err := db.All[Year](ctx, s.db, yearsSQL)
	known := map[int]bool{}
	for _, y := range years {
		known[y.Year] = true
	}
	return Years{Years: years, Missing: missing(known, clock.DateOf(s.clock.Now()))}, err
}

// Days lists the days that differ from their weekday.
func (s *Service) Days(ctx context.Context, f Filter, page db.Page) (db.List[Day], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Day]{}, err
	}
	return list(ctx, s.db, f, page)
}

// Imported is the answer to a workbook: a year in place, or what is wrong.
type Imported struct {
	OK       bool            `json:"ok"`
	Year     int             `json:"year"`
	Days     int             `json:"days"`
	Problems []sheet.Problem `json:"problems" doc:"最多 100 处"`
	Errors   int             `json:"errors"`
}

// least is fewer days than any year's notice ever named: a workbook with less is
// half of one.
const least = 11

// Import puts a workbook in place of a year, all or nothing. Days that have
// passed cannot be changed in a year that was known: what was due by them has
// been due. Faults: those of sheet.Read, licensing.calendar.import.year, .past, .few.
func (s *Service) Import(ctx context.Context, year int, source string, workbook []byte) (Imported, error) {
	actor, err := auth.Require(ctx, PermImport)
	if err != nil {
		return Imported{}, err
	}
	today := clock.DateOf(s.clock.Now())
	if year < today.Year-1 || year > today.Year+2 {
		return Imported{}, fault.Newf(fault.Invalid, "licensing.calendar.import.year", "只能导入 %d 年至 %d 年的工作日历", today.Year-1, today.Year+2)
	}
	rows, err := sheet.Read(workbook, Columns(), limits)
	if err != nil {
		return Imported{}, err
	}
	r := reading{year: year, seen: map[clock.Date]int{}}
	for _, row := range rows {
		r.row(row)
	}
	if len(r.problems) > 0 {
		return Imported{Year: year, Errors: len(r.problems), Problems: r.problems[:min(len(r.problems), 100)]}, nil
	}
	if len(r.days) < least {
		return Imported{}, fault.Newf(fault.Invalid, "licensing.calendar.import.few", "只有 %d 天，少于任何一年的法定节假日（%d 天），请核对是否缺行", len(r.days), least)
	}
	slices.SortFunc(r.days, func(a, b Day) int { return a.Day.Compare(b.Day) })
	return Imported{OK: true, Year: year, Days: len(r.days), Problems: []sheet.Problem{}}, s.db.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockSQL); err != nil {
			return err
		}
		if err := s.keepPast(ctx, tx, year, today, r.days); err != nil {
			return err
		}
		if err := replace(ctx, tx, year, source, actor.ID, r.days, s.clock.Now()); err != nil {
			return err
		}
		if err := s.tell(ctx, tx); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermImport, "", map[string]any{"year": year, "days": len(r.days), "source": source})
	})
}

func (s *Service) tell(ctx context.Context, tx pgx.Tx) error {
	if s.Changed == nil {
		return nil
	}
	c, err := s.Calendar(ctx, tx)
	if err != nil {
		return err
	}
	return s.Changed(ctx, tx, c)
}

// keepPast refuses to change a day that has passed, today included.
func (s *Service) keepPast(ctx context.Context, tx pgx.Tx, year int, today clock.Date, days []Day) error {
	known, err := db.Value[int](ctx, tx, countSQL, year)
	if err != nil || known == 0 {
		return err
	}
	until := time.Date(today.Year, today.Month, today.Day, 0, 0, 0, 0, time.UTC)
	before, err := db.All[Day](ctx, tx, pastSQL, year, until)
	if err != nil {
		return err
	}
	was := map[clock.Date]clock.DayKind{}
	for _, d := range before {
		was[d.date()] = d.Kind
	}
	for _, d := range days {
		if d.Day.After(until) {
			continue
		}
		if was[d.date()] != d.Kind {
			return past(d.date())
		}
		delete(was, d.date())
	}
	for d := range was {
		return past(d)
	}
	return nil
}

func past(d clock.Date) error {
	return fault.Newf(fault.Precondition, "licensing.calendar.import.past", "%s 已经过去，不能更改：期限已按原来的安排计算；请恢复这一天后再导入", d)
}

// Template is the workbook to fill in, with a known year's days when there are any.
func (s *Service) Template(ctx context.Context, year int) ([]byte, error) {
	if _, err := auth.Require(ctx, PermImport); err != nil {
		return nil, err
	}
	page := db.Page{}
	page.Whole(limits.Rows)
	days, err := list(ctx, s.db, Filter{Year: year}, page)
	if err != nil {
		return nil, err
	}
	rows := make([][]any, len(days.Items))
	for i, d := range days.Items {
		rows[i] = []any{d.date().String(), kindNames[d.Kind], d.Name}
	}
	return sheet.Write("工作日历", Columns(), rows)
}

var kindNames = map[clock.DayKind]string{clock.Holiday: "放假", clock.Makeup: "上班"}
