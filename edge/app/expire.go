package app

import (
	"context"
	"errors"
	"strconv"
	"time"

	"huyun.internal/edge/store"
)

// ExpirePictures removes the pictures older than keep that no sitting names any
// more and puts how many into the audit trail, also when it could not remove
// all: what is gone is gone. Those of a sitting go on the centre's word.
func ExpirePictures(ctx context.Context, v *Venue, now time.Time, keep time.Duration) (int, error) {
	held, err := v.Supervise.Held("")
	if err != nil {
		return 0, err
	}
	n, err := v.Evidence.Expire(now, keep, held)
	if n == 0 {
		return 0, err
	}
	return n, errors.Join(err, v.Store.Update(ctx, func(tx *store.Tx) error {
		return v.Audit.Record(ctx, tx, "supervise.evidence.expire", "pictures", strconv.Itoa(n))
	}))
}
