package envelope_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
)

var t0 = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func TestToken(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	text, err := envelope.NewToken(key, "edge-1", "cloud", t0.Add(5*time.Minute))
	require.NoError(t, err)
	raw, ok := envelope.FromAuthorization(envelope.Authorization(text))
	require.True(t, ok)
	tok, err := envelope.ParseToken(raw)
	require.NoError(t, err)
	require.Equal(t, "edge-1", tok.Node)
	require.Equal(t, "cloud", tok.Audience)
	require.Equal(t, t0.Add(5*time.Minute), tok.Expires)
	require.NoError(t, tok.Verify(key.Public(), "cloud", t0))
	require.NoError(t, tok.Verify(key.Public(), "cloud", t0.Add(7*time.Minute)), "two minutes of skew")

	again, err := envelope.NewToken(key, "edge-1", "cloud", t0.Add(5*time.Minute))
	require.NoError(t, err)
	other, err := envelope.ParseToken(again)
	require.NoError(t, err)
	require.NotEqual(t, tok.Nonce, other.Nonce)

	require.True(t, fault.Is(tok.Verify(key.Public(), "cloud", t0.Add(8*time.Minute)), "envelope.token.expired"))
	require.True(t, fault.Is(tok.Verify(key.Public(), "cloud", t0.Add(-8*time.Minute)), "envelope.token.expired"), "good for too long")
	require.True(t, fault.Is(tok.Verify(key.Public(), "edge-2", t0), "envelope.token"))
	require.True(t, fault.Is(tok.Verify(newKey(t).Public(), "cloud", t0), "envelope.token"))
	require.True(t, fault.Is(tok.Verify(nil, "cloud", t0), "envelope.token"))
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	text, err := envelope.NewToken(key, "edge-1", "cloud", t0)
	require.NoError(t, err)
	raw, err := base64.RawURLEncoding.DecodeString(text)
	require.NoError(t, err)
	for i := range raw {
		bad := append([]byte(nil), raw...)
		bad[i] ^= 1
		tok, err := envelope.ParseToken(base64.RawURLEncoding.EncodeToString(bad))
		if err == nil {
			require.Error(t, tok.Verify(key.Public(), tok.Audience, t0), "byte %d", i)
		}
		if tok, err = envelope.ParseToken(base64.RawURLEncoding.EncodeToString(raw[:i])); err == nil {
			require.Error(t, tok.Verify(key.Public(), "cloud", t0), "cut to %d", i)
		}
	}
	for _, bad := range []string{"", "%%", text + "=", text + "\n", strings.Repeat("A", 513), text[:40]} {
		_, err = envelope.ParseToken(bad)
		require.True(t, fault.Is(err, "envelope.token"), bad)
	}
	for _, name := range []string{"", strings.Repeat("n", 65)} {
		_, err = envelope.NewToken(key, name, "cloud", t0)
		require.Error(t, err)
		_, err = envelope.NewToken(key, "edge-1", name, t0)
		require.Error(t, err)
	}
	for _, h := range []string{"", "Huyun", "Huyun ", "Bearer " + text, text} {
		_, ok := envelope.FromAuthorization(h)
		require.False(t, ok, h)
	}
}

func FuzzToken(f *testing.F) {
	key := newKey(f)
	text, err := envelope.NewToken(key, "edge-1", "cloud", t0)
	require.NoError(f, err)
	f.Add(text)
	f.Add("SFlUMQ")
	f.Fuzz(func(t *testing.T, in string) {
		tok, err := envelope.ParseToken(in)
		if err != nil {
			return
		}
		if tok.Verify(key.Public(), "cloud", t0) == nil {
			require.Equal(t, text, in, "another token was accepted")
		}
	})
}
