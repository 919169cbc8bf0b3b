package journal_test

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

var update = flag.Bool("update", false, "add vectors that do not exist yet; existing ones never change")

// vector is one record of the golden chain: what goes in, and the bytes that
// every implementation must produce.
type vector struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Hash    string    `json:"hash"`
	Encoded string    `json:"encoded"`
}

const vectors = "../testdata/journal/chain.json"

func golden() []journal.Record {
	at := time.Date(2026, 3, 1, 1, 2, 3, 456789000, time.UTC)
	one := journal.Next(sm.Digest{}, 1, at, "exam.answer", "s-1", []byte(`{"item":"1","choice":["A"]}`))
	two := journal.Next(one.Hash, 2, at.Add(time.Second), "exam.alarm", "分考场", []byte(`{ "text" : "摄像头" }`))
	three := journal.Next(two.Hash, 3, time.Unix(0, 0), "node.started", "", []byte(`{}`))
	return []journal.Record{one, two, three}
}

func TestGoldenChain(t *testing.T) {
	t.Parallel()
	recs := golden()
	if _, err := os.Stat(vectors); *update && os.IsNotExist(err) {
		var out []vector
		for _, r := range recs {
			out = append(out, vector{r.Seq, r.At, r.Kind, r.Subject, string(r.Body), r.Hash.String(), hex.EncodeToString(journal.Encode(r))})
		}
		b, err := json.MarshalIndent(out, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(vectors, append(b, '\n'), 0o644))
	}
	b, err := os.ReadFile(vectors)
	require.NoError(t, err)
	var want []vector
	require.NoError(t, json.Unmarshal(b, &want))
	require.Len(t, want, len(recs))
	for i, w := range want {
		require.Equal(t, w.Hash, recs[i].Hash.String())
		require.Equal(t, w.Encoded, hex.EncodeToString(journal.Encode(recs[i])))
		raw, err := hex.DecodeString(w.Encoded)
		require.NoError(t, err)
		got, n, err := journal.Decode(raw)
		require.NoError(t, err)
		require.Equal(t, len(raw), n)
		require.Equal(t, recs[i], got)
	}
	require.NoError(t, journal.Verify(journal.Position{}, recs))
}

func TestVerifyFindsEveryChange(t *testing.T) {
	t.Parallel()
	change := map[string]func(r *journal.Record){
		"seq":     func(r *journal.Record) { r.Seq++ },
		"time":    func(r *journal.Record) { r.At = r.At.Add(time.Microsecond) },
		"kind":    func(r *journal.Record) { r.Kind += "x" },
		"subject": func(r *journal.Record) { r.Subject = "other" },
		"body":    func(r *journal.Record) { r.Body = append([]byte{}, 'x') },
		"hash":    func(r *journal.Record) { r.Hash[31] ^= 1 },
	}
	for name, f := range change {
		for i := range golden() {
			recs := golden()
			f(&recs[i])
			err := journal.Verify(journal.Position{}, recs)
			require.True(t, fault.Is(err, "journal.chain"), "%s of record %d", name, i)
		}
	}
	recs := golden()
	require.Error(t, journal.Verify(journal.Position{}, recs[1:]), "hole at the start")
	require.Error(t, journal.Verify(journal.Position{}, []journal.Record{recs[0], recs[2]}), "hole")
	require.NoError(t, journal.Verify(recs[0].Position(), recs[1:]))
}

// A border moved between kind and subject must not give the same hash.
func TestContentHasBorders(t *testing.T) {
	t.Parallel()
	a := journal.Next(sm.Digest{}, 1, time.Time{}, "ab", "c", []byte("d"))
	b := journal.Next(sm.Digest{}, 1, time.Time{}, "a", "bc", []byte("d"))
	require.NotEqual(t, a.Hash, b.Hash)
}

func TestEncodeDecodeAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := journal.Next(
			sm.Sum([]byte(rapid.String().Draw(t, "prev"))),
			rapid.Uint64Min(1).Draw(t, "seq"),
			time.UnixMicro(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "at")),
			rapid.StringN(1, 32, journal.MaxKind).Draw(t, "kind"),
			rapid.StringN(0, 64, journal.MaxSubject).Draw(t, "subject"),
			rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "body"),
		)
		tail := rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "tail")
		b := journal.Encode(r)
		require.Len(t, b, r.Size())
		got, n, err := journal.Decode(append(b, tail...))
		require.NoError(t, err)
		require.Equal(t, len(b), n)
		require.Equal(t, r, got)
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		_, _, err = journal.Decode(b[:cut])
		require.Error(t, err)
	})
}

func TestCheckLimits(t *testing.T) {
	t.Parallel()
	require.NoError(t, journal.Check("k", "", nil))
	require.NoError(t, journal.Check(strings.Repeat("k", journal.MaxKind), strings.Repeat("s", journal.MaxSubject), make([]byte, journal.MaxBody)))
	require.Error(t, journal.Check("", "", nil))
	require.Error(t, journal.Check(strings.Repeat("k", journal.MaxKind+1), "", nil))
	require.Error(t, journal.Check("k", strings.Repeat("s", journal.MaxSubject+1), nil))
	require.Error(t, journal.Check("k", "", make([]byte, journal.MaxBody+1)))
}

func TestCheckpoint(t *testing.T) {
	t.Parallel()
	key, err := sm.Generate()
	require.NoError(t, err)
	other, err := sm.Generate()
	require.NoError(t, err)
	c := journal.Checkpoint{Node: "n1", Lane: journal.LaneExam, Position: golden()[2].Position()}
	require.NoError(t, c.Sign(key, time.Date(2026, 3, 1, 0, 0, 0, 1234, time.UTC)))
	require.NoError(t, c.Verify(key.Public()))
	require.True(t, fault.Is(c.Verify(other.Public()), "journal.checkpoint.signature"))

	raw := journal.AppendCheckpoint(nil, c)
	got, n, err := journal.DecodeCheckpoint(append(raw, 7))
	require.NoError(t, err)
	require.Equal(t, len(raw), n)
	require.Equal(t, c, got)

	for name, f := range map[string]func(c *journal.Checkpoint){
		"node": func(c *journal.Checkpoint) { c.Node = "n2" },
		"lane": func(c *journal.Checkpoint) { c.Lane = journal.LaneRest },
		"edge": func(c *journal.Checkpoint) { c.Node, c.Lane = "n1\x04exam", "" },
		"seq":  func(c *journal.Checkpoint) { c.Seq++ },
		"hash": func(c *journal.Checkpoint) { c.Hash[0] ^= 1 },
		"at":   func(c *journal.Checkpoint) { c.At = c.At.Add(time.Microsecond) },
		"sig":  func(c *journal.Checkpoint) { c.Sig = nil },
		"long": func(c *journal.Checkpoint) { c.Node = strings.Repeat("n", 300) },
	} {
		bad := c
		f(&bad)
		require.Error(t, bad.Verify(key.Public()), name)
	}
}

func FuzzDecode(f *testing.F) {
	for _, r := range golden() {
		f.Add(journal.Encode(r))
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, n, err := journal.Decode(b)
		if err != nil {
			return
		}
		require.LessOrEqual(t, n, len(b))
		require.Equal(t, b[:n], journal.Encode(r), "one encoding per record")
	})
}

func FuzzDecodeCheckpoint(f *testing.F) {
	c := journal.Checkpoint{Node: "n", Lane: "exam", Sig: []byte{1}, Position: journal.Position{Seq: 3}}
	f.Add(journal.AppendCheckpoint(nil, c))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, n, err := journal.DecodeCheckpoint(b)
		if err != nil {
			return
		}
		require.Equal(t, b[:n], journal.AppendCheckpoint(nil, c))
	})
}
