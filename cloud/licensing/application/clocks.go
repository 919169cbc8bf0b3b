package application

import (
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/protocol/clock"
)

// ClockID names a time limit of chapter 3.3 of the domain reference.
type ClockID string

// Clocks of a case.
const (
	ToAccept  ClockID = "C1" // 行政许可法 §32(4): five days to accept or to tell what is missing
	ToCorrect ClockID = "C2" // for the applicant; the law leaves it open
	ToDecide  ClockID = "C3" // §42: twenty days, once ten more; §45: what a special procedure takes does not count
	ToDeliver ClockID = "C4" // §44: ten days
	Promised  ClockID = "C5" // what the agency promises beyond the law
	ToHear    ClockID = "C6" // §47, §48: five days to ask for a hearing, then twenty to hold it; meanwhile C3 stands still
	ToRenew   ClockID = "C7" // §50: before the certificate ends, or the renewal counts as granted
)

// Days of the clocks that no definition sets; all in working days.
const (
	acceptDays  = 5
	extraDays   = 10
	deliverDays = 10
)

// Clock is one time limit of a case.
type Clock struct {
	ID    ClockID         `json:"id" enum:"C1,C2,C3,C4,C5,C6,C7"`
	Begun clock.Date      `json:"begun"`
	Count clock.Countdown `json:"count"`
	Ended bool            `json:"ended"`
	// Due is the last day; zero while the clock stands still or has ended.
	Due clock.Date `json:"due,omitzero"`
}

// clocks are those of a case, at most one of an id that has not ended.
type clocks []Clock

// limits are what a definition and the case's standing say of its clocks.
type limits struct {
	legal, promised int
	correct         int  // what the applicant has for a correction
	strict          bool // the promise falls away: chapter 13.3
	hearing         bool // the special procedure is a hearing
	// ends is the last day of the certificate whose renewal was asked for in time.
	ends clock.Date
	// arranged: there is nothing to hand out before somebody has arranged it.
	arranged bool
}

func (k clocks) find(id ClockID) *Clock {
	for i := range k {
		if k[i].ID == id && !k[i].Ended {
			return &k[i]
		}
	}
	return nil
}

// strike is what an event does to the clocks. accepted is the day from which a
// deemed acceptance counts.
func (k clocks) strike(e licensing.Event, on, accepted clock.Date, l limits, c *clock.Calendar) (clocks, error) {
	k = slices.Clone(k)
	switch e {
	case licensing.Submit:
		k = k.start(ToAccept, acceptDays, on)
	case licensing.Return:
		k.end(ToAccept)
	case licensing.RequireCorrection:
		k.end(ToAccept)
		k = k.start(ToCorrect, l.correct, on)
	case licensing.Supplement:
		k.end(ToCorrect)
		k = k.start(ToAccept, acceptDays, on)
	case licensing.Accept, licensing.DeemAccepted:
		if e == licensing.DeemAccepted {
			on = accepted
		}
		k.end(ToAccept)
		if l.legal > 0 { // a service has no statutory period
			k = k.start(ToDecide, l.legal, on)
		}
		if l.promised > 0 && (l.promised < l.legal || l.legal == 0) && !l.strict {
			k = k.start(Promised, l.promised, on)
		}
		if !l.ends.IsZero() {
			k = append(k, Clock{ID: ToRenew, Begun: on, Due: l.ends}) // a day of the calendar, not so many working days
		}
	case licensing.Suspend, licensing.Resume:
		if err := k.hold(e == licensing.Suspend, on, c); err != nil {
			return nil, err
		}
		k.end(ToHear)
		if e == licensing.Suspend && l.hearing {
			k = k.start(ToHear, askDays, on)
		}
	case licensing.AskHearing, licensing.DropHearing:
		k.end(ToHear)
		if e == licensing.AskHearing {
			k = k.start(ToHear, hearDays, on)
		}
	case licensing.Tighten:
		k.end(Promised) // chapter 13.3: the law's twenty days count
	case licensing.Extend:
		if d := k.find(ToDecide); d != nil {
			d.Count = d.Count.Extend(extraDays)
		}
		k.end(Promised) // the applicant is told the new day
	case licensing.Grant, licensing.Deny:
		k.end(ToDecide)
		k.end(Promised)
		k.end(ToRenew)
		if !l.arranged || e == licensing.Deny {
			k = k.start(ToDeliver, deliverDays, on)
		}
	case licensing.CertificateDone:
		if l.arranged {
			k = k.start(ToDeliver, deliverDays, on)
		}
	case licensing.Deliver, licensing.Withdraw, licensing.Refuse, licensing.CorrectionTimeout, licensing.RemoteCancel, licensing.Terminate:
		for i := range k {
			k[i].Ended = true
		}
	}
	return k, k.count(c)
}

func (k clocks) start(id ClockID, days int, on clock.Date) clocks {
	return append(k, Clock{ID: id, Begun: on, Count: clock.Start(days, on)})
}

func (k clocks) end(id ClockID) {
	if c := k.find(id); c != nil {
		c.Ended = true
	}
}

// hold stops or resumes the clocks that a special procedure stops.
func (k clocks) hold(stop bool, on clock.Date, cal *clock.Calendar) (err error) {
	for _, id := range []ClockID{ToDecide, Promised} {
		c := k.find(id)
		if c == nil || c.Count.Running() != stop {
			continue
		}
		if stop {
			c.Count, err = c.Count.Stop(cal, on)
		} else {
			c.Count, err = c.Count.Resume(on)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// count works out on which days the clocks are due.
func (k clocks) count(cal *clock.Calendar) error {
	for i := range k {
		if k[i].ID == ToRenew && !k[i].Ended {
			continue
		}
		k[i].Due = clock.Date{}
		if k[i].Ended {
			continue
		}
		due, running, err := k[i].Count.Due(cal)
		if err != nil {
			return err
		}
		if running {
			k[i].Due = due
		}
	}
	return nil
}

// nearest is the running clock that is due first.
func (k clocks) nearest() (Clock, bool) {
	var out Clock
	for _, c := range k {
		if c.Ended || c.Due.IsZero() || (!out.Due.IsZero() && !c.Due.Before(out.Due)) {
			continue
		}
		out = c
	}
	return out, !out.Due.IsZero()
}

// deemed says that a certificate ended before its renewal was decided: by §50 it is
// granted, and nothing else can be decided any more.
func (k clocks) deemed(today clock.Date) bool {
	c := k.find(ToRenew)
	return c != nil && c.Due.Before(today)
}

// Light is how urgent a case is, for a work queue.
type Light string

// Lights.
const (
	Green   Light = "GREEN"
	Yellow  Light = "YELLOW" // a working day or less is left
	Red     Light = "RED"    // overdue
	NoLight Light = "NONE"   // nothing runs
)

// light is that of a time limit on a day: red from the day after it, yellow while one
// working day or less is left (chapter 3.3, C5).
func light(due, on clock.Date, cal *clock.Calendar) Light {
	if due.IsZero() {
		return NoLight
	}
	left, err := cal.Between(on, due)
	switch {
	case due.Before(on):
		return Red
	case err == nil && left <= 1:
		return Yellow
	}
	return Green
}
