package pack

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzOpen: bytes from anywhere are refused or, only if untouched, opened.
func FuzzOpen(f *testing.F) {
	b := make1(f)
	f.Add(b.file)
	f.Add(b.file[:len(b.file)-1])
	f.Add([]byte(magicHead + "\x00\x00\x00\x00\x00\x00\x00\x00" + magicTail))
	f.Add([]byte(magicHead + "\xff\xff\xff\xff\xff\xff\xff\xff" + magicTail))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, err := Open(bytes.NewReader(file), int64(len(file)), b.cloud.Public())
		if err == nil {
			require.Equal(t, b.file, file)
		}
	})
}

// FuzzManifest: a manifest that is accepted describes parts that lie inside the
// file, so that reading them allocates no more than the file is long.
func FuzzManifest(f *testing.F) {
	b := make1(f)
	raw, err := json.Marshal(b.Manifest)
	require.NoError(f, err)
	end := b.Manifest.Parts[1].Offset + b.Manifest.Parts[1].Stored
	f.Add(raw, end)
	f.Add([]byte(`{"format":1,"parts":[{"name":"roster"},{"name":"paper"}]}`), int64(8))
	f.Fuzz(func(t *testing.T, raw []byte, end int64) {
		m, err := decodeManifest(raw, end)
		if err != nil {
			return
		}
		for _, p := range m.Parts {
			require.GreaterOrEqual(t, p.Offset, int64(8))
			require.LessOrEqual(t, p.Offset+p.Stored, end)
			require.LessOrEqual(t, p.Size, p.Stored)
		}
	})
}

// FuzzEntries: a decrypted part never reads beyond itself.
func FuzzEntries(f *testing.F) {
	c := content()
	roster, _, err := c.bodies()
	require.NoError(f, err)
	var w bytes.Buffer
	require.NoError(f, writeEntries(&w, roster, c.Photos))
	f.Add(w.Bytes())
	f.Add([]byte("\x00\x0ccontent.json\x00\x00\x00\x00\x00\x00\x00\x02{}"))
	f.Fuzz(func(t *testing.T, plain []byte) {
		b, pictures, err := readEntries(plain)
		if err == nil {
			require.LessOrEqual(t, len(pictures), len(b.Pictures))
		}
	})
}
