package sitting

import (
	"fmt"
	"slices"
	"strings"
	"time"

	vocabulary "huyun.internal/cloud/exam"
	"huyun.internal/cloud/exam/picture"
	"huyun.internal/cloud/platform/sheet"
	"huyun.internal/cloud/training/class"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
	"huyun.internal/protocol/sm"
)

// Columns of a candidate workbook.
const (
	colName     = "姓名"
	colIDNo     = "身份证号"
	colMobile   = "手机"
	colCategory = "类别"
	colConsent  = "同意人脸核验"
	colKind     = "培训种类"
	colRenewed  = "重新报名"
	colPhoto    = "照片"
)

var (
	candidateLimits = sheet.Limits{Rows: 500, Unzipped: 96 << 20}
	// a portrait from a camera or a scanner; the face must keep some pixels
	photoLimits = picture.Limits{Bytes: 2 << 20, Min: 80, Max: 4000, Pixels: 12 << 20}
)

// CandidateColumns is the import format.
func CandidateColumns() []sheet.Column {
	return []sheet.Column{
		{Name: colName, Required: true, Width: 12},
		{Name: colIDNo, Required: true, Width: 24, Note: "18 位身份证号，单元格须为文本格式，否则 Excel 会丢失末几位"},
		{Name: colMobile, Width: 16},
		{Name: colCategory, Width: 10, Note: "五位类别代码；留空为本场次的类别"},
		{Name: colConsent, Required: true, Width: 14, Choices: []string{"是", "否"}, Note: "考生是否书面同意人脸核验；不同意的由监考人工核验证件"},
		{Name: colPhoto, Width: 20, Note: "把照片插入本行，或写照片包里的文件名；留空则按身份证号在照片包里查找"},
		{Name: colRenewed, Width: 10, Choices: []string{"是", "否"}, Note: "补考仍未通过、缺考补考或超过补考期，已重新报名缴费的填 是"},
		{Name: colKind, Width: 10, Choices: []string{"岗前", "复训"}, Note: "岗前或复训，两类考生分别确认；留空为岗前"},
	}
}

// age bounds by category on the day of the exam: domain reference 1.1; 63 is
// where the gradual rise of the retirement age for men ends.
type ageBound struct{ least, most int }

func ageFor(category string) ageBound {
	switch category {
	case "09002", "09003":
		return ageBound{18, 63}
	}
	return ageBound{18, 60}
}

// entry is one candidate on the way in.
type entry struct {
	row      int
	name     string
	id       person.ID
	mobile   person.Mobile
	category string
	consent  bool
	kind     string // class.PrePost or class.Retrain
	class    string // the class they finished, and as which member; or empty
	member   string
	photo    *picture.Picture
	renewed  bool // registered and paid again
	turn     int  // FirstTurn or SecondTurn, once present has looked
}

// roster reads rows one by one; exam is the day of the sitting.
type roster struct {
	category string
	day      clock.Date
	photos   map[string][]byte // of the zip, by picture.Key
	used     map[string]bool
	seen     map[string]int // revealed ID number → row
	last     entry          // the row read last, whatever is wrong with it
	entries  []entry
	problems []sheet.Problem
}

func newRoster(category string, starts time.Time, photos map[string][]byte) *roster {
	return &roster{
		category: category, day: clock.DateOf(starts), photos: photos, used: map[string]bool{}, seen: map[string]int{},
	}
}

// sift parts those who may be taken from those who may not, by row, and why: what
// the roster found wrong, and more.
func (r *roster) sift(more []sheet.Problem) (taken []entry, why map[int]string) {
	why = map[int]string{}
	for _, p := range slices.Concat(r.problems, more) {
		if why[p.Row] != "" {
			why[p.Row] += "；"
		}
		why[p.Row] += p.Text
	}
	return slices.DeleteFunc(slices.Clone(r.entries), func(e entry) bool { return why[e.row] != "" }), why
}

func (r *roster) add(row int, column, text string) {
	r.problems = append(r.problems, sheet.Problem{Row: row, Column: column, Text: text})
}

// row checks one candidate; every problem of the row is told at once.
func (r *roster) row(in sheet.Row) {
	e := entry{row: in.No, category: r.category}
	before := len(r.problems)
	name, err := person.ParseName(in.Get(colName))
	if err != nil {
		r.add(in.No, colName, fault.From(err).Text)
	}
	e.name = string(name)
	r.identity(in, &e)
	if text := in.Get(colMobile); text != "" {
		if e.mobile, err = person.ParseMobile(text); err != nil {
			r.add(in.No, colMobile, fault.From(err).Text)
		}
	}
	if text := in.Get(colCategory); text != "" && vocabulary.Code(vocabulary.Categories(), text) != r.category {
		r.add(in.No, colCategory, "与本场次的类别不符，请核对后改为 "+r.category+" 或留空")
	}
	switch in.Get(colConsent) {
	case "是":
		e.consent = true
	case "否":
	default:
		r.add(in.No, colConsent, "请填写 是 或 否")
	}
	switch in.Get(colRenewed) {
	case "是":
		e.renewed = true
	case "", "否":
	default:
		r.add(in.No, colRenewed, "请填写 是 或 否")
	}
	switch in.Get(colKind) {
	case "", "岗前":
		e.kind = class.PrePost
	case "复训":
		e.kind = class.Retrain
	default:
		r.add(in.No, colKind, "请填写 岗前 或 复训")
	}
	r.portrait(in, &e)
	if r.last = e; len(r.problems) == before {
		r.entries = append(r.entries, e)
	}
}

// known is the person of the row read last, when their ID number can be read:
// what the centre holds about them is told together with what is wrong here.
func (r *roster) known() (entry, bool) { return r.last, !r.last.id.IsZero() }

func (r *roster) identity(in sheet.Row, e *entry) {
	text := in.Get(colIDNo)
	if strings.ContainsAny(text, "Ee.") && !strings.HasSuffix(strings.ToUpper(text), "X") {
		r.add(in.No, colIDNo, "身份证号被 Excel 当成了数字，末几位已丢失；请把该列设为文本格式后重新输入")
		return
	}
	id, err := person.ParseID(text)
	if err != nil {
		r.add(in.No, colIDNo, fault.From(err).Text)
		return
	}
	e.id = id
	if first, twice := r.seen[id.Reveal()]; twice {
		r.add(in.No, colIDNo, fmt.Sprintf("与第 %d 行是同一个身份证号", first))
		return
	}
	r.seen[id.Reveal()] = in.No
	bound := ageFor(r.category)
	if err := id.CheckAge(r.day, bound.least, bound.most); err != nil {
		r.add(in.No, colIDNo, fault.From(err).Text)
	}
}

// portrait takes the picture in the row, the one it names, or the one filed
// under the ID number. None is no problem: a proctor can check the card.
func (r *roster) portrait(in sheet.Row, e *entry) {
	var data []byte
	named := picture.Key(in.Get(colPhoto))
	switch {
	case len(in.Pictures) > 1:
		r.add(in.No, colPhoto, "每人只能有一张照片")
		return
	case len(in.Pictures) == 1:
		data = in.Pictures[0]
	case named != "":
		if data = r.photos[named]; data == nil {
			r.add(in.No, colPhoto, "照片包里没有这张照片，请一并上传")
			return
		}
		r.used[named] = true
	case !e.id.IsZero():
		key := strings.ToLower(e.id.Reveal())
		data = r.photos[key]
		r.used[key] = true
	}
	if data == nil {
		return
	}
	p, err := picture.Clean(data, photoLimits)
	if err != nil {
		r.add(in.No, colPhoto, fault.From(err).Text)
		return
	}
	e.photo = &p
}

// finish tells what is wrong with the file as a whole.
func (r *roster) finish() {
	stray := 0
	for name := range r.photos {
		if !r.used[name] {
			stray++
		}
	}
	if stray > 0 {
		r.add(1, "", fmt.Sprintf("照片包里有 %d 张照片没有对应的考生，请以身份证号命名，或删除多余的照片", stray))
	}
	slices.SortStableFunc(r.problems, func(a, b sheet.Problem) int { return a.Row - b.Row })
}

// digest names a photograph by its plain bytes, as the package and venue do.
func (e *entry) digest() sm.Digest { return sm.Sum(e.photo.Data) }
