package supervise

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/wire"
)

// SeatState is what the proctor sees of a seat, in the field's own words.
type SeatState string

// The states of a seat.
const (
	Unknown  SeatState = "未登录"    // nobody logged in, and no roster here to say who is booked
	Vacant   SeatState = "空位"     // nobody is booked here
	Absent   SeatState = "未到"     // booked, not admitted at the door
	Arrived  SeatState = "已入场未登录" // admitted, or moved here, and not logged in at this seat
	SignedIn SeatState = "已登录"    // has not yet confirmed and read the rules
	Waiting  SeatState = "等待"
	Writing  SeatState = "作答中"
	Cut      SeatState = "断线"
	Paused   SeatState = "已暂停"
	Handed   SeatState = "已交卷"
	Abnormal SeatState = "异常"
)

// SeatStates lists them in the order of the counts strip.
func SeatStates() []SeatState {
	return []SeatState{Unknown, Vacant, Absent, Arrived, SignedIn, Waiting, Writing, Cut, Paused, Handed, Abnormal}
}

// Seat is one place of the seat map.
type Seat struct {
	Seat      string           `json:"seat"`
	State     SeatState        `json:"state"`
	Paired    bool             `json:"paired"`
	Connected bool             `json:"connected"`
	Camera    bool             `json:"camera"`
	Identity  seating.Identity `json:"identity,omitempty" enum:"unchecked,asking,verified,door,papers,other" doc:"在座者身份核验到哪一步；asking 须监考员到座位核验"`
	Filmed    bool             `json:"filmed" doc:"该考生的座位可以拍照；不同意者没有摄像头不是故障"`
	Candidate string           `json:"candidate,omitempty"`
	Name      string           `json:"name,omitempty"`
	Standing  seating.Standing `json:"standing,omitempty" doc:"该考生的入场状态"`
	Attempt   string           `json:"attempt,omitempty"`
	Answered  int              `json:"answered"`
	Questions int              `json:"questions"`
	Remaining int64            `json:"remaining_ms"`
	Granted   int              `json:"granted_minutes" doc:"累计补时，含全场补时"`
	Silent    int64            `json:"silent_ms"` // since the last beat
	Pending   int              `json:"pending"`   // answers of this candidate only on the terminal
	Alarm     string           `json:"alarm,omitempty"`
	Refused   int              `json:"refused"` // late writes of old seats
	Note      string           `json:"note,omitempty"`
	SEB       string           `json:"seb,omitempty" enum:"ok,other,none" doc:"SEB 安全浏览器：ok 使用本场配置，other 配置不符，none 未使用；本场不用或考试机不在线时没有"`
	Allowed   string           `json:"seb_allowed,omitempty" doc:"监考员准许本座位不用 SEB 的原因"`
}

// sitter is whom a seat belongs to now: somebody whose attempt is there, or
// somebody booked there who has no attempt yet.
type sitter struct {
	candidate string
	name      string // empty while the roster cannot be read
	standing  seating.Standing
	attempt   *attempt.Attempt
}

// rank says who of two is shown at a seat: who writes there, then who is on the
// way to it, then who has finished there, then who never came.
func (o sitter) rank() int {
	switch {
	case o.attempt != nil && o.attempt.State != attempt.Handed:
		return 3
	case o.attempt == nil && o.standing == seating.Admitted:
		return 2
	case o.attempt != nil:
		return 1
	}
	return 0
}

// plan is who belongs where in a sitting.
type plan struct {
	at     map[string]sitter // seat
	roster bool              // it could be read: a seat without a sitter is vacant
}

func (p plan) put(seat string, o sitter) {
	if have, taken := p.at[seat]; seat != "" && (!taken || o.rank() >= have.rank()) {
		p.at[seat] = o
	}
}

// plan joins the attempts, the door and the roster. Without a roster, before
// the package came, it is what the first two know.
func (s *Service) plan(r store.Reader, sitting string) (plan, error) {
	p := plan{at: map[string]sitter{}}
	attempts, err := attempt.InSitting(r, sitting)
	if err != nil {
		return p, err
	}
	entries, err := seating.Entries(r, sitting)
	if err != nil {
		return p, err
	}
	roll, err := s.Exam.CandidatesIn(r, sitting)
	p.roster = err == nil
	if !p.roster {
		for _, id := range slices.Sorted(maps.Keys(entries)) {
			roll = append(roll, exam.Candidate{ID: id})
		}
	}
	names := make(map[string]string, len(roll))
	for _, c := range roll {
		names[c.ID] = c.Name
	}
	slices.SortStableFunc(attempts, func(a, b attempt.Attempt) int { return settled(a).Compare(settled(b)) })
	seated := make(map[string]bool, len(attempts))
	for i := range attempts {
		a := &attempts[i]
		seated[a.Candidate] = true
		p.put(a.Seat, sitter{candidate: a.Candidate, name: names[a.Candidate], standing: entries[a.Candidate].Standing, attempt: a})
	}
	for _, c := range roll {
		if seated[c.ID] {
			continue
		}
		e := entries[c.ID]
		p.put(cmp.Or(e.Seat, c.Seat), sitter{candidate: c.ID, name: c.Name, standing: cmp.Or(e.Standing, seating.Expected)})
	}
	return p, nil
}

// settled is when an attempt took the place it has: of two that were handed in
// at one seat the last is shown.
func settled(a attempt.Attempt) time.Time {
	if a.Handin != nil {
		return a.Handin.At
	}
	return a.CreatedAt
}

// facts are what decides a seat's state.
type facts struct {
	sitter    sitter
	roster    bool // it is known who is booked
	stopped   bool // the whole sitting stands still
	connected bool
	red       bool

	sitting string
	seb     bool // the sitting asks for Safe Exam Browser
	allowed string
}

// state is the rule: trouble that needs a person comes before everything but a
// hand-in.
func (f facts) state() SeatState {
	a := f.sitter.attempt
	switch {
	case a == nil:
		return f.before()
	case a.State == attempt.Handed:
		return Handed
	case f.red || a.Blocked:
		return Abnormal
	case a.Terminal == "":
		return Arrived // moved here, not yet logged in
	case a.State == attempt.Running && (a.Paused || f.stopped):
		return Paused
	case !f.connected:
		return Cut
	case a.State == attempt.Running:
		return Writing
	case a.Consented:
		return Waiting
	}
	return SignedIn
}

// before is the state of a seat at which nobody has logged in.
func (f facts) before() SeatState {
	switch {
	case f.sitter.standing == seating.Admitted:
		return Arrived
	case f.sitter.candidate != "":
		return Absent
	case f.roster:
		return Vacant
	}
	return Unknown
}

// SeatMap draws the seats of a sitting.
func (s *Service) SeatMap(r store.Reader, st exam.Sitting) ([]Seat, error) {
	p, err := s.plan(r, st.Sitting)
	if err != nil {
		return nil, err
	}
	terminals, err := seating.Terminals(r)
	if err != nil {
		return nil, err
	}
	alarms, err := worst(r, st.Sitting)
	if err != nil {
		return nil, err
	}
	allowed, err := seating.Allowances(r, st.Sitting)
	if err != nil {
		return nil, err
	}
	names := slices.Clone(st.Seats)
	for seat := range p.at {
		if !st.Has(seat) {
			names = append(names, seat)
		}
	}
	slices.Sort(names)
	out := make([]Seat, 0, len(names))
	for _, name := range names {
		f := facts{sitter: p.at[name], roster: p.roster, stopped: st.Paused || st.Suspended, sitting: st.Sitting, seb: st.SEB != "", allowed: allowed[name].Reason}
		seat, err := s.seat(r, name, f, terminals, alarms)
		if err != nil {
			return nil, err
		}
		out = append(out, seat)
	}
	return out, nil
}

func (s *Service) seat(r store.Reader, name string, f facts, terminals map[string]seating.Terminal, alarms map[string]string) (Seat, error) {
	o := f.sitter
	out := Seat{Seat: name, Alarm: alarms["seat/"+name], Candidate: o.candidate, Name: o.name, Standing: o.standing}
	if c := alarms["candidate/"+o.candidate]; o.candidate != "" && (c == wire.AlarmRed || out.Alarm == "") {
		out.Alarm = c
	}
	if t, paired := terminals[name]; paired {
		beat, age, ok := s.Pulse.Look(t.ID)
		f.connected = ok
		out.Paired, out.Connected, out.Camera, out.Silent = true, ok, beat.Camera, age.Milliseconds()
		if out.Allowed = f.allowed; f.seb && ok {
			out.SEB = s.Pulse.SEB(t.ID, f.sitting)
		}
		// What a terminal still keeps of somebody who was moved away is
		// refused when it comes, and not waited for.
		if o.attempt != nil && o.attempt.Terminal == t.ID {
			out.Pending = beat.Pending
		}
	}
	if a := o.attempt; a != nil {
		used, filled, _, err := s.Attempts.Progress(r, a.ID)
		if err != nil {
			return out, err
		}
		if out.Identity, err = seating.IdentityOf(r, *a); err != nil {
			return out, err
		}
		out.Answered, out.Filmed = filled, a.Filmed()
		out.Attempt, out.Questions, out.Refused, out.Note = a.ID, a.Questions, a.Refused, a.Reason
		out.Granted = int(a.Extra().Minutes())
		if a.State != attempt.Handed {
			out.Remaining = max(a.Allowed-used, 0).Milliseconds()
		}
	}
	f.red = out.Alarm == wire.AlarmRed
	out.State = f.state()
	return out, nil
}

// worst is the highest open alarm of each seat and candidate. One about a person
// goes with them when they move; the seat that it names may be another's by now.
func worst(r store.Reader, sitting string) (map[string]string, error) {
	list, err := alarm.List(r, sitting)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, a := range list {
		if !a.Open() {
			continue
		}
		k := "candidate/" + a.Candidate
		if a.Candidate == "" || a.Code == seating.AlarmHeld {
			k = "seat/" + a.Seat
		}
		if out[k] != wire.AlarmRed {
			out[k] = a.Level
		}
	}
	return out, nil
}

// Counts is the strip above the map: how many seats are in each state.
func Counts(seats []Seat) map[string]int {
	out := map[string]int{}
	for _, s := range SeatStates() {
		out[string(s)] = 0
	}
	for _, s := range seats {
		out[string(s.State)]++
	}
	return out
}
