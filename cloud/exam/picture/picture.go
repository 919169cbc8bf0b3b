// Package picture takes pictures from outside and returns ones that are safe
// to keep and to show: decoded within a pixel limit, turned upright, and
// written anew, so that no metadata (a telephone's GPS position), no trailing
// bytes and no second format survive. Used for question pictures (M55) and
// candidates' reference photographs (M54), one by one or from a zip file.
//
// It does not judge what is on a picture; faces are the venue's business.
package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"

	"huyun.internal/protocol/fault"
)

// Limits of one picture.
type Limits struct {
	Bytes  int // as uploaded
	Min    int // pixels of the shorter side
	Max    int // pixels of the longer side
	Pixels int // width × height: what decoding may cost in memory
}

// Picture is a cleaned picture.
type Picture struct {
	Type   string // image/png or image/jpeg
	Data   []byte
	Width  int
	Height int
}

const quality = 90

// Clean checks and rewrites one picture. Faults: exam.picture.size,
// exam.picture.type, exam.picture.broken, exam.picture.dimension.
func Clean(data []byte, lim Limits) (Picture, error) {
	if len(data) > lim.Bytes {
		return Picture{}, fault.Newf(fault.TooLarge, "exam.picture.size", "图片超过 %d KB，请压缩后再上传", lim.Bytes>>10)
	}
	kind := sniff(data)
	if kind == "" {
		return Picture{}, fault.New(fault.Invalid, "exam.picture.type", "只接受 PNG 或 JPEG 图片")
	}
	conf, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return Picture{}, broken(err)
	}
	if min(conf.Width, conf.Height) < lim.Min || max(conf.Width, conf.Height) > lim.Max || conf.Width*conf.Height > lim.Pixels {
		return Picture{}, fault.Newf(fault.Invalid, "exam.picture.dimension",
			"图片为 %d×%d 像素，要求短边不小于 %d、长边不大于 %d", conf.Width, conf.Height, lim.Min, lim.Max)
	}
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return Picture{}, broken(err)
	}
	turn := 1
	if kind == "image/jpeg" {
		turn = orientation(data)
	}
	out, err := encode(upright(img, turn), kind)
	if err == nil && kind == "image/jpeg" && turn <= 1 && ours(data, out.Data) {
		out.Data = data
	}
	return out, err
}

// ours tells whether a JPEG was written by Clean before: the same headers, byte
// for byte, as the one just made of it, about its length, and nothing but one
// scan up to the end. Encoding such a picture again would only blur it, and a
// bank that is exported and imported would get other pictures each time.
func ours(data, made []byte) bool {
	head := bytes.Index(made, []byte{0xFF, 0xDA})
	if head < 0 || len(data) < head || !bytes.Equal(data[:head], made[:head]) {
		return false
	}
	if d := len(data) - len(made); max(d, -d) > len(made)/20+64 {
		return false
	}
	scan := data[head+2:]
	for i := 0; i+1 < len(scan); i++ {
		if scan[i] == 0xFF && scan[i+1] != 0 {
			return scan[i+1] == 0xD9 && i+2 == len(scan)
		}
	}
	return false
}

func sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(data, []byte{0xFF, 0xD8, 0xFF}):
		return "image/jpeg"
	}
	return ""
}

func encode(img image.Image, kind string) (Picture, error) {
	var b bytes.Buffer
	var err error
	if kind == "image/png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	}
	if err != nil {
		return Picture{}, fmt.Errorf("encode picture: %w", err)
	}
	r := img.Bounds()
	return Picture{Type: kind, Data: b.Bytes(), Width: r.Dx(), Height: r.Dy()}, nil
}

// upright redraws a picture in eight bits a channel, turned as its EXIF
// orientation (1 to 8) says.
func upright(img image.Image, turn int) image.Image {
	r := img.Bounds()
	w, h := r.Dx(), r.Dy()
	flat := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(flat, flat.Bounds(), img, r.Min, draw.Src)
	if turn <= 1 || turn > 8 {
		return flat
	}
	ow, oh := w, h
	if turn >= 5 {
		ow, oh = h, w
	}
	out := image.NewNRGBA(image.Rect(0, 0, ow, oh))
	for y := range h {
		for x := range w {
			nx, ny := place(turn, x, y, w, h)
			out.SetNRGBA(nx, ny, flat.NRGBAAt(x, y))
		}
	}
	return out
}

// place says where a stored pixel belongs in the upright picture, after the
// table of EXIF 2.3, tag 0x0112.
func place(turn, x, y, w, h int) (int, int) {
	switch turn {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	default:
		return y, w - 1 - x
	}
}

func broken(cause error) error {
	return fault.New(fault.Invalid, "exam.picture.broken", "图片无法打开，可能不完整，请重新保存后再上传").With(cause)
}
