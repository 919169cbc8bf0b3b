package sm

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzParseCertificate(f *testing.F) {
	ca := newAuthority(f, "ca")
	leaf, err := Issue(ca.key, ca.cert, newKey(f).Public(), Subject{Node: "n", Venue: "v"}, t0, day)
	require.NoError(f, err)
	f.Add(leaf.DER())
	f.Add(leaf.PEM())
	f.Add(ca.cert.DER())
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, in []byte) {
		cert, err := ParseCertificate(in)
		if err != nil {
			return
		}
		if CheckChain(cert, []*Certificate{ca.cert}, t0) == nil {
			require.Equal(t, leaf.x.RawTBSCertificate, cert.x.RawTBSCertificate, "a certificate nobody issued")
		}
	})
}

func FuzzParseRequest(f *testing.F) {
	csr, err := NewRequest(newKey(f), Subject{Node: "n", Venue: "v"})
	require.NoError(f, err)
	f.Add(csr)
	f.Fuzz(func(t *testing.T, in []byte) {
		if req, err := ParseRequest(in); err == nil {
			require.NoError(t, req.Subject.check())
		}
	})
}

func FuzzParsePublicKey(f *testing.F) {
	pub := newKey(f).Public()
	f.Add(pub.Raw())
	f.Add(pub.DER())
	f.Add(pub.PEM())
	f.Add([]byte(pub.String()))
	f.Fuzz(func(t *testing.T, in []byte) {
		key, err := ParsePublicKey(in)
		if new(PublicKey).UnmarshalText(in) == nil {
			require.NoError(t, err, "a text form that is none")
		}
		if err != nil {
			return
		}
		back, err := ParsePublicKey(key.DER())
		require.NoError(t, err)
		require.True(t, back.Equal(key))
	})
}

func FuzzVerify(f *testing.F) {
	key, msg := newKey(f), []byte("m")
	sig, err := key.Sign(msg)
	require.NoError(f, err)
	f.Add(sig)
	f.Add([]byte{0x30, 6, 2, 1, 0, 2, 1, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		if Verify(key.Public(), msg, in) == nil {
			require.True(t, bytes.Equal(sig, in), "a second signature was found")
		}
	})
}

func FuzzDecrypt(f *testing.F) {
	key := newKey(f)
	ct, err := Encrypt(key.Public(), []byte("0123456789abcdef"))
	require.NoError(f, err)
	f.Add(ct)
	f.Add(ct[:97])
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, err := key.Decrypt(in); err == nil {
			require.True(t, bytes.Equal(ct, in), "another ciphertext was accepted")
		}
	})
}

func FuzzParseDigest(f *testing.F) {
	f.Add(Sum().String())
	f.Add("AB")
	f.Fuzz(func(t *testing.T, in string) {
		d, err := ParseDigest(in)
		var text Digest
		require.Equal(t, err == nil, text.UnmarshalText([]byte(in)) == nil)
		require.Equal(t, d, text)
		if err == nil {
			require.Equal(t, in, d.String(), "a digest has one spelling")
		}
	})
}

func FuzzOpenGCM(f *testing.F) {
	key, aad := make([]byte, KeySize), []byte("a")
	nonce := make([]byte, NonceSize) // every process of the fuzzer has to make the same ciphertext
	sealed, err := SealGCMNonce(key, nonce, aad, []byte("plain"))
	require.NoError(f, err)
	sealed = append(nonce, sealed...)
	f.Add(key, aad, sealed)
	f.Add(key[1:], aad, sealed)
	f.Add(key, aad, sealed[:NonceSize+TagSize])
	f.Add(key, aad, sealed[:NonceSize])
	f.Fuzz(func(t *testing.T, k, a, in []byte) {
		if _, err := OpenGCM(k, a, in); err == nil {
			require.Equal(t, [][]byte{key, aad, sealed}, [][]byte{k, a, in}, "another ciphertext was opened")
		}
		_, err := OpenGCMNonce(k, a, a, in)
		require.Error(t, err)
	})
}

// FuzzLoadKey: a key file from anywhere is refused or gives a key that signs,
// and costs no more time than one of ours may.
func FuzzLoadKey(f *testing.F) {
	path := filepath.Join(f.TempDir(), "ours")
	require.NoError(f, newKey(f).Save(path, "word"))
	ours, err := os.ReadFile(path)
	require.NoError(f, err)
	block, _ := pem.Decode(ours)
	f.Add(block.Bytes)
	f.Add(block.Bytes[:40])
	f.Add(bytes.Replace(block.Bytes, []byte{2, 3, 1, 0x86, 0xa0}, []byte{2, 3, 0x7f, 0xff, 0xff}, 1))
	path = filepath.Join(f.TempDir(), "theirs")
	f.Fuzz(func(t *testing.T, der []byte) {
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: privatePEM, Bytes: der}), 0o600))
		key, err := LoadKey(path, "word")
		if err != nil {
			return
		}
		sig, err := key.Sign([]byte("m"))
		require.NoError(t, err)
		require.NoError(t, Verify(key.Public(), []byte("m"), sig))
	})
}
