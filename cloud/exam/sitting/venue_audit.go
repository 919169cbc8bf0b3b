package sitting

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
)

// VenueAct is one act of a person at a venue, as the venue's own audit chain
// reported it.
type VenueAct struct {
	Node   string    `json:"node" db:"node"`
	Venue  string    `json:"venue" db:"venue" doc:"分考场编号；不认识的设备为空"`
	Seq    int64     `json:"seq" db:"seq"`
	Actor  string    `json:"actor" db:"actor"`
	Action string    `json:"action" db:"action"`
	Object string    `json:"object" db:"object"`
	Detail string    `json:"detail" db:"detail"`
	At     time.Time `json:"at" db:"at"`
}

// VenueGap is a run of numbers that a device's chain must have and the centre
// has not. What is missing after the last one cannot be seen from here.
type VenueGap struct {
	Node  string `json:"node" db:"node"`
	Venue string `json:"venue" db:"venue"`
	First int64  `json:"first" db:"first"`
	Last  int64  `json:"last" db:"last"`
}

// VenueActFilter narrows the list.
type VenueActFilter struct {
	Venue, Node, Actor, Action string // Action is a prefix
	// Sitting finds acts on the sitting itself, its candidates and attempts.
	Sitting  string
	From, To time.Time
}

const (
	listVenueActSQL = `SELECT a.node, coalesce(n.venue, '') AS venue, a.seq, a.actor, a.action, a.object, a.detail, a.at
		FROM exam_venue_audit a LEFT JOIN node n ON n.id = a.node`
	ofSittingSQL = `a.object = ? OR a.object IN (SELECT c.id FROM exam_candidate c WHERE c.sitting = ?)
		OR a.object IN (SELECT t.id FROM exam_attempt t WHERE t.sitting = ?)`
	// a device's chain begins at 1; arguments: every venue, or these
	venueGapSQL = `SELECT s.node, coalesce(n.venue, '') AS venue, s.before + 1 AS first, s.seq - 1 AS last
		FROM (SELECT node, seq, lag(seq, 1, 0::bigint) OVER (PARTITION BY node ORDER BY seq) AS before FROM exam_venue_audit) s
		LEFT JOIN node n ON n.id = s.node
		WHERE s.seq > s.before + 1 AND ($1 OR n.venue = ANY($2)) ORDER BY s.node, s.seq LIMIT 200`
)

var venueActSorts = db.Sorts{"": "a.at DESC, a.node, a.seq DESC", "at": "a.at", "actor": "a.actor", "action": "a.action"}

// VenueActs lists what people did at the venues of the reader.
func (s *Service) VenueActs(ctx context.Context, f VenueActFilter, page db.Page) (db.List[VenueAct], error) {
	actor, err := auth.Require(ctx, PermAudit)
	if err != nil {
		return db.List[VenueAct]{}, err
	}
	w := new(db.Where).Scope("n.venue", actor.Scope.All, actor.Scope.Venues).Eq("n.venue", f.Venue).Eq("a.node", f.Node).
		Eq("a.actor", f.Actor).Like(page.Q, "a.actor", "a.action", "a.object", "a.detail")
	if f.Action != "" {
		w.And("starts_with(a.action, ?)", f.Action)
	}
	if f.Sitting != "" {
		w.And(ofSittingSQL, f.Sitting, f.Sitting, f.Sitting)
	}
	if !f.From.IsZero() {
		w.And("a.at >= ?", f.From)
	}
	if !f.To.IsZero() {
		w.And("a.at < ?", f.To)
	}
	return db.Select[VenueAct](ctx, s.DB, listVenueActSQL, w, venueActSorts, page)
}

// VenueGaps names the numbers that are missing in the chains of the reader's
// venues, at most 200 runs.
func (s *Service) VenueGaps(ctx context.Context) ([]VenueGap, error) {
	actor, err := auth.Require(ctx, PermAudit)
	if err != nil {
		return nil, err
	}
	out, err := db.Rows(ctx, s.DB, pgx.RowToStructByName[VenueGap], venueGapSQL, actor.Scope.All, actor.Scope.Venues)
	if err != nil {
		return nil, fmt.Errorf("venue audit gaps: %w", err)
	}
	return out, nil
}
