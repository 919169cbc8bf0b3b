package calendar

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

const (
	// the whole calendar in one row: every event of a case asks for it
	wholeSQL = `SELECT coalesce(array_agg(day) FILTER (WHERE kind = 'holiday'), '{}') AS holidays,
		coalesce(array_agg(day) FILTER (WHERE kind = 'makeup'), '{}') AS makeups FROM licensing_calendar_day`
	yearsSQL = `SELECT y.year, y.source, y.revision, y.set_at,
		(SELECT count(*) FROM licensing_calendar_day d WHERE d.year = y.year AND d.kind = 'holiday') AS holidays,
		(SELECT count(*) FROM licensing_calendar_day d WHERE d.year = y.year AND d.kind = 'makeup') AS makeups
		FROM licensing_calendar_year y ORDER BY y.year DESC`
	daysSQL  = `SELECT day, kind, name FROM licensing_calendar_day`
	pastSQL  = `SELECT day, kind, name FROM licensing_calendar_day WHERE year = $1 AND day <= $2 ORDER BY day`
	countSQL = `SELECT count(*) FROM licensing_calendar_year WHERE year = $1`
	lockSQL  = `LOCK TABLE licensing_calendar_year IN SHARE ROW EXCLUSIVE MODE`
	yearSQL  = `INSERT INTO licensing_calendar_year (year, source, set_by, set_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (year) DO UPDATE SET source = excluded.source, set_by = excluded.set_by, set_at = excluded.set_at,
			revision = licensing_calendar_year.revision + 1`
	clearSQL  = `DELETE FROM licensing_calendar_day WHERE year = $1`
	insertSQL = `INSERT INTO licensing_calendar_day (day, year, kind, name) VALUES ($1, $2, $3, $4)`
)

var daySorts = db.Sorts{"": "day", "day": "day", "kind": "kind, day", "name": "name, day"}

func list(ctx context.Context, q db.Q, f Filter, page db.Page) (db.List[Day], error) {
	w := new(db.Where).Eq("kind", f.Kind).Like(page.Q, "name", "day::text")
	if f.Year != 0 {
		w.And("year = ?", f.Year)
	}
	if f.Since != "" {
		w.And("day >= ?::date", f.Since)
	}
	return db.Select[Day](ctx, q, daysSQL, w, daySorts, page)
}

// replace puts a year's days in place of what was there.
func replace(ctx context.Context, tx pgx.Tx, year int, source, by string, days []Day, now time.Time) error {
	if _, err := tx.Exec(ctx, yearSQL, year, source, by, now); err != nil {
		return fmt.Errorf("save year: %w", err)
	}
	if _, err := tx.Exec(ctx, clearSQL, year); err != nil {
		return fmt.Errorf("clear year: %w", err)
	}
	for _, d := range days {
		if _, err := tx.Exec(ctx, insertSQL, d.Day, year, d.Kind, d.Name); err != nil {
			return fmt.Errorf("insert day: %w", err)
		}
	}
	return nil
}
