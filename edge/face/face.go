// Package face says what a face comparison means at a venue: thresholds by
// engine and stage, and the three answers pass, fail and "a proctor decides"
// (module M54, 考试人员核验; 人脸识别技术应用安全管理办法: a face is never the only way
// in). edge/seating asks a Checker at the door (ENTRY), before the start
// (PRE) and at random during the exam (RANDOM), stores the snapshot and appends
// the record.
//
// It is pure but for the one call of the vision process. It never turns trouble
// into a pass: a dead service, no face, several faces, a result that makes no
// sense all end with a person. It claims no liveness, and no failure here stops
// an exam by itself.
package face

import (
	"context"
	"errors"
	"math"
	"strings"

	"huyun.internal/devices/vision"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// Reasons, in wire.Verification.Reason. Text turns them into words.
const (
	ReasonMatch       = "face.match"
	ReasonUnlike      = "face.unlike"       // below the threshold and the band under it
	ReasonUnsure      = "face.unsure"       // in the band below the threshold
	ReasonNoFace      = "face.none"         // nobody in the probe
	ReasonManyFaces   = "face.many"         // more than one person in the probe
	ReasonReference   = "face.reference"    // the reference photograph cannot be used
	ReasonPicture     = "face.picture"      // the probe cannot be used
	ReasonDown        = "face.down"         // the service is down, busy or late
	ReasonDemo        = "face.demo"         // a demonstration engine, which this venue does not let decide
	ReasonResult      = "face.result"       // an engine without thresholds, or a result that makes no sense
	ReasonMachineDone = "face.machine.done" // three failures: the machine has no say any more
)

// Outcome is a decision with what the venue does about it.
type Outcome struct {
	// Verification has the fields that follow from the comparison: Stage,
	// Score, Threshold, Engine, Model, Demo, Faces, Decision, By, Reason. The
	// caller fills in ID, Sitting, Candidate and Snapshot.
	wire.Verification
	// Failure counts towards Policy.MaxFailures: hand previousFailures+1 to
	// the next Decide of this candidate at this stage.
	Failure bool
	// Retry says that another picture may help.
	Retry bool
	// Deciders is how many proctors have to decide now: 0, 1 or 2.
	Deciders int
	// Alarm is the level to raise, or empty: yellow for a low score, red for
	// another person or several.
	Alarm string
	// Text is the Chinese line for candidate and proctor: what to do next.
	Text string
}

// Decide judges one comparison. previousFailures are this candidate's failures
// at this stage so far. It is pure: the same input is the same outcome.
func Decide(p Policy, stage string, r vision.Result, err error, previousFailures int) Outcome {
	o := Outcome{Verification: wire.Verification{
		Stage: stage, Engine: r.Engine, Model: r.Model, Demo: r.Demo, Faces: r.ProbeFaces, By: "machine",
	}}
	if r.Engine == "" || err != nil {
		o.Engine, o.Model, o.Demo, o.Faces = "none", "", false, 0
	}
	o.judge(p, r, err)
	o.escalate(p, previousFailures)
	o.Text = text(o)
	return o
}

// judge sets Decision, Reason, Score and Threshold without regard to history.
func (o *Outcome) judge(p Policy, r vision.Result, err error) {
	manual := func(reason string) { o.Decision, o.Reason = wire.DecisionManual, reason }
	if err != nil {
		manual(reasonOf(err))
		return
	}
	band, known := p.band(r, o.Stage)
	if known {
		o.Threshold = band.Pass
	}
	switch {
	case r.RefFaces < 0 || r.ProbeFaces < 0 || r.Compared && (!r.Found() || !finite(r.Score)):
		manual(ReasonResult)
	case r.RefFaces != 1:
		// The reference was accepted at registration with one face in it; if
		// this engine sees none or several, no picture taken here will help.
		manual(ReasonReference)
	case r.ProbeFaces == 0:
		manual(ReasonNoFace)
	case r.ProbeFaces > 1:
		manual(ReasonManyFaces)
	case !r.Compared:
		manual(ReasonPicture)
	case !known:
		o.Score = r.Score
		manual(ReasonResult)
	default:
		o.Score = r.Score
		o.Decision, o.Reason = band.judge(r.Score)
		if r.Demo && !p.DemoDecides {
			manual(ReasonDemo)
		}
	}
}

// escalate decides who acts next and how loudly.
func (o *Outcome) escalate(p Policy, previous int) {
	o.Failure = o.Decision == wire.DecisionFail || o.Reason == ReasonUnsure ||
		o.Reason == ReasonNoFace || o.Reason == ReasonManyFaces
	failures := max(0, previous)
	if o.Failure {
		failures++
	}
	worn := failures >= p.MaxFailures
	switch o.Decision {
	case wire.DecisionPass:
		if max(0, previous) >= p.MaxFailures {
			// After three failures a picture that matches at last is one lucky
			// try among many: the two proctors see it, the machine does not
			// decide.
			o.Decision, o.Reason, o.Deciders = wire.DecisionManual, ReasonMachineDone, 2
		}
		return
	case wire.DecisionFail:
		o.Retry = true
	default:
		o.Retry = o.Reason == ReasonUnsure || o.Reason == ReasonNoFace || o.Reason == ReasonManyFaces || o.Reason == ReasonPicture
		o.Deciders = 1
	}
	if worn {
		o.Decision, o.Retry, o.Deciders = wire.DecisionManual, false, 2
	}
	o.Alarm = alarm(o.Stage, o.Reason, worn)
}

// reasonOf sorts a fault of the vision client.
func reasonOf(err error) string {
	code := fault.From(err).Code
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || vision.Down(err):
		return ReasonDown
	case strings.HasPrefix(code, "vision.reference."):
		return ReasonReference
	}
	return ReasonPicture
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Checker is the venue's face check: the vision process and what its scores
// mean here. Client may be nil (no vision configured): a proctor decides.
type Checker struct {
	Client vision.Client
	Policy Policy
}

// Opinion is one comparison before it is known how many have failed: that is
// counted where the outcome is written, since others may be on their way.
type Opinion func(previousFailures int) Outcome

// Verify compares two pictures.
func (c Checker) Verify(ctx context.Context, stage string, reference, probe []byte) Opinion {
	r, err := vision.Result{}, error(vision.ErrDown)
	if c.Client != nil {
		r, err = c.Client.Compare(ctx, reference, probe)
	}
	return func(previousFailures int) Outcome { return Decide(c.Policy, stage, r, err, previousFailures) }
}

// Counts reports whether there is an engine to count people with.
func (c Checker) Counts() bool { return c.Client != nil }

// Count is how many people a picture shows. It fails when the engine cannot say.
func (c Checker) Count(ctx context.Context, picture []byte) (int, error) {
	if c.Client == nil {
		return 0, vision.ErrDown
	}
	faces, err := c.Client.Find(ctx, picture)
	return len(faces), err
}

// Reference says in Chinese what is wrong with a reference picture, "" when it
// can be compared. It fails when the engine cannot say.
func (c Checker) Reference(ctx context.Context, picture []byte) (string, error) {
	r, err := c.Client.Compare(ctx, picture, picture)
	switch {
	case err != nil && reasonOf(err) == ReasonDown:
		return "", err
	case err != nil:
		return "照片无法识别", nil //nolint:nilerr // the picture's own fault
	case r.RefFaces <= 0:
		return "照片中没有检测到人脸", nil
	case r.RefFaces > 1:
		return "照片中有多张人脸", nil
	case !r.Compared:
		return "照片中的人脸无法比对", nil
	}
	return "", nil
}

// text is what the screen says.
func text(o Outcome) string {
	if o.Deciders == 2 {
		return "已连续多次未通过，请两名监考员共同核对证件与本人后决定"
	}
	switch o.Reason {
	case ReasonMatch:
		return "核验通过"
	case ReasonUnlike:
		return "与预留照片不符，请摘下口罩、帽子，正对镜头重试，或由监考员核对证件"
	case ReasonUnsure:
		return "相似度不足，请调整光线与姿势重试，或由监考员比对两张照片"
	case ReasonNoFace:
		return "未检测到人脸，请正对镜头重试"
	case ReasonManyFaces:
		return "画面中有多人，请只留本人重试"
	case ReasonReference:
		return "预留照片无法使用，请监考员核对证件与本人"
	case ReasonPicture:
		return "现场照片无法使用，请重新拍摄"
	case ReasonDemo:
		return "演示级引擎仅供参考，请监考员比对两张照片后决定"
	case ReasonDown:
		return "人脸核验服务暂不可用，请监考员核对证件与本人"
	}
	return "核验结果异常，请监考员核对证件与本人"
}
