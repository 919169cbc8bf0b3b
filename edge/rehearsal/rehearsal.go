// Package rehearsal is the outage drill that a venue runs on its own equipment
// before the day: terminals log in and answer, the line to the centre is cut,
// the server is restarted, a candidate is moved to another machine, everybody
// hands in, and the edge itself says of each step whether it held (M57, M60,
// M65; experience 3, "Outage drill"). It is used by the proctor's console.
//
// A drill is a practice sitting (exam.Rehearse) in the venue's own store: real
// attempts, real journal, real fence, with questions that are no questions. Its
// records go up so that the line is tried with real freight; the centre keeps
// them in the journal and nowhere else. A step is passed by what was measured,
// never by a tick: see steps in judge.go. It does not test what it cannot see,
// such as whether the operator pulled the right cable.
package rehearsal

import (
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
)

// bucket holds rehearsal id → Drill. The ids sort by time.
const bucket = "rehearsal"

const (
	// atLeast is how long the line must have been away, with terminals answering
	// until the end of it.
	atLeast = time.Minute
	// longestCut gives the line back by itself when somebody forgets to.
	longestCut = 15 * time.Minute
	// longest is when a drill that nobody ends is broken off.
	longest = 3 * time.Hour
	// backMost is what a crash may give back to a candidate: what attempt stores
	// at most every five seconds, a sample of a second, and a second of grace.
	// ahead is how far a clock may seem to have run on between sample and crash.
	backMost = 7 * time.Second
	ahead    = 2 * time.Second
)

// Drill is what the edge has measured of one rehearsal.
type Drill struct {
	ID        string    `json:"id"`
	By        string    `json:"by"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended,omitzero"`
	Aborted   string    `json:"aborted,omitempty"`
	Need      int       `json:"need"` // terminals that have to take part
	From      uint64    `json:"from"` // the exam lane's head before it
	Terminals int       `json:"terminals"`
	Answers   int       `json:"answers"`
	Outage    *Outage   `json:"outage,omitempty"`
	Restarts  []Restart `json:"restarts,omitempty"`
	Swap      *Swap     `json:"swap,omitempty"`
	Sum       *Sum      `json:"sum,omitempty"`

	Seats map[string]Seat `json:"seats"` // attempt → where it was last logged in
}

// Over reports whether it was ended or broken off.
func (d *Drill) Over() bool { return !d.Ended.IsZero() }

// Seat is a login that the drill has seen.
type Seat struct {
	Session  string `json:"session"`
	Terminal string `json:"terminal"`
	Seat     string `json:"seat"`
}

// How a line was lost.
const (
	ByButton = "button" // the edge let go of it on a person's word
	ByCable  = "cable"  // it went: a cable, a switch, the centre
)

// Outage is one time without the centre.
type Outage struct {
	How       string    `json:"how"`
	From      time.Time `json:"from"`
	Open      bool      `json:"open"` // the line is still away
	MS        int64     `json:"ms"`
	Answers   int       `json:"answers"`   // acknowledged meanwhile
	Terminals []string  `json:"terminals"` // to whom
	LastMS    int64     `json:"last_ms"`   // the last of them, so long after the beginning
	Looks     int       `json:"looks"`     // at the strip
	Lies      int       `json:"lies"`      // looks at which it did not say what was so
	Waiting   uint64    `json:"waiting"`   // records unconfirmed when the line came back
	Drained   bool      `json:"drained"`
	DrainMS   int64     `json:"drain_ms"`
	Broken    bool      `json:"broken,omitempty"` // a restart came into it

	heads map[string]uint64 // lane → what has to arrive
	acked map[string]uint64 // lane → what the centre had when the line was last seen down
	began time.Duration     // monotonic
	back  time.Duration     // when that was
}

// Restart is one start of the edge while the drill ran, against what its ledger
// had written down before.
type Restart struct {
	At      time.Time `json:"at"`
	Clean   bool      `json:"clean"` // the last run ended by itself; false: power, or kill
	GapMS   int64     `json:"gap_ms"`
	Acked   int       `json:"acked"` // answers that had been acknowledged
	Kept    int       `json:"kept"`  // of which are here
	Writing int       `json:"writing"`
	Resumed int       `json:"resumed"`  // heard again under the same login
	Placed  int       `json:"placed"`   // of those writing, for whom the place is the one that was known
	BackMS  int64     `json:"back_ms"`  // the largest difference of a clock, given back (+) or taken (−)
	HeardMS int64     `json:"heard_ms"` // from the start until enough terminals were heard
	Fault   string    `json:"fault,omitempty"`
}

// Swap is one change of machines.
type Swap struct {
	Attempt  string `json:"attempt"`
	From     string `json:"from"`
	To       string `json:"to"`
	Fence    uint64 `json:"fence"`
	MS       int64  `json:"ms"`      // from the move to the login
	Fenced   bool   `json:"fenced"`  // a write of the old login was refused
	Late     int    `json:"late"`    // writes of the old machine itself that were refused
	Kept     int    `json:"kept"`    // answers that came along
	Went     bool   `json:"went_on"` // an answer of the new machine was taken
	Terminal string `json:"terminal"`
	Refused  string `json:"refused,omitempty"` // what else happened to the probe
}

// Sum is what was counted at the end, in the journal and in the store.
type Sum struct {
	Attempts int      `json:"attempts"` // that had begun
	Handed   int      `json:"handed"`
	Journal  int      `json:"journal"` // answer records in the journal
	Store    int      `json:"store"`   // that the attempts count
	Acked    int      `json:"acked"`   // answers acknowledged, by the ledger
	Kept     int      `json:"kept"`
	Differ   []string `json:"differ"` // seats whose answers do not hash alike
}

// Get loads one. It fails with exam.rehearsal.missing.
func Get(r store.Reader, id string) (Drill, error) {
	d, ok, err := store.Load[Drill](r, bucket, id)
	if err == nil && !ok {
		err = fault.NotFoundf("exam.rehearsal.missing", "没有这次演练，请刷新列表")
	}
	return d, err
}

// List loads all, the newest first.
func List(r store.Reader) ([]Drill, error) {
	all, err := store.All[Drill](r, bucket, "")
	out := make([]Drill, 0, len(all))
	for i := len(all) - 1; i >= 0; i-- {
		out = append(out, all[i])
	}
	return out, err
}
