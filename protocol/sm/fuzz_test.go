package sm

import (
	"bytes"
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
