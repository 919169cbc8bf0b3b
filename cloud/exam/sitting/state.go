package sitting

import (
	"huyun.internal/protocol/fault"
)

// State of a sitting, after chapter 9.4 of the domain reference.
type State string

// The states in the order a sitting goes through them; Returned, Suspended and
// Cancelled lie beside the road.
const (
	Planned    State = "PLANNED"
	Assigned   State = "ASSIGNED"   // candidates seated, the venue knows of it
	Applying   State = "APPLYING"   // the venue asks to open
	Approved   State = "APPROVED"   // the centre agrees
	Returned   State = "RETURNED"   // the centre asks for something first
	Dispatched State = "DISPATCHED" // the sealed package is on its way
	Released   State = "RELEASED"   // the key half is on its way
	Running    State = "RUNNING"    // somebody has started
	Closed     State = "CLOSED"     // the venue has reconciled
	Scored     State = "SCORED"     // the centre has rescored
	Published  State = "PUBLISHED"
	Suspended  State = "SUSPENDED"
	Cancelled  State = "CANCELLED"
)

// States lists all of them.
func States() []State {
	return []State{
		Planned, Assigned, Applying, Approved, Returned, Dispatched, Released, Running, Closed, Scored, Published,
		Suspended, Cancelled,
	}
}

// Verb is something that happens to a sitting.
type Verb string

// Acts of people, and facts that a venue reports. An act in the wrong state is
// refused; a fact is never refused, because it has happened.
const (
	VerbRevise   Verb = "revise" // candidates added or removed
	VerbAssign   Verb = "assign"
	VerbApply    Verb = "apply" // fact
	VerbApprove  Verb = "approve"
	VerbReturn   Verb = "return"
	VerbDispatch Verb = "dispatch"
	VerbRelease  Verb = "release"
	VerbStart    Verb = "start" // fact
	VerbClose    Verb = "close" // fact
	VerbScore    Verb = "score"
	VerbPublish  Verb = "publish"
	VerbSuspend  Verb = "suspend"
	VerbResume   Verb = "resume"
	VerbCancel   Verb = "cancel"
	VerbWithdraw Verb = "withdraw"
	VerbCorrect  Verb = "correct" // published results withdrawn
)

// Verbs lists all of them.
func Verbs() []Verb {
	return []Verb{
		VerbRevise, VerbAssign, VerbApply, VerbApprove, VerbReturn, VerbDispatch, VerbRelease, VerbStart, VerbClose, VerbScore,
		VerbPublish, VerbSuspend, VerbResume, VerbCancel, VerbWithdraw, VerbCorrect,
	}
}

// back stands for the state a sitting was suspended in.
const back State = ""

// next is the whole machine. What is not in it does not happen.
func next(from State, verb Verb) (State, bool) {
	to, ok := map[State]map[Verb]State{
		Planned: {VerbRevise: Planned, VerbAssign: Assigned, VerbCancel: Cancelled},
		// revised, a sitting has to be assigned again before the venue can apply
		Assigned: {VerbRevise: Planned, VerbAssign: Assigned, VerbApply: Applying, VerbSuspend: Suspended, VerbCancel: Cancelled},
		Returned: {VerbRevise: Planned, VerbAssign: Assigned, VerbApply: Applying, VerbSuspend: Suspended, VerbCancel: Cancelled},
		Applying: {VerbApprove: Approved, VerbReturn: Returned, VerbSuspend: Suspended},
		// a venue may have opened with an unlock code before we could send anything
		Approved: {VerbDispatch: Dispatched, VerbStart: Running, VerbClose: Closed, VerbSuspend: Suspended},
		// dispatched again with a higher version until the key is out
		Dispatched: {VerbDispatch: Dispatched, VerbWithdraw: Approved, VerbRelease: Released, VerbStart: Running, VerbClose: Closed, VerbSuspend: Suspended},
		// back, before anybody has seen a question; a venue that has started meanwhile says so
		Released:  {VerbWithdraw: Approved, VerbStart: Running, VerbClose: Closed, VerbSuspend: Suspended},
		Running:   {VerbClose: Closed, VerbSuspend: Suspended},
		Closed:    {VerbScore: Scored},
		Scored:    {VerbScore: Scored, VerbPublish: Published},
		Published: {VerbCorrect: Closed},
		Suspended: {VerbResume: back, VerbClose: Closed},
	}[from][verb]
	return to, ok
}

// Position is a state and, while suspended, the state to go back to.
type Position struct {
	State  State `db:"state"`
	Before State `db:"before"`
}

// Act moves by the act of a person. Fault: exam.sitting.<verb>.state.
func (p Position) Act(verb Verb) (Position, error) {
	to, ok := next(p.State, verb)
	if !ok {
		return p, fault.Newf(fault.Precondition, "exam.sitting."+string(verb)+".state",
			"场次当前为“%s”，不能%s，请刷新后再操作", StateName(p.State), verbNames[verb])
	}
	switch to {
	case back:
		return Position{State: p.Before}, nil
	case Suspended:
		return Position{State: Suspended, Before: p.State}, nil
	}
	return Position{State: to}, nil
}

// Fact moves by what a venue reports. A fact that does not fit leaves the
// state alone; during a suspension it moves what the sitting goes back to.
func (p Position) Fact(verb Verb) Position {
	if p.State == Suspended && verb != VerbClose {
		if to, ok := next(p.Before, verb); ok && to != Suspended {
			p.Before = to
		}
		return p
	}
	if to, ok := next(p.State, verb); ok {
		return Position{State: to}
	}
	return p
}

// Over says that the venue has closed the sitting.
func (s State) Over() bool { return s == Closed || s == Scored || s == Published }

// StateName is the Chinese name of a state.
func StateName(s State) string {
	if n, ok := stateNames[s]; ok {
		return n
	}
	return string(s)
}

var stateNames = map[State]string{
	Planned: "编排中", Assigned: "已下达", Applying: "申请开考", Approved: "已批准", Returned: "已退回", Dispatched: "考题包下发中",
	Released: "密钥已放行", Running: "考试中", Closed: "已结束", Scored: "已复算", Published: "已发布", Suspended: "已暂停", Cancelled: "已取消",
}

var verbNames = map[Verb]string{
	VerbRevise: "增减考生", VerbAssign: "下达排考", VerbApply: "申请开考", VerbApprove: "通过开考申请", VerbReturn: "退回开考申请", VerbDispatch: "下发考题",
	VerbRelease: "放行", VerbStart: "开考", VerbClose: "结束场次", VerbScore: "复算成绩", VerbPublish: "发布成绩", VerbSuspend: "暂停",
	VerbResume: "恢复", VerbCancel: "取消", VerbWithdraw: "作废考题包", VerbCorrect: "更正成绩",
}
