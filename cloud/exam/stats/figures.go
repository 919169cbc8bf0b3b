package stats

import "fmt"

// figureNames are the columns of an export, in the order of Measures.
var figureNames = []string{
	"场次", "已开考", "取消", "应考", "实到", "缺考", "开始作答", "已交卷", "合格", "不合格", "其中无效", "违纪人次", "违纪起数",
	"人脸核验", "核验不通过", "转人工", "红色报警", "黄色报警",
}

// rates are the shares that people compare (chapter 9.7 of the domain
// reference), with what each is a share of.
var rates = []struct {
	name string
	of   func(f Figures) (part, whole int)
}{
	{"到考率", func(f Figures) (int, int) { return f.Admitted, f.Admitted + f.Absent }},
	{"合格率", func(f Figures) (int, int) { return f.Passed, f.Passed + f.Failed }},
	{"违纪率", func(f Figures) (int, int) { return f.Irregular, f.Admitted }},
}

// counts are the figures in the order of Measures.
func (f Figures) counts() []int {
	return []int{
		f.Sittings, f.Held, f.Cancelled, f.Booked, f.Admitted, f.Absent, f.Started, f.HandedIn, f.Passed, f.Failed, f.Voided,
		f.Irregular, f.Irregularities, f.Checks, f.ChecksFailed, f.ChecksManual, f.RedAlarms, f.YellowAlarms,
	}
}

func line(head []any, f Figures) []any {
	for _, n := range f.counts() {
		head = append(head, n)
	}
	for _, r := range rates {
		part, whole := r.of(f)
		if whole == 0 {
			head = append(head, "—")
		} else {
			head = append(head, fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole)))
		}
	}
	return head
}
