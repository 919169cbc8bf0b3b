package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/exam"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

const marker = "MARKER-QUESTION-TEXT"

// smallChunk gives the test package some twenty chunks.
const smallChunk = 1000

func key(t testing.TB) *sm.SoftKey {
	k, err := sm.Generate()
	require.NoError(t, err)
	return k
}

func picture(n int) Picture {
	b := make([]byte, 3000)
	r := rand.NewChaCha8([32]byte{byte(n)})
	_, _ = r.Read(b)
	return Picture{Digest: sm.Sum(b).String(), Type: "image/jpeg", Bytes: b}
}

func content() Content {
	c := Content{
		Sitting: "sitting-1", Venue: "venue-1", Version: 3, Made: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC),
		Photos: []Picture{picture(1), picture(2)}, Media: []Picture{picture(3)},
		Secret: bytes.Repeat([]byte{7}, SecretSize),
		Rule: exam.Rule{
			ID: "rule", Version: 1, Name: "判断", Category: "09002", Subject: "公共", Minutes: 30, Pass: 10,
			Sections: []exam.Section{{Type: exam.TF, Count: 5, Each: 10}},
		},
		Range: exam.Range{ID: "range"},
	}
	for i := range 10 {
		c.Range.Questions = append(c.Range.Questions, exam.Question{
			ID: fmt.Sprintf("q%02d", i), Version: 1, Industry: "taxi", Categories: []string{"09002"}, Subject: "公共",
			Chapter: "法律法规", Difficulty: 3, Type: exam.TF, Stem: fmt.Sprint(marker, i), Answer: []string{"T"},
		})
	}
	c.Range.Questions[0].Media = []exam.Media{{Digest: c.Media[0].Digest, Type: "image/jpeg"}}
	for i := range 3 {
		c.Candidates = append(c.Candidates, Candidate{
			ID: fmt.Sprint("c", i), AdmissionNo: fmt.Sprint("2026", i), Name: "张三", IDNumber: "310101199001011237",
			Category: "09002", Photo: c.Photos[i%2].Digest, Consent: i > 0,
		})
	}
	return c
}

type built struct {
	file         []byte
	cloud, venue *sm.SoftKey
	Built
}

func make1(t testing.TB) built {
	b := built{cloud: key(t), venue: key(t)}
	var w bytes.Buffer
	var err error
	b.Built, err = build(&w, content(), b.cloud, b.venue.Public(), smallChunk)
	require.NoError(t, err)
	b.file = w.Bytes()
	return b
}

func (b *built) open() (*Package, error) {
	return Open(bytes.NewReader(b.file), int64(len(b.file)), b.cloud.Public())
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	b := make1(t)
	require.Equal(t, sm.Sum(b.file), b.Digest)
	require.Equal(t, int64(len(b.file)), b.Size)
	require.Len(t, b.Release, ReleaseSize)
	p, err := b.open()
	require.NoError(t, err)
	require.Equal(t, b.Manifest, p.Manifest())
	require.Equal(t, 3, p.Manifest().Candidates)
	require.Greater(t, p.Manifest().Parts[0].Chunks, int64(5))

	want := content()
	r, err := p.Roster(b.venue)
	require.NoError(t, err)
	require.Equal(t, want.Candidates, r.Candidates)
	photo, ok := r.Picture(want.Candidates[1].Photo)
	require.True(t, ok)
	require.Equal(t, want.Photos[1], photo)
	_, ok = r.Picture(want.Media[0].Digest)
	require.False(t, ok, "pictures of questions are not in the roster")

	q, err := p.Paper(b.venue, b.Release)
	require.NoError(t, err)
	require.Equal(t, want.Rule, q.Rule)
	require.Equal(t, want.Range, q.Range)
	require.Equal(t, want.Secret, q.Secret)
	media, ok := q.Picture(want.Media[0].Digest)
	require.True(t, ok)
	require.Equal(t, want.Media[0], media)
}

func TestUsualChunkAndEveryEdgeOfSizes(t *testing.T) {
	t.Parallel()
	cloud, venue := key(t), key(t)
	for _, chunk := range []int64{1, 7, 999, 1 << 20, maxChunk} {
		var w bytes.Buffer
		b, err := build(&w, content(), cloud, venue.Public(), chunk)
		require.NoError(t, err)
		p, err := Open(bytes.NewReader(w.Bytes()), b.Size, cloud.Public())
		require.NoError(t, err)
		_, err = p.Paper(venue, b.Release)
		require.NoError(t, err)
	}
	// A last chunk that is exactly full.
	probe, err := build(io.Discard, content(), cloud, venue.Public(), 100)
	require.NoError(t, err)
	var w bytes.Buffer
	b, err := build(&w, content(), cloud, venue.Public(), probe.Manifest.Parts[0].Size)
	require.NoError(t, err)
	require.Equal(t, int64(1), b.Manifest.Parts[0].Chunks)
	p, err := Open(bytes.NewReader(w.Bytes()), b.Size, cloud.Public())
	require.NoError(t, err)
	_, err = p.Roster(venue)
	require.NoError(t, err)
}

func TestNothingReadableLiesInTheFile(t *testing.T) {
	t.Parallel()
	b := make1(t)
	for _, secret := range []string{marker, "310101199001011237", "张三", "法律法规", "\x07\x07\x07\x07\x07\x07\x07\x07"} {
		require.NotContains(t, string(b.file), secret)
	}
	for _, v := range []any{content().Candidates[0], &Paper{Secret: []byte("s3cret")}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			require.NotContains(t, fmt.Sprintf(verb, v), "310101")
			require.NotContains(t, fmt.Sprintf(verb, v), "s3cret")
		}
	}
}

func TestSecretsAreFreshInEveryPackage(t *testing.T) {
	t.Parallel()
	cloud, venue := key(t), key(t)
	a, err := build(io.Discard, content(), cloud, venue.Public(), smallChunk)
	require.NoError(t, err)
	b, err := build(io.Discard, content(), cloud, venue.Public(), smallChunk)
	require.NoError(t, err)
	require.NotEqual(t, a.Manifest.Pack, b.Manifest.Pack)
	require.NotEqual(t, a.Release, b.Release)
	require.NotEqual(t, a.Manifest.Parts[1].Digest, b.Manifest.Parts[1].Digest)
}

// TestEitherHalfAloneIsUseless: the venue with its own half and any guess at
// the other, and the centre's half without the venue's key.
func TestEitherHalfAloneIsUseless(t *testing.T) {
	t.Parallel()
	b := make1(t)
	p, err := b.open()
	require.NoError(t, err)
	half, err := b.venue.Decrypt(p.m.VenueHalf)
	require.NoError(t, err)
	for _, guess := range [][]byte{make([]byte, ReleaseSize), half} {
		c := cut{contentKey(half, guess, p.m.Pack), p.m.Pack, partPaper, smallChunk, p.m.Parts[1].Chunks}
		_, err = c.open(p.r, &p.m.Parts[1])
		require.True(t, fault.Is(err, "pack.chunk"))
	}
	_, err = p.Paper(key(t), b.Release)
	require.True(t, fault.Is(err, "pack.venue"))
}

func TestWrongKeysAndHalves(t *testing.T) {
	t.Parallel()
	b, other := make1(t), make1(t)
	_, err := Open(bytes.NewReader(b.file), b.Size, other.cloud.Public())
	require.True(t, fault.Is(err, "pack.signature"))
	p, err := b.open()
	require.NoError(t, err)
	_, err = p.Roster(other.venue)
	require.True(t, fault.Is(err, "pack.venue"))
	_, err = p.Paper(other.venue, b.Release)
	require.True(t, fault.Is(err, "pack.venue"))
	short := b.Release[:31]
	for _, half := range [][]byte{nil, {}, short, append(bytes.Clone(b.Release), 0), other.Release, make([]byte, 32)} {
		_, err = p.Paper(b.venue, half)
		require.True(t, fault.Is(err, "pack.release"))
	}
	_, err = p.Paper(b.venue, b.Release)
	require.NoError(t, err, "the same request made good succeeds")
}

func TestExpect(t *testing.T) {
	t.Parallel()
	m := Manifest{Sitting: "s", Venue: "v", Version: 3}
	require.NoError(t, m.Expect("s", "v", 3))
	require.NoError(t, m.Expect("s", "v", 1))
	require.True(t, fault.Is(m.Expect("other", "v", 3), "pack.sitting"))
	require.True(t, fault.Is(m.Expect("s", "other", 3), "pack.venue"))
	require.True(t, fault.Is(m.Expect("s", "v", 4), "pack.version"))
}

func TestBuildRefusesWhatAVenueCouldNotUse(t *testing.T) {
	t.Parallel()
	cloud, venue := key(t), key(t)
	for name, c := range map[string]struct {
		code  string
		spoil func(c *Content)
	}{
		"no sitting":       {"pack.content", func(c *Content) { c.Sitting = "" }},
		"short secret":     {"pack.content", func(c *Content) { c.Secret = c.Secret[:16] }},
		"version":          {"pack.content", func(c *Content) { c.Version = 0 }},
		"candidate twice":  {"pack.content", func(c *Content) { c.Candidates[1].ID = c.Candidates[0].ID }},
		"admission twice":  {"pack.content", func(c *Content) { c.Candidates[1].AdmissionNo = c.Candidates[0].AdmissionNo }},
		"photo missing":    {"pack.content", func(c *Content) { c.Photos = c.Photos[:1] }},
		"photo changed":    {"pack.content", func(c *Content) { c.Photos[0].Bytes = c.Photos[0].Bytes[1:] }},
		"photo twice":      {"pack.content", func(c *Content) { c.Photos = append(c.Photos, c.Photos[0]) }},
		"media missing":    {"pack.content", func(c *Content) { c.Media = nil }},
		"picture type":     {"pack.content", func(c *Content) { c.Media[0].Type = "image/svg+xml" }},
		"broken question":  {"exam.question.answer", func(c *Content) { c.Range.Questions[2].Answer = nil }},
		"too few":          {"exam.paper.shortage", func(c *Content) { c.Range.Questions = c.Range.Questions[:4] }},
		"rule of no worth": {"exam.rule.pass", func(c *Content) { c.Rule.Pass = 0 }},
	} {
		k := content()
		c.spoil(&k)
		var w bytes.Buffer
		_, err := Build(&w, k, cloud, venue.Public())
		require.True(t, fault.Is(err, c.code), "%s: %v", name, err)
		require.Zero(t, w.Len(), "nothing written")
	}
}

type failing struct {
	after int
	err   error
}

func (f *failing) Write(p []byte) (int, error) {
	f.after -= len(p)
	if f.after < 0 {
		return 0, f.err
	}
	return len(p), nil
}

func (f *failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestDiskErrorsAreNotTakenForDamage(t *testing.T) {
	t.Parallel()
	cloud, venue := key(t), key(t)
	disk := errors.New("no space")
	for _, after := range []int{0, 100, 5000, 9000} {
		_, err := build(&failing{after, disk}, content(), cloud, venue.Public(), smallChunk)
		require.ErrorIs(t, err, disk)
	}
	_, err := Open(&failing{err: disk}, 5000, cloud.Public())
	require.True(t, fault.Is(err, "pack.read"))
}

// TestEveryChunkIsNamedInFull: no two places of any two packages share their
// additional data, nor two chunks of a part their nonce.
func TestEveryChunkIsNamedInFull(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	places := 0
	for _, id := range []string{"a", "b"} {
		for _, part := range []string{partRoster, partPaper} {
			for n := int64(1); n < 4; n++ {
				c := cut{pack: id, part: part, chunks: n}
				nonces := make(map[string]bool)
				for i := range n {
					seen[string(c.aad(i))] = true
					nonces[string(c.nonce(i))] = true
					places++
				}
				require.Len(t, nonces, int(n))
			}
		}
	}
	require.Len(t, seen, places)
}
