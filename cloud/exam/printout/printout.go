// Package printout lays out what is printed of a sitting (M62): admission tickets,
// the seat plan for the door, the list of who was absent. Used by sitting, which
// decides who may print what and fills in the people; names and numbers come in
// as they are to be shown.
//
// It knows no database and no right.
package printout

import (
	"embed"
	"fmt"
	"time"

	"github.com/signintech/gopdf"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Sitting is what stands at the head of a sheet.
type Sitting struct {
	Title, Number, Venue, Address, Room, Category, Subject string
	Starts                                                 time.Time
	Minutes                                                int
}

// Person is one candidate. Photo is empty, a PNG or a JPEG.
type Person struct {
	Name, IDNo, Admission, Seat string
	Photo                       []byte
}

//go:embed font
var fonts embed.FS

const (
	family = "noto"
	margin = 42.0
	// rare stands for a character that the font lacks: a wrong one would be worse
	rare = '〓'
)

// sheet is a PDF in the making; the first fault stays.
type sheet struct {
	gopdf.GoPdf
	err error
}

// newSheet begins an A4 document. Fault: exam.print.font.
func newSheet(title string) (*sheet, error) {
	font, err := fonts.ReadFile("font/NotoSansSC.ttf")
	if err != nil {
		return nil, fault.New(fault.Unavailable, "exam.print.font", "本系统安装时没有装入中文字体，不能生成 PDF，请联系系统管理员").With(err)
	}
	s := new(sheet)
	s.Start(gopdf.Config{PageSize: *gopdf.PageSizeA4})
	s.SetInfo(gopdf.PdfInfo{Title: title, Creator: "沪运从业"})
	substitute := func(rune) rune { return rare }
	if err := s.AddTTFFontDataWithOption(family, font, gopdf.TtfOption{OnGlyphNotFoundSubstitute: substitute}); err != nil {
		return nil, fmt.Errorf("load font: %w", err)
	}
	return s, nil
}

func (s *sheet) keep(err error) {
	if s.err == nil {
		s.err = err
	}
}

// text writes one line at x, y, cut to width: a long title must not run into
// the photograph.
func (s *sheet) text(x, y, size, width float64, text string) {
	fits := s.fit(size, width, text)
	s.SetXY(x, y)
	s.keep(s.Cell(nil, fits))
}

// fit sets the size and cuts a line to a width.
func (s *sheet) fit(size, width float64, text string) string {
	s.keep(s.SetFont(family, "", size))
	runes := []rune(text)
	for len(runes) > 1 {
		w, err := s.MeasureTextWidth(string(runes))
		s.keep(err)
		if w <= width || err != nil {
			break
		}
		runes = append(runes[:len(runes)-2], '…')
	}
	return string(runes)
}

// centred writes one line in the middle of a box.
func (s *sheet) centred(x, y, w, h, size float64, text string) {
	fits := s.fit(size, w, text)
	s.SetXY(x, y)
	s.keep(s.CellWithOption(&gopdf.Rect{W: w, H: h}, fits, gopdf.CellOption{Align: gopdf.Center | gopdf.Middle}))
}

// picture draws a photograph or code into a box, keeping its shape.
func (s *sheet) picture(data []byte, x, y, w, h float64, shape float64) {
	img, err := gopdf.ImageHolderByBytes(data)
	if err != nil {
		s.keep(fmt.Errorf("picture: %w", err))
		return
	}
	pw, ph := w, w/shape
	if ph > h {
		pw, ph = h*shape, h
	}
	s.keep(s.ImageByHolder(img, x+(w-pw)/2, y+(h-ph)/2, &gopdf.Rect{W: pw, H: ph}))
}

func (s *sheet) finish() ([]byte, error) {
	if s.err != nil {
		return nil, fmt.Errorf("lay out sheet: %w", s.err)
	}
	out, err := s.GetBytesPdfReturnErr()
	if err != nil {
		return nil, fmt.Errorf("write sheet: %w", err)
	}
	return out, nil
}

// head writes the lines that say which sitting a sheet is of, and returns where
// the rest begins.
func (s *sheet) head(what string, in Sitting) float64 {
	wide := gopdf.PageSizeA4.W - 2*margin
	s.centred(margin, margin, wide, 26, 20, what)
	s.text(margin, margin+34, 12, wide, in.Title+"（"+in.Number+"）")
	s.text(margin, margin+52, 12, wide, in.Venue+" "+in.Room+"　"+when(in))
	return margin + 76
}

func when(in Sitting) string {
	return fmt.Sprintf("%s 开考，%d 分钟", in.Starts.In(clock.Shanghai()).Format("2006年1月2日 15:04"), in.Minutes)
}
