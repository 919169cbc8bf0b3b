package clock

import (
	"database/sql/driver"
	"fmt"
	"time"

	"huyun.internal/protocol/fault"
)

// Date is a day of the calendar, without a time or a zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

const dateLayout = "2006-01-02"

// DateOf is the day that t falls on in Shanghai.
func DateOf(t time.Time) Date {
	y, m, d := t.In(shanghai).Date()
	return Date{y, m, d}
}

// ParseDate reads 2006-01-02; a day that does not exist is refused.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(dateLayout, s)
	if err != nil {
		return Date{}, fault.Invalidf("clock.date", "日期格式应为 2026-01-31，且须真实存在").With(err)
	}
	y, m, d := t.Date()
	return Date{y, m, d}, nil
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Start is 00:00 of the day in Shanghai.
func (d Date) Start() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, shanghai) }

// End is 24:00 of the day in Shanghai, the first moment after it: a deadline on
// this day is missed from then on.
func (d Date) End() time.Time { return d.Add(1).Start() }

// Add is n days later, or earlier.
func (d Date) Add(n int) Date {
	y, m, day := d.utc().AddDate(0, 0, n).Date()
	return Date{y, m, day}
}

// Compare is -1, 0 or 1 as d is before, equal to or after o.
func (d Date) Compare(o Date) int { return d.utc().Compare(o.utc()) }

// Before reports whether d is an earlier day than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// IsZero reports whether d was never set.
func (d Date) IsZero() bool { return d == Date{} }

// String is 2006-01-02.
func (d Date) String() string { return d.utc().Format(dateLayout) }

// MarshalText is String; the zero Date is empty.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText is ParseDate; empty gives the zero Date.
func (d *Date) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	*d, err = ParseDate(string(text))
	return err
}

// Scan reads a date column; NULL gives the zero Date.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		y, m, day := v.Date()
		*d = Date{y, m, day}
	case string:
		return d.UnmarshalText([]byte(v))
	default:
		return fmt.Errorf("clock: a date cannot be read from %T", src)
	}
	return nil
}

// Value writes a date column; the zero Date is NULL.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}
