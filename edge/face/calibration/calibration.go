// Package calibration lets a venue's technician measure the face engine with the
// cameras and the light of the place (M54): photographs of people who have
// agreed in writing come in as a zip, the vision program measures both kinds of
// error on them, and the photographs are deleted, whatever happened. Only the
// numbers stay. Used by proctor.
//
// It sets no threshold: the configuration does, by a person who has seen the
// numbers.
package calibration

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"huyun.internal/devices/vision"
	"huyun.internal/edge/exam"
	"huyun.internal/edge/face"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/wire"
)

// Engine measures a folder of people; devices/vision.Process does it.
type Engine interface {
	Calibrate(ctx context.Context, dir string) ([]vision.Calibration, error)
}

// Needs are what the service is built from.
type Needs struct {
	Store  *store.Store
	Audit  *audit.Trail
	Engine Engine // nil: none here
	Policy face.Policy
	Dir    string // where photographs lie while they are looked at; removed at New
}

// Service measures, one at a time.
type Service struct {
	Needs
	busy sync.Mutex
}

// New builds the service and removes what an interrupted run left.
func New(n Needs) (*Service, error) {
	return &Service{Needs: n}, os.RemoveAll(n.Dir)
}

const (
	bucket = "face_calibration"
	latest = "latest"
	// patience is for a few hundred photographs on a slow machine.
	patience = 10 * time.Minute
)

// Report is the last measurement; no picture and no name is in it.
type Report struct {
	At      time.Time  `json:"at"`
	By      string     `json:"by"`
	Consent string     `json:"consent" doc:"同意书的存放"`
	Engines []Measured `json:"engines"`
}

// Measured is one engine with what this venue uses now.
type Measured struct {
	vision.Calibration
	InUse map[string]face.Band `json:"in_use" doc:"本考场各环节现用阈值"`
	// Set are the lines of the configuration that would put the threshold of the
	// strictest measurable rate into force; empty when none is.
	Set string `json:"set" doc:"写入 edge.yaml 的设置；无法测定时为空"`
}

var (
	errEngine  = fault.Preconditionf("face.calibrate.engine", "本机没有人脸核验程序，不能校准")
	errBusy    = fault.TooManyf("face.calibrate.busy", "正在进行另一次校准，请等它完成")
	errConsent = fault.Invalidf("face.calibrate.consent", "请确认照片中的人都已书面同意，并写明同意书存放在哪里")
)

// Measure takes a zip with a folder of photographs for each person, measures, and
// deletes the photographs. It fails with face.calibrate.engine, .consent, .exam,
// .busy, those of Unpack and of vision.Calibrate.
func (s *Service) Measure(ctx context.Context, zip []byte, consented bool, where string) (Report, error) {
	where, line := person.OneLine(where)
	switch {
	case s.Engine == nil:
		return Report{}, errEngine
	case !consented || !line:
		return Report{}, errConsent
	}
	if err := s.free(); err != nil {
		return Report{}, err
	}
	if !s.busy.TryLock() {
		return Report{}, errBusy
	}
	defer s.busy.Unlock()
	defer func() { _ = os.RemoveAll(s.Dir) }() // and at the next start, should this fail
	people, photographs, err := unpack(zip, s.Dir)
	if err != nil {
		return Report{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, err := s.Engine.Calibrate(ctx, s.Dir)
	if rerr := os.RemoveAll(s.Dir); rerr != nil {
		return Report{}, fault.Unavailablef("face.calibrate.delete", "照片未能删除，请技术员检查磁盘后重启本机程序").With(rerr)
	}
	detail := fmt.Sprintf("%d 人的 %d 张照片，测定后已删除；同意书：%s", people, photographs, where)
	if err != nil {
		return Report{}, s.note(ctx, nil, detail+"；没有结果："+fault.From(err).Text, err)
	}
	out := Report{By: audit.Who(ctx), Consent: where}
	for _, c := range list {
		out.Engines = append(out.Engines, s.measured(c))
	}
	return out, s.note(ctx, &out, detail, nil)
}

// note keeps the numbers and the line in the audit, which a failed run has too:
// photographs have been here.
func (s *Service) note(ctx context.Context, out *Report, detail string, cause error) error {
	err := s.Store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if out != nil {
			out.At = tx.Now()
			if err := store.Save(tx, bucket, latest, *out); err != nil {
				return err
			}
		}
		return s.Audit.Record(ctx, tx, "face.calibrate", "engine", detail)
	})
	if cause != nil {
		return cause
	}
	return err
}

// free refuses while candidates need the machine.
func (s *Service) free() error {
	return s.Store.View(func(r store.Reader) error {
		all, err := exam.All(r)
		for _, st := range all {
			if st.State == exam.Opened || st.State == exam.Running {
				return fault.Preconditionf("face.calibrate.exam", "场次“%s”%s，请在没有考试时校准", st.Title, st.State.Name())
			}
		}
		return err
	})
}

func (s *Service) measured(c vision.Calibration) Measured {
	m := Measured{Calibration: c, InUse: map[string]face.Band{}}
	for _, stage := range []string{wire.StageEntry, wire.StagePre, wire.StageRandom} {
		b, ok := s.Policy.Engines[c.Model][stage]
		if !ok {
			b, ok = s.Policy.Engines[c.Engine][stage]
		}
		if ok {
			m.InUse[stage] = b
		}
	}
	for _, r := range c.Rates {
		if r.Known {
			m.Set = setting(c.Model, r.Threshold, m.InUse)
		}
	}
	return m
}

// setting names the model exactly: scores of another do not mean the same. What
// fails stays what it is, unless that would be above what passes.
func setting(model string, pass float64, now map[string]face.Band) string {
	// up to three digits, upwards: rounding must not let more through
	up := strconv.FormatFloat(float64(int(pass*1000)+1)/1000, 'f', 3, 64)
	var b strings.Builder
	b.WriteString("face:\n  engines:\n    " + strconv.Quote(model) + ":\n")
	for _, stage := range []string{wire.StageEntry, wire.StagePre, wire.StageRandom} {
		fail := strconv.FormatFloat(min(now[stage].Fail, pass), 'f', 3, 64)
		b.WriteString("      " + stage + ": {pass: " + up + ", fail: " + fail + "}\n")
	}
	return b.String()
}

// Latest is the last measurement; false before the first.
func (s *Service) Latest() (out Report, ok bool, err error) {
	err = s.Store.View(func(r store.Reader) error {
		out, ok, err = store.Load[Report](r, bucket, latest)
		return err
	})
	return out, ok, err
}
