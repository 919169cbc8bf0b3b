package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

func someLayer() *layer {
	l := newLayer(map[string]journal.Position{})
	l.put("b", "k", stamp("b", "k", []byte("v")))
	l.put("b", "empty", stamp("b", "empty", nil))
	l.put("a", "gone", nil)
	l.append("exam", journal.Next(sm.Digest{}, 1, time.Unix(1, 0), "kind", "subject", []byte("{}")))
	return l
}

func TestFramesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	prev := sm.Sum([]byte("before"))
	b, hash := encodeFrame(prev, 7, someLayer())
	f, err := decodeFrame(b, prev)
	require.NoError(t, err)
	require.Equal(t, uint64(7), f.txn)
	require.Equal(t, hash, f.hash)
	require.Equal(t, someLayer().puts, f.body.puts)
	require.Equal(t, someLayer().records, f.body.records)
	require.Equal(t, someLayer().heads, f.body.heads)
	_, err = decodeFrame(b, sm.Digest{})
	require.ErrorContains(t, err, "chain")
	for i := range b {
		for bit := range 8 {
			damaged := append([]byte{}, b...)
			damaged[i] ^= 1 << bit
			n, txn, err := frameLength(damaged)
			if err == nil && n+frameHead+frameTail == len(b) && txn == 7 {
				_, err = decodeFrame(damaged, prev)
			}
			require.Error(t, err, "byte %d bit %d", i, bit)
		}
	}
}

func FuzzPayload(f *testing.F) {
	b, _ := encodeFrame(sm.Digest{}, 1, someLayer())
	f.Add(b[frameHead : len(b)-frameTail])
	f.Fuzz(func(t *testing.T, b []byte) {
		l, hashes, ok := decodePayload(b)
		if ok {
			require.LessOrEqual(t, len(hashes), len(b))
			require.LessOrEqual(t, len(l.records), len(b))
		}
	})
}

// Whatever lies in a segment file, scanning it ends, with a frame's problem or
// the end, and never beyond the file.
func FuzzSegment(f *testing.F) {
	dir := f.TempDir()
	require.NoError(f, os.MkdirAll(filepath.Join(dir, segmentDir), 0o700))
	seg, err := createSegment(dir, segmentHead{Store: "s", Node: "n", Number: 1})
	require.NoError(f, err)
	b, _ := encodeFrame(sm.Digest{}, 1, someLayer())
	require.NoError(f, seg.append(b))
	seg.close()
	whole, err := os.ReadFile(segmentPath(dir, 1))
	require.NoError(f, err)
	f.Add(whole)
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "x.seg")
		require.NoError(t, os.WriteFile(path, b, 0o600))
		sc, err := openSegment(path)
		if err != nil {
			return
		}
		defer sc.close()
		for err == nil {
			_, err = sc.next()
		}
		require.LessOrEqual(t, sc.offset, sc.size)
		_ = sc.more()
	})
}

func FuzzIdentity(f *testing.F) {
	f.Add([]byte(`{"version":1,"node":"n"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, markFile), b, 0o600))
		id, err := loadIdentity(dir)
		if err == nil {
			sum, err := id.sum()
			require.NoError(t, err)
			require.Equal(t, sum, id.Sum)
		}
	})
}
