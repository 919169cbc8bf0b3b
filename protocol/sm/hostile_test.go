package sm

import (
	"bytes"
	"crypto/rand"
	"math/big"
	"os"
	"strconv"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	"github.com/stretchr/testify/require"
	othersm2 "github.com/tjfoc/gmsm/sm2"

	"huyun.internal/protocol/fault"
)

func newKey(t testing.TB) *SoftKey {
	t.Helper()
	k, err := Generate()
	require.NoError(t, err)
	return k
}

func TestHostileCiphertexts(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	good, err := Encrypt(key.Public(), []byte("0123456789abcdef"))
	require.NoError(t, err)
	p := sm2.P256().Params().P

	with := func(change func(c []byte)) []byte {
		c := bytes.Clone(good)
		change(c)
		return c
	}
	asn, err := sm2.EncryptASN1(rand.Reader, key.pub.key, []byte("0123456789abcdef"))
	require.NoError(t, err)
	swapped, err := sm2.AdjustCiphertextSplicingOrder(bytes.Clone(good), sm2.C1C3C2, sm2.C1C2C3)
	require.NoError(t, err)
	compressed, err := sm2.Encrypt(rand.Reader, key.pub.key, []byte("0123456789abcdef"),
		sm2.NewPlainEncrypterOpts(sm2.MarshalCompressed, sm2.C1C3C2))
	require.NoError(t, err)

	for name, ct := range map[string][]byte{
		"0 bytes": {}, "1 byte": {4}, "40 bytes": good[:40], "96 bytes": good[:96], "97 bytes": good[:97],
		"98 bytes, cut": good[:98], "last byte gone": good[:len(good)-1], "one byte more": append(bytes.Clone(good), 0),
		"C1 off the curve":         with(func(c []byte) { c[64] ^= 1 }),
		"C1 zero":                  with(func(c []byte) { clear(c[1:65]) }),
		"C1 infinity":              append([]byte{0}, good[65:]...),
		"x = p":                    with(func(c []byte) { p.FillBytes(c[1:33]) }),
		"y = p":                    with(func(c []byte) { p.FillBytes(c[33:65]) }),
		"coordinates all ones":     with(func(c []byte) { copy(c[1:65], bytes.Repeat([]byte{0xff}, 64)) }),
		"C3 changed":               with(func(c []byte) { c[65] ^= 1 }),
		"C2 changed":               with(func(c []byte) { c[97] ^= 1 }),
		"C1C2C3 order":             swapped,
		"ASN.1 form":               asn,
		"ASN.1 form, extra byte":   append(bytes.Clone(asn), 0),
		"ASN.1 indefinite length":  append([]byte{0x30, 0x80}, bytes.Repeat([]byte{0}, 120)...),
		"compressed C1":            compressed,
		"hybrid prefix":            with(func(c []byte) { c[0] = 6 }),
		"larger than we ever make": append([]byte{4}, make([]byte, cipherOverhead+MaxSM2Plain)...),
	} {
		plain, err := key.Decrypt(ct)
		require.Nil(t, plain, name)
		require.ErrorIs(t, err, errOpen, name)
	}
	other := newKey(t)
	_, err = other.Decrypt(good)
	require.ErrorIs(t, err, errOpen)
	plain, err := key.Decrypt(good)
	require.NoError(t, err)
	require.Equal(t, "0123456789abcdef", string(plain))
}

func TestHostileSignatures(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	msg := []byte("答卷 17 题 3: B")
	good, err := key.Sign(msg)
	require.NoError(t, err)
	require.NoError(t, Verify(key.Public(), msg, good))
	r, s := split(t, good)
	n := sm2.P256().Params().N
	raw := func(r, s *big.Int) []byte { return der(t, r.Bytes(), s.Bytes()) }
	zero, one := new(big.Int), big.NewInt(1)

	otherUser, err := key.key.SignWithSM2(rand.Reader, []byte("another user"), msg)
	require.NoError(t, err)
	for name, sig := range map[string][]byte{
		"nothing": nil, "one byte": {0x30}, "r = 0": raw(zero, s), "s = 0": raw(r, zero), "both 0": raw(zero, zero),
		"r = n": raw(n, s), "s = n": raw(r, n), "r = n+1": raw(new(big.Int).Add(n, one), s),
		"s = n+1": raw(r, new(big.Int).Add(n, one)), "r+s = n": raw(r, new(big.Int).Sub(n, r)),
		"r+n (the same value, longer)": raw(new(big.Int).Add(r, n), s),
		"swapped":                      raw(s, r),
		"extra byte after":             append(bytes.Clone(good), 0),
		"extra byte inside":            append(append([]byte{0x30, good[1] + 1}, good[2:]...), 0),
		"long-form length":             append([]byte{0x30, 0x81}, good[1:]...),
		"indefinite length":            append(append([]byte{0x30, 0x80}, good[2:]...), 0, 0),
		"r‖s without ASN.1":            append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...),
		"cut":                          good[:len(good)-1],
		"other user id":                otherUser,
		"two megabytes":                make([]byte, 2<<20),
	} {
		require.ErrorIs(t, Verify(key.Public(), msg, sig), ErrSignature, name)
	}
	negative := bytes.Clone(good)
	negative[4] |= 0x80 // first content byte of r
	if negative[4] != good[4] {
		require.ErrorIs(t, Verify(key.Public(), msg, negative), ErrSignature)
	}
	require.ErrorIs(t, Verify(key.Public(), append(msg, ' '), good), ErrSignature)
	require.ErrorIs(t, Verify(newKey(t).Public(), msg, good), ErrSignature)
	require.ErrorIs(t, Verify(nil, msg, good), ErrSignature)
	require.ErrorIs(t, Verify(&PublicKey{}, msg, good), ErrSignature)
	require.NoError(t, Verify(key.Public(), msg, good))
	require.Equal(t, fault.Unauthenticated, fault.KindOf(ErrSignature))
}

func TestHostilePublicKeys(t *testing.T) {
	t.Parallel()
	good := newKey(t).Public()
	raw := good.Raw()
	off := bytes.Clone(raw)
	off[64] ^= 1
	tooBig := bytes.Clone(raw)
	sm2.P256().Params().P.FillBytes(tooBig[1:33])
	p256 := fromHex(t, "3059301306072a8648ce3d020106082a8648ce3d03010703420004"+
		"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"+
		"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5")
	for name, in := range map[string][]byte{
		"nothing": nil, "zeros": make([]byte, 65), "off the curve": off, "x = p": tooBig, "infinity": {0},
		"compressed":          append([]byte{2 + raw[64]&1}, raw[1:33]...),
		"P-256 key":           p256,
		"SPKI and a byte":     append(good.DER(), 0),
		"two PEM blocks":      append(good.PEM(), good.PEM()...),
		"wrong PEM type":      bytes.ReplaceAll(good.PEM(), []byte("PUBLIC KEY"), []byte("CERTIFICATE")),
		"PEM without content": []byte("-----BEGIN PUBLIC KEY-----\n"),
		"not hexadecimal":     bytes.Repeat([]byte("zz"), 65),
	} {
		_, err := ParsePublicKey(in)
		require.ErrorIs(t, err, errPublicKey, name)
	}
	for name, in := range map[string][]byte{
		"raw": raw, "hex": []byte(good.String()), "der": good.DER(), "pem": MarshalPublic(good),
	} {
		back, err := ParsePublicKey(in)
		require.NoError(t, err, name)
		require.True(t, back.Equal(good), name)
	}
}

func TestHostileSeals(t *testing.T) {
	t.Parallel()
	key, aad := bytes.Repeat([]byte{7}, KeySize), []byte("seat A")
	sealed, err := SealGCM(key, aad, []byte("secret"))
	require.NoError(t, err)
	again, err := SealGCM(key, aad, []byte("secret"))
	require.NoError(t, err)
	require.NotEqual(t, sealed, again, "a nonce was used twice")

	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x40
		_, err := OpenGCM(key, aad, bad)
		require.ErrorIs(t, err, errOpen, "byte %d flipped", i)
	}
	for n := range len(sealed) {
		_, err := OpenGCM(key, aad, sealed[:n])
		require.ErrorIs(t, err, errOpen, "cut to %d", n)
	}
	_, err = OpenGCM(key, []byte("seat B"), sealed)
	require.ErrorIs(t, err, errOpen)
	_, err = OpenGCM(bytes.Repeat([]byte{8}, KeySize), aad, sealed)
	require.ErrorIs(t, err, errOpen)
	_, err = OpenGCMNonce(key, sealed[:11], aad, sealed[11:])
	require.ErrorIs(t, err, errOpen)
	for _, k := range [][]byte{nil, key[:15], append(key, 1)} {
		_, err = OpenGCM(k, aad, sealed)
		require.Error(t, err)
		_, err = SealGCM(k, aad, nil)
		require.Error(t, err)
	}
	_, err = SealGCMNonce(key, make([]byte, 16), aad, nil)
	require.Error(t, err)
	plain, err := OpenGCM(key, aad, sealed)
	require.NoError(t, err)
	require.Equal(t, "secret", string(plain))
}

// Random and edge messages under random and edge keys, signed by each library
// and verified by the fast code, the plain arithmetic and the other library.
// The literal vector of issue 560 is TestIssue560. SM_ROUNDS=1000000 makes this
// the nightly run; -tags purego puts the library's portable code in its place.
func TestImplementationsAgree(t *testing.T) {
	t.Parallel()
	rounds := 30
	if n, err := strconv.Atoi(os.Getenv("SM_ROUNDS")); err == nil {
		rounds = n
	}
	n := sm2.P256().Params().N
	edges := []*big.Int{big.NewInt(1), big.NewInt(2), new(big.Int).Sub(n, big.NewInt(2)), new(big.Int).Rsh(n, 1), new(big.Int).Lsh(big.NewInt(1), 224)}
	for i := range rounds {
		key := newKey(t)
		if i < len(edges) {
			edge, err := sm2.NewPrivateKeyFromInt(edges[i])
			require.NoError(t, err)
			key = newSoftKey(edge)
		}
		other := &othersm2.PrivateKey{D: key.key.D}
		other.PublicKey = othersm2.PublicKey{Curve: othersm2.P256Sm2(), X: key.key.X, Y: key.key.Y}
		msg := make([]byte, i%200)
		_, err := rand.Read(msg)
		require.NoError(t, err)
		ours, err := key.Sign(msg)
		require.NoError(t, err)
		theirs, err := other.Sign(nil, msg, nil)
		require.NoError(t, err)
		for _, sig := range [][]byte{ours, theirs} {
			require.NoError(t, standard.allAccept(key, other, msg, sig), "round %d key %x message %x signature %x", i, key.key.D, msg, sig)
		}
	}
	require.Zero(t, Disagreements(), "the fast code refused a valid signature")
}

// The second opinion must be able to overrule, and be counted; nothing refuses
// wrongly today, so it is asked directly.
func TestSecondOpinion(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	hash := Sum([]byte("x"))
	sig, err := sm2.SignASN1(rand.Reader, key.key, hash[:], nil)
	require.NoError(t, err)
	r, s := split(t, sig)
	require.True(t, verifyPlain(key.pub.key, hash[:], r, s))
	require.False(t, verifyPlain(key.pub.key, hash[:], s, r))
	require.False(t, secondOpinion(key.pub.key, hash[:], append(sig, 0)))
	require.False(t, secondOpinion(key.pub.key, hash[1:], sig))
}
