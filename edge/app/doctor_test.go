package app_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app"
)

// ownCert writes a certificate that a venue made for itself: it names the
// venue, not 127.0.0.1, and nobody else signed it.
func ownCert(t *testing.T, until time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	raw, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "venue"}, DNSNames: []string{"venue.example"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, private.Public(), private)
	require.NoError(t, err)
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}), 0o600))
	return cert, key
}

// served is a venue that runs behind this certificate.
func served(t *testing.T, cert, key string) string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	srv.TLS = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String()
}

func diagnosed(t *testing.T, h app.HTTP) map[string]app.Finding {
	t.Helper()
	c := app.Default()
	c.Data, c.HTTP, c.Cloud.URL = t.TempDir(), h, "https://127.0.0.1:1"
	byName := map[string]app.Finding{}
	for _, f := range app.Doctor(t.Context(), c) {
		byName[f.Name] = f
	}
	return byName
}

func TestDoctorKnowsTheVenuesOwnCertificate(t *testing.T) {
	t.Parallel()
	cert, key := ownCert(t, time.Now().AddDate(1, 0, 0))
	addr := served(t, cert, key)
	found := diagnosed(t, app.HTTP{Addr: addr, TLSCert: cert, TLSKey: key})
	require.True(t, found["考场服务"].OK, found["考场服务"].Text)
	require.True(t, found["网页访问"].OK && !found["网页访问"].Warn, found["网页访问"].Text)

	other, otherKey := ownCert(t, time.Now().AddDate(1, 0, 0))
	found = diagnosed(t, app.HTTP{Addr: addr, TLSCert: other, TLSKey: otherKey})
	require.False(t, found["考场服务"].OK)
	require.Contains(t, found["考场服务"].Text, "重启 edge", "another certificate is not taken for ours")

	found = diagnosed(t, app.HTTP{Addr: addr, TLSCert: cert, TLSKey: otherKey})
	require.False(t, found["网页访问"].OK, "a key that is not the certificate's")
	require.False(t, found["考场服务"].OK)
}

func TestDoctorLooksAtWhatBrowsersGet(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"127.0.0.1:0", "localhost:0", "[::1]:0"} {
		f := diagnosed(t, app.HTTP{Addr: addr})["网页访问"]
		require.True(t, f.OK && !f.Warn, addr)
	}
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.7:8300"} {
		f := diagnosed(t, app.HTTP{Addr: addr})["网页访问"]
		require.True(t, f.OK && f.Warn, addr)
		require.Contains(t, f.Text, "http.tls_cert", addr)
	}
	cert, key := ownCert(t, time.Now().Add(-time.Hour))
	require.False(t, diagnosed(t, app.HTTP{Addr: "127.0.0.1:0", TLSCert: cert, TLSKey: key})["网页访问"].OK, "expired")
	cert, key = ownCert(t, time.Now().Add(72*time.Hour))
	f := diagnosed(t, app.HTTP{Addr: "127.0.0.1:0", TLSCert: cert, TLSKey: key})["网页访问"]
	require.True(t, f.OK && f.Warn, f.Text)
}

func TestAWarningIsNotAFailure(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.True(t, app.Report(&out, []app.Finding{{Name: "甲", OK: true}, {Name: "乙", OK: true, Warn: true, Text: "请处理"}}))
	require.Contains(t, out.String(), "[注意] 乙：请处理")
	require.NotContains(t, out.String(), "未发现问题")
}
