package sitting

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Assign seats the candidates at random and tells the venue of the sitting.
// It may be repeated until the venue has applied. Faults:
// exam.sitting.assign.state, .empty, .unconfirmed, .unfit, .seats.
func (s *Service) Assign(ctx context.Context, id string) (Sitting, error) {
	return s.act(ctx, PermSave, id, VerbAssign, "", func(tx pgx.Tx, in Sitting) error {
		if in.Candidates == 0 {
			return fault.New(fault.Precondition, "exam.sitting.assign.empty", "本场次还没有考生，请先导入考生名单")
		}
		if err := s.confirmed(ctx, tx, in); err != nil {
			return err
		}
		room, err := s.Venues.Room(ctx, tx, in.Venue, in.Room)
		if err != nil {
			return err
		}
		if in.Candidates > len(room.Seats) {
			return fault.Newf(fault.Precondition, "exam.sitting.assign.seats", "考生 %d 人，考室只有 %d 个座位，请换考室或减少考生", in.Candidates, len(room.Seats))
		}
		if err := s.seat(ctx, tx, id, room.Seats); err != nil {
			return err
		}
		if in.Assignment, err = db.Value[int](ctx, tx, assignSQL, id); err != nil {
			return err
		}
		return s.tell(ctx, tx, in, room.Seats, false)
	})
}

// seat draws lots, so that neighbours at the desk are not neighbours in the
// list of the training school that sent it.
func (s *Service) seat(ctx context.Context, tx pgx.Tx, id string, seats []string) error {
	people, err := db.Rows(ctx, tx, pgx.RowToStructByName[Candidate], allCandidatesSQL, id)
	if err != nil {
		return err
	}
	order := rand.Perm(len(people)) //nolint:gosec // fairness between neighbours, not a secret
	ids, drawn := make([]string, len(people)), make([]string, len(people))
	for i, c := range people {
		ids[i], drawn[i] = c.ID, seats[order[i]]
	}
	if _, err := tx.Exec(ctx, clearSeatsSQL, id); err != nil {
		return fmt.Errorf("clear seats: %w", err)
	}
	if _, err := tx.Exec(ctx, seatSQL, id, ids, drawn); err != nil {
		return fmt.Errorf("assign seats: %w", err)
	}
	return nil
}

// tell sends the assignment to the venue's device; a venue without one gets it
// when its device enrols (Announce).
func (s *Service) tell(ctx context.Context, tx pgx.Tx, in Sitting, seats []string, cancelled bool) error {
	now := s.Clock.Now()
	ref := fmt.Sprintf("%d", in.Assignment)
	node, _, err := s.Nodes.NodeFor(ctx, tx, in.Venue)
	if fault.Is(err, "exam.node.none") {
		return s.note(ctx, tx, in.ID, Receipt{
			Kind: ReceiptAssigned, Ref: "wait-" + ref, OK: false, At: now,
			Text: "考场尚未接入设备，接入后自动下达排考", Who: actorName(ctx),
		})
	}
	if err != nil {
		return err
	}
	order := wire.SittingAssigned{
		Sitting: in.ID, Version: in.Assignment, Title: in.Title, Category: in.Category, Subject: in.Subject, Venue: in.Venue,
		Room: in.Room, Start: in.StartsAt.UTC(), Duration: in.Minutes, Seats: seats, Candidates: in.Candidates, Cancelled: cancelled,
		ReleaseFrom: in.StartsAt.Add(-s.Timing.ReleaseLead).UTC(), PreflightLife: minutes(s.Timing.PreflightLife),
		SEB: in.SEB,
	}
	if err := s.Orders.Append(ctx, tx, node, journal.LaneExam, wire.OrderSittingAssigned, in.ID, order); err != nil {
		return err
	}
	text := fmt.Sprintf("第 %d 版排考已下达，考生 %d 人", in.Assignment, in.Candidates)
	if cancelled {
		text, ref = "取消通知已下达", "cancel-"+ref
	}
	return s.note(ctx, tx, in.ID, Receipt{Kind: ReceiptAssigned, Ref: ref, OK: true, Text: text, At: now, Who: actorName(ctx), Detail: map[string]any{"node": node}})
}

// Announce tells a device that has just enrolled which sittings wait for its
// venue. Connected in app to the enrolment of nodes.
func (s *Service) Announce(ctx context.Context, tx pgx.Tx, venueID string) error {
	ids, err := db.Rows(ctx, tx, pgx.RowTo[string], pendingSQL, venueID)
	if err != nil {
		return err
	}
	for _, id := range ids {
		in, err := db.Locked[Sitting](ctx, tx, lockSQL, sittingSQL, id)
		if err != nil {
			return err
		}
		room, err := s.Venues.Room(ctx, tx, in.Venue, in.Room)
		if err != nil {
			return err
		}
		if in.Assignment, err = db.Value[int](ctx, tx, assignSQL, id); err != nil {
			return err
		}
		if err := s.tell(ctx, tx, in, room.Seats, false); err != nil {
			return err
		}
	}
	return nil
}
