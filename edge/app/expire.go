package app

import (
	"context"
	"errors"
	"strconv"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/evidence"
)

// ExpirePictures removes the pictures older than keep and puts how many into
// the audit trail, also when it could not remove all: what is gone is gone.
func ExpirePictures(ctx context.Context, s *store.Store, e *evidence.Store, t *audit.Trail, now time.Time, keep time.Duration) (int, error) {
	n, err := e.Expire(now, keep)
	if n == 0 {
		return 0, err
	}
	return n, errors.Join(err, s.Update(ctx, func(tx *store.Tx) error {
		return t.Record(ctx, tx, "supervise.evidence.expire", "pictures", strconv.Itoa(n))
	}))
}
