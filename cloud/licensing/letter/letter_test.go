package letter_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/cloud/licensing/letter"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

type world struct {
	*examtest.World
	*letter.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: examtest.New(t)}
	a := letter.DefaultAgency()
	a.Verify, a.Progress = "https://huyun.example/verify", "https://huyun.example/progress?"
	var err error
	w.Service, err = letter.New(w.DB, w.Keys, w.Audit, w.Clock, a)
	require.NoError(t, err)
	letter.Register(w.Web, w.Service)
	w.Staff("office", letter.PermList, letter.PermPrint, letter.PermVoid, letter.PermForm)
	w.Staff("reader", letter.PermList)
	return w
}

func date(t *testing.T, s string) clock.Date {
	t.Helper()
	d, err := clock.ParseDate(s)
	require.NoError(t, err)
	return d
}

// facts are those of a case in which everything is known.
func facts(t *testing.T) letter.Facts {
	t.Helper()
	return letter.Facts{
		Applicant: "张建国", IDType: "居民身份证", IDNoMask: "310***********0015", Matter: "道路客货运驾驶员从业资格证", Situation: "申领",
		ApplyNo: "751126260000012", Applied: date(t, "2026-11-19"), Accepted: date(t, "2026-11-20"), Promised: date(t, "2026-11-30"), Legal: date(t, "2026-12-18"),
		Materials: []letter.Material{
			{Name: "道路旅客、货物运输驾驶员从业资格考试申请表", Copies: 1, Form: "系统生成"}, {Name: "居民身份证", Copies: 1, Form: "电子证照"},
			{Name: "机动车驾驶证", Copies: 1, Form: "电子证照"}, {Name: "近期免冠白底彩色照片", Copies: 2, Form: "电子文件"},
		},
		Defects:       []letter.Defect{{Material: "机动车驾驶证", Reason: "副页没有上传", HowTo: "上传驾驶证副页的彩色扫描件"}},
		CorrectionDue: date(t, "2026-12-14"), Decision: "准予许可", CertName: "中华人民共和国道路运输从业人员从业资格证", CertNo: "310***********0015",
		Categories: "经营性道路旅客运输驾驶员", From: date(t, "2026-11-23"), To: date(t, "2032-11-22"),
		Reason: "你的机动车驾驶证初次领证日期为2026年3月1日，取得相应车型驾驶证不满一年", Article: "《中华人民共和国道路运输条例》第九条",
		ExtendedTo: date(t, "2027-01-04"), Days: 10, Procedure: "专家评审",
		Delivery: letter.Delivery{Documents: []string{"准予行政许可决定书 沪交从许〔2026〕第125号", "从业资格证"}, Mode: letter.Direct, Place: "上海市交通行政服务中心", Deliverer: "李晓明"},
	}
}

func request(t *testing.T, kind string) letter.Request {
	t.Helper()
	return letter.Request{Case: "case-1", Kind: kind, Trade: "road", Facts: facts(t), By: "zhou"}
}

func (w *world) issue(t *testing.T, r letter.Request) letter.Letter {
	t.Helper()
	var l letter.Letter
	err := w.DB.InTx(context.Background(), func(tx pgx.Tx) (err error) {
		l, err = w.Issue(context.Background(), tx, r)
		return err
	})
	fontless(t, err)
	require.NoError(t, err)
	return l
}

func fontless(t *testing.T, err error) {
	t.Helper()
	if testing.Short() && fault.Is(err, "page.font") {
		t.Skip("the quick checks build no pages and have no font; make test has it")
	}
}

func (w *world) pdf(t *testing.T, l letter.Letter) []byte {
	t.Helper()
	out, err := w.File(context.Background(), w.DB, &l)
	require.NoError(t, err)
	return out
}

// text is what a reader of the PDF finds, in the order of the page.
func text(t *testing.T, pdf []byte) string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext (poppler-utils) is not installed")
	}
	cmd := exec.CommandContext(t.Context(), tool, "-layout", "-", "-") //nolint:gosec // found above
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	require.NoError(t, err)
	return string(out)
}

// flat is a text without the spaces and breaks of its layout.
func flat(s string) string {
	return strings.NewReplacer(" ", "", "\n", "", "\f", "", "　", "").Replace(s)
}

// keep leaves a PDF to be looked at, when a folder is named.
func keep(t *testing.T, name string, pdf []byte) {
	t.Helper()
	if dir := os.Getenv("HUYUN_SHEETS"); dir != "" {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600))
	}
}

// says are what each kind must say, besides title, number, addressee and date.
var says = map[string][]string{
	"D02": {"行政许可申请受理通知书", "第三十二条第一款第（五）项", "受理日期为2026年11月20日", "2026年11月30日前", "法定期限：2026年12月18日", "居民身份证"},
	"D03": {"不予受理决定书", "不满一年，依据", "六十日内向上海市人民政府", "六个月内依法向上海铁路运输法院"},
	"D04": {"材料补正告知书", "一次性告知", "副页没有上传", "请于2026年12月14日前补正", "视为放弃"},
	"D05": {"准予行政许可决定书", "第三十八条第一款", "道路运输从业人员管理规定", "有效期自2026年11月23日至2032年11月22日", "继续教育"},
	"D06": {"不予行政许可决定书", "第三十八条第二款", "不满一年，不符合《中华人民共和国道路运输条例》第九条的规定", "决定准予许可", "六十日内", "六个月内"},
	"D07": {"延期通知书", "第四十二条第一款", "本机关负责人批准", "延长10个工作日，至2027年1月4日"},
	"D08": {"特别程序告知书", "第四十五条", "专家评审", "10个工作日"},
	"D09": {"送达回证", "直接送达", "沪交从许〔2026〕第125号", "见证人", "李晓明"},
	"D10": {"注销", "第七十条", "六十日内", "六个月内"},
	"D11": {"终止办理告知书", "准予许可"},
	"D12": {"撤销行政许可决定书", "六十日内", "六个月内"},
	"D13": {"申报提交确认单", "751126260000012", "不是受理凭证"},
}

// TestWhatHasNoEndSaysSo: a taxi licence without an end, a matter without a legal
// period, an application that nobody answered, and a certificate that goes to another province are said in words; the
// same gap by mistake is refused.
func TestWhatHasNoEndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		kind string
		set  func(f *letter.Facts)
		gap  func(f *letter.Facts)
		says []string
		not  string
	}{
		{"D05", func(f *letter.Facts) { f.Endless = true }, func(f *letter.Facts) { f.To = clock.Date{} }, []string{"至长期", "颁发《"}, "转出"},
		{"D02", func(f *letter.Facts) { f.NoLegal = true }, func(f *letter.Facts) { f.Legal = clock.Date{} }, []string{"法定期限：未作规定"}, "法定期限：2026"},
		{"D02", func(f *letter.Facts) { f.Deemed = true }, nil, []string{"第（四）项，该申请自收到申请材料之日起即为受理", "受理日期为2026年11月20日"}, "材料齐全"},
		{"D05", func(f *letter.Facts) { f.MovedOut = true }, nil, []string{"转出《", "移交转入地的发证机关"}, "十个工作日内向你颁发"},
		{"D05", func(f *letter.Facts) { f.Registered = true }, nil, []string{"届满三十日前申请延续注册"}, "应当依法申请从业资格注册"},
		{"D05", func(*letter.Facts) {}, nil, []string{"从事巡游出租汽车客运服务前，应当依法申请从业资格注册"}, "延续注册"},
	} {
		r := request(t, c.kind)
		r.Trade = "taxi"
		if c.gap != nil {
			c.gap(&r.Facts)
			_, err := w.Preview(context.Background(), r)
			require.True(t, fault.Is(err, "licensing.letter.field"), "%s: %v", c.kind, err)
		}
		c.set(&r.Facts)
		pdf, err := w.Preview(context.Background(), r)
		require.NoError(t, err)
		for _, s := range c.says {
			require.Contains(t, flat(text(t, pdf)), s)
		}
		require.NotContains(t, flat(text(t, pdf)), c.not)
	}
}

// TestEveryKindSaysWhatTheLawWants: in every trade, with nothing unfilled.
func TestEveryKindSaysWhatTheLawWants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for kind, want := range says {
		l := w.issue(t, request(t, kind))
		pdf := w.pdf(t, l)
		keep(t, kind, pdf)
		got := flat(text(t, pdf))
		for _, s := range append(want, "张建国", "310***********0015", "上海市交通委员会") {
			require.Contains(t, got, flat(s), kind)
		}
		require.NotContains(t, got, "{", kind)
		require.NotContains(t, got, "〓", kind)
		require.Empty(t, l.Lost, kind)
		if kind != letter.Slip {
			require.Contains(t, got, l.Number)
			require.Contains(t, got, "2026年11月23日", kind)
			require.Contains(t, got, "演示章", kind)
			require.Contains(t, got, "—1—", kind)
		}
		for _, trade := range letter.Trades() {
			r := request(t, kind)
			r.Trade = trade.Code
			p, err := w.Preview(context.Background(), r)
			require.NoError(t, err, kind+trade.Code)
			if kind == letter.Grant {
				require.NotEqual(t, text(t, pdf), text(t, p))
			}
		}
	}
}

// TestTheSlipOfAVisit says when and where, and nothing of an application (AP01).
func TestTheSlipOfAVisit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := request(t, letter.Slip).Facts
	f.ApplyNo, f.Situation, f.Visit = "YY2611240001", "预约到窗口办理", "2026年11月24日　09:00-11:30　政务服务大厅"
	pdf, err := w.VisitSlip(f)
	require.NoError(t, err)
	keep(t, "visit", pdf)
	got := flat(text(t, pdf))
	for _, s := range []string{"申报提交确认单", "预约号YY2611240001", "时间和地点2026年11月24日09:00-11:30政务服务大厅", "张建国", "310***********0015", "您的预约已经登记", "开始以前取消"} {
		require.Contains(t, got, s)
	}
	for _, s := range []string{"五个工作日", "我的办件", "查验码", "预览", "{"} {
		require.NotContains(t, got, s)
	}
	slip, err := w.Preview(context.Background(), request(t, letter.Slip))
	require.NoError(t, err)
	require.NotContains(t, flat(text(t, slip)), "预约", "an application's")
	f.Visit = ""
	_, err = w.VisitSlip(f)
	require.True(t, fault.Is(err, "licensing.letter.visit"), "%v", err)
}

func TestPreviewHasNoNumberSealOrCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, err := w.Preview(context.Background(), request(t, letter.Denial))
	fontless(t, err)
	require.NoError(t, err)
	keep(t, "preview", p)
	got := flat(text(t, p))
	require.Contains(t, got, "预")
	require.Contains(t, got, "尚未编号")
	for _, not := range []string{"沪交从", "演示章", "查验码"} {
		require.NotContains(t, got, not)
	}
	regs, err := w.Registers(w.As("reader"), 0)
	require.NoError(t, err)
	require.Empty(t, regs.Registers, "a preview takes no number")
}

// TestLongLetters: a supplement of twelve defects goes over pages with its head
// repeated and nothing lost; a very long name, a character no face has.
func TestLongLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := request(t, letter.Supplement)
	r.Facts.Defects = nil
	for i := range 12 {
		r.Facts.Defects = append(r.Facts.Defects, letter.Defect{
			Material: fmt.Sprintf("第%d项材料：三年内无重大以上交通责任事故记录证明", i+1), Reason: fmt.Sprintf("问题%d：证明的出具日期超过三个月，且没有加盖出具单位的印章，签发人姓名不清楚", i+1),
			HowTo: fmt.Sprintf("要求%d：请向公安机关交通管理部门重新开具，加盖印章后上传彩色扫描件", i+1),
		})
	}
	l := w.issue(t, r)
	pdf := w.pdf(t, l)
	keep(t, "D04-12", pdf)
	require.Greater(t, l.Pages, 1)
	whole := text(t, pdf)
	got := flat(whole)
	for i := range 12 {
		require.Contains(t, got, fmt.Sprintf("%d", i+1))
	}
	require.GreaterOrEqual(t, strings.Count(got, "存在的问题"), 2, "the head is repeated")
	last := whole[strings.LastIndex(strings.TrimRight(whole, "\f"), "\f"):]
	require.Contains(t, flat(last), "演示章")
	require.Contains(t, flat(last), "重新计算受理期限", "the seal stands under a line of the text")

	r = request(t, letter.Acceptance)
	r.Facts.Applicant = "阿卜杜热合曼·买买提艾力·吐尔逊江·玉素甫江·艾合买提江·阿不都克热木\U000323AF"
	l = w.issue(t, r)
	pdf = w.pdf(t, l)
	keep(t, "D02-long", pdf)
	require.Equal(t, "\U000323AF", l.Lost)
	require.Contains(t, flat(text(t, pdf)), "阿不都克热木〓")

	r = request(t, letter.Supplement)
	r.Facts.Defects = []letter.Defect{{Material: "证明", Reason: strings.Repeat("很长的说明，", 160), HowTo: "重新提交"}}
	l = w.issue(t, r)
	keep(t, "D04-row", w.pdf(t, l))
	require.Equal(t, 160, strings.Count(flat(text(t, w.pdf(t, l))), "很长的说明"), "a row longer than a page loses nothing")
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for code, change := range map[string]func(*letter.Request){
		"licensing.letter.kind":  func(r *letter.Request) { r.Kind = "D14" },
		"licensing.letter.trade": func(r *letter.Request) { r.Trade = "ship" },
		"licensing.letter.field": func(r *letter.Request) { r.Facts.Reason, r.Facts.IDType = "", "" },
		"licensing.letter.date":  func(r *letter.Request) { r.At = w.Clock.Now().AddDate(0, 0, -3) },
		"licensing.letter.idno":  func(r *letter.Request) { r.Facts.IDNoMask = "11010519491231002X" },
		"licensing.letter.text":  func(r *letter.Request) { r.Facts.Matter = "从业\n资格" },
		"licensing.letter.size":  func(r *letter.Request) { r.Facts.Reason = strings.Repeat("长", 1001) },
	} {
		r := request(t, letter.Denial)
		change(&r)
		_, err := w.Preview(context.Background(), r)
		if code == "licensing.letter.idno" && fault.Is(err, "licensing.letter.text") {
			continue // the same refusal, earlier
		}
		examtest.RequireFault(t, err, code)
	}
	r := request(t, letter.Denial)
	r.Facts.Reason, r.Facts.IDType = "", ""
	_, err := w.Preview(context.Background(), r)
	require.ErrorContains(t, err, "证件类型", "everything that is missing, at once")
	require.ErrorContains(t, err, "理由")
	r = request(t, letter.Delivered)
	r.Facts.Delivery.Mode = ""
	_, err = w.Preview(context.Background(), r)
	require.ErrorContains(t, err, "送达方式")

	r = request(t, letter.Grant) // road transport's certificates are numbered by the ID number
	r.Facts.CertNo = "11010519491231002X"
	p, err := w.Preview(context.Background(), r)
	fontless(t, err)
	require.NoError(t, err)
	require.NotContains(t, flat(text(t, p)), "19491231")
}

var pageMark = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

func countPages(pdf []byte) int { return len(pageMark.FindAll(pdf, -1)) }
