package exam

import (
	"context"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/sm"
)

// Orders appends to a node's order journal in the caller's transaction: the
// order exists exactly if what caused it does. Lanes are those of
// protocol/journal, kinds and bodies those of protocol/wire. Satisfied by
// cloud/node, connected in app.
type Orders interface {
	Append(ctx context.Context, tx pgx.Tx, node, lane, kind, subject string, body any) error
}

// Nodes says which enrolled device serves a venue. NodeFor answers with the
// node's current key, to which packages are sealed; it fails with
// exam.node.none when the venue has no active device. VenueOf answers for any
// node that ever was the venue's, so that late records of a replaced device
// still find their place.
type Nodes interface {
	NodeFor(ctx context.Context, tx pgx.Tx, venue string) (node string, pub *sm.PublicKey, err error)
	VenueOf(ctx context.Context, tx pgx.Tx, node string) (venue string, err error)
}
