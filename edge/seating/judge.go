package seating

import (
	"context"
	"strings"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// Judgement is a proctor's word about a check at a terminal, with both pictures
// or the candidate before them.
type Judgement struct {
	// About is the verification decided about; empty when there was no picture,
	// which is then the check before the start.
	About  string
	Pass   bool
	Reason string // what was looked at; required
	// Second is the other person where the machine has failed three times.
	SecondUser, SecondPassword string
}

var errVerification = fault.NotFoundf("seating.verification.missing", "没有这条核验记录，请刷新页面")

// DecideAtSeat settles a check at a terminal. Before the start the candidate may
// begin, or waits; during the exam nothing stops by itself: somebody else at the
// seat is a red alarm, and what follows is a proctor's act of its own. It fails
// with seating.checkin.reason, seating.verification.missing and the second
// person's faults.
func (s *Service) DecideAtSeat(ctx context.Context, sitting, candidate, id string, j Judgement) error {
	j.Reason = strings.TrimSpace(j.Reason)
	if j.Reason == "" {
		return fault.Invalidf("seating.checkin.reason", "请填写核验依据，例如“身份证与本人一致”")
	}
	v, err := s.verification(sitting, candidate, j.About)
	if err != nil {
		return err
	}
	by := audit.Who(ctx)
	if v.Deciders >= 2 && j.Pass {
		if err := s.Staff.Second(ctx, by, j.SecondUser, j.SecondPassword); err != nil {
			return err
		}
		j.Reason += "（复核：" + j.SecondUser + "）"
	}
	record := func(tx *store.Tx) error {
		e := Entry{Sitting: sitting, Candidate: candidate}
		if _, err := s.recordManual(tx, e, j.About, v.Stage, j.Pass, by, j.Reason); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "seating.verification.decide", candidate, v.Stage+" "+j.Reason)
	}
	if v.Stage == wire.StageRandom {
		err = s.Store.Update(ctx, func(tx *store.Tx) error {
			if err := record(tx); err != nil || j.Pass {
				return err
			}
			return alarm.Raise(tx, "judged/"+j.About, wire.Alarm{
				Sitting: sitting, Candidate: candidate, Level: wire.AlarmRed, Code: "seating.verification.other",
				Text: "监考员判定座位上不是考生本人，请按违纪处理：" + j.Reason, Snapshot: v.Snapshot,
			})
		})
	} else {
		err = s.Attempts.Judge(ctx, id, j.Pass, record)
	}
	s.Bell.Ring(bell.Board, id)
	return err
}

// verification finds what is decided about; without an id, a check before the
// start of which there is no picture.
func (s *Service) verification(sitting, candidate, id string) (Verification, error) {
	v := Verification{Verification: wire.Verification{Stage: wire.StagePre}}
	if id == "" {
		return v, nil
	}
	err := s.Store.View(func(r store.Reader) (err error) {
		var ok bool
		v, ok, err = store.Load[Verification](r, verifyBucket, sitting+"/"+candidate+"/"+id)
		if err == nil && (!ok || v.Stage == wire.StageEntry) {
			err = errVerification
		}
		return err
	})
	return v, err
}
