package main

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	_ "image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The faces that every machine that builds us has: the gocv module ships two
// photographs of one man, taken on different days, and one of another man; Go
// itself ships a small picture of two more.
type faces struct {
	one, oneLater, other, pair image.Image
}

func goTool(t testing.TB, args ...string) string {
	t.Helper()
	out, err := exec.Command("go", args...).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

func load(t testing.TB, path string) image.Image {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = f.Close() }()
	img, _, err := image.Decode(f)
	require.NoError(t, err)
	return img
}

func loadFaces(t testing.TB) faces {
	t.Helper()
	dir := filepath.Join(goTool(t, "list", "-m", "-f", "{{.Dir}}", "gocv.io/x/gocv"), "images")
	std := filepath.Join(goTool(t, "env", "GOROOT"), "src", "image", "testdata")
	return faces{
		one:      load(t, filepath.Join(dir, "face.jpg")),
		oneLater: load(t, filepath.Join(dir, "face-detect.jpg")),
		other:    crop(load(t, filepath.Join(dir, "distortion.jpg")), image.Rect(560, 240, 920, 640)),
		pair:     scale(load(t, filepath.Join(std, "video-001.jpeg")), 4),
	}
}

// models returns the model directory, or skips the test with the reason.
func models(t testing.TB) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("HUYUN_MODELS"), filepath.Join("..", "..", "..", "..", "shared", "models")} {
		if dir == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, "mobilefacenet.caffemodel")); err == nil {
			abs, err := filepath.Abs(dir)
			require.NoError(t, err)
			return abs
		}
	}
	t.Skip("no face models: set HUYUN_MODELS to a directory with yunet and mobilefacenet to run this test")
	return ""
}

func encode(t testing.TB, img image.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	require.NoError(t, jpeg.Encode(&buf, img, &jpeg.Options{Quality: 92}))
	return buf.Bytes()
}

// mapped makes a w×h picture of what at says.
func mapped(w, h int, at func(x, y int) color.Color) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			out.Set(x, y, at(x, y))
		}
	}
	return out
}

func crop(img image.Image, r image.Rectangle) image.Image {
	out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, img, r.Min, draw.Src)
	return out
}

func scale(img image.Image, by int) image.Image {
	b := img.Bounds()
	return mapped(b.Dx()*by, b.Dy()*by, func(x, y int) color.Color { return img.At(b.Min.X+x/by, b.Min.Y+y/by) })
}

func bright(img image.Image, percent int) image.Image {
	b := img.Bounds()
	return mapped(b.Dx(), b.Dy(), func(x, y int) color.Color {
		c := color.RGBAModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.RGBA)
		f := func(v uint8) uint8 { return uint8(min(255, int(v)*percent/100)) }
		return color.RGBA{f(c.R), f(c.G), f(c.B), 255}
	})
}

// blurred is the mean of a square of 2r+1 pixels.
func blurred(img image.Image, r int) image.Image {
	b := img.Bounds()
	return mapped(b.Dx(), b.Dy(), func(x, y int) color.Color {
		var sum [3]uint32
		n := uint32(0)
		for dy := -r; dy <= r; dy++ {
			for dx := -r; dx <= r; dx++ {
				p := image.Pt(b.Min.X+x+dx, b.Min.Y+y+dy)
				if p.In(b) {
					cr, cg, cb, _ := img.At(p.X, p.Y).RGBA()
					sum[0], sum[1], sum[2], n = sum[0]+cr>>8, sum[1]+cg>>8, sum[2]+cb>>8, n+1
				}
			}
		}
		return color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255}
	})
}

func flipped(img image.Image) image.Image {
	b := img.Bounds()
	return mapped(b.Dx(), b.Dy(), func(x, y int) color.Color { return img.At(b.Max.X-1-x, b.Min.Y+y) })
}

// turned is a quarter turn to the right, n times.
func turned(img image.Image, n int) image.Image {
	for range n {
		src, b := img, img.Bounds()
		img = mapped(b.Dy(), b.Dx(), func(x, y int) color.Color { return src.At(b.Min.X+y, b.Max.Y-1-x) })
	}
	return img
}

// beside puts pictures in a grid.
func beside(columns int, pics ...image.Image) image.Image {
	w, h := pics[0].Bounds().Dx(), pics[0].Bounds().Dy()
	out := image.NewRGBA(image.Rect(0, 0, w*columns, h*((len(pics)+columns-1)/columns)))
	for i, p := range pics {
		at := image.Pt(i%columns*w, i/columns*h)
		draw.Draw(out, image.Rectangle{at, at.Add(image.Pt(w, h))}, p, p.Bounds().Min, draw.Src)
	}
	return out
}
