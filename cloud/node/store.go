package node

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

const (
	nodeColumns  = `id, venue, name, state, reason, public_key, certificate, not_after, enrolled_at, changed_at`
	getNodeSQL   = `SELECT ` + nodeColumns + ` FROM node WHERE id = $1`
	lockNodeSQL  = getNodeSQL + ` FOR UPDATE`
	venueNodeSQL = `SELECT ` + nodeColumns + ` FROM node
		WHERE venue = $1 AND state = 'ACTIVE' ORDER BY enrolled_at DESC, id DESC LIMIT 1`
	venueNodesSQL = `SELECT DISTINCT ON (venue) ` + nodeColumns + ` FROM node
		WHERE venue = ANY($1) AND state = 'ACTIVE' ORDER BY venue, enrolled_at DESC, id DESC`
	atVenueSQL = `SELECT ` + nodeColumns + ` FROM node WHERE venue = $1 ORDER BY enrolled_at DESC, id DESC LIMIT 50`
	onlineSQL  = `SELECT n.venue, coalesce(bool_or(s.received_at > $1), false) FROM node n
		LEFT JOIN node_state s ON s.node = n.id WHERE n.state = 'ACTIVE' GROUP BY n.venue`
	addNodeSQL        = `INSERT INTO node (` + nodeColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	setStateSQL       = `UPDATE node SET state = $2, reason = $3, changed_at = $4 WHERE id = $1`
	setCertificateSQL = `UPDATE node SET certificate = $2, not_after = $3, changed_at = $4 WHERE id = $1`
	replaceNodeSQL    = `UPDATE node SET state = 'REVOKED', reason = $3, changed_at = $4
		WHERE venue = $1 AND id <> $2 AND state = 'ACTIVE'`

	enrolmentColumns = `id, venue, name, created_by, created_at, approved_by, approved_at, expires_at, used_at, node`
	addEnrolmentSQL  = `INSERT INTO node_enrolment (id, code_hash, venue, name, created_by, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	lockEnrolmentSQL = `SELECT ` + enrolmentColumns + ` FROM node_enrolment WHERE id = $1 FOR UPDATE`
	lockCodeSQL      = `SELECT ` + enrolmentColumns + ` FROM node_enrolment WHERE code_hash = $1 FOR UPDATE`
	approveSQL       = `UPDATE node_enrolment SET approved_by = $2, approved_at = $3 WHERE id = $1`
	useSQL           = `UPDATE node_enrolment SET used_at = $2, node = $3 WHERE id = $1`
	listEnrolmentSQL = `SELECT ` + enrolmentColumns + ` FROM node_enrolment`

	boardSQL  = `SELECT ` + nodeColumns + ` FROM node`
	statesSQL = `SELECT node, state, received_at FROM node_state WHERE node = ANY($1)`
	lanesSQL  = `SELECT coalesce(c.node, o.node) AS node, coalesce(c.lane, o.lane) AS lane,
			coalesce(c.seq, 0) AS applied, c.applied_at, coalesce(o.seq, 0) AS ordered, coalesce(o.acked, 0) AS acked
		FROM node_cursor c FULL JOIN node_order_head o ON c.node = o.node AND c.lane = o.lane
		WHERE coalesce(c.node, o.node) = ANY($1) ORDER BY 1, 2`
	deadCountSQL = `SELECT node, count(*) FROM node_dead WHERE settled_at IS NULL AND node = ANY($1) GROUP BY node`

	putStateSQL = `INSERT INTO node_state (node, state, received_at) VALUES ($1, $2, $3)
		ON CONFLICT (node) DO UPDATE SET state = excluded.state, received_at = excluded.received_at`
	listDeadSQL   = `SELECT node, lane, seq, kind, code, reason, at, settled_by, settled_at FROM node_dead`
	settleDeadSQL = `UPDATE node_dead SET settled_by = $4, settled_at = $5
		WHERE node = $1 AND lane = $2 AND seq = $3 AND settled_at IS NULL`
)

func getNode(ctx context.Context, q db.Q, sql, arg string) (Node, error) {
	rows, err := q.Query(ctx, sql, arg)
	if err != nil {
		return Node{}, fmt.Errorf("node: %w", err)
	}
	return db.One(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Node]))
}

func addNode(ctx context.Context, q db.Q, n Node) error {
	_, err := q.Exec(ctx, addNodeSQL, n.ID, n.Venue, n.Name, n.State, n.Reason, n.PublicKey, n.Certificate,
		n.NotAfter, n.EnrolledAt, n.ChangedAt)
	if err != nil {
		return fmt.Errorf("add node: %w", err)
	}
	return nil
}

func getEnrolment(ctx context.Context, q db.Q, sql string, arg any) (Enrolment, error) {
	rows, err := q.Query(ctx, sql, arg)
	if err != nil {
		return Enrolment{}, fmt.Errorf("enrolment: %w", err)
	}
	return db.One(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Enrolment]))
}

// standingSQL says the same as Enrolment.standing; ? is now.
var standingSQL = map[string]string{
	"WAITING": "used_at IS NULL AND expires_at >= ? AND approved_at IS NULL",
	"READY":   "used_at IS NULL AND expires_at >= ? AND approved_at IS NOT NULL",
	"USED":    "used_at IS NOT NULL",
	"EXPIRED": "used_at IS NULL AND expires_at < ?",
}

var enrolmentSorts = db.Sorts{"": "created_at DESC, id DESC", "venue": "venue", "created_at": "created_at"}

func listEnrolments(ctx context.Context, q db.Q, scope auth.Scope, f CodeFilter, now time.Time, p db.Page) (db.List[Enrolment], error) {
	w := new(db.Where).Scope("venue", scope.All, scope.Venues).Eq("venue", f.Venue).Like(p.Q, "name", "created_by", "approved_by")
	if cond := standingSQL[f.State]; cond != "" {
		w.And(cond, slices.Repeat([]any{now}, strings.Count(cond, "?"))...)
	}
	return db.Select[Enrolment](ctx, q, listEnrolmentSQL, w, enrolmentSorts, p)
}

var nodeSorts = db.Sorts{"": "enrolled_at DESC, id DESC", "name": "name", "state": "state", "not_after": "not_after"}

func listNodes(ctx context.Context, q db.Q, scope auth.Scope, f Filter, now time.Time, p db.Page) (db.List[Node], error) {
	w := new(db.Where).Scope("venue", scope.All, scope.Venues).Eq("state", f.State).Like(p.Q, "name", "id", "venue")
	if f.Contact == Lost {
		w.And("NOT EXISTS (SELECT FROM node_state t WHERE t.node = node.id AND t.received_at > ?)", now.Add(-OnlineFor))
	}
	return db.Select[Node](ctx, q, boardSQL, w, nodeSorts, p)
}

var deadSorts = db.Sorts{"": "at DESC, node, lane, seq DESC", "at": "at", "kind": "kind"}

func listDead(ctx context.Context, q db.Q, scope auth.Scope, open bool, p db.Page) (db.List[Dead], error) {
	w := new(db.Where).Scope("(SELECT venue FROM node WHERE id = node_dead.node)", scope.All, scope.Venues).Like(p.Q, "node", "kind", "code")
	if open {
		w.And("settled_at IS NULL")
	}
	return db.Select[Dead](ctx, q, listDeadSQL, w, deadSorts, p)
}

// decorate adds telemetry, lanes and dead counts to a page of nodes: three
// queries whatever the page's size.
func decorate(ctx context.Context, q db.Q, nodes []Node, now time.Time) ([]Row, error) {
	ids := make([]string, len(nodes))
	rows := make([]Row, len(nodes))
	at := map[string]*Row{}
	for i, n := range nodes {
		ids[i] = n.ID
		rows[i] = Row{Node: n, Lanes: []Lane{}}
		at[n.ID] = &rows[i]
	}
	err := each(ctx, q, statesSQL, ids, func(row pgx.Rows) error {
		var id string
		var raw []byte
		var received time.Time
		err := row.Scan(&id, &raw, &received)
		if err != nil {
			return err
		}
		var t wire.NodeState
		err = json.Unmarshal(raw, &t)
		if err != nil {
			return err
		}
		r := at[id]
		r.Telemetry, r.ReceivedAt, r.Online = &t, &received, now.Sub(received) < OnlineFor
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = each(ctx, q, lanesSQL, ids, func(row pgx.Rows) error {
		var id string
		var l Lane
		err := row.Scan(&id, &l.Lane, &l.Applied, &l.AppliedAt, &l.Ordered, &l.Acked)
		if err != nil {
			return err
		}
		at[id].Lanes = append(at[id].Lanes, l)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rows, each(ctx, q, deadCountSQL, ids, func(row pgx.Rows) error {
		var id string
		var n int
		err := row.Scan(&id, &n)
		if err == nil {
			at[id].Dead = n
		}
		return err
	})
}

func each(ctx context.Context, q db.Q, sql string, ids []string, fn func(pgx.Rows) error) error {
	rows, err := q.Query(ctx, sql, ids)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		err = fn(rows)
		if err != nil {
			return err
		}
	}
	return rows.Err()
}

// usable refuses a node that was revoked.
func usable(n Node, err error) (Node, error) {
	if err != nil {
		return n, err
	}
	if n.State == Revoked {
		return n, fault.New(fault.Forbidden, "node.revoked", "该设备已被注销，请联系考试中心")
	}
	return n, nil
}
