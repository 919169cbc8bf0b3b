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

// Strict review ended while the first of two had spoken: the second opinion sends the
// case on, both stand, and neither of the two decides, extends or sends back, though
// they hold the permission.
func TestRelaxedBetweenTwoOpinions(t *testing.T) {
	t.Parallel()
	decide := []licensing.Event{licensing.Grant, licensing.Deny, licensing.BackToReview, licensing.Extend, licensing.KeepPeriod}
	for _, order := range [][2]string{{"all", "rev"}, {"rev", "all"}} {
		t.Run(order[0]+" first", func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			h.list(1, sanction.On)
			p := h.claimed(order[0], h.renewing())
			p = h.do(order[0], h.confirmed(order[0], p), licensing.PassReview, "符合规定的条件")
			require.Equal(t, licensing.Reviewing, p.State)
			h.list(2, sanction.Off)
			p, err := h.Show(h.As(order[1]), p.ID)
			require.NoError(t, err)
			p = h.do(order[1], p, licensing.ProposeRefusal, "不符合规定的条件")
			require.Equal(t, []any{licensing.Approving, "id-" + order[0], "id-" + order[1], 2, true}, []any{p.State, p.Reviewer, p.Cosigner, len(p.Opinions), p.Refusing})
			h.list(3, sanction.On)
			p, err = h.Show(h.As("all"), p.ID)
			require.NoError(t, err)
			require.NotEmpty(t, p.Proposal, "so that everything could be asked for")
			for _, e := range decide {
				require.NotContains(t, p.Possible, e)
				if e != licensing.Grant { // which nobody may: refusal is proposed
					h.refused("all", p, e, "licensing.case.conflict", "不能审批")
				}
			}
			p, err = h.Show(h.As("boss"), p.ID)
			require.NoError(t, err)
			require.Subset(t, p.Possible, decide[1:])
			h.do("boss", p, licensing.Deny, "不符合规定的条件")
		})
	}
}

// What two have passed is granted, whether or not strict review was on when the
// second did.
func TestTwoOpinionsAreTwoWheneverTheyWereGiven(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.list(1, sanction.On)
	p := h.claimed("rev", h.renewing())
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "符合规定的条件")
	h.list(2, sanction.Off)
	p, err := h.Show(h.As("rev2"), p.ID)
	require.NoError(t, err)
	p = h.do("rev2", p, licensing.PassReview, "符合规定的条件")
	h.list(3, sanction.On)
	p, err = h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.Contains(t, p.Possible, licensing.Grant)
}

// The first opinion may also be renewed by who gave it: it is one opinion, and one
// reviewer.
func TestTheFirstOpinionAgainAfterRelaxing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.list(1, sanction.On)
	p := h.claimed("rev", h.renewing())
	p = h.do("rev", h.confirmed("rev", p), licensing.ProposeRefusal, "不符合规定的条件")
	h.list(2, sanction.Off)
	p, err := h.Show(h.As("rev"), p.ID)
	require.NoError(t, err)
	p = h.do("rev", p, licensing.PassReview, "限制已解除，符合规定的条件")
	require.Equal(t, []any{licensing.Approving, "id-rev", "", 1, false}, []any{p.State, p.Reviewer, p.Cosigner, len(p.Opinions), p.Refusing})
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
