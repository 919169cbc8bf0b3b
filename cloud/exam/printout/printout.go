// Package printout lays out what is printed of a sitting (M62): admission tickets,
// the seat plan for the door, the list of who was absent. Used by sitting, which
// decides who may print what and fills in the people; names and numbers come in
// as they are to be shown.
//
// It knows no database and no right.
package printout

import (
	"fmt"
	"time"

	"github.com/signintech/gopdf"

	"huyun.internal/cloud/platform/page"
	"huyun.internal/protocol/clock"
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

const margin = 42.0

// sheet is a PDF in the making.
type sheet struct{ *page.Sheet }

// newSheet begins an A4 document. Fault: page.font.
func newSheet(title string) (sheet, error) {
	s, err := page.New(title, page.Sans)
	return sheet{s}, err
}

// head writes the lines that say which sitting a sheet is of, and returns where
// the rest begins.
func (s sheet) head(what string, in Sitting) float64 {
	wide := gopdf.PageSizeA4.W - 2*margin
	s.Centred(margin, margin, wide, 26, 20, what)
	s.Put(margin, margin+34, 12, wide, in.Title+"（"+in.Number+"）")
	s.Put(margin, margin+52, 12, wide, in.Venue+" "+in.Room+"　"+when(in))
	return margin + 76
}

func when(in Sitting) string {
	return fmt.Sprintf("%s 开考，%d 分钟", in.Starts.In(clock.Shanghai()).Format("2006年1月2日 15:04"), in.Minutes)
}
