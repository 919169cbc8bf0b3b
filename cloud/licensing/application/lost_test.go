package application_test

import (
	"context"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// cancelling is a cancellation of the certificate, or of some of its categories, with
// the approver.
func (h *hall) cancelling(categories ...string) application.Page {
	h.t.Helper()
	d := h.draft("RT07")
	d.Form["reason"] = "SELF"
	if len(categories) > 0 {
		d.Categories = categories
	}
	p, err := h.Open(h.As("clerk"), d)
	require.NoError(h.t, err)
	for _, code := range []string{"M03", "M08"} {
		p, err = h.Attach(h.As("clerk"), p.ID, code, "", nil)
		require.NoError(h.t, err)
	}
	p = h.do("clerk", h.do("clerk", p, licensing.Submit, ""), licensing.Accept, "")
	p = h.claimed("rev", p)
	return h.do("rev", h.confirmed("rev", p), licensing.PassReview, "同意注销")
}

func (h *hall) held() practitioner.Licence {
	h.t.Helper()
	l, err := h.people.Licence(h.t.Context(), h.DB, h.licence.ID)
	require.NoError(h.t, err)
	return l
}

// ends proves that nothing is made or handed out for a case, that page and list say so
// to everybody, and that the approver ends it.
func (h *hall) ends(p application.Page, code, says string) {
	h.t.Helper()
	p = h.shown(p)
	for _, e := range []licensing.Event{licensing.MakeCertificate, licensing.CertificateDone, licensing.Deliver} {
		require.NotContains(h.t, p.Possible, e)
	}
	require.Contains(h.t, p.Notices[len(p.Notices)-1], says)
	require.Contains(h.t, p.Notices[len(p.Notices)-1], "终止办理")
	next := map[licensing.State]licensing.Event{
		licensing.Granted: licensing.MakeCertificate, licensing.Certifying: licensing.CertificateDone, licensing.Delivering: licensing.Deliver,
	}[p.State]
	h.refused("clerk2", p, next, code, says)
	list, err := h.List(h.As("boss"), application.Filter{Queue: "certify"}, db.Page{PageSize: 10})
	require.NoError(h.t, err)
	at := slices.IndexFunc(list.Items, func(c application.Case) bool { return c.ID == p.ID })
	require.Equal(h.t, []licensing.Event{licensing.Terminate}, list.Items[at].Possible)
	mine, err := h.OwnShow(h.applicant(h.person.ID), p.ID)
	require.NoError(h.t, err)
	require.Contains(h.t, mine.Todo, "请不要到窗口领证")
	require.Contains(h.t, mine.Todo, says)
	require.NotContains(h.t, mine.Todo, "领证码")
	all, err := h.OwnList(h.applicant(h.person.ID))
	require.NoError(h.t, err)
	i := slices.IndexFunc(all, func(c application.OwnCase) bool { return c.ID == p.ID })
	require.Equal(h.t, mine.Todo, all[i].Todo, "the list says the same")

	_, err = h.Service.Do(h.As("boss"), p.ID, licensing.Terminate, application.Order{ID: h.id(), Version: p.Revision, Text: " "})
	require.True(h.t, fault.Is(err, "licensing.case.reason"), "%v", err)
	p = h.do("boss", p, licensing.Terminate, "证件已失效，不再制作和发放")
	require.Equal(h.t, licensing.Terminated, p.State)
	require.Contains(h.t, h.said(p, "D11"), "证件已失效，不再制作和发放")
	require.Contains(h.t, h.said(p, "D11"), "终止办理")
	for _, c := range p.Clocks {
		require.True(h.t, c.Ended, c.ID)
	}
}

// A certificate is cancelled with the decision that says so, and no other is made of it:
// not for an application that comes later, nor for one that was granted before.
func TestACancellationTakesEffectWithItsDecision(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	reissue := h.do("boss", h.reviewed("RT04"), licensing.Grant, "")
	h.refused("boss", reissue, licensing.Terminate, "licensing.case.terminate", "继续制证、送达")
	p := h.do("boss", h.cancelling(), licensing.Grant, "")
	require.Equal(t, practitioner.Cancelled, h.held().State, "not when its sub-step is done")
	require.Contains(t, h.said(p, "D10"), "自本决定作出之日起，该证件失效")

	late := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	late = h.claimed("rev", h.do("clerk", late, licensing.Accept, ""))
	require.Equal(t, application.Fail, standing(late, "E10").Result)
	h.refused("rev", h.confirmed("rev", late), licensing.PassReview, "licensing.case.unsettled", "")

	h.do("clerk", late, licensing.Withdraw, "申请人不再办理")
	p = h.do("clerk2", p, licensing.CertificateDone, "")
	own, err := h.OwnShow(h.applicant(h.person.ID), p.ID)
	require.NoError(t, err)
	require.Contains(t, own.Todo, "到窗口领取文书", "there is no certificate to fetch")
	p = h.do("clerk2", p, licensing.Deliver, "")
	require.Equal(t, licensing.Completed, p.State)
	require.Equal(t, 1, len(h.timeline(h.person.ID, "STATE_03")))
	h.ends(reissue, "licensing.case.lost", "注销")
}

// Whether it is made already does not matter; what still has a category is made.
func TestACardIsNotHandedOutForWhatWasGivenUp(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	waiting := h.waiting(nil)
	h.do("boss", h.cancelling("01001"), licensing.Grant, "")
	require.Equal(t, practitioner.InForce, h.held().State)
	require.Contains(t, h.shown(waiting).Possible, licensing.Deliver, "freight is still on it")
	h.do("boss", h.cancelling("02001"), licensing.Grant, "")
	h.ends(waiting, "licensing.case.lost", "注销")
}

// A revoked certificate is not fetched; its refusal would be. Lifted, it is.
func TestARevokedCertificateIsNotFetched(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.waiting(nil)
	h.revoke(practitioner.Road, driver)
	h.refused("clerk2", h.shown(p), licensing.Deliver, "licensing.case.revoked", "吊销解除后才能继续")
	h.suspendRevocation()
	mine, err := h.OwnShow(h.applicant(h.person.ID), p.ID)
	require.NoError(t, err)
	require.Contains(t, mine.Todo, "领证码")
	require.Equal(t, licensing.Completed, h.do("clerk2", h.shown(p), licensing.Deliver, "").State)

	h = newHall(t)
	p = h.waiting(nil)
	h.revoke(practitioner.Road, driver)
	h.ends(p, "licensing.case.revoked", "收到吊销决定")
}

// A cancellation that was decided is told, whatever comes after: it hands over nothing.
func TestARevocationKeepsNoCancellationFromItsEnd(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("boss", h.cancelling(), licensing.Grant, "")
	h.revoke(practitioner.Road, driver)
	p = h.do("clerk2", h.shown(p), licensing.CertificateDone, "")
	require.Equal(t, licensing.Completed, h.do("clerk2", p, licensing.Deliver, "").State)
}

// A supervision card ends with the certificate: it is not handed out any more.
func TestAVoidCardIsNotHandedOut(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Staff("files", practitioner.PermList, practitioner.PermSave)
	w := h.opening(t, "SC01")
	p := h.do("boss", w.approving(), licensing.Grant, "")
	require.Contains(t, h.shown(p).Possible, licensing.CertificateDone)
	w.tx(func(ctx context.Context, tx pgx.Tx) error {
		return h.people.SetState(ctx, tx, w.now().ID, practitioner.Cancelled, "本人申请注销", "")
	})
	h.refused("clerk2", p, licensing.CertificateDone, "licensing.case.lost", "已作废")
	require.Equal(t, licensing.Terminated, h.do("boss", h.shown(p), licensing.Terminate, "卡已随证件作废").State)
}

// A certificate that was changed behind the program's back stops its own case, with the
// reason on its page, and no list. Put right, the case goes on.
func TestADamagedCertificateStopsNoOther(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.waiting(nil)
	mine := h.applicant(h.person.ID)
	tamper := func(days int) {
		_, err := h.DB.Exec(t.Context(), `UPDATE practitioner_licence SET valid_to = valid_to + $2::int WHERE person = $1`, p.Person, days)
		require.NoError(t, err)
	}
	tamper(365)
	list, err := h.List(h.As("clerk2"), application.Filter{Queue: "certify"}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, p.ID, list.Items[0].ID)
	require.NotContains(t, list.Items[0].Possible, licensing.Deliver)
	_, err = h.Show(h.As("clerk2"), p.ID)
	require.True(t, fault.Is(err, "practitioner.licence.tampered"), "its page says why: %v", err)
	h.refused("clerk2", p, licensing.Deliver, "practitioner.licence.tampered", "联系安全管理员")
	h.refused("boss", p, licensing.Terminate, "practitioner.licence.tampered", "联系安全管理员")
	own, err := h.OwnList(mine)
	require.NoError(t, err)
	require.Contains(t, own[0].Todo, "不要到窗口领证")
	tamper(-365)
	require.Equal(t, licensing.Completed, h.do("clerk2", h.shown(p), licensing.Deliver, "").State)
}

// What hands nothing over took effect with its decision: a revocation that comes after
// does not keep it from its end, and nobody can end it as if it had not been decided.
func TestARevocationKeepsNothingFromItsEndThatIsNotHandedOver(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"XT01", "RH02", "TX02"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.Staff("files", practitioner.PermList, practitioner.PermSave)
			w := h.opening(t, code)
			p := h.do("boss", w.approving(), licensing.Grant, "")
			l := w.now()
			of := w.number
			if l.Type == practitioner.Bus {
				of = l.Number
			}
			h.revoke(l.Type, of)
			p = h.shown(p)
			require.NotContains(t, p.Possible, licensing.Terminate)
			p = h.do("clerk2", p, licensing.CertificateDone, "")
			require.Equal(t, licensing.Completed, h.do("clerk2", p, licensing.Deliver, "").State)
		})
	}
}

// Nobody ends what they accepted or reviewed, and a certificate is not handed over
// electronically.
func TestWhoAcceptedDoesNotTerminate(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("all", h.do("clerk", h.opened("RT04"), licensing.Submit, ""), licensing.Accept, "")
	p = h.do("rev", h.confirmed("rev", h.claimed("rev", p)), licensing.PassReview, "符合条件")
	p = h.do("boss", p, licensing.Grant, "")
	h.revoke(practitioner.Road, driver)
	_, err := h.try("all", h.shown(p), licensing.Terminate, application.Order{Text: "证件已吊销"})
	require.True(t, fault.Is(err, "licensing.case.conflict"), "%v", err)
	require.Equal(t, licensing.Terminated, h.do("boss", h.shown(p), licensing.Terminate, "证件已吊销").State)

	h = newHall(t)
	p = h.waiting(nil)
	_, err = h.try("clerk2", p, licensing.Deliver, application.Order{Delivery: &letter.Handover{Mode: letter.Electronic}})
	require.True(t, fault.Is(err, "licensing.case.deliver.electronic"), "%v", err)
	require.Contains(t, fault.From(err).Text, "有证件要交给申请人")
}
