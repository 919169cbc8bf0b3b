package application_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// registering is somebody on the way to an exam of one subject, who has applied.
func registering(t *testing.T, code string, ch licensing.Channel) *walk {
	t.Helper()
	h := newHall(t)
	d, err := h.Matters.Current(code)
	require.NoError(t, err)
	w := &walk{hall: h, t: t, d: d, ch: ch, v: variant{categories: []string{"13001"}}, before: map[string]string{}}
	w.prepare()
	return w
}

func (w *walk) cancelled(key string) error {
	ctx := auth.System(w.t.Context(), "test")
	return w.DB.InTx(ctx, func(tx pgx.Tx) error {
		by, _ := auth.From(ctx)
		_, err := w.CompanyDo(ctx, tx, w.id, by, licensing.RemoteCancel, key, "企业撤销申请")
		return err
	})
}

// A registration that is terminated after the decision is none any more, unless
// somebody has a place by it.
func TestATerminatedRegistrationEnds(t *testing.T) {
	t.Parallel()
	w := registering(t, "EX01", licensing.Company)
	w.open()
	p := w.seated(w.do("boss", w.approving(), licensing.Grant, ""))
	require.True(t, fault.Is(w.cancelled("cancel-1"), "exam.enrolment.end.placed"))
	place := p.Enrolment.Places[0]
	require.NoError(t, w.sittings.Remove(w.As("office"), place.Sitting, place.Candidate))
	_, err := w.Service.Do(w.As("clerk2"), p.ID, licensing.CertificateDone, w.order(p.Revision, ""))
	require.True(t, fault.Is(err, "licensing.case.exam.place"), "who was taken out waits again: %v", err)
	require.NoError(t, w.cancelled("cancel-2"))
	p, err = w.Show(w.As("clerk"), w.id)
	require.NoError(t, err)
	require.Equal(t, []any{licensing.Terminated, enrolment.Ended}, []any{p.State, p.Enrolment.State})
	w.open() // and they may ask again
}

// Who never pays can be let go of, with a reason, by who decided; then they may
// register anew. So too when the ticket was handed out and the place was lost.
func TestARegistrationIsEndedByHand(t *testing.T) {
	t.Parallel()
	w := registering(t, "EX01", licensing.Window)
	w.open()
	p := w.do("boss", w.approving(), licensing.Grant, "")
	_, err := w.EndExam(w.As("clerk"), p.ID, w.order(p.Revision, "逾期未缴款"))
	require.Equal(t, fault.Forbidden, fault.From(err).Kind)
	_, err = w.EndExam(w.As("boss"), p.ID, w.order(p.Revision, " "))
	require.True(t, fault.Is(err, "licensing.case.text"))
	_, err = w.EndExam(w.As("boss"), p.ID, w.order(p.Revision-1, "逾期未缴款"))
	require.True(t, fault.Is(err, "licensing.case.stale"))
	p, err = w.EndExam(w.As("boss"), p.ID, w.order(p.Revision, "逾期未缴款"))
	require.NoError(t, err)
	require.Equal(t, []any{licensing.Terminated, enrolment.Ended}, []any{p.State, p.Enrolment.State})
	require.Contains(t, p.Enrolment.Why, "逾期未缴款")
	_, err = w.EndExam(w.As("boss"), p.ID, w.order(p.Revision, "逾期未缴款"))
	require.True(t, fault.Is(err, "licensing.case.exam.none"), "%v", err)

	w.open()
	p = w.seated(w.do("boss", w.approving(), licensing.Grant, ""))
	p = w.do("clerk2", p, licensing.CertificateDone, "")
	_, err = w.Service.Do(w.As("clerk2"), p.ID, licensing.Deliver, w.order(p.Revision, " "))
	require.True(t, fault.Is(err, "licensing.case.deliver.mode"), "an agent applied, nobody knows who came: %v", err)
	p = w.do("clerk2", p, licensing.Deliver, "本人领取")
	_, err = w.EndExam(w.As("boss"), p.ID, w.order(p.Revision, "补考期已过"))
	require.True(t, fault.Is(err, "exam.enrolment.end.placed"), "%v", err)
	place := p.Enrolment.Places[0]
	require.NoError(t, w.sittings.Remove(w.As("office"), place.Sitting, place.Candidate))
	p, err = w.EndExam(w.As("boss"), p.ID, w.order(p.Revision, "补考期已过"))
	require.NoError(t, err)
	require.Equal(t, []any{licensing.Completed, enrolment.Ended}, []any{p.State, p.Enrolment.State})
}

// What the exams say is asked at the submission, and again by the decision.
func TestARegistrationIsJudgedAgainByTheDecision(t *testing.T) {
	t.Parallel()
	w := registering(t, "EX01", licensing.Window)
	w.open()
	p := w.approving()
	w.Passed(w.basic().ID, w.who.Name, "13001")
	_, err := w.Service.Do(w.As("boss"), p.ID, licensing.Grant, w.order(p.Revision, ""))
	require.True(t, fault.Is(err, "exam.enrolment.open.held"), "%v", err)
	p, err = w.Show(w.As("boss"), p.ID)
	require.NoError(t, err)
	require.Equal(t, licensing.Approving, p.State)
	require.Nil(t, p.Enrolment)

	late := registering(t, "EX01", licensing.Window)
	late.Sat(late.basic().ID, late.who.Name, "13001", "理论", late.Clock.Now().AddDate(0, 0, -5), "FAILED")
	p, err = late.Open(late.As("clerk"), application.Draft{
		ID: late.hall.id(), Matter: "EX01", Name: late.who.Name, IDNo: late.number, Mobile: "13900004321", Categories: late.v.categories, Form: late.form(),
	})
	require.NoError(t, err)
	_, err = late.Attach(late.As("clerk"), p.ID, "M20", "", nil)
	require.NoError(t, err)
	_, err = late.Service.Do(late.As("clerk"), p.ID, licensing.Submit, late.order(p.Revision, ""))
	require.True(t, fault.Is(err, "exam.enrolment.open.makeup"), "%v", err)
}

// What an applicant is told on the way to an exam, from the acceptance on; nothing is
// said to anybody else.
func TestAnApplicantIsToldWhatToPayAndWhereToGo(t *testing.T) {
	t.Parallel()
	w := registering(t, "EX01", licensing.Window)
	own := func() application.OwnPage {
		t.Helper()
		p, err := w.OwnShow(w.applicant(w.who.ID), w.id)
		require.NoError(t, err)
		return p
	}
	w.open()
	require.Nil(t, own().Exam, "nobody has looked at it")
	p := w.approving()
	coming := own().Exam
	require.Equal(t, []any{"COMING", "70.00 元", "2026-12-23"}, []any{coming.State, coming.Fee, coming.By.String()})
	p = w.do("boss", p, licensing.Grant, "")
	require.Equal(t, "TO_PAY", own().Exam.State)
	require.Contains(t, own().Todo, "在 2026-12-23 前按缴款书缴费 70.00 元")
	require.False(t, own().Exam.Late)
	p = w.seated(p)
	arranged := own().Exam
	require.Equal(t, []any{"ARRANGED", "JK" + w.number, "2026-11-23"}, []any{arranged.State, arranged.Notice, arranged.PaidOn.String()})
	require.Len(t, arranged.Places, 1)
	require.Contains(t, arranged.Bring[0], "有效身份证件")

	// the ticket: for the window and the applicant, once there is a seat
	place := arranged.Places[0]
	_, err := w.Ticket(w.As("rev"), p.ID, place.Candidate)
	require.Equal(t, fault.Forbidden, fault.From(err).Kind)
	_, err = w.Ticket(w.As("clerk2"), p.ID, place.Candidate)
	require.True(t, fault.Is(err, "exam.enrolment.ticket.seat"), "%v", err)
	_, err = w.DB.Exec(t.Context(), `UPDATE exam_candidate SET seat = '017' WHERE id = $1`, place.Candidate)
	require.NoError(t, err)
	_, err = w.DB.Exec(t.Context(), `UPDATE exam_sitting SET assignment = 1 WHERE id = $1`, place.Sitting)
	require.NoError(t, err)
	require.Equal(t, "017", own().Exam.Places[0].Seat)
	require.Contains(t, own().Todo, "017 号座位")
	for _, ticket := range []func() (sitting.Sheet, error){
		func() (sitting.Sheet, error) { return w.Ticket(w.As("clerk2"), p.ID, place.Candidate) },
		func() (sitting.Sheet, error) { return w.OwnTicket(w.applicant(w.who.ID), p.ID, place.Candidate) },
	} {
		sheet, err := ticket()
		if fault.Is(err, "page.font") { // built without its font
			continue
		}
		require.NoError(t, err)
		require.Equal(t, "准考证-"+place.Number+".pdf", sheet.Name)
		require.True(t, bytes.HasPrefix(sheet.Data, []byte("%PDF-")))
	}
	require.Equal(t, 2, w.Audited(sitting.PermPrint))
	_, err = w.OwnTicket(w.applicant(w.person.ID), p.ID, place.Candidate)
	require.True(t, fault.Is(err, "record.missing"), "somebody else's: %v", err)
	_, err = w.OwnTicket(w.applicant(w.who.ID), p.ID, "of-another-case")
	require.True(t, fault.Is(err, "record.missing"), "%v", err)

	late := registering(t, "EX01", licensing.Window)
	late.open()
	late.do("boss", late.approving(), licensing.Grant, "")
	late.Clock.Advance(31 * 24 * time.Hour)
	q, err := late.OwnShow(late.applicant(late.who.ID), late.id)
	require.NoError(t, err)
	require.True(t, q.Exam.Late)
}

// A ban is among the checks as soon as the registration is handed in, and one that comes
// before the acceptance is seen by whoever opens the case.
func TestABanIsSeenBeforeTheAcceptance(t *testing.T) {
	t.Parallel()
	w := registering(t, "EX01", licensing.Window)
	w.open()
	p, err := w.Show(w.As("clerk"), w.id)
	require.NoError(t, err)
	require.Equal(t, []any{licensing.Received, application.Pass, "考试中心"}, []any{p.State, standing(p, "E29").Result, standing(p, "E29").Source})
	require.Empty(t, p.Notices)
	w.Sat(w.basic().ID, w.who.Name, "02001", "理论", w.Clock.Now().AddDate(0, 0, -100), "FAILED")
	_, err = w.DB.Exec(t.Context(), `INSERT INTO exam_irregularity (id, sitting, candidate, code, note, evidence, who, node, record, at)
		SELECT 'i', sitting, id, 'V06', '', '', '', '', 1, $1 FROM exam_candidate`, w.Clock.Now())
	require.NoError(t, err)
	p, err = w.Show(w.As("clerk"), w.id)
	require.NoError(t, err)
	require.Equal(t, application.Fail, standing(p, "E29").Result)
	require.Contains(t, standing(p, "E29").Reason, "替考")
	require.Contains(t, p.Notices[0], "不要收取考试费")
	p = w.do("clerk2", p, licensing.Accept, "")
	require.Equal(t, application.Fail, standing(p, "E29").Result, "it is kept, and the review rests on it")
	p = w.claimed("rev", p)
	w.refused("rev", w.confirmed("rev", p), licensing.PassReview, "licensing.case.unsettled", "不予报名")
}

// A notice, a place: what is withdrawn before the decision opened nothing.
func TestAWithdrawnRegistrationOpensNothing(t *testing.T) {
	t.Parallel()
	w := registering(t, "EX02", licensing.Window)
	w.open()
	p := w.do("clerk", w.approving(), licensing.Withdraw, "不考了，撤回申请")
	require.Equal(t, licensing.Withdrawn, p.State)
	_, found, err := w.enrolments.OfCase(context.Background(), w.DB, w.id)
	require.NoError(t, err)
	require.False(t, found)
}

// Whose certificate was taken may not register for an exam of that trade while the ban
// runs.
func TestARevocationBarsTheExam(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"EX01", "EX02"} {
		h := newHall(t)
		h.revoke(practitioner.Road, driver)
		if code == "EX02" {
			id, err := person.ParseID(driver)
			require.NoError(t, err)
			h.Sat(id, "张建国", "03002", "理论", h.Clock.Now().AddDate(0, 0, -30), "FAILED")
		}
		p, err := h.Open(h.As("clerk"), application.Draft{
			ID: h.id(), Matter: code, Name: "张建国", IDNo: driver, Mobile: "13900001234", Categories: []string{"03002"},
			Form: map[string]string{"exam": "THEORY", "consent": "YES", "agent": "SELF", "address": "杨高路 1 号"},
		})
		require.NoError(t, err)
		_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Submit, application.Order{ID: h.id(), Version: p.Revision})
		require.Equal(t, fault.Precondition, fault.From(err).Kind, "%v", err)
		require.ErrorContains(t, err, decision)
	}
}
