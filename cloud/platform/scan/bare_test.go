package scan_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/scan"
)

// noise is a picture whose bytes are anything, ff among them.
func noise(t *testing.T) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	g := image.NewGray(image.Rect(0, 0, 120, 90))
	for i := range g.Pix {
		g.Pix[i] = byte(r.IntN(256))
	}
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, g, &jpeg.Options{Quality: 100}))
	return b.Bytes()
}

func segment(marker byte, body string) []byte {
	return slices.Concat([]byte{0xff, marker}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2)), []byte(body))
}

// placed is an Exif segment of a telephone: turned, and taken somewhere.
func placed(turn byte) []byte {
	return segment(0xe1, "Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00"+"\x12\x01\x03\x00\x01\x00\x00\x00"+string(turn)+"\x00\x00\x00"+
		"\x25\x88\x04\x00\x01\x00\x00\x00\x26\x00\x00\x00"+"\x00\x00\x00\x00"+"GPS 31.2304 N 121.4737 E")
}

// A picture loses where it was taken and what hangs behind it, and nothing else.
func TestAPictureIsKeptBare(t *testing.T) {
	t.Parallel()
	plain := noise(t)
	require.Equal(t, plain, scan.Bare("image/jpeg", plain))
	page := "<html><script>alert(1)</script>"
	phone := slices.Concat(plain[:2], placed(6), segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00GPS"), segment(0xfe, "GPS"), segment(0xe2, "ICC_PROFILE\x00"), plain[2:], []byte(page))
	got := scan.Bare("image/jpeg", phone)
	require.True(t, scan.Opens("image/jpeg", got))
	for _, gone := range []string{"GPS", "adobe", page} {
		require.NotContains(t, string(got), gone)
	}
	require.Contains(t, string(got), "ICC_PROFILE")
	require.Contains(t, string(got), "\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06", "it stays turned")
	require.Equal(t, got, scan.Bare("image/jpeg", got), "again changes nothing")
	before, err := jpeg.Decode(bytes.NewReader(phone))
	require.NoError(t, err)
	after, err := jpeg.Decode(bytes.NewReader(got))
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.NotContains(t, string(scan.Bare("image/jpeg", slices.Concat(plain[:2], placed(1), plain[2:]))), "Exif", "upright needs no word")
}

// Whatever comes, it answers a picture that opens as well as before, or what came.
func FuzzBare(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x08Exif\x00\x00"))
	f.Add(slices.Concat([]byte{0xff, 0xd8}, placed(6), []byte{0xff, 0xda, 0, 2, 1, 2, 0xff, 0xd9}))
	f.Fuzz(func(t *testing.T, data []byte) {
		got := scan.Bare("image/jpeg", data)
		if scan.Opens("image/jpeg", data) {
			require.True(t, scan.Opens("image/jpeg", got))
		}
		require.LessOrEqual(t, len(got), len(data)+36)
	})
}

func TestAPDFWithAProgramIsSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"%PDF-1.7 /Type /Catalog %%EOF":                           false,
		"%PDF-1.7 /OpenAction << /S /JavaScript /JS (x) >> %%EOF": true,
		"%PDF-1.7 /S /Launch %%EOF":                               true,
	} {
		require.Equal(t, want, scan.Scripted("application/pdf", []byte(text)), text)
	}
	require.False(t, scan.Scripted("image/jpeg", []byte("/JavaScript")))
}
