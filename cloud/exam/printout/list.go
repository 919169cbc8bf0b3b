package printout

import (
	"fmt"

	"github.com/signintech/gopdf"
)

const (
	across = 5
	boxH   = 44.0
	lineH  = 22.0
)

// SeatPlan is the room's seats in their order with who sits there, to hang at
// the door. A seat without anybody is shown empty.
func SeatPlan(in Sitting, seats []string, people []Person) ([]byte, error) {
	s, err := newSheet("座位表")
	if err != nil {
		return nil, err
	}
	at := map[string]Person{}
	for _, p := range people {
		at[p.Seat] = p
	}
	boxW := (gopdf.PageSizeA4.W - 2*margin) / across
	var y float64
	for i, seat := range seats {
		if i%across == 0 {
			y += boxH
			if i == 0 || y+boxH > gopdf.PageSizeA4.H-margin {
				s.AddPage()
				y = s.head("座 位 表", in)
			}
		}
		x := margin + float64(i%across)*boxW
		s.RectFromUpperLeft(x, y, boxW, boxH)
		s.Put(x+5, y+5, 11, 40, seat)
		p, taken := at[seat]
		if !taken {
			s.Put(x+45, y+5, 11, boxW-50, "空")
			continue
		}
		s.Put(x+45, y+5, 12, boxW-50, p.Name)
		s.Put(x+5, y+25, 9, boxW-10, p.Admission)
	}
	return s.Finish()
}

// Absent is the list of who did not come, to be signed and filed.
func Absent(in Sitting, booked int, people []Person) ([]byte, error) {
	s, err := newSheet("缺考名单")
	if err != nil {
		return nil, err
	}
	columns := []float64{0, 40, 130, 290, 450}
	wide := gopdf.PageSizeA4.W - 2*margin
	y := gopdf.PageSizeA4.H
	row := func(cells ...string) {
		for i, c := range cells {
			end := wide
			if i+1 < len(columns) {
				end = columns[i+1]
			}
			s.Put(margin+columns[i]+3, y+5, 11, end-columns[i]-6, c)
		}
		s.RectFromUpperLeft(margin, y, wide, lineH)
		y += lineH
	}
	begin := func() {
		s.AddPage()
		y = s.head("缺 考 名 单", in)
		s.Put(margin, y, 12, wide, fmt.Sprintf("应考 %d 人，缺考 %d 人", booked, len(people)))
		y += 22
		row("序号", "姓名", "证件号", "准考证号", "座位")
	}
	begin()
	for i, p := range people {
		if y+4*lineH > gopdf.PageSizeA4.H-margin {
			begin()
		}
		row(fmt.Sprint(i+1), p.Name, p.IDNo, p.Admission, p.Seat)
	}
	s.Put(margin, y+20, 12, wide, "主考签字：______________　　监考员签字：______________　　日期：__________")
	return s.Finish()
}
