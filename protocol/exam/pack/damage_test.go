package pack

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
)

func TestTruncatedAnywhere(t *testing.T) {
	t.Parallel()
	b := make1(t)
	var cuts []int
	for _, p := range b.Manifest.Parts {
		for at := p.Offset; at <= p.Offset+p.Stored; at += p.Chunk + sm.TagSize {
			cuts = append(cuts, int(at), int(at)+1)
		}
	}
	cuts = append(cuts, 0, 1, 7, len(b.file)-1, len(b.file)-tailSize)
	for _, n := range cuts {
		_, err := Open(bytes.NewReader(b.file[:n]), int64(n), b.cloud.Public())
		require.True(t, fault.Is(err, "pack.truncated"), "cut at %d: %v", n, err)
		_, err = Open(bytes.NewReader(b.file[:n]), b.Size, b.cloud.Public())
		require.True(t, fault.Is(err, "pack.truncated"), "file shorter than said, %d: %v", n, err)
	}
}

func TestEveryFlippedByteIsNoticed(t *testing.T) {
	t.Parallel()
	b := make1(t)
	codes := make(map[string]int)
	for at := range b.file {
		if at%37 != 0 && at < len(b.file)-1200 {
			continue
		}
		bad := bytes.Clone(b.file)
		bad[at] ^= 0x20
		_, err := Open(bytes.NewReader(bad), b.Size, b.cloud.Public())
		require.Error(t, err, "byte %d", at)
		codes[fault.From(err).Code]++
	}
	for _, code := range []string{"pack.magic", "pack.digest", "pack.signature", "pack.truncated"} {
		require.NotZero(t, codes[code], code)
	}
}

// forge rebuilds the file with a changed body and manifest, signed by the cloud
// itself: what the signature would catch is waved through, so that each inner
// check is seen to hold alone.
func forge(t *testing.T, b built, change func(file []byte, m *Manifest) []byte) []byte {
	m := b.Manifest
	m.Parts = append([]Part(nil), m.Parts...)
	last := m.Parts[1]
	chunks := change(bytes.Clone(b.file[:last.Offset+last.Stored]), &m)
	for i := range m.Parts {
		p := &m.Parts[i]
		if end := p.Offset + p.Stored; p.Offset >= 0 && p.Stored >= 0 && end <= int64(len(chunks)) {
			p.Digest = sm.Sum(chunks[p.Offset:end])
		}
	}
	out := bytes.NewBuffer(chunks)
	require.NoError(t, writeTail(out, &m, b.cloud))
	return out.Bytes()
}

func TestChunksAreBoundToTheirPlace(t *testing.T) {
	t.Parallel()
	b, other := make1(t), make1(t)
	stored := int64(smallChunk + sm.TagSize)
	for name, change := range map[string]func(file []byte, m *Manifest) []byte{
		"swapped": func(file []byte, m *Manifest) []byte {
			at := m.Parts[1].Offset
			first := bytes.Clone(file[at : at+stored])
			copy(file[at:], file[at+stored:at+2*stored])
			copy(file[at+stored:], first)
			return file
		},
		"repeated": func(file []byte, m *Manifest) []byte {
			at := m.Parts[1].Offset
			copy(file[at+stored:at+2*stored], file[at:at+stored])
			return file
		},
		"of another package": func(file []byte, m *Manifest) []byte {
			at := m.Parts[1].Offset
			copy(file[at:at+stored], other.file[at:at+stored])
			return file
		},
		"of the other part": func(file []byte, m *Manifest) []byte {
			copy(file[m.Parts[1].Offset:], file[m.Parts[0].Offset:m.Parts[0].Offset+stored])
			return file
		},
		"last left out": func(file []byte, m *Manifest) []byte {
			p := &m.Parts[1]
			left := p.Size - (p.Chunks-1)*p.Chunk
			p.Chunks--
			p.Size -= left
			p.Stored -= left + sm.TagSize
			return file[:p.Offset+p.Stored]
		},
		"flipped": func(file []byte, m *Manifest) []byte {
			file[m.Parts[1].Offset+10] ^= 1
			return file
		},
		"under another id": func(file []byte, m *Manifest) []byte {
			m.Pack = other.Manifest.Pack
			m.Release = commitment(m.Pack, b.Release)
			return file
		},
	} {
		file := forge(t, b, change)
		p, err := Open(bytes.NewReader(file), int64(len(file)), b.cloud.Public())
		require.NoError(t, err, name)
		_, err = p.Paper(b.venue, b.Release)
		require.True(t, fault.Is(err, "pack.chunk"), "%s: %v", name, err)
	}
	file := forge(t, b, func(file []byte, _ *Manifest) []byte { return file })
	p, err := Open(bytes.NewReader(file), int64(len(file)), b.cloud.Public())
	require.NoError(t, err)
	_, err = p.Paper(b.venue, b.Release)
	require.NoError(t, err, "forged without a change it opens: the forge works")
}

func TestManifestsThatLie(t *testing.T) {
	t.Parallel()
	b := make1(t)
	for name, c := range map[string]struct {
		code   string
		change func(m *Manifest)
	}{
		"path":         {"pack.path", func(m *Manifest) { m.Parts[0].Name = "../roster" }},
		"order":        {"pack.path", func(m *Manifest) { m.Parts[0].Name = partPaper }},
		"format":       {"pack.format", func(m *Manifest) { m.Format = 2 }},
		"parts":        {"pack.manifest", func(m *Manifest) { m.Parts = m.Parts[:1] }},
		"overlap":      {"pack.manifest", func(m *Manifest) { m.Parts[1].Offset-- }},
		"negative":     {"pack.manifest", func(m *Manifest) { m.Parts[0].Offset = -1 }},
		"huge":         {"pack.manifest", func(m *Manifest) { m.Parts[1].Stored = 1 << 62 }},
		"size":         {"pack.manifest", func(m *Manifest) { m.Parts[1].Size = 1 << 62 }},
		"chunk zero":   {"pack.manifest", func(m *Manifest) { m.Parts[1].Chunk = 0 }},
		"chunk beyond": {"pack.manifest", func(m *Manifest) { m.Parts[1].Chunk = maxChunk + 1 }},
		"chunks":       {"pack.manifest", func(m *Manifest) { m.Parts[1].Chunks++ }},
		"gap at end": {"pack.manifest", func(m *Manifest) {
			m.Parts[1].Size -= 1
			m.Parts[1].Stored -= 1
		}},
	} {
		file := forge(t, b, func(file []byte, m *Manifest) []byte {
			c.change(m)
			return file
		})
		_, err := Open(bytes.NewReader(file), int64(len(file)), b.cloud.Public())
		require.True(t, fault.Is(err, c.code), "%s: %v", name, err)
	}
}

func TestEntriesThatLie(t *testing.T) {
	t.Parallel()
	p := picture(1)
	listed := func(name string) []byte {
		raw, err := json.Marshal(body{Pictures: []Picture{{Digest: name, Type: "image/png"}}})
		require.NoError(t, err)
		return raw
	}
	entries := func(parts ...any) []byte {
		var w bytes.Buffer
		for i := 0; i < len(parts); i += 2 {
			require.NoError(t, writeEntry(&w, parts[i].(string), parts[i+1].([]byte)))
		}
		return w.Bytes()
	}
	good := entries(contentName, listed(p.Digest), p.Digest, p.Bytes)
	_, pictures, err := readEntries(good)
	require.NoError(t, err)
	require.Len(t, pictures, 1)
	long := binary.BigEndian.AppendUint64(append([]byte{0, 12}, contentName...), 1<<63)
	for code, bad := range map[string][][]byte{
		"pack.path": {
			entries("../content.json", listed(p.Digest)),
			entries(contentName, listed(p.Digest), "../../etc/passwd", p.Bytes),
			entries(p.Digest, p.Bytes),
		},
		"pack.content": {
			nil, {0}, long, good[:len(good)-1], append(bytes.Clone(good), 0),
			entries(contentName, []byte("[]")),
			entries(contentName, listed("../x"), "../x", p.Bytes),
			entries(contentName, listed(p.Digest), p.Digest, p.Bytes[1:]),
			entries(contentName, bytes.Replace(listed(p.Digest), []byte("image/png"), []byte("image/svg"), 1), p.Digest, p.Bytes),
		},
	} {
		for i, in := range bad {
			_, _, err := readEntries(in)
			require.True(t, fault.Is(err, code), "%s %d: %v", code, i, err)
		}
	}
}
