package app

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/venue"
	"huyun.internal/cloud/identity"
	"huyun.internal/cloud/node"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// gatewayTable is who may call a route of the devices' interface: ! anybody,
// c who holds an enrolment code, a an active node. Adding to it is a decision
// that a reviewer sees.
var gatewayTable = map[string]string{
	"GET /livez":                  "!",
	"GET /readyz":                 "!",
	"GET /metrics":                "!", // this machine alone; only with a registry
	"POST /node/v1/enrol":         "c",
	"POST /node/v1/renew":         "a",
	"GET /node/v1/blobs/{digest}": "a",
	"POST /node/v1/pictures":      "a",
}

// unrowed lists routes without a row, rows without a route, and routes that are
// open to others than their row says.
func unrowed(w *web.Web, table map[string]string) []string {
	bad, have := w.Undeclared(), map[string]bool{"GET /metrics": true}
	for _, op := range w.Operations() {
		key := op.Method + " " + op.Path
		have[key] = true
		may, ok := table[key]
		open := may == "!" || may == "c" // the code is checked by the operation
		switch {
		case !ok:
			bad = append(bad, key+" has no row")
		case open != (op.Perm == web.Public), op.Perm == web.SignedIn:
			bad = append(bad, key+" is open to whom its row does not name")
		}
	}
	for key := range table {
		if !have[key] {
			bad = append(bad, key+" has no route")
		}
	}
	return bad
}

func TestGatewayTableNamesEveryRoute(t *testing.T) {
	t.Parallel()
	require.Empty(t, unrowed(Blank().Gateway(), gatewayTable))
	for _, perm := range []string{web.Public, web.SignedIn, node.PermBlob, "node.nobody"} {
		w := Blank().Gateway()
		web.Raw(w, web.Op{ID: "planted.x", Method: http.MethodGet, Path: "/node/v1/planted", Perm: perm, Summary: "植入"}, func(c *gin.Context) { c.Status(http.StatusOK) })
		require.Len(t, unrowed(w, gatewayTable), 1, perm)
		with := maps.Clone(gatewayTable)
		with["GET /node/v1/planted"] = "a"
		require.Equal(t, perm == web.Public || perm == web.SignedIn, len(unrowed(w, with)) == 1, perm)
	}
	with := maps.Clone(gatewayTable)
	with["GET /node/v1/planted"] = "!"
	require.Len(t, unrowed(Blank().Gateway(), with), 1)
}

// devices is a cloud with devices in every state.
type devices struct {
	*house
	venues                        [2]venue.Venue
	active, other, revoked        device
	code, used, unapproved, stale string // of enrolment
	staff                         identity.Opened
	blob                          sm.Digest
}

type device struct {
	id  string
	key *sm.SoftKey
}

func (d device) token(t *testing.T, audience string, life time.Duration) string {
	t.Helper()
	token, err := envelope.NewToken(d.key, d.id, audience, time.Now().Add(life))
	require.NoError(t, err)
	return token
}

func newDevices(t *testing.T) *devices {
	t.Helper()
	d := &devices{house: newHouse(t)}
	ctx := auth.System(context.Background(), "test")
	for i, name := range []string{"第一分考场", "第二分考场"} {
		v, err := d.sys.Venue.Create(ctx, venue.Draft{
			Code: []string{"101", "102"}[i], Name: name, District: "浦东新区", Address: "某路 1 号", Rooms: []venue.Room{{Name: "一号考场", Seats: []string{"1", "2", "3"}}},
		})
		require.NoError(t, err)
		d.venues[i] = v
	}
	d.revoked, _ = d.enrol(d.venues[1].ID) // replaced by the next
	d.other, _ = d.enrol(d.venues[1].ID)
	d.active, d.used = d.enrol(d.venues[0].ID)
	d.code = d.newCode(d.venues[0].ID, true)
	d.unapproved = d.newCode(d.venues[0].ID, false)
	d.stale = d.newCode(d.venues[0].ID, true)
	_, err := d.sys.DB.Exec(ctx, `UPDATE node_enrolment SET expires_at = now() - interval '1 minute'
		WHERE id = (SELECT id FROM node_enrolment ORDER BY created_at DESC LIMIT 1)`)
	require.NoError(t, err)
	d.blob, _, err = d.sys.Blobs.Put(ctx, bytes.NewReader([]byte("a sealed package")))
	require.NoError(t, err)
	d.staff = d.signIn(sysadmin)
	return d
}

// by is a member of staff whose scope is everything.
func by(username string, perms ...string) context.Context {
	return auth.With(context.Background(), auth.Actor{
		ID: username, Kind: auth.KindStaff, Username: username, Scope: auth.Scope{All: true}, Perms: auth.NewPerms(perms...),
	})
}

func (d *devices) newCode(at string, approved bool) string {
	d.t.Helper()
	c, err := d.sys.Node.CreateCode(by("anna", node.PermCode, venue.PermList), at, "考场服务器")
	require.NoError(d.t, err)
	if approved {
		require.NoError(d.t, d.sys.Node.ApproveCode(by("ben", node.PermApprove), c.ID))
	}
	return c.Code
}

// enrolRequest is a device's request with a code.
func enrolRequest(t *testing.T, key *sm.SoftKey, code string) wire.EnrolRequest {
	t.Helper()
	der, err := sm.NewRequest(key, sm.Subject{Node: "new"})
	require.NoError(t, err)
	return wire.EnrolRequest{Code: code, Request: der}
}

func (d *devices) enrol(at string) (device, string) {
	d.t.Helper()
	key, err := sm.Generate()
	require.NoError(d.t, err)
	code := d.newCode(at, true)
	reply, err := d.sys.Node.Enrol(context.Background(), enrolRequest(d.t, key, code))
	require.NoError(d.t, err)
	return device{reply.Node, key}, code
}

// ask sends one request to the gateway.
func (d *devices) ask(gateway http.Handler, key, address string, body any, change func(r *http.Request)) (int, string, string) {
	method, path, _ := strings.Cut(key, " ")
	raw, err := json.Marshal(body)
	require.NoError(d.t, err)
	if body == nil {
		raw = nil
	}
	r := httptest.NewRequest(method, strings.ReplaceAll(path, "{digest}", d.blob.String()), bytes.NewReader(raw))
	r.RemoteAddr = address + ":1"
	r.Header.Set("Content-Type", "application/json")
	if change != nil {
		change(r)
	}
	rec := httptest.NewRecorder()
	gateway.ServeHTTP(rec, r)
	var p struct{ Code string }
	_ = json.Unmarshal(rec.Body.Bytes(), &p)
	return rec.Code, p.Code, rec.Body.String()
}

// TestGatewayMatrix sends every route as everybody: who has no row is refused
// with the code that fits, and nothing changes.
func TestGatewayMatrix(t *testing.T) {
	t.Parallel()
	d := newDevices(t)
	gateway := d.sys.Gateway()
	bearer := func(token string) func(r *http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", envelope.Authorization(token)) }
	}
	const life = 5 * time.Minute
	good := d.active.token(t, envelope.AudienceHTTP, life)
	forged := device{d.active.id, d.other.key}
	revokedForged := device{d.revoked.id, d.other.key}
	strangers := map[string]struct {
		status int
		code   string
		change func(r *http.Request)
	}{
		"nobody":                     {401, "auth.required", nil},
		"another node's key":         {401, "auth.required", bearer(forged.token(t, envelope.AudienceHTTP, life))},
		"an unknown node":            {401, "auth.required", bearer(device{"nobody", d.active.key}.token(t, envelope.AudienceHTTP, life))},
		"a revoked node":             {403, "node.revoked", bearer(d.revoked.token(t, envelope.AudienceHTTP, life))},
		"a revoked node, forged":     {401, "auth.required", bearer(revokedForged.token(t, envelope.AudienceHTTP, life))},
		"an expired token":           {401, "auth.required", bearer(d.active.token(t, envelope.AudienceHTTP, -time.Hour))},
		"a token for a year":         {401, "auth.required", bearer(d.active.token(t, envelope.AudienceHTTP, 365*24*time.Hour))},
		"the broker's token":         {401, "auth.required", bearer(d.active.token(t, envelope.AudienceMQTT, life))},
		"an enrolment code as token": {401, "auth.required", bearer(d.code)},
		"a cut token":                {401, "auth.required", bearer(good[:len(good)-4])},
		"a token in the query":       {401, "auth.required", func(r *http.Request) { r.URL.RawQuery = "authorization=" + good }},
		"a token of another scheme":  {401, "auth.required", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+good) }},
		"staff's cookie": {401, "auth.required", func(r *http.Request) {
			r.AddCookie(&http.Cookie{Name: "huyun_session", Value: d.staff.Token})
			r.Header.Set("X-Huyun-CSRF", d.staff.CSRF)
		}},
		"staff's session as token":       {401, "auth.required", bearer(d.staff.Token)},
		"a node's name without any sign": {401, "auth.required", bearer(d.active.id)},
	}
	before := dbtest.Snapshot(t, d.sys.DB)
	refused := 0
	for _, key := range slices.Sorted(maps.Keys(gatewayTable)) {
		if gatewayTable[key] != "a" {
			continue
		}
		for who, s := range strangers {
			status, code, body := d.ask(gateway, key, "10.1.0.1", nil, s.change)
			require.Equal(t, s.status, status, "%s by %s: %s", key, who, body)
			require.Equal(t, s.code, code, "%s by %s", key, who)
			refused++
		}
	}
	key, err := sm.Generate()
	require.NoError(t, err)
	n := 0
	for who, code := range map[string]string{
		"no code": "", "a wrong code": "AAAAA-AAAAA-AAAAA-AAAAA-AAAAA-A", "a used code and another key": d.used,
		"a code one person made": d.unapproved, "yesterday's code": d.stale, "a token": good,
	} {
		n++
		status, fault, body := d.ask(gateway, "POST /node/v1/enrol", "10.1.1."+string(rune('0'+n)), enrolRequest(t, key, code), bearer(good))
		require.Contains(t, []int{400, 403, 404, 409, 412, 422}, status, "%s: %s", who, body)
		require.NotEmpty(t, fault, who)
		require.False(t, code != "" && strings.Contains(body, code), who)
		refused++
	}
	require.Equal(t, before, dbtest.Snapshot(t, d.sys.DB), "a refusal changed something")

	status, _, body := d.ask(gateway, "POST /node/v1/enrol", "10.1.2.1", enrolRequest(t, key, d.code), nil)
	require.Equal(t, http.StatusOK, status, body) // and so the venue's former device is revoked
	_, code, _ := d.ask(gateway, "POST /node/v1/renew", "10.1.2.1", nil, bearer(good))
	require.Equal(t, "node.revoked", code)
	mine := bearer(d.other.token(t, envelope.AudienceHTTP, life))
	for _, key := range slices.Sorted(maps.Keys(gatewayTable)) {
		if gatewayTable[key] != "a" {
			continue
		}
		want, send := http.StatusOK, any(nil)
		if key == "POST /node/v1/pictures" { // taken from whom the centre asked
			want, send = http.StatusForbidden, wire.Picture{Digest: d.blob.String()}
		}
		status, code, body := d.ask(gateway, key, "10.1.2.1", send, mine)
		require.Equal(t, want, status, "%s: %s", key, body)
		require.Equal(t, want == http.StatusForbidden, code == "exam.dossier.picture.unasked", body)
		require.NotContains(t, body, d.active.id, "another node's answer")
	}
	t.Logf("routes %d, cells refused %d", len(gatewayTable), refused)
}
