package seating

import (
	"cmp"
	"context"
	"strings"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
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
// with seating.checkin.reason, seating.verification.missing,
// seating.verification.decided when a colleague has said the opposite since the
// check that is decided about, exam.sitting.over and the second person's faults.
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
	if j.Pass && v.Deciders >= 2 {
		if err := s.Staff.Second(ctx, by, j.SecondUser, j.SecondPassword); err != nil {
			return err
		}
		second, err := s.secondName(j.SecondUser)
		if err != nil {
			return err
		}
		j.Reason += second
	}
	// Read again where it is written: another check or verdict may have come.
	record := func(tx *store.Tx) error {
		if err := exam.Unclosed(tx, sitting); err != nil {
			return err
		}
		if err := s.opposed(tx, sitting, candidate, v.Stage, j.About, "seating.verification.decided", j.Pass); err != nil {
			return err
		}
		if now, err := deciders(tx, sitting, candidate, v.Stage); err != nil || now > v.Deciders && j.Pass {
			return cmp.Or(err, error(errStale))
		}
		e := Entry{Sitting: sitting, Candidate: candidate}
		if _, err := s.recordManual(tx, e, j.About, v.Stage, j.Pass, by, j.Reason); err != nil {
			return err
		}
		if err := settle(tx, e, v.Stage, id, by, j); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "seating.verification.decide", candidate, verdictName(v.Stage, j.Pass)+"："+j.Reason)
	}
	if v.Stage == wire.StageRandom {
		var a attempt.Attempt
		if a, err = s.Attempts.Get(id); err != nil {
			return err
		}
		seat := a.Seat
		err = s.Store.Update(ctx, func(tx *store.Tx) error {
			if err := record(tx); err != nil || j.Pass {
				return err
			}
			return alarm.Raise(tx, judgedKey(sitting, candidate), wire.Alarm{
				Sitting: sitting, Candidate: candidate, Seat: seat, Level: wire.AlarmRed, Code: "seating.verification.other",
				Text: "监考员判定座位 " + seat + " 上不是考生本人，请按违纪处理：" + j.Reason, Snapshot: v.Snapshot,
			})
		})
	} else {
		err = s.Attempts.Judge(ctx, id, j.Pass, record)
	}
	s.Bell.Ring(bell.Board, id)
	return err
}

// settle acknowledges the alarms of the check that a person has now decided about,
// with their word: nobody has to say the same thing twice.
func settle(tx *store.Tx, e Entry, stage, attempt, by string, j Judgement) error {
	keys := []string{faceKey(e.Sitting, e.Candidate, stage)}
	if stage == wire.StagePre {
		keys = append(keys, "unverified/"+attempt)
	}
	if j.Pass {
		keys = append(keys, judgedKey(e.Sitting, e.Candidate))
	}
	for _, key := range keys {
		if err := alarm.Settle(tx, key, by, verdictName(stage, j.Pass)+"："+j.Reason); err != nil {
			return err
		}
	}
	return nil
}

func judgedKey(sitting, candidate string) string { return "judged/" + sitting + "/" + candidate }

var errStale = fault.Conflictf("seating.verification.stale", "这条核验之后又有新的核验，请刷新页面后再判定")

// deciders is how many people have to say that it is the candidate: what the
// worst check of the stage asks for since somebody last did. That somebody has
// said it is not takes nothing back.
func deciders(r store.Reader, sitting, candidate, stage string) (int, error) {
	list, err := Verifications(r, sitting, candidate)
	n := 0
	for _, v := range list {
		switch {
		case v.Stage != stage:
		case v.By != machine && v.Decision == wire.DecisionPass:
			n = 0
		default:
			n = max(n, v.Deciders)
		}
	}
	return n, err
}

// verification finds what is decided about; without an id, a check before the
// start of which there is no picture.
func (s *Service) verification(sitting, candidate, id string) (Verification, error) {
	v := Verification{Verification: wire.Verification{Stage: wire.StagePre}}
	err := s.Store.View(func(r store.Reader) (err error) {
		defer func() {
			if err == nil {
				v.Deciders, err = deciders(r, sitting, candidate, v.Stage)
			}
		}()
		if id == "" {
			return nil
		}
		var ok bool
		v, ok, err = store.Load[Verification](r, VerificationBucket, sitting+"/"+candidate+"/"+id)
		if err == nil && (!ok || v.Stage == wire.StageEntry) {
			err = errVerification
		}
		return err
	})
	return v, err
}
