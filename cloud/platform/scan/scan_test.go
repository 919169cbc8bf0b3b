package scan_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/scan"
)

func pngOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White})))
	return b.Bytes()
}

// What is taken, and what of it opens.
func TestDocuments(t *testing.T) {
	t.Parallel()
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 40, 30)), nil))
	whole := pngOf(t, 40, 30)
	// a telephone's: a small picture inside its head, and something behind its end
	phone := slices.Concat(photo.Bytes()[:2], []byte{0xff, 0xe1, 0, 8, 'E', 'x', 0xff, 0xd8, 0xff, 0xd9}, photo.Bytes()[2:], []byte("SEFT"))
	for name, c := range map[string]struct {
		data         []byte
		kind         string
		taken, opens bool
	}{
		"pdf":             {[]byte("%PDF-1.7 ... %%EOF\n"), "application/pdf", true, true},
		"half a pdf":      {[]byte("%PDF-1.7 ..."), "application/pdf", true, false},
		"jpeg":            {photo.Bytes(), "image/jpeg", true, true},
		"a jpeg's head":   {photo.Bytes()[:20], "image/jpeg", true, false},
		"half a jpeg":     {photo.Bytes()[:photo.Len()-2], "image/jpeg", true, false},
		"telephone":       {phone, "image/jpeg", true, true},
		"half of that":    {phone[:len(phone)-6], "image/jpeg", true, false},
		"png":             {whole, "image/png", true, true},
		"half a png":      {whole[:len(whole)-4], "image/png", true, false},
		"png of nothing":  {[]byte("\x89PNG\r\n\x1a\n"), "image/png", true, false},
		"png of 49M":      {pngOf(t, 7000, 7000), "image/png", true, false},
		"png too long":    {pngOf(t, 17000, 1), "image/png", true, false},
		"gif":             {[]byte("GIF89a"), "image/gif", false, false},
		"page":            {[]byte("<html><script>alert(1)</script>"), "text/html; charset=utf-8", false, false},
		"nothing":         {nil, "text/plain; charset=utf-8", false, false},
		"a program's end": {append([]byte("MZ"), "%%EOF"...), "text/plain; charset=utf-8", false, false},
	} {
		kind, taken := scan.Kind(c.data)
		require.Equal(t, []any{c.kind, c.taken}, []any{kind, taken}, name)
		if taken {
			require.Equal(t, c.opens, scan.Opens(kind, c.data), name)
		}
	}
}
