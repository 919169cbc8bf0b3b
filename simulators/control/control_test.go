package control_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/sm"
	"huyun.internal/simulators/control"
	"huyun.internal/simulators/credit"
	"huyun.internal/simulators/enforcement"
)

// centre is as much of the other side as the agreement says: it has a key, checks
// signatures and clocks, and may be down.
type centre struct {
	*httptest.Server
	key  *sm.SoftKey
	peer *sm.PublicKey
	mu   sync.Mutex
	down bool
	got  []string // bodies
	bad  int      // refused
}

func newCentre(t *testing.T, peer *sm.PublicKey) *centre {
	t.Helper()
	key, err := sm.Generate()
	require.NoError(t, err)
	c := &centre{key: key, peer: peer}
	c.Server = httptest.NewServer(http.HandlerFunc(c.serve))
	t.Cleanup(c.Close)
	return c
}

func (c *centre) serve(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.down {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path == "/partner/v1/key" {
		_, _ = w.Write(c.key.Public().PEM())
		return
	}
	body, _ := io.ReadAll(r.Body)
	at, err := time.Parse(time.RFC3339, r.Header.Get("X-Huyun-Time"))
	sig, _ := base64.StdEncoding.DecodeString(r.Header.Get("X-Huyun-Signature"))
	signed := strings.Join([]string{r.Method, r.URL.Path, r.Header.Get("X-Huyun-Sender"), r.Header.Get("X-Huyun-Time"), sm.SumOf(body).String()}, "\n")
	if err != nil || time.Since(at).Abs() > 5*time.Minute || sm.Verify(c.peer, []byte(signed), sig) != nil {
		c.bad++
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	c.got = append(c.got, string(body))
	_, _ = io.WriteString(w, "{}")
}

func newLine(t *testing.T, sender string) (*control.Line, *centre) {
	t.Helper()
	key, err := sm.Generate()
	require.NoError(t, err)
	c := newCentre(t, key.Public())
	l := &control.Line{Base: c.URL, Sender: sender, Key: key, Client: c.Client(), File: filepath.Join(t.TempDir(), "state.json")}
	require.NoError(t, l.Load())
	return l, c
}

func numbers(t *testing.T, c *centre) string {
	t.Helper()
	var out []string
	for _, body := range c.got {
		var b struct {
			BatchNo int64 `json:"batchNo"`
		}
		require.NoError(t, json.Unmarshal([]byte(body), &b))
		out = append(out, fmt.Sprint(b.BatchNo))
	}
	return strings.Join(out, " ")
}

// TestEachWayOfMisbehaving is what the control interface promises.
func TestEachWayOfMisbehaving(t *testing.T) {
	t.Parallel()
	l, c := newLine(t, credit.Sender)
	s := credit.System{Line: l}
	ctx := context.Background()
	report := func() ([]control.Sent, error) {
		return s.Report(ctx, []credit.Entry{{IDNo: "310101198501010014", ListType: "JUDGMENT", DecisionNo: "x"}})
	}
	_, err := report()
	require.NoError(t, err)
	require.NotContains(t, c.got[0], "310101198501010014")
	l.Order(control.Orders{Repeat: 2})
	out, err := report()
	require.NoError(t, err)
	require.Len(t, out, 3)
	require.Equal(t, "1 2 2 2", numbers(t, c))
	require.Equal(t, c.got[1], c.got[2])

	l.Order(control.Orders{Hold: true})
	for range 3 {
		_, err = report()
		require.NoError(t, err)
	}
	require.Equal(t, 3, l.Status().Held)
	_, err = l.Release(ctx)
	require.NoError(t, err)
	require.Equal(t, "1 2 2 2 5 4 3", numbers(t, c))

	for _, o := range []control.Orders{{Corrupt: true}, {SkewS: 3600}, {Sender: "somebody"}} {
		before := c.bad
		l.Order(o)
		out, err = report()
		require.NoError(t, err)
		if o.Sender == "" {
			require.Equal(t, before+1, c.bad, "%+v", o)
			require.Equal(t, http.StatusUnauthorized, out[0].Status)
		}
	}
	l.Order(control.Orders{Twist: "phone"})
	_, err = report()
	require.NoError(t, err)
	require.Contains(t, c.got[len(c.got)-1], `{"phone":1,"batchNo"`)
	l.Order(control.Orders{Drop: true})
	n := len(c.got)
	_, err = report()
	require.NoError(t, err)
	require.Len(t, c.got, n)
	l.Order(control.Orders{})
	_, err = l.Resend(ctx, "2")
	require.NoError(t, err)
	require.Equal(t, c.got[1], c.got[len(c.got)-1])
	_, err = l.Resend(ctx, "99")
	require.Error(t, err)
}

// TestNothingIsLostWhileTheCentreIsDown, and numbers go on after a restart.
func TestNothingIsLostWhileTheCentreIsDown(t *testing.T) {
	t.Parallel()
	l, c := newLine(t, enforcement.Sender)
	s := enforcement.System{Line: l}
	ctx := context.Background()
	lift := enforcement.Decision{Kind: "LIFT", Step: 2, PenaltyNo: "p", LiftReason: "HEARING", LiftDocNo: "d"}
	_, err := s.Tell(ctx, lift)
	require.NoError(t, err)
	c.down = true
	_, err = s.Tell(ctx, lift)
	require.Error(t, err)
	l.Retry(ctx)
	require.Equal(t, 1, l.Status().Waiting)

	again := &control.Line{Base: l.Base, Sender: l.Sender, Key: l.Key, Client: l.Client, File: l.File}
	require.NoError(t, again.Load())
	c.down = false
	again.Retry(ctx)
	require.Zero(t, again.Status().Waiting)
	require.Len(t, c.got, 2)
	require.Equal(t, int64(3), again.Status().Next)
	require.NotContains(t, c.got[0], "certNo", "a lift has no certificate")
}

// TestTheInterfaceSaysThatItIsSimulated.
func TestTheInterfaceSaysThatItIsSimulated(t *testing.T) {
	t.Parallel()
	l, c := newLine(t, credit.Sender)
	mux := http.NewServeMux()
	credit.System{Line: l}.Register(mux)
	do := func(method, path, body string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader(body)))
		return rec
	}
	require.Equal(t, "1", do(http.MethodGet, "/credit/_control", "").Header().Get("X-Simulated"))
	require.Equal(t, http.StatusBadGateway, do(http.MethodPut, "/credit/_control/orders", `{"explode":true}`).Code)
	require.Equal(t, http.StatusOK, do(http.MethodPut, "/credit/_control/orders", `{"hold":true}`).Code)
	require.Equal(t, http.StatusOK, do(http.MethodPost, "/credit/entries", `{"entries":[{"id_no":"310101198501010014","list_type":"JUDGMENT"}]}`).Code)
	require.Contains(t, do(http.MethodGet, "/credit/_control", "").Body.String(), `"held":1`)
	require.Equal(t, http.StatusOK, do(http.MethodPost, "/credit/_control/release", "").Code)
	require.Equal(t, "1", numbers(t, c))
}
