package application_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/protocol/fault"
)

// What was applied for online a clerk takes back only for the applicant who stands
// at the window, and the record and the letter say so.
func TestAClerkWithdrawsForWhoIsThere(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	own := h.filledIn()
	draft, err := h.Show(h.As("clerk"), own.ID)
	require.NoError(t, err)
	require.NotContains(t, draft.Possible, licensing.Withdraw)
	o := application.Order{ID: h.id(), Version: draft.Revision, Text: "不再从事该职业", InPerson: true}
	_, err = h.Service.Do(h.As("clerk"), own.ID, licensing.Withdraw, o)
	require.True(t, fault.Is(err, "licensing.case.applicant"), "what was never sent is theirs: %v", err)

	own, err = h.OwnDo(me, own.ID, licensing.Submit, order(h, own))
	require.NoError(t, err)
	o = application.Order{ID: h.id(), Version: own.Version, Text: "电话里说不办了"}
	_, err = h.Service.Do(h.As("clerk"), own.ID, licensing.Withdraw, o)
	require.True(t, fault.Is(err, "licensing.case.withdraw.person"), "nobody is there: %v", err)
	o.Text, o.InPerson = "不再从事该职业", true
	p, err := h.Service.Do(h.As("clerk"), own.ID, licensing.Withdraw, o)
	require.NoError(t, err)
	const said = "申请人本人到窗口要求撤回（已核对身份证件）：不再从事该职业"
	require.Equal(t, said, p.Course[len(p.Course)-1].Text)
	own, err = h.OwnShow(me, own.ID)
	require.NoError(t, err)
	require.Equal(t, said, own.Course[len(own.Course)-1].Text, "and the applicant reads who is said to have asked")

	q := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	q = h.do("clerk", q, licensing.Withdraw, "证件已经找到")
	require.Equal(t, "证件已经找到", q.Course[len(q.Course)-1].Text, "at a window they are there")
}

// Who comes too late hears what remains: a remedy, and a cancellation of what was granted.
func TestADecisionIsNotWithdrawn(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	me := h.applicant(h.person.ID)
	late := func(p application.Page) string {
		_, err := h.OwnDo(me, p.ID, licensing.Withdraw, application.Order{ID: h.id(), Version: p.Revision})
		require.True(t, fault.Is(err, "licensing.case.state"), "%v", err)
		return fault.From(err).Text
	}
	denied := h.do("boss", h.reviewed("RT04"), licensing.Deny, "照片不是本人")
	said := late(denied)
	require.Contains(t, said, "行政复议或者提起行政诉讼")
	require.NotContains(t, said, "申请注销")
	h.do("clerk2", denied, licensing.Deliver, "")
	granted := h.do("boss", h.reviewed("RT04"), licensing.Grant, "")
	require.Contains(t, late(granted), "不再需要证件的，可以申请注销")
	gone := h.do("clerk", h.do("clerk", h.opened("RT04"), licensing.Submit, ""), licensing.Withdraw, "证件已经找到")
	require.Contains(t, late(gone), "已经结束（“撤回”）")
}
