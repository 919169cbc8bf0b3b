package engine

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/stretchr/testify/require"
)

func grey(w, h int) image.Image {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * 7)
	}
	return img
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, png.Encode(&buf, img))
	return buf.Bytes()
}

func asJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, jpeg.Encode(&buf, img, nil))
	return buf.Bytes()
}

// claims rewrites the dimensions in a PNG's header, checksum and all.
func claims(raw []byte, w, h uint32) []byte {
	out := bytes.Clone(raw)
	binary.BigEndian.PutUint32(out[16:], w)
	binary.BigEndian.PutUint32(out[20:], h)
	binary.BigEndian.PutUint32(out[29:], crc32.ChecksumIEEE(out[12:29]))
	return out
}

// claimsJPEG rewrites the dimensions in a JPEG's frame header.
func claimsJPEG(t *testing.T, raw []byte, w, h uint16) []byte {
	t.Helper()
	out := bytes.Clone(raw)
	at := bytes.Index(out, []byte{0xff, 0xc0})
	require.Positive(t, at)
	binary.BigEndian.PutUint16(out[at+5:], h)
	binary.BigEndian.PutUint16(out[at+7:], w)
	return out
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	small, pic, jpg := grey(8, 8), asPNG(t, grey(64, 48)), asJPEG(t, grey(64, 48))
	var anim bytes.Buffer
	require.NoError(t, gif.Encode(&anim, grey(64, 48), nil))
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"nothing":             {nil, ErrFormat},
		"one byte":            {[]byte{0xff}, ErrFormat},
		"text":                {[]byte("<html><img src=x onerror=alert(1)>"), ErrFormat},
		"GIF":                 {anim.Bytes(), ErrFormat},
		"WebP":                {[]byte("RIFF\x24\x00\x00\x00WEBPVP8 "), ErrFormat},
		"8 MB and one":        {append(bytes.Clone(jpg), make([]byte, MaxBytes)...), ErrBytes},
		"PNG bomb":            {claims(pic, 65535, 65535), ErrPixels},
		"PNG bomb, wide":      {claims(pic, 1<<31-1, 1), ErrPixels},
		"PNG bomb, 41 MP":     {claims(pic, 6401, 6401), ErrPixels},
		"JPEG bomb":           {claimsJPEG(t, jpg, 65535, 65535), ErrPixels},
		"1×1":                 {asPNG(t, grey(1, 1)), ErrSmall},
		"8×8":                 {asPNG(t, small), ErrSmall},
		"cut PNG":             {pic[:len(pic)-20], ErrDamaged},
		"cut JPEG":            {jpg[:len(jpg)-2], ErrDamaged},
		"JPEG cut in half":    {jpg[:len(jpg)*3/4], ErrDamaged},
		"PNG header alone":    {pic[:33], ErrDamaged},
		"PNG, more than data": {claims(pic, 640, 480), ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img, err := Decode(c.raw)
			if err == nil {
				_ = img.Close()
			}
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestDecodeAccepts(t *testing.T) {
	t.Parallel()
	deep := image.NewNRGBA64(image.Rect(0, 0, 40, 30))
	for i := range 40 {
		deep.SetNRGBA64(i, i%30, color.NRGBA64{R: 0xffff, A: 0x8000})
	}
	for name, c := range map[string]struct {
		raw  []byte
		cols int
	}{
		"grey JPEG":           {asJPEG(t, grey(64, 48)), 64},
		"16-bit PNG, alpha":   {asPNG(t, deep), 40},
		"JPEG with a trailer": {append(asJPEG(t, grey(64, 48)), "trailing bytes"...), 64},
		"reduced by 2":        {asJPEG(t, grey(3000, 100)), 1500},
		"reduced by 4":        {asJPEG(t, grey(8000, 100)), 2000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img, err := Decode(c.raw)
			require.NoError(t, err)
			defer func() { _ = img.Close() }()
			require.Equal(t, c.cols, img.Cols())
			require.Equal(t, 3, img.Channels())
		})
	}
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x10JFIF"))
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _ = inspect(raw)
		_ = jpegEnds(raw)
	})
}
