package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/paper"
	"huyun.internal/cloud/identity"
	"huyun.internal/cloud/keys/keystest"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/clock"
)

// Operations that nobody needs a right for. Adding to these lists is a decision
// that a reviewer sees.
var (
	publicOps   = []string{"identity.session.open", "licensing.letter.verify", "platform.live", "platform.ready"}
	signedInOps = []string{
		"identity.session.show", "identity.session.close", "identity.session.mine", "identity.session.end", "identity.password.change",
		"identity.staff.names",
	}
)

// ungranted lists operations that the rights table says nothing about, and rows
// that no operation stands for.
func ungranted(ops []web.Op, table []Access, public, signedIn []string) []string {
	rows, used := map[string]bool{}, map[string]bool{}
	for _, row := range table {
		rows[row.Perm] = true
	}
	var bad []string
	for _, op := range ops {
		switch {
		case op.Perm == web.Public && slices.Contains(public, op.ID), op.Perm == web.SignedIn && slices.Contains(signedIn, op.ID):
		case rows[op.Perm]:
			used[op.Perm] = true
		default:
			bad = append(bad, "operation "+op.ID+" has no row")
		}
	}
	for _, row := range table {
		if !used[row.Perm] {
			bad = append(bad, "row "+row.Perm+" has no operation")
		}
	}
	return bad
}

func TestEveryOperationHasARowAndEveryRowAnOperation(t *testing.T) {
	t.Parallel()
	w := Blank().Console()
	require.Empty(t, ungranted(w.Operations(), accessTable(), publicOps, signedInOps))
	require.Empty(t, w.Undeclared())

	seen, roles := map[string]bool{}, map[string]bool{}
	for _, r := range staffRoles() {
		roles[r.ID] = true
	}
	for _, row := range accessTable() {
		require.False(t, seen[row.Perm], "%s twice", row.Perm)
		seen[row.Perm] = true
		require.NotEmpty(t, row.Roles, row.Perm)
		for _, r := range row.Roles {
			require.True(t, roles[r], r)
		}
	}
	ids := map[string]bool{}
	for _, op := range w.Operations() {
		require.False(t, ids[op.ID], "%s twice", op.ID)
		ids[op.ID] = true
		require.Equal(t, op.Method == http.MethodGet, !writes(op), op.ID)
	}
}

// writes tells whether an operation changes anything.
func writes(op web.Op) bool { return op.Method != http.MethodGet }

// The checker itself has to fail on each kind of mistake.
// TestWholePapersAreForTheRulesAuthors: who reviews openings judges a venue's
// readiness and needs no paper for it.
func TestWholePapersAreForTheRulesAuthors(t *testing.T) {
	t.Parallel()
	for _, row := range accessTable() {
		if row.Perm == paper.PermPreview {
			require.Equal(t, []string{examAdmin}, row.Roles)
		}
	}
}

func TestMatrixFindsPlantedMistakes(t *testing.T) {
	t.Parallel()
	plant := func(op web.Op) []string {
		w := Blank().Console()
		op.Summary = "植入"
		web.Raw(w, op, func(c *gin.Context) { c.Status(http.StatusOK) })
		return ungranted(w.Operations(), accessTable(), publicOps, signedInOps)
	}
	require.Len(t, plant(web.Op{ID: "planted.x", Method: "GET", Path: "/api/v1/planted"}), 1)
	require.Len(t, plant(web.Op{ID: "planted.x", Method: "GET", Path: "/api/v1/planted", Perm: web.Public}), 1)
	require.Len(t, plant(web.Op{ID: "planted.x", Method: "GET", Path: "/api/v1/planted", Perm: web.SignedIn}), 1)
	require.Len(t, plant(web.Op{ID: "planted.x", Method: "GET", Path: "/api/v1/planted", Perm: "exam.bank.lits"}), 1)
	require.Empty(t, plant(web.Op{ID: "planted.x", Method: "GET", Path: "/api/v1/planted", Perm: identity.PermList}))
	w := Blank().Console()
	require.Len(t, ungranted(w.Operations(), append(accessTable(), to("planted.row", sysadmin)), publicOps, signedInOps), 1)
}

// house is a cloud with one member of staff per role.
type house struct {
	t     *testing.T
	sys   *System
	web   *web.Web
	staff map[string]string // role → username
}

const housePassword = "Correct-Horse-7"

func newHouse(t *testing.T) *house {
	t.Helper()
	s := &System{
		Config: Defaults(), Log: slog.New(slog.DiscardHandler), Clock: clock.System(), DB: dbtest.New(t), Keys: keystest.New(t),
	}
	s.Config.Data = t.TempDir()
	var err error
	s.Blobs, err = blob.OpenDir(t.TempDir())
	require.NoError(t, err)
	s.wire()
	h := &house{t: t, sys: s, web: s.Console(), staff: map[string]string{"": ""}}
	ctx := auth.System(context.Background(), "test")
	for _, r := range append(staffRoles(), identity.Role{ID: "none"}) {
		username := strings.ReplaceAll(r.ID, "_", "-")
		h.staff[r.ID] = username
		if r.Admin {
			_, err := s.Identity.CreateAdmin(ctx, username, r.Title, housePassword, r.ID)
			require.NoError(t, err)
			continue
		}
		st, _, err := s.Identity.Create(ctx, username, "某人")
		require.NoError(t, err)
		if r.ID != "none" {
			require.NoError(t, s.Identity.Grant(ctx, st.ID, []string{r.ID}, !r.Venue, []string{"venue-1"}))
		}
	}
	_, err = s.DB.Exec(ctx, `UPDATE identity_staff SET must_change = false, password = (SELECT password FROM identity_staff WHERE username = 'sysadmin')`)
	require.NoError(t, err)
	return h
}

func (h *house) signIn(role string) identity.Opened {
	h.t.Helper()
	if role == "" {
		return identity.Opened{}
	}
	o, err := h.sys.Identity.Open(context.Background(), h.staff[role], housePassword)
	require.NoError(h.t, err, role)
	return o
}

var param = regexp.MustCompile(`\{[a-z_]+\}`)

// call sends the operation as somebody, with an id that does not exist.
func (h *house) call(op web.Op, o identity.Opened, address string, change func(r *http.Request)) (int, string) {
	path := param.ReplaceAllString(op.Path, "01a208be-40d4-7afe-b070-ba61c579a44d")
	body := ""
	if writes(op) {
		body = "{}"
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, op.Method, path, strings.NewReader(body))
	r.RemoteAddr = address + ":1"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Huyun-CSRF", o.CSRF)
	if o.Token != "" {
		r.AddCookie(&http.Cookie{Name: "huyun_session", Value: o.Token})
	}
	if change != nil {
		change(r)
	}
	rec := httptest.NewRecorder()
	h.web.ServeHTTP(rec, r)
	var p struct{ Code string }
	_ = json.Unmarshal(rec.Body.Bytes(), &p)
	return rec.Code, p.Code
}

func (h *house) granted(op web.Op, role string) bool {
	for _, row := range accessTable() {
		if row.Perm == op.Perm {
			return slices.Contains(row.Roles, role)
		}
	}
	return op.Perm == web.Public || (op.Perm == web.SignedIn && role != "")
}

// TestMatrix sends every operation as every role, and as nobody: who has no
// row is refused and nothing changes, who has one is let in.
func TestMatrix(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	roles := []string{"", "none"}
	sessions := map[string]identity.Opened{"": {}, "none": h.signIn("none")}
	for _, r := range staffRoles() {
		roles = append(roles, r.ID)
		sessions[r.ID] = h.signIn(r.ID)
	}
	refused, allowed := 0, 0
	for _, op := range h.web.Operations() {
		before := dbtest.Snapshot(t, h.sys.DB, "identity_session")
		for i, role := range roles {
			if h.granted(op, role) {
				continue
			}
			want := http.StatusForbidden
			if role == "" {
				want = http.StatusUnauthorized
			}
			status, code := h.call(op, sessions[role], fmt.Sprintf("10.0.0.%d", i), nil)
			require.Equal(t, want, status, "%s as %q: %s", op.ID, role, code)
			refused++
		}
		require.Equal(t, before, dbtest.Snapshot(t, h.sys.DB, "identity_session"), "a refusal of %s changed something", op.ID)
	}
	for _, op := range h.web.Operations() {
		for i, role := range roles {
			if !h.granted(op, role) {
				continue
			}
			status, code := h.call(op, sessions[role], fmt.Sprintf("10.0.1.%d", i), nil)
			require.NotContains(t, []string{"auth.required", "auth.forbidden", "auth.csrf"}, code, "%s as %q: %d", op.ID, role, status)
			require.NotEqual(t, http.StatusInternalServerError, status, "%s as %q", op.ID, role)
			allowed++
			if role != "" && op.ID == "identity.session.close" {
				sessions[role] = h.signIn(role)
			}
		}
	}
	t.Logf("operations %d, roles %d, cells refused %d, allowed %d", len(h.web.Operations()), len(roles), refused, allowed)
}

// TestCredentialsThatNoLongerHold tries every operation with what once was, or
// only looks like, a session.
func TestCredentialsThatNoLongerHold(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := auth.System(context.Background(), "test")
	live := h.signIn(sysadmin)
	ended := h.signIn(sysadmin)
	require.NoError(t, h.sys.Identity.Kick(ctx, ended.ID))
	gone := h.signIn(examAdmin)
	require.NoError(t, h.sys.Identity.Disable(ctx, gone.Actor.ID, true, "离职"))
	old := h.signIn(secadmin)
	_, err := h.sys.DB.Exec(ctx, "UPDATE identity_session SET seen_at = now() - interval '31 minutes' WHERE id = $1", old.ID)
	require.NoError(t, err)

	cases := map[string]struct {
		o      identity.Opened
		change func(r *http.Request)
	}{
		"ended":       {o: ended},
		"disabled":    {o: gone},
		"idle":        {o: old},
		"garbage":     {o: identity.Opened{Token: strings.Repeat("x", 43)}},
		"session id":  {o: identity.Opened{Token: live.ID}},
		"in the path": {change: func(r *http.Request) { r.URL.RawQuery = "huyun_session=" + live.Token }},
		"as bearer":   {change: func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+live.Token) }},
		"other name":  {change: func(r *http.Request) { r.AddCookie(&http.Cookie{Name: "session", Value: live.Token}) }},
	}
	n := 0
	for name, c := range cases {
		n++
		for _, op := range h.web.Operations() {
			if op.Perm == web.Public {
				continue
			}
			status, code := h.call(op, c.o, fmt.Sprintf("10.0.2.%d", n), c.change)
			require.Equal(t, http.StatusUnauthorized, status, "%s with %s: %s", op.ID, name, code)
		}
	}
	for _, op := range h.web.Operations() {
		if op.Perm == web.Public || !writes(op) {
			continue
		}
		status, code := h.call(op, live, "10.0.3.1", func(r *http.Request) { r.Header.Del("X-Huyun-CSRF") })
		require.Equal(t, http.StatusForbidden, status, op.ID)
		require.Equal(t, "auth.csrf", code, op.ID)
	}
	status, _ := h.call(web.Op{Method: http.MethodGet, Path: "/api/v1/session"}, live, "10.0.3.2", nil)
	require.Equal(t, http.StatusOK, status, "the live session still holds")
}
