// Package sm is the whole of the system's cryptography: SM2 signatures,
// encryption and certificates, SM3 digests, HMAC-SM3, key derivation, SM4-GCM.
// It is a thin layer around one library (github.com/emmansun/gmsm) that closes
// the library's traps: one encoding per thing, sizes checked before parsing,
// no error that tells an attacker why a decryption failed.
//
// Everything in the system that hashes, signs or seals goes through here
// (journal, envelope, key ring, audit chain, node certificates). Private keys
// are reached only through the Signer and Keeper interfaces, so that a
// cryptographic machine (GM/T 0018) can take the place of SoftKey.
//
// It does not keep keys for you, does not know who may use them, and does not
// check certificate revocation: that is the node register's business.
package sm

import (
	"crypto/hkdf"
	"crypto/hmac"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/emmansun/gmsm/sm3"

	"huyun.internal/protocol/fault"
)

// DigestSize is the length of an SM3 digest and of an HMAC-SM3, in bytes.
const DigestSize = sm3.Size

// Digest is an SM3 hash value or an HMAC-SM3. Its text form is 64 lower-case
// hexadecimal digits. Compare digests of public data with ==, and MACs with
// Equal.
type Digest [DigestSize]byte

// Sum is the SM3 of the concatenation of parts. Concatenation has no borders:
// parts of variable length need their lengths among the parts.
func Sum(parts ...[]byte) Digest {
	return collect(sm3.New(), parts)
}

// SumOf is Sum of one part, at once and without allocating: for what is hashed
// many times a second.
func SumOf(content []byte) Digest { return sm3.Sum(content) }

// NewHash returns a running SM3, for content that does not fit in memory.
func NewHash() hash.Hash { return sm3.New() }

// MAC is the HMAC-SM3 of the concatenation of parts under key.
func MAC(key []byte, parts ...[]byte) Digest {
	return collect(hmac.New(sm3.New, key), parts)
}

func collect(h hash.Hash, parts [][]byte) (d Digest) {
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(d[:0])
	return d
}

// Derive makes n bytes of key from a secret: HKDF (RFC 5869) over SM3 without
// salt, the label being the info. Keys with different labels are independent.
// n is at most 8160; it is always a constant of the caller, so a value outside
// 1…8160 panics.
func Derive(secret []byte, label string, n int) []byte {
	if n < 1 {
		panic("sm: Derive: no bytes asked for")
	}
	key, err := hkdf.Key(sm3.New, secret, nil, label, n)
	if err != nil {
		panic("sm: Derive: " + err.Error())
	}
	return key
}

// Equal compares in constant time; use it for MACs.
func (d Digest) Equal(o Digest) bool { return hmac.Equal(d[:], o[:]) }

// IsZero reports whether d was never set.
func (d Digest) IsZero() bool { return d == Digest{} }

// String is 64 hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// MarshalText makes digests hexadecimal in JSON, YAML and map keys.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText is ParseDigest.
func (d *Digest) UnmarshalText(text []byte) error {
	v, err := ParseDigest(string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// ParseDigest reads exactly 64 lower-case hexadecimal digits: a digest is a
// name, and a name has one spelling.
func ParseDigest(s string) (d Digest, err error) {
	if len(s) == hex.EncodedLen(DigestSize) {
		if _, err = hex.Decode(d[:], []byte(s)); err == nil && d.String() == s {
			return d, nil
		}
	}
	return Digest{}, fault.Invalidf("sm.digest", "摘要格式不正确，应为 64 位小写十六进制").
		With(fmt.Errorf("digest of %d characters", len(s)))
}
