package app

import (
	"context"
	"fmt"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// wireAppointment answers what appointments ask of matters and days.
func (s *System) wireAppointment() {
	s.Appointment = appointment.New(s.DB, s.Keys, s.Audit, s.Blobs, s.Clock)
	s.Appointment.Matters, s.Appointment.Aliases = s.bookable, s.Practitioner.Aliases
	s.Appointment.Groups = func() []appointment.Word {
		var out []appointment.Word
		for _, t := range matter.Trades() {
			out = append(out, appointment.Word(t))
		}
		return out
	}
	s.Appointment.Slips = s.visitSlip
	s.Appointment.Calendar = func(ctx context.Context, q db.Q) (*clock.Calendar, error) { return s.Calendar.Calendar(ctx, q) }
}

// bookable are the matters for which a visit can be booked.
func (s *System) bookable() []appointment.Matter {
	out := []appointment.Matter{}
	for _, d := range s.Matter.All() {
		if d.Takes(licensing.Booked) {
			out = append(out, appointment.Matter{Code: d.Code, ItemCode: d.ItemCode, Name: d.Name, Group: d.Trade})
		}
	}
	return out
}

// visitSlip prints the slip that AP01 promises.
func (s *System) visitSlip(b appointment.Booking) ([]byte, error) {
	return s.Letter.VisitSlip(letter.Facts{
		Applicant: b.Name, IDType: "居民身份证", IDNoMask: b.IDNo, Matter: b.Title, Situation: "预约到窗口办理", ApplyNo: b.Number,
		Applied: clock.DateOf(b.CreatedAt), Visit: fmt.Sprintf("%s　%s-%s　%s", letter.Day(b.Day), b.Begins, b.Ends, b.Place),
	})
}

// booked answers E28 of an application.
func (s *System) booked(ctx context.Context, q db.Q, blind []byte, matter string) (application.Booked, error) {
	a, err := s.Appointment.Check(ctx, q, blind, matter)
	return application.Booked(a), err
}

// missedVisits marks who did not come, however many there are.
func (s *System) missedVisits(ctx context.Context) error {
	for {
		n, err := s.Appointment.Expire(ctx)
		if err != nil || n == 0 {
			return err
		}
		s.Log.InfoContext(ctx, "visits missed", "bookings", n)
	}
}
