package appointment_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/exam/examtest"
)

// One booking that was edited keeps no other from being marked.
func TestAnEditedBookingKeepsNoOther(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	edited := h.must(platform, h.ask(1, nil))
	h.must(platform, h.ask(2, nil))
	_, err := h.DB.Exec(t.Context(), `UPDATE appointment_booking SET matter = 'RT02' WHERE id = $1`, edited.ID)
	require.NoError(t, err)
	h.to("2026-11-27", "00:30")
	n, err := h.Expire(context.Background())
	examtest.RequireFault(t, err, "appointment.tampered")
	require.Equal(t, 1, n)
	st, err := h.Standing(t.Context(), h.DB, h.blind(2))
	require.NoError(t, err)
	require.Equal(t, 1, st.Missed)
}

// One call for several people at once is one booking, and an answer for the others.
func TestOneCallForSeveralPeople(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	days := []string{"2026-11-25", "2026-11-26", "2026-11-27", "2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04"}
	var wg sync.WaitGroup
	errs := make([]error, len(days))
	for i, day := range days {
		h.add(day, am, "ROAD", 1)
		r := h.ask(i+1, func(r *appointment.Request) { r.Day, r.Call = day, "HD-the-same" })
		wg.Go(func() { _, errs[i] = h.book(platform, r) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		examtest.RequireFault(t, err, "appointment.book.reused")
	}
	require.Equal(t, 1, won)
}

// A caller's reference that looks like somebody's number means the caller's own.
func TestAReferenceThatIsANumber(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	a := h.must(platform, h.ask(1, nil))
	b := h.must(platform, h.ask(2, func(r *appointment.Request) { r.Ref = a.Number }))
	got, err := h.cancel(platform, a.Number)
	require.NoError(t, err)
	require.Equal(t, b.ID, got.ID)
}

// TestWhatSomebodyElseEditedIsRefused.
func TestWhatSomebodyElseEditedIsRefused(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	b := h.must(platform, h.ask(1, nil))
	ctx := context.Background()
	wrong := func() [2]int {
		list, err := h.Prove(ctx, h.DB)
		require.NoError(t, err)
		return [2]int{list[0].Wrong, list[1].Wrong}
	}
	require.Equal(t, [2]int{0, 0}, wrong())
	defer func() { require.NotContains(t, wrong(), 0, "fsck names both") }()
	_, err := h.DB.Exec(ctx, `UPDATE appointment_booking SET state = 'ARRIVED' WHERE id = $1`, b.ID)
	require.NoError(t, err)
	_, err = h.Show(h.As("clerk"), b.ID)
	examtest.RequireFault(t, err, "appointment.tampered")
	_, err = h.DB.Exec(ctx, `UPDATE appointment_slot SET quota = 99`)
	require.NoError(t, err)
	_, err = h.book(platform, h.ask(2, nil))
	examtest.RequireFault(t, err, "appointment.slot.tampered")
}
