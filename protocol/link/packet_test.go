package link_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/link"
)

func packet(t testing.TB, frames ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	p, err := link.NewPacket(&out, "venue-3")
	require.NoError(t, err)
	for _, f := range frames {
		require.NoError(t, p.Add([]byte(f)))
	}
	require.NoError(t, p.Close())
	return out.Bytes()
}

func unpack(raw []byte) (node string, frames []string, err error) {
	p, err := link.OpenPacket(bytes.NewReader(raw))
	if err != nil {
		return "", nil, err
	}
	for {
		f, err := p.Next()
		if err != nil {
			return p.Node(), frames, err
		}
		frames = append(frames, string(f))
	}
}

func TestAPacketComesBackAsItWas(t *testing.T) {
	t.Parallel()
	node, frames, err := unpack(packet(t, "one", "two", "three"))
	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, "venue-3", node)
	require.Equal(t, []string{"one", "two", "three"}, frames)
	_, frames, err = unpack(packet(t))
	require.ErrorIs(t, err, io.EOF)
	require.Empty(t, frames)
	_, err = link.NewPacket(io.Discard, "NOT A NODE")
	require.True(t, fault.Is(err, "link.packet.format"))
}

// TestAPacketIsNotAReturn: neither is taken for the other.
func TestAPacketIsNotAReturn(t *testing.T) {
	t.Parallel()
	_, err := link.OpenReturn(bytes.NewReader(packet(t, "one")))
	require.True(t, fault.Is(err, "link.return.format"))
	var out bytes.Buffer
	p, err := link.NewReturn(&out, "venue-3")
	require.NoError(t, err)
	require.NoError(t, p.Add([]byte("one")))
	require.NoError(t, p.Close())
	_, err = link.OpenPacket(bytes.NewReader(out.Bytes()))
	require.True(t, fault.Is(err, "link.packet.format"))
	back, err := link.OpenReturn(&out)
	require.NoError(t, err)
	frame, err := back.Next()
	require.NoError(t, err)
	require.Equal(t, "one", string(frame))
}

func TestAPacketCutAnywhereIsRefusedByName(t *testing.T) {
	t.Parallel()
	whole := packet(t, "one", "two")
	clean := map[int]bool{len(packet(t)): true, len(packet(t, "one")): true}
	for n := range whole {
		_, frames, err := unpack(whole[:n])
		if clean[n] { // between two frames nothing is missing that the link would not ask for
			require.ErrorIs(t, err, io.EOF)
			continue
		}
		require.True(t, fault.Is(err, "link.packet.format"), "cut to %d: %v", n, err)
		require.LessOrEqual(t, len(frames), 1)
	}
}

func FuzzPacket(f *testing.F) {
	f.Add(packet(f, "one", "two"))
	f.Add([]byte("HUYUNUP1\x01n\xff\xff\xff\xff"))
	f.Add([]byte("HUYUNDN1\x01n\x00\x00\x00\x01x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _, err := unpack(raw)
		require.True(t, errors.Is(err, io.EOF) || fault.Is(err, "link.packet.format"))
		back, err := link.OpenReturn(bytes.NewReader(raw))
		for err == nil {
			_, err = back.Next()
		}
		require.True(t, errors.Is(err, io.EOF) || fault.Is(err, "link.return.format"))
	})
}
