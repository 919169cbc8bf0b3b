// Package enrolment keeps who is registered for an exam by a decided application
// (考试报名 EX01, 补考报名 EX02; M62): what they have to pay and that they have, until
// when they are to be given a place, and the places that they got in sittings. Used
// by licensing, which opens one when it grants, and by the examination office.
//
// There is no payment system: a clerk registers the paid notice by hand, nothing is
// asked of the treasury. Whether somebody may sit is sitting's to say.
package enrolment

import (
	"strconv"
	"strings"
	"time"

	"huyun.internal/cloud/keys"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
)

// Permissions.
const (
	PermList    = "exam.enrolment.list"
	PermExport  = "exam.enrolment.export"
	PermPay     = "exam.enrolment.pay"     // register a paid notice
	PermArrange = "exam.enrolment.arrange" // give people places in sittings
)

// ArrangeDays is how long the centre may take to give a place: 道路运输从业人员管理规定
// §13 to §17, from the acceptance.
const ArrangeDays = 30

// Parts of an exam that can be registered for.
const (
	Theory   = "THEORY"
	Practice = "PRACTICE"
	Both     = "BOTH"
)

// State of an enrolment; it follows from the row and the sittings.
type State string

// States of an enrolment.
const (
	ToPay    State = "TO_PAY"
	Waiting  State = "WAITING"  // paid, and a subject has no place in a sitting that is held
	Arranged State = "ARRANGED" // a place for every subject
	Ended    State = "ENDED"    // all results are out, or it was ended
)

// Enrolment is somebody's registration for an exam of a category.
type Enrolment struct {
	ID        string     `json:"id" db:"id"`
	Ref       string     `json:"case" db:"ref" doc:"办件"`
	ApplyNo   string     `json:"apply_no" db:"apply_no"`
	Person    string     `json:"person" db:"person"`
	Name      string     `json:"name" db:"name"`
	Blind     []byte     `json:"-" db:"idno_blind"`
	IDNo      string     `json:"id_no" db:"idno_mask"`
	Category  string     `json:"category" db:"category"`
	Part      string     `json:"part" db:"part" enum:"THEORY,PRACTICE,BOTH"`
	Subjects  []string   `json:"subjects" db:"subjects" doc:"须编入场次的科目"`
	Again     bool       `json:"again" db:"again" doc:"补考报名"`
	Consent   bool       `json:"consent" db:"consent" doc:"同意入场人脸核验"`
	Fen       int64      `json:"fen" db:"fen" doc:"应缴，分"`
	ArrangeBy clock.Date `json:"arrange_by" db:"arrange_by" doc:"应在这一天前安排考试"`
	OpenedAt  time.Time  `json:"opened_at" db:"opened_at"`
	NoticeNo  string     `json:"notice_no" db:"notice_no" doc:"非税收入一般缴款书号码；由窗口人工登记，尚未与非税系统核对"`
	PaidOn    clock.Date `json:"paid_on,omitzero" db:"paid_on"`
	PaidBy    string     `json:"-" db:"paid_by"`
	PaidName  string     `json:"paid_by" db:"paid_name" doc:"登记人"`
	PaidAt    *time.Time `json:"paid_at,omitempty" db:"paid_at"`
	EndedAt   *time.Time `json:"ended_at,omitempty" db:"ended_at"`
	Why       string     `json:"why" db:"why" doc:"终止原因"`
	Version   int        `json:"version" db:"version"`
	MAC       []byte     `json:"-" db:"mac"`
	State     State      `json:"state" db:"state" enum:"TO_PAY,WAITING,ARRANGED,ENDED"`
	Places    []Place    `json:"places" db:"places" doc:"没有取消的场次"`
	Overdue   bool       `json:"overdue" db:"-" doc:"已过应安排日期，还没有编入场次"`
}

// Place is a seat in a sitting that is held.
type Place struct {
	Sitting   string    `json:"sitting"`
	Number    string    `json:"number"`
	Subject   string    `json:"subject"`
	StartsAt  time.Time `json:"starts_at"`
	Venue     string    `json:"venue"`
	Address   string    `json:"address"`
	Room      string    `json:"room"`
	Candidate string    `json:"candidate"`
	Admission string    `json:"admission"`
	Seat      string    `json:"seat" doc:"座位号；还没有排座为空"`
}

// Text is a place as a person reads it.
func (p Place) Text() string {
	return "准考证号 " + p.Admission + "，" + p.Subject + "，" + clock.Text(p.StartsAt) + "，" + p.Venue + p.Room + p.seat()
}

func (p Place) seat() string {
	if p.Seat == "" {
		return ""
	}
	return " " + p.Seat + " 号座位"
}

// Texts are all places of an enrolment as a person reads them.
func (e *Enrolment) Texts() string {
	out := make([]string, len(e.Places))
	for i, p := range e.Places {
		out[i] = p.Text()
	}
	return strings.Join(out, "；")
}

func (e *Enrolment) parts() [][]byte {
	paid, ended := "", ""
	if e.PaidAt != nil {
		paid = keys.Stamp(*e.PaidAt) + " " + e.PaidOn.String()
	}
	if e.EndedAt != nil {
		ended = keys.Stamp(*e.EndedAt)
	}
	return [][]byte{
		[]byte("exam_enrolment"), []byte(e.ID), []byte(e.Ref), []byte(e.ApplyNo), []byte(e.Person), []byte(e.Name), e.Blind, []byte(e.Category), []byte(e.Part),
		[]byte(strings.Join(e.Subjects, ",")), []byte(strconv.FormatBool(e.Again)), []byte(strconv.FormatBool(e.Consent)), []byte(strconv.FormatInt(e.Fen, 10)),
		[]byte(e.ArrangeBy.String()), []byte(keys.Stamp(e.OpenedAt)), []byte(e.NoticeNo), []byte(paid), []byte(e.PaidBy), []byte(e.PaidName), []byte(ended), []byte(e.Why),
		[]byte(strconv.Itoa(e.Version)),
	}
}

// Yuan is an amount as people read it.
func Yuan(fen int64) string { return strconv.FormatFloat(float64(fen)/100, 'f', 2, 64) + " 元" }

// errTampered tells of a row that was changed behind the program's back.
var errTampered = fault.New(fault.Internal, "exam.enrolment.tampered", "考试报名数据被改动过，已停止办理，请立即联系安全管理员核查")
