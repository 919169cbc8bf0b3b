// Package examtest is the world in which the exam domain's tests run: a
// migrated PostgreSQL database of the test's own, a real key ring, audit chain
// and blob store, a clock that stands still, and a guarded web whose callers
// are named by a header. For tests only.
package examtest

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/audit"
	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/keys/keystest"
	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/blob"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/cloud/platform/web"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// World is one test's cloud without the domains.
type World struct {
	t      testing.TB
	DB     *db.DB
	Keys   *keys.Ring
	Audit  *audit.Log
	Blobs  blob.Store
	Clock  *clock.Test
	Web    *web.Web
	actors map[string]auth.Actor
}

// New makes a world at nine o'clock on an exam day.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{t: t, DB: dbtest.New(t), Keys: keystest.New(t), actors: map[string]auth.Actor{}}
	w.Clock = clock.NewTest(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))
	w.Audit = audit.New(w.DB, w.Keys, w.Clock, "")
	blobs, err := blob.OpenDir(t.TempDir() + "/blobs")
	require.NoError(t, err)
	w.Blobs = blobs
	w.Web = web.New(web.Options{Title: "test", Version: "1", Auth: w})
	return w
}

// Staff adds a member of staff who sees every venue.
func (w *World) Staff(username string, perms ...string) auth.Actor {
	return w.Scoped(username, auth.Scope{All: true}, perms...)
}

// Scoped adds a member of staff with a scope.
func (w *World) Scoped(username string, s auth.Scope, perms ...string) auth.Actor {
	a := auth.Actor{
		ID: "id-" + username, Kind: auth.KindStaff, Username: username, Name: "姓名" + username,
		Scope: s, Perms: auth.NewPerms(perms...),
	}
	w.actors[username] = a
	return a
}

// As is a context in which a member of staff acts.
func (w *World) As(username string) context.Context {
	a, ok := w.actors[username]
	require.True(w.t, ok, username)
	return auth.With(context.Background(), a)
}

// Authenticate makes World the web's authenticator.
func (w *World) Authenticate(_ context.Context, r *http.Request) (auth.Actor, error) {
	a, ok := w.actors[r.Header.Get("X-Test-Actor")]
	if !ok {
		return auth.Actor{}, auth.Required()
	}
	return a, nil
}

// Do sends a JSON request as somebody and returns status and body.
func (w *World) Do(username, method, path string, body any) (int, []byte) {
	w.t.Helper()
	var in io.Reader
	if body != nil {
		raw, ok := body.(string)
		if !ok {
			enc, err := json.Marshal(body)
			require.NoError(w.t, err)
			raw = string(enc)
		}
		in = bytes.NewReader([]byte(raw))
	}
	r := httptest.NewRequest(method, path, in)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return w.send(username, r)
}

// Upload sends files in a multipart form.
func (w *World) Upload(username, path string, files map[string][]byte) (int, []byte) {
	w.t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for name, data := range files {
		part, err := form.CreateFormFile(name, name+".xlsx")
		require.NoError(w.t, err)
		_, err = part.Write(data)
		require.NoError(w.t, err)
	}
	require.NoError(w.t, form.Close())
	r := httptest.NewRequest(http.MethodPost, path, &b)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return w.send(username, r)
}

func (w *World) send(username string, r *http.Request) (int, []byte) {
	r.Header.Set("X-Test-Actor", username)
	rec := httptest.NewRecorder()
	w.Web.ServeHTTP(rec, r)
	return rec.Code, rec.Body.Bytes()
}

// Decode reads a JSON answer.
func Decode[T any](t testing.TB, body []byte) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(body, &v), string(body))
	return v
}

// Code is the fault code of a problem answer.
func Code(t testing.TB, body []byte) string {
	t.Helper()
	return Decode[struct {
		Code string `json:"code"`
	}](t, body).Code
}

// RequireFault fails unless err is the fault with this code.
func RequireFault(t testing.TB, err error, code string) {
	t.Helper()
	require.True(t, fault.Is(err, code), "want fault %s, got %v", code, err)
}

// Audited counts audit lines of an action.
func (w *World) Audited(action string) int {
	w.t.Helper()
	var n int
	require.NoError(w.t, w.DB.QueryRow(context.Background(), `SELECT count(*) FROM audit_entry WHERE action = $1`, action).Scan(&n))
	return n
}

// Zip packs files.
func Zip(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		f, err := z.Create(name)
		require.NoError(t, err)
		_, err = f.Write(data)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}
