package appointment_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/appointment"
	"huyun.internal/cloud/exam/examtest"
)

// TestASlipIsForWhoBooked (AP01, D13): whoever's booking it is gets it, and the
// desk; what was cancelled has none.
func TestASlipIsForWhoBooked(t *testing.T) {
	t.Parallel()
	h := newHall(t)
	b := h.must(platform, h.ask(1, nil))
	own := func(n int) appointment.By {
		return appointment.By{Caller: "p", Channel: appointment.Own, Blind: h.blind(n)}
	}
	_, _, err := h.Slip(t.Context(), h.DB, own(1), b.ID)
	examtest.RequireFault(t, err, "appointment.slip.off")
	h.Slips = func(b appointment.Booking) ([]byte, error) {
		return []byte("%PDF " + b.Number + " " + b.Title + " " + b.IDNo), nil
	}
	name, pdf, err := h.Slip(t.Context(), h.DB, own(1), b.ID)
	require.NoError(t, err)
	require.Equal(t, "预约确认单"+b.Number+".pdf", name)
	require.Equal(t, "%PDF YY2611240001 客货运申领 "+b.IDNo, string(pdf))
	_, _, err = h.Slip(t.Context(), h.DB, own(2), b.ID)
	examtest.RequireFault(t, err, "record.missing")
	_, _, err = h.PrintSlip(h.As("clerk"), b.ID)
	require.NoError(t, err)
	h.Staff("guest")
	path := "/api/v1/appointment/bookings/" + b.ID + "/slip"
	status, _ := h.Do("guest", http.MethodGet, path, nil)
	require.Equal(t, http.StatusForbidden, status)
	status, body := h.Do("boss", http.MethodGet, path, nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, pdf, body)

	_, err = h.cancel(platform, b.ID)
	require.NoError(t, err)
	_, _, err = h.Slip(t.Context(), h.DB, own(1), b.ID)
	examtest.RequireFault(t, err, "appointment.slip.state")
}
