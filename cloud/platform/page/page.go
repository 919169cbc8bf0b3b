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
	"github.com/signintech/gopdf/fontmaker/core"

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

// typeface is a face as the library reads it, and its outlines to take parts of;
// read once: it is 15 MB, and an officer's transaction waits while a letter is
// printed.
type typeface struct {
	whole    *gopdf.FontContainer
	outlines *core.TTFParser
}

var parsed = map[Face]func() (typeface, error){ //nolint:gochecknoglobals // read-only once parsed
	Sans:  sync.OnceValues(func() (typeface, error) { return parse(Sans) }),
	Song:  sync.OnceValues(func() (typeface, error) { return parse(Song) }),
	Title: sync.OnceValues(func() (typeface, error) { return parse(Title) }),
}

func parse(f Face) (typeface, error) {
	t := typeface{new(gopdf.FontContainer), new(core.TTFParser)}
	font, err := fonts.ReadFile("font/" + string(f) + ".ttf")
	if err != nil {
		return t, fault.New(fault.Unavailable, "page.font", "本系统安装时没有装入中文字体，不能生成 PDF，请联系系统管理员").With(err)
	}
	if err = t.whole.AddTTFFontData(string(f), font); err == nil {
		err = t.outlines.ParseFontData(font)
	}
	if err != nil {
		return t, fmt.Errorf("load font %s: %w", f, err)
	}
	return t, nil
}

// Sheet is a PDF in the making; the first fault stays.
type Sheet struct {
	gopdf.GoPdf
	face  Face
	err   error
	lost  map[rune]bool
	used  map[Face]map[rune]bool
	trial bool // to be thrown away
}

// New begins an A4 document; the first face is the one in use. Fault: page.font.
func New(title string, faces ...Face) (*Sheet, error) {
	s := begin(title, faces[0])
	for _, f := range faces {
		c, err := parsed[f]()
		if err != nil {
			return nil, err
		}
		if err := s.AddTTFFontFromFontContainer(string(f), c.whole); err != nil {
			return nil, fmt.Errorf("use font %s: %w", f, err)
		}
	}
	return s, nil
}

func begin(title string, f Face) *Sheet {
	s := &Sheet{face: f, lost: map[rune]bool{}, used: map[Face]map[rune]bool{}}
	s.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	s.SetInfo(gopdf.PdfInfo{Title: title, Creator: "沪运从业"})
	return s
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
	used := s.used[s.face]
	if used == nil {
		used = map[rune]bool{}
		s.used[s.face] = used
	}
	return strings.Map(func(r rune) rune {
		has, err := s.IsCurrFontContainGlyph(r)
		s.Keep(err)
		if has || r == ' ' {
			used[r] = true
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
	if s.trial {
		return
	}
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
