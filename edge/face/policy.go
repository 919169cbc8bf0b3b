package face

import (
	"fmt"
	"slices"

	"huyun.internal/devices/vision"
	"huyun.internal/protocol/wire"
)

// Band is what the scores of one engine mean at one stage: pass at or above
// Pass, fail below Fail, a proctor in between.
type Band struct {
	Pass float64 `json:"pass" yaml:"pass"`
	Fail float64 `json:"fail" yaml:"fail"`
}

func (b Band) judge(score float64) (decision, reason string) {
	switch {
	case score >= b.Pass:
		return wire.DecisionPass, ReasonMatch
	case score < b.Fail:
		return wire.DecisionFail, ReasonUnlike
	}
	return wire.DecisionManual, ReasonUnsure
}

// Stages maps a stage (ENTRY, PRE, RANDOM) to its band.
type Stages map[string]Band

// Policy is the venue's configuration. The centre may send another one; Check
// it before use.
type Policy struct {
	// Engines maps an engine's name ("dnn") to its bands. An engine that is
	// missing here is never believed: a proctor decides. Scores of two models
	// do not mean the same, so a site that has calibrated its model names it
	// exactly, as `vision calibrate` prints it ("yunet-n-320@…+mobilefacenet@…");
	// under an engine's name a score must also reach what the engine itself
	// suggests for the model it runs.
	Engines map[string]Stages `json:"engines" yaml:"engines"`
	// MaxFailures of one candidate at one stage after which two proctors
	// decide (失败 3 次→人工核验, 双人).
	MaxFailures int `json:"max_failures" yaml:"max_failures"`
	// DemoDecides allows an engine of demonstration grade to answer pass and
	// fail; otherwise it only advises and a proctor decides every time. True by
	// default so that a demonstration shows the whole flow, with the badge on
	// every screen; a site with real candidates sets it to false.
	DemoDecides bool `json:"demo_decides" yaml:"demo_decides"`
}

// Default thresholds.
//
// dnn (YuNet + MobileFaceNet, cosine): 0.445 gives 0.1 % false accepts with
// 0.39 % false rejects on 40 people × 10 photographs. During the exam a
// candidate looks down at the screen in whatever light there is, and a false
// alarm disturbs the room, so the RANDOM band begins to fail lower; it does not
// pass lower.
//
// classic (local binary patterns): same person 0.71 to 0.92, others up to 0.64
// on the few pictures that ship with the program. Demonstration grade.
func Default() Policy {
	return Policy{
		Engines: map[string]Stages{
			"dnn": {
				wire.StageEntry:  {Pass: 0.445, Fail: 0.30},
				wire.StagePre:    {Pass: 0.445, Fail: 0.30},
				wire.StageRandom: {Pass: 0.445, Fail: 0.20},
			},
			"classic": {
				wire.StageEntry:  {Pass: 0.80, Fail: 0.66},
				wire.StagePre:    {Pass: 0.80, Fail: 0.66},
				wire.StageRandom: {Pass: 0.80, Fail: 0.66},
			},
		},
		MaxFailures: 3,
		DemoDecides: true,
	}
}

// Check refuses a policy that could pass everyone, or no one, by a slip.
func (p Policy) Check() error {
	if p.MaxFailures < 1 || p.MaxFailures > 10 {
		return fmt.Errorf("face: max_failures %d is not 1 to 10", p.MaxFailures)
	}
	for engine, stages := range p.Engines {
		for stage, b := range stages {
			if !slices.Contains([]string{wire.StageEntry, wire.StagePre, wire.StageRandom}, stage) {
				return fmt.Errorf("face: engine %s: unknown stage %q", engine, stage)
			}
			// Written so that NaN is refused too.
			if !(b.Pass > 0 && b.Pass < 1 && b.Fail <= b.Pass && b.Fail > -1) {
				return fmt.Errorf("face: engine %s, stage %s: need -1 < fail ≤ pass, 0 < pass < 1", engine, stage)
			}
		}
	}
	return nil
}

// band returns what scores of this result's model mean at a stage.
func (p Policy) band(r vision.Result, stage string) (Band, bool) {
	b, ok := p.Engines[r.Model][stage]
	if !ok || r.Model == "" {
		b, ok = p.Engines[r.Engine][stage]
		b.Pass = max(b.Pass, r.Threshold)
	}
	return b, ok && finite(b.Pass) && finite(b.Fail) && b.Pass > 0
}

// alarm is yellow for a low score and red for another person or for several
// (9.5 of the domain description). At the door people come and go, and the
// first picture is often a bad one: less is an alarm there.
func alarm(stage, reason string, worn bool) string {
	door, exam := stage == wire.StageEntry, stage == wire.StageRandom
	switch {
	case worn, reason == ReasonUnlike && !door, reason == ReasonManyFaces && exam:
		return wire.AlarmRed
	case reason == ReasonPicture && !exam, reason == ReasonNoFace && !exam:
		return ""
	}
	return wire.AlarmYellow
}
