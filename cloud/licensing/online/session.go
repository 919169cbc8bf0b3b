package online

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/practitioner"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

const (
	cookieSecure = "__Host-huyun_applicant"
	cookiePlain  = "huyun_applicant"
	placeAccount = "online_session.account"

	insertSQL = `INSERT INTO online_session (id, token_hash, csrf, person, kind, level, account, ip, agent, opened_at, seen_at, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)`
	currentColumns = `SELECT id, token_hash, csrf, person, kind, level, account, opened_at, seen_at, mac`
	currentSQL     = currentColumns + ` FROM online_session WHERE token_hash = $1 AND ended_at IS NULL`
	seenSQL        = `UPDATE online_session SET seen_at = $2 WHERE id = $1`
	endSQL         = `UPDATE online_session SET ended_at = $2 WHERE id = $1`
	sweepSQL       = `DELETE FROM online_session WHERE opened_at < $1`
)

type current struct {
	ID       string    `db:"id"`
	Token    []byte    `db:"token_hash"`
	CSRF     string    `db:"csrf"`
	Person   string    `db:"person"`
	Kind     string    `db:"kind"`
	Level    int       `db:"level"`
	Account  []byte    `db:"account"`
	OpenedAt time.Time `db:"opened_at"`
	SeenAt   time.Time `db:"seen_at"`
	MAC      []byte    `db:"mac"`
}

func newToken() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return base64.RawURLEncoding.EncodeToString(raw)
}

func tokenHash(token string) []byte {
	d := sm.Sum([]byte("huyun-applicant"), []byte(token))
	return d[:]
}

// Cookie is the session's, for the answer to an arrival; a negative age ends it.
func (s *Service) Cookie(token string, age time.Duration) http.Cookie {
	c := http.Cookie{Name: cookiePlain, Value: token, Path: "/", MaxAge: int(age.Seconds()), HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode} //nolint:gosec // Secure follows the configuration: development has no TLS
	if s.Secure {
		c.Name = cookieSecure
	}
	return c
}

func (s *Service) open(ctx context.Context, tx pgx.Tx, p practitioner.Person, u User, token string) (Session, error) {
	now, origin := s.Clock.Now().UTC(), auth.OriginOf(ctx)
	c := current{ID: uuid.Must(uuid.NewV7()).String(), Token: tokenHash(token), CSRF: newToken(), Person: p.ID, Kind: u.Kind, Level: u.Level, OpenedAt: now}
	plain, err := json.Marshal(u)
	if err != nil {
		return Session{}, fmt.Errorf("write account: %w", err)
	}
	if c.Account, err = s.Keys.SealAt([]string{placeAccount, c.ID}, plain); err != nil {
		return Session{}, err
	}
	c.MAC = s.Keys.RowMAC(c.parts()...)
	if _, err := tx.Exec(ctx, sweepSQL, now.AddDate(0, 0, -7)); err != nil {
		return Session{}, fmt.Errorf("end old sessions: %w", err)
	}
	_, err = tx.Exec(ctx, insertSQL, c.ID, c.Token, c.CSRF, c.Person, c.Kind, c.Level, c.Account, origin.IP, origin.Agent, now, c.MAC)
	if err != nil {
		return Session{}, fmt.Errorf("insert session: %w", err)
	}
	if s.Known != nil && u.Kind == Citizen {
		if err := s.Known(ctx, tx, p.ID, u.ID); err != nil {
			return Session{}, err
		}
	}
	ctx = auth.With(ctx, actor(c, u))
	return shown(c, u), s.Audit.Record(ctx, tx, "online.session.open", c.ID, map[string]any{"person": p.ID, "kind": u.Kind, "level": u.Level})
}

// actor is who acts with a session: an applicant by their file, a company by its
// credit code.
func actor(c current, u User) auth.Actor {
	a := auth.Actor{ID: c.Person, Kind: application.KindApplicant, Username: c.Person, Name: u.Name, Session: c.ID, CSRF: c.CSRF, Perms: auth.NewPerms(application.PermOwn)}
	a.Behind = behind{c, u}
	if c.Kind == Company {
		a.ID, a.Kind, a.Username, a.Name, a.Perms = u.USCC, application.KindCompany, u.USCC, u.Org, auth.NewPerms(application.PermCompany)
		a.Denied = errPerson()
	}
	return a
}

// errPerson is what a company is told of what only a person may do.
func errPerson() error {
	return fault.New(fault.Forbidden, "online.person", "这项业务须由个人办理：请退出企业账号，由从业人员本人用个人账号从“一网通办”进入后申请；企业可以在“企业首页”按名册批量申请公交新证、换证、补证")
}

func shown(c current, u User) Session {
	out := Session{CSRF: c.CSRF, Kind: c.Kind, Name: u.Name, Org: u.Org, USCC: u.USCC, Level: c.Level}
	if id, err := person.ParseID(u.IDNo); err == nil {
		out.IDNo = id.Mask()
	}
	return out
}

// Authenticate implements web.Authenticator for the applicant's cookie.
func (s *Service) Authenticate(ctx context.Context, r *http.Request) (auth.Actor, error) {
	c, u, err := s.current(ctx, r)
	if err != nil {
		return auth.Actor{}, err
	}
	now := s.Clock.Now()
	if now.Sub(c.SeenAt) >= seenEvery && !auth.IsPassive(ctx) {
		if _, err := s.DB.Exec(ctx, seenSQL, c.ID, now); err != nil {
			return auth.Actor{}, fmt.Errorf("note activity: %w", err)
		}
	}
	return actor(c, u), nil
}

const codeRequired = "auth.required"

// required says what an applicant can do without a session: only the platform can
// tell who they are.
func required() error {
	return fault.New(fault.Unauthenticated, codeRequired, "登录已失效，请回到“一网通办”重新进入；已填写的内容都已保存")
}

func (s *Service) current(ctx context.Context, r *http.Request) (c current, u User, err error) {
	k := s.Cookie("", 0)
	cookie, err := r.Cookie(k.Name)
	if err != nil {
		return c, u, required()
	}
	return s.held(ctx, cookie.Value)
}

// held is the session of a cookie's token.
func (s *Service) held(ctx context.Context, token string) (c current, u User, err error) {
	if token == "" || len(token) > 100 {
		return c, u, required()
	}
	c, ok, err := db.Maybe[current](ctx, s.DB, currentSQL, tokenHash(token))
	if err != nil {
		return c, u, err
	}
	now := s.Clock.Now()
	// an edited one is nobody's: `cloud fsck rows` names it
	if !ok || !s.genuine(&c) || now.Sub(c.SeenAt) > idleLimit || now.Sub(c.OpenedAt) > sessionLimit {
		return c, u, required()
	}
	plain, err := s.Keys.OpenAt([]string{placeAccount, c.ID}, c.Account)
	if err == nil {
		err = json.Unmarshal(plain, &u)
	}
	return c, u, err
}

// behind is the session as it was read at the door, once a request.
type behind struct {
	current
	user User
}

// account is what the platform said of the caller.
func account(ctx context.Context) (c current, u User, err error) {
	a, _ := auth.From(ctx)
	b, ok := a.Behind.(behind)
	if !ok {
		return c, u, required()
	}
	return b.current, b.user, nil
}

// Who is the caller's own session.
func (s *Service) Who(ctx context.Context) (Session, error) {
	c, u, err := account(ctx)
	return shown(c, u), err
}

// Leave ends it.
func (s *Service) Leave(ctx context.Context) error {
	a, ok := auth.From(ctx)
	if !ok {
		return required()
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error { return s.end(ctx, tx, a.Session) })
}

func (s *Service) end(ctx context.Context, tx pgx.Tx, session string) error {
	if _, err := tx.Exec(ctx, endSQL, session, s.Clock.Now()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return s.Audit.Record(ctx, tx, "online.session.close", session, nil)
}
