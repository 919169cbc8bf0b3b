package letter

import (
	"math"

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
	p.SetTextColor(210, 30, 30)
	p.SetLineWidth(3)
	p.Oval(x-r+1.5, y-r+1.5, x+r-1.5, y+r-1.5)
	p.arc(a.Name, x, y, r-7, 14)
	// without the star of a real one; agency and date stand below the middle
	const demo, what = "演示章", "行政许可专用章"
	p.Use(page.Title, 19)
	p.Draw(x-p.Width(demo)/2, y-24, demo)
	p.Use(page.Title, 7)
	p.Draw(x-p.Width(what)/2, y+43, what)
	p.SetStrokeColor(0, 0, 0)
	p.SetTextColor(0, 0, 0)
	p.SetLineWidth(0.6)
}

// arc writes a name along the upper edge of a circle.
func (p *paper) arc(text string, x, y, r, size float64) {
	p.Use(page.Title, size)
	runes := []rune(text)
	step := math.Min(23, 250/float64(max(len(runes), 1)))
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
