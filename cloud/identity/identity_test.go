package identity

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys/keystest"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

const good = "Correct-Horse-7"

// world is a centre with its three administrators.
type world struct {
	*Service
	t      *testing.T
	db     *db.DB
	clock  *clock.Test
	audit  *audit.Log
	venues []string // announced

	sys, sec, aud context.Context
}

func testRoles() []Role {
	return []Role{
		{ID: "sysadmin", Title: "系统管理员", Admin: true, Perms: []string{PermList, PermCreate, PermRename, PermDisable, PermReset, PermOnline, PermKick}},
		{ID: "secadmin", Title: "安全管理员", Admin: true, Perms: []string{PermList, PermGrant, PermRoles}},
		{ID: "auditor", Title: "审计员", Admin: true, Perms: []string{PermList, audit.PermRead, audit.PermVerify}},
		{ID: "clerk", Title: "考务管理员", Perms: []string{"exam.x"}},
		{ID: "proctor", Title: "监考员", Venue: true, Perms: []string{}},
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.New(t), clock: clock.NewTest(time.Date(2026, 12, 1, 1, 0, 0, 0, time.UTC))}
	ring := keystest.New(t)
	w.audit = audit.New(w.db, ring, w.clock, "")
	w.Service = New(Deps{
		DB: w.db, Keys: ring, Audit: w.audit, Clock: w.clock, Roles: testRoles(),
		VenueChanged: func(_ context.Context, _ pgx.Tx, venue string) error {
			w.venues = append(w.venues, venue)
			return nil
		},
	})
	// The rules are the same with hashes that cost little.
	w.hash.memory = 8 << 10
	w.decoy = strings.Replace(decoy, "m=65536", "m=8192", 1)
	w.sys, w.sec, w.aud = w.admin("root-sys", "sysadmin"), w.admin("root-sec", "secadmin"), w.admin("root-aud", "auditor")
	return w
}

func (w *world) admin(username, role string) context.Context {
	w.t.Helper()
	_, err := w.CreateAdmin(context.Background(), username, "管理员", good, role)
	require.NoError(w.t, err)
	return w.signIn(username, good)
}

func (w *world) signIn(username, password string) context.Context {
	w.t.Helper()
	o, err := w.Open(context.Background(), username, password)
	require.NoError(w.t, err)
	return auth.With(context.Background(), o.Actor)
}

// person makes an account with a changed password and roles.
func (w *world) person(username string, all bool, venues []string, roles ...string) Staff {
	w.t.Helper()
	st, first, err := w.Create(w.sys, username, "王"+username)
	require.NoError(w.t, err)
	require.NoError(w.t, w.Grant(w.sec, st.ID, roles, all, venues))
	require.NoError(w.t, w.ChangePassword(w.signIn(username, first), first, good))
	return st
}

func (w *world) code(err error, code string) {
	w.t.Helper()
	require.True(w.t, fault.Is(err, code), "%v", err)
}

func (w *world) actions() string {
	w.t.Helper()
	rows, err := w.db.Query(context.Background(), "SELECT action FROM audit_entry ORDER BY seq")
	require.NoError(w.t, err)
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.t, err)
	return strings.Join(list, " ")
}

func request(o Opened) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: cookiePlain, Value: o.Token})
	return r
}

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), staffColumns, oneStaffSQL, insertStaffSQL, renameStaffSQL, disableStaffSQL, setPHCSQL,
		lockByNameSQL, lockByIDSQL, noteFailureSQL, readGrantSQL, writeGrantSQL, allGrantsSQL, venueStaffSQL, nextListSQL,
		holdersSQL, namesSQL, meetStrangerSQL, noteStrangerSQL, forgetStrangersSQL,
		passwordAgeSQL, insertSessionSQL, currentSQL, seenSQL, endSessionSQL, endAllSQL, trimSQL, sessionColumns, sessionOwnerSQL)
}

func TestPasswordRule(t *testing.T) {
	t.Parallel()
	for p, ok := range map[string]bool{
		"Correct-Horse-7": true, "abc": false, "correcthorse": false, "CORRECT-HORSE": false, "correct-horse-7": true,
		"Zhang-Horse-7": false, "Huyun-Horse-7": false, "Password-789x": false, "Aa1-Aa1-Aa": true, "Aa1-Aa1-A": false,
		"密码很长很长很长1a-": true, "Aa1-Aa1-\x00Aa": false, strings.Repeat("Aa1-", 17): false, "": false,
	} {
		require.Equal(t, ok, CheckPassword("zhang", p) == nil, p)
	}
	seen := map[string]bool{}
	for range 200 {
		p := Generate()
		require.NoError(t, CheckPassword("", p))
		require.False(t, seen[p])
		seen[p] = true
	}
}

func TestPHC(t *testing.T) {
	t.Parallel()
	h, ctx := newHasher(), context.Background()
	phc, err := h.hash(ctx, good)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(phc, "$argon2id$v=19$m=65536,t=2,p=1$"))
	ok, err := h.verify(ctx, phc, good)
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = h.verify(ctx, phc, good+" ")
	require.NoError(t, err)
	require.False(t, ok)
	ok, err = h.verify(ctx, decoy, "")
	require.NoError(t, err)
	require.False(t, ok)
	for _, bad := range []string{
		"", "plain", "$argon2i$v=19$m=65536,t=2,p=1$YWFhYWFhYWFh$YQ", strings.Replace(phc, "m=65536", "m=99999999", 1),
		strings.Replace(phc, "t=2", "t=0", 1), strings.Replace(phc, "v=19", "v=18", 1), phc[:len(phc)-4], phc + "$",
	} {
		_, err = h.verify(ctx, bad, good)
		require.True(t, fault.Is(err, "identity.password.form"), bad)
	}
}

func TestLockOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	w.person("zhang", true, nil, "clerk")
	for i := range person.MaxWrong {
		_, err := w.Open(ctx, "zhang", "wrong")
		if i < person.MaxWrong-1 {
			w.code(err, "identity.session.wrong")
		} else {
			w.code(err, "identity.session.locked")
		}
	}
	_, err := w.Open(ctx, "zhang", good)
	w.code(err, "identity.session.locked")
	w.clock.Advance(person.LockFor - time.Second)
	_, err = w.Open(ctx, "zhang", good)
	w.code(err, "identity.session.locked")
	w.clock.Advance(2 * time.Second)
	_, err = w.Open(ctx, "zhang", good)
	require.NoError(t, err)
	for range person.MaxWrong - 1 { // a success cleared the count
		_, err := w.Open(ctx, "zhang", "wrong")
		w.code(err, "identity.session.wrong")
	}
	_, err = w.Open(ctx, "zhang", good)
	require.NoError(t, err)

	for _, name := range []string{"nobody", "", "zhang'--", good} {
		_, err = w.Open(ctx, name, good)
		w.code(err, "identity.session.wrong")
	}
	var leaked int
	require.NoError(t, w.db.QueryRow(ctx, "SELECT count(*) FROM audit_entry WHERE object = $1 OR detail LIKE '%' || $1 || '%'", good).Scan(&leaked))
	require.Zero(t, leaked, "what was typed as a name is not recorded")
}

func TestParallelGuessesCannotPassTheCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.person("zhang", true, nil, "clerk")
	var wg sync.WaitGroup
	var mu sync.Mutex
	wrong := 0
	for range 12 {
		wg.Go(func() {
			_, err := w.Open(context.Background(), "zhang", "wrong")
			mu.Lock()
			defer mu.Unlock()
			if fault.Is(err, "identity.session.wrong") {
				wrong++
			}
		})
	}
	wg.Wait()
	require.Equal(t, person.MaxWrong-1, wrong)
}

func TestSessionLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	w.person("zhang", true, nil, "clerk")
	o, err := w.Open(ctx, "zhang", good)
	require.NoError(t, err)
	check := func() error { _, err := w.Authenticate(ctx, request(o)); return err }
	require.NoError(t, check())
	w.clock.Advance(idleLimit - time.Second)
	require.NoError(t, check())
	w.clock.Advance(idleLimit - time.Second)
	require.NoError(t, check(), "activity keeps it alive")
	w.clock.Advance(idleLimit - time.Second)
	_, err = w.Authenticate(auth.Passive(ctx), request(o))
	require.NoError(t, err)
	w.clock.Advance(2 * time.Second)
	w.code(check(), "auth.required")

	o, err = w.Open(ctx, "zhang", good)
	require.NoError(t, err)
	for range 12 * 60 / 25 {
		require.NoError(t, check())
		w.clock.Advance(25 * time.Minute)
	}
	require.NoError(t, check())
	w.clock.Advance(25 * time.Minute)
	w.code(check(), "auth.required") // twelve hours whatever the activity

	none := httptest.NewRequest(http.MethodGet, "/", nil)
	_, err = w.Authenticate(ctx, none)
	w.code(err, "auth.required")
	for _, token := range []string{"", "x", o.ID, strings.Repeat("x", 5000)} {
		_, err = w.Authenticate(ctx, request(Opened{Token: token}))
		w.code(err, "auth.required")
	}
	var stored int
	require.NoError(t, w.db.QueryRow(ctx, "SELECT count(*) FROM identity_session WHERE token::text LIKE '%' || $1 || '%'", o.Token).Scan(&stored))
	require.Zero(t, stored, "tokens are stored as digests only")
}

func TestWithdrawalBitesAtTheNextRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	st := w.person("zhang", true, nil, "clerk")
	open := func() Opened {
		o, err := w.Open(ctx, "zhang", good)
		require.NoError(t, err)
		return o
	}
	o := open()
	a, err := w.Authenticate(ctx, request(o))
	require.NoError(t, err)
	require.True(t, a.Can("exam.x"))

	require.NoError(t, w.Grant(w.sec, st.ID, nil, false, nil))
	a, err = w.Authenticate(ctx, request(o))
	require.NoError(t, err)
	require.False(t, a.Can("exam.x"))
	require.False(t, a.Scope.All)

	require.NoError(t, w.Disable(w.sys, st.ID, true, "离职"))
	_, err = w.Authenticate(ctx, request(o))
	w.code(err, "auth.required")
	_, err = w.Open(ctx, "zhang", good)
	w.code(err, "identity.session.disabled")
	require.NoError(t, w.Disable(w.sys, st.ID, false, "返岗"))
	_, err = w.Authenticate(ctx, request(o))
	w.code(err, "auth.required")

	o = open()
	require.NoError(t, w.Kick(w.sys, o.ID))
	_, err = w.Authenticate(ctx, request(o))
	w.code(err, "auth.required")
	w.code(w.Kick(w.sys, o.ID), "record.missing")

	o = open()
	_, err = w.Reset(w.sys, st.ID)
	require.NoError(t, err)
	_, err = w.Authenticate(ctx, request(o))
	w.code(err, "auth.required")
}

func TestPasswordMustChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	st, first, err := w.Create(w.sys, "zhang", "张三")
	require.NoError(t, err)
	require.NoError(t, w.Grant(w.sec, st.ID, []string{"clerk"}, true, nil))
	o, err := w.Open(ctx, "zhang", first)
	require.NoError(t, err)
	require.True(t, o.Must)
	require.Empty(t, o.Actor.Perms, "may do nothing before the change")

	me := auth.With(ctx, o.Actor)
	other, err := w.Open(ctx, "zhang", first)
	require.NoError(t, err)
	w.code(w.ChangePassword(me, first, "weak"), "identity.password.weak")
	w.code(w.ChangePassword(me, first, first), "identity.password.same")
	w.code(w.ChangePassword(me, "wrong", good), "identity.password.wrong")
	require.NoError(t, w.ChangePassword(me, first, good))
	a, err := w.Authenticate(ctx, request(o))
	require.NoError(t, err, "the changing session goes on")
	require.True(t, a.Can("exam.x"))
	_, err = w.Authenticate(ctx, request(other))
	w.code(err, "auth.required")

	w.clock.Advance(passwordMaxAge + time.Hour)
	o, err = w.Open(ctx, "zhang", good)
	require.NoError(t, err)
	require.True(t, o.Must, "ninety days are over")
	require.Empty(t, o.Actor.Perms)
}

func TestOwnSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	w.person("zhang", true, nil, "clerk")
	w.person("li", true, nil, "clerk")
	var last Opened
	var err error
	for range maxSessions + 2 {
		last, err = w.Open(ctx, "zhang", good)
		require.NoError(t, err)
		w.clock.Advance(time.Second)
	}
	me := auth.With(ctx, last.Actor)
	mine, err := w.Mine(me)
	require.NoError(t, err)
	require.Len(t, mine, maxSessions)
	require.True(t, mine[0].Current)

	li, err := w.Open(ctx, "li", good)
	require.NoError(t, err)
	w.code(w.EndMine(me, li.ID), "record.missing")
	w.code(w.EndMine(me, "01a208be-40d4-7afe-b070-ba61c579a44d"), "record.missing")
	require.NoError(t, w.EndMine(me, mine[3].ID))
	require.NoError(t, w.Close(me))
	_, err = w.Authenticate(ctx, request(last))
	w.code(err, "auth.required")

	online := func(role, q string) int {
		list, err := w.Online(w.sys, role, db.Page{Q: q})
		require.NoError(t, err)
		return list.Total
	}
	require.Equal(t, 2, online("", "li"), "li's first sign-in and this one")
	all := online("", "")
	require.Equal(t, 1, online("sysadmin", "root-sys"))
	require.Less(t, online("clerk", ""), all, "the administrators are no clerks")
	require.Equal(t, 2, online("clerk", "li"))
	require.Zero(t, online("nobody", ""))
}
