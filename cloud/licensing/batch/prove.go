package batch

import (
	"context"
	"fmt"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

// Prove checks every batch, line and collection. It checks no right.
func (s *Service) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "licensing_batch", batchesSQL, func(b *Batch) (string, bool) { return b.Number, s.Keys.CheckRowMAC(b.MAC, b.parts()...) })
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "licensing_batch_row", rowsSQL, func(r *Row) (string, bool) {
				return fmt.Sprintf("%s/%d", r.Batch, r.No), s.Keys.CheckRowMAC(r.MAC, r.parts()...)
			})
		},
		func() (proof.Table, error) {
			return proof.Of(ctx, q, "licensing_batch_collection", collectionsSQL, func(c *Collection) (string, bool) {
				return c.ID, s.Keys.CheckRowMAC(c.MAC, c.parts()...)
			})
		},
	)
}
