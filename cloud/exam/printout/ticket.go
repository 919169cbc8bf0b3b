package printout

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // photographs
	"slices"

	"github.com/signintech/gopdf"
)

const half = 421.0 // of an A4 page

// Tickets are admission tickets, two a page to be cut apart.
func Tickets(in Sitting, people []Person) ([]byte, error) {
	s, err := newSheet("准考证")
	if err != nil {
		return nil, err
	}
	for i, p := range people {
		s.ticket(in, p, s.halfPage(i)+30)
	}
	return s.Finish()
}

// Rules are what a candidate is told to bring and to mind, as the ticket has it.
func Rules() []string { return slices.Clone(rules) }

var rules = []string{
	"1. 凭本准考证和有效身份证件原件入场，二者缺一不可。",
	"2. 开考前 30 分钟到场核验身份；迟到 15 分钟以上按缺考处理。",
	"3. 通讯设备须关闭并放在指定位置；使用通讯设备或资料作弊的，成绩无效。",
	"4. 替考的，双方取消资格，一年内不得报考。",
}

func (s sheet) ticket(in Sitting, p Person, y float64) {
	wide := gopdf.PageSizeA4.W - 2*margin
	s.Centred(margin, y, wide, 28, 22, "准 考 证")
	s.Centred(margin, y+30, wide, 16, 11, "上海市交通从业人员考试　"+in.Title)
	top, right := y+60, gopdf.PageSizeA4.W-margin-110
	for i, row := range [][2]string{
		{"姓　　名", p.Name}, {"证 件 号", p.IDNo}, {"准考证号", p.Admission}, {"类　　别", in.Category}, {"科　　目", in.Subject},
		{"考试时间", when(in)}, {"考　　场", in.Venue}, {"地　　址", in.Address}, {"考室座位", in.Room + "　" + p.Seat + " 号"},
	} {
		line := top + float64(i)*20
		s.Put(margin, line, 12, 60, row[0])
		s.Put(margin+66, line, 12, right-margin-80, row[1])
	}
	s.RectFromUpperLeft(right, top, 105, 140)
	if len(p.Photo) == 0 {
		s.Centred(right, top, 105, 140, 11, "无照片")
	} else if c, _, err := image.DecodeConfig(bytes.NewReader(p.Photo)); err != nil {
		s.Keep(fmt.Errorf("photograph: %w", err))
	} else {
		s.Picture(p.Photo, right, top, 105, 140, float64(c.Width)/float64(c.Height))
	}
	s.QRCode(p.Admission, right+15, top+146, 75) // to be read at the door
	for i, r := range rules {
		s.Put(margin, top+200+float64(i)*17, 10, right-margin-10, r)
	}
}
