package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/fault"
)

func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// CreateAdmin makes one of the three administrators from the server's own
// command line; it is how the first accounts come to be, since there are none
// by default. Other roles are granted in the console. Faults:
// identity.admin.role and those of Create.
func (s *Service) CreateAdmin(ctx context.Context, username, name, password, role string) (string, error) {
	if !s.roles[role].Admin {
		return "", fault.New(fault.Invalid, "identity.admin.role", "命令行只能创建 sysadmin、secadmin、auditor 三种管理员，其他角色请由安全管理员在页面授权")
	}
	ctx = auth.System(ctx, "admin")
	var id string
	err := s.db.InTx(ctx, func(tx pgx.Tx) (err error) {
		if id, err = s.insert(ctx, tx, username, name, password, false, "system:admin"); err != nil {
			return err
		}
		if _, err = s.grant(ctx, tx, Grant{Staff: id, Roles: []string{role}, ScopeAll: true, GrantedBy: "system:admin"}); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "identity.admin.create", id, map[string]string{"username": username, "role": role})
	})
	return id, err
}

// ResetAdmin sets any account's password from the command line and unlocks it.
func (s *Service) ResetAdmin(ctx context.Context, username, password string) error {
	if err := CheckPassword(username, password); err != nil {
		return err
	}
	ctx = auth.System(ctx, "admin")
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		c, err := lockCredential(ctx, tx, lockByNameSQL, username)
		if errors.Is(err, pgx.ErrNoRows) {
			return fault.New(fault.NotFound, "identity.admin.username", "没有这个账号，请核对")
		}
		if err != nil {
			return err
		}
		if err := s.setPassword(ctx, tx, c.ID, password, true); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "identity.admin.reset", c.ID, nil)
	})
}

// CheckGrants verifies the MAC of every grant and returns the accounts whose
// row was edited behind the program's back.
func (s *Service) CheckGrants(ctx context.Context) (checked int, bad []string, err error) {
	rows, err := s.db.Query(ctx, allGrantsSQL)
	if err != nil {
		return 0, nil, fmt.Errorf("read grants: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[Grant])
	if err != nil {
		return 0, nil, fmt.Errorf("read grants: %w", err)
	}
	for _, g := range list {
		if !s.keys.CheckRowMAC(g.MAC, grantParts(g)...) {
			bad = append(bad, g.Staff)
		}
	}
	return len(list), bad, nil
}
