// Package attempt is one candidate's run at one paper at the venue: who holds
// it, its working time, its answers and how it ended (M65; chapters 7 of the
// design and 9.4 of the domain reference). Its centre is Save, the hot path of
// the whole edge: fence, replay counter, item, choice, revision and time are
// checked, and the answer, its journal record and the counter written, in one
// transaction of the store.
//
// It is used by seating (which binds attempts to seats), supervise and the two
// HTTP audiences. Remaining time is measured on the process's monotonic clock
// and kept as accumulated working time, so neither a terminal's clock nor a
// jump of ours can shorten an exam. It does not know how a request came, who is
// allowed to ask for it, or what the questions say.
package attempt

import (
	"cmp"
	"slices"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// State is where an attempt stands.
type State string

// The states.
const (
	Waiting State = "waiting" // logged in, paper made, clock not begun
	Running State = "running"
	Handed  State = "handed" // in, by whatever hand
)

// Name is the state as people read it.
func (s State) Name() string {
	switch s {
	case Waiting:
		return "等待开考"
	case Running:
		return "作答中"
	case Handed:
		return "已交卷"
	}
	return string(s)
}

// Verb is what can be done with an attempt.
type Verb string

// The verbs, in the order of an exam.
const (
	Login   Verb = "login"   // sit down (again) at a seat
	Consent Verb = "consent" // identity confirmed, rules read
	Begin   Verb = "begin"   // the clock starts
	Write   Verb = "save"    // an answer
	Pause   Verb = "pause"
	Resume  Verb = "resume"
	Extend  Verb = "extend"
	Move    Verb = "move"   // to another seat
	HandIn  Verb = "handin" // by candidate, time or proctor
)

// moves is the whole state machine: a pair that is not here is refused.
var moves = map[State]map[Verb]State{
	Waiting: {Login: Waiting, Consent: Waiting, Begin: Running, Extend: Waiting, Move: Waiting},
	Running: {
		Login: Running, Consent: Running, Write: Running, Pause: Running, Resume: Running,
		Extend: Running, Move: Running, HandIn: Handed,
	},
	Handed: {},
}

// How an attempt was handed in.
const (
	ByCandidate = "candidate"
	ByTime      = "time"
	ByProctor   = "proctor"
)

// Attempt is the record of one attempt. Its hot part, which changes with every
// answer, is Progress.
type Attempt struct {
	ID        string        `json:"id"`
	Sitting   string        `json:"sitting"`
	Candidate string        `json:"candidate"`
	State     State         `json:"state"`
	Seat      string        `json:"seat"`
	Terminal  string        `json:"terminal,omitempty"` // empty after a move, until the login there
	Fence     uint64        `json:"fence"`              // raised by every login and move
	Session   string        `json:"session,omitempty"`  // the only session that may write
	Minutes   int           `json:"minutes"`            // of the rule
	Allowed   time.Duration `json:"allowed_ns"`         // working time with what was granted
	Early     time.Duration `json:"early_ns,omitempty"` // no hand-in by the candidate before this
	ShowScore bool          `json:"show_score,omitempty"`
	Paper     string        `json:"paper"` // SM3 of the generated paper, hex
	Questions int           `json:"questions"`
	Confirmed bool          `json:"confirmed,omitempty"`
	Consented bool          `json:"consented,omitempty"`
	Blocked   bool          `json:"blocked,omitempty"` // a check before the start said another person; only a pass or a proctor lifts it
	Cleared   bool          `json:"cleared,omitempty"` // a check before the start passed, or a proctor decided that it is them
	// ByHand says why no second check is owed at the seat: a person checked the
	// papers at the door, and this machine has no camera.
	ByHand    string    `json:"by_hand,omitempty"`
	NoFace    bool      `json:"no_face,omitempty"`  // did not agree to face checks: none is asked for or taken
	Declined  bool      `json:"declined,omitempty"` // said at the machine that its camera is not to be used
	Pre       bool      `json:"pre,omitempty"`      // the check before the start has been taken
	Randoms   int       `json:"randoms,omitempty"`  // checks during the exam that have been taken
	Paused    bool      `json:"paused,omitempty"`
	PauseBy   string    `json:"pause_by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	StartedAt time.Time `json:"started_at,omitzero"`
	MovedBy   string    `json:"moved_by,omitempty"` // who moved them to their present seat
	MovedAt   time.Time `json:"moved_at,omitzero"`
	Handin    *Handin   `json:"handin,omitempty"`
	Refused   int       `json:"refused,omitempty"` // late writes of old seats that were refused
	Notices   []Notice  `json:"notices,omitempty"`
}

// Notice is something the candidate is shown: time granted, a pause ended.
type Notice struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// notify adds a notice and keeps the last few.
func (a *Attempt) notify(n Notice) {
	a.Notices = append(a.Notices, n)
	if over := len(a.Notices) - maxNotices; over > 0 {
		a.Notices = a.Notices[over:]
	}
}

const maxNotices = 8

// Handin is how an attempt ended.
type Handin struct {
	At       time.Time     `json:"at"`
	How      string        `json:"how"`
	By       string        `json:"by,omitempty"`
	Reason   string        `json:"reason,omitempty"`
	Answered int           `json:"answered"`
	Digest   string        `json:"digest"`
	Score    int           `json:"score"` // tenths of a point; Unscored when the questions could not be read
	Full     int           `json:"full"`
	Passed   bool          `json:"passed"`
	Used     time.Duration `json:"used_ns"`
	Record   uint64        `json:"record,omitempty"` // its place in the journal; 0 from an older version
}

// Unscored stands for a score the venue could not compute because its package
// was not readable at that moment. The centre scores every answer again anyway.
const Unscored = -1

// Progress is the part that changes with every answer.
type Progress struct {
	Counter uint64 `json:"c"` // highest accepted request counter of the session
	Hash    string `json:"h"` // hash of the request that had it
	Elapsed int64  `json:"e"` // working time used, milliseconds
	Records int    `json:"n"` // answer records appended
	Filled  int    `json:"f"` // items that have a choice now
}

// Answer is the newest accepted answer to an item.
type Answer struct {
	Item     string   `json:"item"`
	Revision uint64   `json:"revision"`
	Choice   []string `json:"choice"`
}

// AtCentre reports whether the centre has confirmed that it holds the journal
// through this hand-in, and with it every answer before. One without a place
// counts when the centre has confirmed everything up to end.
func (h *Handin) AtCentre(r store.Reader, end uint64) bool {
	at := cmp.Or(h.Record, end)
	return at > 0 && at <= store.Acked(r, journal.LaneExam).Seq
}

// Do moves the attempt by a verb, or fails with exam.attempt.<verb>.state.
func (a *Attempt) Do(v Verb) error {
	if err := a.State.allows(v); err != nil {
		return err
	}
	a.State = moves[a.State][v]
	return nil
}

func (s State) allows(v Verb) error {
	if _, ok := moves[s][v]; !ok {
		return fault.Preconditionf("exam.attempt."+string(v)+".state", "%s", refusal(s, v))
	}
	return nil
}

func refusal(s State, v Verb) string {
	switch {
	case s == Handed && v == Write:
		return "已经交卷，不能再作答"
	case s == Waiting && v == Write:
		return "考试尚未开始，请等待监考员宣布开考"
	case s == Handed:
		return "该考生已经交卷，不能再执行此操作"
	case s == Waiting:
		return "该考生尚未开考，不能执行此操作"
	}
	return "考试已经开始，不能执行此操作"
}

// Limits of one answer. A terminal counts its revisions up by one; a jump of
// more is not a candidate changing an answer.
const (
	maxChoices  = 26
	maxRevision = 1 << 31
	maxLeap     = 100_000
)

// Slot is what a paper allows at one item: the question type and the keys that
// may be chosen. It holds no text and no right answer.
type Slot struct {
	No    string   `json:"no"`
	Multi bool     `json:"m,omitempty"`
	Keys  []string `json:"k"`
}

// Sheet is the answer sheet of a paper. It is stored, so that saving goes on
// even while the questions themselves cannot be read.
type Sheet struct {
	Slots []Slot `json:"slots"`
}

// Slot finds an item; false when the paper has no such item.
func (s *Sheet) Slot(no string) (Slot, bool) {
	for i := range s.Slots {
		if s.Slots[i].No == no {
			return s.Slots[i], true
		}
	}
	return Slot{}, false
}

// Check validates and sorts a choice. It fails with exam.answer.choice.
func (s Slot) Check(choice []string) ([]string, error) {
	bad := fault.Invalidf("exam.answer.choice", "所选答案不在本题选项内，请重新选择")
	if len(choice) > maxChoices || (!s.Multi && len(choice) > 1) {
		return nil, bad
	}
	sorted := slices.Clone(choice)
	slices.Sort(sorted)
	if len(slices.Compact(slices.Clone(sorted))) != len(sorted) {
		return nil, bad
	}
	for _, c := range sorted {
		if !slices.Contains(s.Keys, c) {
			return nil, bad
		}
	}
	if sorted == nil {
		sorted = []string{}
	}
	return sorted, nil
}

// outcome is what a save means against what is stored.
type outcome int

const (
	newer outcome = iota // takes effect
	same                 // already here
	stale                // an older revision than the one here: accepted, without effect
)

// weigh compares a new answer with the stored one (revision 0 = none). The
// highest revision wins, never a clock. It fails with exam.answer.revision for
// impossible numbers and exam.answer.conflict when a revision comes back with
// another choice.
func weigh(have Answer, revision uint64, choice []string) (outcome, error) {
	switch {
	case revision == 0 || revision > maxRevision || revision > have.Revision+maxLeap:
		return 0, fault.Invalidf("exam.answer.revision", "作答序号不正确，请刷新页面后重试")
	case revision > have.Revision:
		return newer, nil
	case revision < have.Revision:
		return stale, nil
	case slices.Equal(have.Choice, choice):
		return same, nil
	}
	return 0, fault.Conflictf("exam.answer.conflict", "同一次作答出现了两个不同内容，请刷新页面后重新选择")
}

// Filmed reports whether pictures of the candidate may be taken.
func (a *Attempt) Filmed() bool { return !a.NoFace && !a.Declined }
