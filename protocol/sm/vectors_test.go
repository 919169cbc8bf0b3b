package sm

import (
	"encoding/asn1"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm4"
	"github.com/stretchr/testify/require"
)

// golden reads a file that the TypeScript package reads too.
func golden(t *testing.T, name string, into any) {
	t.Helper()
	in, err := os.ReadFile(filepath.Join("..", "testdata", "sm", name))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(in, into))
}

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestSM3Vectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			Note, Text, Hex string
			Times           int
			SM3             Digest
		}
	}
	golden(t, "sm3.json", &file)
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		in := []byte(v.Text)
		if v.Hex != "" {
			in = fromHex(t, v.Hex)
		}
		if v.Times > 0 {
			in = []byte(strings.Repeat(v.Text, v.Times))
		}
		require.Equal(t, v.SM3, Sum(in), v.Note)
		require.Equal(t, v.SM3, Sum(in[:len(in)/3], nil, in[len(in)/3:]), v.Note)
		h := NewHash()
		_, err := h.Write(in)
		require.NoError(t, err)
		require.Equal(t, v.SM3[:], h.Sum(nil), v.Note)
	}
}

func TestHMACVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			Note, Key, Data string
			MAC             Digest
		}
	}
	golden(t, "hmac.json", &file)
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		data := fromHex(t, v.Data)
		require.Equal(t, v.MAC, MAC(fromHex(t, v.Key), data[:len(data)/2], data[len(data)/2:]), v.Note)
	}
}

func TestDeriveVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			Secret, Label, Key string
			Size               int
		}
	}
	golden(t, "hkdf.json", &file)
	require.NotEmpty(t, file.Vectors)
	for _, v := range file.Vectors {
		require.Equal(t, v.Key, hex.EncodeToString(Derive(fromHex(t, v.Secret), v.Label, v.Size)), v.Label)
	}
	require.Panics(t, func() { Derive([]byte("s"), "l", 0) })
	require.Panics(t, func() { Derive([]byte("s"), "l", 255*32+1) })
	require.NotEqual(t, Derive([]byte("s"), "a", 16), Derive([]byte("s"), "b", 16))
}

func TestSM4Vectors(t *testing.T) {
	t.Parallel()
	var file struct {
		ECB []struct{ Key, Plain, Cipher string }
		GCM []struct{ Key, Nonce, AAD, Plain, Sealed string }
	}
	golden(t, "sm4.json", &file)
	require.NotEmpty(t, file.ECB)
	require.NotEmpty(t, file.GCM)
	for _, v := range file.ECB {
		block, err := sm4.NewCipher(fromHex(t, v.Key))
		require.NoError(t, err)
		out := make([]byte, 16)
		block.Encrypt(out, fromHex(t, v.Plain))
		require.Equal(t, v.Cipher, hex.EncodeToString(out))
	}
	for _, v := range file.GCM {
		key, nonce, aad := fromHex(t, v.Key), fromHex(t, v.Nonce), fromHex(t, v.AAD)
		sealed, err := SealGCMNonce(key, nonce, aad, fromHex(t, v.Plain))
		require.NoError(t, err)
		require.Equal(t, v.Sealed, hex.EncodeToString(sealed))
		plain, err := OpenGCM(key, aad, append(nonce, sealed...))
		require.NoError(t, err)
		require.Equal(t, v.Plain, hex.EncodeToString(plain))
	}
}

// sm2Vectors is sm2.json.
type sm2Vectors struct {
	Sign []struct{ Note, Private, Public, Message, R, S string }
	// VerifyDigest has the vector of emmansun/gmsm issue 560, taken literally
	// from the report: OpenSSL accepts it, v0.27.0 to v0.44.0 refuse it.
	VerifyDigest []struct{ Note, SPKI, Digest, Signature string } `json:"verify_digest"`
	Decrypt      []struct{ Note, Private, Plain, Cipher string }
}

func TestSM2Vectors(t *testing.T) {
	t.Parallel()
	var file sm2Vectors
	golden(t, "sm2.json", &file)
	require.NotEmpty(t, file.Sign)
	require.NotEmpty(t, file.Decrypt)
	for _, v := range file.Sign {
		pub, err := ParsePublicKey([]byte(v.Public))
		require.NoError(t, err)
		sig := der(t, fromHex(t, v.R), fromHex(t, v.S))
		require.NoError(t, Verify(pub, fromHex(t, v.Message), sig), v.Note)
		require.Error(t, Verify(pub, []byte("another"), sig), v.Note)
	}
	for _, v := range file.Decrypt {
		key, err := sm2.NewPrivateKey(fromHex(t, v.Private))
		require.NoError(t, err)
		plain, err := newSoftKey(key).Decrypt(fromHex(t, v.Cipher))
		require.NoError(t, err, v.Note)
		require.Equal(t, v.Plain, hex.EncodeToString(plain), v.Note)
	}
}

// The fast code, on its own, must accept the signature that earlier versions of
// the library refused; the plain arithmetic must agree.
func TestIssue560(t *testing.T) {
	t.Parallel()
	var file sm2Vectors
	golden(t, "sm2.json", &file)
	require.NotEmpty(t, file.VerifyDigest)
	for _, v := range file.VerifyDigest {
		pub, err := ParsePublicKey(fromHex(t, v.SPKI))
		require.NoError(t, err)
		digest, sig := fromHex(t, v.Digest), fromHex(t, v.Signature)
		require.True(t, sm2.VerifyASN1(pub.key, digest, sig), v.Note)
		r, s := split(t, sig)
		require.True(t, verifyPlain(pub.key, digest, r, s), v.Note)
		digest[0] ^= 1
		require.False(t, sm2.VerifyASN1(pub.key, digest, sig), v.Note)
		require.False(t, verifyPlain(pub.key, digest, r, s), v.Note)
	}
}

type rs struct{ R, S *big.Int }

func der(t *testing.T, r, s []byte) []byte {
	t.Helper()
	out, err := asn1.Marshal(rs{new(big.Int).SetBytes(r), new(big.Int).SetBytes(s)})
	require.NoError(t, err)
	return out
}

func split(t *testing.T, sig []byte) (r, s *big.Int) {
	t.Helper()
	var v rs
	rest, err := asn1.Unmarshal(sig, &v)
	require.NoError(t, err)
	require.Empty(t, rest)
	return v.R, v.S
}
