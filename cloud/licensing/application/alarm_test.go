package application_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
)

// alarms are the numbers of the first page in their order: deemed grants with those
// that are past, overdue, deemed acceptances, last days.
func (h *hall) alarms() [5]int {
	h.t.Helper()
	list, err := h.Alarmed(h.As("boss"))
	require.NoError(h.t, err)
	var out [5]int
	for i, a := range list {
		require.Equal(h.t, application.Alarms[i], a.Alarm)
		page, err := h.List(h.As("boss"), application.Filter{Alarm: a.Alarm}, db.Page{PageSize: 5})
		require.NoError(h.t, err)
		require.Equal(h.t, a.Cases, page.Total, "the list behind %s", a.Alarm)
		require.Len(h.t, page.Items, a.Cases)
	}
	out[0], out[1], out[2], out[3], out[4] = list[0].Cases, list[0].Past, list[1].Cases, list[2].Cases, list[3].Cases
	return out
}

// An application that nobody answers: its last day, the law's acceptance, and the
// law's period that runs out, each an alarm, until the applicant gives up.
func TestAlarmsOfAnApplicationThatNobodyAnswers(t *testing.T) {
	t.Parallel()
	h := newHall(t) // Monday 2026-11-23
	h.years(2027)
	require.Equal(t, [5]int{}, h.alarms())
	p := h.do("clerk", h.opened("RT04"), licensing.Submit, "")
	h.Clock.Advance(6 * 24 * time.Hour)
	require.Equal(t, [5]int{}, h.alarms(), "Sunday")
	h.Clock.Advance(24 * time.Hour)
	require.Equal(t, [5]int{0, 0, 0, 0, 1}, h.alarms(), "Monday is the fifth working day")
	h.Clock.Advance(24 * time.Hour)
	h.expired(1, 0)
	require.Equal(t, [5]int{0, 0, 0, 1, 0}, h.alarms(), "the promise has run out, the law's days have not")
	h.Clock.Advance(7 * 24 * time.Hour)
	require.Equal(t, [5]int{0, 0, 0, 1, 0}, h.alarms(), "five working days")
	h.Clock.Advance(24 * time.Hour)
	require.Equal(t, [5]int{}, h.alarms(), "after them it is history")
	h.Clock.Advance(12 * 24 * time.Hour) // Monday 2026-12-21, the twentieth working day
	require.Equal(t, [5]int{}, h.alarms())
	h.Clock.Advance(24 * time.Hour)
	require.Equal(t, [5]int{0, 0, 1, 0, 0}, h.alarms())
	p, err := h.Show(h.As("clerk"), p.ID)
	require.NoError(t, err)
	h.do("clerk", p, licensing.Withdraw, "申请人要求撤回")
	require.Equal(t, [5]int{}, h.alarms())

	_, err = h.Alarmed(h.As("nobody"))
	require.True(t, fault.Is(err, "auth.forbidden"), "%v", err)
}

// The certificate of a renewal ends within the week, and then it has ended; a
// revocation takes the alarm away, for there is nothing to grant.
func TestAlarmsOfARenewalThatNobodyDecides(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.years(2027)
	p := h.claimed("rev", h.renewing()) // its certificate ends on 10 January 2027
	day := func(days int) [2]int {
		h.Clock.Advance(time.Duration(days) * 24 * time.Hour)
		a := h.alarms()
		return [2]int{a[0], a[1]}
	}
	l, err := h.people.Licence(t.Context(), h.DB, p.Licence)
	require.NoError(t, err)
	end := l.ValidTo.Start()
	now := func() int { return int(end.Sub(h.Clock.Now()).Hours()/24) + 1 }
	require.Equal(t, [2]int{0, 0}, day(now()-9))
	require.Equal(t, [2]int{1, 0}, day(3), "five working days at most")
	require.Equal(t, [2]int{1, 0}, day(now()), "the last day")
	require.Equal(t, [2]int{1, 1}, day(1))
	require.Equal(t, 1, h.alarms()[2], "the law's period is over as well")
	h.revoke(practitioner.Road, renewer)
	require.Equal(t, [2]int{0, 0}, day(0))
	require.Equal(t, 1, h.alarms()[2])
}
