package application_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

const renewer = "310104198808080032"

// renewing is an accepted renewal of somebody whose certificate ends soon and who
// has had their continuing education.
func (h *hall) renewing() application.Page {
	h.t.Helper()
	ctx := auth.System(h.t.Context(), "test")
	h.Clock.Advance(-39 * 24 * time.Hour) // Thursday 15 October: the year's calendar reaches far enough
	p := h.another(renewer, "王强")
	var l practitioner.Licence
	require.NoError(h.t, h.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		l, err = h.people.Issue(ctx, tx, practitioner.Grant{
			Person: p.ID, Act: practitioner.TakeIn, Type: practitioner.Road, Categories: []string{"02001"}, On: clock.Date{Year: 2021, Month: 1, Day: 11},
			Taken: &practitioner.Taken{
				Number: renewer, FirstIssue: clock.Date{Year: 2021, Month: 1, Day: 11}, ValidFrom: clock.Date{Year: 2021, Month: 1, Day: 11},
				ValidTo: clock.Date{Year: 2027, Month: 1, Day: 10}, State: practitioner.InForce,
			},
		})
		return err
	}))
	h.Staff("filer", practitioner.PermSave)
	require.NoError(h.t, h.people.Educate(h.As("filer"), p.ID, practitioner.Education{
		Category: "02001", Org: "演示培训中心", ClassNo: "K1", Hours: 24, Begins: clock.Date{Year: 2026, Month: 5, Day: 1}, Ends: clock.Date{Year: 2026, Month: 5, Day: 10},
		Mode: "ONSITE", Certificate: "C1", Source: "本系统",
	}))
	d := h.draft("RT03")
	d.Name, d.IDNo, d.Licence, d.Categories = "王强", renewer, l.ID, []string{"02001"}
	d.Form["reason"] = "EXPIRE"
	for k, v := range map[string]string{"driving_no": renewer, "driving_class": "A2", "driving_first": "2010-01-01", "driving_until": "2030-01-01"} {
		d.Form[k] = v
	}
	page, err := h.Open(h.As("clerk"), d)
	require.NoError(h.t, err)
	for code, data := range map[string][]byte{"M03": nil, "M08": nil, "M04": []byte(jpeg), "M05": []byte(jpeg)} {
		page, err = h.Attach(h.As("clerk"), page.ID, code, "x.jpg", data)
		require.NoError(h.t, err, code)
	}
	page = h.do("clerk", page, licensing.Submit, "")
	return h.do("clerk", page, licensing.Accept, "")
}

// list tells the centre what a credit system says of the renewer.
func (h *hall) list(batch int64, status string) { h.t.Helper(); h.listOf(renewer, batch, status) }

func (h *hall) listOf(number string, batch int64, status string) {
	h.t.Helper()
	h.listFrom("2026-10-08", number, batch, status)
}

func (h *hall) listFrom(day, number string, batch int64, status string) {
	h.t.Helper()
	id, err := person.ParseID(number)
	require.NoError(h.t, err)
	_, err = h.sanctions.Receive(auth.System(h.t.Context(), "partner"), "credit-sh", sanction.Batch{Number: batch, MadeAt: h.Clock.Now(), Items: []sanction.Item{{
		ID: id, List: "TRANSPORT_SERIOUS", Reason: "非法营运", DecisionNo: "沪失信〔2026〕8号", Org: "市交通委", ListedAt: day, Status: status, RepairStat: "NONE",
	}}})
	require.NoError(h.t, err)
}

// Under strict review the promise falls away and an extension is proposed: the
// official in charge grants it, or says that it is not needed (M48).
func TestStrictReviewProposesAnExtension(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.list(1, sanction.On)
	p := h.renewing()
	require.True(t, p.Strict)
	require.Equal(t, "2026-11-12", p.Due.String(), "the law's twenty days; no promise")
	require.Contains(t, p.Proposal, "沪失信〔2026〕8号")
	waiting := func() application.Tally {
		n, err := h.Counts(h.As("boss"))
		require.NoError(t, err)
		return n.Extend
	}
	require.Zero(t, waiting(), "nobody can extend it before it is in review")
	p, err := h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	queue, err := h.List(h.As("boss"), application.Filter{Queue: "extend"}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, 1, queue.Total)
	require.Equal(t, application.Tally{Cases: 1}, waiting(), "as many as the list has")
	h.Clock.Advance(29 * 24 * time.Hour) // Friday 13 November
	require.Equal(t, application.Tally{Cases: 1, Overdue: 1}, waiting())
	_, err = h.Service.Do(h.As("rev"), p.ID, licensing.Extend, application.Order{ID: h.id(), Version: p.Revision, Text: p.Proposal})
	require.True(t, fault.Is(err, "auth.forbidden"), "not the reviewer: %v", err)
	p = h.do("boss", p, licensing.Extend, p.Proposal)
	require.Empty(t, p.Proposal)
	require.Zero(t, waiting())
	require.Equal(t, "D07", p.Letters[len(p.Letters)-1].Kind)
	_, err = h.Service.Do(h.As("boss"), p.ID, licensing.KeepPeriod, application.Order{ID: h.id(), Version: p.Revision, Text: "不需要延长"})
	require.True(t, fault.Is(err, "licensing.case.proposal"), "%v", err)
}

// A proposal that nobody answered ends with the decision.
func TestAProposedExtensionEndsWithTheDecision(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.list(1, sanction.On)
	p := h.claimed("rev", h.renewing())
	p = h.do("rev", p, licensing.ProposeRefusal, "不符合规定的条件")
	p = h.do("rev2", p, licensing.ProposeRefusal, "不符合规定的条件")
	require.NotEmpty(t, p.Proposal)
	require.Empty(t, h.do("boss", p, licensing.Deny, "不符合规定的条件").Proposal)
}

// A list that arrives while a case is open tightens it; one that is taken back ends
// what nobody has decided yet, and shortens no day that the applicant was told.
func TestAListThatArrivesMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.renewing()
	require.False(t, p.Strict)
	require.Equal(t, "2026-10-20", p.Due.String())
	h.list(1, sanction.On)
	p, err := h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.True(t, p.Strict)
	require.NotEmpty(t, p.Proposal)
	require.Equal(t, "2026-11-12", p.Due.String())
	h.list(1, sanction.On) // twice
	h.list(2, sanction.Off)
	same, err := h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.False(t, same.Strict)
	require.Empty(t, same.Proposal)
	require.Equal(t, "2026-11-12", same.Due.String())
	require.Len(t, same.Course, len(p.Course)+1)
}

// A list names the number of the file that a case's file went into: the case is
// that person's.
func TestAListReachesCasesOfMergedFiles(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.sanctions.Aliases = h.people.Aliases
	p := h.renewing()
	number := examtest.IDBorn("19880808", 77)
	h.Staff("ann", practitioner.PermPropose)
	h.Staff("bob", practitioner.PermDecide)
	m, err := h.people.Propose(h.As("ann"), h.another(number, "王强").ID, p.Person, "同一人两份档案")
	require.NoError(t, err)
	_, err = h.people.Decide(h.As("bob"), m.ID, true, "")
	require.NoError(t, err)
	h.listOf(number, 1, sanction.On)
	p, err = h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.True(t, p.Strict)
	h.listOf(number, 2, sanction.Off)
	p, err = h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.False(t, p.Strict)
}

// A renewal that was asked for in time and is not decided before its certificate
// ends counts as granted: it cannot be refused any more (C7).
func TestARenewalThatNobodyDecides(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.renewing()
	i := slices.IndexFunc(p.Clocks, func(c application.Clock) bool { return c.ID == application.ToRenew })
	require.GreaterOrEqual(t, i, 0)
	require.Equal(t, "2027-01-10", p.Clocks[i].Due.String())
	p, err := h.Claim(h.As("rev"), p.ID, application.Order{ID: h.id(), Version: p.Revision})
	require.NoError(t, err)
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "符合条件，同意")
	require.Empty(t, p.Notices)
	h.Clock.Advance(88 * 24 * time.Hour) // 11 January
	_, err = h.Service.Do(h.As("boss"), p.ID, licensing.Deny, h.ordered(p, licensing.Deny, "材料不足以证明"))
	require.True(t, fault.Is(err, "licensing.case.deemed"), "%v", err)
	p, err = h.Show(h.As("boss"), p.ID)
	require.NoError(t, err)
	require.Len(t, p.Notices, 1)
	require.Equal(t, application.Red, p.Light)
}

// A list that counts from a day still to come, and nobody is told when it comes: the
// reviews after it are by two all the same, and the case can be decided.
func TestAListWhoseDayComesDuringTheReview(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.claimed("rev", h.renewing()) // 15 October
	h.listFrom("2026-10-20", renewer, 1, sanction.On)
	p = h.do("rev", h.confirmed("rev", p), licensing.PassReview, "符合规定的条件")
	require.Equal(t, licensing.Approving, p.State)
	h.Clock.Advance(6 * 24 * time.Hour)
	require.True(t, fault.Is(h.grant(p), "licensing.case.strict"))
	p = h.do("boss", p, licensing.BackToReview, "须由两人审查")
	p = h.do("rev", p, licensing.PassReview, "符合规定的条件")
	require.Equal(t, licensing.Reviewing, p.State, "the second is still to come")
	require.True(t, p.Strict)
	require.NotEmpty(t, p.Proposal)
	require.Equal(t, []licensing.Event{licensing.Tighten, licensing.PassReview}, events(p)[len(p.Course)-2:], "the course says since when")
	p = h.do("rev2", p, licensing.PassReview, "符合规定的条件")
	require.Equal(t, licensing.Granted, h.do("boss", p, licensing.Grant, "准予换证").State)
}

// Looking again changes nothing but the checks.
func TestLookingAgainDoesNotSayWhatIsNotWritten(t *testing.T) {
	t.Parallel()
	h, p := short(t)
	h.listFrom("2026-10-20", renewer, 1, sanction.On)
	h.Clock.Advance(6 * 24 * time.Hour)
	p, err := h.Recheck(h.As("rev"), p.ID, p.Revision)
	require.NoError(t, err)
	h.asShown("rev", p)
}
