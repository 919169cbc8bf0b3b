// Package venue keeps the sub-venues (M57): base data, rooms with their seats,
// whom to call, and whether a venue is open for sittings at all. Used by the
// centre's venue administrators and by sitting, which books a room.
//
// What a venue is doing at this moment (applying, running, …) is not stored
// here: it follows from its sittings and is shown on the board. Devices and
// their enrolment are cloud/node.
package venue

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Permissions of venues.
const (
	PermList   = "exam.venue.list"
	PermSave   = "exam.venue.save"
	PermSwitch = "exam.venue.switch"
)

// State says whether sittings may be planned at a venue.
type State string

// A suspended venue keeps what is approved, opens nothing else and takes nothing
// new; a disabled one has nothing ahead and is gone from forms and boards.
const (
	Ready     State = "READY"
	Suspended State = "SUSPENDED"
	Disabled  State = "DISABLED"
)

// Bounds of a venue.
const (
	maxRooms = 50
	maxSeats = 500
)

// Room is a room and the numbers on its seats.
type Room struct {
	Name  string   `json:"name" db:"name"`
	Seats []string `json:"seats" db:"seats"`
}

// Venue is a sub-venue. Mobile is masked wherever it is shown.
type Venue struct {
	ID        string    `json:"id" db:"id"`
	Code      string    `json:"code" db:"code"`
	Name      string    `json:"name" db:"name"`
	District  string    `json:"district" db:"district"`
	Address   string    `json:"address" db:"address"`
	Contact   string    `json:"contact" db:"contact"`
	Mobile    string    `json:"mobile" db:"mobile_mask"`
	State     State     `json:"state" db:"state" enum:"READY,SUSPENDED,DISABLED"`
	Reason    string    `json:"reason" db:"reason"`
	Revision  int       `json:"revision" db:"revision"`
	ChangedAt time.Time `json:"changed_at" db:"changed_at"`
	Seats     int       `json:"seats" db:"seats"`
	RoomCount int       `json:"room_count" db:"room_count" doc:"考室数"`
	Rooms     []Room    `json:"rooms" db:"-"`
}

// Draft is a venue as a form sends it.
type Draft struct {
	Code     string
	Name     string
	District string
	Address  string
	Contact  string
	Mobile   string // empty: none, and on change: as it was
	Rooms    []Room
}

// BoardRow is one venue on the board, with what its sittings of the day do.
type BoardRow struct {
	ID       string     `json:"id" db:"id"`
	Code     string     `json:"code" db:"code"`
	Name     string     `json:"name" db:"name"`
	District string     `json:"district" db:"district"`
	State    State      `json:"state" db:"state"`
	Seats    int        `json:"seats" db:"seats"`
	Phase    Phase      `json:"phase" db:"-" enum:"DISABLED,READY,APPLYING,APPROVED,DISPATCHED,RUNNING,CLOSED,SUSPENDED"`
	Device   bool       `json:"device" db:"-" doc:"有已注册的设备"`
	Online   bool       `json:"online" db:"-"`
	Activity string     `json:"activity" db:"activity" doc:"最紧要的场次状态，考题包已收到为 RECEIVED，无场次为空"`
	Sitting  string     `json:"sitting" db:"sitting"`
	Title    string     `json:"title" db:"title"`
	StartsAt *time.Time `json:"starts_at,omitempty" db:"starts_at"`
	Today    int        `json:"today" db:"today"`
	Alarms   int        `json:"alarms" db:"alarms"`
}

// code is printed into every admission number of the venue: three digits.
var code = regexp.MustCompile(`^[0-9]{3}$`)

// check refuses a draft with a fault that names the field. Codes:
// exam.venue.save.code, .name, .district, .address, .contact, .rooms, .seats.
func (d *Draft) check() error {
	d.Code = strings.TrimSpace(d.Code)
	if !code.MatchString(d.Code) {
		return fault.New(fault.Invalid, "exam.venue.save.code", "考场代码须为三位数字，会印在准考证号中")
	}
	for _, f := range []struct {
		code, name string
		text       *string
		least, max int
	}{
		{"exam.venue.save.name", "考场名称", &d.Name, 2, 50}, {"exam.venue.save.district", "所在区", &d.District, 2, 20},
		{"exam.venue.save.address", "地址", &d.Address, 2, 100}, {"exam.venue.save.contact", "联系人", &d.Contact, 0, 50},
	} {
		*f.text = strings.TrimSpace(*f.text)
		if n := utf8.RuneCountInString(*f.text); n < f.least || n > f.max || !person.Line(*f.text) {
			return fault.Newf(fault.Invalid, f.code, "%s须为 %d 至 %d 个字，不含换行和特殊符号", f.name, f.least, f.max)
		}
	}
	return d.checkRooms()
}

func (d *Draft) checkRooms() error {
	if len(d.Rooms) == 0 || len(d.Rooms) > maxRooms {
		return fault.Newf(fault.Invalid, "exam.venue.save.rooms", "请设置 1 至 %d 个考室", maxRooms)
	}
	for i := range d.Rooms {
		r := &d.Rooms[i]
		r.Name = strings.TrimSpace(r.Name)
		if r.Name == "" || utf8.RuneCountInString(r.Name) > 30 || !person.Line(r.Name) {
			return fault.Newf(fault.Invalid, "exam.venue.save.rooms", "第 %d 个考室的名称须为 1 至 30 个字", i+1)
		}
		if slices.ContainsFunc(d.Rooms[:i], func(o Room) bool { return o.Name == r.Name }) {
			return fault.Newf(fault.Invalid, "exam.venue.save.rooms", "考室“%s”重复了", r.Name)
		}
		if len(r.Seats) == 0 || len(r.Seats) > maxSeats {
			return fault.Newf(fault.Invalid, "exam.venue.save.seats", "考室“%s”的座位须为 1 至 %d 个", r.Name, maxSeats)
		}
		for j, s := range r.Seats {
			s = strings.TrimSpace(s)
			if s == "" || utf8.RuneCountInString(s) > 10 || !person.Line(s) || slices.Contains(r.Seats[:j], s) {
				return fault.Newf(fault.Invalid, "exam.venue.save.seats", "考室“%s”的第 %d 个座位号为空、过长或重复", r.Name, j+1)
			}
			r.Seats[j] = s
		}
	}
	return nil
}

// to says whether a venue may be switched, and why it must be given. Codes:
// exam.venue.switch.state, exam.venue.switch.reason.
func (s State) to(next State, reason string) error {
	if s == next || (next != Ready && next != Suspended && next != Disabled) {
		return fault.New(fault.Precondition, "exam.venue.switch.state", "考场已处于该状态，请刷新后再操作")
	}
	if next != Ready && strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, "exam.venue.switch.reason", "暂停或停用考场须写明原因")
	}
	return nil
}
