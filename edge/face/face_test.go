package face_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/devices/vision"
	"huyun.internal/devices/vision/fake"
	"huyun.internal/edge/face"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

func scored(score float64) vision.Result {
	return vision.Result{RefFaces: 1, ProbeFaces: 1, Compared: true, Score: score, Engine: "dnn", Model: "m"}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	edit := func(f func(*vision.Result)) vision.Result {
		r := scored(0.9)
		f(&r)
		return r
	}
	for name, c := range map[string]struct {
		stage    string
		result   vision.Result
		err      error
		previous int

		decision string
		reason   string
		retry    bool
		deciders int
		alarm    string
		failure  bool
	}{
		"match":             {result: scored(0.9), decision: "pass", reason: face.ReasonMatch},
		"at the threshold":  {result: scored(0.445), decision: "pass", reason: face.ReasonMatch},
		"just below":        {result: scored(0.4449), decision: "manual", reason: face.ReasonUnsure, retry: true, deciders: 1, alarm: "yellow", failure: true},
		"another person":    {result: scored(0.1), decision: "fail", reason: face.ReasonUnlike, retry: true, alarm: "yellow", failure: true},
		"opposite":          {result: scored(-1), decision: "fail", reason: face.ReasonUnlike, retry: true, alarm: "yellow", failure: true},
		"another, seated":   {stage: "RANDOM", result: scored(0.1), decision: "fail", reason: face.ReasonUnlike, retry: true, alarm: "red", failure: true},
		"unsure, seated":    {stage: "RANDOM", result: scored(0.25), decision: "manual", reason: face.ReasonUnsure, retry: true, deciders: 1, alarm: "yellow", failure: true},
		"another, starting": {stage: "PRE", result: scored(0.25), decision: "fail", reason: face.ReasonUnlike, retry: true, alarm: "red", failure: true},

		"third failure":     {result: scored(0.1), previous: 2, decision: "manual", reason: face.ReasonUnlike, deciders: 2, alarm: "red", failure: true},
		"third, unsure":     {result: scored(0.4), previous: 2, decision: "manual", reason: face.ReasonUnsure, deciders: 2, alarm: "red", failure: true},
		"pass on the third": {result: scored(0.9), previous: 2, decision: "pass", reason: face.ReasonMatch},
		"pass too late":     {result: scored(0.9), previous: 3, decision: "manual", reason: face.ReasonMachineDone, deciders: 2},
		"odd history":       {result: scored(0.1), previous: -5, decision: "fail", reason: face.ReasonUnlike, retry: true, alarm: "yellow", failure: true},

		"no face":         {result: edit(func(r *vision.Result) { r.ProbeFaces, r.Compared = 0, false }), decision: "manual", reason: face.ReasonNoFace, retry: true, deciders: 1, failure: true},
		"left the seat":   {stage: "RANDOM", result: edit(func(r *vision.Result) { r.ProbeFaces, r.Compared = 0, false }), decision: "manual", reason: face.ReasonNoFace, retry: true, deciders: 1, alarm: "yellow", failure: true},
		"two faces":       {result: edit(func(r *vision.Result) { r.ProbeFaces = 2 }), decision: "manual", reason: face.ReasonManyFaces, retry: true, deciders: 1, alarm: "yellow", failure: true},
		"fifty, seated":   {stage: "RANDOM", result: edit(func(r *vision.Result) { r.ProbeFaces = 50 }), decision: "manual", reason: face.ReasonManyFaces, retry: true, deciders: 1, alarm: "red", failure: true},
		"no reference":    {result: edit(func(r *vision.Result) { r.RefFaces, r.Compared = 0, false }), decision: "manual", reason: face.ReasonReference, deciders: 1, alarm: "yellow"},
		"group reference": {result: edit(func(r *vision.Result) { r.RefFaces = 2 }), decision: "manual", reason: face.ReasonReference, deciders: 1, alarm: "yellow"},
		"not compared":    {result: edit(func(r *vision.Result) { r.Compared = false }), decision: "manual", reason: face.ReasonPicture, retry: true, deciders: 1},

		"NaN":             {result: scored(math.NaN()), decision: "manual", reason: face.ReasonResult, deciders: 1, alarm: "yellow"},
		"infinite":        {result: scored(math.Inf(1)), decision: "manual", reason: face.ReasonResult, deciders: 1, alarm: "yellow"},
		"negative counts": {result: edit(func(r *vision.Result) { r.ProbeFaces = -1 }), decision: "manual", reason: face.ReasonResult, deciders: 1, alarm: "yellow"},
		"no faces, score": {result: edit(func(r *vision.Result) { r.ProbeFaces = 0 }), decision: "manual", reason: face.ReasonResult, deciders: 1, alarm: "yellow"},
		"unknown engine":  {result: edit(func(r *vision.Result) { r.Engine = "oracle" }), decision: "manual", reason: face.ReasonResult, deciders: 1, alarm: "yellow"},
		"unknown stage":   {stage: "LUNCH", result: scored(0.9), decision: "manual", reason: face.ReasonResult, deciders: 1, alarm: "yellow"},

		"down":          {err: vision.ErrDown, decision: "manual", reason: face.ReasonDown, deciders: 1, alarm: "yellow"},
		"down, scored":  {result: scored(0.99), err: vision.ErrDown, decision: "manual", reason: face.ReasonDown, deciders: 1, alarm: "yellow"},
		"busy":          {err: vision.ErrBusy, decision: "manual", reason: face.ReasonDown, deciders: 1, alarm: "yellow"},
		"late":          {err: vision.ErrTimeout, decision: "manual", reason: face.ReasonDown, deciders: 1, alarm: "yellow"},
		"cancelled":     {err: context.Canceled, decision: "manual", reason: face.ReasonDown, deciders: 1, alarm: "yellow"},
		"not a fault":   {err: errors.New("boom"), decision: "manual", reason: face.ReasonDown, deciders: 1, alarm: "yellow"},
		"bad probe":     {err: vision.PictureFault("probe", "format"), decision: "manual", reason: face.ReasonPicture, retry: true, deciders: 1},
		"bad reference": {err: vision.PictureFault("reference", "damaged"), decision: "manual", reason: face.ReasonReference, deciders: 1, alarm: "yellow"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.stage == "" {
				c.stage = wire.StageEntry
			}
			o := face.Decide(face.Default(), c.stage, c.result, c.err, c.previous)
			require.Equal(t, c.decision, o.Decision)
			require.Equal(t, c.reason, o.Reason)
			require.Equal(t, c.retry, o.Retry, "retry")
			require.Equal(t, c.deciders, o.Deciders, "deciders")
			require.Equal(t, c.alarm, o.Alarm, "alarm")
			require.Equal(t, c.failure, o.Failure, "failure")
			require.Equal(t, "machine", o.By)
			require.Equal(t, c.stage, o.Stage)
			require.NotEmpty(t, o.Text)
			require.False(t, math.IsNaN(o.Score) || math.IsInf(o.Score, 0), "a record must be JSON")
			if c.err != nil {
				require.Equal(t, "none", o.Engine)
				require.Zero(t, o.Score)
			}
		})
	}
}

// Only a finite score at or above the threshold, of one face against one face,
// before the third failure, is ever a pass.
func TestNothingElsePasses(t *testing.T) {
	t.Parallel()
	p := face.Default()
	passes := 0
	for _, engine := range []string{"dnn", "classic", "fake", ""} {
		for _, stage := range []string{wire.StageEntry, wire.StagePre, wire.StageRandom, ""} {
			for _, faces := range [][2]int{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {1, 2}, {2, 1}} {
				for _, score := range []float64{-1, 0, 0.2, 0.445, 0.79, 0.8, 1, math.NaN(), math.Inf(1), math.Inf(-1)} {
					for _, err := range []error{nil, vision.ErrDown, fault.New(fault.Invalid, "x", "y")} {
						for previous := range 5 {
							for _, compared := range []bool{true, false} {
								r := vision.Result{
									RefFaces: faces[0], ProbeFaces: faces[1], Compared: compared, Score: score, Engine: engine,
								}
								o := face.Decide(p, stage, r, err, previous)
								if o.Decision != wire.DecisionPass {
									continue
								}
								passes++
								require.NoError(t, err)
								require.Equal(t, [2]int{1, 1}, faces)
								require.True(t, compared)
								require.Less(t, previous, p.MaxFailures)
								require.GreaterOrEqual(t, score, p.Engines[engine][stage].Pass)
								require.False(t, math.IsInf(score, 0))
							}
						}
					}
				}
			}
		}
	}
	require.Positive(t, passes)
}

func TestDemoEngineOnlyAdvisesWhenToldSo(t *testing.T) {
	t.Parallel()
	r := vision.Result{RefFaces: 1, ProbeFaces: 1, Compared: true, Score: 0.95, Engine: "classic", Demo: true}
	p := face.Default()
	o := face.Decide(p, wire.StageEntry, r, nil, 0)
	require.Equal(t, wire.DecisionPass, o.Decision)
	require.True(t, o.Demo)
	p.DemoDecides = false
	o = face.Decide(p, wire.StageEntry, r, nil, 0)
	require.Equal(t, wire.DecisionManual, o.Decision)
	require.Equal(t, face.ReasonDemo, o.Reason)
	require.Equal(t, 1, o.Deciders)
	require.InDelta(t, 0.95, o.Score, 0)
}

func TestPolicyCheck(t *testing.T) {
	t.Parallel()
	require.NoError(t, face.Default().Check())
	for name, spoil := range map[string]func(*face.Policy){
		"no failures":   func(p *face.Policy) { p.MaxFailures = 0 },
		"endless":       func(p *face.Policy) { p.MaxFailures = 1000 },
		"passes all":    func(p *face.Policy) { p.Engines["dnn"]["PRE"] = face.Band{Pass: 0, Fail: -0.5} },
		"NaN":           func(p *face.Policy) { p.Engines["dnn"]["PRE"] = face.Band{Pass: math.NaN()} },
		"upside down":   func(p *face.Policy) { p.Engines["dnn"]["PRE"] = face.Band{Pass: 0.4, Fail: 0.5} },
		"unknown stage": func(p *face.Policy) { p.Engines["dnn"]["LUNCH"] = face.Band{Pass: 0.4, Fail: 0.3} },
	} {
		p := face.Default()
		spoil(&p)
		require.Error(t, p.Check(), name)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	p := face.Default()
	p.Engines[fake.Engine] = face.Stages{wire.StageEntry: {Pass: 0.5, Fail: 0.2}}
	client := fake.New()
	c := face.Checker{Client: client, Policy: p}
	me, other := []byte("one"), []byte("two")
	require.Equal(t, wire.DecisionPass, c.Verify(t.Context(), wire.StageEntry, me, me)(0).Decision)
	o := c.Verify(t.Context(), wire.StageEntry, me, other)(0)
	require.Equal(t, wire.DecisionFail, o.Decision)
	require.InDelta(t, 0.5, o.Threshold, 0)
	require.Equal(t, face.ReasonNoFace, c.Verify(t.Context(), wire.StageEntry, me, nil)(0).Reason)
	client.SetDown(true)
	for _, c := range []face.Checker{c, {Policy: p}} {
		o = c.Verify(t.Context(), wire.StageEntry, me, me)(0)
		require.Equal(t, wire.DecisionManual, o.Decision)
		require.Equal(t, face.ReasonDown, o.Reason)
	}
	require.Equal(t, 4, client.Calls())
}

// 0.445 of one model is not 0.445 of another.
func TestAnotherModelIsNotJudgedByTheFirst(t *testing.T) {
	t.Parallel()
	p := face.Default()
	r := scored(0.5)
	r.Model, r.Threshold = "yunet@1+other@2", 0.6
	o := face.Decide(p, wire.StageEntry, r, nil, 0)
	require.Equal(t, wire.DecisionManual, o.Decision, "the engine asks for more than the policy")
	require.InDelta(t, 0.6, o.Threshold, 0)
	r.Threshold = 0.3
	require.InDelta(t, 0.445, face.Decide(p, wire.StageEntry, r, nil, 0).Threshold, 0, "and never for less")
	r.Threshold = math.NaN()
	o = face.Decide(p, wire.StageEntry, r, nil, 0)
	require.Equal(t, wire.DecisionManual, o.Decision)
	require.Zero(t, o.Threshold, "a record must be JSON")

	p.Engines[r.Model] = face.Stages{wire.StageEntry: {Pass: 0.48, Fail: 0.3}}
	r.Threshold = 0.6
	o = face.Decide(p, wire.StageEntry, r, nil, 0)
	require.Equal(t, wire.DecisionPass, o.Decision, "a site that calibrated this model knows better")
	require.InDelta(t, 0.48, o.Threshold, 0)
}
