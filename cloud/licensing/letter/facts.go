package letter

import (
	"strconv"
	"strings"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/person"
)

// Facts are what a letter says: chapter 4.2. Which of them a kind needs is in
// kinds.go; a letter with a gap is refused, never printed.
type Facts struct {
	Applicant string     `json:"applicant"`
	IDType    string     `json:"id_type"`
	IDNoMask  string     `json:"id_no"`
	Matter    string     `json:"matter"`
	Situation string     `json:"situation"`
	ApplyNo   string     `json:"apply_no"`
	Applied   clock.Date `json:"applied,omitzero"`
	Accepted  clock.Date `json:"accepted,omitzero"`
	Promised  clock.Date `json:"promised,omitzero"`
	Legal     clock.Date `json:"legal,omitzero"`

	Materials     []Material `json:"materials,omitempty"`
	Defects       []Defect   `json:"defects,omitempty"`
	CorrectionDue clock.Date `json:"correction_due,omitzero"`

	Holder     string     `json:"holder,omitempty"`                // whose certificate it is, when somebody else applies
	Decision   string     `json:"decision,omitempty" text:"lines"` // what is granted, changed, cancelled or revoked, as a phrase: "准予许可"
	CertName   string     `json:"cert_name,omitempty"`
	CertNo     string     `json:"cert_no,omitempty" text:"id"` // an ID number (road transport's certificates) is masked
	Categories string     `json:"categories,omitempty"`
	Remaining  string     `json:"remaining,omitempty"` // the categories that stay when only some are cancelled
	From       clock.Date `json:"from,omitzero"`       // validity, or the special procedure
	To         clock.Date `json:"to,omitzero"`
	// Endless: the certificate has no end (taxi); NoLegal: no law sets a period for
	// this matter; MovedOut: the certificate goes to another province; Deemed: nobody
	// answered in time, so the law accepted (§32); Service: the matter is no permission,
	// and its letters do not call it one; Registered: what is granted is a registration
	// with a company, for which the certificate is there already.
	Endless  bool `json:"endless,omitempty"`
	NoLegal  bool `json:"no_legal,omitempty"`
	MovedOut bool `json:"moved_out,omitempty"`
	Deemed   bool `json:"deemed,omitempty"`
	Service  bool `json:"service,omitempty"`

	Registered bool `json:"registered,omitempty"`

	Reason  string `json:"reason,omitempty" text:"lines"`
	Article string `json:"article,omitempty"` // "《…》第…条", of the condition that is not met, or of what the act rests on

	// BannedUntil is from when on who was found untrue may apply again (§78).
	BannedUntil clock.Date `json:"banned_until,omitzero"`

	ExtendedTo clock.Date `json:"extended_to,omitzero"`
	Days       int        `json:"days,omitempty"`      // working days of an extension or special procedure
	Procedure  string     `json:"procedure,omitempty"` // 听证、检验、鉴定、专家评审…
	// AskBy is the last day to ask for a hearing, HeardAt and HeardIn are when and where it
	// is held; Vetting: the procedure is none of §45's, a list is looked into.
	AskBy   clock.Date `json:"ask_by,omitzero"`
	HeardAt string     `json:"heard_at,omitempty"`
	HeardIn string     `json:"heard_in,omitempty"`
	Vetting bool       `json:"vetting,omitempty"`

	Visit string `json:"visit,omitempty"` // when and where somebody comes who booked that, instead of an application

	Delivery Delivery `json:"delivery,omitzero"`
}

// Material is something that was handed in.
type Material struct {
	Name   string `json:"name"`
	Copies int    `json:"copies"`
	Form   string `json:"form"` // 原件, 复印件, 电子证照…
}

// Defect is something that is missing or does not conform, and what to do.
type Defect struct {
	Material string `json:"material"`
	Reason   string `json:"reason"`
	HowTo    string `json:"how_to"`
}

// Mode is how a letter was delivered.
type Mode string

// Modes: chapter 4.2.
const (
	Direct     Mode = "DIRECT"
	Agent      Mode = "AGENT"
	Lien       Mode = "LIEN"
	Entrust    Mode = "ENTRUST"
	Post       Mode = "POST"
	Notice     Mode = "NOTICE"
	Electronic Mode = "ELECTRONIC"
)

// Name is what a mode is called.
func (m Mode) Name() string { return modeNames[m] }

// Day is a date as letters print it.
func Day(d clock.Date) string { return chinese(d) }

var modeNames = map[Mode]string{ //nolint:gochecknoglobals // a dictionary
	Direct: "直接送达", Agent: "代收送达", Lien: "留置送达", Entrust: "委托送达", Post: "邮寄送达", Notice: "公告送达", Electronic: "电子送达",
}

// Delivery is what the service record (D09) says. What is not yet known is left
// to be written by hand.
type Delivery struct {
	Documents  []string `json:"documents,omitempty"` // name and number of each
	Recipient  string   `json:"recipient,omitempty"`
	Mode       Mode     `json:"mode,omitempty"`
	Place      string   `json:"place,omitempty"`
	Sent       string   `json:"sent,omitempty"` // times as they are printed
	Received   string   `json:"received,omitempty"`
	Signer     string   `json:"signer,omitempty"`
	Relation   string   `json:"relation,omitempty"` // of the agent who signs
	RefuseNote string   `json:"refuse_note,omitempty"`
	Witness    string   `json:"witness,omitempty"`
	Deliverer  string   `json:"deliverer,omitempty"`
	Note       string   `json:"note,omitempty"`
}

// Limits: what a page can still show, and a person still read.
const (
	maxRows   = 60
	maxPhrase = 120
	maxReason = 1000
)

// check refuses facts that no letter may say. Faults: licensing.letter.text,
// licensing.letter.size, licensing.letter.idno.
func (f *Facts) check() error {
	if where, err := person.CheckText(f); err != nil {
		return fault.Newf(fault.Invalid, "licensing.letter.text", "文书内容含有无法打印的字符或多余空白（%s），请修改后重试", where).With(err)
	}
	if _, err := person.ParseID(f.IDNoMask); err == nil {
		return fault.New(fault.Invalid, "licensing.letter.idno", "文书上只能印遮蔽后的证件号码，请联系系统管理员")
	}
	if id, err := person.ParseID(f.CertNo); err == nil {
		f.CertNo = id.Mask()
	}
	long := map[string]int{f.Reason: maxReason, f.Decision: maxReason, f.Article: maxReason, f.Categories: maxReason, f.Remaining: maxReason}
	for _, t := range []string{f.Applicant, f.IDType, f.IDNoMask, f.Matter, f.Situation, f.ApplyNo, f.CertName, f.CertNo, f.Procedure, f.Visit, f.HeardAt, f.HeardIn} {
		long[t] = max(long[t], maxPhrase)
	}
	for _, m := range f.Materials {
		long[m.Name], long[m.Form] = maxPhrase, maxPhrase
	}
	for _, d := range f.Defects {
		long[d.Material], long[d.Reason], long[d.HowTo] = maxPhrase, maxReason, maxReason
	}
	for text, limit := range long {
		if len([]rune(text)) > limit {
			return fault.Newf(fault.Invalid, "licensing.letter.size", "文书内容过长（超过 %d 个字），请精简后重试", limit)
		}
	}
	if len(f.Materials) > maxRows || len(f.Defects) > maxRows || len(f.Delivery.Documents) > maxRows {
		return fault.Newf(fault.Invalid, "licensing.letter.size", "一份文书最多列 %d 项，请合并后重试", maxRows)
	}
	return nil
}

// table is a list of a letter in rows, with its head.
func (f *Facts) table(name string) (head []string, shares []float64, rows [][]string) {
	switch name {
	case "materials":
		head, shares = []string{"序号", "材料名称", "份数", "形式"}, []float64{10, 56, 12, 22}
		for i, m := range f.Materials {
			rows = append(rows, []string{strconv.Itoa(i + 1), m.Name, strconv.Itoa(max(m.Copies, 1)), m.Form})
		}
	case "defects":
		head, shares = []string{"序号", "材料名称", "存在的问题", "补正要求"}, []float64{10, 24, 33, 33}
		for i, d := range f.Defects {
			rows = append(rows, []string{strconv.Itoa(i + 1), d.Material, d.Reason, d.HowTo})
		}
	case "documents":
		head, shares = []string{"序号", "送达文书名称及文号"}, []float64{12, 88}
		for i, d := range f.Delivery.Documents {
			rows = append(rows, []string{strconv.Itoa(i + 1), d})
		}
	}
	return head, shares, rows
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// phrase is a text without a full stop at its end: templates bring their own.
func phrase(s string) string { return strings.TrimRight(s, "。；;. ") }
