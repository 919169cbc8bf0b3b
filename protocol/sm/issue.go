package sm

import (
	"crypto"
	"crypto/rand"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"huyun.internal/protocol/fault"
)

const (
	// nodeUsage: a node signs, and others encrypt keys to it.
	nodeUsage = smx509.KeyUsageDigitalSignature | smx509.KeyUsageKeyEncipherment

	// leeway backdates certificates, for a device whose clock is a little slow.
	leeway = time.Hour
)

// Request is a certificate request whose sender has proved to hold the key.
type Request struct {
	Subject Subject
	Key     *PublicKey
}

// NewRequest makes a PKCS#10 request (DER) signed by key.
func NewRequest(key Signer, s Subject) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	der, err := smx509.CreateCertificateRequest(rand.Reader, &smx509.CertificateRequest{
		Subject:            pkix.Name{CommonName: s.Node},
		URIs:               s.uris(),
		SignatureAlgorithm: smx509.SM2WithSM3,
	}, librarySigner{key})
	if err != nil {
		return nil, fmt.Errorf("sm: certificate request: %w", err)
	}
	return der, nil
}

var errRequest = fault.New(fault.Invalid, "sm.request", "证书申请格式不正确或签名不符")

// ParseRequest reads a request and checks its signature. What it asks for is
// only asked: the issuer decides the subject.
func ParseRequest(der []byte) (*Request, error) {
	if len(der) > maxCertificate {
		return nil, errRequest.Withf("%d bytes", len(der))
	}
	x, err := smx509.ParseCertificateRequest(der)
	if err != nil {
		return nil, errRequest.With(err)
	}
	key, err := publicFrom(x.PublicKey)
	if err != nil {
		return nil, err
	}
	if x.SignatureAlgorithm != smx509.SM2WithSM3 {
		return nil, errRequest.Withf("signed with %v", x.SignatureAlgorithm)
	}
	if err := Verify(key, x.RawTBSCertificateRequest, x.Signature); err != nil {
		return nil, errRequest.With(err)
	}
	s, err := subjectOf(x.Subject.CommonName, x.URIs)
	if err != nil {
		return nil, err
	}
	return &Request{s, key}, nil
}

// NewAuthority makes the self-signed certificate of a node authority.
func NewAuthority(key Signer, name string, from time.Time, life time.Duration) (*Certificate, error) {
	if err := (Subject{Node: name}).check(); err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	id := key.Public().ID()
	template := &smx509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: from.Add(-leeway), NotAfter: from.Add(life),
		KeyUsage: smx509.KeyUsageCertSign | smx509.KeyUsageCRLSign, SignatureAlgorithm: smx509.SM2WithSM3,
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: 0, MaxPathLenZero: true,
		SubjectKeyId: id[:20], AuthorityKeyId: id[:20],
	}
	return create(template, template, key.Public(), key)
}

// Issue certifies key for s, from an hour before `from` until `life` after it
// (at most MaxNodeLife). The authority is its key and its certificate.
func Issue(authority Signer, cert *Certificate, key *PublicKey, s Subject, from time.Time, life time.Duration) (*Certificate, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if life <= 0 || life > MaxNodeLife {
		return nil, fault.Invalidf("sm.certificate.life", "节点证书有效期须在 90 天以内")
	}
	if cert == nil || !cert.Authority || !cert.key.Equal(authority.Public()) {
		return nil, errors.New("sm: issue: the certificate is not this authority's")
	}
	if key == nil || key.Equal(authority.Public()) {
		return nil, errors.New("sm: issue: no key of its own to certify")
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	id := key.ID()
	return create(&smx509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: s.Node}, URIs: s.uris(),
		NotBefore: from.Add(-leeway), NotAfter: from.Add(life),
		KeyUsage: nodeUsage, ExtKeyUsage: []smx509.ExtKeyUsage{smx509.ExtKeyUsageClientAuth},
		SignatureAlgorithm: smx509.SM2WithSM3, BasicConstraintsValid: true, SubjectKeyId: id[:20],
	}, cert.x, key, authority)
}

func create(template, parent *smx509.Certificate, key *PublicKey, signer Signer) (*Certificate, error) {
	der, err := smx509.CreateCertificate(rand.Reader, template, parent, key.key, librarySigner{signer})
	if err != nil {
		return nil, fmt.Errorf("sm: certificate: %w", err)
	}
	return ParseCertificate(der)
}

// newSerial is 120 random bits: unique without a counter to keep.
func newSerial() (*big.Int, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(rand.Reader, b[1:]); err != nil {
		return nil, fmt.Errorf("sm: serial: %w", err)
	}
	b[1] |= 1 << 6 // never zero, always the same length
	return new(big.Int).SetBytes(b), nil
}

// librarySigner shows a Signer to the X.509 code as the crypto.MessageSigner it
// asks for.
type librarySigner struct{ Signer }

func (l librarySigner) Public() crypto.PublicKey { return l.Signer.Public().key }

func (l librarySigner) SignMessage(_ io.Reader, msg []byte, _ crypto.SignerOpts) ([]byte, error) {
	return l.Signer.Sign(msg)
}

// Sign exists for the interface; SM2 signs messages, never bare hashes.
func (l librarySigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("sm: a signer signs messages, not hashes")
}
