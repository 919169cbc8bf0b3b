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
	if err != nil {
		return nil, err
	}
	var out []string
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
	return out, nil
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
