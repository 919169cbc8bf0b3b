package wire

import (
	"strings"
	"time"
)

// KindRehearsal is the report of an outage rehearsal, in the rest lane.
const KindRehearsal = "exam.rehearsal"

// RehearsalPrefix begins the id of every practice sitting. The centre never
// gives out such an id, and the records about one go up like any other, so that
// the line is tried with real freight, but mean nothing there: no projection of
// an exam takes them.
const RehearsalPrefix = "rehearsal-"

// Rehearsed reports whether a sitting, or a record's subject, is a practice one.
func Rehearsed(sitting string) bool { return strings.HasPrefix(sitting, RehearsalPrefix) }

// Steps of a rehearsal, in the order in which they are done.
const (
	RehearseLogin   = "login"
	RehearseCut     = "cut"
	RehearseRestart = "restart"
	RehearseSwap    = "swap"
	RehearseClose   = "close"
)

// Rehearsal is what a venue's outage drill came to. Passed is every step's; one
// that was broken off has not passed and says why.
type Rehearsal struct {
	ID        string          `json:"id"` // begins with RehearsalPrefix
	By        string          `json:"by"` // username of who began it
	Started   time.Time       `json:"started"`
	Ended     time.Time       `json:"ended"`
	Terminals int             `json:"terminals"` // that had to take part
	Passed    bool            `json:"passed"`
	Aborted   string          `json:"aborted,omitempty"`
	Version   string          `json:"version"` // of the venue's program
	Steps     []RehearsalStep `json:"steps"`
}

// RehearsalStep is one step as the edge itself judged it.
type RehearsalStep struct {
	Code    string           `json:"code"`
	Passed  bool             `json:"passed"`
	Text    string           `json:"text"`    // Chinese: what was measured, or what is missing
	Figures map[string]int64 `json:"figures"` // by name: milliseconds (…_ms) and counts
}
