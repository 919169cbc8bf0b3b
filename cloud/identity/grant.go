package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// Grant replaces what a person may do and where. Nobody grants to themselves.
// Faults: identity.grant.self, .role, .separation, .venue, identity.staff.last.
func (s *Service) Grant(ctx context.Context, id string, roles []string, all bool, venues []string) error {
	a, err := auth.Require(ctx, PermGrant)
	if err != nil {
		return err
	}
	if id == a.ID {
		return fault.New(fault.Conflict, "identity.grant.self", "不能给自己授权，请由另一位安全管理员操作")
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		st, err := s.visible(ctx, tx, a, id)
		if err != nil {
			return err
		}
		kept := roles
		if !all {
			kept = nil // an administrator who reaches nobody is none
		}
		if err := s.keepOne(ctx, tx, id, st.Roles, kept); err != nil {
			return err
		}
		g, err := s.grant(ctx, tx, Grant{Staff: id, Roles: roles, ScopeAll: all, Venues: venues, GrantedBy: a.ID})
		if err != nil {
			return err
		}
		if err := s.tellVenues(ctx, tx, append(st.Venues, g.Venues...)); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermGrant, id, map[string]any{
			"roles": g.Roles, "all": g.ScopeAll, "venues": g.Venues, "before": st.Roles, "version": g.Version,
		})
	})
}

// keepOne refuses to take from a person the role of an administrator that
// nobody else could exercise: without a security administrator nobody could be
// granted one again in the console, without an auditor nobody would notice.
func (s *Service) keepOne(ctx context.Context, tx pgx.Tx, id string, before, after []string) error {
	for _, role := range before {
		if !s.roles[role].Admin || slices.Contains(after, role) {
			continue
		}
		rows, err := tx.Query(ctx, holdersSQL, role)
		if err != nil {
			return fmt.Errorf("read holders: %w", err)
		}
		holders, err := pgx.CollectRows(rows, pgx.RowToStructByName[Grant])
		if err != nil {
			return fmt.Errorf("read holders: %w", err)
		}
		// A disabled person is no holder already, and a row that was tampered
		// with lets nobody in.
		holds := func(g Grant) bool { return g.Staff == id && g.ScopeAll }
		other := func(g Grant) bool { return g.Staff != id && g.ScopeAll && s.keys.CheckRowMAC(g.MAC, grantParts(g)...) }
		if slices.ContainsFunc(holders, holds) && !slices.ContainsFunc(holders, other) {
			return fault.Newf(fault.Conflict, "identity.staff.last",
				"此人是唯一在用的%s，停用或改变角色后将无人履职；请先由另一人担任%s", s.roles[role].Title, s.roles[role].Title)
		}
	}
	return nil
}

func (s *Service) grant(ctx context.Context, tx pgx.Tx, g Grant) (Grant, error) {
	g.normalise()
	if err := s.checkGrant(g); err != nil {
		return g, err
	}
	before, _, err := readGrant(ctx, tx, g.Staff)
	if err != nil {
		return g, err
	}
	g.Version = before.Version + 1
	g.GrantedAt = micro(s.clock.Now())
	g.MAC = s.keys.RowMAC(grantParts(g)...)
	return g, writeGrant(ctx, tx, g)
}

func (s *Service) tellVenues(ctx context.Context, tx pgx.Tx, venues []string) error {
	if s.changed == nil {
		return nil
	}
	for _, v := range tidy(venues) {
		if err := s.changed(ctx, tx, v); err != nil {
			return fmt.Errorf("announce staff of venue: %w", err)
		}
	}
	return nil
}

// Roles lists the role table.
func (s *Service) Roles(ctx context.Context) ([]Role, error) {
	if _, err := auth.Require(ctx, PermRoles); err != nil {
		return nil, err
	}
	return s.list, nil
}

// VenueStaff is the list to ship to a venue: who may sign in there with no
// network. Each call numbers its list higher than the one before.
func (s *Service) VenueStaff(ctx context.Context, q db.Q, venue string) (wire.Staff, error) {
	out := wire.Staff{Members: []wire.StaffMember{}}
	if err := q.QueryRow(ctx, nextListSQL).Scan(&out.Version); err != nil {
		return out, fmt.Errorf("number venue list: %w", err)
	}
	var err error
	out.Members, err = s.VenueMembers(ctx, q, venue)
	return out, err
}

// VenueMembers is who may sign in at a venue, password hashes and all: what is
// shown to people is picked by the caller.
func (s *Service) VenueMembers(ctx context.Context, q db.Q, venue string) ([]wire.StaffMember, error) {
	out := []wire.StaffMember{}
	rows, err := q.Query(ctx, venueStaffSQL, venue)
	if err != nil {
		return out, fmt.Errorf("read venue staff: %w", err)
	}
	var m wire.StaffMember
	var g Grant
	_, err = pgx.ForEachRow(rows, []any{
		&m.Username, &m.Name, &m.Password, &m.Disabled,
		&g.Staff, &g.Roles, &g.ScopeAll, &g.Venues, &g.Version, &g.GrantedBy, &g.GrantedAt, &g.MAC,
	}, func() error {
		if !s.keys.CheckRowMAC(g.MAC, grantParts(g)...) {
			s.log.Error("grant does not match its MAC, not shipped", "staff", g.Staff)
			return nil
		}
		member := m
		member.Roles = []string{}
		for _, r := range g.Roles {
			if s.roles[r].Venue {
				member.Roles = append(member.Roles, r)
			}
		}
		if len(member.Roles) > 0 {
			out = append(out, member)
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("read venue staff: %w", err)
	}
	return out, nil
}
