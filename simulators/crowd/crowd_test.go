package crowd

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/envelope"
)

// venue speaks the terminal's interface well enough to sit one candidate, and
// misbehaves as told. It checks every signature.
type venue struct {
	t       *testing.T
	mu      sync.Mutex
	counter uint64
	saved   map[string]uint64
	trouble map[string][]int // path → statuses to answer before behaving
	handed  bool
}

const items = 4

func (v *venue) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if list := v.trouble[r.URL.Path]; len(list) > 0 {
		v.trouble[r.URL.Path] = list[1:]
		if list[0] == 0 {
			panic(http.ErrAbortHandler) // the connection breaks
		}
		refuse(w, list[0], map[int]string{409: codeFenced, 401: codeForgotten}[list[0]])
		return
	}
	var body struct {
		Item     string
		Revision uint64
	}
	raw, ok := v.signed(w, r)
	if !ok {
		return
	}
	_ = json.Unmarshal(raw, &body)
	switch r.URL.Path {
	case "/terminal/v1/pair":
		reply(w, map[string]string{"terminal": "t1", "key": "0102", "seat": "001"})
	case "/terminal/v1/login":
		reply(w, map[string]string{"session": "s1", "key": "0102"})
	case "/terminal/v1/state":
		st := map[string]any{"state": "running", "confirmed": true, "consented": true, "questions": items, "answered": len(v.saved), "counter": v.counter}
		if v.handed {
			st["result"] = map[string]string{"how": "candidate"}
		}
		reply(w, st)
	case "/terminal/v1/paper":
		var sheet []map[string]any
		for i := range items {
			sheet = append(sheet, map[string]any{"no": strconv.Itoa(i + 1), "type": "SINGLE", "options": []map[string]string{{"key": "A"}, {"key": "B"}}})
		}
		reply(w, map[string]any{"sheet": map[string]any{"items": sheet}, "answers": []any{}, "counter": v.counter})
	case "/terminal/v1/answer":
		v.saved[body.Item] = max(v.saved[body.Item], body.Revision)
		reply(w, map[string]any{})
	case "/terminal/v1/handin":
		v.handed = true
		reply(w, map[string]any{})
	default:
		reply(w, map[string]any{})
	}
}

func (v *venue) signed(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	raw := make([]byte, r.ContentLength)
	_, _ = r.Body.Read(raw)
	if r.URL.Path == "/terminal/v1/pair" {
		return raw, true
	}
	req, err := envelope.ReadRequest(r.Header)
	if err != nil || req.Verify([]byte{1, 2}, r.Method, r.RequestURI, raw) != nil {
		v.t.Errorf("%s is not signed: %v", r.URL.Path, err)
		refuse(w, 401, "signature")
		return nil, false
	}
	if r.Method != http.MethodGet && req.Session == "s1" {
		v.counter = max(v.counter, req.Counter)
	}
	return raw, true
}

func reply(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"code": code})
}

func sit(t *testing.T, trouble map[string][]int) (*venue, []Op) {
	t.Helper()
	v := &venue{t: t, saved: map[string]uint64{}, trouble: trouble}
	srv := httptest.NewServer(v)
	t.Cleanup(srv.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	terminal, err := Pair(ctx, srv.URL, "12345678", "001")
	require.NoError(t, err)
	dir := t.TempDir()
	h, err := NewHistory(dir, "A1")
	require.NoError(t, err)
	c := NewCandidate(Person{Admission: "A1", IDNumber: "0014"}, terminal, Plan{Think: time.Millisecond}, h, 1, nil)
	require.NoError(t, c.Sit(ctx))
	require.NoError(t, h.Close())
	return v, lines(t, filepath.Join(dir, "A1.jsonl"))
}

func lines(t *testing.T, path string) []Op {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	var ops []Op
	for s := bufio.NewScanner(f); s.Scan(); {
		var op Op
		require.NoError(t, json.Unmarshal(s.Bytes(), &op))
		ops = append(ops, op)
	}
	return ops
}

func ends(ops []Op, phase string) int {
	n := 0
	for _, op := range ops {
		if op.Phase == phase {
			n++
		}
	}
	return n
}

func TestCandidateAnswersEverythingAndWritesItDown(t *testing.T) {
	t.Parallel()
	v, ops := sit(t, map[string][]int{})
	require.Len(t, v.saved, items)
	require.True(t, v.handed)
	require.Equal(t, items+1, ends(ops, Invoke), "four answers and a hand-in")
	require.Equal(t, items+1, ends(ops, OK))
	at := slices.IndexFunc(ops, func(o Op) bool { return o.Phase == OK })
	require.Equal(t, Invoke, ops[at-1].Phase, "an operation is written down before it is tried")
}

func TestCandidateTriesAgainUntilThereIsAReceipt(t *testing.T) {
	t.Parallel()
	v, ops := sit(t, map[string][]int{
		"/terminal/v1/login":  {503, 0},
		"/terminal/v1/answer": {0, 500, 503},
		"/terminal/v1/handin": {0},
	})
	require.Len(t, v.saved, items)
	require.True(t, v.handed)
	require.Equal(t, items+1, ends(ops, OK))
	require.Zero(t, ends(ops, Fail))
}

func TestForgottenSessionIsOpenedAgain(t *testing.T) {
	t.Parallel()
	v, ops := sit(t, map[string][]int{"/terminal/v1/answer": {401}})
	require.Len(t, v.saved, items)
	require.Equal(t, 1, ends(ops, Fail), "the refused answer")
}

func TestRefusalAfterALostTryProvesNothing(t *testing.T) {
	t.Parallel()
	_, ops := sit(t, map[string][]int{"/terminal/v1/answer": {0, 401}})
	require.Equal(t, 1, ends(ops, Unknown), "the first try may have been carried out")
	require.Zero(t, ends(ops, Fail))
}
