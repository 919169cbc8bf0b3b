// Package letter makes the legal documents of a case (M39–M41): from the slip
// that says that it was handed in (D13) to the decision (D05, D06) and its receipt
// (D09), numbered without gaps, sealed, signed, and with a code by which anybody
// can ask whether a paper is genuine; and the application forms (M11). It follows
// chapters 2.4, 4 and 6.1 of the domain reference, the Administrative Licensing
// Law (行政许可法 §32, §38, §42, §45, §69, §70) and the layout of GB/T 9704. Used by
// application, which decides what is issued and when.
//
// It decides nothing, and checks no right where it is called by application. An
// issued letter never changes: voiding one adds a line that says so.
package letter

import (
	"time"

	"huyun.internal/cloud/licensing"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Permissions.
const (
	PermList  = "licensing.letter.list"
	PermPrint = "licensing.letter.print" // read and print a letter
	PermVoid  = "licensing.letter.void"
	PermForm  = "licensing.form.print" // application forms
)

// Kinds of letters: chapter 2.4. D14 belongs to payment.
const (
	Acceptance   = "D02"
	Refusal      = "D03"
	Supplement   = "D04"
	Grant        = "D05"
	Denial       = "D06"
	Extension    = "D07"
	Special      = "D08"
	Delivered    = "D09" // 送达回证
	Cancellation = "D10"
	Ending       = "D11"
	Revocation   = "D12"
	Slip         = "D13"
)

// Request asks for a letter.
type Request struct {
	Case  string
	Kind  string
	Trade string
	At    time.Time // whose day in Shanghai is the letter's date; zero: now
	Facts Facts
	By    string // account of the official, or "system"
}

// State of a letter.
type State string

// States.
const (
	Issued State = "ISSUED"
	Void   State = "VOID"
)

// Letter is an issued letter. The applicant's name is masked in lists.
type Letter struct {
	ID        string     `json:"id" db:"id"`
	Agency    string     `json:"agency" db:"agency"`
	Kind      string     `json:"kind" db:"kind"`
	KindName  string     `json:"kind_name" db:"-"`
	Word      string     `json:"word" db:"word" doc:"文种字，凭条没有"`
	Year      int        `json:"year" db:"year"`
	Serial    int        `json:"serial" db:"serial" doc:"顺序号，0 为不编号"`
	Number    string     `json:"number" db:"number"`
	Trade     string     `json:"trade" db:"trade"`
	TradeName string     `json:"trade_name" db:"-"`
	Template  int        `json:"template" db:"template" doc:"模板版本"`
	Case      string     `json:"case" db:"case_id"`
	ApplyNo   string     `json:"apply_no" db:"apply_no"`
	Applicant string     `json:"applicant" db:"applicant"`
	IDNo      string     `json:"id_no" db:"idno_mask"`
	IssuedOn  time.Time  `json:"-" db:"issued_on"`
	Date      string     `json:"date" db:"-" doc:"成文日期"`
	IssuedAt  time.Time  `json:"issued_at" db:"issued_at"`
	IssuedBy  string     `json:"issued_by" db:"issued_by"`
	Demo      bool       `json:"demo" db:"demo" doc:"盖演示章"`
	Lost      string     `json:"lost" db:"lost" doc:"字库缺少、以〓代替的字"`
	Pages     int        `json:"pages" db:"pages" doc:"0：还没有生成文件"`
	Code      []byte     `json:"-" db:"code_blind"`
	Facts     []byte     `json:"-" db:"facts"`
	Digest    []byte     `json:"-" db:"digest"`
	Signature []byte     `json:"-" db:"signature"`
	MAC       []byte     `json:"-" db:"mac"`
	State     State      `json:"state" db:"-" enum:"ISSUED,VOID"`
	VoidedAt  *time.Time `json:"voided_at,omitempty" db:"voided_at"`
	VoidedBy  string     `json:"voided_by" db:"voided_by"`
	VoidWhy   string     `json:"void_why" db:"void_why"`
	VoidMAC   []byte     `json:"-" db:"void_mac"`
	// Of a file that was made later.
	FileDigest    []byte `json:"-" db:"file_digest"`
	FileSignature []byte `json:"-" db:"file_signature"`
	FilePages     int    `json:"-" db:"file_pages"`
	FileLost      string `json:"-" db:"file_lost"`
	FileMAC       []byte `json:"-" db:"file_mac"`
	// Delivered says that the letter has reached its applicant electronically.
	Delivered *Arrival `json:"delivered,omitempty" db:"-"`
}

// Arrival is the proof of an electronic delivery.
type Arrival struct {
	At     time.Time `json:"at" db:"sent_at"`
	Number string    `json:"number" db:"receipt"`
}

const day = "2006-01-02"

// look fills in what follows from the row.
func (l *Letter) look() {
	l.KindName = licensing.Name(licensing.Letters(), l.Kind)
	l.TradeName = tradeName(l.Trade)
	l.Date = l.IssuedOn.Format(day)
	l.State = Issued
	if l.VoidedAt != nil {
		l.State = Void
	}
}

// TradeName is what a trade is called, or its code.
func tradeName(code string) string {
	for _, t := range tradeNames {
		if t.Code == code {
			return t.Name
		}
	}
	return code
}

// Trades are the trades that letters are written for.
func Trades() []licensing.Entry { return append([]licensing.Entry(nil), tradeNames...) }

var tradeNames = []licensing.Entry{ //nolint:gochecknoglobals // a dictionary
	{Code: "road", Name: "道路客货运输"}, {Code: "dangerous", Name: "道路危险货物运输"}, {Code: "taxi", Name: "巡游出租汽车"},
	{Code: "ridehail", Name: "网络预约出租汽车"}, {Code: "bus", Name: "公共汽车和电车客运"},
}

// chinese is a date as letters have it.
func chinese(d clock.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Start().Format("2006年1月2日")
}

// Faults that several parts share.
var (
	errTampered = fault.New(fault.Internal, "licensing.letter.tampered", "法律文书数据被改动过，已停止使用，请立即联系安全管理员核查")
	errKind     = fault.New(fault.Invalid, "licensing.letter.kind", "没有这种法律文书，请检查文书代码")
	errTrade    = fault.New(fault.Invalid, "licensing.letter.trade", "没有这个行业的文书模板，请检查行业代码")
)
