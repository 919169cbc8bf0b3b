package unlock

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"huyun.internal/protocol/fault"
)

func TestTheField(t *testing.T) {
	t.Parallel()
	require.Equal(t, byte(0xc1), mul(0x57, 0x83), "the example of FIPS 197, 4.2")
	require.Equal(t, byte(0xfe), mul(0x57, 0x13), "the example of FIPS 197, 4.2.1")
	for a := 1; a < 256; a++ {
		require.Equal(t, byte(1), mul(byte(a), inverse(byte(a))))
	}
}

func TestAnyNeededCodesGiveTheKeyBackAndFewerDoNot(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), KeySize, KeySize).Draw(r, "key")
		need := rapid.IntRange(MinNeed, 5).Draw(r, "need")
		of := rapid.IntRange(need, MaxOf).Draw(r, "of")
		codes, err := Split(key, need, of)
		require.NoError(r, err)
		picked := rapid.Permutation(codes).Draw(r, "order")
		got, err := Join(picked[:need]...)
		require.NoError(r, err)
		require.Equal(r, key, got)
		few, err := Join(picked[:need-1]...)
		require.NoError(r, err)
		require.NotEqual(r, key, few) // by chance once in 2^96
	})
}

// One code alone fits every key equally: for each key there is a polynomial
// through it.
func TestOneCodeSaysNothing(t *testing.T) {
	t.Parallel()
	for key := range 256 {
		share := byte(0x5a)
		slope := mul(share^byte(key), inverse(3))
		require.Equal(t, share, eval([]byte{byte(key), slope}, 3))
	}
}

func TestTypingErrorsAreFound(t *testing.T) {
	t.Parallel()
	key := make([]byte, KeySize)
	_, err := rand.Read(key)
	require.NoError(t, err)
	codes, err := Split(key, 2, 3)
	require.NoError(t, err)
	code := codes[1]
	require.Len(t, strings.Fields(code), 8)
	require.NoError(t, Check(code))
	require.NoError(t, Check(strings.ReplaceAll(code, " ", "")), "typed in one go")
	require.NoError(t, Check(strings.ReplaceAll(code, " ", "-")))
	digits := strings.ReplaceAll(code, " ", "")
	for i := range digits {
		wrong := []byte(digits)
		wrong[i] = '0' + (wrong[i]-'0'+3)%10
		require.ErrorIs(t, Check(string(wrong)), errTyping)
		if i > 0 && digits[i] != digits[i-1] {
			swapped := []byte(digits)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			require.ErrorIs(t, Check(string(swapped)), errTyping)
		}
	}
	for _, bad := range []string{"", "1", digits[:31], digits + "0", strings.Repeat("9", 32), "一二三四", strings.Repeat("x", 32)} {
		require.ErrorIs(t, Check(bad), errTyping, bad)
	}
	_, err = Join(codes[0], codes[0])
	require.Equal(t, "exam.unlock.same", fault.From(err).Code)
}

func TestGolden(t *testing.T) {
	t.Parallel()
	// the numbers were made with another language's integers
	require.Equal(t, "1000 0121 8426 1824 5696 7898 4012 9123", encode(1, []byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}))
	key, err := Join(encode(2, bytes.Repeat([]byte{0xab}, KeySize)), encode(3, bytes.Repeat([]byte{0x11}, KeySize)))
	require.NoError(t, err)
	// by hand: f(0) = (3·ab + 2·11) / (2+3) = (e6 ^ 22) / 1 = c4
	require.Equal(t, bytes.Repeat([]byte{0xc4}, KeySize), key)
}

func FuzzJoin(f *testing.F) {
	codes, err := Split(make([]byte, KeySize), 2, 3)
	require.NoError(f, err)
	f.Add(codes[0], codes[2])
	f.Add("", "９")
	f.Fuzz(func(t *testing.T, a, b string) {
		key, err := Join(a, b)
		if err == nil {
			require.Len(t, key, KeySize)
			require.NoError(t, Check(a))
		}
	})
}
