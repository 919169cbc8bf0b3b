package supervise

import (
	"cmp"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/protocol/wire"
)

// Matters are what a person reads, by name and seat, before they sign a sitting
// off: what still waits for a word, and what was found.
type Matters struct {
	Undecided []Unsettled   `json:"undecided"`   // face checks that nobody has decided
	Alarms    []alarm.Alarm `json:"open_alarms"` // of this sitting, that nobody has acknowledged
	Door      []Unsettled   `json:"door"`        // who waits at the door for a person
	Denied    []Denied      `json:"denied"`      // a person said that it is not the candidate
	Noted     []Noted       `json:"noted"`       // irregularities
	Outages   []Outage      `json:"outages"`     // the server did not run, with the questions open
	Exempted  []Exempted    `json:"exempted"`    // checks before the exam that were let pass
}

// Unsettled is a face check that waits for a person.
type Unsettled struct {
	Candidate string `json:"candidate"`
	Name      string `json:"name"`
	Seat      string `json:"seat"`
	Stage     string `json:"stage" doc:"ENTRY 入场、PRE 开考前、RANDOM 考试中"`
}

// Denied is a check that a person has decided against the candidate.
type Denied struct {
	Unsettled
	By     string `json:"by"`
	Reason string `json:"reason"`
	Noted  bool   `json:"noted" doc:"已为该考生登记违纪"`
}

// Noted is an irregularity with whose it is.
type Noted struct {
	Irregularity
	Name string `json:"name"`
	Seat string `json:"seat"`
}

// fill has a list wherever there is none: a closing signed by an older version
// has fewer.
func (m *Matters) fill() {
	m.Undecided = append([]Unsettled{}, m.Undecided...)
	m.Alarms = append([]alarm.Alarm{}, m.Alarms...)
	m.Door = append([]Unsettled{}, m.Door...)
	m.Denied = append([]Denied{}, m.Denied...)
	m.Noted = append([]Noted{}, m.Noted...)
	m.Outages = append([]Outage{}, m.Outages...)
	m.Exempted = append([]Exempted{}, m.Exempted...)
}

// matters collects them, in order of admission numbers.
func matters(r store.Reader, sitting string, roll []exam.Candidate, entries map[string]seating.Entry, attempts []attempt.Attempt) (Matters, error) {
	m := Matters{}
	m.fill()
	at := make(map[string]attempt.Attempt, len(attempts))
	for _, a := range attempts {
		at[a.Candidate] = a
	}
	irregular, err := Irregularities(r, sitting)
	if err != nil {
		return m, err
	}
	noted := map[string][]Irregularity{}
	for _, i := range irregular {
		noted[i.Candidate] = append(noted[i.Candidate], i)
	}
	for _, c := range roll {
		a := at[c.ID]
		who := Unsettled{Candidate: c.ID, Name: c.Name, Seat: cmp.Or(a.Seat, entries[c.ID].Seat, c.Seat)}
		if err := m.faces(r, sitting, who, a, len(noted[c.ID]) > 0); err != nil {
			return m, err
		}
		if entries[c.ID].Standing == seating.Pending {
			who.Stage = wire.StageEntry
			m.Door = append(m.Door, who)
		}
		for _, i := range noted[c.ID] {
			m.Noted = append(m.Noted, Noted{i, who.Name, who.Seat})
		}
	}
	all, err := alarm.List(r, sitting)
	for _, a := range all {
		if a.Open() && a.Sitting == sitting {
			m.Alarms = append(m.Alarms, a)
		}
	}
	return m, err
}

// faces adds what the checks of one candidate have come to.
func (m *Matters) faces(r store.Reader, sitting string, who Unsettled, a attempt.Attempt, noted bool) error {
	if a.ID != "" {
		stages, err := seating.Undecided(r, a)
		if err != nil {
			return err
		}
		for _, who.Stage = range stages {
			m.Undecided = append(m.Undecided, who)
		}
	}
	denied, err := seating.Denied(r, sitting, who.Candidate)
	for _, v := range denied {
		who.Stage = v.Stage
		m.Denied = append(m.Denied, Denied{who, v.By, v.Reason, noted})
	}
	return err
}
