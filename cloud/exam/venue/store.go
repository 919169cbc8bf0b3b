package venue

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
)

const venueColumns = `v.id, v.code, v.name, v.district, v.address, v.contact, v.mobile_mask, v.state, v.reason,
	v.revision, v.changed_at,
	(SELECT coalesce(sum(cardinality(r.seats)), 0)::int FROM exam_room r WHERE r.venue = v.id) AS seats,
	(SELECT count(*)::int FROM exam_room r WHERE r.venue = v.id) AS room_count`

const (
	listSQL   = `SELECT ` + venueColumns + ` FROM exam_venue v`
	venueSQL  = listSQL + ` WHERE v.id = $1`
	lockSQL   = `SELECT ` + venueColumns + ` FROM exam_venue v WHERE v.id = $1 FOR UPDATE OF v`
	insertSQL = `INSERT INTO exam_venue
		(id, code, name, district, address, contact, mobile, mobile_mask, state, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'READY', $9, $9)`
	updateSQL = `UPDATE exam_venue SET code = $2, name = $3, district = $4, address = $5, contact = $6,
		mobile = CASE WHEN $8 = '' THEN mobile ELSE $7 END,
		mobile_mask = CASE WHEN $8 = '' THEN mobile_mask ELSE $8 END,
		revision = revision + 1, changed_at = $9 WHERE id = $1`
	switchSQL  = `UPDATE exam_venue SET state = $2, reason = $3, revision = revision + 1, changed_at = $4 WHERE id = $1`
	roomsSQL   = `SELECT name, seats FROM exam_room WHERE venue = $1 ORDER BY name`
	roomSQL    = `SELECT name, seats FROM exam_room WHERE venue = $1 AND name = $2`
	putRoomSQL = `INSERT INTO exam_room (venue, name, seats) VALUES ($1, $2, $3)
		ON CONFLICT (venue, name) DO UPDATE SET seats = excluded.seats`
	dropRoomsSQL = `DELETE FROM exam_room WHERE venue = $1 AND NOT name = ANY($2)`
	// seats of a room with a sitting ahead must not change under its candidates
	bookedSQL = `SELECT DISTINCT room FROM exam_sitting WHERE venue = $1
		AND state IN ('ASSIGNED', 'APPLYING', 'APPROVED', 'RETURNED', 'DISPATCHED', 'RELEASED', 'RUNNING', 'SUSPENDED')`
	aheadSQL = `SELECT s.id, s.number, s.title, s.state, s.starts_at,
		(SELECT count(*)::int FROM exam_candidate c WHERE c.sitting = s.id) AS candidates,
		CASE s.state WHEN 'SUSPENDED' THEN s.before ELSE s.state END IN ('APPROVED', 'DISPATCHED', 'RELEASED', 'RUNNING') AS cleared
		FROM exam_sitting s WHERE s.venue = $1 AND s.starts_at > $2
			AND s.state NOT IN ('CLOSED', 'SCORED', 'PUBLISHED', 'CANCELLED') ORDER BY s.starts_at, s.id`
	shutSQL       = `SELECT state, reason FROM exam_venue WHERE id = $1 FOR SHARE`
	historySQL    = `SELECT from_state, to_state, reason, ahead, who, at FROM exam_venue_history WHERE venue = $1 ORDER BY id DESC LIMIT 200`
	addHistorySQL = `INSERT INTO exam_venue_history (venue, from_state, to_state, reason, ahead, who, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	contactsSQL      = `SELECT id, name, duty, mobile_mask FROM exam_venue_contact WHERE venue = $1 ORDER BY id`
	addContactSQL    = `INSERT INTO exam_venue_contact (id, venue, name, duty, mobile, mobile_mask) VALUES ($1, $2, $3, $4, $5, $6)`
	dropContactSQL   = `DELETE FROM exam_venue_contact WHERE venue = $1 AND id = $2`
	equipmentSQL     = `SELECT kind, room, model, total, usable, note FROM exam_equipment WHERE venue = $1 ORDER BY ord`
	addEquipmentSQL  = `INSERT INTO exam_equipment (venue, ord, kind, room, model, total, usable, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	dropEquipmentSQL = `DELETE FROM exam_equipment WHERE venue = $1`

	usedSQL  = `SELECT DISTINCT room FROM exam_sitting WHERE venue = $1`
	boardSQL = `SELECT v.id, v.code, v.name, v.district, v.state,
		(SELECT coalesce(sum(cardinality(r.seats)), 0)::int FROM exam_room r WHERE r.venue = v.id) AS seats,
		CASE WHEN s.state = 'DISPATCHED' AND (SELECT p.received_at IS NOT NULL FROM exam_package p WHERE p.sitting = s.id ORDER BY p.version DESC LIMIT 1)
			THEN 'RECEIVED' ELSE coalesce(s.state, '') END AS activity,
		coalesce(s.id, '') AS sitting, coalesce(s.title, '') AS title, s.starts_at,
		(SELECT count(*)::int FROM exam_sitting d WHERE d.venue = v.id AND d.starts_at >= $1 AND d.starts_at < $2
			AND d.state <> 'CANCELLED') AS today,
		(SELECT count(*)::int FROM exam_alarm a JOIN exam_sitting d ON d.id = a.sitting
			WHERE d.venue = v.id AND a.level = 'red' AND a.seen_at IS NULL) AS alarms
		FROM exam_venue v LEFT JOIN LATERAL (
			SELECT id, title, state, starts_at FROM exam_sitting d
			WHERE d.venue = v.id AND d.state NOT IN ('CANCELLED', 'PUBLISHED', 'SCORED') AND d.starts_at < $2
				AND d.starts_at >= $1::timestamptz - interval '1 day'
			ORDER BY array_position(ARRAY['SUSPENDED', 'RUNNING', 'RELEASED', 'DISPATCHED', 'APPROVED', 'APPLYING',
				'RETURNED', 'CLOSED', 'ASSIGNED', 'PLANNED'], d.state), d.starts_at LIMIT 1) s ON true
		WHERE v.state <> 'DISABLED' AND ($3 OR v.id = ANY($4)) ORDER BY v.code`
)

var sorts = db.Sorts{"": "v.code", "code": "v.code", "name": "v.name", "district": "v.district", "state": "v.state"}

func list(ctx context.Context, q db.Q, scope auth.Scope, state string, page db.Page) (db.List[Venue], error) {
	w := new(db.Where).Eq("v.state", state).Scope("v.id", scope.All, scope.Venues).
		Like(page.Q, "v.name", "v.code", "v.district", "v.address")
	out, err := db.Select[Venue](ctx, q, listSQL, w, sorts, page)
	for i := range out.Items {
		out.Items[i].Rooms = []Room{}
	}
	return out, err
}

func read(ctx context.Context, q db.Q, sql, id string) (Venue, error) {
	rows, err := q.Query(ctx, sql, id)
	if err != nil {
		return Venue{}, fmt.Errorf("read venue: %w", err)
	}
	v, err := db.One(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Venue]))
	if err != nil {
		return v, err
	}
	v.Rooms, err = rooms(ctx, q, roomsSQL, id)
	return v, err
}

func rooms(ctx context.Context, q db.Q, sql string, args ...any) ([]Room, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read rooms: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[Room])
	if err != nil {
		return nil, fmt.Errorf("read rooms: %w", err)
	}
	return out, nil
}

func names(ctx context.Context, q db.Q, sql, venue string) (map[string]bool, error) {
	rows, err := q.Query(ctx, sql, venue)
	if err != nil {
		return nil, fmt.Errorf("read room use: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("read room use: %w", err)
	}
	out := make(map[string]bool, len(list))
	for _, n := range list {
		out[n] = true
	}
	return out, nil
}

func board(ctx context.Context, q db.Q, scope auth.Scope, from, to time.Time) ([]BoardRow, error) {
	venues := scope.Venues
	if venues == nil {
		venues = []string{}
	}
	rows, err := q.Query(ctx, boardSQL, from, to, scope.All, venues)
	if err != nil {
		return nil, fmt.Errorf("read board: %w", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToStructByName[BoardRow])
	if err != nil {
		return nil, fmt.Errorf("read board: %w", err)
	}
	for i := range out {
		out[i].Phase = phaseOf(out[i].State, out[i].Activity)
	}
	if out == nil {
		out = []BoardRow{}
	}
	return out, nil
}
