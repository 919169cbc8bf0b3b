package application_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/person"
)

// A refusal that was proposed before the certificate ended does not bar the grant
// that the law has made meanwhile: a refusal cannot be decided any more, so the grant
// has to be.
func TestAProposedRefusalDoesNotBarADeemedRenewal(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.claimed("rev", h.renewing())
	p = h.do("rev", h.confirmed("rev", p), licensing.ProposeRefusal, "不符合规定的条件")
	h.Clock.Advance(88 * 24 * time.Hour) // 11 January
	h.refused("boss", p, licensing.Deny, "licensing.case.deemed", "视为准予")
	p, err := h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.Len(t, p.Notices, 1, "says: decide the grant at once")
	require.Contains(t, p.Possible, licensing.Grant)
	require.ErrorContains(t, h.grant(p), "2027 年工作日历", "nothing else is in the way")
}

// Strict review ended while the first of two had spoken.
func TestRelaxedBetweenTwoOpinions(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.list(1, sanction.On)
	p := h.claimed("rev", h.renewing())
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "符合规定的条件")
	require.Equal(t, licensing.Reviewing, p.State)
	h.list(2, sanction.Off)
	p, err := h.Show(h.As("rev"), p.ID)
	require.NoError(t, err)
	p = h.do("rev2", p, licensing.PassReview, "符合规定的条件")
	h.list(3, sanction.On)
	p, err = h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.NotContains(t, p.Possible, licensing.Grant)
}

// Who passed under the number of a file that went into theirs has passed: a change of
// number goes by a merge, and loses nobody their exam.
func TestAMergeKeepsAPassedExam(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Staff("ann", practitioner.PermPropose)
	h.Staff("bob", practitioner.PermDecide)
	old, number := idLike("31010119900307002"), idLike("31010119900307004")
	id, err := person.ParseID(old)
	require.NoError(t, err)
	h.Passed(id, "李公交", "13901")
	gone, _ := h.busman(old, "", "")
	kept, _ := h.busman(number, "", "")
	m, err := h.people.Propose(h.As("ann"), kept.ID, gone.ID, "同一人两份档案")
	require.NoError(t, err)
	_, err = h.people.Decide(h.As("bob"), m.ID, true, "")
	require.NoError(t, err)
	p := h.busCase("BU01", number, "", "13901", nil, "M23")
	p = h.do("clerk", p, licensing.Submit, "")
	require.Equal(t, "PASS", standing(h.toApproval(p), "E08").Result)
}
