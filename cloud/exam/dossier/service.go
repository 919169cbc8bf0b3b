package dossier

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/audit"
	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/node"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Parts are what a Service works with.
type Parts struct {
	DB       *db.DB
	Keys     *keys.Ring
	Audit    *audit.Log
	Blobs    blob.Store
	Clock    clock.Clock
	Nodes    vocabulary.Nodes
	Sittings *sitting.Service
	Conduct  *conduct.Service
	Scores   *score.Service
	// Names are those of accounts, for what is printed; nil: accounts stand there.
	Names func(ctx context.Context, accounts []string) (map[string]string, error)
	// Keep is how long pictures stay after the close; zero: DefaultKeep.
	Keep time.Duration
}

// Service reads records and looks after pictures.
type Service struct{ Parts }

// New makes the service.
func New(p Parts) *Service {
	if p.Keep == 0 {
		p.Keep = DefaultKeep
	}
	return &Service{p}
}

const placePicture = "exam_evidence.picture"

// Open reads a candidate's record. Who opened it is on record.
func (s *Service) Open(ctx context.Context, id, candidate string) (Dossier, error) {
	var out Dossier
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) (err error) {
		out, err = s.read(ctx, tx, PermRead, id, candidate)
		return s.recorded(ctx, tx, err, PermRead, id, candidate, map[string]any{"how": "page"})
	})
}

// recorded is what an act on a record ends with: nothing without its line in
// the audit.
func (s *Service) recorded(ctx context.Context, tx pgx.Tx, err error, action, id, candidate string, detail map[string]any) error {
	if err != nil {
		return err
	}
	detail["sitting"] = id
	return s.Audit.Record(ctx, tx, action, candidate, detail)
}

func (s *Service) read(ctx context.Context, q db.Q, perm, id, candidate string) (Dossier, error) {
	in, err := s.Sittings.Readable(ctx, q, perm, id)
	if err != nil {
		return Dossier{}, err
	}
	out := Dossier{Sitting: in}
	if out.Candidate, err = s.Sittings.CandidateOf(ctx, q, id, candidate); err != nil {
		return out, err
	}
	steps := []func() error{
		func() (err error) { out.Checks, err = db.All[Check](ctx, q, checksSQL, id, candidate); return err },
		func() (err error) { out.Door, err = db.All[Door](ctx, q, doorSQL, id, candidate); return err },
		func() (err error) { out.Alarms, err = db.All[Alarm](ctx, q, alarmsSQL, id, candidate); return err },
		func() (err error) {
			if out.Attempts, err = db.All[Attempt](ctx, q, attemptsSQL, id, candidate); err != nil {
				return err
			}
			return s.receipts(ctx, q, id, out.Attempts)
		},
		func() (err error) { out.Events, err = db.All[Event](ctx, q, eventsSQL, id, candidate); return err },
		func() (err error) {
			out.Pictures, err = db.All[Picture](ctx, q, picturesSQL, id, candidate)
			return err
		},
		func() (err error) { out.Irregularities, err = s.Conduct.Of(ctx, q, id, candidate); return err },
		func() (err error) { out.Result, out.Reviews, err = s.Scores.Of(ctx, q, id, candidate); return err },
		func() (err error) {
			out.Withdrawn, err = db.All[Withdrawn](ctx, q, withdrawnSQL, id, candidate)
			return err
		},
		func() error {
			rows, err := db.Rows(ctx, q, pgx.RowTo[time.Time], deletedSQL, id)
			if len(rows) > 0 {
				out.Deleted = &rows[0]
			}
			return err
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return out, err
		}
	}
	return out, nil
}

// receipts adds to attempts what we have signed for them.
func (s *Service) receipts(ctx context.Context, q db.Q, id string, attempts []Attempt) error {
	for i := range attempts {
		a := &attempts[i]
		c, code, err := s.Sittings.ReceiptFor(ctx, q, id, a.ID)
		if err != nil {
			return err
		}
		if c != nil {
			a.Code, a.Receipt, a.SignedAt = code, c.Number, &c.At
		}
	}
	return nil
}

// Pictures says which of a candidate's pictures have come. It shows nothing of
// the record and is not recorded: the page asks again and again.
func (s *Service) Pictures(ctx context.Context, id, candidate string) ([]Picture, error) {
	if _, err := s.Sittings.Readable(ctx, s.DB, PermRead, id); err != nil {
		return nil, err
	}
	return db.All[Picture](ctx, s.DB, picturesSQL, id, candidate)
}

// Fetch asks the venue for the pictures that a candidate's record names and that
// are not here, and says how many. Faults: exam.dossier.fetch.reason, .none,
// .deleted, exam.node.none.
func (s *Service) Fetch(ctx context.Context, id, candidate, reason string) (int, error) {
	actor, err := auth.Require(ctx, PermFetch)
	if err != nil {
		return 0, err
	}
	reason, ok := person.OneLine(reason)
	if !ok {
		return 0, fault.New(fault.Invalid, "exam.dossier.fetch.reason", "请写明调取照片的用途，不含换行和不可见字符")
	}
	n := 0
	return n, s.DB.InTx(ctx, func(tx pgx.Tx) error {
		if _, err := s.Sittings.Locked(ctx, tx, PermFetch, id); err != nil {
			return err
		}
		d, err := s.read(ctx, tx, PermFetch, id, candidate)
		if err != nil {
			return err
		}
		wanted, err := d.wanted()
		if err != nil {
			return err
		}
		n = len(wanted)
		device, _, err := s.Nodes.NodeFor(ctx, tx, d.Sitting.Venue)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, askSQL, id, wanted, candidate, device, reason, actor.ID, actor.Name, s.Clock.Now()); err != nil {
			return fmt.Errorf("ask for pictures: %w", err)
		}
		order := wire.PicturesWanted{Sitting: id, Digests: wanted, Reason: reason, By: actor.Name}
		err = s.Sittings.Order(ctx, tx, d.Sitting, wire.OrderPicturesWanted, order)
		return s.recorded(ctx, tx, err, PermFetch, id, candidate, map[string]any{"pictures": n, "reason": reason})
	})
}

// wanted are the digests of a record's pictures that the centre does not hold.
// Faults: exam.dossier.fetch.deleted, .none.
func (d *Dossier) wanted() ([]string, error) {
	if d.Deleted != nil {
		return nil, fault.New(fault.Precondition, "exam.dossier.fetch.deleted", "本场照片保存期满，考场和中心都已删除")
	}
	held := map[string]bool{}
	for _, p := range d.Pictures {
		held[p.Digest] = p.State == Held
	}
	out := slices.DeleteFunc(d.snapshots(), func(digest string) bool { return held[digest] })
	if len(out) == 0 {
		return nil, fault.New(fault.Precondition, "exam.dossier.fetch.none", "没有需要调取的照片：现场没有拍摄，或都已在中心")
	}
	return out, nil
}

// maxPicture is the largest picture a venue takes, in bytes.
const maxPicture = 2 << 20

// Bring takes a picture that was asked for from the device that has it. The same
// picture twice is one. Faults: exam.dossier.picture.unasked, .digest, .format.
func (s *Service) Bring(ctx context.Context, p wire.Picture) error {
	actor, err := auth.Require(ctx, node.PermPicture)
	if err != nil {
		return err
	}
	state, kind, sealed := Gone, "", []byte(nil)
	if len(p.Data) > 0 {
		if kind, err = checked(p); err != nil {
			return err
		}
		state = Held
		if sealed, err = s.Keys.SealAt([]string{placePicture, p.Digest}, p.Data); err != nil {
			return fmt.Errorf("seal picture: %w", err)
		}
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, answerSQL, actor.ID, p.Digest, state, kind, sealed, s.Clock.Now())
		if err != nil {
			return fmt.Errorf("keep picture: %w", err)
		}
		if tag.RowsAffected() > 0 {
			return nil
		}
		asked, err := db.Value[bool](ctx, tx, askedSQL, actor.ID, p.Digest)
		if err == nil && !asked {
			err = fault.New(fault.Forbidden, "exam.dossier.picture.unasked", "中心没有调取这张照片")
		}
		return err
	})
}

// checked is the type of a picture whose bytes are what its digest says.
func checked(p wire.Picture) (string, error) {
	kind := http.DetectContentType(p.Data)
	if len(p.Data) > maxPicture || kind != "image/jpeg" && kind != "image/png" {
		return "", fault.New(fault.Invalid, "exam.dossier.picture.format", "照片须为 2MB 以内的 JPEG 或 PNG")
	}
	if sm.Sum(p.Data).String() != p.Digest {
		return "", fault.New(fault.Invalid, "exam.dossier.picture.digest", "照片与其摘要不符")
	}
	return kind, nil
}

// Picture is one picture of a candidate's record that the centre holds.
func (s *Service) Picture(ctx context.Context, id, candidate, digest string) ([]byte, string, error) {
	if _, err := s.Sittings.Readable(ctx, s.DB, PermRead, id); err != nil {
		return nil, "", err
	}
	return s.open(ctx, id, candidate, digest)
}

func (s *Service) open(ctx context.Context, id, candidate, digest string) (data []byte, kind string, err error) {
	var sealed []byte
	if _, err = db.One(kind, s.DB.QueryRow(ctx, pictureSQL, id, candidate, digest).Scan(&kind, &sealed)); err != nil {
		return nil, "", err
	}
	if data, err = s.Keys.OpenAt([]string{placePicture, digest}, sealed); err != nil {
		return nil, "", fmt.Errorf("open picture: %w", err)
	}
	return data, kind, nil
}
