package printout

import (
	"github.com/signintech/gopdf"
)

// Notice is what one candidate is told of a result: what was reached, and what
// can be done now.
type Notice struct {
	Person
	Result string      // in large letters
	Facts  [][2]string // name and value
	Next   []string
}

// Notices are notices of results, two a page to be cut apart; issued says by
// whom and when the results were published. Fault: page.font.
func Notices(in Sitting, issued string, list []Notice) ([]byte, error) {
	s, err := newSheet("成绩通知单")
	if err != nil {
		return nil, err
	}
	for i, n := range list {
		s.notice(in, n, issued, s.halfPage(i)+30)
	}
	return s.Finish()
}

// halfPage begins a page for every second of many, and says where this one stands.
func (s sheet) halfPage(i int) float64 {
	if i%2 == 0 {
		s.AddPage()
		return 0
	}
	s.SetLineType("dashed")
	s.Line(margin, half, gopdf.PageSizeA4.W-margin, half)
	s.SetLineType("solid")
	return half
}

func (s sheet) notice(in Sitting, n Notice, issued string, y float64) {
	wide := gopdf.PageSizeA4.W - 2*margin
	s.Centred(margin, y, wide, 28, 22, "成 绩 通 知 单")
	s.Centred(margin, y+30, wide, 16, 11, "上海市交通从业人员考试　"+in.Title)
	top, right := y+60, gopdf.PageSizeA4.W-margin-130
	facts := append([][2]string{
		{"姓　　名", n.Name}, {"证 件 号", n.IDNo}, {"准考证号", n.Admission}, {"类　　别", in.Category}, {"科　　目", in.Subject},
		{"考试时间", when(in)}, {"考　　场", in.Venue},
	}, n.Facts...)
	for i, row := range facts {
		line := top + float64(i)*20
		s.Put(margin, line, 12, 66, row[0])
		s.Put(margin+72, line, 12, right-margin-86, row[1])
	}
	s.RectFromUpperLeft(right, top, 125, 60)
	s.Centred(right, top, 125, 60, 24, n.Result)
	foot := top + float64(len(facts))*20 + 8
	for i, text := range n.Next {
		s.Put(margin, foot+float64(i)*17, 10.5, wide, text)
	}
	s.Put(margin, y+half-70, 10, wide, issued)
}
