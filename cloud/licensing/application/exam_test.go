package application_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/enrolment"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
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
