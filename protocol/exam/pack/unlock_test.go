package pack

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

func lockable(t *testing.T) built {
	b := built{cloud: key(t), venue: key(t)}
	var w bytes.Buffer
	var err error
	c := content()
	c.Unlock = Unlock{Need: 2, Of: 3}
	b.Built, err = build(&w, c, b.cloud, b.venue.Public(), smallChunk)
	require.NoError(t, err)
	b.file = w.Bytes()
	return b
}

func TestTwoCodesOpenAPackageWithoutTheCentre(t *testing.T) {
	t.Parallel()
	b, other := lockable(t), lockable(t)
	require.Len(t, b.Codes, 3)
	p, err := b.open()
	require.NoError(t, err)
	for _, pair := range [][2]int{{0, 1}, {2, 0}, {1, 2}} {
		half, err := p.Released(b.Codes[pair[0]], b.Codes[pair[1]])
		require.NoError(t, err)
		require.Equal(t, b.Release, half)
	}
	half, err := p.Released(b.Codes[0], b.Codes[1])
	require.NoError(t, err)
	_, err = p.Paper(key(t), half)
	require.Equal(t, "pack.venue", fault.From(err).Code, "the codes alone open nothing: the venue's key is needed too")
	paper, err := p.Paper(b.venue, half)
	require.NoError(t, err)
	require.Len(t, paper.Range.Questions, 10)

	for name, codes := range map[string][]string{
		"exam.unlock.few":   {b.Codes[0]},
		"exam.unlock.same":  {b.Codes[0], b.Codes[0]},
		"exam.unlock.code":  {b.Codes[0], b.Codes[1][:30]},
		"exam.unlock.wrong": {b.Codes[0], other.Codes[1]},
	} {
		_, err := p.Released(codes...)
		require.Equal(t, name, fault.From(err).Code)
	}
	none := make1(t)
	require.Empty(t, none.Codes)
	p, err = none.open()
	require.NoError(t, err)
	_, err = p.Released(b.Codes[0], b.Codes[1])
	require.Equal(t, "exam.unlock.none", fault.From(err).Code)
}
