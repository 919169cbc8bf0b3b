package application_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/fault"
)

// inside is what a reviewer says, which nobody outside the office may read.
const inside = "内部意见：执法大队的处罚还没有了结，拟不予许可"

// failing is a reissue in review whose check failed.
func failing(t *testing.T, online bool) (*hall, *city, application.Page) {
	t.Helper()
	h, c := newCity(t)
	c.owes = 1
	if !online {
		p := h.inReview()
		h.ask(1)
		return h, c, p
	}
	own := h.filledIn()
	_, err := h.OwnDo(h.applicant(h.person.ID), own.ID, licensing.Submit, order(h, own))
	require.NoError(t, err)
	p, err := h.Show(h.As("clerk"), own.ID)
	require.NoError(t, err)
	p = h.do("clerk", h.do("clerk", p, licensing.Receive, ""), licensing.Accept, "")
	h.ask(1)
	p, err = h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	return h, c, p
}

// A check that failed leads to a refusal, at the window and online: proposed by the
// reviewer, decided by the approver in words of their own, delivered.
func TestAFailedCheckLeadsToARefusal(t *testing.T) {
	t.Parallel()
	for name, online := range map[string]bool{"at the window": false, "online": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, _, p := failing(t, online)
			h.refused("rev", p, licensing.PassReview, "licensing.case.unsettled", "还有核查项没有通过")
			require.Contains(t, p.Possible, licensing.ProposeRefusal)
			_, err := h.Service.Do(h.As("rev"), p.ID, licensing.ProposeRefusal, application.Order{ID: h.id(), Version: p.Revision, Text: " 不行 "})
			require.True(t, fault.Is(err, "licensing.case.reason"), "%v", err)
			require.NotContains(t, err.Error(), "申请人会看到", "they do not")
			for who, want := range map[string]string{"clerk": "auth.forbidden", "boss": "auth.forbidden", "nobody": "auth.forbidden", "rev2": "licensing.case.conflict"} {
				h.refused(who, p, licensing.ProposeRefusal, want, "")
			}
			p = h.do("rev", p, licensing.ProposeRefusal, inside)
			require.Equal(t, licensing.Approving, p.State)

			p, err = h.Show(h.As("boss"), p.ID)
			require.NoError(t, err)
			require.True(t, p.Refusing)
			require.Len(t, p.Opinions, 1)
			require.Equal(t, inside, p.Opinions[0].Text)
			require.Equal(t, "姓名rev", p.Opinions[0].By)
			require.Subset(t, p.Possible, []licensing.Event{licensing.Deny, licensing.BackToReview})
			require.NotContains(t, p.Possible, licensing.Grant)
			require.True(t, fault.Is(h.grant(p), "licensing.case.refusing"))
			list, err := h.List(h.As("boss"), application.Filter{Queue: "approve"}, db.Page{})
			require.NoError(t, err)
			require.True(t, list.Items[0].Refusing, "the list says so")
			require.Equal(t, 1, h.refusals(), "and they have a list of their own")

			p = h.do("boss", p, licensing.Deny, "存在未处理完毕的行政处罚，不符合规定的条件")
			require.Zero(t, h.refusals(), "what has been decided waits for nobody")
			p = h.do("clerk2", p, licensing.Deliver, "本人领取")
			require.Equal(t, licensing.Completed, p.State)
			require.Equal(t, []string{"D13", "D02", "D06", "D09"}, letters(p))
			h.toldNothingInside(p.ID)
		})
	}
}

// refusals are how many cases the list of proposed refusals has, which is what the
// tab beside it counts and what is exported under its filter.
func (h *hall) refusals() int {
	h.t.Helper()
	list, err := h.List(h.As("boss"), application.Filter{Queue: "refuse"}, db.Page{})
	require.NoError(h.t, err)
	n, err := h.Counts(h.As("boss"))
	require.NoError(h.t, err)
	require.Equal(h.t, list.Total, n.Refuse.Cases)
	return list.Total
}

// toldNothingInside looks at everything that an applicant gets of a case.
func (h *hall) toldNothingInside(id string) {
	h.t.Helper()
	own, err := h.OwnShow(h.applicant(h.person.ID), id)
	require.NoError(h.t, err)
	for _, s := range own.Course {
		require.NotEqual(h.t, licensing.ProposeRefusal, s.Event)
	}
	own.Names = nil // the words for everything there is
	page, err := json.Marshal(own)
	require.NoError(h.t, err)
	require.NotContains(h.t, string(page), "内部意见")
	require.NotContains(h.t, string(page), "refusing")
	require.Zero(h.t, h.count(`SELECT count(*) FROM licensing_letter l WHERE l.case_id = $1 AND l::text LIKE '%内部意见%'`, id))
	require.Equal(h.t, 1, h.count(`SELECT count(*) FROM licensing_event WHERE case_id = $1 AND text LIKE '%内部意见%'`, id), "the course keeps it")
}

// Sent back, the opinion is gone; once the check is settled the reviewer may pass,
// and a grant stays barred until then.
func TestAProposedRefusalSentBack(t *testing.T) {
	t.Parallel()
	h, c, p := failing(t, false)
	p = h.do("rev", p, licensing.ProposeRefusal, inside)
	p = h.do("boss", p, licensing.BackToReview, "请等处罚处理完毕后再核查一次")
	require.False(t, p.Refusing)
	require.Empty(t, p.Opinions)
	require.Zero(t, h.refusals())
	require.Equal(t, "id-rev", p.Holder, "whose it was")
	h.refused("rev", p, licensing.PassReview, "licensing.case.unsettled", "还有核查项没有通过")
	c.set(func() { c.owes = 0 })
	h.Clock.Advance(2 * time.Minute)
	_, err := h.Recheck(h.As("rev"), p.ID, p.Revision)
	require.NoError(t, err)
	h.ask(1)
	p = h.do("rev", p, licensing.PassReview, "处罚已处理完毕，符合条件")
	require.False(t, p.Refusing)
	require.NoError(t, h.grant(p))
}

// Who proposed a refusal does not decide, also after it was sent back to another.
func TestWhoProposesDoesNotDecide(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	p = h.do("clerk", p, licensing.Accept, "")
	p, err := h.Claim(h.As("all"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	p = h.do("all", p, licensing.ProposeRefusal, inside)
	h.refused("all", p, licensing.Deny, "licensing.case.conflict", "不能审批")
	p = h.do("boss", p, licensing.BackToReview, "请另一名审查员审查")
	p, err = h.Service.Do(h.As("boss"), p.ID, licensing.Assign, application.Order{ID: h.id(), Version: p.Revision, Assignee: "id-rev"})
	require.NoError(t, err)
	p = h.do("rev", p, licensing.ProposeRefusal, "同样不符合条件")
	h.refused("all", p, licensing.Deny, "licensing.case.conflict", "审查过")
	h.do("boss", p, licensing.Deny, "不符合规定的条件")
}

// Under strict review two give their opinions, both are kept, and one that proposes
// a refusal makes it one, whoever was first.
func TestTwoOpinionsUnderStrictReview(t *testing.T) {
	t.Parallel()
	say := map[bool]licensing.Event{false: licensing.PassReview, true: licensing.ProposeRefusal}
	for _, refuses := range [][2]bool{{false, false}, {false, true}, {true, false}, {true, true}} {
		t.Run(fmt.Sprint(refuses), func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.list(1, sanction.On)
			p := h.renewing()
			p = h.do("rev", h.confirmed("rev", h.claimed("rev", p)), say[refuses[0]], "第一名审查员的意见")
			require.Equal(t, licensing.Reviewing, p.State, "the second is still to come")
			require.Equal(t, refuses[0], p.Refusing)
			for _, e := range say {
				h.refused("rev", p, e, "licensing.case.conflict", "审查过")
			}
			h.refused("boss", p, licensing.Deny, "licensing.case.state", "不能")
			p = h.do("rev2", p, say[refuses[1]], "第二名审查员的意见")
			require.Equal(t, licensing.Approving, p.State)
			require.Equal(t, []string{"id-rev", "id-rev2"}, []string{p.Reviewer, p.Cosigner})
			require.Equal(t, []licensing.Event{say[refuses[0]], say[refuses[1]]}, []licensing.Event{p.Opinions[0].Event, p.Opinions[1].Event})
			differs := refuses[0] || refuses[1]
			require.Equal(t, differs, p.Refusing)
			p, err := h.Show(h.As("boss"), p.ID)
			require.NoError(t, err)
			require.Equal(t, differs, !slices.Contains(p.Possible, licensing.Grant))
			p = h.do("boss", p, licensing.BackToReview, "请两名审查员重新审查")
			require.Empty(t, p.Opinions)
			require.Empty(t, p.Reviewer+p.Cosigner)
		})
	}
}

// What was verified in substance two verify: the first names the second, who says for
// themselves what they found; nobody decides on the word of one (行政许可法 §34).
func TestSubstanceIsVerifiedByTwo(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.inReview()
	p = h.confirmed("rev", p)
	gives := func(who string, set func(o *application.Order)) error {
		o := application.Order{ID: h.id(), Version: p.Revision, Text: "符合条件", Verify: "到出具单位核对了遗失登报原件"}
		set(&o)
		page, err := h.Service.Do(h.As(who), p.ID, licensing.PassReview, o)
		if err == nil {
			p = page
		}
		return err
	}
	for _, c := range []struct {
		code, says string
		set        func(o *application.Order)
	}{
		{"licensing.case.verify", "至少四个字", func(o *application.Order) { o.Verify, o.Assignee = "核实", "id-rev2" }},
		{"licensing.case.verify", "请写明", func(o *application.Order) { o.Verify, o.Assignee = "", "id-rev2" }},
		{"licensing.case.verify.second", "请选择与您一起核实的第二名审查员", func(*application.Order) {}},
		{"licensing.case.verify.same", "不能是同一人", func(o *application.Order) { o.Assignee = "id-rev" }},
		{"licensing.case.conflict", "受理人不能审查", func(o *application.Order) { o.Assignee = "id-clerk" }},
		{"licensing.case.assign.nobody", "不是许可审查员", func(o *application.Order) { o.Assignee = "id-boss" }},
	} {
		err := gives("rev", c.set)
		require.True(t, fault.Is(err, c.code), "%s: %v", c.code, err)
		require.ErrorContains(t, err, c.says)
	}
	require.Empty(t, h.shown(p).Verify, "what was refused is not kept")

	second := func(o *application.Order) { o.Assignee = "id-rev2" }
	require.NoError(t, gives("rev", second))
	require.Equal(t, []any{licensing.Reviewing, "id-rev2", "到出具单位核对了遗失登报原件"}, []any{p.State, p.Holder, p.Verify})
	require.Equal(t, "符合条件（实质核实：到出具单位核对了遗失登报原件）（提请 姓名rev2 作为第二名核实人）", p.Opinions[0].Text, "the record says who and what")
	h.refused("rev", p, licensing.PassReview, "licensing.case.conflict", "本办件须实质核实，须由两人审查，您已审查过")
	h.refused("rev3", p, licensing.PassReview, "licensing.case.conflict", "分派给其他审查员")
	h.refused("boss", p, licensing.Grant, "licensing.case.state", "不能")
	h.refused("rev2", p, licensing.PassReview, "licensing.case.verify.own", "请写明您本人核实了什么")
	mine := func(o *application.Order) { o.Text, o.Verify = "核实情况属实", "一起核对了登报原件" }
	require.NoError(t, gives("rev2", mine))
	require.Equal(t, []any{licensing.Approving, "id-rev", "id-rev2"}, []any{p.State, p.Reviewer, p.Cosigner})
	require.Equal(t, "核实情况属实（第二名核实人，实质核实：一起核对了登报原件）", p.Opinions[1].Text)
	require.Equal(t, "到出具单位核对了遗失登报原件", p.Verify)

	// sent back, it is still for two, and each has to have verified
	p = h.do("boss", p, licensing.BackToReview, "请再核实一次")
	h.refused("rev", p, licensing.PassReview, "licensing.case.verify.own", "请写明您本人核实了什么")
	err := gives("rev", func(*application.Order) {})
	require.True(t, fault.Is(err, "licensing.case.verify.second"), "%v", err)
	require.NoError(t, gives("rev", func(o *application.Order) { o.Assignee = "id-rev3" }))
	require.NoError(t, gives("rev3", mine))
	require.NoError(t, h.grant(p))
}

// verifying is a case whose first reviewer has verified and named rev2, and how the
// others say that they did.
func verifying(t *testing.T) (*hall, application.Page, func(who string, p application.Page, e licensing.Event, assignee string) (application.Page, error)) {
	t.Helper()
	h := newHall(t)
	says := func(who string, p application.Page, e licensing.Event, assignee string) (application.Page, error) {
		o := application.Order{ID: h.id(), Version: p.Revision, Text: "已经核实", Verify: who + "核对了登报原件", Assignee: assignee}
		return h.Service.Do(h.As(who), p.ID, e, o)
	}
	p, err := says("rev", h.confirmed("rev", h.inReview()), licensing.PassReview, "id-rev2")
	require.NoError(t, err)
	return h, p, says
}

// The named second is exchanged for somebody who verified nothing: no opinion of theirs
// is taken, for or against; from who verified too it is, and the record names them.
func TestTheSecondWhoVerifiedIsNotExchanged(t *testing.T) {
	t.Parallel()
	h, p, says := verifying(t)
	give := func(to string) {
		page, err := h.Service.Do(h.As("boss"), p.ID, licensing.Assign, application.Order{ID: h.id(), Version: p.Revision, Assignee: to})
		require.NoError(t, err)
		p = page
	}
	give("id-rev3")
	for _, e := range []licensing.Event{licensing.PassReview, licensing.ProposeRefusal} {
		h.refused("rev3", p, e, "licensing.case.verify.own", "请由审批人改派给参加核实的审查员")
	}
	give("id-rev")
	_, err := says("rev", p, licensing.PassReview, "id-rev2")
	require.True(t, fault.Is(err, "licensing.case.conflict"), "the first is not the second: %v", err)
	give("id-rev3")
	p, err = says("rev3", p, licensing.PassReview, "")
	require.NoError(t, err)
	require.Equal(t, []any{licensing.Approving, "id-rev", "id-rev3"}, []any{p.State, p.Reviewer, p.Cosigner})
	require.Equal(t, "姓名rev3", p.Opinions[1].By)
	require.Contains(t, p.Opinions[1].Text, "（第二名核实人，实质核实：rev3核对了登报原件）")
	for _, o := range p.Course {
		require.NotContains(t, o.Text, "第二名核实人：姓名rev2", "nothing says that they verified")
	}
	require.NoError(t, h.grant(p))
}

// Under strict review the first may have verified nothing when the second does: that is
// one who verified, and another is still to come.
func TestOneWhoVerifiedIsNotTwo(t *testing.T) {
	t.Parallel()
	for _, third := range []string{"rev", "rev3"} {
		t.Run(third, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.list(1, sanction.On)
			p := h.renewing()
			p = h.do("rev", h.confirmed("rev", h.claimed("rev", p)), licensing.PassReview, "第一名审查员的意见")
			o := application.Order{ID: h.id(), Version: p.Revision, Text: "符合条件", Verify: "到单位核对了存根"}
			_, err := h.Service.Do(h.As("rev2"), p.ID, licensing.PassReview, o)
			require.True(t, fault.Is(err, "licensing.case.verify.second"), "%v", err)
			o.ID, o.Assignee = h.id(), "id-"+third
			p, err = h.Service.Do(h.As("rev2"), p.ID, licensing.PassReview, o)
			require.NoError(t, err)
			require.Equal(t, []any{licensing.Reviewing, "id-rev2", "", "id-" + third}, []any{p.State, p.Reviewer, p.Cosigner, p.Holder})
			h.refused(third, p, licensing.PassReview, "licensing.case.verify.own", "请写明您本人核实了什么")
			o = application.Order{ID: h.id(), Version: p.Revision, Text: "符合条件", Verify: "一起到单位核对了存根"}
			p, err = h.Service.Do(h.As(third), p.ID, licensing.PassReview, o)
			require.NoError(t, err)
			require.Equal(t, []any{licensing.Approving, "id-rev2", "id-" + third}, []any{p.State, p.Reviewer, p.Cosigner})
		})
	}
}

// A procedure that begins when the opinions are given ends them: what came of it
// has to be reviewed, by two under strict review.
func TestAProcedureEndsTheOpinions(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.list(1, sanction.On)
	p := h.renewing()
	suspend := func(p application.Page) application.Page {
		o := application.Order{ID: h.id(), Version: p.Revision, Text: "需要听取申请人意见", Procedure: "鉴定", Days: 10}
		p, err := h.Service.Do(h.As("rev3"), p.ID, licensing.Suspend, o)
		require.NoError(t, err)
		return h.do("rev3", p, licensing.Resume, "")
	}
	p = h.do("rev", h.confirmed("rev", h.claimed("rev", p)), licensing.ProposeRefusal, inside)
	p = suspend(p)
	require.True(t, p.Refusing, "the first opinion stands: the review goes on")
	p = h.do("rev2", p, licensing.PassReview, "符合条件，同意")
	require.True(t, p.Refusing)
	p = suspend(p)
	require.Empty(t, p.Opinions)
	require.False(t, p.Refusing)
	p = h.do("rev", p, licensing.PassReview, "听证后符合条件")
	require.Equal(t, licensing.Reviewing, p.State, "again by two")
	p = h.do("rev2", p, licensing.PassReview, "听证后符合条件")
	require.False(t, p.Refusing)
	require.Equal(t, licensing.Approving, p.State)
}

// A renewal that the law holds to be granted cannot be proposed for refusal.
func TestNoRefusalOfADeemedRenewal(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.renewing()
	p = h.claimed("rev", p)
	h.Clock.Advance(88 * 24 * time.Hour)
	h.refused("rev", p, licensing.ProposeRefusal, "licensing.case.deemed", "视为准予")
}

// Turned into a case that can be granted behind the program's back, it stops.
func TestAProposedRefusalIsNotEdited(t *testing.T) {
	t.Parallel()
	h, _, p := failing(t, false)
	p = h.do("rev", p, licensing.ProposeRefusal, inside)
	_, err := h.DB.Exec(t.Context(), `UPDATE licensing_case SET refusing = false WHERE id = $1`, p.ID)
	require.NoError(t, err)
	require.True(t, fault.Is(h.grant(p), "licensing.case.tampered"))
}

func (h *hall) claimed(who string, p application.Page) application.Page {
	h.t.Helper()
	p, err := h.Claim(h.As(who), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(h.t, err)
	return p
}
