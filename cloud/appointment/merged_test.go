package appointment_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Whoever stayed away under one number is barred under the other, in whichever
// direction their files were merged.
func TestABarHoldsUnderAllNumbers(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	for _, day := range []string{tue, "2026-11-25", "2026-11-26"} {
		if day != tue {
			h.add(day, am, "ROAD", 2)
		}
		h.must(platform, h.ask(1, func(r *appointment.Request) { r.Day = day }))
	}
	h.to("2026-11-27", "00:30")
	_, err := h.Expire(context.Background())
	require.NoError(t, err)
	h.add("2026-12-01", am, "ROAD", 3)
	next := func(n int) appointment.Request {
		return h.ask(n, func(r *appointment.Request) { r.Day = "2026-12-01" })
	}
	h.must(platform, next(2)) // while nobody knew
	h.Aliases = h.Merged(3, 1).Aliases
	_, err = h.book(platform, next(3))
	examtest.RequireFault(t, err, "appointment.book.barred")
	_, err = h.book(platform, next(1))
	examtest.RequireFault(t, err, "appointment.book.barred")
	h.must(platform, next(4)) // a stranger

	st, err := h.Standing(context.Background(), h.DB, h.blind(3))
	require.NoError(t, err)
	require.Equal(t, 3, st.Missed)
	a, err := h.Check(context.Background(), h.DB, h.blind(3), "RT01")
	require.NoError(t, err)
	require.False(t, a.OK)
}

// One appointment a day about a matter, whichever number is given; what is coming is
// the person's, and theirs to cancel.
func TestOneAppointmentADayUnderAllNumbers(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	b := h.must(platform, h.ask(1, nil))
	h.Aliases = h.Merged(2, 1).Aliases
	_, err := h.book(platform, h.ask(2, func(r *appointment.Request) { r.Period = pm }))
	examtest.RequireFault(t, err, "appointment.book.twice")
	st, err := h.Standing(context.Background(), h.DB, h.blind(2))
	require.NoError(t, err)
	require.Len(t, st.Coming, 1)
	require.Equal(t, b.ID, st.Coming[0].ID)
	found, err := h.List(h.As("clerk"), appointment.Filter{}, db.Page{Q: examtest.IDNumber(2)})
	require.NoError(t, err)
	require.Equal(t, 1, found.Total)

	own := func(n int) appointment.By {
		return appointment.By{Caller: "p", Channel: appointment.Own, Blind: h.blind(n)}
	}
	_, err = h.cancel(own(3), b.ID)
	examtest.RequireFault(t, err, "record.missing")
	_, err = h.cancel(own(2), b.ID)
	require.NoError(t, err)
	h.must(own(2), h.ask(1, func(r *appointment.Request) { r.Period = pm })) // for themselves
}

// Both numbers at the same moment: one of them.
func TestBothNumbersAtOnce(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	h.Aliases = h.Merged(1, 2).Aliases
	errs := make([]error, 10)
	var wg sync.WaitGroup
	for i := range errs {
		r := h.ask(1+i%2, func(r *appointment.Request) {
			if i%3 == 0 {
				r.Period = pm
			}
		})
		wg.Go(func() { _, errs[i] = h.book(platform, r) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		// the afternoon has one place: it may be gone before the person is looked at
		require.Contains(t, []string{"appointment.book.twice", "appointment.book.full"}, fault.From(err).Code)
	}
	require.Equal(t, 1, won)
}
