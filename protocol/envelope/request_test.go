package envelope_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

type requestVector struct {
	Note, Key, Method, Target, Body string
	Counter                         uint64
	Canonical                       string
	MAC                             sm.Digest
}

func requestVectors(t *testing.T) []requestVector {
	t.Helper()
	in, err := os.ReadFile(filepath.Join("..", "testdata", "request", "v1.json"))
	require.NoError(t, err)
	var file struct{ Vectors []requestVector }
	require.NoError(t, json.Unmarshal(in, &file))
	require.NotEmpty(t, file.Vectors)
	return file.Vectors
}

func TestRequestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range requestVectors(t) {
		key, err := hex.DecodeString(v.Key)
		require.NoError(t, err)
		body := []byte(v.Body)
		require.Equal(t, v.Canonical, string(envelope.Canonical(v.Method, v.Target, body, v.Counter)), v.Note)
		require.Equal(t, v.MAC, envelope.SignRequest(key, v.Method, v.Target, body, v.Counter), v.Note)

		h := http.Header{}
		envelope.Request{Session: "s-1", Counter: v.Counter, MAC: v.MAC}.Set(h)
		r, err := envelope.ReadRequest(h)
		require.NoError(t, err)
		require.Equal(t, "s-1", r.Session)
		require.NoError(t, r.Verify(key, v.Method, v.Target, body))

		for note, err := range map[string]error{
			"key":     r.Verify(append([]byte{1}, key...), v.Method, v.Target, body),
			"no key":  r.Verify(nil, v.Method, v.Target, body),
			"method":  r.Verify(key, v.Method+"X", v.Target, body),
			"target":  r.Verify(key, v.Method, v.Target+"?a=1", body),
			"body":    r.Verify(key, v.Method, v.Target, append([]byte(" "), body...)),
			"counter": envelope.VerifyRequest(key, v.Method, v.Target, body, v.Counter+1, v.MAC),
		} {
			require.True(t, fault.Is(err, "envelope.request"), note)
		}
	}
}

func TestReadRequestRefuses(t *testing.T) {
	t.Parallel()
	good := func() http.Header {
		h := http.Header{}
		envelope.Request{Session: "s", Counter: 1, MAC: sm.Sum()}.Set(h)
		return h
	}
	_, err := envelope.ReadRequest(good())
	require.NoError(t, err)
	for name, values := range map[string][]string{
		envelope.HeaderSession: {"", string(make([]byte, 65))},
		envelope.HeaderCounter: {"", "0", "-1", "+1", "01", "1.0", "1e3", "0x1", " 1", "9007199254740992", "9223372036854775809", "18446744073709551616"},
		envelope.HeaderMAC:     {"", "ab", sm.Sum().String()[1:] + "G", sm.Sum().String() + "00"},
	} {
		for _, v := range values {
			h := good()
			h.Set(name, v)
			_, err := envelope.ReadRequest(h)
			require.True(t, fault.Is(err, "envelope.request"), "%s %q", name, v)
		}
		h := good()
		h.Del(name)
		_, err := envelope.ReadRequest(h)
		require.True(t, fault.Is(err, "envelope.request"), "%s absent", name)
		h = good()
		h.Add(name, h.Get(name))
		_, err = envelope.ReadRequest(h)
		require.True(t, fault.Is(err, "envelope.request"), "%s twice", name)
	}
	h := good()
	h.Set(envelope.HeaderCounter, "9007199254740991")
	_, err = envelope.ReadRequest(h)
	require.NoError(t, err)
}

func FuzzReadRequest(f *testing.F) {
	f.Add("s", "1", sm.Sum().String())
	f.Fuzz(func(t *testing.T, session, counter, mac string) {
		h := http.Header{}
		h.Set(envelope.HeaderSession, session)
		h.Set(envelope.HeaderCounter, counter)
		h.Set(envelope.HeaderMAC, mac)
		r, err := envelope.ReadRequest(h)
		if err != nil {
			return
		}
		back := http.Header{}
		r.Set(back)
		require.Equal(t, h, back)
		require.Error(t, r.Verify([]byte("k"), "GET", session, []byte(mac)), "a MAC was guessed")
		require.Error(t, envelope.VerifyRequest([]byte("k"), counter, session, nil, r.Counter, r.MAC))
	})
}
