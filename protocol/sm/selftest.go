package sm

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
	othersm2 "github.com/tjfoc/gmsm/sm2"
	othersm3 "github.com/tjfoc/gmsm/sm3"
	othersm4 "github.com/tjfoc/gmsm/sm4"
)

// answers are the known answers of the power-on test, in hexadecimal. They are
// part of the program, not a file, so that a damaged disk cannot excuse them.
type answers struct {
	sm3abc, hmacKey, hmacData, hmac         string
	sm4Key, sm4Plain, sm4Cipher             string
	gcmNonce, gcmAAD, gcmPlain, gcmSealed   string
	private, public, message, signR, signS  string
	sealedMessage, sealedPlain              string
	issue560Key, issue560Digest, issue560RS string
}

// standard comes from GB/T 32905 A.1, GM/T 0042 D.3, GB/T 32907 A.1, RFC 8998
// A.1, GB/T 32918.5 A.2 and C.2, and issue 560 of emmansun/gmsm; the same values
// lie in protocol/testdata/sm.
var standard = answers{
	sm3abc:   "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
	hmacKey:  "4a656665",
	hmacData: "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
	hmac:     "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882",

	sm4Key:    "0123456789abcdeffedcba9876543210",
	sm4Plain:  "0123456789abcdeffedcba9876543210",
	sm4Cipher: "681edf34d206965e86b3e94f536e4246",
	gcmNonce:  "00001234567800000000abcd",
	gcmAAD:    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	gcmPlain: "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd" +
		"eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
	gcmSealed: "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735" +
		"d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d83de3541e4c2b58177e065a9bf7b62ec",

	private: "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8",
	public: "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020" +
		"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
	message: "6d65737361676520646967657374",
	signR:   "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3",
	signS:   "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",

	sealedPlain: "656e6372797074696f6e207374616e64617264",
	sealedMessage: "0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73" +
		"e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0" +
		"59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766" +
		"21886ca989ca9c7d58087307ca93092d651efa",

	issue560Key: "04ef4de57af00ae424c00c4caadff7193f804a19dd73a7e2954db9d0d15ab4cbba" +
		"67728c3f4572878b7a674735da9fde1682fe2d9e0799c4a5cde57e3d473039a2",
	issue560Digest: "0000000000000000000000000000000000000000000000000000000000000000",
	issue560RS: "3046022100be0ea64e1ec06f0d247093f3ccbbadcfb6260224272f86ddb78326e7cd6c7560" +
		"022100e9f6ab2fcc48a2cef94838e66b5c7e21fd8e4de25990dd98ca5243f4966f2853",
}

// SelfTest is the power-on test of GB/T 39786: known answers for every
// algorithm, then a second, independent implementation (tjfoc/gmsm) and this
// one verify and decrypt each other's work. Every program calls it before it
// does anything else and does not start when it fails. It takes some
// milliseconds. The second implementation is old and careless with hostile
// input; it is used here on our own values only.
func SelfTest() error { return standard.run() }

func (a answers) run() error {
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"SM3", a.sm3}, {"HMAC-SM3", a.hmacSM3}, {"SM4", a.sm4}, {"SM4-GCM", a.gcm},
		{"SM2 known signature", a.knownSignature}, {"SM2 issue 560", a.issue560},
		{"SM2 known ciphertext", a.knownCiphertext}, {"SM2 cross signature", a.crossSignature},
		{"SM2 cross encryption", a.crossEncryption},
	} {
		if err := step.run(); err != nil {
			return fmt.Errorf("sm: self-test %s: %w", step.name, err)
		}
	}
	return nil
}

var errMismatch = errors.New("answer differs")

// same compares got with hexadecimal want; a bad constant differs from everything.
func same(want string, got ...[]byte) error {
	w, err := hex.DecodeString(want)
	if err != nil {
		return err
	}
	for _, g := range got {
		if len(w) == 0 || !bytes.Equal(w, g) {
			return errMismatch
		}
	}
	return nil
}

func unhex(s string) []byte {
	b, _ := hex.DecodeString(s) // a bad constant becomes a mismatch later
	return b
}

func (a answers) sm3() error {
	abc := Sum([]byte("a"), []byte("bc"))
	if err := same(a.sm3abc, abc[:], othersm3.Sm3Sum([]byte("abc"))); err != nil {
		return err
	}
	long := make([]byte, 300)
	for i := range long {
		long[i] = byte(i * 7)
		ours := sm3.Sum(long[:i])
		if !bytes.Equal(ours[:], othersm3.Sm3Sum(long[:i])) {
			return fmt.Errorf("%w: %d bytes", errMismatch, i)
		}
	}
	return nil
}

func (a answers) hmacSM3() error {
	ours := MAC(unhex(a.hmacKey), unhex(a.hmacData))
	other := hmac.New(othersm3.New, unhex(a.hmacKey))
	other.Write(unhex(a.hmacData))
	return same(a.hmac, ours[:], other.Sum(nil))
}

func (a answers) sm4() error {
	var out [2][]byte
	for i, newCipher := range []func([]byte) (cipher.Block, error){sm4.NewCipher, othersm4.NewCipher} {
		block, err := newCipher(unhex(a.sm4Key))
		if err != nil {
			return err
		}
		plain := unhex(a.sm4Plain)
		if len(plain) != sm4.BlockSize {
			return errMismatch
		}
		out[i] = make([]byte, sm4.BlockSize)
		block.Encrypt(out[i], plain)
	}
	return same(a.sm4Cipher, out[0], out[1])
}

func (a answers) gcm() error {
	key, nonce, aad := unhex(a.sm4Key), unhex(a.gcmNonce), unhex(a.gcmAAD)
	sealed, err := SealGCMNonce(key, nonce, aad, unhex(a.gcmPlain))
	if err != nil {
		return err
	}
	// The second library's own GCM computes a wrong tag when the additional data
	// does not fill whole blocks; its block cipher under the standard library's
	// GCM is as independent of ours.
	block, err := othersm4.NewCipher(key)
	if err != nil {
		return err
	}
	other, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	if len(nonce) != other.NonceSize() {
		return errMismatch
	}
	if err := same(a.gcmSealed, sealed, other.Seal(nil, nonce, unhex(a.gcmPlain), aad)); err != nil {
		return err
	}
	plain, err := OpenGCMNonce(key, nonce, aad, sealed)
	if err != nil {
		return err
	}
	sealed[0] ^= 1
	if _, err := OpenGCMNonce(key, nonce, aad, sealed); err == nil {
		return errors.New("an altered ciphertext was opened")
	}
	return same(a.gcmPlain, plain)
}

func (a answers) keys() (*SoftKey, *othersm2.PrivateKey, error) {
	key, err := sm2.NewPrivateKey(unhex(a.private))
	if err != nil {
		return nil, nil, err
	}
	soft := newSoftKey(key)
	if err := same(a.public, soft.pub.Raw()); err != nil {
		return nil, nil, err
	}
	other := &othersm2.PrivateKey{D: new(big.Int).SetBytes(unhex(a.private))}
	other.PublicKey = othersm2.PublicKey{Curve: othersm2.P256Sm2(), X: key.X, Y: key.Y}
	return soft, other, nil
}

// verifiers are the fast code, the plain arithmetic and the second
// implementation, each alone: Verify would let one hide the other's fault.
func (a answers) verifiers(soft *SoftKey, other *othersm2.PrivateKey, msg, sig []byte) (fast, plain, second bool, err error) {
	hash, err := sm2.CalculateSM2Hash(soft.pub.key, msg, nil)
	if err != nil {
		return false, false, false, err
	}
	r, s, err := othersm2.SignDataToSignDigit(sig)
	if err != nil {
		return false, false, false, err
	}
	return sm2.VerifyASN1(soft.pub.key, hash, sig), verifyPlain(soft.pub.key, hash, r, s),
		othersm2.Sm2Verify(&other.PublicKey, msg, nil, r, s), nil
}

func (a answers) knownSignature() error {
	soft, other, err := a.keys()
	if err != nil {
		return err
	}
	sig, err := othersm2.SignDigitToSignData(new(big.Int).SetBytes(unhex(a.signR)), new(big.Int).SetBytes(unhex(a.signS)))
	if err != nil {
		return err
	}
	return a.allAccept(soft, other, unhex(a.message), sig)
}

func (a answers) allAccept(soft *SoftKey, other *othersm2.PrivateKey, msg, sig []byte) error {
	fast, plain, second, err := a.verifiers(soft, other, msg, sig)
	if err != nil {
		return err
	}
	if !fast || !plain || !second {
		return fmt.Errorf("a valid signature was refused: fast %t, plain %t, second %t", fast, plain, second)
	}
	fast, plain, second, err = a.verifiers(soft, other, append([]byte("x"), msg...), sig)
	if err != nil {
		return err
	}
	if fast || plain || second {
		return fmt.Errorf("a signature of something else was accepted: fast %t, plain %t, second %t", fast, plain, second)
	}
	return nil
}

func (a answers) issue560() error {
	pub, err := ParsePublicKey(unhex(a.issue560Key))
	if err != nil {
		return err
	}
	if !sm2.VerifyASN1(pub.key, unhex(a.issue560Digest), unhex(a.issue560RS)) {
		return errors.New("the valid signature was refused")
	}
	return nil
}

func (a answers) knownCiphertext() error {
	soft, other, err := a.keys()
	if err != nil {
		return err
	}
	ours, err := soft.Decrypt(unhex(a.sealedMessage))
	if err != nil {
		return err
	}
	theirs, err := othersm2.Decrypt(other, unhex(a.sealedMessage), othersm2.C1C3C2)
	if err != nil {
		return err
	}
	return same(a.sealedPlain, ours, theirs)
}

func (a answers) crossSignature() error {
	soft, other, err := a.keys()
	if err != nil {
		return err
	}
	msg := unhex(a.message)
	ours, err := soft.Sign(msg)
	if err != nil {
		return err
	}
	if err := a.allAccept(soft, other, msg, ours); err != nil {
		return fmt.Errorf("our signature: %w", err)
	}
	theirs, err := other.Sign(nil, msg, nil)
	if err != nil {
		return err
	}
	if err := a.allAccept(soft, other, msg, theirs); err != nil {
		return fmt.Errorf("second implementation's signature: %w", err)
	}
	return nil
}

func (a answers) crossEncryption() error {
	soft, other, err := a.keys()
	if err != nil {
		return err
	}
	plain := unhex(a.sealedPlain)
	ours, err := Encrypt(soft.pub, plain)
	if err != nil {
		return err
	}
	got, err := othersm2.Decrypt(other, ours, othersm2.C1C3C2)
	if err != nil {
		return err
	}
	theirs, err := othersm2.Encrypt(&other.PublicKey, plain, nil, othersm2.C1C3C2)
	if err != nil {
		return err
	}
	back, err := soft.Decrypt(theirs)
	if err != nil {
		return err
	}
	return same(a.sealedPlain, got, back)
}
