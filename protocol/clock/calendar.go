package clock

import (
	"time"

	"huyun.internal/protocol/fault"
)

// DayKind says how a day differs from what its weekday suggests.
type DayKind string

// Kinds of a calendar entry, as in the State Council's yearly notice.
const (
	Holiday DayKind = "holiday" // a day off
	Makeup  DayKind = "makeup"  // a weekend day that is worked
)

// Entry is a row of the work calendar.
type Entry struct {
	Date Date    `json:"date"`
	Kind DayKind `json:"kind"`
}

// Calendar answers whether a day is worked. Weekends are off and other days
// worked, except where an entry says otherwise.
type Calendar struct {
	days  map[Date]DayKind
	years map[int]bool
}

// NewCalendar takes the whole table. A year is known when it has at least one
// entry: every real year has.
func NewCalendar(entries []Entry) (*Calendar, error) {
	c := &Calendar{make(map[Date]DayKind, len(entries)), make(map[int]bool)}
	for _, e := range entries {
		if e.Kind != Holiday && e.Kind != Makeup {
			return nil, fault.Invalidf("clock.calendar.kind", "工作日历 %s 的类型不正确", e.Date)
		}
		if old, twice := c.days[e.Date]; twice && old != e.Kind {
			return nil, fault.Invalidf("clock.calendar.twice", "工作日历 %s 既是放假又是上班，请核对", e.Date)
		}
		c.days[e.Date] = e.Kind
		c.years[e.Date.Year] = true
	}
	return c, nil
}

// Knows reports whether the year's entries have been imported. Programs warn in
// December when next year's are missing.
func (c *Calendar) Knows(year int) bool { return c.years[year] }

// Workday reports whether d is worked. A year without entries is an error and
// not a guess: a statutory time limit hangs on it.
func (c *Calendar) Workday(d Date) (bool, error) {
	if !c.years[d.Year] {
		return false, fault.Preconditionf("clock.calendar.missing", "缺少 %d 年工作日历，请先导入国务院放假安排", d.Year)
	}
	switch c.days[d] {
	case Holiday:
		return false, nil
	case Makeup:
		return true, nil
	}
	w := d.Weekday()
	return w != time.Saturday && w != time.Sunday, nil
}

// maxWorkdays bounds a deadline, so that a wrong number cannot run for years.
const maxWorkdays = 2000

// Deadline is the n-th working day after start; start itself does not count
// (始日不计). The deadline is missed from the result's End on.
func (c *Calendar) Deadline(start Date, n int) (Date, error) {
	if n < 0 || n > maxWorkdays {
		return Date{}, fault.Invalidf("clock.calendar.days", "工作日数应在 0 至 %d 之间", maxWorkdays)
	}
	d := start
	for n > 0 {
		d = d.Add(1)
		worked, err := c.Workday(d)
		if err != nil {
			return Date{}, err
		}
		if worked {
			n--
		}
	}
	return d, nil
}

// Between counts the working days after from up to and including to; 0 when to
// is not after from.
func (c *Calendar) Between(from, to Date) (n int, err error) {
	for d := from.Add(1); d.Compare(to) <= 0; d = d.Add(1) {
		worked, err := c.Workday(d)
		if err != nil {
			return 0, err
		}
		if worked {
			n++
		}
	}
	return n, nil
}

// Countdown is a time limit in working days that can be stopped and resumed
// (受理、补正、审批期限). It is a value to be stored; every method returns the
// next one.
type Countdown struct {
	Limit int  `json:"limit"`
	Used  int  `json:"used"`           // before the last stop
	Since Date `json:"since,omitzero"` // zero while stopped; the day itself does not count
}

// Start begins a countdown of limit working days on a day.
func Start(limit int, on Date) Countdown { return Countdown{Limit: limit, Since: on} }

// Running reports whether it is not stopped.
func (k Countdown) Running() bool { return !k.Since.IsZero() }

// Stop holds it; the day of stopping has been used.
func (k Countdown) Stop(c *Calendar, on Date) (Countdown, error) {
	if !k.Running() {
		return k, fault.Preconditionf("clock.countdown.stopped", "期限已处于中止状态")
	}
	n, err := c.Between(k.Since, on)
	if err != nil {
		return k, err
	}
	return Countdown{Limit: k.Limit, Used: k.Used + n}, nil
}

// Resume lets it run on; the day of resuming does not count.
func (k Countdown) Resume(on Date) (Countdown, error) {
	if k.Running() {
		return k, fault.Preconditionf("clock.countdown.running", "期限正在计算，无需恢复")
	}
	k.Since = on
	return k, nil
}

// Extend adds working days to the limit.
func (k Countdown) Extend(n int) Countdown {
	k.Limit += n
	return k
}

// Remaining is what is left on a day; negative when it is overdue.
func (k Countdown) Remaining(c *Calendar, on Date) (int, error) {
	left := k.Limit - k.Used
	if !k.Running() {
		return left, nil
	}
	n, err := c.Between(k.Since, on)
	return left - n, err
}

// Due is the last day of the limit; false while stopped.
func (k Countdown) Due(c *Calendar) (Date, bool, error) {
	if !k.Running() {
		return Date{}, false, nil
	}
	d, err := c.Deadline(k.Since, max(0, k.Limit-k.Used))
	return d, err == nil, err
}
