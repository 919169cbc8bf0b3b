package keys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"huyun.internal/protocol/sm"
)

// tlsAuthority is the P-256 authority of the cloud's own TLS: nodes get its
// certificate when they enrol, so they need no public authority and no name
// server. National algorithms protect what is inside (protocol/envelope).
type tlsAuthority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	leaf *tls.Certificate
}

const leafLife = 30 * 24 * time.Hour

func openTLS(dir string, wrap []byte, now time.Time) (*tlsAuthority, error) {
	keyPath, certPath := filepath.Join(dir, "tls-ca.key"), filepath.Join(dir, "tls-ca.pem")
	raw, err := os.ReadFile(keyPath) //nolint:gosec // our directory
	if missing(err) {
		return makeTLS(keyPath, certPath, wrap, now)
	}
	if err != nil {
		return nil, fmt.Errorf("read TLS authority: %w", err)
	}
	der, err := sm.OpenGCM(wrap, []byte("huyun-tls-1"), raw)
	if err != nil {
		return nil, damaged(keyPath, err)
	}
	key, err := x509.ParseECPrivateKey(der)
	if err != nil {
		return nil, damaged(keyPath, err)
	}
	text, err := os.ReadFile(certPath) //nolint:gosec // our directory
	if err != nil {
		return nil, damaged(certPath, err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, damaged(certPath, nil)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, damaged(certPath, err)
	}
	return &tlsAuthority{key: key, cert: cert}, nil
}

func makeTLS(keyPath, certPath string, wrap []byte, now time.Time) (*tlsAuthority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make TLS authority: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "huyun cloud TLS authority"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(caLife), IsCA: true, BasicConstraintsValid: true,
		MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make TLS authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make TLS authority: %w", err)
	}
	plain, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode TLS authority: %w", err)
	}
	sealed, err := sm.SealGCM(wrap, []byte("huyun-tls-1"), plain)
	if err != nil {
		return nil, fmt.Errorf("seal TLS authority: %w", err)
	}
	// The certificate first: a key without one would be refused as damaged.
	if err := writeFile(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})); err != nil {
		return nil, err
	}
	return &tlsAuthority{key: key, cert: cert}, writeFile(keyPath, sealed)
}

func serial() *big.Int { return new(big.Int).SetBytes(random(15)) }

// TLSRoot is the authority's certificate in PEM.
func (r *Ring) TLSRoot() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.tls.cert.Raw})
}

// TLS returns a server configuration for the given names and addresses. Its
// certificate is made in memory and renewed by itself.
func (r *Ring) TLS(hosts ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if leaf := r.tls.leaf; leaf != nil && r.clock().Before(leaf.Leaf.NotBefore.Add(leafLife*2/3)) {
				return leaf, nil
			}
			return r.issueLeaf(hosts)
		},
	}
}

func (r *Ring) issueLeaf(hosts []string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make TLS key: %w", err)
	}
	now := r.clock()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "huyun cloud"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(leafLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range append([]string{"localhost", "127.0.0.1", "::1"}, hosts...) {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, r.tls.cert, key.Public(), r.tls.key)
	if err != nil {
		return nil, fmt.Errorf("issue TLS certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("issue TLS certificate: %w", err)
	}
	r.tls.leaf = &tls.Certificate{Certificate: [][]byte{der, r.tls.cert.Raw}, PrivateKey: key, Leaf: leaf}
	return r.tls.leaf, nil
}
