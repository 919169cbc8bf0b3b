// Package conduct is discipline at an exam (M64): irregularities V01 to V08 of
// chapter 9.6 of the domain reference, as a venue or the centre noted them, and
// what the centre rules that each of them means for the result. It also holds
// the centre's word on who sat there, where the venue's checks left a doubt.
// Used by reviewers at the centre before results are confirmed; score asks it
// what counts.
//
// It changes nothing that a venue reported and computes no result.
package conduct

import (
	"slices"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Permissions of discipline.
const (
	PermList = "exam.conduct.list"
	PermRule = "exam.conduct.rule"
)

// Consequence is what an irregularity means for the result of the sitting.
type Consequence string

// Consequences, the mildest first.
const (
	None   Consequence = "NONE"   // not made out
	Warn   Consequence = "WARN"   // the result stands
	End    Consequence = "END"    // ended early; what was answered counts
	Zero   Consequence = "ZERO"   // no marks for this sitting
	Absent Consequence = "ABSENT" // counts as not having come
	Void   Consequence = "VOID"   // the result is void
	Ban    Consequence = "BAN"    // void, and no application for a year
)

var severity = []Consequence{None, Warn, End, Zero, Absent, Void, Ban}

// Severe compares two consequences as cmp.Compare does.
func Severe(a, b Consequence) int { return slices.Index(severity, a) - slices.Index(severity, b) }

// usual is what chapter 9.6 provides for a code: the first is what counts until
// somebody has ruled. NONE is always open to the reviewer.
var usual = map[string][]Consequence{
	"V01": {Absent, Warn},
	"V02": {Warn, Void},
	"V03": {Warn, Zero},
	"V04": {End, Zero},
	"V05": {Void},
	"V06": {Ban, Void},
	"V07": {Void},
	"V08": {Void},
}

// Usual is the consequence of a code that nobody has ruled on; one that we do
// not know voids, so that a newer venue's word is not read as harmless.
func Usual(code string) Consequence {
	if list := usual[code]; len(list) > 0 {
		return list[0]
	}
	return Void
}

// Choices are what a reviewer may rule on a code.
func Choices(code string) []Consequence {
	return append(slices.Clone(usual[code]), None)
}

// referable are handed to the police or the administration as well.
var referable = []string{"V06", "V07", "V08"}

func refers(code string) bool { return slices.Contains(referable, code) }

// known codes may be noted by the centre, after the sitting.
func known(code string) bool { return usual[code] != nil }

// Irregularity is one note and the standing ruling on it.
type Irregularity struct {
	ID        string        `json:"id" db:"id"`
	Candidate string        `json:"candidate" db:"candidate"`
	Name      string        `json:"name" db:"name"`
	Admission string        `json:"admission" db:"admission"`
	Seat      string        `json:"seat" db:"seat"`
	Code      string        `json:"code" db:"code"`
	Note      string        `json:"note" db:"note"`
	Evidence  string        `json:"evidence" db:"evidence" doc:"现场照片的摘要，照片留在考场"`
	Who       string        `json:"who" db:"who"`
	Centre    bool          `json:"centre" db:"centre" doc:"由中心登记"`
	At        time.Time     `json:"at" db:"at"`
	Ruling    *Ruling       `json:"ruling,omitempty" db:"-"`
	Usual     Consequence   `json:"usual" db:"-"`
	Choices   []Consequence `json:"choices" db:"-"`
	Referable bool          `json:"referable" db:"-"`
}

// Ruling is what a reviewer decided on an irregularity.
type Ruling struct {
	ID           int64       `json:"id" db:"id"`
	Irregularity string      `json:"-" db:"irregularity"`
	Sitting      string      `json:"-" db:"sitting"`
	Consequence  Consequence `json:"consequence" db:"consequence"`
	Referred     bool        `json:"referred" db:"referred" doc:"已移送"`
	Reason       string      `json:"reason" db:"reason"`
	Who          string      `json:"-" db:"who"`
	WhoName      string      `json:"who" db:"who_name"`
	At           time.Time   `json:"at" db:"at"`
	MAC          []byte      `json:"-" db:"mac"`
}

// Decision is a reviewer's wish. Seen is the ruling that stood on their screen,
// 0 for none: two reviewers do not overrule each other unawares.
type Decision struct {
	Consequence Consequence `json:"consequence" enum:"NONE,WARN,END,ZERO,ABSENT,VOID,BAN"`
	Referred    bool        `json:"referred,omitempty" doc:"移送公安或主管部门"`
	Reason      string      `json:"reason" minLength:"1" maxLength:"500"`
	Seen        int64       `json:"seen,omitempty" doc:"页面上看到的上一次复核编号，没有为 0"`
}

// check refuses what the rules do not provide. Faults: exam.conduct.consequence,
// .referred, .reason.
func (d *Decision) check(code string) error {
	if !slices.Contains(Choices(code), d.Consequence) {
		return fault.New(fault.Invalid, "exam.conduct.consequence", code+" 不适用这种处理，请按违纪处理规定选择")
	}
	if d.Referred && !refers(code) {
		return fault.New(fault.Invalid, "exam.conduct.referred", "只有替考、暴力泄题和篡改设备（V06–V08）移送，请取消“移送”")
	}
	return line(&d.Reason, "exam.conduct.reason", "请写明复核依据，不含换行和不可见字符")
}

// line trims a text of one line that must be there.
func line(text *string, code, hint string) error {
	var ok bool
	if *text, ok = person.OneLine(*text); !ok {
		return fault.New(fault.Invalid, code, hint)
	}
	return nil
}

// Identity is what the checks of a candidate have come to.
type Identity string

// Identities. Doubt is a check that no machine passed and no person decided.
const (
	Settled Identity = ""
	Doubt   Identity = "UNDECIDED"
	Other   Identity = "FAILED" // a person said: not the one who applied
)

// stageCentre is a verification by the centre, from the pictures and the venue's
// account, after the sitting.
const stageCentre = "CENTRE"
