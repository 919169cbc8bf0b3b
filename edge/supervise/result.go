package supervise

import (
	"context"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/wire"
)

const resultBucket = "supervise_result" // sitting → wire.ResultPublished

// ApplyResult keeps the centre's final figures of a sitting; a later order
// replaces an earlier one.
func ApplyResult(_ context.Context, tx *store.Tx, o wire.Order) error {
	b, err := wire.Decode[wire.ResultPublished](o.Body)
	if err != nil {
		return err
	}
	return store.Save(tx, resultBucket, b.Sitting, b)
}

// Published is what the centre published of a sitting; false before.
func Published(r store.Reader, sitting string) (wire.ResultPublished, bool, error) {
	return store.Load[wire.ResultPublished](r, resultBucket, sitting)
}
