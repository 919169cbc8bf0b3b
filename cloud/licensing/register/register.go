// Package register is what the city's registers say of an applicant (driving
// licence, accidents and offences, background, residence, education, unsettled
// penalties, companies), and what the checks E03–E07, E14, E20, E21, E23 and E25
// make of it (chapters 1.4 and 2.3 of the domain reference). licensing/application
// asks, through whoever is connected, and keeps the answers.
//
// It decides nothing that it was not told: what a register does not know is for a
// person. Figures are rows (Limits), not constants.
package register

import (
	"slices"
	"time"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// Service is one register of the city.
type Service string

// Registers.
const (
	Driving    Service = "driving"
	Traffic    Service = "traffic"
	Background Service = "background"
	Residence  Service = "residence"
	Education  Service = "education"
	Penalty    Service = "penalty"
	Company    Service = "company"
)

var names = map[Service]string{
	Driving: "机动车驾驶证", Traffic: "交通事故与违法", Background: "公安背景核查", Residence: "户籍与居住证", Education: "学历", Penalty: "行政处罚", Company: "企业登记",
}

// Name is a register in words.
func (s Service) Name() string { return names[s] }

// needs says which registers a check is answered from.
var needs = map[string][]Service{
	"E03": {Driving}, "E04": {Driving}, "E05": {Traffic}, "E06": {Traffic, Background}, "E07": {Background}, "E14": {Penalty},
	"E20": {Residence}, "E21": {Traffic}, "E23": {Company}, "E25": {Education},
}

// Needs are the registers that a check is answered from; none: it is not.
func Needs(code string) []Service { return needs[code] }

// Serves are the checks among these that a register answers, alone or with others.
func Serves(s Service, codes []string) []string {
	out := []string{}
	for _, c := range codes {
		if slices.Contains(needs[c], s) {
			out = append(out, c)
		}
	}
	return out
}

// Wanted are the registers that these checks need, each once.
func Wanted(codes []string) []Service {
	var out []Service
	for _, c := range codes {
		for _, s := range needs[c] {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// Question is what is asked: whose, for which case, and no more than the checks
// need.
type Question struct {
	No      string // the same in every try
	Service Service
	CaseNo  string
	Matter  string
	Person  person.ID
	// only with Traffic
	AccidentsSince, OffencesSince clock.Date
	Cycles                        int
	// only with Background: which kinds matter
	Kinds []string
	// only with Company: its code, or else its name
	Company string
}

// CodeRefused is the fault of a question that a register refuses for good; any
// other failure may pass.
const CodeRefused = "licensing.register.refused"

// Answer is what a register said. Exactly the part of its service is set when
// somebody or something was found.
type Answer struct {
	Service Service   `json:"service"`
	Source  string    `json:"source"` // the authority, as the platform names it
	AsOf    time.Time `json:"as_of"`  // of their data
	Found   bool      `json:"found"`

	Driving    *DrivingLicence  `json:"driving,omitempty"`
	Traffic    *Record          `json:"traffic,omitempty"`
	Background map[string]Has   `json:"background,omitempty"`
	Residence  *ResidenceStatus `json:"residence,omitempty"`
	Level      int              `json:"level,omitempty"` // GB/T 4658
	Penalties  *Unsettled       `json:"penalties,omitempty"`
	Company    *Firm            `json:"company,omitempty"`

	Raw []byte `json:"raw"` // as it came
}

// DrivingLicence is a driving licence; ValidTo zero: for ever.
type DrivingLicence struct {
	Class   string     `json:"class"` // A1A2
	First   clock.Date `json:"first"`
	ValidTo clock.Date `json:"valid_to"`
	Status  string     `json:"status"` // NORMAL, or a key of drivingStates
}

// Record is what somebody did on the road.
type Record struct {
	Accidents []Accident `json:"accidents"`
	Offences  int        `json:"offences"`
	Unhandled int        `json:"unhandled"`
	Points    []int      `json:"points"` // of the last cycles, the newest first
}

// Accident is one for which blame was laid; grades and duties as in the table of
// thresholds.
type Accident struct {
	Date  clock.Date `json:"date"`
	Grade int        `json:"grade"`
	Duty  int        `json:"duty"`
}

// Has says whether somebody has something of a kind on record.
type Has string

// Answers of a background register: never a detail.
const (
	Yes    Has = "YES"
	No     Has = "NO"
	Unsure Has = "UNSURE"
)

// Kinds of a background.
const (
	TrafficCrime     = "TRAFFIC_CRIME"
	DangerousDriving = "DANGEROUS_DRIVING"
	Drugs            = "DRUGS"
	DrinkDriving     = "DRINK_DRIVING"
	ViolentCrime     = "VIOLENT_CRIME"
)

var kindNames = map[string]string{
	TrafficCrime: "交通肇事犯罪", DangerousDriving: "危险驾驶犯罪", Drugs: "吸毒", DrinkDriving: "饮酒后驾驶", ViolentCrime: "暴力犯罪",
}

// Kinds are those of a background that there are.
func Kinds() []string {
	return []string{TrafficCrime, DangerousDriving, Drugs, DrinkDriving, ViolentCrime}
}

// ResidenceStatus is where somebody is registered; PermitTo zero: no residence
// permit.
type ResidenceStatus struct {
	Local    bool       `json:"local"`
	PermitTo clock.Date `json:"permit_to"`
}

// Unsettled are penalties that somebody has not settled, and with whom.
type Unsettled struct {
	Count int      `json:"count"`
	Orgs  []string `json:"orgs"`
}

// Firm is a company as it is registered.
type Firm struct {
	Name   string `json:"name"`
	Status string `json:"status"` // IN_FORCE, or a key of firmStates
}
