package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// fine is how many times larger than the picture we draw before scaling down,
// so that edges come out smooth.
const fine = 4

type point struct{ x, y float64 }

type canvas struct {
	w, h int
	img  *image.RGBA // fine times w and h
}

func newCanvas(w, h int, back color.Color) *canvas {
	c := &canvas{w: w, h: h, img: image.NewRGBA(image.Rect(0, 0, w*fine, h*fine))}
	c.rect(back, 0, 0, float64(w), float64(h))
	return c
}

// fill paints every point for which inside holds within a box.
func (c *canvas) fill(col color.Color, x0, y0, x1, y1 float64, inside func(x, y float64) bool) {
	r := image.Rect(int(x0*fine), int(y0*fine), int(math.Ceil(x1*fine)), int(math.Ceil(y1*fine))).Intersect(c.img.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if inside((float64(x)+0.5)/fine, (float64(y)+0.5)/fine) {
				c.img.Set(x, y, col)
			}
		}
	}
}

func (c *canvas) rect(col color.Color, x0, y0, x1, y1 float64) {
	c.fill(col, x0, y0, x1, y1, func(x, y float64) bool { return x >= x0 && x < x1 && y >= y0 && y < y1 })
}

func (c *canvas) disc(col color.Color, x, y, r float64) {
	c.fill(col, x-r, y-r, x+r, y+r, func(px, py float64) bool { return math.Hypot(px-x, py-y) <= r })
}

// ring is a stroke of the given width along a circle, between two angles in
// degrees, clockwise from three o'clock.
func (c *canvas) ring(col color.Color, x, y, r, width, from, to float64) {
	out := r + width/2
	c.fill(col, x-out, y-out, x+out, y+out, func(px, py float64) bool {
		a := math.Mod(math.Atan2(py-y, px-x)*180/math.Pi+720-from, 360)
		return math.Abs(math.Hypot(px-x, py-y)-r) <= width/2 && a <= to-from
	})
}

// line is a stroke with round ends.
func (c *canvas) line(col color.Color, width float64, pts ...point) {
	r := width / 2
	for i := 1; i < len(pts); i++ {
		a, b := pts[i-1], pts[i]
		d := point{b.x - a.x, b.y - a.y}
		long := d.x*d.x + d.y*d.y
		c.fill(col, min(a.x, b.x)-r, min(a.y, b.y)-r, max(a.x, b.x)+r, max(a.y, b.y)+r, func(x, y float64) bool {
			t := max(0, min(1, ((x-a.x)*d.x+(y-a.y)*d.y)/long))
			return math.Hypot(x-a.x-t*d.x, y-a.y-t*d.y) <= r
		})
	}
}

func (c *canvas) arrow(col color.Color, width float64, pts ...point) {
	c.line(col, width, pts...)
	a, b := pts[len(pts)-2], pts[len(pts)-1]
	n := math.Hypot(b.x-a.x, b.y-a.y)
	u := point{(b.x - a.x) / n * width, (b.y - a.y) / n * width}
	c.poly(col, point{b.x + 3*u.x, b.y + 3*u.y}, point{b.x - 2*u.y, b.y + 2*u.x}, point{b.x + 2*u.y, b.y - 2*u.x})
}

func (c *canvas) dashes(col color.Color, width, on, off float64, a, b point) {
	n := math.Hypot(b.x-a.x, b.y-a.y)
	for s := 0.0; s < n; s += on + off {
		e := min(s+on, n)
		c.line(col, width, point{a.x + (b.x-a.x)*s/n, a.y + (b.y-a.y)*s/n}, point{a.x + (b.x-a.x)*e/n, a.y + (b.y-a.y)*e/n})
	}
}

// poly fills a polygon, even-odd.
func (c *canvas) poly(col color.Color, pts ...point) {
	lo, hi := pts[0], pts[0]
	for _, p := range pts {
		lo, hi = point{min(lo.x, p.x), min(lo.y, p.y)}, point{max(hi.x, p.x), max(hi.y, p.y)}
	}
	c.fill(col, lo.x, lo.y, hi.x, hi.y, func(x, y float64) bool {
		in := false
		for i, j := 0, len(pts)-1; i < len(pts); j, i = i, i+1 {
			a, b := pts[i], pts[j]
			if (a.y > y) != (b.y > y) && x < (b.x-a.x)*(y-a.y)/(b.y-a.y)+a.x {
				in = !in
			}
		}
		return in
	})
}

// smooth turns control points into a closed curve through them (Catmull-Rom).
func smooth(pts ...point) []point {
	var out []point
	n := len(pts)
	for i := range pts {
		a, b, c, d := pts[(i+n-1)%n], pts[i], pts[(i+1)%n], pts[(i+2)%n]
		for s := range 12 {
			t := float64(s) / 12
			mix := func(a, b, c, d float64) float64 {
				return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
			}
			out = append(out, point{mix(a.x, b.x, c.x, d.x), mix(a.y, b.y, c.y, d.y)})
		}
	}
	return out
}

// encode scales down and writes a PNG of few colours, which stays small.
func (c *canvas) encode() ([]byte, error) {
	out := image.NewNRGBA(image.Rect(0, 0, c.w, c.h))
	for y := range c.h {
		for x := range c.w {
			var sum [3]int
			for dy := range fine {
				for dx := range fine {
					p := c.img.RGBAAt(x*fine+dx, y*fine+dy)
					sum[0], sum[1], sum[2] = sum[0]+int(p.R), sum[1]+int(p.G), sum[2]+int(p.B)
				}
			}
			step := func(v int) uint8 { return uint8(min(255, (v/(fine*fine)+8)/17*17)) }
			out.SetNRGBA(x, y, color.NRGBA{step(sum[0]), step(sum[1]), step(sum[2]), 255})
		}
	}
	var b bytes.Buffer
	err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out)
	return b.Bytes(), err
}
