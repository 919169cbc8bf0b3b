package citydata

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"huyun.internal/cloud/licensing/register"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

type answer struct {
	QueryNo string          `json:"queryNo"`
	Source  string          `json:"source"`
	AsOf    time.Time       `json:"asOf"`
	Found   bool            `json:"found"`
	Data    json.RawMessage `json:"data"`
}

// readers take in the data of each service; what was not agreed upon is refused.
var readers = map[register.Service]func(q register.Question, raw []byte, into *register.Answer) error{
	register.Driving: driving, register.Traffic: traffic, register.Background: background, register.Residence: residence,
	register.Education: education, register.Penalty: penalty, register.Company: company,
}

// read takes in an answer that is signed.
func read(q register.Question, raw []byte) (register.Answer, error) {
	var a answer
	if err := strict(raw, &a); err != nil {
		return register.Answer{}, err
	}
	out := register.Answer{Service: q.Service, Source: a.Source, AsOf: a.AsOf, Found: a.Found, Raw: raw}
	switch {
	case a.QueryNo != q.No:
		return out, malformed("an answer to another question")
	case !word(a.Source) || a.AsOf.IsZero():
		return out, malformed("no source or no time")
	case !a.Found:
		return out, nil
	case readers[q.Service] == nil:
		return out, malformed("no such service")
	}
	return out, readers[q.Service](q, a.Data, &out)
}

func strict(raw []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return malformed("not as agreed: %T", err) // the text of the error may hold a value
	}
	if dec.More() {
		return malformed("more than one value")
	}
	return nil
}

// word is a short line that can be shown: no control characters, no ID number.
func word(s string) bool {
	_, err := person.CheckText(struct{ Text string }{s})
	return err == nil && strings.TrimSpace(s) != "" && len([]rune(s)) <= 60 && person.Line(s)
}

// day reads a date; an empty one only where the agreement has it.
func day(s string, empty bool) (clock.Date, error) {
	if s == "" && empty {
		return clock.Date{}, nil
	}
	d, err := clock.ParseDate(s)
	if err != nil {
		return d, malformed("a date")
	}
	return d, nil
}

func count(n *int) bool { return n != nil && *n >= 0 }

var (
	vehicles      = regexp.MustCompile(`^([A-Z][0-9]?){1,12}$`)
	drivingStates = []string{"NORMAL", "OVERDUE", "EXCEEDED", "DETAINED", "STOPPED", "CANCELLED", "REVOKED", "WITHDRAWN"}
	firmStates    = []string{"IN_FORCE", "CLOSED", "REVOKED", "SUSPENDED", "MOVED_OUT"}
	grades        = []string{"", "MINOR", "ORDINARY", "MAJOR", "EXTRA"}
	duties        = []string{"NONE", "SECONDARY", "EQUAL", "MAIN", "FULL"}
	levels        = []int{10, 20, 30, 40, 60, 70, 80, 90}
	conclusions   = []register.Has{register.Yes, register.No, register.Unsure}
)

func driving(_ register.Question, raw []byte, into *register.Answer) error {
	var d struct {
		Class     string `json:"class"`
		FirstDate string `json:"firstDate"`
		ValidTo   string `json:"validTo"`
		Status    string `json:"status"`
	}
	if err := strict(raw, &d); err != nil {
		return err
	}
	first, err := day(d.FirstDate, false)
	if err != nil {
		return err
	}
	to, err := day(d.ValidTo, true)
	if err != nil {
		return err
	}
	if !vehicles.MatchString(d.Class) || !slices.Contains(drivingStates, d.Status) {
		return malformed("class or status")
	}
	into.Driving = &register.DrivingLicence{Class: d.Class, First: first, ValidTo: to, Status: d.Status}
	return nil
}

func traffic(_ register.Question, raw []byte, into *register.Answer) error {
	var d struct {
		Accidents []struct {
			Date  string `json:"date"`
			Grade string `json:"grade"`
			Duty  string `json:"duty"`
		} `json:"accidents"`
		Offences  *int  `json:"offences"`
		Unhandled *int  `json:"unhandled"`
		Points    []int `json:"points"`
	}
	if err := strict(raw, &d); err != nil {
		return err
	}
	// what is missing is no clean record
	if d.Accidents == nil || d.Points == nil || !count(d.Offences) || !count(d.Unhandled) {
		return malformed("accidents, offences or points")
	}
	out := &register.Record{Accidents: []register.Accident{}, Offences: *d.Offences, Unhandled: *d.Unhandled, Points: d.Points}
	for _, a := range d.Accidents {
		on, err := day(a.Date, false)
		grade, duty := slices.Index(grades, a.Grade), slices.Index(duties, a.Duty)
		if err != nil || grade < 1 || duty < 0 {
			return malformed("an accident")
		}
		out.Accidents = append(out.Accidents, register.Accident{Date: on, Grade: grade, Duty: duty})
	}
	into.Traffic = out
	return nil
}

func background(q register.Question, raw []byte, into *register.Answer) error {
	var d struct {
		Kinds map[string]register.Has `json:"kinds"`
	}
	if err := strict(raw, &d); err != nil {
		return err
	}
	for k, v := range d.Kinds {
		if !slices.Contains(q.Kinds, k) || !slices.Contains(conclusions, v) {
			return malformed("a kind that was not asked for, or no conclusion")
		}
	}
	into.Background = d.Kinds
	return nil
}

func residence(_ register.Question, raw []byte, into *register.Answer) error {
	var d struct {
		Local    *bool  `json:"local"`
		PermitTo string `json:"permitTo"`
	}
	if err := strict(raw, &d); err != nil {
		return err
	}
	to, err := day(d.PermitTo, true)
	if err != nil || d.Local == nil {
		return malformed("a residence")
	}
	into.Residence = &register.ResidenceStatus{Local: *d.Local, PermitTo: to}
	return nil
}

func education(_ register.Question, raw []byte, into *register.Answer) error {
	var d struct {
		Level int `json:"level"`
	}
	if err := strict(raw, &d); err != nil {
		return err
	}
	if !slices.Contains(levels, d.Level) {
		return malformed("a level")
	}
	into.Level = d.Level
	return nil
}

func penalty(_ register.Question, raw []byte, into *register.Answer) error {
	var d struct {
		Unsettled *int     `json:"unsettled"`
		Orgs      []string `json:"orgs"`
	}
	if err := strict(raw, &d); err != nil {
		return err
	}
	if !count(d.Unsettled) || len(d.Orgs) > 20 || slices.ContainsFunc(d.Orgs, func(o string) bool { return !word(o) }) {
		return malformed("penalties")
	}
	into.Penalties = &register.Unsettled{Count: *d.Unsettled, Orgs: d.Orgs}
	return nil
}

func company(_ register.Question, raw []byte, into *register.Answer) error {
	var d struct {
		Name   string `json:"name"`
		Status string `json:"status"`
	}
	if err := strict(raw, &d); err != nil {
		return err
	}
	if !word(d.Name) || !slices.Contains(firmStates, d.Status) {
		return malformed("a company")
	}
	into.Company = &register.Firm{Name: d.Name, Status: d.Status}
	return nil
}
