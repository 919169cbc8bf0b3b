package application

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// Alarm is a time limit of the law that has run out, or does so next: what chapter 3.3
// of the domain reference attaches an alarm to.
type Alarm string

// Alarms, the highest level first.
const (
	// Deeming: a renewal that nobody decides is granted by the law when the certificate
	// ends (C7, 行政许可法 §50), or has been.
	Deeming Alarm = "RENEWAL"
	// Overdue: the law's period for the decision has run out (C3, §42).
	Overdue Alarm = "OVERDUE"
	// Unanswered: nobody answered in five days, and the law accepted (C1, §32 (4)).
	Unanswered Alarm = "DEEMED"
	// Answering: today is the last of the five days.
	Answering Alarm = "ANSWER"
)

// Alarms in their order.
var Alarms = []Alarm{Deeming, Overdue, Unanswered, Answering}

// alarmDays is how many working days the alarms look ahead for a deemed grant, and
// back for a deemed acceptance.
const alarmDays = 5

// Alarming is how many cases an alarm is for.
type Alarming struct {
	Alarm Alarm `json:"alarm" enum:"RENEWAL,OVERDUE,DEEMED,ANSWER"`
	Cases int   `json:"cases"`
	// Past is how many of the renewals the law has granted already.
	Past int `json:"past" doc:"延续的办件里，证件已经届满、已视为准予延续的"`
}

// undecidedYet are the states in which the clocks C3 and C7 run; written out for the
// index of what is open.
const undecidedYet = `c.state IN ('ACCEPTED', 'REVIEWING', 'APPROVING', 'SUSPENDED')`

// What the alarms ask. A case is due on the first day of its clocks, so that whatever
// has run out of any is found by the index of that day, and its clocks are asked then.
const (
	deemingIs    = undecidedYet + ` AND NOT c.revoked AND c.due <= ? AND EXISTS (SELECT FROM licensing_clock k WHERE k.case_id = c.id AND k.clock = 'C7' AND NOT k.ended AND k.due <= ?)`
	overdueIs    = undecidedYet + ` AND c.due < ? AND EXISTS (SELECT FROM licensing_clock k WHERE k.case_id = c.id AND k.clock = 'C3' AND NOT k.ended AND k.due < ?)`
	unansweredIs = `c.id IN (SELECT e.case_id FROM licensing_event e WHERE e.event = 'deem_accepted' AND e.at >= ?)`
	answeringIs  = `c.state IN ('SUBMITTED', 'RECEIVED') AND c.due_clock = 'C1' AND c.due <= ?`
)

// alarmed narrows cases to those of an alarm.
func alarmed(w *db.Where, a Alarm, d alarmDates) *db.Where {
	switch a {
	case Deeming:
		w.And(deemingIs, d.soon, d.soon)
	case Overdue:
		w.And(overdueIs, d.today, d.today)
	case Unanswered:
		w.And(unansweredIs, d.since.Start())
	case Answering:
		w.And(answeringIs, d.today)
	}
	return w
}

// alarmDates are the days that alarms compare with.
type alarmDates struct{ today, soon, since clock.Date }

// datesOn counts working days, and days where the calendar has not got the year: an
// alarm does not wait for a calendar.
func datesOn(today clock.Date, cal *clock.Calendar) alarmDates {
	d := alarmDates{today: today, soon: today.Add(alarmDays + 2), since: today.Add(-alarmDays - 2)}
	if soon, err := cal.Deadline(today, alarmDays); err == nil {
		d.soon = soon
	}
	for n, on := 0, today.Add(-1); ; on = on.Add(-1) {
		work, err := cal.Workday(on)
		if err != nil {
			return d
		}
		if work {
			n++
		}
		if n == alarmDays {
			d.since = on
			return d
		}
	}
}

// Alarmed counts the cases of every alarm, for who may see cases.
func (s *Service) Alarmed(ctx context.Context) ([]Alarming, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return nil, err
	}
	return s.Alarming(ctx)
}

// Alarming is Alarmed for the program itself; it checks no right.
func (s *Service) Alarming(ctx context.Context) ([]Alarming, error) {
	cal, err := s.Calendar.Calendar(ctx, s.DB)
	if err != nil {
		return nil, err
	}
	d := datesOn(s.today(), cal)
	past := d // on its last day the certificate still holds
	past.soon = d.today.Add(-1)
	out := make([]Alarming, len(Alarms))
	for i, a := range Alarms {
		out[i].Alarm = a
		if out[i].Cases, err = s.alarming(ctx, a, d); err != nil {
			return nil, err
		}
		if a == Deeming {
			if out[i].Past, err = s.alarming(ctx, a, past); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// alarming counts, planned for the days that are asked for: a plan that is kept for
// all days would read every clock.
func (s *Service) alarming(ctx context.Context, a Alarm, d alarmDates) (int, error) {
	where, args := alarmed(new(db.Where), a, d).SQL()
	n, err := db.Value[int](ctx, s.DB, `SELECT count(*) FROM licensing_case c`+where, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
	if err != nil {
		return 0, fmt.Errorf("count alarm %s: %w", a, err)
	}
	return n, nil
}
