package appointment_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// TestWhatHasBegunIsNotOffered: who comes while a period runs is offered the next one,
// as booking would refuse it.
func TestWhatHasBegunIsNotOffered(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	free := func() (periods []string) {
		list, err := h.Free(t.Context(), h.DB, "RT01")
		require.NoError(t, err)
		for i := range list {
			periods = append(periods, list[i].Period())
		}
		return periods
	}
	now := h.Clock.Now()
	morning := (clock.Date{Year: 2026, Month: 11, Day: 24}).Start().Add(9 * time.Hour)
	h.Clock.Advance(morning.Sub(now) - time.Second)
	require.Equal(t, []string{am, pm}, free())
	h.Clock.Advance(time.Second)
	require.Equal(t, []string{pm}, free())
	_, err := h.book(platform, h.ask(1, nil))
	examtest.RequireFault(t, err, "appointment.book.over")

	h.add(tue, "14:00-15:00", "TAXI", 1)
	taxi := func(n int) error {
		_, err := h.book(platform, h.ask(n, func(r *appointment.Request) { r.Matter, r.Period = "TX01", "14:00-15:00" }))
		return err
	}
	require.NoError(t, taxi(2))
	err = taxi(3)
	require.Contains(t, fault.From(err).Text, pm, "what is free is named")
	h.Clock.Advance(4*time.Hour + 30*time.Minute)
	err = taxi(3)
	examtest.RequireFault(t, err, "appointment.book.full")
	require.NotContains(t, fault.From(err).Text, pm, "what has begun is not")
}
