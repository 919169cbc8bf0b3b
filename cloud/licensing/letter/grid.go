package letter

import (
	"huyun.internal/cloud/platform/page"
)

const (
	cellPad  = 4.0
	cellLine = 18.0
)

// table is a list with a head that is repeated on every page. A row that fits on
// half a page is not broken.
func (p *paper) table(head []string, shares []float64, rows [][]string) []item {
	widths := make([]float64, len(shares))
	for i, s := range shares {
		widths[i] = blockW * s / 100
	}
	const headH = cellLine + 8
	drawHead := func(y float64) {
		p.frame(y, headH, widths, true, true)
		x := left
		for i, h := range head {
			p.Use(page.Title, sizeS4)
			p.Draw(x+(widths[i]-p.Width(h))/2, y+7, h)
			x += widths[i]
		}
	}
	out := []item{{h: headH, keep: true, draw: drawHead}}
	for _, r := range rows {
		for _, slice := range p.row(r, widths) {
			slice.head, slice.headH = drawHead, headH
			out = append(out, slice)
		}
	}
	return append(out, gap(6))
}

// row is a row of a table in slices of one line, so that a long one can go on on
// the next page.
func (p *paper) row(cells []string, widths []float64) []item {
	broken := make([][]line, len(cells))
	n := 1
	for i, c := range cells {
		broken[i] = p.wrap(c, page.Song, sizeS4, 0, widths[i]-2*cellPad, 0)
		n = max(n, len(broken[i]))
	}
	together := float64(n)*cellLine < blockH/2
	out := make([]item, n)
	for i := range n {
		h, above := cellLine, 0.0
		if i == 0 {
			h, above = h+4, 4
		}
		if i == n-1 {
			h += 4
		}
		out[i] = item{
			h: h, keep: together && i < n-1,
			close: func(y float64) { p.Line(left, y, right, y) },
			draw: func(y float64) {
				p.frame(y, h, widths, false, i == n-1)
				x := left
				for c, lines := range broken {
					if i < len(lines) {
						at := x + cellPad
						if len(lines) == 1 && len([]rune(lines[i].text)) <= 4 { // a number, a short word
							at = x + (widths[c]-lines[i].natural)/2
						}
						p.set(lines[i], page.Song, sizeS4, 0, at, y+above+3, widths[c]-2*cellPad)
					}
					x += widths[c]
				}
			},
		}
	}
	return out
}

// frame draws the sides of a row's cells, and its top and bottom.
func (p *paper) frame(y, h float64, widths []float64, above, below bool) {
	p.SetLineWidth(0.6)
	x := left
	p.Line(x, y, x, y+h)
	total := 0.0
	for _, w := range widths {
		x += w
		total += w
		p.Line(x, y, x, y+h)
	}
	if above {
		p.Line(left, y, left+total, y)
	}
	if below {
		p.Line(left, y+h, left+total, y+h)
	}
}

// cell is a box of a form: a label or a value, so many percent wide.
type cell struct {
	share float64
	label bool
	text  string
}

// gridRow is a row of boxes, at least h high, grown to what it holds. inset is
// what is left free at the right, for a photograph.
func (p *paper) gridRow(h, inset float64, cells ...cell) item {
	wide := blockW - inset
	broken := make([][]line, len(cells))
	widths := make([]float64, len(cells))
	for i, c := range cells {
		widths[i] = wide * c.share / 100
		broken[i] = p.wrap(c.text, page.Song, sizeS4, 0, widths[i]-2*cellPad, 0)
		h = max(h, float64(len(broken[i]))*cellLine+8)
	}
	return item{h: h, draw: func(y float64) {
		p.frame(y, h, widths, true, true)
		x := left
		for i, lines := range broken {
			above := (h - float64(len(lines))*cellLine) / 2
			for n, l := range lines {
				at := x + cellPad
				if cells[i].label {
					at, l.full = x+(widths[i]-l.natural)/2, false
				}
				p.set(l, page.Song, sizeS4, 0, at, y+above+float64(n)*cellLine+3, widths[i]-2*cellPad)
			}
			x += widths[i]
		}
	}}
}

// label and value make a form's boxes.
func label(share float64, text string) cell { return cell{share, true, text} }
func value(share float64, text string) cell { return cell{share, false, text} }
