package app

import (
	"context"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/node"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// tellStaff sends a venue's device the list of who may sign in there. A venue
// without a device gets it when one enrols.
func (s *System) tellStaff(ctx context.Context, tx pgx.Tx, venue string) error {
	device, _, err := s.Node.NodeFor(ctx, tx, venue)
	if fault.Is(err, "exam.node.none") {
		return nil
	}
	if err != nil {
		return err
	}
	list, err := s.Identity.VenueStaff(ctx, tx, venue)
	if err != nil {
		return err
	}
	return s.Node.Orders.Append(ctx, tx, device, journal.LaneRest, wire.OrderStaff, venue, list)
}

// nodeEnrolled tells a new device what its venue has to know.
func (s *System) nodeEnrolled(ctx context.Context, tx pgx.Tx, n node.Node) error {
	err := s.tellStaff(ctx, tx, n.Venue)
	if err != nil {
		return err
	}
	return s.Sitting.Announce(ctx, tx, n.Venue)
}

// nodeSeen says on a sitting's board how its venue's device is doing.
type nodeSeen struct{ nodes *node.Service }

// Seen implements sitting.Watcher.
func (w nodeSeen) Seen(ctx context.Context, venue string) (sitting.NodeSeen, error) {
	row, err := w.nodes.Seen(ctx, venue)
	seen := sitting.NodeSeen{ID: row.ID, Online: row.Online, SeenAt: row.ReceivedAt}
	if row.Telemetry != nil {
		seen.Behind = row.Telemetry.OldestAge
	}
	return seen, err
}
