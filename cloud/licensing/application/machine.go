package application

import (
	"slices"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/protocol/fault"
)

// step is one line of the transition table of chapter 3.2 of the domain
// reference. to empty: the state stays.
type step struct {
	event licensing.Event
	from  []licensing.State
	to    licensing.State
	// route narrows the line to matters that make a certificate, or that do not.
	route route
}

// route says which matters a line is for.
type route int

const (
	anyRoute route = iota
	makesOne       // a certificate is made: nothing is delivered without it
	makesNone
)

var (
	// an applicant can take back what has not been decided
	undecided = []licensing.State{
		licensing.Draft, licensing.Submitted, licensing.Returned, licensing.Received, licensing.Correcting,
		licensing.Accepted, licensing.Reviewing, licensing.Approving, licensing.Suspended,
	}
	unfinished = append(slices.Clone(undecided), licensing.Granted, licensing.Denied, licensing.Certifying, licensing.Delivering)
)

// examined are the states in which a list can still change how a case is looked at.
var examined = []licensing.State{
	licensing.Submitted, licensing.Received, licensing.Correcting, licensing.Accepted, licensing.Reviewing, licensing.Approving, licensing.Suspended,
}

var table = []step{
	{event: licensing.Save, from: []licensing.State{licensing.Draft, licensing.Returned, licensing.Correcting}},
	{event: licensing.Submit, from: []licensing.State{licensing.Draft, licensing.Returned}, to: licensing.Submitted},
	{event: licensing.Receive, from: []licensing.State{licensing.Submitted}, to: licensing.Received},
	{event: licensing.Return, from: []licensing.State{licensing.Submitted, licensing.Received}, to: licensing.Returned},
	{event: licensing.RequireCorrection, from: []licensing.State{licensing.Received}, to: licensing.Correcting},
	{event: licensing.Supplement, from: []licensing.State{licensing.Correcting}, to: licensing.Received},
	{event: licensing.CorrectionTimeout, from: []licensing.State{licensing.Correcting}, to: licensing.Terminated},
	{event: licensing.Accept, from: []licensing.State{licensing.Received}, to: licensing.Accepted},
	{event: licensing.Refuse, from: []licensing.State{licensing.Received}, to: licensing.NotAccepted},
	{event: licensing.DeemAccepted, from: []licensing.State{licensing.Submitted, licensing.Received}, to: licensing.Accepted},
	{event: licensing.Assign, from: []licensing.State{licensing.Accepted}, to: licensing.Reviewing},
	{event: licensing.Assign, from: []licensing.State{licensing.Reviewing}}, // handed over
	{event: licensing.PassReview, from: []licensing.State{licensing.Reviewing}, to: licensing.Approving},
	{event: licensing.ProposeRefusal, from: []licensing.State{licensing.Reviewing}, to: licensing.Approving},
	{event: licensing.Suspend, from: []licensing.State{licensing.Reviewing, licensing.Approving}, to: licensing.Suspended},
	{event: licensing.Resume, from: []licensing.State{licensing.Suspended}, to: licensing.Reviewing},
	{event: licensing.AskHearing, from: []licensing.State{licensing.Suspended}},
	{event: licensing.DropHearing, from: []licensing.State{licensing.Suspended}},
	{event: licensing.FixHearing, from: []licensing.State{licensing.Suspended}},
	{event: licensing.Extend, from: []licensing.State{licensing.Reviewing, licensing.Approving}},
	{event: licensing.Grant, from: []licensing.State{licensing.Approving}, to: licensing.Granted},
	{event: licensing.Deny, from: []licensing.State{licensing.Approving}, to: licensing.Denied},
	{event: licensing.BackToReview, from: []licensing.State{licensing.Approving}, to: licensing.Reviewing},
	{event: licensing.MakeCertificate, from: []licensing.State{licensing.Granted}, to: licensing.Certifying, route: makesOne},
	{event: licensing.CertificateDone, from: []licensing.State{licensing.Certifying}, to: licensing.Delivering, route: makesOne},
	// a cancellation or service changes the record of the licence instead
	{event: licensing.CertificateDone, from: []licensing.State{licensing.Granted}, to: licensing.Delivering, route: makesNone},
	{event: licensing.Deliver, from: []licensing.State{licensing.Delivering, licensing.Denied}, to: licensing.Completed},
	{event: licensing.Withdraw, from: undecided, to: licensing.Withdrawn},
	{event: licensing.RevocationHit, from: unfinished},
	{event: licensing.RevocationLifted, from: unfinished},
	{event: licensing.RemoteCancel, from: undecided, to: licensing.Terminated},
	// a transfer out can be called off as long as it has not been delivered; see barred
	{event: licensing.RemoteCancel, from: []licensing.State{licensing.Granted, licensing.Delivering}, to: licensing.Terminated, route: makesNone},
	// what was granted was lost before it was handed over; see barred
	{event: licensing.Terminate, from: []licensing.State{licensing.Granted, licensing.Certifying, licensing.Delivering}, to: licensing.Terminated},
	{event: licensing.Tighten, from: examined},
	{event: licensing.Relax, from: examined},
	{event: licensing.KeepPeriod, from: []licensing.State{licensing.Reviewing, licensing.Approving}},
}

// next is where an event takes a case of a matter. Fault: licensing.case.state.
func next(d matter.Definition, from licensing.State, e licensing.Event) (licensing.State, error) {
	to, leads := leadsTo(from, e, makes(d))
	switch {
	case leads:
	case e == licensing.Withdraw:
		return from, tooLate(d, from)
	default:
		return from, fault.Newf(fault.Conflict, "licensing.case.state", "办件当前为“%s”，不能“%s”；请刷新后查看最新状态", d.StateName(from), d.EventName(e))
	}
	return to, nil
}

func leadsTo(from licensing.State, e licensing.Event, certificate bool) (licensing.State, bool) {
	for _, s := range table {
		if s.event != e || !slices.Contains(s.from, from) || (s.route == makesOne && !certificate) || (s.route == makesNone && certificate) {
			continue
		}
		if s.to == "" {
			return from, true
		}
		return s.to, true
	}
	return from, false
}

// tooLate tells who wants to withdraw what has been decided or has ended what remains to
// them. Fault: licensing.case.state.
func tooLate(d matter.Definition, is licensing.State) error {
	says := "本办件已经作出决定（当前为“" + d.StateName(is) + "”），不能再撤回；对决定不服的，可以依法申请行政复议或者提起行政诉讼"
	switch {
	case is == licensing.Withdrawn || is == licensing.Terminated:
		says = "本办件已经结束（“" + d.StateName(is) + "”），不用再撤回；需要办理的，请重新申请"
	case makes(d) && is != licensing.NotAccepted && is != licensing.Denied:
		says += "；不再需要证件的，可以申请注销"
	}
	return fault.New(fault.Conflict, "licensing.case.state", says)
}

// makes says whether a certificate is made for cases of a matter.
func makes(d matter.Definition) bool { return d.Route == matter.Permit || d.Route == matter.Change }

// possible are the events that a case of a state can meet, in the table's order.
func possible(from licensing.State, certificate bool) []licensing.Event {
	var out []licensing.Event
	for _, s := range table {
		if _, leads := leadsTo(from, s.event, certificate); leads && !slices.Contains(out, s.event) {
			out = append(out, s.event)
		}
	}
	return out
}
