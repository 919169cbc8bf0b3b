// Package exam keeps the life of a sitting at the venue: what the centre
// orders, the venue's opening request, the sealed package, the preflight, the
// release of the key and the papers made from the opened package (M58, M60,
// M65; chapter 7 of the design, chapter 9.4 of the domain reference).
//
// It is used by attempt, seating and supervise, and by app, which hands it the
// link's orders. Questions exist in the clear only in this process's memory,
// from release to close; the disk holds the sealed package and the key half
// wrapped to the device. It knows no HTTP, no candidate at a terminal and no
// camera.
package exam

import (
	"slices"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// State is where a sitting stands at this venue.
type State string

// The states, in the order of a sitting that goes well.
const (
	Assigned  State = "assigned"  // the centre has told us of it
	Requested State = "requested" // we have asked to open
	Returned  State = "returned"  // the centre wants something changed; ask again
	Approved  State = "approved"  // may open once the package is here and the key released
	Opened    State = "opened"    // questions can be read at this venue
	Running   State = "running"   // started; attempts may run
	Closed    State = "closed"    // reconciled and signed off
	Cancelled State = "cancelled" // the centre called it off before it opened
)

// Name is the state as the proctor reads it.
func (s State) Name() string {
	if n, ok := stateNames[s]; ok {
		return n
	}
	return string(s)
}

var stateNames = map[State]string{
	Assigned: "待申请", Requested: "待中心审核", Returned: "已退回", Approved: "已批准",
	Opened: "可开考", Running: "考试中", Closed: "已结束", Cancelled: "已取消",
}

// Verb is what can happen to a sitting.
type Verb string

// The verbs. Request, Start and Close are the venue's; the rest are the
// centre's, by order.
const (
	Request  Verb = "request"
	Approve  Verb = "approve"
	Return   Verb = "return"
	Release  Verb = "release"
	Withdraw Verb = "withdraw"
	Start    Verb = "start"
	Close    Verb = "close"
	Cancel   Verb = "cancel"
)

var verbNames = map[Verb]string{
	Request: "申请开考", Approve: "批准", Return: "退回", Release: "放行考题", Withdraw: "作废考题包", Start: "开始考试", Close: "结束场次", Cancel: "取消",
}

// moves is the whole state machine: a pair that is not here is refused.
var moves = map[State]map[Verb]State{
	Assigned:  {Request: Requested, Cancel: Cancelled},
	Requested: {Approve: Approved, Return: Returned, Cancel: Cancelled},
	Returned:  {Request: Requested, Cancel: Cancelled},
	Approved:  {Withdraw: Approved, Approve: Approved, Return: Returned, Release: Opened, Cancel: Cancelled},
	Opened:    {Withdraw: Approved, Release: Opened, Start: Running, Close: Closed},
	Running:   {Release: Running, Close: Closed},
}

// Sitting is what this venue knows of a sitting.
type Sitting struct {
	wire.SittingAssigned
	State     State     `json:"state"`
	Suspended bool      `json:"suspended,omitempty"` // the centre's word
	SuspendBy string    `json:"suspend_by,omitempty"`
	Reason    string    `json:"reason,omitempty"` // of the last decision or suspension
	Condition string    `json:"condition,omitempty"`
	Paused    bool      `json:"paused,omitempty"`  // a proctor paused everybody
	Request   string    `json:"request,omitempty"` // id of the last opening request
	Proctors  []string  `json:"proctors,omitempty"`
	Note      string    `json:"note,omitempty"` // what the request said to the centre
	Pack      Pack      `json:"pack"`
	Asked     Preflight `json:"asked"` // the self-check that went to the centre with the request
	Preflight Preflight `json:"preflight"`
	Half      []byte    `json:"half,omitempty"` // K_release, wrapped to the device key
	HalfFor   string    `json:"half_for,omitempty"`
	HalfBy    string    `json:"half_by,omitempty"` // how it came: byUnlock, or the centre's release
	OpenedAt  time.Time `json:"opened_at,omitzero"`
	StartedAt time.Time `json:"started_at,omitzero"`
	ClosedAt  time.Time `json:"closed_at,omitzero"`
}

// Pack is the sealed package as announced and as it lies here.
type Pack struct {
	Digest   string    `json:"digest,omitempty"`
	Size     int64     `json:"size,omitempty"`
	Version  int       `json:"version,omitempty"`
	Received bool      `json:"received,omitempty"` // durable here and verified
	At       time.Time `json:"at,omitzero"`
	Failure  string    `json:"failure,omitempty"` // fault text of the last try
	Codes    int       `json:"codes,omitempty"`   // unlock codes that open it; 0: it has none
	Deleted  bool      `json:"deleted,omitempty"` // its time is over: photographs were in it
}

// Preflight is the last readiness check.
type Preflight struct {
	At     time.Time    `json:"at,omitzero"`
	Green  bool         `json:"green"`
	Checks []wire.Check `json:"checks,omitempty"`
}

// Do moves the sitting by a verb, or fails with exam.sitting.<verb>.state.
func (s *Sitting) Do(v Verb) error {
	to, ok := moves[s.State][v]
	if !ok {
		return fault.Preconditionf("exam.sitting."+string(v)+".state",
			"场次当前为“%s”，不能%s，请刷新后按当前状态操作", s.State.Name(), verbNames[v])
	}
	s.State = to
	return nil
}

// Live reports whether answers may be taken: running and not stopped by the
// centre or a proctor.
func (s *Sitting) Live() bool { return s.State == Running && !s.Suspended && !s.Paused }

// Over reports whether nothing of it comes any more.
func (s *Sitting) Over() bool { return s.State == Closed || s.State == Cancelled }

// Has reports whether the sitting has a seat.
func (s *Sitting) Has(seat string) bool { return slices.Contains(s.Seats, seat) }

// Readable reports whether the questions may be read here.
func (s *Sitting) Readable() bool { return s.State == Opened || s.State == Running }
