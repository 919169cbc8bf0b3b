package application_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// Who has died is written to no more: a relative applies at the window with proof,
// and gets every letter.
func TestARelativeCancelsForTheDead(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	d := h.draft("RT07")
	d.Form = map[string]string{"reason": "DEATH", "agent": "SELF"}
	p, err := h.Open(h.As("clerk"), d)
	require.NoError(t, err)
	for _, code := range []string{"M03", "M08"} {
		_, err = h.Attach(h.As("clerk"), p.ID, code, "", nil)
		require.NoError(t, err)
	}
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Submit, application.Order{ID: h.id(), Version: p.Revision})
	for _, want := range []string{"申请人（近亲属或监护人）姓名", "申请人与持证人的关系", "死亡或丧失行为能力"} {
		require.ErrorContains(t, err, want)
	}
	form := h.shown(p).Values
	form["relative_name"], form["relative_id_no"], form["relative_mobile"], form["relation"] = "李秀英", driver, "13800138000", "KIN"
	p, err = h.Edit(h.As("clerk"), p.ID, application.Edited{ID: h.id(), Version: p.Revision, Categories: p.Categories, Form: form})
	require.NoError(t, err)
	_, err = h.Service.Do(h.As("clerk"), p.ID, licensing.Submit, application.Order{ID: h.id(), Version: p.Revision})
	require.ErrorContains(t, err, "与持证人（申请事项的本人）的身份证号相同", "the dead do not apply")
	form["relative_id_no"] = "110101199003070011"
	p, err = h.Edit(h.As("clerk"), p.ID, application.Edited{ID: h.id(), Version: p.Revision, Categories: p.Categories, Form: form})
	require.NoError(t, err)
	_, err = h.Attach(h.As("clerk"), p.ID, "M30", "", nil)
	require.NoError(t, err)
	p = h.do("clerk", h.do("clerk", p, licensing.Submit, ""), licensing.Accept, "")
	require.Contains(t, h.said(p, "D02"), "李秀英（居民身份证110***********0011）：你于2026年11月23日提出的张建国的道路客货运输驾驶员从业资格证（注销）申请")
	p, err = h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	p = h.do("boss", h.do("rev", h.confirmed("rev", p), licensing.PassReview, "同意注销"), licensing.Grant, "")
	own, err := h.OwnShow(h.applicant(h.person.ID), p.ID)
	require.NoError(t, err)
	require.Equal(t, "138****8000", own.Values["relative_mobile"], "somebody else's")
	said := h.said(p, "D10")
	require.Contains(t, said, "持证人死亡，你作为其近亲属申请注销张建国的道路运输从业人员从业资格证")
	require.Contains(t, said, "注销张建国持有的")
	require.NotContains(t, said, "你持有")
	p = h.do("clerk2", p, licensing.CertificateDone, "")
	require.Equal(t, &letter.Handover{Mode: letter.Direct, Place: "本机关服务窗口", Signer: "李秀英"}, h.shown(p).Handover)
	p = h.do("clerk2", p, licensing.Deliver, "")
	require.Contains(t, h.said(p, "D09"), "李秀英")
	l, err := h.people.Licence(t.Context(), h.DB, h.licence.ID)
	require.NoError(t, err)
	require.Equal(t, practitioner.Cancelled, l.State)
	require.Contains(t, l.StateWhy, "持证人死亡，近亲属申请注销")
	require.Equal(t, "张建国", p.Name, "the case stays the holder's")
}

// Nobody applies online for somebody who has died: who is signed on is the holder.
func TestADeathIsNotReportedOnline(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	p, err := h.OwnOpen(me, h.account(), application.OwnDraft{ID: h.id(), Matter: "RT07", Licence: h.licence.ID}, ours)
	require.NoError(t, err)
	for _, f := range p.Fields {
		for _, c := range f.Choices {
			require.NotContains(t, []string{"DEATH", "INCAPABLE"}, c.Value, f.Key)
		}
	}
	p, err = h.OwnSave(me, p.ID, application.Edited{ID: h.id(), Version: p.Version, Categories: p.Categories, Form: map[string]string{"reason": "DEATH"}})
	require.NoError(t, err)
	_, err = h.OwnDo(me, p.ID, licensing.Submit, order(h, p))
	require.True(t, fault.Is(err, "licensing.case.submit.incomplete"), "%v", err)
	require.ErrorContains(t, err, "注销原因")
}
