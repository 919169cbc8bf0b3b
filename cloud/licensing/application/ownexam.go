package application

import (
	"context"
	"fmt"

	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/exam/printout"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
)

// OwnExam is the way to an exam as its applicant sees it: what to pay where and until
// when, that it was paid, and where and when the exam is.
type OwnExam struct {
	State     string            `json:"state" enum:"COMING,TO_PAY,WAITING,ARRANGED,ENDED" doc:"COMING：已受理，还没有准予报名，暂不缴费"`
	Fee       string            `json:"fee" doc:"应缴考试费"`
	By        clock.Date        `json:"by" doc:"应在这一天前安排考试，缴费也在这一天前"`
	Late      bool              `json:"late" doc:"已过这一天，还没有登记缴款或编入场次"`
	Notice    string            `json:"notice_no" doc:"登记的缴款书"`
	PaidOn    clock.Date        `json:"paid_on,omitzero"`
	Places    []enrolment.Place `json:"places"`
	Bring     []string          `json:"bring" doc:"考试当天须知"`
	Cancelled bool              `json:"cancelled" doc:"报名已终止，不是考完"`
}

// deciding are the states of an accepted case that nobody has decided.
func deciding(s licensing.State) bool {
	return s == licensing.Accepted || s == licensing.Reviewing || s == licensing.Approving || s == licensing.Suspended
}

// ownExam is nil for a case about anything else, or that has come to nothing.
func (s *Service) ownExam(ctx context.Context, q db.Q, c *Case, d matter.Definition, form map[string]string) (*OwnExam, error) {
	if c.examines() && deciding(c.State) {
		fen, err := examFee(d.Fee, form["exam"])
		if err != nil {
			return nil, nil //nolint:nilerr,nilnil // a part that is not offered: the decision says so
		}
		return &OwnExam{State: "COMING", Fee: enrolment.Yuan(fen), By: c.AcceptedOn.Add(enrolment.ArrangeDays), Places: []enrolment.Place{}, Bring: []string{}}, nil
	}
	e, err := s.enrolled(ctx, q, c)
	if err != nil || e == nil {
		return nil, err
	}
	out := &OwnExam{
		State: string(e.State), Fee: enrolment.Yuan(e.Fen), By: e.ArrangeBy, Notice: e.NoticeNo, PaidOn: e.PaidOn, Places: e.Places, Bring: []string{}, Cancelled: e.EndedAt != nil,
	}
	out.Late = e.State != enrolment.Arranged && e.State != enrolment.Ended && e.ArrangeBy.Before(s.today())
	if e.State == enrolment.Arranged {
		out.Bring = printout.Rules()
	}
	return out, nil
}

// nextOfExam says what an applicant for an exam has to do next, or when it is; on the
// page of the case also what is waited for, which in a list of todos is none.
func (s *Service) nextOfExam(ctx context.Context, q db.Q, c *Case, out *OwnCase, page bool) error {
	e, err := s.enrolled(ctx, q, c)
	if err != nil || e == nil || c.State.Final() && c.State != licensing.Completed {
		return err
	}
	switch e.State {
	case enrolment.ToPay:
		out.Todo = fmt.Sprintf("在 %s 前按缴款书缴费 %s，并将缴款书交窗口登记", e.ArrangeBy, enrolment.Yuan(e.Fen))
	case enrolment.Waiting:
		if out.Todo = ""; !page {
			return nil
		}
		out.Todo = fmt.Sprintf("已登记缴款，等待安排考试（应在 %s 前安排）", e.ArrangeBy)
	case enrolment.Arranged:
		out.Todo = "按时参加考试：" + e.Texts()
	case enrolment.Ended:
		out.Todo = ""
	}
	return nil
}

// Ticket is an admission ticket of a case, to print. Faults: record.missing,
// exam.enrolment.ticket.seat.
func (s *Service) Ticket(ctx context.Context, id, candidate string) (sitting.Sheet, error) {
	if _, err := auth.Require(ctx, PermCertify); err != nil {
		return sitting.Sheet{}, err
	}
	return s.Enrolments.Ticket(ctx, id, candidate)
}

// OwnTicket is an admission ticket of one's own case. Faults: as OwnShow and Ticket.
func (s *Service) OwnTicket(ctx context.Context, id, candidate string) (sitting.Sheet, error) {
	if _, err := s.ownRead(ctx, id); err != nil {
		return sitting.Sheet{}, err
	}
	return s.Enrolments.Ticket(ctx, id, candidate)
}
