package supervise

import (
	"sort"

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
	Unused   SeatState = "未登录"
	SignedIn SeatState = "已登录" // has not yet confirmed and read the rules
	Waiting  SeatState = "等待"
	Writing  SeatState = "作答中"
	Cut      SeatState = "断线"
	Paused   SeatState = "已暂停"
	Handed   SeatState = "已交卷"
	Abnormal SeatState = "异常"
)

// SeatStates lists them in the order of the counts strip.
func SeatStates() []SeatState {
	return []SeatState{Unused, SignedIn, Waiting, Writing, Cut, Paused, Handed, Abnormal}
}

// Seat is one place of the seat map.
type Seat struct {
	Seat      string    `json:"seat"`
	State     SeatState `json:"state"`
	Paired    bool      `json:"paired"`
	Connected bool      `json:"connected"`
	Camera    bool      `json:"camera"`
	Checked   bool      `json:"checked"` // the face check before the start was taken
	NoFace    bool      `json:"no_face"` // did not agree to face checks: look at the papers
	Candidate string    `json:"candidate,omitempty"`
	Name      string    `json:"name,omitempty"`
	Attempt   string    `json:"attempt,omitempty"`
	Answered  int       `json:"answered"`
	Questions int       `json:"questions"`
	Remaining int64     `json:"remaining_ms"`
	Silent    int64     `json:"silent_ms"` // since the last beat
	Pending   int       `json:"pending"`   // answers only on the terminal
	Alarm     string    `json:"alarm,omitempty"`
	Refused   int       `json:"refused"` // late writes of old seats
	Note      string    `json:"note,omitempty"`
}

// facts are what decides a seat's state.
type facts struct {
	attempt   *attempt.Attempt
	stopped   bool // the whole sitting stands still
	paired    bool
	connected bool
	red       bool
}

// state is the rule: trouble that needs a person comes before everything but a
// hand-in.
func (f facts) state() SeatState {
	a := f.attempt
	switch {
	case a == nil:
		return Unused
	case a.State == attempt.Handed:
		return Handed
	case f.red || a.Blocked:
		return Abnormal
	case a.Terminal == "":
		return Unused // moved here, not yet logged in
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

// SeatMap draws the seats of a sitting.
func (s *Service) SeatMap(r store.Reader, st exam.Sitting) ([]Seat, error) {
	attempts, err := attempt.InSitting(r, st.Sitting)
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
	by := map[string]*attempt.Attempt{}
	for i := range attempts {
		by[attempts[i].Seat] = &attempts[i]
	}
	names := append([]string{}, st.Seats...)
	for seat := range by {
		if !st.Has(seat) {
			names = append(names, seat)
		}
	}
	sort.Strings(names)
	out := make([]Seat, 0, len(names))
	for _, name := range names {
		seat, err := s.seat(r, st, name, by[name], terminals, alarms)
		if err != nil {
			return nil, err
		}
		out = append(out, seat)
	}
	return out, nil
}

func (s *Service) seat(r store.Reader, st exam.Sitting, name string, a *attempt.Attempt,
	terminals map[string]seating.Terminal, alarms map[string]string,
) (Seat, error) {
	out := Seat{Seat: name, Alarm: alarms["seat/"+name]}
	t, paired := terminals[name]
	f := facts{attempt: a, paired: paired, stopped: st.Paused || st.Suspended}
	if paired {
		beat, age, ok := s.Pulse.Look(t.ID)
		f.connected = ok
		out.Paired, out.Connected, out.Camera, out.Pending, out.Silent = true, ok, beat.Camera, beat.Pending, age.Milliseconds()
	}
	if a != nil {
		if c := alarms["candidate/"+a.Candidate]; c == wire.AlarmRed || out.Alarm == "" {
			out.Alarm = c
		}
		used, filled, _, err := s.Attempts.Progress(r, a.ID)
		if err != nil {
			return out, err
		}
		out.Answered, out.Checked, out.NoFace = filled, a.Pre, a.NoFace
		out.Candidate, out.Attempt, out.Questions, out.Refused = a.Candidate, a.ID, a.Questions, a.Refused
		if a.State != attempt.Handed {
			out.Remaining = max(a.Allowed-used, 0).Milliseconds()
		}
		if c, err := s.Exam.CandidateIn(r, st.Sitting, a.Candidate); err == nil {
			out.Name = c.Name
		}
		out.Note = a.Reason
	}
	f.red = out.Alarm == wire.AlarmRed
	out.State = f.state()
	return out, nil
}

// worst is the highest open alarm of each seat and candidate.
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
		for _, k := range []string{"seat/" + a.Seat, "candidate/" + a.Candidate} {
			if out[k] != wire.AlarmRed {
				out[k] = a.Level
			}
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
