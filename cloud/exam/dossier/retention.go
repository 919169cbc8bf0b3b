package dossier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// DefaultKeep is the time in which a candidate may ask for a review; pictures
// are for that and for nothing else. DueEvery is how often sittings are looked
// at whose pictures have had their time.
const (
	DefaultKeep = 30 * 24 * time.Hour
	DueEvery    = time.Hour
)

// auditExpire is the deletion's line in the audit.
const auditExpire = "exam.dossier.expire"

// ExpireDue deletes the pictures of sittings whose time is over and about which
// nothing is open, here and at the venue. Any number of copies may do this at
// once: the sitting's row decides. One that fails does not keep the others.
func (s *Service) ExpireDue(ctx context.Context) error {
	ctx = auth.System(ctx, "retention")
	ids, err := db.Rows(ctx, s.DB, pgx.RowTo[string], dueSQL, s.before())
	if err != nil {
		return err
	}
	var failed error
	for _, id := range ids {
		if err := s.expire(ctx, id); err != nil {
			failed = errors.Join(failed, fmt.Errorf("pictures of %s: %w", id, err))
		}
	}
	return errors.Join(failed, s.sweep(ctx))
}

func (s *Service) before() time.Time { return s.Clock.Now().Add(-s.Keep) }

// expire takes every name of a sitting's pictures away; the files follow.
func (s *Service) expire(ctx context.Context, id string) error {
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		// Something may have been opened meanwhile; who opens it locks the sitting.
		if _, err := tx.Exec(ctx, lockSQL, id); err != nil {
			return fmt.Errorf("lock sitting: %w", err)
		}
		if still, err := db.Rows(ctx, tx, pgx.RowTo[string], stillSQL, s.before(), id); err != nil || len(still) == 0 {
			return err
		}
		blobs, err := db.Rows(ctx, tx, pgx.RowTo[[]byte], portraitBlobsSQL, id)
		if err != nil {
			return err
		}
		packs, err := s.packs(ctx, tx, id)
		if err != nil {
			return err
		}
		evidence, err := db.Value[int](ctx, tx, heldSQL, id)
		if err != nil {
			return err
		}
		gone, err := tx.Exec(ctx, dropPortraitsSQL, id)
		if err == nil {
			_, err = tx.Exec(ctx, dropEvidenceSQL, id, s.Clock.Now())
		}
		if err == nil {
			_, err = tx.Exec(ctx, expiredSQL, id, gone.RowsAffected(), evidence, s.Clock.Now(), append(blobs, packs...))
		}
		if err != nil {
			return fmt.Errorf("drop pictures: %w", err)
		}
		if err := s.tell(ctx, tx, id); err != nil {
			return err
		}
		return s.Audit.Record(ctx, tx, auditExpire, id, map[string]any{"portraits": gone.RowsAffected(), "evidence": evidence})
	})
}

// packs are the packages of a sitting: photographs are in them.
func (s *Service) packs(ctx context.Context, tx pgx.Tx, id string) ([][]byte, error) {
	names, err := db.Rows(ctx, tx, pgx.RowTo[string], packsSQL, id)
	out := make([][]byte, 0, len(names))
	for _, n := range names {
		if d, err := sm.ParseDigest(n); err == nil {
			out = append(out, d[:])
		}
	}
	return out, err
}

func (s *Service) tell(ctx context.Context, tx pgx.Tx, id string) error {
	in, err := s.Sittings.Readable(ctx, tx, PermRead, id)
	if err != nil {
		return err
	}
	return s.Sittings.Order(ctx, tx, in, wire.OrderPicturesExpired, wire.PicturesExpired{Sitting: id})
}

// sweep removes files that nothing names any more, also those that an earlier
// run could not.
func (s *Service) sweep(ctx context.Context) error {
	left, err := db.All[leftover](ctx, s.DB, leftoversSQL)
	if err != nil {
		return err
	}
	for _, l := range left {
		for _, b := range l.Blobs {
			if err := s.Blobs.Remove(ctx, sm.Digest(b)); err != nil {
				return fmt.Errorf("remove picture: %w", err)
			}
		}
		if _, err := s.DB.Exec(ctx, removedSQL, l.Sitting); err != nil {
			return fmt.Errorf("note removal: %w", err)
		}
	}
	return nil
}

type leftover struct {
	Sitting string   `db:"sitting"`
	Blobs   [][]byte `db:"blobs"`
}

// Limits of faces: at 100,000 people the processing has to be registered
// (人脸识别技术应用安全管理办法), and the alarm comes before.
const (
	maxFaces  = 80_000
	manyFaces = maxFaces * 8 / 10
)

// Faces is how many pictures of faces the centre keeps.
type Faces struct {
	Portraits int    `json:"portraits" db:"portraits" doc:"预留照片"`
	Evidence  int    `json:"evidence" db:"evidence" doc:"从考场调取的现场照片"`
	Held      int    `json:"held" db:"held" doc:"已过保存期、因事项未办结而保留的场次"`
	Limit     int    `json:"limit" db:"-"`
	KeepDays  int    `json:"keep_days" db:"-"`
	Level     string `json:"level" db:"-" enum:"green,yellow,red"`
}

// Faces counts them.
func (s *Service) Faces(ctx context.Context) (Faces, error) {
	if _, err := auth.Require(ctx, PermFaces); err != nil {
		return Faces{}, err
	}
	f, err := db.Row[Faces](ctx, s.DB, facesSQL, s.before())
	f.Limit, f.KeepDays = maxFaces, int(s.Keep.Hours()/24)
	f.Level = level(f.Portraits + f.Evidence)
	return f, err
}

func level(n int) string {
	switch {
	case n >= maxFaces:
		return "red"
	case n >= manyFaces:
		return "yellow"
	}
	return "green"
}
