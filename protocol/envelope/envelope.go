// Package envelope protects what travels between nodes independently of the
// pipe it travels through: Seal and Open (signed and encrypted), Sign and
// Verify (signed only), Token (who is calling, on HTTP) and SignRequest (a
// terminal's request under its session key).
//
// Cloud and edge use it for packages, key halves, orders, checkpoints carried
// by hand and node authentication; terminals for every request. It does not
// remember nonces or counters: replay is refused by the caller's store, in the
// transaction that does the work.
//
// Every format begins with four bytes: 'H' 'Y', the kind, the algorithm id. The
// id is the only negotiation there is; an id this version does not know is
// refused and there is no "none". See protocol/README.md for the bytes.
package envelope

import (
	"crypto/rand"
	"fmt"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

// Kinds and algorithms, third and fourth byte of every format.
const (
	kindSealed byte = 'E'
	kindSigned byte = 'S'
	kindToken  byte = 'T'

	// algorithmSM is SM2 with SM3, SM2 encryption and SM4-GCM.
	algorithmSM byte = '1'
)

// MaxPlain is the largest content Seal and Sign take; bulk goes in chunks.
const MaxPlain = 64 << 20

const (
	prefixSize  = 4
	wrappedSize = 97 + sm.KeySize
	// headerSize is prefix ‖ sender's key id ‖ recipient's key id ‖ wrapped key ‖ nonce.
	headerSize    = prefixSize + 2*sm.DigestSize + wrappedSize + sm.NonceSize
	minSealedSize = headerSize + 1 + sm.TagSize
	maxSignature  = 72
)

// ErrOpen is the answer to everything that cannot be opened or verified; the
// cause, for the log only, says at which step.
var ErrOpen = fault.New(fault.Unauthenticated, "envelope.open", "信封无法打开：来源不符、内容被改动或不完整")

// ErrAlgorithm is the answer to an envelope of another version or kind.
var ErrAlgorithm = fault.New(fault.Invalid, "envelope.algorithm", "信封的算法标识不受支持，请升级程序后重试")

// Seal encrypts plain to one recipient and signs it. aad is what both sides
// know from elsewhere and want bound (a sitting, a seat, an order number); it
// is not in the result. Sender, recipient, aad and content are all under both
// the signature and the authenticated encryption, so an envelope can neither be
// re-addressed nor adopted by another signer.
func Seal(from sm.Signer, to *sm.PublicKey, aad, plain []byte) ([]byte, error) {
	if from == nil || to == nil {
		return nil, fmt.Errorf("envelope: seal: no sender or no recipient")
	}
	if len(plain) > MaxPlain {
		return nil, errTooLarge(len(plain))
	}
	secret := make([]byte, sm.KeySize+sm.NonceSize)
	if _, err := rand.Read(secret); err != nil {
		return nil, fmt.Errorf("envelope: seal: %w", err)
	}
	key, nonce := secret[:sm.KeySize], secret[sm.KeySize:]
	wrapped, err := sm.Encrypt(to, key)
	if err != nil {
		return nil, fmt.Errorf("envelope: seal: %w", err)
	}

	out := make([]byte, 0, headerSize+1+maxSignature+len(plain)+sm.TagSize)
	out = append(out, 'H', 'Y', kindSealed, algorithmSM)
	out = appendID(out, from.Public())
	out = appendID(out, to)
	out = append(out, wrapped...)
	out = append(out, nonce...)

	bound := bind(out, aad)
	ct, err := sm.SealGCMNonce(key, nonce, bound, plain)
	if err != nil {
		return nil, fmt.Errorf("envelope: seal: %w", err)
	}
	sig, err := from.Sign(append(bound, ct...))
	if err != nil {
		return nil, fmt.Errorf("envelope: seal: %w", err)
	}
	out = append(out, byte(len(sig)))
	out = append(out, sig...)
	return append(out, ct...), nil
}

// Open checks that `from` sealed this to `to` with this aad, and decrypts. The
// signature is checked before anything is decrypted.
func Open(to sm.Keeper, from *sm.PublicKey, aad, sealed []byte) ([]byte, error) {
	if to == nil || from == nil {
		return nil, ErrOpen.Withf("no recipient or no sender")
	}
	if err := checkPrefix(sealed, kindSealed); err != nil {
		return nil, err
	}
	if len(sealed) < minSealedSize {
		return nil, ErrOpen.Withf("%d bytes", len(sealed))
	}
	header := sealed[:headerSize]
	ids := header[prefixSize:]
	if sm.Digest(ids[:sm.DigestSize]) != from.ID() {
		return nil, ErrOpen.Withf("another sender")
	}
	if sm.Digest(ids[sm.DigestSize:2*sm.DigestSize]) != to.Public().ID() {
		return nil, ErrOpen.Withf("another recipient")
	}
	sig, ct, err := cutSignature(sealed[headerSize:])
	if err != nil {
		return nil, err
	}
	bound := bind(header, aad)
	if err := sm.Verify(from, append(bound[:len(bound):len(bound)], ct...), sig); err != nil {
		return nil, ErrOpen.With(err)
	}
	key, err := to.Decrypt(header[prefixSize+2*sm.DigestSize : headerSize-sm.NonceSize])
	if err != nil {
		return nil, ErrOpen.With(err)
	}
	if len(key) != sm.KeySize {
		return nil, ErrOpen.Withf("key of %d bytes", len(key))
	}
	plain, err := sm.OpenGCMNonce(key, header[headerSize-sm.NonceSize:], bound, ct)
	if err != nil {
		return nil, ErrOpen.With(err)
	}
	return plain, nil
}

// bind is header ‖ SM3(aad): what the encryption and the signature both cover.
func bind(header, aad []byte) []byte {
	sum := sm.Sum(aad)
	bound := make([]byte, 0, len(header)+len(sum))
	return append(append(bound, header...), sum[:]...)
}

func appendID(b []byte, key *sm.PublicKey) []byte {
	id := key.ID()
	return append(b, id[:]...)
}

func checkPrefix(in []byte, kind byte) error {
	if len(in) < prefixSize || in[0] != 'H' || in[1] != 'Y' {
		return ErrOpen.Withf("not an envelope")
	}
	if in[2] != kind || in[3] != algorithmSM {
		return ErrAlgorithm.Withf("kind %#x algorithm %#x", in[2], in[3])
	}
	return nil
}

// cutSignature splits length(1) ‖ signature ‖ rest.
func cutSignature(in []byte) (sig, rest []byte, err error) {
	if len(in) == 0 || in[0] == 0 || in[0] > maxSignature || len(in) < 1+int(in[0]) {
		return nil, nil, ErrOpen.Withf("no signature")
	}
	n := 1 + int(in[0])
	return in[1:n], in[n:], nil
}

func errTooLarge(n int) error {
	return fault.TooLargef("envelope.size", "内容超过 64 MB，请分块传送").Withf("%d bytes", n)
}

// Sign puts a signature before body, bound to aad, without encrypting. The
// result carries the signer's key id, which Sender reads.
func Sign(from sm.Signer, aad, body []byte) ([]byte, error) {
	if len(body) > MaxPlain {
		return nil, errTooLarge(len(body))
	}
	out := make([]byte, 0, prefixSize+sm.DigestSize+1+maxSignature+len(body))
	out = append(out, 'H', 'Y', kindSigned, algorithmSM)
	out = appendID(out, from.Public())
	sig, err := from.Sign(append(bind(out, aad), body...))
	if err != nil {
		return nil, fmt.Errorf("envelope: sign: %w", err)
	}
	out = append(out, byte(len(sig)))
	out = append(out, sig...)
	return append(out, body...), nil
}

// Verify undoes Sign: the body, if `from` signed it with this aad. The result
// shares memory with signed.
func Verify(from *sm.PublicKey, aad, signed []byte) ([]byte, error) {
	if from == nil {
		return nil, ErrOpen.Withf("no signer")
	}
	if err := checkPrefix(signed, kindSigned); err != nil {
		return nil, err
	}
	const header = prefixSize + sm.DigestSize
	if len(signed) < header || sm.Digest(signed[prefixSize:header]) != from.ID() {
		return nil, ErrOpen.Withf("another signer, or cut")
	}
	sig, body, err := cutSignature(signed[header:])
	if err != nil {
		return nil, err
	}
	if err := sm.Verify(from, append(bind(signed[:header], aad), body...), sig); err != nil {
		return nil, ErrOpen.With(err)
	}
	return body, nil
}

// Sender reads whose key an envelope claims to be from, to find that key. It
// proves nothing.
func Sender(in []byte) (sm.Digest, error) {
	if len(in) < prefixSize+sm.DigestSize || in[0] != 'H' || in[1] != 'Y' {
		return sm.Digest{}, ErrOpen.Withf("not an envelope")
	}
	if k := in[2]; k != kindSealed && k != kindSigned || in[3] != algorithmSM {
		return sm.Digest{}, ErrAlgorithm.Withf("kind %#x algorithm %#x", in[2], in[3])
	}
	return sm.Digest(in[prefixSize : prefixSize+sm.DigestSize]), nil
}
