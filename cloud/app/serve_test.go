package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go/http3"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/fault"
)

// freeAddr is an address that was free a moment ago.
func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

func serveConfig(t *testing.T) Config {
	t.Helper()
	// The database's own user has to reach it, which t.TempDir does not allow.
	dir, err := os.MkdirTemp("", "huyun-serve-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	c := Defaults()
	c.Data = filepath.Join(dir, "cloud")
	c.Console.Addr, c.Gateway.Addr, c.Partner.Addr, c.Online.Addr = freeAddr(t), freeAddr(t), freeAddr(t), freeAddr(t)
	c.Broker = Broker{TCP: freeAddr(t)}
	c.Log.Level = "error"
	require.NoError(t, c.complete())
	return c
}

// served runs a cloud until the test ends and waits until it is ready.
func served(t *testing.T, c Config) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, c, nil) }()
	stop = func() {
		cancel()
		select {
		case err := <-done:
			require.NoError(t, err)
		case <-time.After(60 * time.Second):
			t.Fatal("the cloud does not stop")
		}
	}
	require.Eventually(t, func() bool {
		select {
		case err := <-done:
			t.Fatal("ended early: ", err)
		default:
		}
		resp, err := http.Get("http://" + c.Console.Addr + "/readyz") //nolint:noctx // a probe
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	}, 90*time.Second, 50*time.Millisecond)
	return stop
}

func TestServeFromNothing(t *testing.T) {
	t.Parallel()
	c := serveConfig(t)
	stop := served(t, c)

	// The command line works beside the running cloud.
	beside, err := Open(context.Background(), c, true)
	require.NoError(t, err)
	_, err = beside.Identity.CreateAdmin(context.Background(), "root", "管理员", housePassword, sysadmin)
	require.NoError(t, err)
	report, err := beside.Audit.Verify(context.Background())
	require.NoError(t, err)
	require.True(t, report.OK)
	root := beside.Keys.TLSRoot()
	beside.Close()
	_, err = Open(context.Background(), c, false)
	require.True(t, fault.Is(err, "db.busy"), "a second cloud is refused: %v", err)

	story(t, "http://"+c.Console.Addr)
	gateways(t, c.Gateway.Addr, root)
	stop()
	require.NoFileExists(t, filepath.Join(c.Data, "postgres", "data", "postmaster.pid"))

	require.NoError(t, RotateKeys(context.Background(), c))
	// The second start finds everything as it was.
	stop = served(t, c)
	story(t, "http://"+c.Console.Addr)
	stop()
}

// story signs in as a browser does, creates somebody, and signs out.
func story(t *testing.T, base string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar, Timeout: 30 * time.Second}
	csrf := ""
	do := func(method, path, body string) (int, map[string]any) {
		r, err := http.NewRequest(method, base+path, bytes.NewBufferString(body)) //nolint:noctx // the client has a limit
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Huyun-CSRF", csrf)
		resp, err := client.Do(r)
		require.NoError(t, err)
		defer resp.Body.Close()
		var out map[string]any
		raw, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		_ = json.Unmarshal(raw, &out)
		return resp.StatusCode, out
	}
	status, me := do("POST", "/api/v1/session", `{"username":"root","password":"`+housePassword+`"}`)
	require.Equal(t, 200, status, me)
	status, _ = do("POST", "/api/v1/staff", `{"username":"zhang","name":"张三"}`)
	require.Equal(t, 403, status, "without the CSRF header")
	csrf, _ = me["csrf"].(string)
	status, made := do("POST", "/api/v1/staff", `{"username":"zhang","name":"张三"}`)
	require.Contains(t, []int{201, 409}, status, made)
	status, list := do("GET", "/api/v1/staff?q=zhang", "")
	require.Equal(t, 200, status)
	require.EqualValues(t, 1, list["total"])
	status, _ = do("GET", "/api/v1/audit/entries", "")
	require.Equal(t, 403, status)
	status, _ = do("DELETE", "/api/v1/session", "")
	require.Equal(t, 204, status)
	status, _ = do("GET", "/api/v1/session", "")
	require.Equal(t, 401, status)
	require.True(t, strings.HasPrefix(base, "http://"))
}

// gateways reaches the devices' interface over HTTPS and HTTP/3, trusting the
// cloud's own authority and nobody else.
func gateways(t *testing.T, addr string, root []byte) {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(root))
	h3 := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}}
	defer func() { _ = h3.Close() }()
	for name, rt := range map[string]http.RoundTripper{
		"https": &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}, "h3": h3,
	} {
		client := &http.Client{Transport: rt, Timeout: 20 * time.Second}
		resp, err := client.Get("https://" + addr + "/livez") //nolint:noctx // the client has a limit
		require.NoError(t, err, name)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 200, resp.StatusCode)
		resp, err = client.Post("https://"+addr+"/node/v1/renew", "application/json", strings.NewReader("{}")) //nolint:noctx // see above
		require.NoError(t, err, name)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, 401, resp.StatusCode)
	}
	_, err := http.Get("https://" + addr + "/livez") //nolint:noctx // must fail at once
	require.ErrorContains(t, err, "certificate")
}

func TestServeOnANamedServer(t *testing.T) {
	t.Parallel()
	c := serveConfig(t)
	c.Database.DSN = dbtest.NewEmpty(t).Config().ConnString()
	stop := served(t, c)
	require.NoDirExists(t, filepath.Join(c.Data, "postgres"))
	stop()

	// Another ring than the one this database was written with.
	require.NoError(t, os.RemoveAll(c.Keys.Dir))
	_, err := Open(context.Background(), c, false)
	require.True(t, fault.Is(err, "keys.other"), err)

	c = serveConfig(t)
	c.Database.DSN, c.Database.Migrate = dbtest.NewEmpty(t).Config().ConnString(), false
	_, err = Open(context.Background(), c, false)
	require.True(t, fault.Is(err, "db.pending"), err)
}

func TestTakenPortIsSaidPlainly(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = ln.Close() }()
	c := serveConfig(t)
	c.Database.DSN = dbtest.NewEmpty(t).Config().ConnString()
	c.Console.Addr = ln.Addr().String()
	err = Serve(context.Background(), c, []string{roleConsole})
	require.True(t, fault.Is(err, "app.listen"), err)
	require.Contains(t, fault.From(err).Text, c.Console.Addr)
}

// One role that answers is no sign that the others do: until all have started, the
// process is not ready.
func TestNotReadyBeforeEveryRoleServes(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), serveConfig(t), false)
	require.NoError(t, err)
	defer s.Close()
	ready := func() int {
		w := httptest.NewRecorder()
		s.Console().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		return w.Code
	}
	require.Equal(t, http.StatusServiceUnavailable, ready())
	s.started.Store(true)
	require.Equal(t, http.StatusOK, ready())
}
