package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Permissions of this domain.
const (
	PermList    = "identity.staff.list"
	PermCreate  = "identity.staff.create"
	PermRename  = "identity.staff.rename"
	PermDisable = "identity.staff.disable"
	PermReset   = "identity.staff.reset"
	PermGrant   = "identity.grant.change"
	PermRoles   = "identity.role.list"
	PermOnline  = "identity.session.online"
	PermKick    = "identity.session.kick"
)

// Keys is what identity needs of the key ring.
type Keys interface {
	RowMAC(parts ...[]byte) []byte
	CheckRowMAC(mac []byte, parts ...[]byte) bool
}

// Auditor records an act in the caller's transaction.
type Auditor interface {
	Record(ctx context.Context, tx pgx.Tx, action, object string, detail any) error
}

// Deps are what a Service is made of.
type Deps struct {
	DB     *db.DB
	Keys   Keys
	Audit  Auditor
	Clock  clock.Clock
	Log    *slog.Logger
	Roles  []Role
	Secure bool // the console is reached over TLS
	// VenueChanged is told, in the transaction, of each venue whose staff list
	// is no longer what was shipped. May be nil.
	VenueChanged func(ctx context.Context, tx pgx.Tx, venue string) error
}

// Service is the use cases of staff and sessions.
type Service struct {
	db      *db.DB
	keys    Keys
	audit   Auditor
	clock   clock.Clock
	log     *slog.Logger
	roles   map[string]Role
	list    []Role
	cookie  string
	secure  bool
	changed func(ctx context.Context, tx pgx.Tx, venue string) error
	hash    hasher
	decoy   string
}

// A hash of nothing anybody knows, for names that do not exist.
const decoy = "$argon2id$v=19$m=65536,t=2,p=1$aHV5dW4tZGVjb3ktc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// New makes the service.
func New(d Deps) *Service {
	s := &Service{
		db: d.DB, keys: d.Keys, audit: d.Audit, clock: d.Clock, log: d.Log, roles: map[string]Role{}, list: d.Roles,
		cookie: cookiePlain, secure: d.Secure, changed: d.VenueChanged, hash: newHasher(), decoy: decoy,
	}
	if d.Secure {
		s.cookie = cookieSecure
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for _, r := range d.Roles {
		s.roles[r.ID] = r
	}
	return s
}

// List shows accounts within the reader's scope.
func (s *Service) List(ctx context.Context, f StaffFilter, p db.Page) (db.List[Staff], error) {
	a, err := auth.Require(ctx, PermList)
	if err != nil {
		return db.List[Staff]{}, err
	}
	return listStaff(ctx, s.db, a.Scope, f, p)
}

// Get shows one account.
func (s *Service) Get(ctx context.Context, id string) (Staff, error) {
	a, err := auth.Require(ctx, PermList)
	if err != nil {
		return Staff{}, err
	}
	return s.visible(ctx, s.db, a, id)
}

func (s *Service) visible(ctx context.Context, q db.Q, a auth.Actor, id string) (Staff, error) {
	st, err := oneStaff(ctx, q, id)
	if err != nil {
		return Staff{}, err
	}
	if !a.Scope.All && !slices.ContainsFunc(st.Venues, a.Scope.Allows) {
		return Staff{}, db.Missing()
	}
	return st, nil
}

// Names says who stands behind usernames: records keep the account, because it
// never changes; people read names. Whoever has signed in may ask about an
// account they have read of; unknown ones are left out.
func (s *Service) Names(ctx context.Context, usernames []string) (map[string]string, error) {
	if _, ok := auth.From(ctx); !ok {
		return nil, auth.Required()
	}
	rows, err := s.db.Query(ctx, namesSQL, usernames)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	out := map[string]string{}
	var username, name string
	_, err = pgx.ForEachRow(rows, []any{&username, &name}, func() error {
		out[username] = name
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	return out, nil
}

// Create makes an account without any right; the generated password is
// returned once and has to be changed at the first sign-in. Faults:
// identity.staff.username, .name, .taken.
func (s *Service) Create(ctx context.Context, username, name string) (Staff, string, error) {
	a, err := auth.Require(ctx, PermCreate)
	if err != nil {
		return Staff{}, "", err
	}
	password := Generate()
	var out Staff
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		id, err := s.insert(ctx, tx, username, name, password, true, a.ID)
		if err != nil {
			return err
		}
		if out, err = oneStaff(ctx, tx, id); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermCreate, id, map[string]string{"username": username})
	})
	return out, password, err
}

func (s *Service) insert(ctx context.Context, tx pgx.Tx, username, name, password string, must bool, by string) (string, error) {
	if err := errors.Join(checkUsername(username), checkName(name), CheckPassword(username, password)); err != nil {
		return "", err
	}
	phc, err := s.hash.hash(ctx, password)
	if err != nil {
		return "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("staff id: %w", err)
	}
	_, err = tx.Exec(ctx, insertStaffSQL, id.String(), username, name, phc, must, s.clock.Now(), by)
	if db.IsUnique(err, "identity_staff_username_key") {
		return "", fault.New(fault.Conflict, "identity.staff.taken", "该账号已被使用，请换一个")
	}
	if err != nil {
		return "", fmt.Errorf("insert staff: %w", err)
	}
	return id.String(), nil
}

// Rename corrects a person's name. Fault: identity.staff.stale.
func (s *Service) Rename(ctx context.Context, id, name string, version int64) error {
	a, err := auth.Require(ctx, PermRename)
	if err != nil {
		return err
	}
	if err := checkName(name); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		st, err := s.visible(ctx, tx, a, id)
		if err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, renameStaffSQL, id, name, version)
		if err != nil {
			return fmt.Errorf("rename staff: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "identity.staff.stale", "该账号刚被他人修改，请刷新后重试")
		}
		if err := s.tellVenues(ctx, tx, st.Venues); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermRename, id, nil)
	})
}

// Disable stops or restores an account; its sessions end at once. Fault:
// identity.staff.self, identity.staff.last.
func (s *Service) Disable(ctx context.Context, id string, disabled bool, reason string) error {
	a, err := auth.Require(ctx, PermDisable)
	if err != nil {
		return err
	}
	if id == a.ID {
		return fault.New(fault.Conflict, "identity.staff.self", "不能停用自己的账号，请由另一位系统管理员操作")
	}
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		st, err := s.visible(ctx, tx, a, id)
		if err != nil {
			return err
		}
		if disabled {
			if err := s.keepOne(ctx, tx, id, st.Roles, nil); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, disableStaffSQL, id, disabled); err != nil {
			return fmt.Errorf("disable staff: %w", err)
		}
		if disabled {
			if _, err := tx.Exec(ctx, endAllSQL, id, s.clock.Now(), "disabled", ""); err != nil {
				return fmt.Errorf("end sessions: %w", err)
			}
		}
		if err := s.tellVenues(ctx, tx, st.Venues); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermDisable, id, map[string]any{"disabled": disabled, "reason": reason})
	})
}

// Reset gives an account a generated password, returned once. The security
// administrator's and the auditor's cannot be reset here: whoever creates
// accounts must not be able to become those who watch them. Faults:
// identity.staff.reset.admin, identity.staff.self.
func (s *Service) Reset(ctx context.Context, id string) (string, error) {
	a, err := auth.Require(ctx, PermReset)
	if err != nil {
		return "", err
	}
	if id == a.ID {
		return "", fault.New(fault.Conflict, "identity.staff.self", "自己的口令请在“修改口令”中凭原口令修改")
	}
	password := Generate()
	err = s.db.InTx(ctx, func(tx pgx.Tx) error {
		st, err := s.visible(ctx, tx, a, id)
		if err != nil {
			return err
		}
		for _, r := range st.Roles {
			if s.roles[r].Admin {
				return fault.New(fault.Conflict, "identity.staff.reset.admin",
					"管理员的口令不能在页面重置，请在服务器上执行 cloud admin reset 并由两人在场")
			}
		}
		if err := s.setPassword(ctx, tx, id, password, true); err != nil {
			return err
		}
		if err := s.tellVenues(ctx, tx, st.Venues); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, PermReset, id, nil)
	})
	return password, err
}

func (s *Service) setPassword(ctx context.Context, tx pgx.Tx, id, password string, must bool) error {
	phc, err := s.hash.hash(ctx, password)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, setPHCSQL, id, phc, must, s.clock.Now()); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	keep := ""
	if a, ok := auth.From(ctx); ok && a.ID == id {
		keep = a.Session
	}
	if _, err := tx.Exec(ctx, endAllSQL, id, s.clock.Now(), "password", keep); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// ChangePassword changes the caller's own password and ends their other
// sessions. Faults: identity.password.weak, .wrong, .same, and the lock.
func (s *Service) ChangePassword(ctx context.Context, old, fresh string) error {
	a, ok := auth.From(ctx)
	if !ok {
		return auth.Required()
	}
	if err := CheckPassword(a.Username, fresh); err != nil {
		return err
	}
	if old == fresh {
		return fault.New(fault.Invalid, "identity.password.same", "新口令不能与原口令相同")
	}
	var refusal *fault.Error
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		refusal = nil
		c, err := lockCredential(ctx, tx, lockByIDSQL, a.ID)
		if err != nil {
			return err
		}
		bad, err := s.try(ctx, tx, c, old)
		if err != nil {
			return err
		}
		if bad != nil {
			refusal = fault.Newf(fault.Invalid, "identity.password.wrong", "原口令不正确；连续错误 %d 次账号将锁定 %d 分钟",
				person.MaxWrong, person.LockMinutes)
			return s.audit.Record(ctx, tx, "identity.password.refused", a.ID, nil)
		}
		if err := s.setPassword(ctx, tx, a.ID, fresh, false); err != nil {
			return err
		}
		if err := s.tellVenues(ctx, tx, a.Scope.Venues); err != nil {
			return err
		}
		return s.audit.Record(ctx, tx, "identity.password.change", a.ID, nil)
	})
	if err == nil && refusal != nil {
		err = refusal
	}
	return err
}

// Must tells whether the caller has to change their password first.
func (s *Service) Must(ctx context.Context) (bool, error) {
	a, ok := auth.From(ctx)
	if !ok {
		return false, auth.Required()
	}
	rows, err := s.db.Query(ctx, passwordAgeSQL, a.ID)
	if err != nil {
		return false, fmt.Errorf("read password age: %w", err)
	}
	age, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[passwordAge])
	return s.mustChange(age.Must, age.At), err
}
