package letter

import (
	"strings"

	"huyun.internal/cloud/platform/page"
)

// Agency is whose letters they are, as configured.
type Agency struct {
	Code     string // in the numbering; one centre serves one agency
	Name     string
	Prefix   string // of numbers: 沪交从
	Review   string // who reviews its decisions
	Court    string
	Phone    string
	Address  string
	Seal     []byte // picture of the seal, PNG with a transparent ground; none: drawn, and marked 演示章
	Verify   string // address of the page where a code is checked; "#code" is added
	Progress string // address of the page where a case's progress is shown; the application number is added
}

// sheet is a letter to be printed.
type sheet struct {
	*values
	template *template
	text     *text  // what it says; nil: what the template says
	number   string // none in a preview
	code     string // by which it is verified
	preview  bool
}

// output is a printed letter.
type output struct {
	pdf   []byte
	lost  string
	pages int
}

// print lays a letter out. Faults: licensing.letter.field, page.font.
func (s *sheet) print() (output, error) {
	if s.text == nil {
		var err error
		if s.text, err = s.template.fill(s.values); err != nil {
			return output{}, err
		}
	}
	mark := ""
	if s.preview {
		mark = "预　览"
	}
	var p *paper
	_, err := page.Twice(s.text.Title, faces(), func(on *page.Sheet) error {
		p = newPaper(on, mark, s.template.Kind != Slip)
		switch s.template.Kind {
		case Delivered:
			p.compose(func() []item { return s.service(p) })
		case Slip:
			p.compose(func() []item { return s.slip(p, s.text.Paragraphs) })
		default:
			p.compose(func() []item { return s.letter(p, s.text.Paragraphs) })
		}
		return nil
	})
	if err != nil {
		return output{}, err
	}
	pdf, err := p.Finish()
	return output{pdf, p.Lost(), p.pages}, err
}

func (s *sheet) head(p *paper) []item {
	items := append(p.title(s.Name), p.title(s.text.Title)...)
	number := s.number
	if s.preview {
		number = "（预览，尚未编号）"
	}
	if number != "" {
		items = append(items, gap(4), p.aligned(number), gap(p.pitch/2))
	}
	return items
}

func (s *sheet) letter(p *paper, said []paragraph) []item {
	items := append(s.head(p), p.flush(s.Applicant+"（"+s.IDType+" "+s.IDNoMask+"）：")...)
	for _, par := range said {
		if par.Table != "" {
			head, shares, rows := s.table(par.Table)
			items = append(items, p.table(head, shares, rows)...)
			continue
		}
		items = append(items, p.paragraph(par.Text)...)
	}
	// the seal never stands on a page without a line of the text
	for i := max(0, len(items)-2); i < len(items); i++ {
		items[i].keep = true
	}
	return append(items, s.ending(p))
}

const endingH = sealSize + 24

// ending is the name of the agency and the date with the seal over them (骑年盖月),
// and the code at the left. The date ends four characters from the right.
func (s *sheet) ending(p *paper) item {
	return item{h: endingH, draw: func(y float64) {
		p.Use(page.Song, size3)
		date := chinese(s.date)
		name, dw := p.Width(s.Name), p.Width(date)
		x := right - 4*char - dw
		middle := x + dw/2
		if middle+name/2 > right {
			middle = right - name/2
		}
		if !s.preview {
			p.stamp(s.Agency, middle, y+8+sealSize/2)
			s.verification(p, y+20)
		}
		p.Use(page.Song, size3)
		p.Draw(middle-name/2, y+8+sealSize/2+2, s.Name)
		p.Draw(x, y+8+sealSize/2+fullPitch, date)
	}}
}

const qrSide = 26 * page.MM

// verification is the code as a picture and to be typed, at the left margin.
func (s *sheet) verification(p *paper, y float64) {
	text := s.code
	if s.Verify != "" {
		text = s.Verify + "#" + s.code
	}
	p.QRCode(text, left, y, qrSide)
	p.Use(page.Song, size5)
	x := left + qrSide + 6
	lines := []string{"查验码", s.code[:len(s.code)/2], s.code[len(s.code)/2+1:], "扫码或者输入查验码", "可以核对本文书真伪", "咨询电话：" + s.Phone}
	if len(s.Seal) == 0 {
		lines = append(lines, "演示环境生成，无法律效力")
	}
	for i, l := range lines {
		p.Draw(x, y+1+float64(i)*13.5, l)
	}
}

// service is the record of delivery, with room for what is written by hand.
func (s *sheet) service(p *paper) []item {
	d := s.Delivery
	const h = 28
	pair := func(a, va, b, vb string) item {
		return p.gridRow(h, 0, label(18, a), value(32, va), label(18, b), value(32, vb))
	}
	items := append(s.head(p),
		p.gridRow(h, 0, label(18, "受送达人"), value(82, s.Applicant+strings.TrimRight("　"+s.IDType+" "+s.IDNoMask, " 　"))),
		p.gridRow(h, 0, label(18, "事　项"), value(82, s.Matter+"（统一审批编码 "+s.ApplyNo+"）")),
		p.gridRow(h, 0, label(18, "送达文书\n及文号"), value(82, strings.Join(d.Documents, "\n"))),
		pair("送达方式", modeNames[d.Mode], "送达地点", d.Place),
		pair("送达时间", d.Sent, "收到时间", d.Received),
		p.gridRow(52, 0, label(18, "收件人\n签名或盖章"), value(82, d.signature())),
		p.gridRow(h, 0, label(18, "代收人及与\n本人关系"), value(82, d.Relation)),
		p.gridRow(h, 0, label(18, "拒收事由"), value(82, d.RefuseNote)),
		pair("见证人", d.Witness, "送达人", d.Deliverer),
		p.gridRow(h, 0, label(18, "备　注"), value(82, d.note())),
	)
	return append(items, gap(8), s.ending(p))
}

// signature is who signed, or why nobody did; a signature on paper has its date.
func (d *Delivery) signature() string {
	switch d.Mode {
	case Electronic:
		return "电子送达，不需要签名"
	case Notice:
		return "公告送达，不需要签名"
	case Lien:
		return "受送达人拒绝签收"
	}
	return d.Signer + "\n　　　　　　　　　　　　　　　年　　月　　日"
}

func (d *Delivery) note() string {
	if d.Mode == Electronic && d.Note == "" {
		return "以文书进入受送达人“我的办件”的时间为送达时间。"
	}
	return d.Note
}

const qrH = 34 * page.MM

// slip is what an applicant holds after submitting: chapter 6.1.
func (s *sheet) slip(p *paper, said []paragraph) []item {
	const h = 28
	row := func(a, v string) item { return p.gridRow(h, 0, label(22, a), value(78, v)) }
	link, under := s.Progress+s.ApplyNo, "扫码查询办理进度"
	if s.Visit != "" { // no case has its number: a desk reads it
		link, under = s.ApplyNo, "到场时出示"
	}
	items := append(s.head(p), gap(14), item{h: qrH + 24, draw: func(y float64) {
		p.Barcode(s.ApplyNo, left, y, 92*page.MM, 18*page.MM)
		p.Use(page.Song, sizeS4)
		p.Draw(left+(92*page.MM-p.Width(s.ApplyNo))/2, y+18*page.MM+4, s.ApplyNo)
		p.QRCode(link, right-qrH, y, qrH)
		p.Use(page.Song, size5)
		p.Draw(right-qrH+(qrH-p.Width(under))/2, y+qrH+3, under)
	}},
		row("申请人", s.Applicant), row("证件号码", strings.TrimLeft(s.IDType+" ", " ")+s.IDNoMask), row("申请事项", s.Matter), row("办理情形", s.Situation),
	)
	if s.Visit != "" {
		items = append(items, row("预约号", s.ApplyNo), row("时间和地点", s.Visit))
	}
	items = append(items, row("提交日期", chinese(s.Applied)), row("受理机关", s.Name), row("打印日期", chinese(s.date)), gap(6))
	for _, par := range said {
		items = append(items, p.note(par.Text, 22)...)
	}
	if s.code == "" { // nothing is kept of it that could be asked for
		return items
	}
	return append(items, gap(8), item{h: qrSide, draw: func(y float64) { s.verification(p, y) }})
}

// note is a paragraph in small type, its lines h apart.
func (p *paper) note(text string, h float64) []item {
	var out []item
	for i, l := range p.wrap(text, page.Song, sizeS4, 0, blockW, 2*sizeS4) {
		x := left
		if i == 0 {
			x += 2 * sizeS4
		}
		out = append(out, item{h: h, draw: func(y float64) { p.set(l, page.Song, sizeS4, 0, x, y+(h-14)/2, right-x) }})
	}
	return out
}
