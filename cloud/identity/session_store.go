package identity

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

const (
	insertSessionSQL = `
		INSERT INTO identity_session (id, token, csrf, staff, ip, agent, created_at, seen_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7)`
	currentSQL = `
		SELECT n.id, n.csrf, n.staff, n.ip, n.created_at, n.seen_at, n.ended_at,
			s.username, s.name, s.disabled, s.must_change, s.password_at,
			coalesce(g.roles, '{}') AS roles, coalesce(g.scope_all, false) AS scope_all, coalesce(g.venues, '{}') AS venues,
			coalesce(g.version, 0) AS version, coalesce(g.granted_by, '') AS granted_by, g.granted_at, g.mac
		FROM identity_session n JOIN identity_staff s ON s.id = n.staff LEFT JOIN identity_grant g ON g.staff = s.id
		WHERE n.token = $1`
	seenSQL       = `UPDATE identity_session SET seen_at = $2 WHERE id = $1 AND ended_at IS NULL`
	endSessionSQL = `UPDATE identity_session SET ended_at = $2, end_reason = $3 WHERE id = $1 AND ended_at IS NULL`
	endAllSQL     = `UPDATE identity_session SET ended_at = $2, end_reason = $3 WHERE staff = $1 AND ended_at IS NULL AND id <> $4`
	trimSQL       = `
		UPDATE identity_session SET ended_at = $2, end_reason = 'replaced' WHERE id IN (
			SELECT id FROM identity_session WHERE staff = $1 AND ended_at IS NULL ORDER BY created_at DESC OFFSET $3)`
	sessionColumns = `
		SELECT n.id, n.staff, s.username, s.name, n.ip, n.agent, n.created_at, n.seen_at
		FROM identity_session n JOIN identity_staff s ON s.id = n.staff`
	sessionOwnerSQL = `SELECT staff FROM identity_session WHERE id = $1 AND ended_at IS NULL`
)

var sessionSorts = db.Sorts{"": "n.seen_at DESC, n.id", "username": "s.username", "created_at": "n.created_at"}

// Session is an open session as the pages show it.
type Session struct {
	ID        string    `json:"id"`
	Staff     string    `json:"staff"`
	Username  string    `json:"username"`
	Name      string    `json:"name"`
	IP        string    `json:"ip"`
	Agent     string    `json:"agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	Current   bool      `json:"current" db:"-"`
}

// current is everything that one request needs to know about its session.
type current struct {
	ID         string
	CSRF       string
	Staff      string
	IP         string
	CreatedAt  time.Time
	SeenAt     time.Time
	EndedAt    *time.Time
	Username   string
	Name       string
	Disabled   bool
	MustChange bool
	PasswordAt time.Time
	Roles      []string
	ScopeAll   bool
	Venues     []string
	Version    int64
	GrantedBy  string
	GrantedAt  *time.Time
	MAC        []byte
}

func readCurrent(ctx context.Context, q db.Q, token []byte) (current, bool, error) {
	rows, err := q.Query(ctx, currentSQL, token)
	if err != nil {
		return current{}, false, fmt.Errorf("read session: %w", err)
	}
	return db.Optional(pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[current]))
}

// listSessions lists the sessions of one person, of those with a role, or all.
func listSessions(ctx context.Context, q db.Q, staff, role string, alive, young time.Time, p db.Page) (db.List[Session], error) {
	w := (&db.Where{}).And("n.ended_at IS NULL").And("n.seen_at > ?", alive).And("n.created_at > ?", young)
	if role != "" {
		w.And("n.staff IN (SELECT staff FROM identity_grant WHERE ? = ANY(roles))", role)
	}
	w.Eq("n.staff", staff).Like(p.Q, "s.username", "s.name", "n.ip")
	return db.Select[Session](ctx, q, sessionColumns, w, sessionSorts, p)
}
