package letter

import (
	"math"

	"github.com/signintech/gopdf"

	"huyun.internal/cloud/platform/page"
)

// sealSize is the diameter of an administrative organ's seal.
const sealSize = 42 * page.MM

// stamp sets the seal with its middle at x, y: the picture that was configured,
// or one drawn here, which says that it is a demonstration's.
func (p *paper) stamp(a Agency, x, y float64) {
	if len(a.Seal) > 0 {
		p.Picture(a.Seal, x-sealSize/2, y-sealSize/2, sealSize, sealSize, 1)
		return
	}
	const r = sealSize / 2
	p.SetStrokeColor(210, 30, 30)
	p.SetFillColor(210, 30, 30)
	p.SetTextColor(210, 30, 30)
	p.SetLineWidth(3)
	p.Oval(x-r+1.5, y-r+1.5, x+r-1.5, y+r-1.5)
	p.star(x, y-4, 17)
	p.arc(a.Name, x, y, r-8, 14)
	p.SetFillColor(0, 0, 0)
	p.Use(page.Title, 9)
	const what = "行政许可专用章"
	p.Draw(x-p.Width(what)/2, y+17, what)
	p.Use(page.Title, 13)
	const demo = "演示章"
	p.Draw(x-p.Width(demo)/2, y+30, demo)
	p.SetStrokeColor(0, 0, 0)
	p.SetTextColor(0, 0, 0)
	p.SetLineWidth(0.6)
}

// arc writes a name along the upper edge of a circle.
func (p *paper) arc(text string, x, y, r, size float64) {
	p.Use(page.Title, size)
	runes := []rune(text)
	step := math.Min(26, 250/float64(max(len(runes), 1)))
	if step < 16 { // a long name is set smaller
		p.Size(size * step / 16)
		size = size * step / 16
	}
	from := -step * float64(len(runes)-1) / 2
	for i, c := range runes {
		turn := from + step*float64(i)
		sin, cos := math.Sincos(turn * math.Pi / 180)
		cx, cy := x+(r-size/2)*sin, y-(r-size/2)*cos
		p.Rotate(-turn, cx, cy)
		p.Draw(cx-p.Width(string(c))/2, cy-size/2, string(c))
		p.RotateReset()
	}
}

func (p *paper) star(x, y, r float64) {
	var points []gopdf.Point
	for i := range 10 {
		at := r
		if i%2 == 1 {
			at = r * 0.382
		}
		sin, cos := math.Sincos(float64(i) * math.Pi / 5)
		points = append(points, gopdf.Point{X: x + at*sin, Y: y - at*cos})
	}
	p.Polygon(points, "F")
}
