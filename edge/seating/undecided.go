package seating

import (
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/protocol/wire"
)

// Undecided are the stages at which nobody has said that an attempt's candidate
// is who they are: the engine has not passed their latest check, or none was
// taken before the start, and no person has decided. Who did not agree to face
// checks was checked by their papers at the door; who has not begun owes no check,
// but one that was taken and not passed is named.
func Undecided(r store.Reader, a attempt.Attempt) ([]string, error) {
	last, err := latest(r, a.Sitting, a.Candidate)
	return undecided(last, a), err
}

func undecided(last map[string]Verification, a attempt.Attempt) (out []string) {
	for _, stage := range []string{wire.StagePre, wire.StageRandom} {
		v, taken := last[stage]
		settled := taken && (v.Decision == wire.DecisionPass || v.By != machine)
		if stage == wire.StagePre {
			settled = settled || a.Cleared || a.NoFace || a.State == attempt.Waiting && !taken
		} else {
			settled = settled || !taken // whoever let one pass raised an alarm
		}
		if !settled {
			out = append(out, stage)
		}
	}
	return out
}

// Identity says what is known of who sits at a machine.
type Identity string

// What is known.
const (
	Unchecked Identity = "unchecked" // the check before the start is still to come
	Asking    Identity = "asking"    // a proctor has to go and look: their machine says "请举手"
	Verified  Identity = "verified"  // by the engine or by a person
	ByHand    Identity = "door"      // by a person at the door; the seat has no camera
	Papers    Identity = "papers"    // did not agree to be compared; the door looked at their papers
	Other     Identity = "other"     // a person has said that it is not the candidate
)

// IdentityOf is what is known of who writes an attempt. Before the start, whoever
// went on without a picture, or wants none, waits for a person too.
func IdentityOf(r store.Reader, a attempt.Attempt) (Identity, error) {
	last, err := latest(r, a.Sitting, a.Candidate)
	pre, taken := last[wire.StagePre]
	went := a.State == attempt.Waiting && !taken && !a.Cleared && !a.NoFace && (a.Declined || a.Consented)
	said := func(v Verification) bool { return v.Decision == wire.DecisionFail && v.By != machine }
	switch {
	case err != nil || went || len(undecided(last, a)) > 0:
		return Asking, err
	case said(pre) || said(last[wire.StageRandom]):
		return Other, nil
	case a.Cleared && a.ByHand != "" && !taken:
		return ByHand, nil
	case a.Cleared:
		return Verified, nil
	case a.NoFace:
		return Papers, nil
	}
	return Unchecked, nil
}

// Denied are the stages at which the last word is a person's, and says that it is
// not the candidate.
func Denied(r store.Reader, sitting, candidate string) ([]Verification, error) {
	last, err := latest(r, sitting, candidate)
	var out []Verification
	for _, stage := range []string{wire.StageEntry, wire.StagePre, wire.StageRandom} {
		if v, ok := last[stage]; ok && v.By != machine && v.Decision == wire.DecisionFail {
			out = append(out, v)
		}
	}
	return out, err
}

// latest is the last check or verdict of each stage.
func latest(r store.Reader, sitting, candidate string) (map[string]Verification, error) {
	list, err := Verifications(r, sitting, candidate)
	last := map[string]Verification{}
	for _, v := range list {
		last[v.Stage] = v
	}
	return last, err
}

// machine is who decides where a picture passes or fails by itself.
const machine = "machine"
