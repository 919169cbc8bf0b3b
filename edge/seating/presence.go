package seating

import (
	"context"
	"fmt"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/alarm"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/protocol/wire"
)

// Being at the seat during the exam (M54): a terminal shows its camera's picture
// every LookEvery. Nobody there is a yellow alarm, for longer than awayAfter a red
// one; several people are red. A picture alone proves little: a proctor who walks
// by is in it too, so each takes two in a row. Who comes back is compared with the
// reference picture at once. Pictures are kept only for alarms.
const (
	LookEvery = 15 * time.Second
	awayAfter = time.Minute // 离席>60s
	// countLimit keeps a busy engine from looking like a lost link to the terminal.
	countLimit = 3 * time.Second
)

// Codes of the alarms.
const (
	AlarmAbsent  = "face.absent"
	AlarmAway    = "face.away"
	AlarmSeveral = "face.several"
)

// seatLook is what the last pictures of an attempt showed. It is in memory: a
// restart begins anew.
type seatLook struct {
	emptySince time.Duration // monotonic; of the first empty picture in a row
	empty      int           // pictures in a row without a face
	crowd      int           // with several
	left       bool          // an alarm said so
	away       bool          // the red one
}

// Watches reports whether anybody can look at pictures of seats.
func (s *Service) Watches() bool { return s.Faces.Counts() }

// Look takes a picture of a seat during the exam. What the engine cannot say is
// nothing; only the candidate's own refusal and a picture out of time are errors:
// seating.checkin.consent, exam.attempt.verify.state, exam.sitting.over.
func (s *Service) Look(ctx context.Context, sitting, candidate, id, seat string, picture []byte) error {
	a, err := s.atSeat(id)
	switch {
	case err != nil:
		return err
	case !a.Filmed():
		return errConsent
	case a.State != attempt.Running:
		return attempt.Checkable(a)
	}
	counting, cancel := context.WithTimeout(ctx, countLimit)
	defer cancel()
	faces, err := s.Faces.Count(counting, picture)
	if err != nil {
		return nil //nolint:nilerr // an engine that is down has an alarm of its own
	}
	now := s.step(id, faces)
	switch {
	case now.returned:
		return s.back(ctx, sitting, candidate, id, seat, picture)
	case now.code == "":
		return nil
	}
	return s.tell(ctx, sitting, candidate, seat, now, picture)
}

// atSeat loads the attempt of which a picture has come. It fails with
// exam.sitting.over once the sitting is signed off.
func (s *Service) atSeat(id string) (a attempt.Attempt, err error) {
	err = s.Store.View(func(r store.Reader) error {
		if a, err = attempt.Get(r, id); err != nil {
			return err
		}
		return exam.Unclosed(r, a.Sitting)
	})
	return a, err
}

// seen is what one more picture means.
type seen struct {
	code     string // of an alarm to raise
	returned bool
}

// step counts one more picture of an attempt.
func (s *Service) step(id string, faces int) seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.looks[id]
	now := s.Clock.Mono()
	var out seen
	switch {
	case faces == 0:
		if l.empty++; l.empty == 1 {
			l.emptySince = now
		}
		l.crowd = 0
		switch {
		case !l.away && now-l.emptySince > awayAfter:
			l.left, l.away, out.code = true, true, AlarmAway
		case !l.left && l.empty >= 2:
			l.left, out.code = true, AlarmAbsent
		}
	case faces > 1:
		if l.crowd++; l.crowd == 2 {
			out.code = AlarmSeveral
		}
		l.empty = 0
	default:
		out.returned = l.left
		l = seatLook{}
	}
	s.looks[id] = l
	return out
}

func absentKey(sitting, candidate string) string { return "presence/" + sitting + "/" + candidate }

// tell raises the alarm with its picture. The red one stays until a proctor has
// seen it; the yellow one is taken back when the candidate is.
func (s *Service) tell(ctx context.Context, sitting, candidate, seat string, now seen, picture []byte) error {
	digest, err := s.Evidence.Put(picture)
	if err != nil {
		return err
	}
	a := wire.Alarm{Sitting: sitting, Candidate: candidate, Seat: seat, Level: wire.AlarmRed, Code: now.code, Snapshot: digest}
	err = s.Store.Update(ctx, func(tx *store.Tx) error {
		if err := exam.Unclosed(tx, sitting); err != nil {
			return err
		}
		switch now.code {
		case AlarmAbsent:
			a.Level, a.Text = wire.AlarmYellow, "座位 "+seat+" 的镜头前没有人，请到座位查看"
			return alarm.Begin(tx, absentKey(sitting, candidate), a)
		case AlarmAway:
			a.Text = fmt.Sprintf("座位 %s 的考生离席已超过 %d 秒，请核实去向；回座后将自动核验本人", seat, int(awayAfter.Seconds()))
		case AlarmSeveral:
			a.Text = "座位 " + seat + " 的镜头前有多人，请到座位查看是否有人协助作答"
		}
		return alarm.Raise(tx, now.code+"/"+sitting+"/"+candidate, a)
	})
	s.Bell.Ring(bell.Board)
	return err
}

// back takes the yellow alarm back and looks whether it is the candidate who sits
// there now.
func (s *Service) back(ctx context.Context, sitting, candidate, id, seat string, picture []byte) error {
	err := s.Store.Update(ctx, func(tx *store.Tx) error {
		return alarm.End(tx, absentKey(sitting, candidate), "座位上已有人，正在核验本人")
	})
	if err != nil {
		return err
	}
	_, err = s.FaceAtSeat(ctx, sitting, candidate, id, seat, wire.StageRandom, picture)
	return err
}
