package link_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/link/linktest"
)

// frames is one of each kind, fixed for ever.
func frames(t testing.TB) map[string]link.Frame {
	var m linktest.Memory
	for _, body := range []string{`{"item":"1","choice":["A"]}`, `{"text":"摄像头离线"}`} {
		_, err := m.Add(time.Unix(1772326923, 456789000), "exam.answer", "s-1", []byte(body))
		require.NoError(t, err)
	}
	head, _ := m.Head()
	return map[string]link.Frame{
		"hello": &link.Hello{Session: 1, Echo: 2, Ask: true, Lanes: []link.LaneState{
			{Lane: "exam", Head: head, Cursor: m.Records[0].Position()}, {Lane: "rest", Halted: "link.fork"},
		}},
		"batch": &link.Batch{Lane: "exam", Session: 1, Number: 3, Records: m.Records, Checkpoint: journal.Checkpoint{
			Node: "n1", Lane: "exam", Position: head, At: time.Unix(1772326924, 0).UTC(), Sig: []byte{1, 2, 3},
		}},
		"ack": &link.Ack{Lane: "exam", Session: 1, Number: 3, Status: link.StatusGap, Through: 1, Hash: m.Records[0].Hash, Want: 2, Reason: "x"},
	}
}

// The vectors hold frames as they may arrive; what zstd makes of a body may
// differ between versions, so only decoding them is compared byte for byte.
func TestGoldenFrames(t *testing.T) {
	t.Parallel()
	const path = "../testdata/link/frames.json"
	all := frames(t)
	if _, err := os.Stat(path); *update && os.IsNotExist(err) {
		out := map[string]string{}
		for name, f := range all {
			raw, err := link.EncodeFrame(f)
			require.NoError(t, err)
			out[name] = hex.EncodeToString(raw)
		}
		b, err := json.MarshalIndent(out, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, append(b, '\n'), 0o644))
	}
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var want map[string]string
	require.NoError(t, json.Unmarshal(b, &want))
	require.Len(t, want, len(all))
	for name, h := range want {
		raw, err := hex.DecodeString(h)
		require.NoError(t, err)
		f, err := link.DecodeFrame(raw)
		require.NoError(t, err)
		require.Equal(t, all[name], f, name)
		again, err := link.EncodeFrame(f)
		require.NoError(t, err)
		f, err = link.DecodeFrame(again)
		require.NoError(t, err)
		require.Equal(t, all[name], f, name)
	}
}

func TestRefusedFrames(t *testing.T) {
	t.Parallel()
	raw, err := link.EncodeFrame(frames(t)["batch"])
	require.NoError(t, err)
	change := func(f func(b []byte) []byte) error {
		_, err := link.DecodeFrame(f(append([]byte{}, raw...)))
		return err
	}
	cases := map[string]struct {
		f    func(b []byte) []byte
		code string
	}{
		"empty":         {func([]byte) []byte { return nil }, "link.frame.format"},
		"version":       {func(b []byte) []byte { b[0] = 2; return b }, "link.frame.format"},
		"kind":          {func(b []byte) []byte { b[1] = 9; return b }, "link.frame.format"},
		"flags":         {func(b []byte) []byte { b[2] |= 0x80; return b }, "link.frame.format"},
		"claims 256 MB": {func(b []byte) []byte { b[3] = 0x10; return b }, "link.frame.size"},
		"claims less":   {func(b []byte) []byte { b[6]--; return b }, "link.frame.format"},
		"cut":           {func(b []byte) []byte { return b[:len(b)-1] }, "link.frame.format"},
		"too long":      {func(b []byte) []byte { return append(b, make([]byte, link.MaxFrame)...) }, "link.frame.size"},
	}
	for name, c := range cases {
		require.True(t, fault.Is(change(c.f), c.code), "%s: %v", name, change(c.f))
	}
	b := frames(t)["batch"].(*link.Batch)
	b.Checkpoint.Hash[0] ^= 1
	raw2, err := link.EncodeFrame(b)
	require.NoError(t, err)
	_, err = link.DecodeFrame(raw2)
	require.True(t, fault.Is(err, "link.batch.chain"), "%v", err)
	b.Records = make([]journal.Record, link.MaxRecords+1)
	_, err = link.EncodeFrame(b)
	require.True(t, fault.Is(err, "link.frame.size"))
}

// A small frame must not be able to claim a large memory.
func TestABombIsRefused(t *testing.T) {
	t.Parallel()
	b := frames(t)["batch"].(*link.Batch)
	for i := range b.Records {
		b.Records[i].Body = []byte(strings.Repeat("a", journal.MaxBody))
	}
	b.Records = append(b.Records, b.Records...)
	_, err := link.EncodeFrame(b)
	require.True(t, fault.Is(err, "link.frame.size"), "%v", err)
}

func FuzzDecodeFrame(f *testing.F) {
	for _, fr := range frames(f) {
		raw, err := link.EncodeFrame(fr)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fr, err := link.DecodeFrame(b)
		if err != nil {
			return
		}
		raw, err := link.EncodeFrame(fr)
		require.NoError(t, err)
		again, err := link.DecodeFrame(raw)
		require.NoError(t, err)
		require.Equal(t, fr, again)
	})
}
