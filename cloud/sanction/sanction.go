// Package sanction keeps what stops people from being licensed: the list of
// serious dishonesty as the credit system reports it (M46), the table of what
// being on a list means for which matter, which two persons change (M47), and
// the revocations that the enforcement system reports, with their bans and their
// lifting (M50–M52). Judge answers what holds against a person for a matter, in
// words and colours for the applicant (M48, M49).
//
// It follows chapter 13 of the domain reference: 国办发〔2020〕49号 and the
// Shanghai credit regulations for lists, the Administrative Licensing Law (§34,
// §42, §69, §70) and the trade's rules for revocations. Used by licensing, which
// knows cases; this package knows situations and actions only as codes. It
// receives nothing from the network: cloud/external does.
package sanction

import (
	"strings"

	"huyun.internal/protocol/fault"
)

// Permissions.
const (
	PermList      = "sanction.entry.list"
	PermObject    = "sanction.objection.open"
	PermSettle    = "sanction.task.settle"
	PermJudge     = "sanction.judge"
	PermRules     = "sanction.rule.list"
	PermPropose   = "sanction.rule.propose"
	PermDecide    = "sanction.rule.decide"
	PermLocks     = "sanction.lock.list"
	PermClaim     = "sanction.lock.claim"
	PermLift      = "sanction.lift.propose"
	PermCheckLift = "sanction.lift.check"
)

// Word is a code and what it is called.
type Word struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// ListType is a kind of list. Only a serious one may bar somebody (general
// dishonesty allows closer review and no more).
type ListType struct {
	Code    string `json:"code"`
	Name    string `json:"name"`
	Serious bool   `json:"serious"`
}

// ListTypes are the lists that the credit system reports from. An assumed
// selection: the owner's list replaces it.
func ListTypes() []ListType {
	return []ListType{
		{"TRANSPORT_SERIOUS", "交通运输领域严重失信主体", true},
		{"JUDGMENT", "失信被执行人", true},
		{"SAFETY_SERIOUS", "安全生产严重失信主体", true},
		{"WAGES_SERIOUS", "拖欠农民工工资失信联合惩戒对象", true},
		{"TRANSPORT_GENERAL", "交通运输领域一般失信", false},
	}
}

func listType(code string) (ListType, bool) {
	for _, l := range ListTypes() {
		if l.Code == code {
			return l, true
		}
	}
	return ListType{Code: code, Name: code}, false
}

// Effect is what a hit does to an application.
type Effect string

// Effects, from none to the strictest.
const (
	None         Effect = "NONE"
	Warn         Effect = "WARN"
	NoFast       Effect = "NO_FAST"
	StrictReview Effect = "STRICT_REVIEW"
	BlockSubmit  Effect = "BLOCK_SUBMIT"
)

func effects() []Effect { return []Effect{None, Warn, NoFast, StrictReview, BlockSubmit} }

// rank orders effects; an effect that nobody knows is the strictest.
func (e Effect) rank() int {
	for i, known := range effects() {
		if e == known {
			return i
		}
	}
	return len(effects())
}

// Color is how a prompt looks: chapter 13.5. Never shown without icon and text.
type Color string

// Colours.
const (
	Red    Color = "RED"
	Orange Color = "ORANGE"
	Yellow Color = "YELLOW"
	Blue   Color = "BLUE"
	Green  Color = "GREEN"
)

// usual is the colour that the reference gives to an effect.
func (e Effect) usual() Color {
	switch e {
	case BlockSubmit:
		return Red
	case StrictReview:
		return Orange
	case NoFast, Warn:
		return Yellow
	}
	return Blue
}

// ActionNames are the actions of chapter 2.5, as they are called to an applicant.
func ActionNames() []Word {
	return []Word{
		{"APPLY", "申领"}, {"ADD_CATEGORY", "增加从业资格类别"}, {"RENEW", "换证"}, {"REISSUE", "补证"}, {"CHANGE", "变更"}, {"CANCEL", "注销"},
		{"TRANSFER_IN", "转籍迁入"}, {"TRANSFER_OUT", "转籍迁出"}, {"TRANSFER_REVOKE", "撤销转籍"}, {"TRAIN_CERT", "培训合格证领取"},
		{"REHIRE", "返聘"}, {"DISMISS", "解聘"}, {"APPOINT", "预约"}, {"CARD_NEW", "服务监督卡申领"}, {"CARD_RENEW", "服务监督卡换发"},
		{"CARD_REISSUE", "服务监督卡补发"}, {"REGISTER", "注册"}, {"REG_RENEW", "延续注册"}, {"REG_CANCEL", "注销注册"},
		{"EXAM_ENROLL", "考试报名"}, {"EXAM_RETAKE", "补考报名"},
	}
}

func nameOf(words []Word, code string) string {
	for _, w := range words {
		if w.Code == code {
			return w.Name
		}
	}
	return code
}

// releasing actions take something away from the applicant or end a duty; no
// restriction may keep anybody from them (chapter 13.2: 注销一律不限制). A company has to
// report a dismissal within its days, whatever comes.
func releasing(action string) bool {
	return action == "CANCEL" || action == "REG_CANCEL" || action == "DISMISS"
}

// family is a trade in which certificates stand for each other: a ban covers it.
type family struct {
	code  string
	certs []string
}

func families() []family {
	return []family{{"ROAD", []string{"RE-071"}}, {"TAXI", []string{"RE-075", "RE-072"}}, {"BUS", []string{"BUS"}}}
}

// familyOf is the trade of a certificate type.
func familyOf(cert string) string {
	for _, f := range families() {
		for _, c := range f.certs {
			if c == cert {
				return f.code
			}
		}
	}
	return ""
}

// reach is what a situation is about. What it leaves open, it touches: a matter
// that nobody described is stopped rather than let through.
type reach struct{ certs, categories []string }

// reaches goes by the letters of a situation's code (chapter 2.5); an examination
// is about the categories that are sat for.
func reaches(situation string, categories []string) reach {
	road, taxi := []string{"RE-071"}, []string{"RE-075"}
	if examines(situation) {
		return sitsFor(categories)
	}
	switch strings.TrimRight(situation, "0123456789") {
	case "RT":
		return reach{road, []string{"01", "02"}}
	case "DG":
		return reach{road, []string{"03"}}
	case "XP", "XT":
		return reach{road, []string{"01", "02", "03"}}
	case "TX", "TR":
		return reach{taxi, []string{"09001", "09002"}}
	case "NT":
		return reach{[]string{"RE-072"}, []string{"09003"}}
	case "BU":
		return reach{[]string{"BUS"}, []string{"13"}}
	}
	return reach{}
}

func examines(situation string) bool { return strings.HasPrefix(situation, "EX") }

// sitsFor is what an examination leads to.
func sitsFor(categories []string) reach {
	r := reach{categories: categories}
	for _, c := range categories {
		for prefix, situation := range map[string]string{"01": "RT", "02": "RT", "03": "DG", "09001": "TX", "09002": "TX", "09003": "NT", "13": "BU"} {
			if strings.HasPrefix(c, prefix) {
				r.certs = append(r.certs, reaches(situation, nil).certs...)
			}
		}
	}
	return r
}

// CertTypes are the certificates that can be revoked.
func CertTypes() []Word {
	return []Word{
		{"RE-071", "道路运输从业人员从业资格证"}, {"RE-075", "巡游出租汽车驾驶员证"}, {"RE-072", "网络预约出租汽车驾驶员证"}, {"BUS", "公交从业资格证"},
	}
}

// errTampered tells of a row that was changed behind the program's back.
var errTampered = fault.New(fault.Internal, "sanction.tampered", "失信或吊销数据被改动过，已停止办理，请立即联系安全管理员核查")

// KnownList tells whether a kind of list is agreed upon.
func KnownList(code string) bool {
	_, ok := listType(code)
	return ok
}
