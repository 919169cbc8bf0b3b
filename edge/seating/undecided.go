package seating

import (
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/protocol/wire"
)

// Undecided are the stages at which nobody has said that an attempt's candidate
// is who they are: the engine has not passed their latest check, or none was
// taken before the start, and no person has decided. Who did not agree to face
// checks was checked by their papers at the door.
func Undecided(r store.Reader, a attempt.Attempt) ([]string, error) {
	if a.State == attempt.Waiting {
		return nil, nil
	}
	list, err := Verifications(r, a.Sitting, a.Candidate)
	if err != nil {
		return nil, err
	}
	last := map[string]Verification{}
	for _, v := range list {
		last[v.Stage] = v
	}
	var out []string
	for _, stage := range []string{wire.StagePre, wire.StageRandom} {
		v, taken := last[stage]
		settled := taken && (v.Decision == wire.DecisionPass || v.By != machine)
		if stage == wire.StagePre {
			settled = settled || a.Cleared || a.NoFace
		} else {
			settled = settled || !taken // whoever let one pass raised an alarm
		}
		if !settled {
			out = append(out, stage)
		}
	}
	return out, nil
}

// machine is who decides where a picture passes or fails by itself.
const machine = "machine"
