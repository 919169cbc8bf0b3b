package app

import (
	"context"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/sitting"
	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/node"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// tellStaff sends a venue's device the list of who may sign in there. A venue
// without a device gets it when one enrols.
func (s *System) tellStaff(ctx context.Context, tx pgx.Tx, id string) error {
	device, _, err := s.Node.NodeFor(ctx, tx, id)
	if fault.Is(err, "exam.node.none") {
		return nil
	}
	if err != nil {
		return err
	}
	list, err := s.Identity.VenueStaff(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.Node.Orders.Append(ctx, tx, device, journal.LaneRest, wire.OrderStaff, id, list)
}

// nodeEnrolled tells a new device what its venue has to know.
func (s *System) nodeEnrolled(ctx context.Context, tx pgx.Tx, n node.Node) error {
	err := s.tellStaff(ctx, tx, n.Venue)
	if err != nil {
		return err
	}
	err = s.Sitting.Announce(ctx, tx, n.Venue)
	if err != nil {
		return err
	}
	return s.Practical.Announce(ctx, tx, n.Venue)
}

// nodeSeen says on a sitting's board how its venue's device is doing.
type nodeSeen struct{ nodes *node.Service }

// Seen implements sitting.Watcher.
func (w nodeSeen) Seen(ctx context.Context, venues ...string) (map[string]sitting.NodeSeen, error) {
	rows, err := w.nodes.Seen(ctx, venues)
	out := map[string]sitting.NodeSeen{}
	for venue, row := range rows {
		seen := sitting.NodeSeen{ID: row.ID, Online: row.Online, SeenAt: row.ReceivedAt}
		if row.Telemetry != nil {
			seen.Behind = row.Telemetry.OldestAge
		}
		out[venue] = seen
	}
	return out, err
}

// around answers what a venue's page asks of identity and node.
type around struct{ s *System }

// VenuePeople implements venue.Around.
func (a around) VenuePeople(ctx context.Context, q db.Q, id string) ([]venue.Member, error) {
	list, err := a.s.Identity.VenueMembers(ctx, q, id)
	out := make([]venue.Member, len(list))
	for i, m := range list {
		out[i] = venue.Member{Username: m.Username, Name: m.Name, Roles: m.Roles, Disabled: m.Disabled}
	}
	return out, err
}

// VenueDevices implements venue.Around.
func (a around) VenueDevices(ctx context.Context, id string) ([]venue.Device, error) {
	rows, err := a.s.Node.AtVenue(ctx, id)
	out := make([]venue.Device, len(rows))
	for i, r := range rows {
		out[i] = venue.Device{
			ID: r.ID, Name: r.Name, State: string(r.State), Reason: r.Reason, Online: r.Online, SeenAt: r.ReceivedAt,
			Dead: r.Dead, NotAfter: r.NotAfter,
		}
		if t := r.Telemetry; t != nil {
			out[i].Version, out[i].DiskFree, out[i].Clock, out[i].Behind = t.Version, t.DiskFree, t.ClockOffset, t.OldestAge
		}
	}
	return out, err
}

// VenuesOnline implements venue.Around.
func (a around) VenuesOnline(ctx context.Context) (map[string]bool, error) {
	return a.s.Node.Online(ctx)
}
