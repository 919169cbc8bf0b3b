package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Cookie names: the __Host- prefix makes browsers refuse it without TLS, so a
// plain one is used in development only.
const (
	cookieSecure = "__Host-huyun_session"
	cookiePlain  = "huyun_session"
)

// Opened is a fresh session; Token goes into the cookie and nowhere else.
type Opened struct {
	Token string
	ID    string
	CSRF  string
	Actor auth.Actor
	Must  bool // the password has to be changed before anything else
}

func newToken() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

func tokenHash(token string) []byte {
	d := sm.Sum([]byte("huyun-session"), []byte(token))
	return d[:]
}

var (
	errWrong = fault.Newf(fault.Unauthenticated, "identity.session.wrong",
		"账号或口令不正确；连续错误 %d 次将锁定 %d 分钟", person.MaxWrong, person.LockMinutes)
	errLocked = fault.Newf(fault.Unauthenticated, "identity.session.locked",
		"口令连续错误 %d 次，已锁定 %d 分钟，请稍后再试或联系系统管理员", person.MaxWrong, person.LockMinutes)
	errDisabled = fault.New(fault.Unauthenticated, "identity.session.disabled", "账号已停用，请联系系统管理员")
)

// Open signs a person in. Faults: identity.session.wrong, .locked, .disabled.
// Every refusal is recorded.
func (s *Service) Open(ctx context.Context, username, password string) (Opened, error) {
	var out Opened
	var refusal *fault.Error
	err := s.db.InTx(ctx, func(tx pgx.Tx) error {
		out, refusal = Opened{}, nil
		c, err := lockCredential(ctx, tx, lockByNameSQL, username)
		who := c.ID
		if errors.Is(err, pgx.ErrNoRows) {
			// The same work, texts and locks for a name that does not exist. The
			// name is not recorded: people type passwords into it.
			who = "unknown"
			c, err = s.stranger(ctx, tx, username)
		}
		if err != nil {
			return err
		}
		if refusal, err = s.try(ctx, tx, c, password); err != nil {
			return err
		}
		if refusal != nil {
			return s.audit.Record(ctx, tx, "identity.session.refused", who, map[string]string{"reason": refusal.Code})
		}
		out, err = s.begin(ctx, tx, c)
		return err
	})
	if err == nil && refusal != nil {
		err = refusal
	}
	return out, err
}

// try checks the password of a locked row and counts the failure.
func (s *Service) try(ctx context.Context, tx pgx.Tx, c credential, password string) (*fault.Error, error) {
	now := s.clock.Now()
	if c.LockedUntil != nil && now.Before(*c.LockedUntil) {
		return errLocked, nil
	}
	ok, err := s.hash.verify(ctx, c.Password, password)
	if err != nil {
		return nil, err
	}
	ok = ok && c.stranger == nil
	if ok && c.Disabled {
		return errDisabled, nil
	}
	if ok {
		return nil, note(ctx, tx, c, 0, nil)
	}
	refusal, failures := errWrong, c.Failures+1
	var until *time.Time
	if failures >= person.MaxWrong {
		end := now.Add(person.LockFor)
		refusal, failures, until = errLocked, 0, &end
	}
	return refusal, note(ctx, tx, c, failures, until)
}

func (s *Service) begin(ctx context.Context, tx pgx.Tx, c credential) (Opened, error) {
	now, origin := s.clock.Now(), auth.OriginOf(ctx)
	id, err := uuid.NewV7()
	if err != nil {
		return Opened{}, fmt.Errorf("session id: %w", err)
	}
	out := Opened{Token: newToken(), ID: id.String(), CSRF: newToken()}
	out.Must = s.mustChange(c.MustChange, c.PasswordAt)
	if _, err := tx.Exec(ctx, trimSQL, c.ID, now, maxSessions-1); err != nil {
		return Opened{}, fmt.Errorf("end old sessions: %w", err)
	}
	_, err = tx.Exec(ctx, insertSessionSQL, out.ID, tokenHash(out.Token), out.CSRF, c.ID, origin.IP, origin.Agent, now)
	if err != nil {
		return Opened{}, fmt.Errorf("insert session: %w", err)
	}
	cur, _, err := readCurrent(ctx, tx, tokenHash(out.Token))
	if err != nil {
		return Opened{}, err
	}
	if out.Actor, err = s.actor(cur); err != nil {
		return Opened{}, err
	}
	return out, s.audit.Record(auth.With(ctx, out.Actor), tx, "identity.session.open", out.ID, nil)
}

func (s *Service) mustChange(flag bool, at time.Time) bool {
	return flag || s.clock.Now().Sub(at) > passwordMaxAge
}

// Authenticate implements web.Authenticator for the session cookie. The
// session, the account and the grant are read at every request, so whatever is
// withdrawn is withdrawn at once.
func (s *Service) Authenticate(ctx context.Context, r *http.Request) (auth.Actor, error) {
	cookie, err := r.Cookie(s.cookie)
	if err != nil || len(cookie.Value) > 100 {
		return auth.Actor{}, auth.Required()
	}
	c, ok, err := readCurrent(ctx, s.db, tokenHash(cookie.Value))
	if err != nil {
		return auth.Actor{}, err
	}
	now := s.clock.Now()
	if !ok || c.EndedAt != nil || c.Disabled || now.Sub(c.SeenAt) > idleLimit || now.Sub(c.CreatedAt) > sessionLimit {
		return auth.Actor{}, auth.Required()
	}
	if now.Sub(c.SeenAt) >= seenEvery && !auth.IsPassive(ctx) {
		if _, err := s.db.Exec(ctx, seenSQL, c.ID, now); err != nil {
			return auth.Actor{}, fmt.Errorf("note activity: %w", err)
		}
	}
	return s.actor(c)
}

// actor turns a session into who acts. Rights whose row was edited behind the
// program's back count for nothing and stop the session.
func (s *Service) actor(c current) (auth.Actor, error) {
	a := auth.Actor{
		ID: c.Staff, Kind: auth.KindStaff, Username: c.Username, Name: c.Name, Session: c.ID, CSRF: c.CSRF,
		Roles: c.Roles, Scope: auth.Scope{All: c.ScopeAll, Venues: c.Venues}, Perms: auth.Perms{},
	}
	if c.GrantedAt == nil {
		return a, nil
	}
	g := Grant{
		Staff: c.Staff, Roles: c.Roles, ScopeAll: c.ScopeAll, Venues: c.Venues, Version: c.Version,
		GrantedBy: c.GrantedBy, GrantedAt: *c.GrantedAt,
	}
	if !s.keys.CheckRowMAC(c.MAC, grantParts(g)...) {
		s.log.Error("grant does not match its MAC", "staff", c.Staff)
		return auth.Actor{}, errDamaged
	}
	if s.mustChange(c.MustChange, c.PasswordAt) {
		return a, nil // signed in, and may do nothing but change the password
	}
	for _, id := range c.Roles {
		for _, p := range s.roles[id].Perms {
			a.Perms[p] = struct{}{}
		}
	}
	return a, nil
}

var errDamaged = fault.New(fault.Forbidden, "identity.grant.damaged", "您的授权数据校验不通过，可能被改动过，请联系安全管理员重新授权")

// Close ends the caller's own session.
func (s *Service) Close(ctx context.Context) error {
	a, ok := auth.From(ctx)
	if !ok {
		return auth.Required()
	}
	return s.end(ctx, a.Session, "identity.session.close", "signed-out")
}

func (s *Service) end(ctx context.Context, session, action, reason string) error {
	return s.db.InTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, endSessionSQL, session, s.clock.Now(), reason)
		if err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return db.Missing()
		}
		return s.audit.Record(ctx, tx, action, session, nil)
	})
}

// Mine lists the caller's own sessions.
func (s *Service) Mine(ctx context.Context) ([]Session, error) {
	a, ok := auth.From(ctx)
	if !ok {
		return nil, auth.Required()
	}
	now := s.clock.Now()
	list, err := listSessions(ctx, s.db, a.ID, "", now.Add(-idleLimit), now.Add(-sessionLimit), db.Page{PageSize: 100})
	for i := range list.Items {
		list.Items[i].Current = list.Items[i].ID == a.Session
	}
	return list.Items, err
}

// EndMine ends one of the caller's own sessions.
func (s *Service) EndMine(ctx context.Context, session string) error {
	a, ok := auth.From(ctx)
	if !ok {
		return auth.Required()
	}
	var owner string
	err := s.db.QueryRow(ctx, sessionOwnerSQL, session).Scan(&owner)
	if errors.Is(err, pgx.ErrNoRows) || (err == nil && owner != a.ID) {
		return db.Missing()
	}
	if err != nil {
		return fmt.Errorf("read session: %w", err)
	}
	return s.end(ctx, session, "identity.session.end", "ended-by-owner")
}

// Online lists everybody's sessions, or those of people with a role.
func (s *Service) Online(ctx context.Context, role string, p db.Page) (db.List[Session], error) {
	if _, err := auth.Require(ctx, PermOnline); err != nil {
		return db.List[Session]{}, err
	}
	now := s.clock.Now()
	return listSessions(ctx, s.db, "", role, now.Add(-idleLimit), now.Add(-sessionLimit), p)
}

// Kick ends somebody's session.
func (s *Service) Kick(ctx context.Context, session string) error {
	if _, err := auth.Require(ctx, PermKick); err != nil {
		return err
	}
	return s.end(ctx, session, PermKick, "kicked")
}
