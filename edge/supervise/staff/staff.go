// Package staff signs proctors in at the venue with no network: accounts and
// argon2id hashes come from the centre by order, sessions and lock-outs live
// here (experience 3.6, "offline staff login for pre-onboarded staff"). It is
// used by the proctor's HTTP API and wherever a second person has to confirm.
// It neither creates accounts nor changes passwords: that is the centre's.
package staff

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// Roles at a venue.
const (
	Proctor    = "proctor"
	Chief      = "chief"
	Technician = "technician"
)

const (
	listBucket    = "staff"         // "list" → wire.Staff
	lockBucket    = "staff_lock"    // lockKey → lock
	sessionBucket = "staff_session" // SM3 of the token → Session
)

// A session ends after half an hour without a request, and after twelve hours
// in any case.
const (
	idle = 30 * time.Minute
	life = 12 * time.Hour
)

// Session is a signed-in person.
type Session struct {
	Username string    `json:"username"`
	Name     string    `json:"name"`
	Roles    []string  `json:"roles"`
	Since    time.Time `json:"since"`
	CSRF     string    `json:"-"`
}

// Service signs people in and out.
type Service struct {
	store *store.Store
	clock clock.Clock
	audit *audit.Trail

	mu   sync.Mutex
	seen map[string]time.Duration // session key → monotonic moment of the last request
	gate chan struct{}            // bounds password checks: each takes 64 MiB
}

// New builds the service.
func New(s *store.Store, c clock.Clock, a *audit.Trail) *Service {
	return &Service{store: s, clock: c, audit: a, seen: map[string]time.Duration{}, gate: make(chan struct{}, 2)}
}

// Apply replaces the venue's list of staff.
func Apply(_ context.Context, tx *store.Tx, o wire.Order) error {
	b, err := wire.Decode[wire.Staff](o.Body)
	if err != nil {
		return err
	}
	have, ok, err := store.Load[wire.Staff](tx, listBucket, "list")
	if err != nil {
		return err
	}
	if ok && b.Version <= have.Version {
		return nil
	}
	return store.Save(tx, listBucket, "list", b)
}

// Members lists the venue's staff without their hashes.
func Members(r store.Reader) ([]wire.StaffMember, error) {
	l, _, err := store.Load[wire.Staff](r, listBucket, "list")
	for i := range l.Members {
		l.Members[i].Password = ""
	}
	return l.Members, err
}

// Names is what the venue's people are called, by account, those included who
// may no longer sign in.
func Names(r store.Reader) (map[string]string, error) {
	l, _, err := store.Load[wire.Staff](r, listBucket, "list")
	names := make(map[string]string, len(l.Members))
	for _, m := range l.Members {
		names[m.Username] = m.Name
	}
	return names, err
}

// NameOf is what an account's person is called; the account where nobody knows.
func NameOf(r store.Reader, account string) (string, error) {
	names, err := Names(r)
	return cmp.Or(names[account], account), err
}

// SecondName is how a second person stands in a reason: people read names.
func SecondName(r store.Reader, account string) (string, error) {
	name, err := NameOf(r, account)
	return "（复核：" + name + "）", err
}

func member(r store.Reader, username string) (wire.StaffMember, bool, error) {
	l, _, err := store.Load[wire.Staff](r, listBucket, "list")
	if err != nil {
		return wire.StaffMember{}, false, err
	}
	i := slices.IndexFunc(l.Members, func(m wire.StaffMember) bool { return m.Username == username && !m.Disabled })
	if i < 0 {
		return wire.StaffMember{}, false, nil
	}
	return l.Members[i], true, nil
}

var (
	errNobody = fault.Unauthenticatedf("staff.login.empty", "本考场尚未收到人员名单，请确认设备已联网并由中心下发监考员")
	errGone   = fault.Unauthenticatedf("staff.session.missing", "登录已过期，请重新登录")
)

// check verifies a password with lock-out; first is in whose session a second
// person types it, empty at a login.
func (s *Service) check(ctx context.Context, username, password, first string) (wire.StaffMember, error) {
	var m wire.StaffMember
	var known, any bool
	var l lock
	err := s.store.View(func(r store.Reader) (err error) {
		any = r.Get(listBucket, "list") != nil
		if m, known, err = member(r, username); err != nil {
			return err
		}
		l, _, err = store.Load[lock](r, lockBucket, lockKey(username, known))
		return err
	})
	switch {
	case err != nil:
		return m, err
	case !any:
		return m, errNobody
	case s.clock.Now().Before(l.Until):
		return m, errLocked
	}
	select {
	case s.gate <- struct{}{}:
		defer func() { <-s.gate }()
	case <-ctx.Done():
		return m, ctx.Err()
	}
	hash := m.Password
	if !known {
		hash = decoy // as long a wait for a name that does not exist
	}
	if verifyPassword(hash, password) && known {
		return m, s.store.Update(ctx, func(tx *store.Tx) error {
			tx.Delete(lockBucket, username)
			return nil
		})
	}
	return m, s.wrong(ctx, username, known, first)
}

// Login signs a person in and returns the token for the cookie. It fails with
// staff.login.wrong, staff.login.locked and staff.login.empty.
func (s *Service) Login(ctx context.Context, username, password string) (string, Session, error) {
	m, err := s.check(ctx, strings.TrimSpace(username), password, "")
	if err != nil {
		return "", Session{}, err
	}
	raw := make([]byte, 32)
	if _, err := rand.Read(raw); err != nil {
		return "", Session{}, err
	}
	token := hex.EncodeToString(raw)
	ss := Session{Username: m.Username, Name: m.Name, Roles: m.Roles}
	err = s.store.Update(ctx, func(tx *store.Tx) error {
		ss.Since = tx.Now()
		if err := store.Save(tx, sessionBucket, keyOf(token), ss); err != nil {
			return err
		}
		return s.audit.Record(audit.As(ctx, m.Username), tx, "staff.login", m.Username, strings.Join(m.Roles, ","))
	})
	if err != nil {
		return "", Session{}, err
	}
	s.touch(keyOf(token))
	ss.CSRF = csrf(token)
	return token, ss, nil
}

// Resume finds the session of a token. Name, roles and being enabled are the
// list's of this moment, so a change of the centre bites with the next request.
// It fails with staff.session.missing.
func (s *Service) Resume(token string) (Session, error) {
	if len(token) != 64 {
		return Session{}, errGone
	}
	key := keyOf(token)
	var ss Session
	err := s.store.View(func(r store.Reader) error {
		v, ok, err := store.Load[Session](r, sessionBucket, key)
		if err != nil {
			return err
		}
		m, known, err := member(r, v.Username)
		if err != nil {
			return err
		}
		if !ok || !known {
			return errGone
		}
		ss = Session{Username: m.Username, Name: m.Name, Roles: m.Roles, Since: v.Since, CSRF: csrf(token)}
		return nil
	})
	if err != nil {
		return Session{}, err
	}
	age := s.clock.Now().Sub(ss.Since)
	if age > life || !s.touch(key) {
		return Session{}, errGone
	}
	return ss, nil
}

// touch notes a request; false when the session has been idle too long. A
// session that this process has not seen yet (a restart) begins afresh.
func (s *Service) touch(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Mono()
	last, ok := s.seen[key]
	if ok && now-last > idle {
		return false
	}
	s.seen[key] = now
	return true
}

// Logout ends a session.
func (s *Service) Logout(ctx context.Context, token string) error {
	return s.store.Update(ctx, func(tx *store.Tx) error {
		tx.Delete(sessionBucket, keyOf(token))
		return s.audit.Record(ctx, tx, "staff.logout", audit.Who(ctx), "")
	})
}

// Second fails unless username is another active proctor or chief than first
// and the password is theirs. Codes: staff.second.same, staff.second.role and
// those of Login.
func (s *Service) Second(ctx context.Context, first, username, password string) error {
	if username == "" || username == first {
		return fault.Forbiddenf("staff.second.same", "需要另一名监考员输入本人账号和口令共同确认")
	}
	m, err := s.check(ctx, username, password, first)
	if err != nil {
		return err
	}
	if !slices.Contains(m.Roles, Proctor) && !slices.Contains(m.Roles, Chief) {
		return fault.Forbiddenf("staff.second.role", "复核人必须是监考员或主考")
	}
	return nil
}

func keyOf(token string) string { return sm.Sum([]byte("staff session"), []byte(token)).String() }

// csrf is what pages send back in a header; it proves that the sender can read
// our answers, which a foreign page cannot.
func csrf(token string) string { return sm.MAC([]byte(token), []byte("csrf")).String()[:32] }
