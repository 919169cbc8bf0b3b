package seating

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/face"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Face checks a candidate at the door: the picture against the reference. A
// pass admits; anything else waits for a proctor. Without the candidate's
// consent no comparison is made, which is a reason for Decide, not a refusal.
// A person's refusal stands until a person
// changes it. It fails with seating.checkin.consent, .refused, .seated, .state and the
// evidence's faults.
func (s *Service) Face(ctx context.Context, sitting, candidate string, picture []byte, consent bool) (Verification, Entry, error) {
	if !consent {
		return Verification{}, Entry{}, errConsent
	}
	st, err := s.atDoor(sitting, candidate)
	if err != nil {
		return Verification{}, Entry{}, err
	}
	// Before a picture is kept, and again where it is written.
	err = s.Store.View(func(r store.Reader) error { return s.notSeated(r, sitting, candidate) })
	if err != nil {
		return Verification{}, Entry{}, err
	}
	opinion, digest, err := s.compare(ctx, st, candidate, wire.StageEntry, picture)
	if err != nil {
		return Verification{}, Entry{}, err
	}
	var v Verification
	var e Entry
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.notSeated(tx, sitting, candidate); err != nil {
			return err
		}
		e, err = EntryOf(tx, sitting, candidate)
		if err != nil {
			return err
		}
		if e.Standing == Refused {
			return fault.Preconditionf("seating.checkin.refused", "监考员已决定不准该考生入场；如需改变，请核对证件后由监考员重新决定")
		}
		var o face.Outcome
		o, v, err = s.record(tx, st, candidate, wire.StageEntry, opinion, digest)
		if err != nil {
			return err
		}
		e.Consent, e.Declined, e.Last, e.Deciders = true, false, v.ID, o.Deciders
		if e.Standing == Admitted {
			return store.Save(tx, entryBucket, sitting+"/"+candidate, e)
		}
		if v.Decision == wire.DecisionPass {
			return s.admit(ctx, tx, st, &e, true, machine, "")
		}
		e.Standing = Pending
		return store.Save(tx, entryBucket, sitting+"/"+candidate, e)
	})
	s.Bell.Ring(bell.Board)
	return v, e, err
}

var errConsent = fault.Preconditionf("seating.checkin.consent", "考生未同意人脸核验，请改用人工核验证件")

// Decision is a proctor's word at the door, with both pictures or the papers in
// hand.
type Decision struct {
	Admit  bool
	Reason string // what was looked at; required
	Seen   string // the last check or verdict that was on the page; empty: none
	// Declined says that the candidate does not agree to face checks, here or
	// later: none is taken of them, whatever they agreed to when they applied.
	Declined bool
	// Second is the other person where the machine has failed three times.
	SecondUser, SecondPassword string
}

// Decide admits a candidate or keeps them out. It fails with
// seating.checkin.reason, seating.checkin.second, seating.checkin.state,
// seating.verification.stale when a check has come meanwhile, and
// seating.checkin.decided when a colleague has said the opposite meanwhile.
func (s *Service) Decide(ctx context.Context, sitting, candidate string, d Decision) (Entry, error) {
	d.Reason = strings.TrimSpace(d.Reason)
	if d.Reason == "" {
		return Entry{}, fault.Invalidf("seating.checkin.reason", "请填写核验依据，例如“身份证与本人一致”")
	}
	st, err := s.atDoor(sitting, candidate)
	if err != nil {
		return Entry{}, err
	}
	by := audit.Who(ctx)
	var before Entry
	err = s.Store.View(func(r store.Reader) (err error) {
		before, err = EntryOf(r, sitting, candidate)
		return err
	})
	if err != nil {
		return Entry{}, err
	}
	if before.Deciders >= 2 && d.Admit {
		if err := s.Staff.Second(ctx, by, d.SecondUser, d.SecondPassword); err != nil {
			return Entry{}, err
		}
		second, err := s.secondName(d.SecondUser)
		if err != nil {
			return Entry{}, err
		}
		d.Reason += second
	}
	var e Entry
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		e, err = EntryOf(tx, sitting, candidate)
		if err != nil {
			return err
		}
		if d.Admit && e.Deciders > before.Deciders {
			return errStale // a check has come meanwhile that asks for another person
		}
		if !d.Admit && e.Standing == Admitted {
			if err := s.notSeated(tx, sitting, candidate); err != nil {
				return err
			}
		}
		if err := s.opposed(tx, sitting, candidate, wire.StageEntry, d.Seen, "seating.checkin.decided", d.Admit); err != nil {
			return err
		}
		v, err := s.recordManual(tx, e, e.Last, wire.StageEntry, d.Admit, by, d.Reason)
		if err != nil {
			return err
		}
		if err := settle(tx, e, wire.StageEntry, "", by, Judgement{Pass: d.Admit, Reason: d.Reason}); err != nil {
			return err
		}
		e.Last = v.ID
		if e.Declined = d.Declined; e.Declined {
			e.Consent = false
		}
		if err := s.admit(ctx, tx, st, &e, d.Admit, by, d.Reason); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "seating.checkin.decide", candidate, e.Standing.Name()+"："+d.Reason)
	})
	s.Bell.Ring(bell.Board)
	return e, err
}

// admit settles an entry and tells the centre.
func (s *Service) admit(_ context.Context, tx *store.Tx, st exam.Sitting, e *Entry, in bool, by, reason string) error {
	e.Standing, e.By, e.At, e.Reason = Refused, by, tx.Now(), reason
	if in {
		e.Standing = Admitted
	}
	if c, err := s.Exam.CandidateIn(tx, st.Sitting, e.Candidate); err == nil && e.Seat == "" {
		e.Seat = c.Seat
	}
	if err := store.Save(tx, entryBucket, e.Sitting+"/"+e.Candidate, *e); err != nil {
		return err
	}
	_, err := tx.Append(journal.LaneExam, wire.KindCheckin, e.Sitting, wire.Checkin{
		Sitting: e.Sitting, Candidate: e.Candidate, Admitted: in, Verification: e.Last, Seat: e.Seat, By: by,
	})
	return err
}

// AssignSeat gives a candidate another seat before they log in. A seat where
// somebody writes is refused; one where somebody else is booked needs the
// proctor's word that it is meant. It fails with seating.seat.unknown,
// seating.checkin.seated, seating.login.taken and seating.assign.booked.
func (s *Service) AssignSeat(ctx context.Context, sitting, candidate, seat string, meant bool) error {
	st, err := s.atDoor(sitting, candidate)
	if err != nil {
		return err
	}
	if !st.Has(seat) {
		return errSeat
	}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.notSeated(tx, sitting, candidate); err != nil {
			return err
		}
		if err := s.free(tx, sitting, seat, ""); err != nil {
			return err
		}
		if !meant {
			if err := s.unbooked(tx, sitting, candidate, seat); err != nil {
				return err
			}
		}
		e, err := EntryOf(tx, sitting, candidate)
		if err != nil {
			return err
		}
		e.Seat = seat
		if err := store.Save(tx, entryBucket, sitting+"/"+candidate, e); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "seating.seat.assign", candidate, seat)
	})
	s.Bell.Ring(bell.Board)
	return err
}

// unbooked fails with seating.assign.booked while another candidate, who may
// still come or is on the way, has a seat.
func (s *Service) unbooked(r store.Reader, sitting, candidate, seat string) error {
	roll, err := s.Exam.CandidatesIn(r, sitting)
	if err != nil {
		return err
	}
	entries, err := Entries(r, sitting)
	if err != nil {
		return err
	}
	for _, c := range roll {
		e := entries[c.ID]
		if c.ID == candidate || cmp.Or(e.Seat, c.Seat) != seat || e.Standing == Refused {
			continue
		}
		if _, sat, err := attempt.Of(r, sitting, c.ID); err != nil || sat {
			if err != nil {
				return err
			}
			continue // has logged in, and is elsewhere or has finished
		}
		return fault.Conflictf("seating.assign.booked", "座位 %s 已安排给考生 %s（%s），请改选空位；确需使用请确认，并为该考生另行安排座位",
			seat, c.Name, cmp.Or(e.Standing, Expected).Name())
	}
	return nil
}

// atDoor checks that the sitting takes candidates and knows this one.
func (s *Service) atDoor(sitting, candidate string) (exam.Sitting, error) {
	st, err := s.Exam.Sitting(sitting)
	if err != nil {
		return st, err
	}
	if !slices.Contains([]exam.State{exam.Approved, exam.Opened, exam.Running}, st.State) {
		return st, fault.Preconditionf("seating.checkin.state", "场次当前为“%s”，不能办理入场", st.State.Name())
	}
	_, err = s.Exam.Candidate(sitting, candidate)
	return st, err
}

// FaceAtSeat checks the picture a terminal took, before the start or during
// the exam, and raises what the policy says. It never stops an attempt by
// itself, except that another person before the start waits for a proctor. It
// fails with seating.checkin.consent for somebody who did not agree to it, and
// with exam.attempt.verify.state after the hand-in, and exam.sitting.over after
// the close-out.
func (s *Service) FaceAtSeat(ctx context.Context, sitting, candidate, id, seat, stage string, picture []byte) (Verification, error) {
	st, err := s.Exam.Sitting(sitting)
	if err != nil {
		return Verification{}, err
	}
	a, err := s.atSeat(id)
	if err != nil {
		return Verification{}, err
	}
	if err := attempt.Checkable(a); err != nil {
		return Verification{}, err
	}
	if !a.Filmed() {
		return Verification{}, errConsent
	}
	opinion, digest, err := s.compare(ctx, st, candidate, stage, picture)
	if err != nil {
		return Verification{}, err
	}
	var v Verification
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		var o face.Outcome
		o, v, err = s.record(tx, st, candidate, stage, opinion, digest)
		if err != nil {
			return err
		}
		if err := s.Attempts.Checked(tx, id, stage, v.Decision, v.Retry); err != nil {
			return err
		}
		return s.raise(tx, st, candidate, seat, o, digest)
	})
	s.Bell.Ring(bell.Board, id)
	return v, err
}
