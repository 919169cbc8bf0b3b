package picture

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
)

var lim = Limits{Bytes: 1 << 20, Min: 16, Max: 2000, Pixels: 2 << 20}

func drawn(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{0, 0, 255, 255}
			if x < w/2 && y < h/2 {
				c = color.NRGBA{255, 0, 0, 255} // red corner, top left
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, img))
	return b.Bytes()
}

// rotated is a JPEG whose EXIF says "turn me" and carries a secret as GPS would.
func rotated(t *testing.T, turn uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, drawn(64, 32), nil))
	tiff := []byte("II*\x00\x08\x00\x00\x00\x01\x00")
	tiff = binary.LittleEndian.AppendUint16(tiff, tagOrientation)
	tiff = binary.LittleEndian.AppendUint16(tiff, 3)
	tiff = binary.LittleEndian.AppendUint32(tiff, 1)
	tiff = binary.LittleEndian.AppendUint16(tiff, turn)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	body := append([]byte("Exif\x00\x00"), tiff...)
	body = append(body, "GPS-SECRET"...)
	seg := binary.BigEndian.AppendUint16([]byte{0xFF, 0xE1}, uint16(len(body)+2))
	out := append([]byte{}, b.Bytes()[:2]...)
	out = append(append(out, seg...), body...)
	return append(out, b.Bytes()[2:]...)
}

func TestCleanTurnsUprightAndDropsMetadata(t *testing.T) {
	t.Parallel()
	p, err := Clean(rotated(t, 6), lim)
	require.NoError(t, err)
	require.Equal(t, [2]int{32, 64}, [2]int{p.Width, p.Height})
	require.NotContains(t, string(p.Data), "GPS-SECRET")
	img, err := jpeg.Decode(bytes.NewReader(p.Data))
	require.NoError(t, err)
	r, _, b, _ := img.At(28, 4).RGBA() // turned right by 90°: top right
	require.Greater(t, r, b)
	r, _, b, _ = img.At(4, 4).RGBA()
	require.Less(t, r, b)
}

func TestCleanCutsPolyglot(t *testing.T) {
	t.Parallel()
	p, err := Clean(append(pngOf(t, drawn(20, 20)), "<script>alert(1)</script>"...), lim)
	require.NoError(t, err)
	require.NotContains(t, string(p.Data), "script")
	require.Equal(t, "image/png", p.Type)
}

func TestCleanRefuses(t *testing.T) {
	t.Parallel()
	good := pngOf(t, drawn(40, 40))
	huge := append([]byte{}, good...) // a header that promises 65535×65535 pixels
	binary.BigEndian.PutUint32(huge[16:], 65535)
	binary.BigEndian.PutUint32(huge[20:], 65535)
	for name, c := range map[string]struct {
		data []byte
		code string
	}{
		"empty":     {nil, "exam.picture.type"},
		"gif":       {[]byte("GIF89a......"), "exam.picture.type"},
		"svg":       {[]byte("<svg onload=alert(1)>"), "exam.picture.type"},
		"html":      {[]byte("<html>"), "exam.picture.type"},
		"truncated": {good[:len(good)/2], "exam.picture.broken"},
		"bomb":      {huge, "exam.picture.broken"}, // its checksum is wrong as well
		"dot":       {pngOf(t, drawn(1, 1)), "exam.picture.dimension"},
		"strip":     {pngOf(t, drawn(2001, 20)), "exam.picture.dimension"},
		"heavy":     {append(append([]byte{}, good...), make([]byte, lim.Bytes)...), "exam.picture.size"},
	} {
		_, err := Clean(c.data, lim)
		require.Error(t, err, name)
		if name != "bomb" {
			require.True(t, fault.Is(err, c.code), "%s: %v", name, err)
		}
	}
}

func archive(t *testing.T, names ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		f, err := w.Create(n)
		require.NoError(t, err)
		_, err = f.Write([]byte("content of " + n))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestArchive(t *testing.T) {
	t.Parallel()
	got, err := Archive(archive(t, "照片/31010119900101123X.JPG", "__MACOSX/._a.jpg", ".DS_Store", "b.png"), 1000)
	require.NoError(t, err)
	require.Len(t, got, 2)
	require.Contains(t, got, "31010119900101123x")
	require.Contains(t, got, "b")

	for code, data := range map[string][]byte{
		"exam.archive.format": []byte("not a zip"),
		"exam.archive.name":   archive(t, "../../etc/passwd"),
		"exam.archive.twice":  archive(t, "a/1.jpg", "b/1.png"),
	} {
		_, err := Archive(data, 1000)
		require.True(t, fault.Is(err, code), "%s: %v", code, err)
	}
	_, err = Archive(archive(t, `..\evil.png`), 1000)
	require.True(t, fault.Is(err, "exam.archive.name"))
	_, err = Archive(archive(t, "long.jpg"), 4)
	require.True(t, fault.Is(err, "exam.archive.size"))
}

func TestArchiveRefusesLinks(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: "link.jpg"}
	h.SetMode(fs.ModeSymlink | 0o777)
	f, err := w.CreateHeader(h)
	require.NoError(t, err)
	_, err = f.Write([]byte("/etc/passwd"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	_, err = Archive(b.Bytes(), 1000)
	require.True(t, fault.Is(err, "exam.archive.name"))
}

// A picture that Clean wrote is kept as it is, so that a bank which is exported
// and imported keeps its pictures; one with anything else in it is written anew.
func TestCleanKeepsItsOwn(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, drawn(97, 51), &jpeg.Options{Quality: 40}))
	once, err := Clean(b.Bytes(), lim)
	require.NoError(t, err)
	twice, err := Clean(once.Data, lim)
	require.NoError(t, err)
	require.Equal(t, once.Data, twice.Data)
	for name, dirty := range map[string][]byte{
		"tail": append(bytes.Clone(once.Data), "SECRET"...),
		"note": append(append(bytes.Clone(once.Data[:2]), "\xFF\xFE\x00\x08SECRET"...), once.Data[2:]...),
		"scan": append(append(bytes.Clone(once.Data[:len(once.Data)-2]), bytes.Repeat([]byte("SECRET"), 400)...), 0xFF, 0xD9),
	} {
		out, err := Clean(dirty, lim)
		require.NoError(t, err, name)
		require.NotContains(t, string(out.Data), "SECRET", name)
	}
}
