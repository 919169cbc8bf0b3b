package matter

import (
	"slices"

	"huyun.internal/cloud/exam"
	"huyun.internal/cloud/licensing"
)

// Route is which way a case goes.
type Route string

// Routes.
const (
	Permit  Route = "PERMIT"  // accept, review, approve, certify, deliver
	Change  Route = "CHANGE"  // the same for a licence that is there
	Cancel  Route = "CANCEL"  // no certificate is made, its state changes
	Service Route = "SERVICE" // no statutory letters
)

// Confidence is how sure the reference is: as chapter 0 of the domain reference
// marks it.
type Confidence string

// Confidences.
const (
	Verified Confidence = "verified"
	Known    Confidence = "known"
	Assumed  Confidence = "assumed"
)

// Applicant is who may apply.
type Applicant string

// Applicants.
const (
	Person   Applicant = "PERSON"
	Company  Applicant = "COMPANY"
	Ministry Applicant = "MINISTRY" // a message of the ministry's platform
)

// Holding is whether the certificate must be there already.
type Holding string

// Holdings.
const (
	Must    Holding = "MUST"
	MustNot Holding = "MUST_NOT"
	Any     Holding = "ANY"
)

// FieldKind is how a field is filled in and checked.
type FieldKind string

// Kinds of fields.
const (
	Text     FieldKind = "text"
	Reason   FieldKind = "reason" // several lines
	Date     FieldKind = "date"
	Number   FieldKind = "number"
	Chosen   FieldKind = "choice"
	Name     FieldKind = "name"
	IDNo     FieldKind = "idno"
	Phone    FieldKind = "phone"
	Address  FieldKind = "address"
	Licence  FieldKind = "licence"
	Category FieldKind = "category" // one or several of the matter's, with commas
)

// Source is where a field is filled in from.
type Source string

// Sources. Applicant is the account of 一网通办 or the card that was read.
const (
	FromAccount Source = "ACCOUNT"
	FromLicence Source = "LICENCE"
	FromDriving Source = "DRIVING"
	FromECert   Source = "ECERT"
	FromMessage Source = "MESSAGE" // the ministry's message
)

// MaterialSource is where a material comes from without the applicant.
type MaterialSource string

// MaterialForm is how a material may be handed in.
type MaterialForm string

// Effect is what a granted case does.
type Effect string

// Effects.
const (
	Issue      Effect = "ISSUE"
	Extend     Effect = "ADD"
	Renewed    Effect = "RENEW"
	Reissued   Effect = "REISSUE"
	Changed    Effect = "CHANGE"
	Cancelled  Effect = "CANCEL"
	MovedOut   Effect = "TRANSFER_OUT"
	MovedIn    Effect = "TRANSFER_IN"
	Restored   Effect = "RESTORE"
	Marked     Effect = "MARK"
	Registered Effect = "REGISTER"
	NoneAtAll  Effect = "NONE"
)

// LetterSet is the letters of one kind of case on its straight way: chapter 2.4.
type LetterSet struct {
	Code    string   `json:"code"`
	Name    string   `json:"name"`
	Letters []string `json:"letters"`
}

// LetterSets are all of them.
func LetterSets() []LetterSet { return slices.Clone(letterSets) }

// Trades, Actions, Certificates, Routes: the dictionaries of lists and pages.
func Trades() []licensing.Entry { return slices.Clone(trades) }

// Actions are what a situation does, with the names of the field.
func Actions() []licensing.Entry { return slices.Clone(actions) }

// Sources are where fields of a form can be filled in from.
func Sources() []licensing.Entry { return slices.Clone(sources) }

// Certificates are what comes out.
func Certificates() []licensing.Entry { return slices.Clone(certificates) }

var (
	letterSets = []LetterSet{
		{"DS-A", "许可类文书", []string{"D13", "D02", "D05", "D09"}},
		{"DS-B", "换证、补证、变更类文书", []string{"D13", "D02", "D05", "D09"}},
		{"DS-C", "注销类文书", []string{"D13", "D02", "D10", "D09"}},
		{"DS-X", "跨省通办文书（全部电子送达）", []string{"D13", "D02", "D05", "D10", "D09"}},
		{"DS-E", "企业及内部服务文书", []string{"D13", "D09"}},
	}
	// whenever are the letters of what happens beside the straight way: whoever is
	// refused, has to correct, waits longer or is at an end is told so in writing with
	// the reason, whatever the matter (行政许可法 §32, §38, §42, §45; chapter 3.2).
	whenever = []string{"D03", "D04", "D06", "D07", "D08", "D11"}
	// lettersOf is which route a letter set belongs to.
	lettersOf = map[string][]Route{
		"DS-A": {Permit}, "DS-B": {Change}, "DS-C": {Cancel}, "DS-X": {Permit, Change, Cancel}, "DS-E": {Service},
	}
	trades = []licensing.Entry{
		{Code: "ROAD", Name: "道路客货运输"}, {Code: "DANGEROUS", Name: "道路危险货物运输"}, {Code: "TAXI", Name: "巡游出租汽车"},
		{Code: "RIDEHAIL", Name: "网络预约出租汽车"}, {Code: "BUS", Name: "公共汽电车"}, {Code: "PROVINCE", Name: "跨省通办与转籍"}, {Code: "SHARED", Name: "综合服务"},
	}
	// tradeOf limits the categories of a trade by how their codes begin.
	tradeOf = map[string][]string{
		"ROAD": {"01", "02"}, "DANGEROUS": {"03"}, "TAXI": {"09002"}, "RIDEHAIL": {"09003"}, "BUS": {"13"},
		"PROVINCE": {"01", "02", "03"}, "SHARED": {""},
	}
	actions = []licensing.Entry{
		{Code: string(licensing.Apply), Name: "申领"}, {Code: string(licensing.AddCategory), Name: "增项"}, {Code: string(licensing.Renew), Name: "换证"},
		{Code: string(licensing.Reissue), Name: "补证"}, {Code: string(licensing.Change), Name: "变更"}, {Code: string(licensing.Cancel), Name: "注销"},
		{Code: string(licensing.TransferIn), Name: "转入"}, {Code: string(licensing.TransferOut), Name: "转出"}, {Code: string(licensing.TransferRevoke), Name: "撤销转籍"},
		{Code: string(licensing.TrainCert), Name: "培训合格证"}, {Code: string(licensing.Rehire), Name: "返聘"}, {Code: string(licensing.Dismiss), Name: "解聘"},
		{Code: string(licensing.Appoint), Name: "预约"}, {Code: string(licensing.CardNew), Name: "申领服务监督卡"}, {Code: string(licensing.CardRenew), Name: "换发服务监督卡"},
		{Code: string(licensing.CardReissue), Name: "补发服务监督卡"}, {Code: string(licensing.Register), Name: "注册"}, {Code: string(licensing.RegisterRenew), Name: "延续注册"},
		{Code: string(licensing.RegisterCancel), Name: "注销注册"}, {Code: string(licensing.ExamEnrol), Name: "考试报名"}, {Code: string(licensing.ExamRetake), Name: "补考报名"},
	}
	certificates = []licensing.Entry{
		{Code: "RE-071", Name: "道路运输从业人员从业资格证"}, {Code: "RE-072", Name: "网络预约出租汽车驾驶员证"}, {Code: "RE-075", Name: "出租汽车驾驶员从业资格证（巡游）"},
		{Code: "BUS", Name: "公共汽电车从业人员资格证"}, {Code: "TRAIN", Name: "培训合格证"}, {Code: "CARD", Name: "服务监督卡"},
		{Code: "REGISTRATION", Name: "从业资格注册"}, {Code: "ADMISSION", Name: "准考证"}, {Code: "BOOKING", Name: "预约号"},
	}
	cards = []licensing.Entry{{Code: "IC_CARD", Name: "IC 卡"}, {Code: "SUPERVISION_CARD", Name: "服务监督卡"}}

	routes = []licensing.Entry{
		{Code: string(Permit), Name: "行政许可"}, {Code: string(Change), Name: "换证、补证、变更"},
		{Code: string(Cancel), Name: "注销"}, {Code: string(Service), Name: "服务事项"},
	}
	confidences = []licensing.Entry{
		{Code: string(Verified), Name: "已核实"}, {Code: string(Known), Name: "未逐字核对"}, {Code: string(Assumed), Name: "待业主确认"},
	}
	applicants = []licensing.Entry{
		{Code: string(Person), Name: "个人"}, {Code: string(Company), Name: "企业"}, {Code: string(Ministry), Name: "部级便民系统来件"},
	}
	holdings = []licensing.Entry{
		{Code: string(Must), Name: "须已持有对应证件"}, {Code: string(MustNot), Name: "不得已持有同类别有效证件"}, {Code: string(Any), Name: "不限是否持证"},
	}
	kinds = []licensing.Entry{
		{Code: string(Text), Name: "文字"}, {Code: string(Reason), Name: "说明"}, {Code: string(Date), Name: "日期"}, {Code: string(Number), Name: "数字"},
		{Code: string(Chosen), Name: "选择"}, {Code: string(Name), Name: "姓名"}, {Code: string(IDNo), Name: "身份证号"}, {Code: string(Phone), Name: "手机号"},
		{Code: string(Address), Name: "地址"}, {Code: string(Licence), Name: "证件号码"}, {Code: string(Category), Name: "从业资格类别"},
	}
	sources = []licensing.Entry{
		{Code: string(FromAccount), Name: "申请人账户"}, {Code: string(FromLicence), Name: "从业资格证库"}, {Code: string(FromDriving), Name: "驾驶证信息"},
		{Code: string(FromECert), Name: "电子证照库"}, {Code: string(FromMessage), Name: "便民系统报文"},
	}
	materialSources = []licensing.Entry{
		{Code: "FORM", Name: "由申请表自动生成"}, {Code: "ECERT", Name: "电子证照库"}, {Code: "POLICE", Name: "公安数据核验"}, {Code: "EXAM", Name: "考试系统"},
		{Code: "TRAINING", Name: "培训系统"}, {Code: "LICENCE", Name: "从业资格证库"}, {Code: "INTEGRITY", Name: "诚信考核记录"}, {Code: "EDUCATION", Name: "学历信息核验"},
		{Code: "COMPANY", Name: "企业端"}, {Code: "MESSAGE", Name: "便民系统报文"}, {Code: "PORTRAIT", Name: "已采集的照片"},
	}
	materialForms = []licensing.Entry{
		{Code: "original", Name: "原件"}, {Code: "scan", Name: "扫描件"}, {Code: "pledge", Name: "承诺领证时交回"}, {Code: "ecert", Name: "电子证照"}, {Code: "generated", Name: "系统生成"}, {Code: "data", Name: "数据核验，免交"},
	}
	effects = []licensing.Entry{
		{Code: string(Issue), Name: "颁发新证"}, {Code: string(Extend), Name: "类别合并后颁发新版证件"}, {Code: string(Renewed), Name: "换发，重新计算有效期"},
		{Code: string(Reissued), Name: "补发，证号和有效期不变"}, {Code: string(Changed), Name: "变更登记，换发新版证件"}, {Code: string(Cancelled), Name: "注销，电子证照状态变为 03"},
		{Code: string(MovedOut), Name: "转出，电子证照状态变为 09"}, {Code: string(MovedIn), Name: "转入，类别、初领日期、有效期不变"}, {Code: string(Restored), Name: "恢复转籍前的状态"},
		{Code: string(Marked), Name: "登记在案，不改变证件"}, {Code: string(Registered), Name: "登记注册"}, {Code: string(NoneAtAll), Name: "不产生证件"},
	}
)

func has(dict []licensing.Entry, code string) bool {
	return slices.ContainsFunc(dict, func(e licensing.Entry) bool { return e.Code == code })
}

func codes(dict []licensing.Entry) []string {
	out := make([]string, len(dict))
	for i, e := range dict {
		out[i] = e.Code
	}
	return out
}

func categoryNames() []licensing.Entry {
	list := exam.Categories()
	out := make([]licensing.Entry, len(list))
	for i, c := range list {
		out[i] = licensing.Entry{Code: c.Code, Name: c.Name}
	}
	return out
}
