// Package scan says what people hand in as a document is, by its bytes, and whether
// it opens for whoever has to look at it: of an application, an appointment and a
// company's roster alike (M13, M15).
//
// It refuses nothing: whose file it is says so in its own words. What a telephone adds
// to a picture, where it was taken above all, is not kept.
package scan

import (
	"bytes"
	"image"
	_ "image/jpeg" // what scans and telephones make
	_ "image/png"
	"net/http"
	"slices"
)

var kinds = []string{"application/pdf", "image/jpeg", "image/png"}

// Kind is what a document is, of the three that are taken.
func Kind(data []byte) (kind string, taken bool) {
	kind = http.DetectContentType(data)
	return kind, slices.Contains(kinds, kind)
}

const (
	// maxPixels is the longest side of a picture: four times a telephone's camera.
	maxPixels = 16_000
	// maxArea and maxPNG are what whoever looks at it has to unfold: a PNG of a
	// megabyte can be a gigabyte of pixels.
	maxArea = 108_000_000
	maxPNG  = 40_000_000
)

// Opens says whether a document of a kind can be opened by whoever has to look at it:
// that it has its head and its end, for what goes wrong is an upload that broke off.
// Its pixels are not unfolded here.
func Opens(kind string, data []byte) bool {
	most := maxArea
	switch kind {
	case "application/pdf":
		return bytes.Contains(data[max(0, len(data)-2048):], []byte("%%EOF"))
	case "image/png":
		most = maxPNG
		if !bytes.Contains(data, []byte("IEND\xaeB`\x82")) {
			return false
		}
	default:
		if !ends(data) {
			return false
		}
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	return err == nil && max(c.Width, c.Height) <= maxPixels && c.Width*c.Height <= most
}

// ends says whether a JPEG has its end after its first scan. Telephones write things
// of their own behind the end, and a small picture with an end of its own before it.
func ends(data []byte) bool {
	for i := 2; i+4 <= len(data) && data[i] == 0xff; {
		if data[i+1] == 0xda {
			return bytes.Contains(data[i:], []byte{0xff, 0xd9})
		}
		if data[i+1] == 0xff { // filling
			i++
			continue
		}
		i += 2 + int(data[i+2])<<8 + int(data[i+3])
	}
	return false
}
