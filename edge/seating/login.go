package seating

import (
	"context"
	"crypto/subtle"
	"strings"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Login is who a candidate says they are.
type Login struct {
	Admission string
	IDNumber  string // the whole number, or at least its last four places
	Browser   Browser
}

// Seated is a successful login.
type Seated struct {
	Session   attempt.Session
	Key       []byte
	Candidate exam.Candidate
	Sitting   exam.Sitting
}

var errLogin = fault.Unauthenticatedf("seating.login.wrong", "准考证号或身份证号不正确，请核对后重试")

// minTail is how many places of the ID number are enough beside an admission
// number.
const minTail = 4

// Login binds a candidate's attempt to a terminal's seat. The first login makes
// the paper; a later one at the same seat, or at the seat a proctor moved the
// candidate to, goes on where it stood. While the attempt is held at another
// seat the login is refused and the proctor is told. It fails with
// seating.login.wrong|seb|door|seat|held|taken|early|done and seating.try.later.
func (s *Service) Login(ctx context.Context, t Terminal, in Login) (Seated, error) {
	if err := s.mayTry("login/" + t.ID); err != nil {
		return Seated{}, err
	}
	st, c, err := s.Exam.FindAdmission(strings.TrimSpace(in.Admission))
	if err != nil || !matchesID(c.IDNumber, in.IDNumber) {
		s.failed("login/" + t.ID)
		return Seated{}, errLogin
	}
	s.succeeded("login/" + t.ID)
	if !st.Readable() {
		return Seated{}, fault.Preconditionf("seating.login.early", "考题尚未放行，请在座位上等候监考员通知")
	}
	issued, err := s.Exam.Issue(st.Sitting, c.ID)
	if err != nil {
		return Seated{}, err
	}
	out := Seated{Candidate: c, Sitting: st}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := s.mayDoWithout(tx, st, t.Seat, in.Browser); err != nil {
			return err
		}
		a, err := s.attemptFor(tx, st, c, t, issued)
		if err != nil {
			return err
		}
		out.Session, out.Key, err = s.Attempts.Seat(tx, &a, t.Seat, t.ID)
		if err != nil {
			return err
		}
		if err := attempt.Put(tx, a); err != nil {
			return err
		}
		tx.Put(holderBucket, st.Sitting+"/"+t.Seat, []byte(a.ID))
		told := wire.Login{Sitting: st.Sitting, Candidate: c.ID, Attempt: a.ID, Seat: t.Seat, Terminal: t.ID, Fence: a.Fence}
		if a.Fence == 1 {
			told.Reason = a.ByHand
		}
		_, err = tx.Append(journal.LaneExam, wire.KindLogin, st.Sitting, told)
		return err
	})
	if fault.Is(err, "seating.login.held") {
		s.tellHeld(ctx, st, c, t)
	}
	if err != nil {
		return Seated{}, err
	}
	s.Bell.Ring(bell.Board, out.Session.Attempt)
	return out, nil
}

// attemptFor finds or makes the attempt and checks that this seat may have it.
func (s *Service) attemptFor(tx *store.Tx, st exam.Sitting, c exam.Candidate, t Terminal, issued exam.Issued) (attempt.Attempt, error) {
	e, err := EntryOf(tx, st.Sitting, c.ID)
	if err != nil {
		return attempt.Attempt{}, err
	}
	if e.Standing != Admitted {
		return attempt.Attempt{}, fault.Preconditionf("seating.login.door", "您尚未通过入场核验，请先到入口处办理")
	}
	a, ok, err := attempt.Of(tx, st.Sitting, c.ID)
	if err != nil {
		return a, err
	}
	seat := e.Seat
	switch {
	case ok && a.State == attempt.Handed:
		return a, fault.Preconditionf("seating.login.done", "您已经交卷，请离场")
	case ok && a.Terminal != "" && a.Seat != t.Seat:
		return a, fault.Conflictf("seating.login.held", "您已在座位 %s 登录，如需换机请举手联系监考员", a.Seat)
	case ok:
		seat = a.Seat
	}
	if seat != "" && seat != t.Seat {
		return a, fault.Preconditionf("seating.login.seat", "您的座位是 %s，本机是 %s，请到指定座位登录", seat, t.Seat)
	}
	if err := s.free(tx, st.Sitting, t.Seat, a.ID); err != nil {
		return a, err
	}
	if ok {
		return a, nil
	}
	return s.newAttempt(tx, st, c, e, t, issued)
}

func (s *Service) newAttempt(tx *store.Tx, st exam.Sitting, c exam.Candidate, e Entry, t Terminal, issued exam.Issued) (attempt.Attempt, error) {
	now, err := exam.Get(tx, st.Sitting)
	if err != nil {
		return attempt.Attempt{}, err
	}
	if !now.Readable() {
		return attempt.Attempt{}, fault.Preconditionf("seating.login.closed", "本场考试已结束，请联系监考员")
	}
	a := attempt.Attempt{
		ID: exam.NewID(), Sitting: st.Sitting, Candidate: c.ID, State: attempt.Waiting, Seat: t.Seat,
		Minutes: issued.Minutes, Allowed: time.Duration(issued.Minutes) * time.Minute,
		Early: time.Duration(issued.Early) * time.Minute, ShowScore: issued.ShowScore,
		Paper: issued.Digest, Questions: len(issued.Slots), CreatedAt: tx.Now(), NoFace: e.Declined || !c.Consent && !e.Consent,
	}
	if !a.NoFace { // who did not agree was checked by their papers anyway
		a.ByHand = s.enoughAtDoor(now, e, t)
		a.Cleared = a.ByHand != ""
	}
	if err := attempt.Create(tx, a, attempt.Sheet{Slots: slots(issued)}); err != nil {
		return a, err
	}
	_, err = tx.Append(journal.LaneExam, wire.KindPaperIssued, st.Sitting, wire.PaperIssued{
		Sitting: st.Sitting, Candidate: c.ID, Attempt: a.ID, Digest: issued.Digest,
		Questions: len(issued.Slots), Relaxed: issued.Relaxed,
	})
	return a, err
}

func slots(issued exam.Issued) []attempt.Slot {
	out := make([]attempt.Slot, len(issued.Slots))
	for i, sl := range issued.Slots {
		out[i] = attempt.Slot{No: sl.No, Multi: sl.Multi, Keys: sl.Keys}
	}
	return out
}

// free fails with seating.login.taken when somebody else is still at a seat.
func (s *Service) free(r store.Reader, sitting, seat, own string) error {
	id := r.Get(holderBucket, sitting+"/"+seat)
	if id == nil || string(id) == own {
		return nil
	}
	other, err := attempt.Get(r, string(id))
	if err != nil {
		return err
	}
	if other.State == attempt.Handed || other.Seat != seat {
		return nil
	}
	return fault.Conflictf("seating.login.taken", "座位 %s 已有其他考生，请监考员安排", seat)
}

// AlarmHeld is the alarm about a seat where somebody uses the number of a
// candidate who sits at another.
const AlarmHeld = "seating.login.held"

// tellHeld raises the alarm of one candidate at two seats.
func (s *Service) tellHeld(ctx context.Context, st exam.Sitting, c exam.Candidate, t Terminal) {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		return alarm.Raise(tx, "held/"+st.Sitting+"/"+c.ID+"/"+t.Seat, wire.Alarm{
			Sitting: st.Sitting, Candidate: c.ID, Seat: t.Seat, Level: wire.AlarmYellow, Code: AlarmHeld,
			Text: "座位 " + t.Seat + " 有人用已在别处登录的准考证号登录，已拒绝；请到座位核对本人",
		})
	})
	if err != nil {
		s.Log.ErrorContext(ctx, "alarm not raised", "error", err)
	}
	s.Bell.Ring(bell.Board)
}

// Move takes a candidate to another seat: the old seat may no longer write, and
// the candidate logs in at the new one. from is the seat where the proctor saw
// them; empty takes any. It fails with seating.move.moved when somebody has moved
// them meanwhile, seating.seat.unknown, seating.login.taken, seating.move.same,
// seating.move.reason and exam.attempt.move.state.
func (s *Service) Move(ctx context.Context, sitting, id, from, to, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return fault.Invalidf("seating.move.reason", "请填写换机原因")
	}
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		a, err := attempt.Get(tx, id)
		if err != nil {
			return err
		}
		st, err := exam.Get(tx, sitting)
		if err != nil {
			return err
		}
		if err := exam.Unclosed(tx, sitting); err != nil {
			return err
		}
		if a.Sitting != sitting {
			return fault.NotFoundf("exam.attempt.missing", "没有这份答卷，请刷新页面")
		}
		if !st.Has(to) {
			return errSeat
		}
		if from != "" && from != a.Seat {
			return s.overtaken(tx, "seating.move.moved", a.MovedBy, a.MovedAt, "把该考生换到座位 "+a.Seat)
		}
		if to == a.Seat {
			return fault.Invalidf("seating.move.same", "考生已在该座位，请选择其他座位")
		}
		if err := s.free(tx, sitting, to, a.ID); err != nil {
			return err
		}
		left := a.Seat
		a.MovedBy, a.MovedAt = audit.Who(ctx), tx.Now()
		if err := s.Attempts.Unseat(tx, &a, to); err != nil {
			return err
		}
		if err := attempt.Put(tx, a); err != nil {
			return err
		}
		tx.Delete(holderBucket, sitting+"/"+left)
		tx.Put(holderBucket, sitting+"/"+to, []byte(a.ID))
		_, err = tx.Append(journal.LaneExam, wire.KindSeatMoved, sitting, wire.SeatMoved{
			Sitting: sitting, Attempt: id, From: left, To: to, Fence: a.Fence, Reason: reason, By: audit.Who(ctx),
		})
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "seating.move", id, left+"→"+to+"："+reason)
	})
	s.Bell.Ring(bell.Board, id)
	return err
}

// matchesID compares what was typed with the number on file, in constant time
// for a given length.
func matchesID(have, typed string) bool {
	typed = strings.ToUpper(strings.TrimSpace(typed))
	if len(typed) < minTail || len(typed) > len(have) {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(have[len(have)-len(typed):]), []byte(typed)) == 1
}
