package identity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
)

const (
	staffColumns = `
		SELECT s.id, s.username, s.name, s.disabled, s.must_change, s.locked_until, s.created_at, s.password_at, s.version,
			coalesce(g.roles, '{}') AS roles, coalesce(g.scope_all, false) AS scope_all, coalesce(g.venues, '{}') AS venues
		FROM identity_staff s LEFT JOIN identity_grant g ON g.staff = s.id`
	oneStaffSQL    = staffColumns + ` WHERE s.id = $1`
	insertStaffSQL = `
		INSERT INTO identity_staff (id, username, name, password, must_change, password_at, created_at, created_by)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`
	renameStaffSQL  = `UPDATE identity_staff SET name = $2, version = version + 1 WHERE id = $1 AND version = $3`
	disableStaffSQL = `UPDATE identity_staff SET disabled = $2, version = version + 1 WHERE id = $1`
	setPHCSQL       = `
		UPDATE identity_staff
		SET password = $2, must_change = $3, password_at = $4, failures = 0, locked_until = NULL, version = version + 1
		WHERE id = $1`
	lockByNameSQL = `
		SELECT id, username, name, password, must_change, disabled, failures, locked_until, password_at
		FROM identity_staff WHERE username = $1 FOR UPDATE`
	lockByIDSQL = `
		SELECT id, username, name, password, must_change, disabled, failures, locked_until, password_at
		FROM identity_staff WHERE id = $1 FOR UPDATE`
	noteFailureSQL = `UPDATE identity_staff SET failures = $2, locked_until = $3 WHERE id = $1`
	readGrantSQL   = `
		SELECT staff, roles, scope_all, venues, version, granted_by, granted_at, mac
		FROM identity_grant WHERE staff = $1 FOR UPDATE`
	writeGrantSQL = `
		INSERT INTO identity_grant (staff, roles, scope_all, venues, version, granted_by, granted_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (staff) DO UPDATE SET roles = excluded.roles, scope_all = excluded.scope_all, venues = excluded.venues,
			version = excluded.version, granted_by = excluded.granted_by, granted_at = excluded.granted_at, mac = excluded.mac`
	allGrantsSQL = `
		SELECT staff, roles, scope_all, venues, version, granted_by, granted_at, mac FROM identity_grant ORDER BY staff`
	venueStaffSQL = `
		SELECT s.username, s.name, s.password, s.disabled,
			g.staff, g.roles, g.scope_all, g.venues, g.version, g.granted_by, g.granted_at, g.mac
		FROM identity_staff s JOIN identity_grant g ON g.staff = s.id
		WHERE $1 = ANY (g.venues) ORDER BY s.username`
	// Locked, so that two people cannot each remove the other's last colleague.
	holdersSQL = `
		SELECT g.staff, g.roles, g.scope_all, g.venues, g.version, g.granted_by, g.granted_at, g.mac
		FROM identity_grant g JOIN identity_staff s ON s.id = g.staff
		WHERE $1 = ANY (g.roles) AND NOT s.disabled ORDER BY g.staff FOR UPDATE`
	ableSQL = `
		SELECT s.id, s.username, s.name, g.staff, g.roles, g.scope_all, g.venues, g.version, g.granted_by, g.granted_at, g.mac
		FROM identity_staff s JOIN identity_grant g ON g.staff = s.id
		WHERE g.roles && $1 AND NOT s.disabled ORDER BY s.name, s.username`
	namesSQL       = `SELECT username, name FROM identity_staff WHERE username = ANY ($1)`
	passwordAgeSQL = `SELECT must_change, password_at FROM identity_staff WHERE id = $1`
	nextListSQL    = `SELECT nextval('identity_venue_list')`
)

var staffSorts = db.Sorts{"": "s.username", "username": "s.username", "name": "s.name", "created_at": "s.created_at"}

type passwordAge struct {
	Must bool
	At   time.Time
}

type credential struct {
	ID          string
	Username    string
	Name        string
	Password    string
	MustChange  bool
	Disabled    bool
	Failures    int
	LockedUntil *time.Time
	PasswordAt  time.Time

	stranger []byte // MAC of a name that nobody has; nil for an account
}

func lockCredential(ctx context.Context, q db.Q, sql, key string) (credential, error) {
	rows, err := q.Query(ctx, sql, key)
	if err != nil {
		return credential{}, fmt.Errorf("read credential: %w", err)
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[credential])
}

// StaffFilter narrows the staff list.
type StaffFilter struct {
	Role     string
	Venue    string
	Disabled string // "", "true", "false"
}

// listStaff takes the reader's scope: who reaches only some venues sees only
// their people.
func listStaff(ctx context.Context, q db.Q, scope auth.Scope, f StaffFilter, p db.Page) (db.List[Staff], error) {
	w := (&db.Where{}).Like(p.Q, "s.username", "s.name")
	if !scope.All {
		w.And("g.venues && ?", append([]string{}, scope.Venues...))
	}
	if f.Role != "" {
		w.And("? = ANY(g.roles)", f.Role)
	}
	if f.Venue != "" {
		w.And("? = ANY(g.venues)", f.Venue)
	}
	if f.Disabled != "" {
		w.And("s.disabled = ?", f.Disabled == "true")
	}
	return db.Select[Staff](ctx, q, staffColumns, w, staffSorts, p)
}

func oneStaff(ctx context.Context, q db.Q, id string) (Staff, error) {
	rows, err := q.Query(ctx, oneStaffSQL, id)
	if err != nil {
		return Staff{}, fmt.Errorf("read staff: %w", err)
	}
	return db.One(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Staff]))
}

func readGrant(ctx context.Context, q db.Q, staff string) (Grant, bool, error) {
	rows, err := q.Query(ctx, readGrantSQL, staff)
	if err != nil {
		return Grant{}, false, fmt.Errorf("read grant: %w", err)
	}
	return db.Optional(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Grant]))
}

func writeGrant(ctx context.Context, q db.Q, g Grant) error {
	_, err := q.Exec(ctx, writeGrantSQL, g.Staff, g.Roles, g.ScopeAll, g.Venues, g.Version, g.GrantedBy, g.GrantedAt, g.MAC)
	if err != nil {
		return fmt.Errorf("write grant: %w", err)
	}
	return nil
}

// grantParts is what a grant's MAC covers.
func grantParts(g Grant) [][]byte {
	return [][]byte{
		[]byte("identity_grant"), []byte(g.Staff), []byte(strings.Join(g.Roles, ",")), fmt.Append(nil, g.ScopeAll),
		[]byte(strings.Join(g.Venues, ",")), fmt.Append(nil, g.Version), []byte(g.GrantedBy), fmt.Append(nil, g.GrantedAt.UnixMicro()),
	}
}
