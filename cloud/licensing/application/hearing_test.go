package application_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/sanction"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// A case is told of on Monday 23 November 2026: asked for until the 30th.
const (
	publicHearing = "听证"
	theDay        = 24 * time.Hour
)

// try is an act of somebody with an order of their own.
func (h *hall) try(who string, p application.Page, e licensing.Event, o application.Order) (application.Page, error) {
	h.t.Helper()
	o.ID, o.Version = h.id(), p.Revision
	out, err := h.Service.Do(h.As(who), p.ID, e, o)
	if err == nil {
		h.asShown(who, out)
	}
	return out, err
}

// toldOfHearing is a case in review whose applicant has been told of the right.
func (h *hall) toldOfHearing(p application.Page) application.Page {
	h.t.Helper()
	p, err := h.try("rev", p, licensing.Suspend, application.Order{Text: "拟不予许可，涉及重大利益", Procedure: publicHearing, Days: 25})
	require.NoError(h.t, err)
	h.hearing(p, application.HearingTold)
	return p
}

// hearing is that of a case, in a state, with what an official is to do.
func (h *hall) hearing(p application.Page, want application.HearingState) application.Hearing {
	h.t.Helper()
	require.Equal(h.t, licensing.Suspended, p.State)
	require.NotNil(h.t, p.Hearing)
	require.Equal(h.t, want, p.Hearing.State)
	require.NotEmpty(h.t, p.Hearing.Says)
	return *p.Hearing
}

func sat(on string) application.Order {
	d, err := clock.ParseDate(on)
	if err != nil {
		panic(err)
	}
	return application.Order{Hearing: &application.Sitting{Day: d, Time: "09:30", Place: "世博村路 300 号 3 楼听证室"}}
}

// still proves that the days of the decision stand, and says which day counts instead.
func (h *hall) still(p application.Page, used int, instead string) {
	h.t.Helper()
	for _, k := range p.Clocks {
		if k.ID == application.ToDecide || k.ID == application.Promised {
			require.True(h.t, k.Due.IsZero(), "%s runs", k.ID)
			require.Equal(h.t, used, k.Count.Used, k.ID)
		}
	}
	require.Equal(h.t, instead, p.Due.String())
}

func (h *hall) count08(p application.Page, want int) {
	h.t.Helper()
	n := 0
	for _, k := range letters(p) {
		if k == "D08" {
			n++
		}
	}
	require.Equal(h.t, want, n, "letters of a procedure")
}

// The whole way at the window: told, asked for, fixed, fixed anew, held, concluded.
// The days of the decision stand all the time, and each notice is in writing.
func TestAHearingIsHeld(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.toldOfHearing(h.inReview())
	require.Equal(t, "2026-11-30", p.Hearing.AskBy.String())
	h.still(p, 0, "2026-11-30")
	require.Equal(t, application.ToHear, p.DueClock)
	h.count08(p, 1)
	said := h.said(p, "D08")
	for _, want := range []string{"需要进行听证", "第四十五条", "2026年11月30日前（含当日）", "第四十七条", "不承担组织听证的费用"} {
		require.Contains(t, said, want)
	}
	h.refused("rev", p, licensing.Resume, "licensing.case.hearing.waiting", "2026-11-30")
	h.refused("rev", p, licensing.Suspend, "licensing.case.state", "挂起")
	_, err := h.try("rev", p, licensing.FixHearing, sat("2026-12-03"))
	require.True(t, fault.Is(err, "licensing.case.hearing.unasked"), "%v", err)
	for _, who := range []string{"nobody", "boss", "rev"} {
		h.refused(who, p, licensing.AskHearing, "auth.forbidden", "")
	}
	require.Contains(t, h.shown(p).Possible, licensing.AskHearing)

	h.Clock.Advance(theDay) // Tuesday the 24th
	p = h.do("clerk", p, licensing.AskHearing, "")
	x := h.hearing(p, application.HearingAsked)
	require.Equal(t, []string{"2026-11-24", "2026-12-22", "2026-12-03"}, []string{x.Asked.String(), x.HoldBy.String(), x.Earliest.String()})
	require.Contains(t, p.Course[len(p.Course)-1].Text, "窗口")
	h.still(p, 0, "2026-12-22")
	h.count08(p, 1)
	h.refused("clerk", p, licensing.AskHearing, "licensing.case.hearing.asked", "不需要重复提出")
	h.refused("rev", p, licensing.Resume, "licensing.case.hearing.unheld", "还没有举行")
	require.NotContains(t, p.Possible, licensing.AskHearing)

	for on, code := range map[string]string{
		"2026-12-02": "licensing.case.hearing.day", // six days' notice
		"2026-12-23": "licensing.case.hearing.day", // the twenty-first day
		"2026-12-06": "licensing.case.hearing.day", // a Sunday
	} {
		_, err := h.try("rev", p, licensing.FixHearing, sat(on))
		require.True(t, fault.Is(err, code), "%s: %v", on, err)
		require.ErrorContains(t, err, "最早 2026-12-03，最迟 2026-12-22")
	}
	require.Len(t, x.Days, 14, "working days from the first to the last")
	for _, at := range []string{"03:00", "07:59", "18:00"} {
		o := sat("2026-12-03")
		o.Hearing.Time = at
		_, err := h.try("rev", p, licensing.FixHearing, o)
		require.True(t, fault.Is(err, "licensing.case.hearing.time"), "%s: %v", at, err)
		require.ErrorContains(t, err, "08:00 至 18:00")
	}
	_, err = h.try("rev", p, licensing.FixHearing, application.Order{})
	require.True(t, fault.Is(err, "licensing.case.hearing.sitting"), "%v", err)
	_, err = h.try("rev2", p, licensing.FixHearing, sat("2026-12-03"))
	require.True(t, fault.Is(err, "licensing.case.conflict"), "another's case: %v", err)
	_, err = h.try("clerk", p, licensing.FixHearing, sat("2026-12-03"))
	require.True(t, fault.Is(err, "auth.forbidden"), "%v", err)

	last, err := h.try("rev", p, licensing.FixHearing, sat("2026-12-22"))
	require.NoError(t, err, "the last day")
	p, err = h.try("rev", last, licensing.FixHearing, sat("2026-12-03"))
	require.NoError(t, err, "another day, the first that can be")
	h.hearing(p, application.HearingFixed)
	h.still(p, 0, "2026-12-22")
	h.count08(p, 3)
	said = h.said(p, "D08")
	for _, want := range []string{"2026年12月3日09时30分", "3楼听证室", "拟不予许可，涉及重大利益", "第四十八条", "以本告知书为准"} {
		require.Contains(t, said, want)
	}
	require.NotContains(t, said, "应当在被告知之日起五个工作日内")
	h.refused("rev", p, licensing.Resume, "licensing.case.hearing.unheld", "还没有举行")

	h.Clock.Advance(9*theDay + 12*time.Hour) // the 3rd, after half past nine
	p = h.shown(p)
	h.hearing(p, application.HearingPast)
	h.refused("clerk", p, licensing.DropHearing, "licensing.case.hearing.over", "不需要登记")
	_, err = h.try("rev", p, licensing.Resume, application.Order{Text: " 无 "})
	require.True(t, fault.Is(err, "licensing.case.hearing.conclusion"), "%v", err)
	p = h.do("rev", p, licensing.Resume, "听证后认为申请人陈述的理由成立，按听证笔录继续审查")
	require.Equal(t, licensing.Reviewing, p.State)
	require.Nil(t, p.Hearing)
	require.Equal(t, "2026-12-08", p.Due.String(), "all three promised days are left")
	require.Zero(t, h.wrong()["licensing_hearing"])

	h.years(2027) // a second one is its own
	p = h.toldOfHearing(p)
	require.True(t, p.Hearing.Asked.IsZero())
}

// Nobody asks: the case goes on after five days, not on the fifth.
func TestNobodyAsksForAHearing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.toldOfHearing(h.inReview())
	h.Clock.Advance(7 * theDay) // the last day
	p = h.shown(p)
	h.hearing(p, application.HearingTold)
	h.refused("rev", p, licensing.Resume, "licensing.case.hearing.waiting", "现在不能恢复办理")
	h.Clock.Advance(theDay)
	p = h.shown(p)
	h.hearing(p, application.HearingLapsed)
	require.Equal(t, application.Red, p.Light, "somebody has to go on")
	h.refused("clerk", p, licensing.AskHearing, "licensing.case.hearing.late", "申请行政复议")
	h.refused("clerk", p, licensing.DropHearing, "licensing.case.hearing.over", "恢复办理")
	own, err := h.OwnShow(h.applicant(h.person.ID), p.ID)
	require.NoError(t, err)
	require.NotContains(t, own.Can, licensing.AskHearing)
	list, err := h.List(h.As("rev"), application.Filter{Queue: "review"}, db.Page{})
	require.NoError(t, err)
	require.Equal(t, []licensing.Event{licensing.Resume}, list.Items[0].Possible, "the list offers what the page does")
	p = h.do("rev", p, licensing.Resume, "")
	require.Equal(t, licensing.Reviewing, p.State, "there was nothing to conclude")
}

// Given up, the case goes on at once; within the five days it may be asked for after
// all, and what was asked for be taken back.
func TestAHearingIsGivenUp(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.toldOfHearing(h.inReview())
	_, err := h.try("clerk", p, licensing.DropHearing, application.Order{})
	require.True(t, fault.Is(err, "licensing.case.reason"), "what was handed in is said: %v", err)
	p = h.do("clerk", p, licensing.DropHearing, "书面放弃听证声明已收")
	h.hearing(p, application.HearingDropped)
	require.True(t, p.Due.IsZero(), "no day runs")
	require.Equal(t, []licensing.Event{licensing.AskHearing, licensing.Withdraw}, p.Possible)
	h.refused("clerk", p, licensing.DropHearing, "licensing.case.hearing.over", "不需要登记")
	_, err = h.try("rev", p, licensing.FixHearing, sat("2026-12-03"))
	require.True(t, fault.Is(err, "licensing.case.hearing.unasked"), "%v", err)

	p = h.do("clerk", p, licensing.AskHearing, "改变主意，要求听证")
	require.True(t, h.hearing(p, application.HearingAsked).Dropped.IsZero())
	p, err = h.try("rev", p, licensing.FixHearing, sat("2026-12-02"))
	require.NoError(t, err)
	p = h.do("clerk", p, licensing.DropHearing, "书面撤回听证申请")
	h.hearing(p, application.HearingDropped)
	h.Clock.Advance(8 * theDay)
	h.refused("clerk", p, licensing.AskHearing, "licensing.case.hearing.late", "2026-11-30")
	p = h.do("rev", p, licensing.Resume, "")
	require.Equal(t, licensing.Reviewing, p.State)
}

// When no notice can be given in time any more, the first day with notice is the last:
// the notice is the applicant's right.
func TestANoticeIsNotCutShort(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.toldOfHearing(h.inReview()), licensing.AskHearing, "")
	h.Clock.Advance(22 * theDay) // 15 December; to be held by the 21st
	require.Contains(t, h.shown(p).Hearing.Says, "只能定在 2026-12-24")
	for _, on := range []string{"2026-12-21", "2026-12-23", "2026-12-25"} {
		_, err := h.try("rev", p, licensing.FixHearing, sat(on))
		require.True(t, fault.Is(err, "licensing.case.hearing.day"), "%s: %v", on, err)
	}
	_, err := h.try("rev", p, licensing.FixHearing, sat("2026-12-24"))
	require.NoError(t, err)
}

// Nobody is told of a right whose days the calendar does not reach.
func TestAHearingNeedsACalendar(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.inReview()
	h.Clock.Advance(14 * theDay) // 25 working days end in January 2027
	_, err := h.try("rev", p, licensing.Suspend, application.Order{Text: "涉及重大利益关系", Procedure: publicHearing, Days: 5})
	require.ErrorContains(t, err, "2027 年工作日历")
	_, err = h.try("rev", p, licensing.Suspend, application.Order{Text: "笔迹需要鉴定", Procedure: "鉴定", Days: 5})
	require.NoError(t, err)
}

// The applicant asks online, in their own case only, also in one that they handed in
// at the window; they read what it means for them and nothing of the office's.
func TestAnApplicantAsksForAHearing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.toldOfHearing(h.inReview())
	me := h.applicant(h.person.ID)
	own, err := h.OwnShow(me, p.ID)
	require.NoError(t, err)
	require.Contains(t, own.Can, licensing.AskHearing)
	require.Contains(t, own.Todo, "2026-11-30 前（含当日）提出")
	require.True(t, own.Due.IsZero(), "the day is the applicant's last, not the office's")
	require.Contains(t, own.Hearing.Says, "你有权要求听证，不收费用")
	list, err := h.OwnList(me)
	require.NoError(t, err)
	require.Equal(t, own.Todo, list[0].Todo)

	_, err = h.OwnDo(h.applicant(h.another(renewer, "王强").ID), p.ID, licensing.AskHearing, order(h, own))
	require.True(t, fault.Is(err, "record.missing"), "somebody else's is none: %v", err)
	_, err = h.OwnDo(h.As("clerk"), p.ID, licensing.AskHearing, order(h, own))
	require.True(t, fault.Is(err, "auth.forbidden"), "%v", err)
	for _, e := range []licensing.Event{licensing.DropHearing, licensing.FixHearing, licensing.Resume} {
		require.NotContains(t, own.Can, e)
	}

	o := order(h, own)
	own, err = h.OwnDo(me, p.ID, licensing.AskHearing, o)
	require.NoError(t, err)
	require.NotContains(t, own.Can, licensing.AskHearing)
	require.Equal(t, application.HearingAsked, own.Hearing.State)
	require.Contains(t, own.Hearing.Says, "2026-12-21 前举行")
	require.Equal(t, "申请人在网上要求听证", own.Course[len(own.Course)-1].Text)
	again, err := h.OwnDo(me, p.ID, licensing.AskHearing, o)
	require.NoError(t, err)
	require.Equal(t, own.Version, again.Version, "the same press again does nothing")
	_, err = h.OwnDo(me, p.ID, licensing.AskHearing, order(h, own))
	require.True(t, fault.Is(err, "licensing.case.hearing.asked"), "%v", err)

	_, err = h.try("rev", h.shown(p), licensing.FixHearing, sat("2026-12-04"))
	require.NoError(t, err)
	own, err = h.OwnShow(me, p.ID)
	require.NoError(t, err)
	require.Equal(t, "参加听证：2026-12-04 09:30 在世博村路 300 号 3 楼听证室", own.Todo)
	page, err := json.Marshal(own)
	require.NoError(t, err)
	require.NotContains(t, string(page), "审查员", "what an official does next is not theirs")
}

// A case that ends while it waits for a hearing ends.
func TestACaseIsWithdrawnBeforeItsHearing(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	p := h.do("clerk", h.toldOfHearing(h.inReview()), licensing.AskHearing, "")
	p = h.do("clerk", p, licensing.Withdraw, "申请人不再申请")
	require.Equal(t, licensing.Withdrawn, p.State)
	require.Nil(t, p.Hearing)
	require.True(t, p.Due.IsZero())
}

// A list is looked into only where the list asks for a stricter review, and it is
// no hearing.
func TestAListIsLookedInto(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	vet := application.Order{Text: "向认定机关核实失信情况", Procedure: "失信核查", Days: 10}
	p := h.inReview()
	_, err := h.try("rev", p, licensing.Suspend, vet)
	require.True(t, fault.Is(err, "licensing.case.suspend.vetting"), "%v", err)

	h = newHall(t)
	h.list(1, sanction.On)
	p, err = h.try("rev", h.claimed("rev", h.renewing()), licensing.Suspend, vet)
	require.NoError(t, err)
	require.Nil(t, p.Hearing)
	said := h.said(p, "D08")
	require.Contains(t, said, "失信名单的机关核实")
	require.NotContains(t, said, "第四十五条")
	require.NotContains(t, said, "听证")
	h.refused("clerk", p, licensing.AskHearing, "licensing.case.hearing.none", "没有告知过听证权利")
	require.Equal(t, licensing.Reviewing, h.do("rev", p, licensing.Resume, "").State)
}

// Whatever of a hearing is changed behind the program's back stops the case, marking
// it as ended too; the list of everybody else stays.
func TestATamperedHearingStopsItsCase(t *testing.T) {
	t.Parallel()
	for _, set := range []string{"ended = true", "told_on = told_on - 30", "asked_on = told_on", "dropped_on = told_on", "at = now() - interval '1 day'", "place = '别处'"} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			h := newHall(t)
			p := h.toldOfHearing(h.inReview())
			_, err := h.DB.Exec(t.Context(), `UPDATE licensing_hearing SET `+set+` WHERE case_id = $1`, p.ID)
			require.NoError(t, err)
			h.refused("rev", p, licensing.Resume, "licensing.case.tampered", "听证记录")
			_, err = h.OwnDo(h.applicant(h.person.ID), p.ID, licensing.AskHearing, application.Order{ID: h.id(), Version: p.Revision})
			require.True(t, fault.Is(err, "licensing.case.tampered"), "%v", err)
			list, err := h.List(h.As("rev"), application.Filter{Queue: "review"}, db.Page{})
			require.NoError(t, err)
			require.Empty(t, list.Items[0].Possible)
			require.Equal(t, 1, h.wrong()["licensing_hearing"], "the daily proof finds it")
		})
	}
}

// A hearing whose row is gone is missed, not forgotten: the case does not go on without it.
func TestADeletedHearingIsMissed(t *testing.T) {
	t.Parallel()
	for _, asked := range []bool{false, true} {
		h := newHall(t)
		p := h.toldOfHearing(h.inReview())
		if asked { // the course says so when the clock does not
			p = h.do("clerk", p, licensing.AskHearing, "")
			_, err := h.DB.Exec(t.Context(), `UPDATE licensing_clock SET ended = true WHERE case_id = $1 AND clock = $2`, p.ID, application.ToHear)
			require.NoError(t, err)
		}
		_, err := h.DB.Exec(t.Context(), `DELETE FROM licensing_hearing WHERE case_id = $1`, p.ID)
		require.NoError(t, err)
		h.refused("rev", p, licensing.Resume, "licensing.case.tampered", "听证记录")
		list, err := h.List(h.As("rev"), application.Filter{Queue: "review"}, db.Page{})
		require.NoError(t, err)
		require.Empty(t, list.Items[0].Possible, "a list offers nothing that its page refuses")
	}
	h := newHall(t) // what stands still for something else has none
	p, err := h.try("rev", h.inReview(), licensing.Suspend, application.Order{Text: "需要鉴定笔迹", Procedure: "鉴定", Days: 10})
	require.NoError(t, err)
	require.Equal(t, licensing.Reviewing, h.do("rev", p, licensing.Resume, "").State)
}
