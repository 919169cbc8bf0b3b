package cancel

import (
	"context"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

// Prove checks every row of the list. It checks no right.
func (s *Service) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(func() (proof.Table, error) {
		return proof.Of(ctx, q, "licensing_cancellation", columns, func(i *Item) (string, bool) { return i.Number, s.sound(i) == nil })
	})
}
