package sitting

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
)

// Timing says when the key may be released, and how without a network.
type Timing struct {
	// ReleaseLead is how long before a sitting's planned start the key may go
	// out. It is as short as it can be for the secret and as long as it must be
	// for a venue that may lose its network: six hours reach from when a building
	// opens to its afternoon sitting, and are longer than a broken line usually
	// takes; the night before a morning sitting is out of reach in practice, since
	// the preflight wants the hall's machines on.
	ReleaseLead time.Duration
	// PreflightLife is how old a preflight may be: cameras, disks and machines
	// change hands within a morning. A venue with a network repeats its own.
	PreflightLife time.Duration
	// UnlockNeed of UnlockOf people have to read out a code each to open a package
	// at a venue without network.
	UnlockNeed, UnlockOf int
}

// DefaultTiming is good for a venue with one line and no second.
func DefaultTiming() Timing {
	return Timing{ReleaseLead: 6 * time.Hour, PreflightLife: 2 * time.Hour, UnlockNeed: 2, UnlockOf: 3}
}

// earliest is how early a person may release with a reason: within a day, so
// that an announced outage can be got round.
const earliest = 24 * time.Hour

// DueEvery is how often sittings are looked at whose time has come.
const DueEvery = 20 * time.Second

// ReleaseDue releases the keys of sittings whose time has come. Everything else
// a release waits for is a record, and looked at when it arrives; time alone
// sends none. Any number of copies may do this at once: the sitting's row
// decides. One that cannot be released does not keep the others.
func (s *Service) ReleaseDue(ctx context.Context) error {
	ctx = auth.System(ctx, "release")
	now := s.Clock.Now()
	ids, err := db.Rows(ctx, s.DB, pgx.RowTo[string], dueSQL, now.Add(s.Timing.ReleaseLead), now.Add(-stillDue))
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids {
		err := s.DB.InTx(ctx, func(tx pgx.Tx) error { return s.tryRelease(ctx, tx, id) })
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("release %s: %w", id, err))
		}
	}
	return failed
}

// stillDue is how long after its planned start a sitting is looked at by the
// clock; later a record or a person releases.
const stillDue = 24 * time.Hour
