package appointment

import (
	"context"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// PrintSlip is a booking's slip, for the desk.
func (s *Service) PrintSlip(ctx context.Context, id string) (name string, pdf []byte, err error) {
	actor, err := auth.Require(ctx, PermList)
	if err != nil {
		return "", nil, err
	}
	return s.Slip(ctx, s.db, By{Caller: actor.ID, Channel: Window}, id)
}

// Slip is what proves a booking (D13), as a PDF; it says what the booking says now.
// It checks no right but whose it is. Faults: missing, appointment.slip.state,
// appointment.slip.off.
func (s *Service) Slip(ctx context.Context, q db.Q, by By, id string) (name string, pdf []byte, err error) {
	b, err := db.Row[Booking](ctx, q, bookingSQL, id)
	if err != nil {
		return "", nil, err
	}
	if own, err := s.owns(ctx, q, by, &b); err != nil || !own {
		if err == nil {
			err = db.Missing()
		}
		return "", nil, err
	}
	if err := s.genuine(&b); err != nil {
		return "", nil, err
	}
	switch {
	case b.State != Booked && b.State != Arrived: // else it would prove what is no longer so
		return "", nil, fault.Newf(fault.Precondition, "appointment.slip.state", "预约当前为“%s”，没有凭条；要到场办理请重新预约", stateNames[b.State])
	case s.Slips == nil:
		return "", nil, fault.New(fault.Unavailable, "appointment.slip.off", "预约凭条暂时不能打印，请凭预约号到场")
	}
	s.entitle(&b)
	pdf, err = s.Slips(b)
	return "预约确认单" + b.Number + ".pdf", pdf, err
}
