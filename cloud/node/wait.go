package node

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

const cursorSQL = `SELECT seq, hash FROM node_cursor WHERE node = $1 AND lane = $2`

// Key is the public key of a node that may talk to us. Fault: node.revoked.
func (s *Service) Key(ctx context.Context, id string) (*sm.PublicKey, error) {
	n, err := usable(getNode(ctx, s.DB, getNodeSQL, id))
	if err != nil {
		return nil, err
	}
	return sm.ParsePublicKey(n.PublicKey)
}

// Cursor is how far a lane of a node has been applied.
func (s *Service) Cursor(ctx context.Context, node, lane string) (journal.Position, error) {
	p, _, err := db.Optional(scanPosition(s.DB.QueryRow(ctx, cursorSQL, node, lane)))
	return p, err
}

// WaitOrders calls woken with the node of every order appended by any copy,
// until ctx ends or the connection is lost.
func (s *Service) WaitOrders(ctx context.Context, woken func(node string)) error {
	conn, err := s.DB.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	_, err = conn.Exec(ctx, "LISTEN "+Channel)
	if err != nil {
		return err
	}
	for {
		n, err := conn.Conn().WaitForNotification(ctx)
		if err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx)) // never back into the pool while listening
			return err
		}
		woken(n.Payload)
	}
}

// Seen is what is known of the active device of each of these venues; one that
// has none is not in it. The centre's board asks for a whole city: the number of
// queries does not depend on how many venues there are.
func (s *Service) Seen(ctx context.Context, venues []string) (map[string]Row, error) {
	nodes, err := nodesOf(ctx, s.DB, venueNodesSQL, venues)
	if err != nil {
		return nil, err
	}
	rows, err := decorate(ctx, s.DB, nodes, s.Now())
	out := map[string]Row{}
	for _, r := range rows {
		out[r.Venue] = r
	}
	return out, err
}

// nodesOf runs a query for nodes by venue.
func nodesOf(ctx context.Context, q db.Q, sql string, venue any) ([]Node, error) {
	rows, err := q.Query(ctx, sql, venue)
	if err != nil {
		return nil, fmt.Errorf("nodes of a venue: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Node])
	if err != nil {
		return nil, fmt.Errorf("nodes of a venue: %w", err)
	}
	return list, nil
}

// AtVenue lists every device a venue has or had, the newest first.
func (s *Service) AtVenue(ctx context.Context, venue string) ([]Row, error) {
	list, err := nodesOf(ctx, s.DB, atVenueSQL, venue)
	if err != nil {
		return nil, err
	}
	return decorate(ctx, s.DB, list, s.Now())
}

// Online says of each venue with an active device whether one is connected.
func (s *Service) Online(ctx context.Context) (map[string]bool, error) {
	rows, err := s.DB.Query(ctx, onlineSQL, s.Now().Add(-OnlineFor))
	if err != nil {
		return nil, fmt.Errorf("who is online: %w", err)
	}
	out := map[string]bool{}
	var venue string
	var online bool
	_, err = pgx.ForEachRow(rows, []any{&venue, &online}, func() error {
		out[venue] = online
		return nil
	})
	return out, err
}
