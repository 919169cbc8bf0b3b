package engine

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // for DecodeConfig
	_ "image/png"  // for DecodeConfig

	"gocv.io/x/gocv"
)

// What a picture may be. A camera picture is far below; a decompression bomb
// is far above.
const (
	MaxBytes  = 8 << 20
	MaxPixels = 40_000_000
	MinSide   = 16
)

// workingSide is the longest side, in pixels, that engines are given. Larger
// pictures are reduced while they are decoded, which bounds a worker's memory.
const workingSide = 2048

// Reasons for which a picture is not looked at.
var (
	ErrBytes   = errors.New("picture has too many bytes")
	ErrFormat  = errors.New("picture is neither JPEG nor PNG")
	ErrPixels  = errors.New("picture has too many pixels")
	ErrSmall   = errors.New("picture is too small")
	ErrDamaged = errors.New("picture is damaged")
)

// Decode reads a JPEG or PNG into a BGR Mat, which the caller closes. The
// dimensions are read in Go before OpenCV is given a byte.
func Decode(data []byte) (gocv.Mat, error) {
	flags, err := inspect(data)
	if err != nil {
		return gocv.Mat{}, err
	}
	img, err := gocv.IMDecode(data, flags)
	if err != nil {
		return gocv.Mat{}, errors.Join(ErrDamaged, err)
	}
	if img.Empty() || img.Type() != gocv.MatTypeCV8UC3 {
		_ = img.Close()
		return gocv.Mat{}, ErrDamaged
	}
	return img, nil
}

// inspect judges a picture by its header and end, and says how to decode it.
func inspect(data []byte) (gocv.IMReadFlag, error) {
	if len(data) > MaxBytes {
		return 0, ErrBytes
	}
	conf, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || (format != "jpeg" && format != "png") {
		return 0, ErrFormat
	}
	switch {
	// Sides first: their product could not overflow int64, but why rely on it.
	case conf.Width > MaxPixels || conf.Height > MaxPixels || conf.Width*conf.Height > MaxPixels:
		return 0, ErrPixels
	case conf.Width < MinSide || conf.Height < MinSide:
		return 0, ErrSmall
	case format == "jpeg" && !jpegEnds(data), format == "png" && !bytes.Contains(data, []byte("IEND\xaeB`\x82")):
		return 0, ErrDamaged
	}
	switch side := max(conf.Width, conf.Height); {
	case side > 4*workingSide:
		return gocv.IMReadReducedColor8, nil
	case side > 2*workingSide:
		return gocv.IMReadReducedColor4, nil
	case side > workingSide:
		return gocv.IMReadReducedColor2, nil
	}
	return gocv.IMReadColor, nil
}

// jpegEnds reports whether the end marker follows the first scan. OpenCV fills
// a picture that was cut off with grey and says nothing; a face half grey must
// not be judged. The marker cannot occur inside entropy-coded data, and the
// one of an embedded thumbnail lies in a segment before the scan.
func jpegEnds(data []byte) bool {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		marker := data[at+1]
		if marker == 0xff { // fill byte
			at++
			continue
		}
		at += 2 + int(data[at+2])<<8 + int(data[at+3])
		if marker == 0xda {
			return at <= len(data) && bytes.Contains(data[at:], []byte{0xff, 0xd9})
		}
	}
	return false
}
