package sitting

import (
	"context"

	"github.com/jackc/pgx/v5"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/printout"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/journal"
)

// Locked reads a sitting for an actor with a permission and holds it until the
// transaction ends; for score, which takes over when a sitting has closed.
func (s *Service) Locked(ctx context.Context, tx pgx.Tx, perm, id string) (Sitting, error) {
	return s.readable(ctx, tx, perm, lockSQL, id)
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

// Order sends an order to the device of the sitting's venue, if there is one.
func (s *Service) Order(ctx context.Context, tx pgx.Tx, in Sitting, kind string, body any) error {
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

// Heading is what stands at the head of a sitting's sheets.
func (s *Service) Heading(ctx context.Context, tx pgx.Tx, in Sitting) (printout.Sitting, error) {
	where, err := s.Venues.Address(ctx, tx, in.Venue)
	return printout.Sitting{
		Title: in.Title, Number: in.Number, Venue: in.VenueName, Address: where, Room: in.Room, Subject: in.Subject,
		Category: in.Category + " " + vocabulary.NameOf(vocabulary.Categories(), in.Category), Starts: in.StartsAt, Minutes: in.Minutes,
	}, err
}
