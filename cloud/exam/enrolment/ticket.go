package enrolment

import (
	"context"
	"slices"

	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Ticket is the admission ticket for a place of an application's enrolment, to print.
// It checks no right. Faults: record.missing, exam.enrolment.ticket.seat,
// exam.enrolment.tampered, page.font.
func (s *Service) Ticket(ctx context.Context, ref, candidate string) (sitting.Sheet, error) {
	e, found, err := s.OfCase(ctx, s.db, ref)
	if err != nil {
		return sitting.Sheet{}, err
	}
	i := slices.IndexFunc(e.Places, func(p Place) bool { return p.Candidate == candidate })
	if !found || i < 0 {
		return sitting.Sheet{}, db.Missing()
	}
	if e.Places[i].Seat == "" {
		return sitting.Sheet{}, fault.Newf(fault.Precondition, "exam.enrolment.ticket.seat", "场次 %s 还没有排座，考试中心排座后才能打印准考证，请稍后再试", e.Places[i].Number)
	}
	return s.sittings.Ticket(ctx, e.Places[i].Sitting, candidate)
}
