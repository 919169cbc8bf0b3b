// Package app puts an edge together: configuration, the venue's services, the
// link, the HTTP interfaces, and the commands a technician has (run, enrol,
// check, doctor, fsck, restore, export). It is the only package that knows
// everyone.
package app

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"huyun.internal/devices/vision"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/exam/practical"
	"huyun.internal/edge/exam/vault"
	"huyun.internal/edge/face"
	"huyun.internal/edge/face/calibration"
	"huyun.internal/edge/proctor"
	"huyun.internal/edge/rehearsal"
	"huyun.internal/edge/seating"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/edge/supervise/evidence"
	"huyun.internal/edge/supervise/staff"
	"huyun.internal/edge/terminal"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Parts are what a venue is put together from.
type Parts struct {
	Store      *store.Store
	Keeper     sm.Keeper     // the device's key
	Cloud      *sm.PublicKey // the centre's signing key
	Node       string
	Venue      string
	VenueName  string
	Dir        string // packages and pictures
	Clock      clock.Clock
	Fetch      exam.Fetcher
	Vision     vision.Client
	Policy     face.Policy
	Link       func() supervise.Link
	Bring      func(ctx context.Context, p wire.Picture) error                  // to the centre; nil: no link
	Return     func(ctx context.Context, r io.Reader) (proctor.Returned, error) // takes in a return packet; nil: no link
	Line       rehearsal.Line                                                   // what a rehearsal may cut; nil: nothing
	Log        *slog.Logger
	Metrics    *prometheus.Registry
	ResumeWait time.Duration
	Secure     bool
}

// Venue is one running venue.
type Venue struct {
	Parts
	Exam      *exam.Service
	Attempts  *attempt.Service
	Seating   *seating.Service
	Practical *practical.Service
	Supervise *supervise.Service
	Rehearsal *rehearsal.Service
	Staff     *staff.Service
	Audit     *audit.Trail
	Evidence  *evidence.Store
	Bell      *bell.Bell
	Pulse     *supervise.Pulse
	Proctor   *proctor.API
	Terminal  *terminal.API
}

// Assemble builds every service over an open store and takes up what was going
// on when the last run ended. Nothing runs yet: see Run.
func Assemble(ctx context.Context, p Parts) (*Venue, error) {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.Link == nil {
		p.Link = func() supervise.Link { return supervise.Link{Since: -1} }
	}
	safe, err := vault.Open(ctx, p.Store, p.Keeper)
	if err != nil {
		return nil, err
	}
	v := &Venue{Parts: p, Bell: &bell.Bell{}, Pulse: supervise.NewPulse(p.Clock)}
	v.Audit = audit.New(auditKey(safe))
	if v.Evidence, err = evidence.New(filepath.Join(p.Dir, "pictures"), safe, p.Store.Admit); err != nil {
		return nil, err
	}
	v.Staff = staff.New(p.Store, p.Clock, v.Audit)
	faces := face.Checker{Client: p.Vision, Policy: p.Policy}
	v.Exam = exam.New(exam.Needs{
		Store: p.Store, Keeper: p.Keeper, Cloud: p.Cloud, Venue: p.Venue, Clock: p.Clock,
		Dir: filepath.Join(p.Dir, "packages"), Fetch: p.Fetch, Audit: v.Audit, Bell: v.Bell, Log: p.Log,
		Alarm: alarm.Raise, AlarmBegin: alarm.Begin, AlarmEnd: alarm.End, Probes: v.probes(), Portrait: portraits(faces),
	})
	v.Attempts, err = attempt.New(attempt.Needs{
		Store: p.Store, Clock: p.Clock, Vault: safe, Papers: v.Exam, Audit: v.Audit, Bell: v.Bell, Log: p.Log, ResumeWait: p.ResumeWait,
	})
	if err != nil {
		return nil, err
	}
	v.Seating = seating.New(seating.Needs{
		Store: p.Store, Exam: v.Exam, Attempts: v.Attempts, Vault: safe, Evidence: v.Evidence,
		Faces: faces, Staff: v.Staff, Audit: v.Audit, Bell: v.Bell, Clock: p.Clock, Log: p.Log, Sees: v.Pulse.Sees,
	})
	v.Practical = practical.New(practical.Needs{
		Store: p.Store, Exam: v.Exam, Staff: v.Staff, Audit: v.Audit, Bell: v.Bell, Admitted: admitted,
	})
	v.Supervise = supervise.New(supervise.Needs{
		Store: p.Store, Exam: v.Exam, Attempts: v.Attempts, Seating: v.Seating, Evidence: v.Evidence, Staff: v.Staff,
		Audit: v.Audit, Bell: v.Bell, Pulse: v.Pulse, Clock: p.Clock, Log: p.Log, Cloud: p.Cloud, Link: p.Link, Bring: p.Bring,
	})
	engine, _ := p.Vision.(calibration.Engine) // the process that candidates are checked by, not a stand-in
	measure, err := calibration.New(calibration.Needs{
		Store: p.Store, Audit: v.Audit, Engine: engine, Policy: p.Policy, Dir: filepath.Join(p.Dir, "calibration"),
	})
	if err != nil {
		return nil, err
	}
	v.Rehearsal, err = rehearsal.New(rehearsal.Needs{
		Store: p.Store, Exam: v.Exam, Attempts: v.Attempts, Seating: v.Seating, Supervise: v.Supervise, Pulse: v.Pulse, Audit: v.Audit,
		Bell: v.Bell, Clock: p.Clock, Log: p.Log, Link: p.Link, Line: p.Line, Dir: filepath.Join(p.Dir, "rehearsal"), Venue: p.Venue, Version: Version,
	})
	if err != nil {
		return nil, err
	}
	v.Proctor = proctor.New(proctor.Needs{
		Store: p.Store, Exam: v.Exam, Attempts: v.Attempts, Seating: v.Seating, Practical: v.Practical, Supervise: v.Supervise, Rehearsal: v.Rehearsal, Staff: v.Staff,
		Evidence: v.Evidence, Audit: v.Audit, Bell: v.Bell, Venue: p.VenueName, Node: p.Node, Secure: p.Secure, Demo: v.engine, Calibration: measure,
		Return: p.Return,
		Export: func(w io.Writer) (int, error) { return Export(w, p.Store, p.Keeper, p.Cloud, p.Node, false) },
	})
	v.Terminal = terminal.New(terminal.Needs{
		Exam: v.Exam, Attempts: v.Attempts, Seating: v.Seating, Supervise: v.Supervise, Pulse: v.Pulse, Bell: v.Bell, Venue: p.VenueName,
	})
	return v, nil
}

// Apply carries out one order of the centre in the link's transaction.
func (v *Venue) Apply(ctx context.Context, tx *store.Tx, o wire.Order) error {
	switch o.Kind {
	case wire.OrderStaff:
		return staff.Apply(ctx, tx, o)
	case wire.OrderMessage:
		return supervise.ApplyMessage(ctx, tx, o)
	case wire.OrderResult:
		return supervise.ApplyResult(ctx, tx, o)
	case wire.OrderReceipt, wire.OrderDisputed:
		return v.Supervise.ApplyReceipt(ctx, tx, o)
	case wire.OrderPicturesWanted, wire.OrderPicturesExpired:
		return v.Supervise.ApplyPictures(ctx, tx, o)
	case wire.OrderPractical, wire.OrderSheetDecided:
		return v.Practical.Apply(ctx, tx, o)
	}
	return v.Exam.Apply(ctx, tx, o)
}

// Run keeps the venue going until ctx ends: packages, clocks, silent terminals.
func (v *Venue) Run(ctx context.Context) error {
	parts := []func(context.Context) error{v.Exam.Run, v.Exam.RunPortraits, v.Attempts.Run, v.Supervise.Run, v.Supervise.RunPictures, v.Rehearsal.Run}
	done := make(chan error, len(parts))
	for _, run := range parts {
		go func() { done <- run(ctx) }()
	}
	var all error
	for range parts {
		all = errors.Join(all, <-done)
	}
	return all
}

// admitted is the door's answer to the practical exam.
func admitted(r store.Reader, sitting, candidate string) (bool, error) {
	e, err := seating.EntryOf(r, sitting, candidate)
	return e.Standing == seating.Admitted, err
}

// portraits is how reference pictures are looked at; nil without an engine.
func portraits(c face.Checker) func(context.Context, []byte) (string, error) {
	if c.Client == nil {
		return nil
	}
	return c.Reference
}

// engine describes the face engine for the console.
func (v *Venue) engine(ctx context.Context) proctor.Engine {
	if v.Vision == nil {
		return proctor.Engine{Notice: "人脸核验服务未启动，请人工核验"}
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	info, err := v.Vision.Info(ctx)
	if err != nil {
		return proctor.Engine{Notice: "人脸核验服务暂不可用，请人工核验"}
	}
	return proctor.Engine{Up: true, Engine: info.Engine, Demo: info.Demo, Notice: info.Notice}
}
