package matter

import (
	"context"
	"fmt"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/proof"
)

// Prove checks every version. It checks no right.
func (c *Catalogue) Prove(ctx context.Context, q db.Q) ([]proof.Table, error) {
	return proof.All(func() (proof.Table, error) {
		return proof.Of(ctx, q, "licensing_matter", allSQL, func(v *stored) (string, bool) {
			return fmt.Sprintf("%s/%d", v.Code, v.Version), c.keys.CheckRowMAC(v.MAC, v.parts()...)
		})
	})
}
