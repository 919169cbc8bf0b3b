package appointment

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// DueEvery is how often bookings are looked through for people who did not come.
const DueEvery = 10 * time.Minute

// expiries is how many bookings one transaction marks.
const expiries = 200

// Call is a booking as a clerk enters it for somebody on the telephone.
type Call struct {
	ID     string `json:"event_id" minLength:"8" maxLength:"64" pattern:"^[0-9A-Za-z._-]+$" patternDescription:"字母、数字、点、横线或下划线" doc:"本次操作的唯一编号"`
	Matter string `json:"matter" maxLength:"12"`
	Name   string `json:"name" minLength:"1" maxLength:"50"`
	IDNo   string `json:"id_no" minLength:"15" maxLength:"18" text:"id"`
	Mobile string `json:"mobile" minLength:"1" maxLength:"20"`
	Day    string `json:"day" maxLength:"10"`
	Period string `json:"period" maxLength:"11"`
	Place  string `json:"place" maxLength:"40"`
}

// Take books for somebody on the telephone. Faults: those of Book.
func (s *Service) Take(ctx context.Context, in Call) (out Booking, err error) {
	actor, err := auth.Require(ctx, PermBook)
	if err != nil {
		return out, err
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		out, err = s.Book(ctx, tx, By{Caller: actor.ID, Channel: Window}, Request{
			Call: in.ID, Matter: in.Matter, Name: in.Name, IDNo: in.IDNo, Mobile: in.Mobile, Day: in.Day, Period: in.Period, Place: in.Place,
		})
		return err
	})
}

// Order is what a clerk does to a booking that they looked at.
type Order struct {
	Version int    `json:"version" minimum:"1"`
	Reason  string `json:"reason,omitempty" maxLength:"100"`
}

// CallOff cancels a booking for somebody on the telephone. Faults: those of Cancel,
// appointment.booking.reason, .stale.
func (s *Service) CallOff(ctx context.Context, id string, o Order) (out Booking, err error) {
	actor, err := auth.Require(ctx, PermBook)
	if err != nil {
		return out, err
	}
	if err := worded(o.Reason); err != nil {
		return out, err
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := s.fresh(ctx, tx, id, o.Version); err != nil {
			return err
		}
		out, err = s.Cancel(ctx, tx, By{Caller: actor.ID, Channel: Window}, id, o.Reason)
		return err
	})
}

func worded(reason string) error {
	if len([]rune(strings.TrimSpace(reason))) < 2 {
		return fault.New(fault.Invalid, "appointment.booking.reason", "请写明原因（至少 2 个字）")
	}
	return nil
}

// fresh locks a booking, slot first, and refuses a page that is no longer true.
func (s *Service) fresh(ctx context.Context, tx pgx.Tx, id string, version int) (Booking, error) {
	b, err := s.theirs(ctx, tx, By{Channel: Window}, id)
	if err == nil && b.Version != version {
		err = fault.New(fault.Conflict, "appointment.booking.stale", "这个预约已有变化，请刷新后重新操作")
	}
	return b, err
}

// Arrive marks that somebody came; a no-show that was marked wrongly within a week
// is put right with a reason. Faults: missing, appointment.booking.stale, .state,
// .early, .late, .reason.
func (s *Service) Arrive(ctx context.Context, id string, o Order) (Booking, error) {
	return s.mark(ctx, id, o, Arrived, NoShow)
}

// Missed marks that somebody did not come, when the period is over. Faults: as
// Arrive.
func (s *Service) Missed(ctx context.Context, id string, o Order) (Booking, error) {
	return s.mark(ctx, id, o, NoShow, Arrived)
}

func (s *Service) mark(ctx context.Context, id string, o Order, to, wrong State) (out Booking, err error) {
	actor, err := auth.Require(ctx, PermMark)
	if err != nil {
		return out, err
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		b, err := s.fresh(ctx, tx, id, o.Version)
		if err != nil {
			return err
		}
		if err := s.markable(&b, o, to, wrong); err != nil {
			return err
		}
		b.State, b.Reason = to, strings.TrimSpace(o.Reason)
		if err := s.save(ctx, tx, &b, actor.ID); err != nil {
			return err
		}
		out = b
		return s.audit.Record(ctx, tx, PermMark, b.ID, map[string]any{"number": b.Number, "state": string(to), "reason": b.Reason})
	})
}

func (s *Service) markable(b *Booking, o Order, to, wrong State) error {
	now := s.now()
	switch {
	case b.State == wrong:
		if b.Day.Add(correctable).Before(s.today()) {
			return fault.Newf(fault.Precondition, "appointment.booking.late", "已过 %d 天，到场记录不能再更正", correctable)
		}
		return worded(o.Reason)
	case b.State != Booked:
		return fault.Newf(fault.Conflict, "appointment.booking.state", "预约当前为“%s”，不能标记", stateNames[b.State])
	case to == Arrived && s.today().Before(b.Day):
		return fault.Newf(fault.Precondition, "appointment.booking.early", "预约在 %s，还不能标记到场", b.Day)
	case to == NoShow && now.Before(at(b.Day, b.Ends)):
		return fault.New(fault.Precondition, "appointment.booking.early", "时段还没有结束，不能标记未到")
	}
	return nil
}

// Expire marks as not come who was marked neither way by the end of their day, some
// at a time; it answers how many. One that was edited behind the program's back
// stays as it is, is told, and keeps no other.
func (s *Service) Expire(ctx context.Context) (int, error) {
	n, edited := 0, error(nil)
	err := s.db.InTx(auth.System(ctx, "worker"), func(tx pgx.Tx) error {
		n, edited = 0, nil
		list, err := db.All[Booking](ctx, tx, overdueSQL, s.today(), expiries)
		if err != nil {
			return err
		}
		for i := range list {
			b := &list[i]
			if err := s.genuine(b); err != nil {
				edited = errors.Join(edited, err)
				continue
			}
			b.State, b.Reason = NoShow, "当日未登记到场"
			if err := s.save(ctx, tx, b, "system:worker"); err != nil {
				return err
			}
			n++
		}
		if n == 0 {
			return nil
		}
		return s.audit.Record(auth.System(ctx, "worker"), tx, "appointment.booking.expire", "", map[string]any{"count": n, "day": s.today().Add(-1).String()})
	})
	return n, errors.Join(err, edited)
}

// Reveal is the mobile number of somebody who has to be called; who saw it and why
// is recorded. Faults: missing, appointment.booking.reason.
func (s *Service) Reveal(ctx context.Context, id, why string) (out string, err error) {
	if _, err := auth.Require(ctx, PermReveal); err != nil {
		return "", err
	}
	if err := worded(why); err != nil {
		return "", err
	}
	return out, s.db.InTx(ctx, func(tx pgx.Tx) error {
		sealed, err := db.Value[[]byte](ctx, tx, mobileSQL, id)
		if err != nil {
			return err
		}
		plain, err := s.keys.OpenAt([]string{placeMobile, id}, sealed)
		if err != nil {
			return err
		}
		out = string(plain)
		return s.audit.Record(ctx, tx, PermReveal, id, map[string]any{"reason": why})
	})
}

// Answer is what E28 says: whether somebody may book.
type Answer struct {
	OK            bool
	Reason, Guide string
}

// Check answers E28 for a matter on a day; it checks no right. Who is barred may
// not book; who holds a booking for the matter is told its number.
func (s *Service) Check(ctx context.Context, q db.Q, blind []byte, matter string) (Answer, error) {
	st, err := s.Standing(ctx, q, blind)
	if err != nil {
		return Answer{}, err
	}
	if !st.Barred.IsZero() {
		return Answer{Reason: "多次预约后未到场，限约至 " + st.Barred.String(), Guide: "期间可直接到窗口取号办理，或在限约期满后再预约"}, nil
	}
	for _, b := range st.Coming {
		if b.Matter == matter {
			return Answer{OK: true, Reason: "预约 " + b.Number + " 有效：" + b.Day.String() + " " + b.Begins}, nil
		}
	}
	return Answer{OK: true, Reason: "没有限约记录"}, nil
}
