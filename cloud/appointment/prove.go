package appointment

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

// Prove checks every slot and booking. It checks no right.
func (s *Service) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "appointment_slot", listSlotSQL, func(t *Slot) (string, bool) { return t.ID, s.keys.CheckRowMAC(t.MAC, t.parts()...) })
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "appointment_booking", listBookingSQL, func(b *Booking) (string, bool) { return b.ID, s.keys.CheckRowMAC(b.MAC, b.parts()...) })
		},
	)
}
