package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"

	"golang.org/x/image/draw"
)

// What a terminal's camera gives.
const (
	filmWidth, filmHeight = 640, 480
	filmFrames            = 5
)

// film writes a picture as a film that stands still (YUV4MPEG2), which a browser
// can be told to take for its camera. The picture is fitted in, on grey.
func film(path string, picture []byte) error {
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		return err
	}
	frame := image.NewRGBA(image.Rect(0, 0, filmWidth, filmHeight))
	draw.Draw(frame, frame.Rect, image.NewUniform(color.Gray{Y: 128}), image.Point{}, draw.Src)
	b := img.Bounds()
	w := filmHeight * b.Dx() / b.Dy()
	left := (filmWidth - w) / 2
	draw.CatmullRom.Scale(frame, image.Rect(left, 0, left+w, filmHeight), img, b, draw.Src, nil)

	var out bytes.Buffer
	fmt.Fprintf(&out, "YUV4MPEG2 W%d H%d F5:1 Ip A1:1 C420jpeg\n", filmWidth, filmHeight)
	planes := planar(frame)
	for range filmFrames {
		out.WriteString("FRAME\n")
		out.Write(planes)
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}

// planar turns a frame into its three planes, 4:2:0, in the range of television:
// that is how browsers read such a film.
func planar(frame *image.RGBA) []byte {
	luma := make([]byte, 0, filmWidth*filmHeight*3/2)
	var blue, red []byte
	for y := range filmHeight {
		for x := range filmWidth {
			c := frame.RGBAAt(x, y)
			yy, cb, cr := color.RGBToYCbCr(c.R, c.G, c.B)
			luma = append(luma, narrow(yy, 16, 219))
			if x%2 == 0 && y%2 == 0 {
				blue, red = append(blue, narrow(cb, 16, 224)), append(red, narrow(cr, 16, 224))
			}
		}
	}
	return append(append(luma, blue...), red...)
}

func narrow(v uint8, from, span int) byte { return byte(from + int(v)*span/255) }
