package attempt

import (
	"context"
	"fmt"
	"strings"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Start lets a sitting begin: everybody who is ready starts now, everybody
// else as soon as they are. It fails with exam.sitting.start.state or
// exam.sitting.suspended.
func (s *Service) Start(ctx context.Context, sitting string) error {
	var begun []Attempt
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		begun = begun[:0]
		st, err := exam.Get(tx, sitting)
		if err != nil {
			return err
		}
		if st.Suspended {
			return fault.Preconditionf("exam.sitting.suspended", "中心已暂停本场考试，解除后才能开考")
		}
		if err := st.Do(exam.Start); err != nil {
			return err
		}
		st.StartedAt = tx.Now()
		if err := exam.Put(tx, st); err != nil {
			return err
		}
		list, err := InSitting(tx, sitting)
		if err != nil {
			return err
		}
		for _, a := range list {
			ok, err := begin(tx, &a)
			if err != nil {
				return err
			}
			if ok {
				begun = append(begun, a)
			}
		}
		if err := unverified(tx, "unverified/"+sitting, begun...); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, "exam.sitting.start", sitting, fmt.Sprintf("开考时就绪 %d 人", len(begun)))
	})
	if err == nil {
		s.began(begun...)
	}
	return err
}

// begin starts one attempt if it is ready; the caller's sitting is running.
func begin(tx *store.Tx, a *Attempt) (bool, error) {
	if a.State != Waiting || !a.Consented || a.Blocked {
		return false, nil
	}
	if err := a.Do(Begin); err != nil {
		return false, err
	}
	a.StartedAt = tx.Now()
	if err := Put(tx, *a); err != nil {
		return false, err
	}
	_, err := tx.Append(journal.LaneExam, wire.KindStarted, a.Sitting,
		wire.Started{Sitting: a.Sitting, Attempt: a.ID, Duration: a.Allowed})
	return err == nil, err
}

// unverified tells the proctors, in one alarm, who has begun without a check of
// the face before the start: nobody is stopped for want of a camera, and nobody
// goes unseen either. Who did not agree to be compared was checked at the door.
func unverified(tx *store.Tx, key string, begun ...Attempt) error {
	var seats []string
	for _, a := range begun {
		if !a.Cleared && !a.NoFace {
			seats = append(seats, a.Seat)
		}
	}
	if len(seats) == 0 {
		return nil
	}
	a := wire.Alarm{
		Sitting: begun[0].Sitting, Level: wire.AlarmYellow, Code: "exam.start.unverified",
		Text: fmt.Sprintf("%d 名考生未经开考前人脸核验即开考，请到座位核对本人：%s", len(seats), strings.Join(seats[:min(len(seats), 40)], "、")),
	}
	if len(begun) == 1 {
		a.Candidate, a.Seat = begun[0].Candidate, begun[0].Seat
	}
	return alarm.Raise(tx, key, a)
}

// began starts the clocks of attempts whose beginning is durable.
func (s *Service) began(list ...Attempt) {
	for _, a := range list {
		s.meters.add(a, 0, false)
	}
	s.syncMeters()
	s.bells(ids(list)...)
}

func ids(list []Attempt) []string {
	out := make([]string, len(list))
	for i, a := range list {
		out[i] = a.ID
	}
	return out
}

// open loads an attempt of which something is about to change. It fails with
// exam.attempt.missing, and with exam.sitting.over once its sitting is signed off.
func open(r store.Reader, id string) (Attempt, error) {
	a, err := Get(r, id)
	if err == nil {
		err = exam.Unclosed(r, a.Sitting)
	}
	return a, err
}

// change alters one attempt in a transaction and lets those who watch know. It
// fails with exam.sitting.over after the close-out.
func (s *Service) change(ctx context.Context, id string, do func(tx *store.Tx, a *Attempt) error) (Attempt, error) {
	var out Attempt
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		a, err := open(tx, id)
		if err != nil {
			return err
		}
		if err := do(tx, &a); err != nil {
			return err
		}
		out = a
		return Put(tx, a)
	})
	if err == nil {
		s.meters.update(out)
		s.syncMeters()
		s.bells(id)
	}
	return out, err
}

// Judge is a proctor's word about the check before the start, with record in
// the same transaction: the candidate may begin, or waits. Once they have begun
// it stops nothing.
func (s *Service) Judge(ctx context.Context, id string, pass bool, record func(tx *store.Tx) error) error {
	var started bool
	a, err := s.change(ctx, id, func(tx *store.Tx, a *Attempt) error {
		if err := record(tx); err != nil {
			return err
		}
		a.Cleared, a.Blocked = pass, !pass && a.State == Waiting
		if !pass {
			return nil
		}
		return s.beginIfRunning(tx, a, &started)
	})
	if err == nil && started {
		s.began(a)
	}
	return err
}

// beginIfRunning begins an attempt that became ready after the start.
func (s *Service) beginIfRunning(tx *store.Tx, a *Attempt, started *bool) error {
	st, err := exam.Get(tx, a.Sitting)
	if err != nil || st.State != exam.Running {
		return err
	}
	*started, err = begin(tx, a)
	if err == nil && *started {
		err = unverified(tx, "unverified/"+a.ID, *a)
	}
	return err
}

// SetPaused stops or starts the clocks of one attempt, or with an empty attempt
// of everybody in the sitting. A pause needs a reason. Somebody who was paused
// alone stays paused when everybody is resumed.
func (s *Service) SetPaused(ctx context.Context, sitting, attempt, reason string, paused bool) error {
	reason = strings.TrimSpace(reason)
	if paused && reason == "" {
		return errReason
	}
	action := "exam.attempt.resume"
	if paused {
		action = "exam.attempt.pause"
	}
	note := func(tx *store.Tx, a string) error {
		body := wire.Paused{Sitting: sitting, Attempt: a, By: audit.Who(ctx), Reason: reason}
		kind := wire.KindResumed
		if paused {
			kind = wire.KindPaused
		}
		if _, err := tx.Append(journal.LaneExam, kind, sitting, body); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, action, first(a, sitting), reason)
	}
	if attempt == "" {
		return s.pauseAll(ctx, sitting, paused, note)
	}
	_, err := s.change(ctx, attempt, func(tx *store.Tx, a *Attempt) error {
		if a.Sitting != sitting {
			return errElsewhere
		}
		verb := Resume
		if paused {
			verb = Pause
		}
		if err := a.Do(verb); err != nil || a.Paused == paused {
			return err
		}
		if err := s.keepElapsed(tx, a.ID); err != nil {
			return err
		}
		a.Paused, a.PauseBy, a.Reason = paused, "", "" // what a resumption says, the journal keeps
		if paused {
			a.PauseBy, a.Reason = audit.Who(ctx), reason
		}
		return note(tx, a.ID)
	})
	return err
}

func (s *Service) pauseAll(ctx context.Context, sitting string, paused bool, note func(*store.Tx, string) error) error {
	err := s.store.Update(ctx, func(tx *store.Tx) error {
		st, err := exam.Get(tx, sitting)
		if err != nil {
			return err
		}
		if st.State != exam.Running {
			return fault.Preconditionf("exam.sitting.pause.state", "场次当前为“%s”，不能暂停或恢复", st.State.Name())
		}
		if st.Paused == paused {
			return nil
		}
		st.Paused = paused
		if err := exam.Put(tx, st); err != nil {
			return err
		}
		return note(tx, "")
	})
	if err == nil {
		s.syncMeters()
		s.Bell.RingAll()
	}
	return err
}

var (
	errReason    = fault.Invalidf("exam.attempt.reason", "请填写原因")
	errElsewhere = fault.NotFoundf("exam.attempt.missing", "没有这份答卷，请刷新页面")
)

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
