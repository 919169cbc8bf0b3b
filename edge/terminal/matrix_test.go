package terminal_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/app/web"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/protocol/wire"
)

// row is who may call a route, by the callers of newHall: ! anybody, t a paired
// terminal, c the candidate's own session, d a session whose candidate sits
// elsewhere now. Nobody else may call anything.
type row struct {
	may  string
	body any // a well-formed one
}

// matrix is written by hand and not taken from the routes' permissions: adding
// to it is a decision that a reviewer sees.
var matrix = map[string]row{
	"POST /terminal/v1/pair":            {"!", map[string]string{"code": "00000000"}},
	"GET /terminal/v1/hello":            {"tcd", nil},
	"POST /terminal/v1/login":           {"tcd", map[string]string{"admission": "20269999", "id_number": "1234"}},
	"POST /terminal/v1/heartbeat":       {"tcd", map[string]any{"focus": true, "visible": true, "camera": true, "pending": 0}},
	"GET /terminal/v1/candidate":        {"c", nil},
	"GET /terminal/v1/candidate/photo":  {"c", nil},
	"POST /terminal/v1/confirm":         {"c", map[string]bool{"correct": true}},
	"GET /terminal/v1/rules":            {"c", nil},
	"POST /terminal/v1/consent":         {"c", nil},
	"GET /terminal/v1/paper":            {"c", nil},
	"GET /terminal/v1/state":            {"c", nil},
	"POST /terminal/v1/answer":          {"c", attempt.Save{Item: "1", Revision: 1, Choice: []string{"T"}}},
	"POST /terminal/v1/answers":         {"c", map[string]any{"answers": []attempt.Save{{Item: "2", Revision: 1, Choice: []string{"T"}}}}},
	"GET /terminal/v1/pictures/:digest": {"c", nil},
	"POST /terminal/v1/face":            {"c", apptest.Photo(0)},
	"POST /terminal/v1/decline":         {"c", map[string]bool{"declined": false}},
	"POST /terminal/v1/presence":        {"c", apptest.Photo(0)},
	"POST /terminal/v1/handin":          {"c", map[string]int{"unanswered": 0}},
}

// unlisted lists routes without a row, rows without a route, and routes that
// are open without a row that says so.
func unlisted(w *web.Web, rows map[string]row) []string {
	bad, have := w.Undeclared(), map[string]bool{}
	for _, op := range w.Operations() {
		key := op.Method + " " + strings.NewReplacer("{", ":", "}", "").Replace(op.Path)
		have[key] = true
		r, ok := rows[key]
		switch {
		case !ok:
			bad = append(bad, key+" has no row")
		case (op.Perm == web.Public) != (r.may == "!"), op.Perm == web.SignedIn:
			bad = append(bad, key+" is open to whom its row does not name")
		}
	}
	for key := range rows {
		if !have[key] {
			bad = append(bad, key+" has no route")
		}
	}
	return bad
}

func TestEveryRouteHasARow(t *testing.T) {
	t.Parallel()
	require.Empty(t, unlisted(apptest.New(t, 1).TerminalWeb(), matrix))
}

// The checker itself has to fail on each kind of mistake.
func TestMatrixFindsPlantedMistakes(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	const path = "/terminal/v1/planted"
	for _, perm := range []string{web.Public, web.SignedIn, "terminal.candidate", "terminal.nobody"} {
		w := h.TerminalWeb()
		web.Raw(w, web.Op{ID: "planted.x", Method: http.MethodGet, Path: path, Perm: perm, Summary: "植入"}, func(c *gin.Context) { c.Status(http.StatusOK) })
		require.Len(t, unlisted(w, matrix), 1, perm)
		with := maps.Clone(matrix)
		with["GET "+path] = row{"c", nil}
		require.Equal(t, perm == web.Public || perm == web.SignedIn, len(unlisted(w, with)) == 1, "%s in the place of a candidate's route", perm)
	}
	with := maps.Clone(matrix)
	with["GET "+path] = row{"c", nil}
	require.Equal(t, []string{"GET " + path + " has no route"}, unlisted(h.TerminalWeb(), with))
}

// hall is a running sitting with everybody who could knock. Seat A01 is the
// live candidate's; the candidate of A02 was moved, so their session is dead;
// the terminal of A03 was unpaired.
type hall struct {
	*apptest.House
	own, dead, gone *apptest.Person
	idle            *apptest.Person // a paired terminal where nobody is logged in
	chief           *apptest.Client
	counter         uint64
}

func newHall(t *testing.T) *hall {
	t.Helper()
	h, p := running(t, 3)
	h.Staff()
	x := &hall{House: h, own: p[0], dead: p[1], gone: p[2], counter: 100}
	require.NoError(t, h.Seating.Move(h.Ctx(), apptest.Sitting, x.dead.Session.Attempt, "", "A05", "换机"))
	require.NoError(t, h.Seating.Unpair(h.Ctx(), "A03"))
	x.idle = &apptest.Person{House: h}
	x.idle.Terminal, x.idle.TermKey = h.Pair(3)
	x.chief = h.SignIn("chief")
	return x
}

// strangers are those whom no row lets in.
func (x *hall) strangers() map[string]func(method, target string, body any) *http.Request {
	signed := func(session string, key []byte) func(method, target string, body any) *http.Request {
		return func(method, target string, body any) *http.Request {
			x.counter++
			return apptest.Signed(session, key, x.counter, method, target, body)
		}
	}
	return map[string]func(method, target string, body any) *http.Request{
		"nobody": apptest.Request,
		"a proctor's cookie": func(method, target string, body any) *http.Request {
			r := apptest.Request(method, target, body)
			r.AddCookie(x.chief.Cookie)
			r.Header.Set("X-Huyun-CSRF", x.chief.CSRF)
			return r
		},
		"own session, key of another seat":  signed(x.own.Session.ID, x.dead.Key),
		"session of another seat, own key":  signed(x.dead.Session.ID, x.own.Key),
		"own session, key of its terminal":  signed(x.own.Session.ID, x.own.TermKey),
		"terminal, key of its session":      signed(x.own.Terminal.ID, x.own.Key),
		"another terminal, own key":         signed(x.idle.Terminal.ID, x.own.TermKey),
		"unpaired terminal":                 signed(x.gone.Terminal.ID, x.gone.TermKey),
		"unknown session":                   signed(strings.Repeat("0", 32), x.own.Key),
		"unknown terminal":                  signed("t"+strings.Repeat("0", 31), x.own.TermKey),
		"session under an attempt's number": signed(x.own.Session.Attempt, x.own.Key),
	}
}

// unchanged fails when do changed anything in the store. A write of the
// background may fall into it; it does not fall into it twice.
func (x *hall) unchanged(what string, do func()) {
	x.T.Helper()
	before := x.Store.Health()
	do()
	after := x.Store.Health()
	if before.Txn != after.Txn {
		before = after
		do()
		after = x.Store.Health()
	}
	require.Equal(x.T, before.Txn, after.Txn, "%s changed the store", what)
	require.Equal(x.T, before.Heads, after.Heads, "%s changed a journal", what)
}

func TestTheMatrixHolds(t *testing.T) {
	t.Parallel()
	x := newHall(t)
	strangers := x.strangers()
	// notes are what a dead session's late write leaves: a yellow alarm.
	notes := []string{"POST /terminal/v1/answer", "POST /terminal/v1/answers", "POST /terminal/v1/handin"}
	refused, allowed := 0, 0
	for _, key := range slices.Sorted(maps.Keys(matrix)) {
		r := matrix[key]
		method, path, _ := strings.Cut(key, " ")
		target := strings.ReplaceAll(path, ":digest", strings.Repeat("0", 64))
		for who, build := range strangers {
			if r.may == "!" {
				continue
			}
			x.unchanged(key+" by "+who, func() {
				a := x.Serve(build(method, target, r.body))
				require.Equal(t, http.StatusUnauthorized, a.Status, "%s by %s: %s", key, who, a.Body)
				require.Contains(t, a.Body, `"title"`)
			})
			refused++
		}
		for letter, p := range map[string]*apptest.Person{"t": x.idle, "c": x.own, "d": x.dead} {
			id, secret := p.Session.ID, p.Key
			if letter == "t" {
				id, secret = p.Terminal.ID, p.TermKey
			}
			x.counter++
			ask := func() apptest.Answer { return x.Serve(apptest.Signed(id, secret, x.counter, method, target, r.body)) }
			if r.may == "!" || strings.Contains(r.may, letter) {
				a := ask()
				require.NotContains(t, []string{"auth.forbidden", "auth.csrf", "exam.session.fenced", "exam.session.missing", "request.signature"},
					a.Code(), "%s by %s: %s", key, letter, a.Body)
				require.NotEqual(t, http.StatusInternalServerError, a.Status, "%s by %s: %s", key, letter, a.Body)
				require.NotEqual(t, "request.invalid", a.Code(), "%s: the row's body is not well-formed: %s", key, a.Body)
				allowed++
				continue
			}
			refuse := func() {
				a := ask()
				want, code := http.StatusForbidden, "auth.forbidden"
				if letter == "d" {
					want, code = http.StatusConflict, "exam.session.fenced"
				}
				require.Equal(t, want, a.Status, "%s by %s: %s", key, letter, a.Body)
				require.Equal(t, code, a.Code(), "%s by %s", key, letter)
			}
			refused++
			if letter == "d" && slices.Contains(notes, key) {
				saved, handed := len(x.Records(wire.KindAnswer)), len(x.Records(wire.KindHandin))
				refuse()
				require.Len(t, x.Records(wire.KindAnswer), saved, key)
				require.Len(t, x.Records(wire.KindHandin), handed, key)
				continue
			}
			x.unchanged(key+" by "+letter, refuse)
		}
	}
	t.Logf("routes %d, cells refused %d, allowed %d", len(matrix), refused, allowed)
}

// TestAnUnpairedTerminalLogsNobodyIn although a session that it once had signs.
func TestAnUnpairedTerminalLogsNobodyIn(t *testing.T) {
	t.Parallel()
	x := newHall(t)
	x.unchanged("a login at an unpaired terminal", func() {
		a := x.gone.Do(http.MethodPost, "/terminal/v1/login", map[string]string{"admission": apptest.Admission(2), "id_number": apptest.IDNumber(2)})
		require.Equal(t, http.StatusUnauthorized, a.Status, a.Body)
		require.Equal(t, "seating.terminal.missing", a.Code())
		require.NotContains(t, a.Body, apptest.IDNumber(2))
	})
	require.Equal(t, http.StatusOK, x.gone.Do(http.MethodGet, "/terminal/v1/paper", nil).Status, "the exam that runs there goes on")
}
