package envelope_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

func newKey(t testing.TB) *sm.SoftKey {
	t.Helper()
	k, err := sm.Generate()
	require.NoError(t, err)
	return k
}

func seal(t testing.TB, from sm.Signer, to *sm.PublicKey, aad, plain string) []byte {
	t.Helper()
	out, err := envelope.Seal(from, to, []byte(aad), []byte(plain))
	require.NoError(t, err)
	return out
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	from, to := newKey(t), newKey(t)
	for _, plain := range []string{"", "x", string(make([]byte, 100_000))} {
		sealed := seal(t, from, to.Public(), "sitting 7", plain)
		got, err := envelope.Open(to, from.Public(), []byte("sitting 7"), sealed)
		require.NoError(t, err)
		require.Equal(t, plain, string(got))
		if len(plain) > 100 {
			require.NotContains(t, string(sealed), plain[:100])
		}
		sender, err := envelope.Sender(sealed)
		require.NoError(t, err)
		require.Equal(t, from.Public().ID(), sender)
	}
	require.NotEqual(t, seal(t, from, to.Public(), "", "same"), seal(t, from, to.Public(), "", "same"))
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	from, to, other := newKey(t), newKey(t), newKey(t)
	sealed := seal(t, from, to.Public(), "seat A", "the question")

	refuse := func(note string, keeper sm.Keeper, signer *sm.PublicKey, aad string, in []byte) {
		t.Helper()
		plain, err := envelope.Open(keeper, signer, []byte(aad), in)
		require.Error(t, err, note)
		require.Nil(t, plain, note)
		require.Contains(t, []string{"envelope.open", "envelope.algorithm"}, fault.From(err).Code, note)
	}
	refuse("aad of another seat", to, from.Public(), "seat B", sealed)
	refuse("no aad", to, from.Public(), "", sealed)
	refuse("another recipient", other, from.Public(), "seat A", sealed)
	refuse("another sender expected", to, other.Public(), "seat A", sealed)
	refuse("sender and recipient swapped", from, to.Public(), "seat A", sealed)
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x10
		refuse("a byte changed", to, from.Public(), "seat A", bad)
	}
	for n := 0; n < len(sealed); n += 7 {
		refuse("cut", to, from.Public(), "seat A", sealed[:n])
	}
	refuse("a byte more", to, from.Public(), "seat A", append(bytes.Clone(sealed), 0))

	for alg := range 256 {
		if alg == '1' {
			continue
		}
		bad := bytes.Clone(sealed)
		bad[3] = byte(alg)
		_, err := envelope.Open(to, from.Public(), []byte("seat A"), bad)
		require.ErrorIs(t, err, envelope.ErrAlgorithm, "algorithm %d", alg)
	}
	signed, err := envelope.Sign(from, []byte("seat A"), []byte("the question"))
	require.NoError(t, err)
	_, err = envelope.Open(to, from.Public(), []byte("seat A"), signed)
	require.ErrorIs(t, err, envelope.ErrAlgorithm, "downgrade to a signed one")

	plain, err := envelope.Open(to, from.Public(), []byte("seat A"), sealed)
	require.NoError(t, err)
	require.Equal(t, "the question", string(plain))
}

// A third party must not be able to present somebody's ciphertext as its own,
// nor a recipient to pass it on as if it had been meant for another.
func TestEnvelopesCannotBeAdopted(t *testing.T) {
	t.Parallel()
	from, to, thief := newKey(t), newKey(t), newKey(t)
	sealed := seal(t, from, to.Public(), "a", "secret")
	const header = 4 + 64 + 113 + 12
	n := int(sealed[header])
	ct := sealed[header+1+n:]

	forged := bytes.Clone(sealed[:header])
	id := thief.Public().ID()
	copy(forged[4:36], id[:])
	aad := sm.Sum([]byte("a"))
	sig, err := thief.Sign(bytes.Join([][]byte{forged, aad[:], ct}, nil))
	require.NoError(t, err)
	forged = append(append(append(forged, byte(len(sig))), sig...), ct...)
	_, err = envelope.Open(to, thief.Public(), []byte("a"), forged)
	require.ErrorIs(t, err, envelope.ErrOpen)
}

func TestSignAndVerify(t *testing.T) {
	t.Parallel()
	from, other := newKey(t), newKey(t)
	signed, err := envelope.Sign(from, []byte("order 3"), []byte("release"))
	require.NoError(t, err)
	body, err := envelope.Verify(from.Public(), []byte("order 3"), signed)
	require.NoError(t, err)
	require.Equal(t, "release", string(body))
	sender, err := envelope.Sender(signed)
	require.NoError(t, err)
	require.Equal(t, from.Public().ID(), sender)

	_, err = envelope.Verify(from.Public(), []byte("order 4"), signed)
	require.ErrorIs(t, err, envelope.ErrOpen)
	_, err = envelope.Verify(other.Public(), []byte("order 3"), signed)
	require.ErrorIs(t, err, envelope.ErrOpen)
	_, err = envelope.Verify(nil, []byte("order 3"), signed)
	require.ErrorIs(t, err, envelope.ErrOpen)
	for i := range signed {
		bad := bytes.Clone(signed)
		bad[i] ^= 1
		_, err = envelope.Verify(from.Public(), []byte("order 3"), bad)
		require.Error(t, err, i)
		_, err = envelope.Verify(from.Public(), []byte("order 3"), signed[:i])
		require.Error(t, err, i)
	}
	_, err = envelope.Verify(from.Public(), nil, seal(t, from, other.Public(), "", ""))
	require.ErrorIs(t, err, envelope.ErrAlgorithm)
}

func TestBounds(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	_, err := envelope.Seal(nil, key.Public(), nil, nil)
	require.Error(t, err)
	_, err = envelope.Seal(key, nil, nil, nil)
	require.Error(t, err)
	_, err = envelope.Open(nil, key.Public(), nil, nil)
	require.Error(t, err)
	big := make([]byte, envelope.MaxPlain+1)
	_, err = envelope.Seal(key, key.Public(), nil, big)
	require.Equal(t, fault.TooLarge, fault.KindOf(err))
	_, err = envelope.Sign(key, nil, big)
	require.Equal(t, fault.TooLarge, fault.KindOf(err))
	for _, in := range []string{"", "H", "HYE1", "HYX1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "XXXXaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		_, err = envelope.Sender([]byte(in))
		require.Error(t, err, in)
	}
}

// An envelope and a signed body made by the first release must stay readable.
func TestGoldenEnvelopes(t *testing.T) {
	t.Parallel()
	in, err := os.ReadFile(filepath.Join("..", "testdata", "envelope", "v1.json"))
	require.NoError(t, err)
	var v struct {
		Sender, Recipient struct{ PEM, Passphrase string }
		Sealed, Signed    []struct{ AAD, Plain, Bytes string }
	}
	require.NoError(t, json.Unmarshal(in, &v))
	from, to := loadKey(t, v.Sender.PEM, v.Sender.Passphrase), loadKey(t, v.Recipient.PEM, v.Recipient.Passphrase)
	require.NotEmpty(t, v.Sealed)
	require.NotEmpty(t, v.Signed)
	for _, c := range v.Sealed {
		raw, err := hex.DecodeString(c.Bytes)
		require.NoError(t, err)
		plain, err := envelope.Open(to, from.Public(), []byte(c.AAD), raw)
		require.NoError(t, err)
		require.Equal(t, c.Plain, string(plain))
	}
	for _, c := range v.Signed {
		raw, err := hex.DecodeString(c.Bytes)
		require.NoError(t, err)
		body, err := envelope.Verify(from.Public(), []byte(c.AAD), raw)
		require.NoError(t, err)
		require.Equal(t, c.Plain, string(body))
	}
}

func loadKey(t *testing.T, pem, passphrase string) *sm.SoftKey {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte(pem), 0o600))
	key, err := sm.LoadKey(path, passphrase)
	require.NoError(t, err)
	return key
}

func FuzzOpen(f *testing.F) {
	from, to := newKey(f), newKey(f)
	sealed := seal(f, from, to.Public(), "a", "plain")
	signed, err := envelope.Sign(from, []byte("a"), []byte("plain"))
	require.NoError(f, err)
	f.Add(sealed)
	f.Add(signed)
	f.Add([]byte("HYE1"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if _, err := envelope.Open(to, from.Public(), []byte("a"), in); err == nil {
			require.Equal(t, sealed, in)
		}
		if _, err := envelope.Verify(from.Public(), []byte("a"), in); err == nil {
			require.Equal(t, signed, in)
		}
		_, _ = envelope.Sender(in)
	})
}
