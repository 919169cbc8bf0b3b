package sm

import (
	"bytes"
	"encoding/pem"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/emmansun/gmsm/smx509"

	"huyun.internal/protocol/fault"
)

// MaxNodeLife is the longest a node's certificate may be valid; it is renewed
// at two thirds of its life.
const MaxNodeLife = 90 * 24 * time.Hour

// venuePrefix begins the URI that names the venue in a request or certificate.
const venuePrefix = "urn:huyun:venue:"

const (
	certificatePEM = "CERTIFICATE"
	maxCertificate = 16 << 10
)

// Subject says which node a certificate is for, and at which venue it stands.
// Venue is empty for a node that belongs to none.
type Subject struct{ Node, Venue string }

// identifier is what may stand for a node or venue in certificates, topics and
// paths.
var identifier = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (s Subject) check() error {
	if !identifier.MatchString(s.Node) || s.Venue != "" && !identifier.MatchString(s.Venue) {
		return fault.Invalidf("sm.certificate.subject", "节点或分考场编号只能由字母、数字和 . _ - 组成")
	}
	return nil
}

func (s Subject) uris() []*url.URL {
	if s.Venue == "" {
		return nil
	}
	return []*url.URL{{Scheme: "urn", Opaque: strings.TrimPrefix(venuePrefix, "urn:") + s.Venue}}
}

// subjectOf reads the common name and at most one URI; anything else in there
// was not written by us.
func subjectOf(name string, uris []*url.URL) (Subject, error) {
	s := Subject{Node: name}
	if len(uris) > 1 {
		return Subject{}, errCertificate.Withf("%d URIs", len(uris))
	}
	if len(uris) == 1 {
		venue, ok := strings.CutPrefix(uris[0].String(), venuePrefix)
		if !ok || venue == "" {
			return Subject{}, errCertificate.Withf("URI is not a venue")
		}
		s.Venue = venue
	}
	return s, s.check()
}

var errCertificate = fault.New(fault.Invalid, "sm.certificate", "证书格式不正确")

// Certificate is a parsed SM2 certificate: an authority's or a node's. Parsing
// proves nothing but form; CheckChain says whether to believe it.
type Certificate struct {
	Subject   Subject // Node is the authority's name when Authority
	Authority bool
	Serial    string // hexadecimal
	NotBefore time.Time
	NotAfter  time.Time

	key *PublicKey
	x   *smx509.Certificate
}

// ParseCertificate reads one certificate in DER or PEM, with an SM2 key and an
// SM2-with-SM3 signature; anything else is refused, trailing bytes too.
func ParseCertificate(in []byte) (*Certificate, error) {
	if len(in) > maxCertificate {
		return nil, errCertificate.Withf("%d bytes", len(in))
	}
	if bytes.HasPrefix(in, []byte("-----BEGIN ")) {
		block, rest := pem.Decode(in)
		if block == nil || block.Type != certificatePEM || len(bytes.TrimSpace(rest)) != 0 {
			return nil, errCertificate.Withf("not one PEM block of type %q", certificatePEM)
		}
		in = block.Bytes
	}
	x, err := smx509.ParseCertificate(in)
	if err != nil {
		return nil, errCertificate.With(err)
	}
	key, err := publicFrom(x.PublicKey)
	if err != nil {
		return nil, err
	}
	if x.SignatureAlgorithm != smx509.SM2WithSM3 {
		return nil, errCertificate.Withf("signed with %v", x.SignatureAlgorithm)
	}
	c := &Certificate{
		Subject: Subject{Node: x.Subject.CommonName}, Authority: x.IsCA, Serial: x.SerialNumber.Text(16),
		NotBefore: x.NotBefore, NotAfter: x.NotAfter, key: key, x: x,
	}
	if !c.Authority {
		if c.Subject, err = subjectOf(x.Subject.CommonName, x.URIs); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Public is the certified key.
func (c *Certificate) Public() *PublicKey { return c.key }

// DER is the certificate as it was signed.
func (c *Certificate) DER() []byte { return slices.Clone(c.x.Raw) }

// PEM is DER in PEM.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificatePEM, Bytes: c.x.Raw})
}

// RenewAfter is when two thirds of the life are over.
func (c *Certificate) RenewAfter() time.Time {
	return c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) * 2 / 3)
}

// Faults of CheckChain; compare with fault.Is or errors.Is.
var (
	ErrExpired   = fault.New(fault.Unauthenticated, "sm.certificate.expired", "证书已过期，请联系中心重新签发")
	ErrNotYet    = fault.New(fault.Unauthenticated, "sm.certificate.early", "证书尚未生效，请检查本机时间")
	ErrUsage     = fault.New(fault.Unauthenticated, "sm.certificate.usage", "证书用途不符")
	ErrUntrusted = fault.New(fault.Unauthenticated, "sm.certificate.issuer", "证书不是本系统签发的")
)

// CheckChain reports whether cert is a node's certificate that one of roots
// signed directly, for no longer than MaxNodeLife, and valid at the given time.
// There are no intermediate authorities, so there is no chain to grow long.
func CheckChain(cert *Certificate, roots []*Certificate, at time.Time) error {
	if cert == nil || cert.x == nil {
		return ErrUntrusted.Withf("no certificate")
	}
	switch {
	case cert.Authority || !cert.x.BasicConstraintsValid:
		return ErrUsage.Withf("an authority's certificate, or one without constraints")
	case !slices.Equal(cert.x.ExtKeyUsage, []smx509.ExtKeyUsage{smx509.ExtKeyUsageClientAuth}):
		return ErrUsage.Withf("extended usage %v", cert.x.ExtKeyUsage)
	case cert.x.KeyUsage != nodeUsage:
		return ErrUsage.Withf("usage %v", cert.x.KeyUsage)
	case len(cert.x.UnhandledCriticalExtensions) != 0:
		return ErrUsage.Withf("critical extensions we do not know")
	case cert.NotAfter.Sub(cert.NotBefore) > MaxNodeLife+leeway:
		return ErrUsage.Withf("valid for %v", cert.NotAfter.Sub(cert.NotBefore))
	}
	for _, root := range roots {
		if !signedBy(cert, root) {
			continue
		}
		if err := inTime(cert, at); err != nil {
			return err
		}
		return inTime(root, at)
	}
	return ErrUntrusted
}

// signedBy compares names before arithmetic, then verifies with our own Verify,
// which has the second opinion.
func signedBy(cert, root *Certificate) bool {
	return root != nil && root.x != nil && root.Authority && root.x.BasicConstraintsValid &&
		root.x.KeyUsage&smx509.KeyUsageCertSign != 0 &&
		bytes.Equal(cert.x.RawIssuer, root.x.RawSubject) &&
		bytes.Equal(cert.x.AuthorityKeyId, root.x.SubjectKeyId) &&
		Verify(root.key, cert.x.RawTBSCertificate, cert.x.Signature) == nil
}

func inTime(c *Certificate, at time.Time) error {
	if at.Before(c.NotBefore) {
		return ErrNotYet
	}
	if at.After(c.NotAfter) {
		return ErrExpired
	}
	return nil
}
