package proctor_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/app/web"
	"huyun.internal/edge/store"
)

// who may do what: one row for each route, and a route without a row fails.
// p proctor, c chief, t technician, * everybody who is signed in, ! anybody.
var matrix = map[string]string{
	"POST /proctor/v1/login":                                            "!",
	"POST /proctor/v1/logout":                                           "*",
	"GET /proctor/v1/me":                                                "*",
	"GET /proctor/v1/link":                                              "*",
	"GET /proctor/v1/alarms":                                            "pct",
	"POST /proctor/v1/alarms/:alarm/acknowledge":                        "pc",
	"GET /proctor/v1/messages":                                          "pct",
	"POST /proctor/v1/messages/:message/read":                           "pc",
	"GET /proctor/v1/audit":                                             "ct",
	"POST /proctor/v1/audit/verify":                                     "ct",
	"POST /proctor/v1/export":                                           "ct",
	"POST /proctor/v1/return":                                           "ct",
	"GET /proctor/v1/sittings":                                          "pct",
	"GET /proctor/v1/sittings/:sitting":                                 "pct",
	"POST /proctor/v1/sittings/:sitting/opening":                        "pc",
	"POST /proctor/v1/sittings/:sitting/preflight":                      "pct",
	"POST /proctor/v1/sittings/:sitting/start":                          "pc",
	"POST /proctor/v1/sittings/:sitting/unlock":                         "c",
	"POST /proctor/v1/sittings/:sitting/pack":                           "ct",
	"POST /proctor/v1/sittings/:sitting/attempts/:attempt/pause":        "pc",
	"POST /proctor/v1/sittings/:sitting/attempts/:attempt/resume":       "pc",
	"POST /proctor/v1/sittings/:sitting/attempts/:attempt/extend":       "pc",
	"POST /proctor/v1/sittings/:sitting/attempts/:attempt/handin":       "pc",
	"POST /proctor/v1/sittings/:sitting/attempts/:attempt/move":         "pc",
	"POST /proctor/v1/sittings/:sitting/attempts/:attempt/verification": "pc",
	"POST /proctor/v1/sittings/:sitting/pause":                          "c",
	"POST /proctor/v1/sittings/:sitting/resume":                         "c",
	"POST /proctor/v1/sittings/:sitting/extend":                         "c",
	"POST /proctor/v1/sittings/:sitting/irregularities":                 "pc",
	"GET /proctor/v1/sittings/:sitting/candidates":                      "pc",
	"GET /proctor/v1/sittings/:sitting/candidates/:candidate":           "pc",
	"POST /proctor/v1/sittings/:sitting/candidates/:candidate/reveal":   "pc",
	"GET /proctor/v1/sittings/:sitting/candidates/:candidate/photo":     "pc",
	"POST /proctor/v1/sittings/:sitting/candidates/:candidate/face":     "pc",
	"POST /proctor/v1/sittings/:sitting/candidates/:candidate/decision": "pc",
	"POST /proctor/v1/sittings/:sitting/candidates/:candidate/seat":     "pc",
	"GET /proctor/v1/sittings/:sitting/practical":                       "pc",
	"GET /proctor/v1/sittings/:sitting/practical/:candidate":            "pc",
	"POST /proctor/v1/sittings/:sitting/practical/:candidate":           "pc",
	"GET /proctor/v1/pictures/:digest":                                  "pc",
	"POST /proctor/v1/pictures":                                         "pc",
	"GET /proctor/v1/sittings/:sitting/board":                           "pct",
	"GET /proctor/v1/sittings/:sitting/board/live":                      "pct",
	"GET /proctor/v1/terminals":                                         "pct",
	"GET /proctor/v1/calibration":                                       "t",
	"POST /proctor/v1/calibration":                                      "t",
	"POST /proctor/v1/terminals/code":                                   "pct",
	"POST /proctor/v1/terminals/unpair":                                 "pct",
	"GET /proctor/v1/sittings/:sitting/closing":                         "pc",
	"POST /proctor/v1/sittings/:sitting/close":                          "c",
	"GET /proctor/v1/sittings/:sitting/seb":                             "pct",
	"POST /proctor/v1/sittings/:sitting/seb/allow":                      "pc",
	"GET /proctor/v1/rehearsals":                                        "pct",
	"POST /proctor/v1/rehearsals":                                       "pct",
	"GET /proctor/v1/rehearsals/:rehearsal":                             "pct",
	"POST /proctor/v1/rehearsals/:rehearsal/line":                       "pct",
	"POST /proctor/v1/rehearsals/:rehearsal/move":                       "pct",
	"POST /proctor/v1/rehearsals/:rehearsal/finish":                     "pct",
	"POST /proctor/v1/rehearsals/:rehearsal/abort":                      "pct",
}

func TestEveryRouteHasARow(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	w := h.ProctorWeb()
	require.Empty(t, w.Undeclared())
	var have []string
	for _, op := range w.Operations() {
		have = append(have, route(op))
	}
	for key := range matrix {
		require.Contains(t, have, key, "a row without a route")
	}
	for _, key := range have {
		require.Contains(t, matrix, key, "a route without a row")
	}
}

func route(op web.Op) string {
	return op.Method + " " + strings.NewReplacer("{", ":", "}", "").Replace(op.Path)
}

// target fills a route's parameters with what exists.
func target(path string) string {
	return strings.NewReplacer(":sitting", apptest.Sitting, ":candidate", apptest.CandidateID(0), ":attempt", "none",
		":alarm", "none", ":message", "none", ":rehearsal", "none", ":digest", strings.Repeat("0", 64)).Replace(path)
}

func TestTheMatrixHolds(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Received()
	roles := map[string]*apptest.Client{"p": h.SignIn("proctor"), "c": h.SignIn("chief"), "t": h.SignIn("tech")}
	for key, allowed := range matrix {
		method, path, _ := strings.Cut(key, " ")
		if allowed == "!" || strings.HasSuffix(path, "/live") || strings.HasSuffix(path, "/logout") {
			continue
		}
		before := h.Store.Health()
		a := h.Serve(apptest.Request(method, target(path), nil))
		require.Equal(t, http.StatusUnauthorized, a.Status, "%s without signing in: %s", key, a.Body)
		unchanged(t, h, before, key+" without signing in")
		for name, c := range roles {
			before = h.Store.Health()
			if method != http.MethodGet {
				r := apptest.Request(method, target(path), nil)
				r.AddCookie(c.Cookie)
				require.Equal(t, "auth.csrf", h.Serve(r).Code(), "%s without the page's token", key)
				unchanged(t, h, before, key+" without the page's token")
			}
			a := c.Do(method, target(path), nil)
			forbidden := a.Status == http.StatusForbidden && a.Code() == "auth.forbidden"
			may := allowed == "*" || strings.Contains(allowed, name)
			require.Equal(t, !may, forbidden, "%s as %s: %d %s", key, name, a.Status, a.Body)
			require.NotEqual(t, http.StatusInternalServerError, a.Status, "%s as %s: %s", key, name, a.Body)
			if !may {
				unchanged(t, h, before, key+" as "+name)
			}
		}
	}
}

// unchanged fails when the store is not as it was.
func unchanged(t *testing.T, h *apptest.House, before store.Health, what string) {
	t.Helper()
	after := h.Store.Health()
	require.Equal(t, before.Txn, after.Txn, "%s changed the store", what)
	require.Equal(t, before.Heads, after.Heads, "%s changed a journal", what)
}

// TestWhatIsNotThereIsRefusedAlike: a venue holds only its own sittings, so
// whatever another venue has is not here; the answer says so and changes nothing.
func TestWhatIsNotThereIsRefusedAlike(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	h.Received()
	c := h.SignIn("chief")
	for key := range matrix {
		method, path, _ := strings.Cut(key, " ")
		if !strings.Contains(path, ":") || strings.HasSuffix(path, "/live") {
			continue
		}
		var said []apptest.Answer
		for _, id := range []string{"another", "01a208be-40d4-7afe-b070-ba61c579a44d"} {
			fill := strings.NewReplacer(":sitting", id, ":candidate", id, ":attempt", id, ":alarm", id, ":message", id, ":rehearsal", id, ":digest", id)
			before := h.Store.Health()
			a := c.Do(method, fill.Replace(path), nil)
			require.GreaterOrEqual(t, a.Status, 400, "%s: %s", key, a.Body)
			require.Less(t, a.Status, 500, "%s: %s", key, a.Body)
			require.NotContains(t, a.Body, id, "no input comes back")
			unchanged(t, h, before, key)
			said = append(said, a)
		}
		require.Equal(t, said[0].Status, said[1].Status, key)
		require.Equal(t, said[0].Code(), said[1].Code(), key)
	}
}

func TestCredentialsThatAreNone(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	h.Staff()
	c := h.SignIn("chief")
	for name, value := range map[string]string{"empty": "", "short": "abc", "other": strings.Repeat("a", 64)} {
		r := apptest.Request(http.MethodGet, "/proctor/v1/me", nil)
		r.AddCookie(&http.Cookie{Name: c.Cookie.Name, Value: value})
		require.Equal(t, http.StatusUnauthorized, h.Serve(r).Status, name)
	}
	cross := apptest.Request(http.MethodPost, "/proctor/v1/logout", nil)
	cross.AddCookie(c.Cookie)
	cross.Header.Set("X-Huyun-CSRF", c.CSRF)
	cross.Header.Set("Origin", "https://elsewhere.example")
	require.Equal(t, "auth.csrf", h.Serve(cross).Code())

	require.Equal(t, http.StatusNoContent, c.Do(http.MethodPost, "/proctor/v1/logout", nil).Status)
	require.Equal(t, http.StatusUnauthorized, c.Do(http.MethodGet, "/proctor/v1/me", nil).Status, "logged out at the server")
}

func TestPagesCarryTheirHeaders(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	for _, path := range []string{"/proctor/", "/proctor/sittings/x", "/terminal/"} {
		a := h.Serve(apptest.Request(http.MethodGet, path, nil))
		require.Equal(t, http.StatusOK, a.Status, path)
		require.Contains(t, a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
		require.Contains(t, a.Body, "<title>")
	}
	require.Equal(t, http.StatusNotFound, h.Serve(apptest.Request(http.MethodGet, "/proctor/missing.js", nil)).Status)
	for _, path := range []string{"/proctor/v1/nothing", "/proctor/v1/%2e%2e/secret", "/PROCTOR/v1/me"} {
		a := h.Serve(apptest.Request(http.MethodGet, path, nil))
		require.True(t, slices.Contains([]int{http.StatusNotFound, http.StatusMovedPermanently, http.StatusTemporaryRedirect}, a.Status), "%s %d", path, a.Status)
	}
}
