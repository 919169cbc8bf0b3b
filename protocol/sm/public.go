package sm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"

	"huyun.internal/protocol/fault"
)

const (
	// pointSize is 0x04 ‖ x ‖ y.
	pointSize = 65
	// cipherOverhead is what SM2 encryption adds: C1 (a point) and C3 (SM3).
	cipherOverhead = pointSize + DigestSize
	// MinSM2Plain is an SM4 key, the shortest secret there is. It is a rule, not
	// a habit: when the key stream comes out all zeros (one time in 256 for one
	// byte, never for sixteen) GB/T 32918.4 step A5 starts again with a new k,
	// and gmsm v0.44.1 then multiplies the point it has already multiplied, so
	// that the result cannot be opened.
	MinSM2Plain = 16
	// MaxSM2Plain bounds what is encrypted directly to a key. SM2 is for keys
	// and codes; content goes through package envelope.
	MaxSM2Plain = 4096
	// maxSignature is the longest DER of two 256-bit integers.
	maxSignature = 72

	publicPEM = "PUBLIC KEY"
)

// PublicKey is an SM2 public key that is known to be on the curve. The zero
// value is not a key; get one from ParsePublicKey, a Signer or a Certificate.
type PublicKey struct{ key *ecdsa.PublicKey }

var errPublicKey = fault.New(fault.Invalid, "sm.key.public", "SM2 公钥格式不正确")

// ParsePublicKey reads what any of PEM, DER, Raw and String write: SPKI in PEM
// or DER, or the uncompressed point as 65 bytes or 130 hexadecimal digits. Keys
// of other curves, points off the curve and trailing bytes are refused.
func ParsePublicKey(in []byte) (*PublicKey, error) {
	switch {
	case len(in) == pointSize:
		return publicFromPoint(in)
	case len(in) == 2*pointSize:
		raw := make([]byte, pointSize)
		if _, err := hex.Decode(raw, in); err != nil {
			return nil, errPublicKey.With(err)
		}
		return publicFromPoint(raw)
	case bytes.HasPrefix(in, []byte("-----BEGIN ")):
		block, rest := pem.Decode(in)
		if block == nil || block.Type != publicPEM || len(bytes.TrimSpace(rest)) != 0 {
			return nil, errPublicKey.Withf("not one PEM block of type %q", publicPEM)
		}
		in = block.Bytes
	}
	parsed, err := smx509.ParsePKIXPublicKey(in)
	if err != nil {
		return nil, errPublicKey.With(err)
	}
	return publicFrom(parsed)
}

func publicFromPoint(raw []byte) (*PublicKey, error) {
	key, err := sm2.ParseUncompressedPublicKey(raw)
	if err != nil {
		return nil, errPublicKey.With(err)
	}
	return &PublicKey{key}, nil
}

// publicFrom accepts a key that a parser of the library has made.
func publicFrom(parsed any) (*PublicKey, error) {
	if !sm2.IsSM2PublicKey(parsed) {
		return nil, errPublicKey.Withf("a %T, not on the SM2 curve", parsed)
	}
	return &PublicKey{parsed.(*ecdsa.PublicKey)}, nil
}

// MarshalPublic is p.PEM.
func MarshalPublic(p *PublicKey) []byte { return p.PEM() }

// DER is the SubjectPublicKeyInfo.
func (p *PublicKey) DER() []byte {
	der, err := smx509.MarshalPKIXPublicKey(p.key)
	if err != nil { // cannot be: the key was made by this package
		panic("sm: marshalling a public key: " + err.Error())
	}
	return der
}

// PEM is the SubjectPublicKeyInfo in PEM.
func (p *PublicKey) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: publicPEM, Bytes: p.DER()})
}

// Raw is the uncompressed point, 65 bytes; the SubjectPublicKeyInfo ends in it.
func (p *PublicKey) Raw() []byte {
	der := p.DER()
	return der[len(der)-pointSize:]
}

// String is Raw in hexadecimal.
func (p *PublicKey) String() string { return hex.EncodeToString(p.Raw()) }

// ID is the SM3 of Raw: a name for the key, for logs and envelopes.
func (p *PublicKey) ID() Digest { return Sum(p.Raw()) }

// Equal reports whether both are the same point.
func (p *PublicKey) Equal(o *PublicKey) bool {
	return p != nil && o != nil && p.key.Equal(o.key)
}

// MarshalText is String, so that keys can stand in JSON.
func (p *PublicKey) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is ParsePublicKey.
func (p *PublicKey) UnmarshalText(text []byte) error {
	v, err := ParsePublicKey(text)
	if err != nil {
		return err
	}
	*p = *v
	return nil
}

// ErrSignature is what Verify answers to every signature that does not hold.
var ErrSignature = fault.New(fault.Unauthenticated, "sm.signature", "签名验证不通过，内容可能被改动")

// Verify checks an SM2 signature (DER, user ID 1234567812345678) over msg.
// A refusal by the fast code is checked by plain arithmetic before it counts:
// see secondOpinion.
func Verify(pub *PublicKey, msg, sig []byte) error {
	if pub == nil || pub.key == nil {
		return ErrSignature.Withf("no key")
	}
	if len(sig) > maxSignature {
		return ErrSignature.Withf("%d bytes of signature", len(sig))
	}
	hash, err := sm2.CalculateSM2Hash(pub.key, msg, nil)
	if err != nil {
		return ErrSignature.With(err)
	}
	if sm2.VerifyASN1(pub.key, hash, sig) || secondOpinion(pub.key, hash, sig) {
		return nil
	}
	return ErrSignature
}

// Encrypt seals MinSM2Plain to MaxSM2Plain bytes to a public key. Result: C1 ‖ C3 ‖ C2
// with an uncompressed C1 (0x04 ‖ x ‖ y ‖ SM3 ‖ ciphertext), the one form that
// Keeper.Decrypt takes.
func Encrypt(pub *PublicKey, plain []byte) ([]byte, error) {
	if pub == nil || pub.key == nil {
		return nil, errors.New("sm: encrypt: no key")
	}
	if len(plain) < MinSM2Plain || len(plain) > MaxSM2Plain {
		return nil, fmt.Errorf("sm: encrypt: %d bytes, %d to %d can be", len(plain), MinSM2Plain, MaxSM2Plain)
	}
	opts := sm2.NewPlainEncrypterOpts(sm2.MarshalUncompressed, sm2.C1C3C2)
	ct, err := sm2.Encrypt(rand.Reader, pub.key, plain, opts)
	if err != nil {
		return nil, fmt.Errorf("sm: encrypt: %w", err)
	}
	return ct, nil
}
