// Package page is paper: PDF sheets in Chinese, with the fonts, lines, pictures
// and codes that everything we print is made of. Used by exam/printout (M62) and
// licensing/letter (M11, M39–M41).
//
// It knows nothing of what is printed. A character that a font lacks is printed
// as 〓 and reported by Lost; the PDF library would draw nothing, silently.
package page

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/signintech/gopdf"

	"huyun.internal/protocol/fault"
)

//go:embed font
var fonts embed.FS

// Face is a typeface.
type Face string

// Faces. Open substitutes: Song stands for 仿宋 in bodies, Title for 小标宋.
const (
	Sans  Face = "NotoSansSC"
	Song  Face = "NotoSerifSC"
	Title Face = "NotoSerifSC-SemiBold"
)

// MM is a millimetre in points.
const MM = 72 / 25.4

// Rare stands for a character that the font lacks: a wrong one would be worse.
const Rare = '〓'

// parsed are the fonts as the library reads them, once: a face is 15 MB, and an
// officer's transaction waits while a letter is printed.
var parsed = map[Face]func() (*gopdf.FontContainer, error){ //nolint:gochecknoglobals // read-only once parsed
	Sans:  sync.OnceValues(func() (*gopdf.FontContainer, error) { return parse(Sans) }),
	Song:  sync.OnceValues(func() (*gopdf.FontContainer, error) { return parse(Song) }),
	Title: sync.OnceValues(func() (*gopdf.FontContainer, error) { return parse(Title) }),
}

func parse(f Face) (*gopdf.FontContainer, error) {
	font, err := fonts.ReadFile("font/" + string(f) + ".ttf")
	if err != nil {
		return nil, fault.New(fault.Unavailable, "page.font", "本系统安装时没有装入中文字体，不能生成 PDF，请联系系统管理员").With(err)
	}
	c := new(gopdf.FontContainer)
	if err := c.AddTTFFontData(string(f), font); err != nil {
		return nil, fmt.Errorf("load font %s: %w", f, err)
	}
	return c, nil
}

// Sheet is a PDF in the making; the first fault stays.
type Sheet struct {
	gopdf.GoPdf
	face Face
	err  error
	lost map[rune]bool
}

// New begins an A4 document; the first face is the one in use. Fault: page.font.
func New(title string, faces ...Face) (*Sheet, error) {
	s := &Sheet{face: faces[0], lost: map[rune]bool{}}
	s.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	s.SetInfo(gopdf.PdfInfo{Title: title, Creator: "沪运从业"})
	for _, f := range faces {
		c, err := parsed[f]()
		if err != nil {
			return nil, err
		}
		if err := s.AddTTFFontFromFontContainer(string(f), c); err != nil {
			return nil, fmt.Errorf("use font %s: %w", f, err)
		}
	}
	return s, nil
}

// Keep remembers the first fault.
func (s *Sheet) Keep(err error) {
	if s.err == nil {
		s.err = err
	}
}

// Use sets face and size of what follows.
func (s *Sheet) Use(f Face, size float64) {
	s.face = f
	s.Size(size)
}

// Size sets the size of the face in use.
func (s *Sheet) Size(size float64) { s.Keep(s.SetFont(string(s.face), "", size)) }

// Clean is a text as the face in use can print it.
func (s *Sheet) Clean(text string) string {
	return strings.Map(func(r rune) rune {
		has, err := s.IsCurrFontContainGlyph(r)
		s.Keep(err)
		if has || r == ' ' {
			return r
		}
		s.lost[r] = true
		return Rare
	}, text)
}

// Lost are the characters that were printed as 〓, in order.
func (s *Sheet) Lost() string {
	out := make([]rune, 0, len(s.lost))
	for r := range s.lost {
		out = append(out, r)
	}
	slices.Sort(out)
	return string(out)
}

// Width is how wide a text is in the face and size in use.
func (s *Sheet) Width(text string) float64 {
	w, err := s.MeasureTextWidth(s.Clean(text))
	s.Keep(err)
	return w
}

// Draw writes a text whose upper left corner is at x, y, whole.
func (s *Sheet) Draw(x, y float64, text string) {
	s.SetXY(x, y)
	s.Keep(s.Cell(nil, s.Clean(text)))
}

// Put writes one line at x, y, cut to width: a long title must not run into the
// photograph.
func (s *Sheet) Put(x, y, size, width float64, text string) {
	s.Draw(x, y, s.Fit(size, width, text))
}

// Fit sets the size and cuts a line to a width.
func (s *Sheet) Fit(size, width float64, text string) string {
	s.Size(size)
	runes := []rune(s.Clean(text))
	for len(runes) > 1 && s.Width(string(runes)) > width && s.err == nil {
		runes = append(runes[:len(runes)-2], '…')
	}
	return string(runes)
}

// Centred writes one line in the middle of a box.
func (s *Sheet) Centred(x, y, w, h, size float64, text string) {
	fits := s.Fit(size, w, text)
	s.SetXY(x, y)
	s.Keep(s.CellWithOption(&gopdf.Rect{W: w, H: h}, fits, gopdf.CellOption{Align: gopdf.Center | gopdf.Middle}))
}

// Picture draws a photograph or code into a box, keeping its shape.
func (s *Sheet) Picture(data []byte, x, y, w, h, shape float64) {
	img, err := gopdf.ImageHolderByBytes(data)
	if err != nil {
		s.Keep(fmt.Errorf("picture: %w", err))
		return
	}
	pw, ph := w, w/shape
	if ph > h {
		pw, ph = h*shape, h
	}
	s.Keep(s.ImageByHolder(img, x+(w-pw)/2, y+(h-ph)/2, &gopdf.Rect{W: pw, H: ph}))
}

// Finish is the document.
func (s *Sheet) Finish() ([]byte, error) {
	if s.err != nil {
		return nil, fmt.Errorf("lay out sheet: %w", s.err)
	}
	out, err := s.GetBytesPdfReturnErr()
	if err != nil {
		return nil, fmt.Errorf("write sheet: %w", err)
	}
	return out, nil
}
