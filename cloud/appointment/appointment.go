// Package appointment is the calendar of the service halls (M15; chapter 6.4 of the
// domain reference): slots with a quota, kept by the licensing office, and bookings
// of them by people — at 一网通办, whose callbacks external/onestop passes on, or by
// a clerk on the telephone. A booking can become an online application; what it
// brought along goes with it. Used by external, licensing/online and the console.
//
// It does not know a matter's rules, a case or the working calendar: app answers
// what it asks. The queue of a hall looks bookings up here when it exists.
package appointment

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"huyun.internal/cloud/keys"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Permissions.
const (
	PermSlots  = "appointment.slot.list"
	PermSave   = "appointment.slot.save" // make, change, close and open slots
	PermList   = "appointment.booking.list"
	PermBook   = "appointment.booking.book" // for somebody on the telephone; cancel
	PermMark   = "appointment.booking.mark" // came, or did not
	PermReveal = "appointment.booking.reveal"
)

// The rules of chapter 6.4; all assumed, none confirmed by the owner.
const (
	Ahead     = 30 // days ahead that can be booked
	missed    = 3  // so often not come …
	missedIn  = 90 // … within so many days …
	barredFor = 30 // … bars for so many
	// correctable is how long a mark can be put right, in days.
	correctable = 7
)

// Any is the group of a slot that takes every matter.
const Any = "ANY"

// SlotState says whether a slot takes bookings.
type SlotState string

// States of a slot.
const (
	Open   SlotState = "OPEN"
	Closed SlotState = "CLOSED"
)

// Slot is a period of a day at a place for a group of matters.
type Slot struct {
	ID        string     `json:"id" db:"id"`
	Day       clock.Date `json:"day" db:"day"`
	Begins    string     `json:"begins" db:"begins" doc:"HH:MM"`
	Ends      string     `json:"ends" db:"ends" doc:"HH:MM"`
	Place     string     `json:"place" db:"place"`
	Group     string     `json:"group" db:"grp" doc:"行业，ANY 为全部事项"`
	Quota     int        `json:"quota" db:"quota"`
	Used      int        `json:"used" db:"used"`
	State     SlotState  `json:"state" db:"state" enum:"OPEN,CLOSED"`
	Reason    string     `json:"reason" db:"reason" doc:"关闭的原因"`
	Version   int        `json:"version" db:"version"`
	ChangedAt time.Time  `json:"changed_at" db:"changed_at"`
	MAC       []byte     `json:"-" db:"mac"`
}

// Period is how a slot's hours are written.
func (s *Slot) Period() string { return s.Begins + "-" + s.Ends }

// parts are what a booking hangs on.
func (s *Slot) parts() [][]byte {
	return [][]byte{
		[]byte("appointment_slot"), []byte(s.ID), []byte(s.Day.String()), []byte(s.Begins), []byte(s.Ends), []byte(s.Place), []byte(s.Group),
		[]byte(strconv.Itoa(s.Quota)), []byte(strconv.Itoa(s.Used)), []byte(s.State), []byte(strconv.Itoa(s.Version)),
	}
}

// at is an hour of a day.
func at(day clock.Date, hour string) time.Time {
	t, err := time.Parse("15:04", hour)
	if err != nil {
		return day.Start() // the database lets nothing else in
	}
	return day.Start().Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute)
}

// State of a booking.
type State string

// States of a booking.
const (
	Booked    State = "BOOKED"
	Arrived   State = "ARRIVED"
	NoShow    State = "NO_SHOW"
	Cancelled State = "CANCELLED"
	Converted State = "CONVERTED" // became an online application
)

var stateNames = map[State]string{Booked: "已预约", Arrived: "已到", NoShow: "未到", Cancelled: "已取消", Converted: "已转网上申请"}

// holds says that a booking takes a place of its slot.
func (s State) holds() bool { return s == Booked || s == Arrived || s == NoShow }

// Channel is how a booking came in.
type Channel string

// Channels.
const (
	OneStop Channel = "ONESTOP"
	Window  Channel = "WINDOW"
	Own     Channel = "OWN" // the applicant on our own pages
)

var channelNames = map[Channel]string{OneStop: "一网通办", Window: "窗口代约", Own: "网上申请"}

// Booking is a place that somebody has. Who it is is masked.
type Booking struct {
	ID        string     `json:"id" db:"id"`
	Number    string     `json:"number" db:"number" doc:"预约号"`
	Caller    string     `json:"-" db:"caller"`
	Call      string     `json:"-" db:"call"`
	Digest    []byte     `json:"-" db:"call_digest"`
	Ref       string     `json:"ref" db:"ref" doc:"对方的预约编号"`
	Slot      string     `json:"slot" db:"slot"`
	Day       clock.Date `json:"day" db:"day"`
	Begins    string     `json:"begins" db:"begins"`
	Ends      string     `json:"ends" db:"ends"`
	Place     string     `json:"place" db:"place"`
	Name      string     `json:"name" db:"name"`
	Blind     []byte     `json:"-" db:"idno_blind"`
	IDNo      string     `json:"id_no" db:"idno_mask"`
	Mobile    string     `json:"mobile" db:"mobile_mask"`
	Matter    string     `json:"matter" db:"matter"`
	Title     string     `json:"title" db:"-" doc:"事项名称"`
	Channel   Channel    `json:"channel" db:"channel" enum:"ONESTOP,WINDOW,OWN"`
	Account   string     `json:"-" db:"account"`
	State     State      `json:"state" db:"state" enum:"BOOKED,ARRIVED,NO_SHOW,CANCELLED,CONVERTED"`
	Reason    string     `json:"reason" db:"reason"`
	Case      string     `json:"case" db:"case_id" doc:"转成的办件"`
	Version   int        `json:"version" db:"version"`
	CreatedAt time.Time  `json:"created_at" db:"created_at"`
	ChangedAt time.Time  `json:"changed_at" db:"changed_at"`
	MAC       []byte     `json:"-" db:"mac"`
	Materials int        `json:"materials" db:"materials" doc:"随预约提交的材料数"`
}

func (b *Booking) parts() [][]byte {
	return [][]byte{
		[]byte("appointment_booking"), []byte(b.ID), []byte(b.Number), []byte(b.Slot), []byte(b.Day.String()), b.Blind, []byte(b.Matter),
		[]byte(b.State), []byte(b.Case), []byte(strconv.Itoa(b.Version)), []byte(keys.Stamp(b.CreatedAt)),
	}
}

// begun says whether the period of a booking has begun.
func (b *Booking) begun(now time.Time) bool { return !now.Before(at(b.Day, b.Begins)) }

// barred tells until which day somebody who stayed away too often may not book;
// zero: they may. days are those of their no-shows.
func barred(days []clock.Date, today clock.Date) clock.Date {
	slices.SortFunc(days, clock.Date.Compare)
	var until clock.Date
	for i := missed - 1; i < len(days); i++ {
		if days[i].Before(days[i-missed+1].Add(missedIn)) {
			until = days[i].Add(barredFor)
		}
	}
	if until.Before(today) {
		return clock.Date{}
	}
	return until
}

// Word is a code with its name.
type Word struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Matter is something that can be booked.
type Matter struct {
	Code     string `json:"code"`
	ItemCode string `json:"item_code"`
	Name     string `json:"name"`
	Group    string `json:"group"`
}

var (
	hourForm   = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)
	periodForm = regexp.MustCompile(`^([0-2][0-9]:[0-5][0-9])-([0-2][0-9]:[0-5][0-9])$`)
)

// hours reads a period, 09:00-11:30. Fault: appointment.period.
func hours(period string) (begins, ends string, err error) {
	m := periodForm.FindStringSubmatch(period)
	if m == nil || !hourForm.MatchString(m[1]) || !hourForm.MatchString(m[2]) || m[1] >= m[2] {
		return "", "", fault.New(fault.Invalid, "appointment.period", "时段应写成 09:00-11:30 的样式，开始早于结束")
	}
	return m[1], m[2], nil
}
