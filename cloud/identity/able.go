package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
)

// Member is somebody to give work to.
type Member struct {
	ID       string `json:"id"`
	Username string `json:"username"`
	Name     string `json:"name"`
}

// Able are the accounts in use whose roles hold a permission, by name. Rights
// that do not match their MAC count for nothing. It checks no right.
func (s *Service) Able(ctx context.Context, q db.Q, perm string) ([]Member, error) {
	var roles []string
	for id, r := range s.roles {
		if slices.Contains(r.Perms, perm) {
			roles = append(roles, id)
		}
	}
	rows, err := q.Query(ctx, ableSQL, roles)
	if err != nil {
		return nil, fmt.Errorf("read who may %s: %w", perm, err)
	}
	out := []Member{}
	var m Member
	var g Grant
	_, err = pgx.ForEachRow(rows, []any{
		&m.ID, &m.Username, &m.Name, &g.Staff, &g.Roles, &g.ScopeAll, &g.Venues, &g.Version, &g.GrantedBy, &g.GrantedAt, &g.MAC,
	}, func() error {
		if s.keys.CheckRowMAC(g.MAC, grantParts(g)...) {
			out = append(out, m)
		}
		return nil
	})
	return out, err
}
