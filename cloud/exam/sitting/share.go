package sitting

import (
	"context"

	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/printout"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/journal"
)

// Locked reads a sitting for an actor with a permission and holds it until the
// transaction ends; for score, which takes over when a sitting has closed.
func (s *Service) Locked(ctx context.Context, tx pgx.Tx, perm, id string) (Sitting, error) {
	return s.locked(ctx, tx, perm, id)
}

// Readable reads a sitting for an actor with a permission.
func (s *Service) Readable(ctx context.Context, q db.Q, perm, id string) (Sitting, error) {
	return s.readable(ctx, q, perm, sittingSQL, id)
}

// Move lets a verb happen to a locked sitting. Fault: exam.sitting.<verb>.state.
func (s *Service) Move(ctx context.Context, tx pgx.Tx, in *Sitting, verb Verb) error {
	return s.move(ctx, tx, in, verb, "")
}

// Note adds a receipt; the same kind and ref twice is one.
func (s *Service) Note(ctx context.Context, tx pgx.Tx, id string, r Receipt) error {
	return s.note(ctx, tx, id, r)
}

// inventedSQL says whether a sitting is of the demonstration's past: it was held
// on a device that does not exist, so the venue's own never heard of it.
const inventedSQL = `SELECT demo FROM exam_sitting WHERE id = $1`

// Order sends an order to the device of the sitting's venue, if there is one and
// the sitting was really there.
func (s *Service) Order(ctx context.Context, tx pgx.Tx, in Sitting, kind string, body any) error {
	invented, err := db.Value[bool](ctx, tx, inventedSQL, in.ID)
	if err != nil || invented {
		return err
	}
	node, _, err := s.Nodes.NodeFor(ctx, tx, in.Venue)
	if err != nil {
		return ignoreNoNode(err)
	}
	return s.Orders.Append(ctx, tx, node, journal.LaneExam, kind, in.ID, body)
}

// CandidateOf reads one person of a sitting, masked. It checks no right.
func (s *Service) CandidateOf(ctx context.Context, q db.Q, id, candidate string) (Candidate, error) {
	return db.Row[Candidate](ctx, q, candidateSQL, id, candidate)
}

// Portrait is a candidate's reference photograph for what is printed; nil for
// none. It checks no right.
func (s *Service) Portrait(ctx context.Context, id, candidate string) ([]byte, error) {
	rows, err := db.All[portraitRow](ctx, s.DB, portraitsSQL, id, candidate)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return s.openPhoto(ctx, rows[0].Photo, rows[0].Blob)
}

// repliesSQL reads, of all saves of an answer, the one with the highest revision.
const repliesSQL = `SELECT DISTINCT ON (attempt, item) attempt, item, revision, choice FROM exam_answer WHERE sitting = $1
	ORDER BY attempt DESC, item DESC, revision DESC`

// Replies are the standing answers of a sitting by attempt. It checks no right.
func Replies(ctx context.Context, q db.Q, id string) (map[string][]exam.Response, error) {
	type row struct {
		Attempt  string
		Item     string
		Revision int64
		Choice   []string
	}
	list, err := db.Rows(ctx, q, pgx.RowToStructByPos[row], repliesSQL, id)
	if err != nil {
		return nil, err
	}
	out := map[string][]exam.Response{}
	for _, r := range list {
		out[r.Attempt] = append(out[r.Attempt], exam.Response{Item: r.Item, Revision: uint64(r.Revision), Choice: r.Choice}) //nolint:gosec // never negative: answer refuses it
	}
	return out, nil
}

// Heading is what stands at the head of a sitting's sheets.
func (s *Service) Heading(ctx context.Context, tx pgx.Tx, in Sitting) (printout.Sitting, error) {
	where, err := s.Venues.Address(ctx, tx, in.Venue)
	return printout.Sitting{
		Title: in.Title, Number: in.Number, Venue: in.VenueName, Address: where, Room: in.Room, Subject: in.Subject,
		Category: in.Category + " " + vocabulary.NameOf(vocabulary.Categories(), in.Category), Starts: in.StartsAt, Minutes: in.Minutes,
	}, err
}
