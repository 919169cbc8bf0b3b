package sm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509/pkix"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/emmansun/gmsm/smx509"
	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

var t0 = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

type authority struct {
	key  *SoftKey
	cert *Certificate
}

func newAuthority(t testing.TB, name string) authority {
	t.Helper()
	key := newKey(t)
	cert, err := NewAuthority(key, name, t0.Add(-day), 3650*day)
	require.NoError(t, err)
	return authority{key, cert}
}

func TestCertificateLife(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "huyun-node-ca")
	key := newKey(t)
	want := Subject{Node: "edge-310101-01", Venue: "310101"}
	csr, err := NewRequest(key, want)
	require.NoError(t, err)
	req, err := ParseRequest(csr)
	require.NoError(t, err)
	require.Equal(t, want, req.Subject)
	require.True(t, req.Key.Equal(key.Public()))

	cert, err := Issue(ca.key, ca.cert, req.Key, req.Subject, t0, MaxNodeLife)
	require.NoError(t, err)
	for _, form := range [][]byte{cert.DER(), cert.PEM()} {
		back, err := ParseCertificate(form)
		require.NoError(t, err)
		require.Equal(t, want, back.Subject)
		require.True(t, back.Public().Equal(key.Public()))
		require.Equal(t, cert.Serial, back.Serial)
		require.False(t, back.Authority)
		require.NoError(t, CheckChain(back, []*Certificate{ca.cert}, t0))
	}
	roots := []*Certificate{newAuthority(t, "huyun-node-ca").cert, ca.cert}
	require.NoError(t, CheckChain(cert, roots, t0.Add(89*day)))
	require.NoError(t, CheckChain(cert, roots, t0.Add(-30*time.Minute)), "an hour of leeway")
	require.ErrorIs(t, CheckChain(cert, roots, t0.Add(91*day)), ErrExpired)
	require.ErrorIs(t, CheckChain(cert, roots, t0.Add(-2*time.Hour)), ErrNotYet)
	require.ErrorIs(t, CheckChain(cert, roots[:1], t0), ErrUntrusted, "an authority of the same name")
	require.ErrorIs(t, CheckChain(cert, nil, t0), ErrUntrusted)
	require.ErrorIs(t, CheckChain(nil, roots, t0), ErrUntrusted)
	require.True(t, cert.RenewAfter().After(t0.Add(59*day)) && cert.RenewAfter().Before(t0.Add(61*day)))

	noVenue, err := Issue(ca.key, ca.cert, key.Public(), Subject{Node: "hall-1"}, t0, day)
	require.NoError(t, err)
	require.Equal(t, Subject{Node: "hall-1"}, noVenue.Subject)
	require.NotEqual(t, cert.Serial, noVenue.Serial)
}

func TestAuthorityIsNoNode(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t, "ca")
	require.ErrorIs(t, CheckChain(ca.cert, []*Certificate{ca.cert}, t0), ErrUsage)

	_, err := Issue(newKey(t), ca.cert, newKey(t).Public(), Subject{Node: "n"}, t0, day)
	require.Error(t, err, "a key that is not the authority's")
	node := newKey(t)
	cert, err := Issue(ca.key, ca.cert, node.Public(), Subject{Node: "n"}, t0, day)
	require.NoError(t, err)
	_, err = Issue(node, cert, newKey(t).Public(), Subject{Node: "m"}, t0, day)
	require.Error(t, err, "a node that issues")
	_, err = Issue(ca.key, ca.cert, ca.key.Public(), Subject{Node: "n"}, t0, day)
	require.Error(t, err, "the authority's key for a node")
	for _, life := range []time.Duration{0, -day, MaxNodeLife + time.Second} {
		_, err = Issue(ca.key, ca.cert, node.Public(), Subject{Node: "n"}, t0, life)
		require.True(t, fault.Is(err, "sm.certificate.life"), life)
	}
	for _, s := range []Subject{{}, {Node: "a b"}, {Node: "../x"}, {Node: "a", Venue: "urn:x"}, {Node: "a/b"}, {Node: "+"}} {
		_, err = Issue(ca.key, ca.cert, node.Public(), s, t0, day)
		require.True(t, fault.Is(err, "sm.certificate.subject"), s)
		_, err = NewRequest(node, s)
		require.True(t, fault.Is(err, "sm.certificate.subject"), s)
	}
	_, err = NewAuthority(node, "", t0, day)
	require.Error(t, err)
}

// forge makes a certificate that no honest code makes.
func forge(t *testing.T, ca authority, pub any, change func(c *smx509.Certificate)) []byte {
	t.Helper()
	id := ca.key.Public().ID()
	template := &smx509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "n"},
		NotBefore: t0.Add(-time.Hour), NotAfter: t0.Add(day), KeyUsage: nodeUsage,
		ExtKeyUsage: []smx509.ExtKeyUsage{smx509.ExtKeyUsageClientAuth}, SignatureAlgorithm: smx509.SM2WithSM3,
		BasicConstraintsValid: true, SubjectKeyId: id[:20],
	}
	change(template)
	parent := *ca.cert.x
	parent.PublicKey = ca.key.pub.key // so that anyone can forge under the authority's name
	der, err := smx509.CreateCertificate(rand.Reader, template, &parent, pub, librarySigner{ca.key})
	require.NoError(t, err)
	return der
}

func TestForgedCertificates(t *testing.T) {
	t.Parallel()
	ca, node := newAuthority(t, "ca"), newKey(t)
	roots := []*Certificate{ca.cert}
	honest, err := ParseCertificate(forge(t, ca, node.pub.key, func(*smx509.Certificate) {}))
	require.NoError(t, err)
	require.NoError(t, CheckChain(honest, roots, t0), "the forge itself must be able to make a good one")

	for name, change := range map[string]func(c *smx509.Certificate){
		"server usage":     func(c *smx509.Certificate) { c.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageServerAuth} },
		"any usage":        func(c *smx509.Certificate) { c.ExtKeyUsage = []smx509.ExtKeyUsage{smx509.ExtKeyUsageAny} },
		"no usage":         func(c *smx509.Certificate) { c.ExtKeyUsage = nil },
		"may sign others":  func(c *smx509.Certificate) { c.KeyUsage |= smx509.KeyUsageCertSign },
		"may do nothing":   func(c *smx509.Certificate) { c.KeyUsage = 0 },
		"is an authority":  func(c *smx509.Certificate) { c.IsCA = true },
		"says nothing":     func(c *smx509.Certificate) { c.BasicConstraintsValid = false },
		"valid for a year": func(c *smx509.Certificate) { c.NotAfter = t0.Add(365 * day) },
	} {
		cert, err := ParseCertificate(forge(t, ca, node.pub.key, change))
		require.NoError(t, err, name)
		require.ErrorIs(t, CheckChain(cert, roots, t0), ErrUsage, name)
	}
	for name, change := range map[string]func(c *smx509.Certificate){
		"two venues": func(c *smx509.Certificate) {
			c.URIs = []*url.URL{{Scheme: "urn", Opaque: "huyun:venue:1"}, {Scheme: "urn", Opaque: "huyun:venue:2"}}
		},
		"another URI":  func(c *smx509.Certificate) { c.URIs = []*url.URL{{Scheme: "https", Host: "x"}} },
		"a bad name":   func(c *smx509.Certificate) { c.Subject.CommonName = "../../etc" },
		"a long name":  func(c *smx509.Certificate) { c.Subject.CommonName = string(bytes.Repeat([]byte("n"), 65)) },
		"an empty one": func(c *smx509.Certificate) { c.Subject.CommonName = "" },
	} {
		_, err := ParseCertificate(forge(t, ca, node.pub.key, change))
		require.Equal(t, fault.Invalid, fault.KindOf(err), name)
	}

	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	_, err = ParseCertificate(forge(t, ca, &p256.PublicKey, func(*smx509.Certificate) {}))
	require.ErrorIs(t, err, errPublicKey, "a P-256 key")
}

func TestForeignSignatures(t *testing.T) {
	t.Parallel()
	ca, node := newAuthority(t, "ca"), newKey(t)
	roots := []*Certificate{ca.cert}

	// self-signed, under the authority's own name and key identifier
	der := forge(t, authority{node, ca.cert}, node.pub.key, func(*smx509.Certificate) {})
	cert, err := ParseCertificate(der)
	require.NoError(t, err)
	require.ErrorIs(t, CheckChain(cert, roots, t0), ErrUntrusted)

	// signed by a node that was properly issued: a chain of depth two
	mid, err := Issue(ca.key, ca.cert, node.Public(), Subject{Node: "mid"}, t0, day)
	require.NoError(t, err)
	cert, err = ParseCertificate(forge(t, authority{node, mid}, newKey(t).pub.key, func(*smx509.Certificate) {}))
	require.NoError(t, err)
	require.ErrorIs(t, CheckChain(cert, roots, t0), ErrUntrusted)
	require.ErrorIs(t, CheckChain(cert, []*Certificate{mid}, t0), ErrUntrusted, "a node cannot stand as a root")

	// one bit of the signed part or of the signature
	good := forge(t, ca, node.pub.key, func(*smx509.Certificate) {})
	for _, i := range []int{len(good) - 1, len(good) / 2, 20} {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if cert, err := ParseCertificate(bad); err == nil {
			require.Error(t, CheckChain(cert, roots, t0), i)
		}
	}
	_, err = ParseCertificate(append(bytes.Clone(good), 0))
	require.Error(t, err)
	_, err = ParseCertificate(make([]byte, maxCertificate+1))
	require.ErrorIs(t, err, errCertificate)

	// the root's own time counts
	short := newKey(t)
	root, err := NewAuthority(short, "short", t0, day)
	require.NoError(t, err)
	leaf, err := Issue(short, root, node.Public(), Subject{Node: "n"}, t0, 10*day)
	require.NoError(t, err)
	require.NoError(t, CheckChain(leaf, []*Certificate{root}, t0))
	require.ErrorIs(t, CheckChain(leaf, []*Certificate{root}, t0.Add(2*day)), ErrExpired)
}

func TestRequestsProveTheKey(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	csr, err := NewRequest(key, Subject{Node: "edge-1", Venue: "v1"})
	require.NoError(t, err)
	for i := 0; i < len(csr); i += 3 {
		bad := bytes.Clone(csr)
		bad[i] ^= 1
		req, err := ParseRequest(bad)
		require.Error(t, err, "byte %d: %+v", i, req)
	}
	_, err = ParseRequest(append(bytes.Clone(csr), 0))
	require.Error(t, err)
	_, err = ParseRequest(make([]byte, maxCertificate+1))
	require.Error(t, err)

	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	foreign, err := smx509.CreateCertificateRequest(rand.Reader,
		&smx509.CertificateRequest{Subject: pkix.Name{CommonName: "edge-1"}}, p256)
	require.NoError(t, err)
	_, err = ParseRequest(foreign)
	require.ErrorIs(t, err, errPublicKey)
}
