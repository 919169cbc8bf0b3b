package letter

import (
	"strconv"
	"strings"
	"unicode"

	"huyun.internal/cloud/platform/page"
)

// The page of GB/T 9704, in points: a text block of 156 × 225 mm in which 22
// lines of 28 characters of size 3 stand.
const (
	pageW  = 210 * page.MM
	left   = 28 * page.MM
	top    = 37 * page.MM
	blockW = 156 * page.MM
	blockH = 225 * page.MM
	right  = left + blockW
	bottom = top + blockH
	char   = blockW / 28
	// from line to line; a letter that would put little on its last page may have
	// its lines closer (GB/T 9704, 7.3.5.3), down to the least that reads well
	fullPitch  = blockH / 22
	leastPitch = 0.8 * fullPitch
	// sizes of type: 2, 3, 4, 小四, 五
	size2, size3, size4, sizeS4, size5 = 22.0, 16.0, 14.0, 12.0, 10.5
	// what brings size 3 onto the grid of 28
	spacing3 = char - size3
)

// item is something that stands on one page: a line, a row, a block.
type item struct {
	h    float64
	keep bool // on one page with the next
	draw func(y float64)
	// of a row of a table: what is drawn on top of it on a new page, and how its
	// frame is closed at the end of one
	head  func(y float64)
	headH float64
	close func(y float64)
}

// paper is a document in the making.
type paper struct {
	*page.Sheet
	mark   string  // across each page
	number bool    // pages are numbered
	pitch  float64 // from line to line of the body
	top    float64 // where the text begins and ends on a page
	bottom float64
	y      float64
	pages  int
	widths map[width]float64
}

type width struct {
	face page.Face
	size float64
	r    rune
}

func newPaper(s *page.Sheet, mark string, numbered bool) *paper {
	return &paper{Sheet: s, mark: mark, number: numbered, pitch: fullPitch, top: top, bottom: bottom, widths: map[width]float64{}}
}

// faces are what letters and forms are set in.
func faces() []page.Face { return []page.Face{page.Song, page.Title} }

// begin begins a page. Odd numbers stand right, even left, 7 mm below the block.
func (p *paper) begin() {
	p.AddPage()
	p.pages++
	p.y = p.top
	if p.mark != "" {
		p.Use(page.Title, 110)
		p.SetTextColor(225, 225, 225)
		w := p.Width(p.mark)
		p.Rotate(45, pageW/2, 148.5*page.MM)
		p.Draw((pageW-w)/2, 148.5*page.MM-55, p.mark)
		p.RotateReset()
		p.SetTextColor(0, 0, 0)
	}
	if !p.number {
		return
	}
	p.Use(page.Song, size4)
	text := "— " + strconv.Itoa(p.pages) + " —"
	x := right - size4 - p.Width(text)
	if p.pages%2 == 0 {
		x = left + size4
	}
	p.Draw(x, bottom+7*page.MM, text)
}

// compose lays out what build makes, with lines as close as it takes to save a
// page, if that can be done.
func (p *paper) compose(build func() []item) {
	items := build()
	most := p.count(items)
	for p.pitch -= fullPitch / 25; p.pitch >= leastPitch && most > 1; p.pitch -= fullPitch / 25 {
		if closer := build(); p.count(closer) < most {
			p.flow(closer)
			return
		}
	}
	p.pitch = fullPitch
	p.flow(items)
}

// flow sets items onto pages.
func (p *paper) flow(items []item) {
	p.begin()
	p.paginate(items, func(i int, y float64, fresh bool) {
		if fresh {
			if i > 0 && items[i-1].close != nil {
				items[i-1].close(p.y)
			}
			p.begin()
			if items[i].head != nil {
				items[i].head(p.top)
			}
		}
		items[i].draw(y)
		p.y = y + items[i].h
	})
}

// count is how many pages items take.
func (p *paper) count(items []item) int {
	n := 1
	p.paginate(items, func(_ int, _ float64, fresh bool) {
		if fresh {
			n++
		}
	})
	return n
}

// paginate says of each item where it stands, and whether it begins a page.
// Items that are kept together are, unless they are more than a page.
func (p *paper) paginate(items []item, put func(i int, y float64, fresh bool)) {
	y := p.top
	for i := 0; i < len(items); {
		last, h := i, items[i].h
		for items[last].keep && last+1 < len(items) {
			last++
			h += items[last].h
		}
		full := y+h > p.bottom+1
		for ; i <= last; i++ {
			fresh := y > p.top && (full || y+items[i].h > p.bottom+1)
			if fresh {
				y = p.top + items[i].headH
			}
			full = false
			put(i, y, fresh)
			y += items[i].h
		}
	}
}

// runeWidth is how wide a character is.
func (p *paper) runeWidth(f page.Face, size float64, r rune) float64 {
	k := width{f, size, r}
	w, known := p.widths[k]
	if !known {
		p.Use(f, size)
		w = p.Width(string(r))
		p.widths[k] = w
	}
	return w
}

// line is a line of a text as it was broken.
type line struct {
	text    string
	natural float64 // width without extra space
	full    bool    // not the last of its paragraph
}

const (
	// what no line begins with, and what none ends with (GB/T 15834)
	closers = "，。、；：？！）》〉」』】〕”’…—％%"
	openers = "（《〈「『【〔“‘"
	// the longest run of letters and digits that is not broken
	maxWord = 24
)

// wrap breaks a text into lines of width w, the first of them indented. extra is
// what stands between characters.
func (p *paper) wrap(text string, f page.Face, size, extra, w, indent float64) []line {
	var out []line
	for _, part := range strings.Split(text, "\n") {
		out = append(out, p.wrapOne(part, f, size, extra, w, indent)...)
	}
	return out
}

func (p *paper) wrapOne(text string, f page.Face, size, extra, w, indent float64) []line {
	measure := func(s string) (sum float64) {
		for _, r := range s {
			sum += p.runeWidth(f, size, r) + extra
		}
		return sum
	}
	var out []line
	var now []string
	room, used := w-indent, 0.0
	end := func(full bool) {
		text := strings.Join(now, "")
		out = append(out, line{text: text, natural: used - float64(len([]rune(text)))*extra, full: full})
		now, used, room = nil, 0, w
	}
	for _, word := range words(text) {
		ww := measure(word)
		// a closing mark is pressed into the line before
		squeeze := 0.0
		if strings.Contains(closers, word) {
			squeeze = size * 0.8
		}
		if len(now) > 0 && used+ww > room+squeeze+0.01 {
			var carry []string
			for len(now) > 1 && (strings.Contains(openers, now[len(now)-1]) || (strings.Contains(closers, word) && len(carry) == 0)) {
				carry = append([]string{now[len(now)-1]}, carry...)
				used -= measure(now[len(now)-1])
				now = now[:len(now)-1]
			}
			end(true)
			for _, c := range carry {
				now = append(now, c)
				used += measure(c)
			}
		}
		now = append(now, word)
		used += ww
	}
	end(false)
	return out
}

// words are what is not broken: a character, or a run of letters and digits.
func words(text string) []string {
	var out []string
	run := false
	for _, r := range text {
		latin := r < unicode.MaxLatin1 && r != ' '
		if latin && run && len(out[len(out)-1]) < maxWord {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		run = latin
	}
	return out
}

// set draws a line at x, y; a full one reaches exactly over w.
func (p *paper) set(l line, f page.Face, size, extra, x, y, w float64) {
	n := float64(len([]rune(l.text)))
	if l.full && n > 1 {
		if stretched := (w - l.natural) / (n - 1); stretched < size/4 {
			extra = stretched
		}
	}
	p.Use(f, size)
	p.Keep(p.SetCharSpacing(extra))
	p.Draw(x, y, l.text)
	p.Keep(p.SetCharSpacing(0))
}

// paragraph is a text in the body's type, its first line two characters in.
func (p *paper) paragraph(text string) []item {
	lines := p.wrap(text, page.Song, size3, spacing3, blockW, 2*char)
	out := make([]item, len(lines))
	for i, l := range lines {
		x := left
		if i == 0 {
			x += 2 * char
		}
		out[i] = item{h: p.pitch, draw: func(y float64) { p.set(l, page.Song, size3, spacing3, x, y+(p.pitch-size3)/2-0.5, right-x) }}
	}
	return out
}

// flush is a text without indent, at the left.
func (p *paper) flush(text string) []item {
	var out []item
	for _, l := range p.wrap(text, page.Song, size3, spacing3, blockW, 0) {
		out = append(out, item{h: p.pitch, keep: true, draw: func(y float64) { p.set(l, page.Song, size3, spacing3, left, y+(p.pitch-size3)/2-0.5, blockW) }})
	}
	return out
}

// title is a heading in size 2, centred, over as many lines as it needs.
func (p *paper) title(text string) []item {
	var out []item
	for _, l := range p.wrap(text, page.Title, size2, 0, blockW, 0) {
		l.full = false
		out = append(out, item{h: 34, keep: true, draw: func(y float64) {
			p.Use(page.Title, size2)
			p.Draw(left+(blockW-l.natural)/2, y+5, l.text)
		}})
	}
	return out
}

// aligned is one line that ends at the right margin.
func (p *paper) aligned(text string) item {
	return item{h: p.pitch, keep: true, draw: func(y float64) {
		p.Use(page.Song, size3)
		p.Draw(right-p.Width(text), y+(p.pitch-size3)/2-0.5, text)
	}}
}

func gap(h float64) item { return item{h: h, draw: func(float64) {}} }
