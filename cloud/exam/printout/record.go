package printout

import (
	"bytes"
	"image"
	"strconv"

	"github.com/signintech/gopdf"
)

// Part is one section of a record; without entries it says that there is nothing.
type Part struct {
	Title   string
	Entries []Entry
}

// Entry is one thing that happened: a bold line, lines under it, and pictures
// side by side.
type Entry struct {
	Head     string
	Lines    []string
	Pictures []Labelled
}

// Labelled is a picture with its name; Missing stands in an empty frame.
type Labelled struct {
	Name    string
	Data    []byte
	Missing string
}

const (
	photoW, photoH = 84.0, 105.0
	bodyLine       = 15.0
)

// record is a record in the making: where the next line goes.
type record struct {
	sheet
	in   Sitting
	mark string
	y    float64
	page int
}

// Record is everything that is known of one candidate, over as many pages as it
// takes; mark says at each foot who printed it. Fault: page.font.
func Record(in Sitting, p Person, parts []Part, mark string) ([]byte, error) {
	s, err := newSheet("考生全程记录")
	if err != nil {
		return nil, err
	}
	r := &record{sheet: s, in: in, mark: mark}
	r.begin()
	r.person(p)
	for _, part := range parts {
		r.part(part)
	}
	return s.Finish()
}

func (r *record) begin() {
	r.AddPage()
	r.page++
	r.y = r.head("考 生 全 程 记 录", r.in)
	wide, foot := gopdf.PageSizeA4.W-2*margin, gopdf.PageSizeA4.H-margin+8
	r.Put(margin, foot, 9, wide-60, "打印："+r.mark+"　含个人信息，仅限考务核查使用")
	r.Put(margin+wide-50, foot, 9, 50, "第 "+strconv.Itoa(r.page)+" 页")
}

// room begins a page when what comes does not fit on this one.
func (r *record) room(h float64) {
	if r.y+h > gopdf.PageSizeA4.H-margin-6 {
		r.begin()
	}
}

func (r *record) person(p Person) {
	right := gopdf.PageSizeA4.W - margin - photoW
	r.frame(Labelled{Data: p.Photo, Missing: "无照片"}, right, r.y)
	for i, row := range [][2]string{{"姓　　名", p.Name}, {"证 件 号", p.IDNo}, {"准考证号", p.Admission}, {"排定座位", p.Seat}, {"类　　别", r.in.Category}, {"科　　目", r.in.Subject}} {
		y := r.y + float64(i)*17
		r.Put(margin, y, 11, 60, row[0])
		r.Put(margin+64, y, 11, right-margin-76, row[1])
	}
	r.y += photoH + 10
}

func (r *record) part(p Part) {
	r.room(60)
	r.SetStrokeColor(170, 170, 170)
	r.Line(margin, r.y, gopdf.PageSizeA4.W-margin, r.y)
	r.SetStrokeColor(0, 0, 0)
	r.Put(margin, r.y+6, 13, 300, p.Title)
	r.y += 26
	if len(p.Entries) == 0 {
		r.lines(10, "没有记录")
	}
	for _, e := range p.Entries {
		need := 2 * bodyLine
		if len(e.Pictures) > 0 {
			need += float64(len(e.Lines))*bodyLine + photoH + 20
		}
		r.room(need)
		if e.Head != "" {
			r.lines(11, e.Head)
		}
		for _, l := range e.Lines {
			r.lines(10, l)
		}
		r.pictures(e.Pictures)
		r.y += 4
	}
}

// lines writes a text over as many lines as it needs: what a person wrote down
// as a reason is not cut off here.
func (r *record) lines(size float64, text string) {
	wide := gopdf.PageSizeA4.W - 2*margin
	if text == "" {
		return
	}
	r.Size(size)
	list, err := r.SplitText(text, wide)
	r.Keep(err)
	for _, l := range list {
		r.room(bodyLine)
		r.Put(margin, r.y, size, wide, l)
		r.y += bodyLine
	}
}

func (r *record) pictures(list []Labelled) {
	if len(list) == 0 {
		return
	}
	for i, p := range list {
		x := margin + float64(i)*(photoW+12)
		r.frame(p, x, r.y)
		r.Centred(x, r.y+photoH, photoW, 14, 9, p.Name)
	}
	r.y += photoH + 18
}

func (r *record) frame(p Labelled, x, y float64) {
	r.RectFromUpperLeft(x, y, photoW, photoH)
	c, _, err := image.DecodeConfig(bytes.NewReader(p.Data))
	switch {
	case len(p.Data) == 0:
		r.Centred(x, y, photoW, photoH, 10, p.Missing)
	case err != nil:
		r.Centred(x, y, photoW, photoH, 10, "照片损坏")
	default:
		r.Picture(p.Data, x, y, photoW, photoH, float64(c.Width)/float64(c.Height))
	}
}
