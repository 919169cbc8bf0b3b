package keys_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/keys/keystest"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

func TestSealOpen(t *testing.T) {
	t.Parallel()
	r := keystest.New(t)
	a, err := r.Seal([]byte("310101"))
	require.NoError(t, err)
	b, err := r.Seal([]byte("310101"))
	require.NoError(t, err)
	require.NotEqual(t, a, b, "equal values do not look equal")
	plain, err := r.Open(a)
	require.NoError(t, err)
	require.Equal(t, "310101", string(plain))

	at, err := r.SealAt([]string{"exam_candidate.photo", "1"}, []byte("x"))
	require.NoError(t, err)
	_, err = r.OpenAt([]string{"exam_candidate.photo", "1"}, at)
	require.NoError(t, err)
	for _, place := range [][]string{nil, {"exam_candidate.photo", "2"}, {"exam_candidate.photo1"}, {"exam_candidate.photo", "1", ""}} {
		_, err = r.OpenAt(place, at)
		require.True(t, fault.Is(err, "keys.sealed"), place)
	}
	for i := range a {
		bad := append([]byte{}, a...)
		bad[i] ^= 1
		_, err = r.Open(bad)
		require.True(t, fault.Is(err, "keys.sealed"), "byte %d", i)
		_, err = r.Open(a[:i])
		require.True(t, fault.Is(err, "keys.sealed"), "cut at %d", i)
	}
	_, err = keystest.Fresh(t).Open(a)
	require.True(t, fault.Is(err, "keys.sealed"), "another ring")
}

func TestBlindAndRowMAC(t *testing.T) {
	t.Parallel()
	r := keystest.New(t)
	require.Equal(t, r.Blind("id", "a"), r.Blind("id", "a"))
	require.NotEqual(t, r.Blind("id", "a"), r.Blind("mobile", "a"))
	require.NotEqual(t, r.Blind("id", "a"), keystest.Fresh(t).Blind("id", "a"))

	mac := r.RowMAC([]byte("ab"), []byte("c"))
	require.True(t, r.CheckRowMAC(mac, []byte("ab"), []byte("c")))
	for _, parts := range [][][]byte{{[]byte("a"), []byte("bc")}, {[]byte("abc")}, {[]byte("ab"), []byte("c"), nil}, nil} {
		require.False(t, r.CheckRowMAC(mac, parts...))
	}
	require.False(t, r.CheckRowMAC(nil, []byte("ab"), []byte("c")))
	require.False(t, r.CheckRowMAC(mac[2:], []byte("ab"), []byte("c")))
}

func TestReopenRotateAndPassphrase(t *testing.T) {
	t.Parallel()
	o := keys.Options{Dir: filepath.Join(t.TempDir(), "k"), Passphrase: "correct horse"}
	one, err := keys.Open(o)
	require.NoError(t, err)
	sealed, err := one.Seal([]byte("old"))
	require.NoError(t, err)
	mac := one.RowMAC([]byte("row"))
	require.NoError(t, keys.Rotate(o))

	two, err := keys.Open(o)
	require.NoError(t, err)
	plain, err := two.Open(sealed)
	require.NoError(t, err)
	require.Equal(t, "old", string(plain))
	require.True(t, two.CheckRowMAC(mac, []byte("row")))
	require.Equal(t, one.Blind("id", "x"), two.Blind("id", "x"), "searches still hit after a rotation")
	require.Equal(t, one.AuditKey(), two.AuditKey())
	require.Equal(t, one.Fingerprint(), two.Fingerprint())
	require.Equal(t, one.TLSRoot(), two.TLSRoot())
	require.Equal(t, one.NodeRoot().DER(), two.NodeRoot().DER())
	fresh, err := two.Seal([]byte("new"))
	require.NoError(t, err)
	require.NotEqual(t, sealed[:3], fresh[:3], "the new key seals")

	msg := []byte("m")
	sig, err := one.Cloud().Sign(msg)
	require.NoError(t, err)
	require.NoError(t, sm.Verify(two.Cloud().Public(), msg, sig))

	for _, pass := range []string{"wrong", ""} {
		_, err = keys.Open(keys.Options{Dir: o.Dir, Passphrase: pass})
		require.True(t, fault.Is(err, "keys.passphrase"), "%q: %v", pass, err)
	}
}

func TestFilesArePrivateAndSecret(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "k")
	_, err := keys.Open(keys.Options{Dir: dir, Passphrase: "p"})
	require.NoError(t, err)
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(list), 6)
	for _, e := range list {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), e.Name())
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		require.NotContains(t, string(raw), "EC PRIVATE KEY", e.Name())
		require.NotContains(t, string(raw), `"secret"`, e.Name())
	}
	require.NoError(t, os.Chmod(dir, 0o755))
	_, err = keys.Open(keys.Options{Dir: dir, Passphrase: "p"})
	require.True(t, fault.Is(err, "keys.dir"), err)
}

func TestDamagedFilesAreRefusedAndKept(t *testing.T) {
	t.Parallel()
	whole := filepath.Join(t.TempDir(), "k")
	_, err := keys.Open(keys.Options{Dir: whole, Passphrase: "p"})
	require.NoError(t, err)
	for _, name := range []string{"ring.json", "cloud.sm2", "node-ca.sm2", "node-ca.pem", "tls-ca.key", "tls-ca.pem"} {
		dir := filepath.Join(t.TempDir(), "k")
		require.NoError(t, os.CopyFS(dir, os.DirFS(whole)))
		require.NoError(t, os.Chmod(dir, 0o700))
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte("{}"), 0o600))
		_, err = keys.Open(keys.Options{Dir: dir, Passphrase: "p"})
		require.Error(t, err, name)
		raw, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, "{}", string(raw), "a damaged key is never replaced by a new one")
	}
}

func TestBindRefusesAnotherRing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	d := dbtest.New(t)
	r := keystest.New(t)
	require.NoError(t, r.Bind(ctx, d))
	require.NoError(t, r.Bind(ctx, d))
	require.True(t, fault.Is(keystest.Fresh(t).Bind(ctx, d), "keys.other"))
}

func TestTLS(t *testing.T) {
	t.Parallel()
	now := time.Now()
	r, err := keys.Open(keys.Options{Dir: filepath.Join(t.TempDir(), "k"), Now: func() time.Time { return now }})
	require.NoError(t, err)
	ln, err := tls.Listen("tcp", "127.0.0.1:0", r.TLS("cloud.test"))
	require.NoError(t, err)
	srv := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = srv.Serve(ln) }()
	t.Cleanup(func() { _ = srv.Close() })
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(r.TLSRoot()))
	get := func(name string) error {
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: name, Time: func() time.Time { return now }}}}
		resp, err := c.Get("https://" + ln.Addr().String())
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	require.NoError(t, get("cloud.test"))
	require.NoError(t, get("127.0.0.1"))
	require.Error(t, get("other.test"))
	now = now.Add(29 * 24 * time.Hour)
	require.NoError(t, get("cloud.test"), "the certificate renewed itself")
}

func TestNodeAuthority(t *testing.T) {
	t.Parallel()
	r := keystest.New(t)
	k, err := sm.Generate()
	require.NoError(t, err)
	now := time.Now()
	cert, err := r.Issue(k.Public(), sm.Subject{Node: "n1", Venue: "v1"}, now, 24*time.Hour)
	require.NoError(t, err)
	require.NoError(t, sm.CheckChain(cert, []*sm.Certificate{r.NodeRoot()}, now))
	require.Error(t, sm.CheckChain(cert, []*sm.Certificate{keystest.Fresh(t).NodeRoot()}, now))
}

func TestGeneratedPassphraseIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "k")
	_, err := keys.Open(keys.Options{Dir: dir})
	require.NoError(t, err)
	path := filepath.Join(dir, "passphrase")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Len(t, strings.TrimSpace(string(raw)), 43)
	require.NoError(t, os.Remove(path))
	_, err = keys.Open(keys.Options{Dir: dir})
	require.True(t, fault.Is(err, "keys.passphrase"), err)
	require.NoFileExists(t, path)
}
