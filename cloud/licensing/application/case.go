// Package application is the case (办件): one application of one person for one
// matter, from the draft to the archive, along the state machine of chapter 3 of
// the domain reference and under its clocks C1 to C5. It is used by the window,
// the officers' work queue, the online application and the kiosk (M11–M19,
// M39–M44).
//
// What a matter asks for is licensing/matter's; what is printed, licensing/letter's;
// what becomes of a licence, practitioner's. Here is what may happen next, who may
// do it, and until when.
package application

import (
	"strconv"
	"strings"
	"time"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/register"
	"huyun.internal/protocol/clock"
)

// Permissions.
const (
	PermList    = "licensing.case.list"
	PermSubmit  = "licensing.case.submit"  // take an application at a window
	PermAccept  = "licensing.case.accept"  // receive, ask for a correction, accept or refuse
	PermReview  = "licensing.case.review"  // review, suspend, resume
	PermApprove = "licensing.case.approve" // decide, extend, assign
	PermCertify = "licensing.case.certify" // make and hand out what was granted
	// PermRecheck is asking the registers again and confirming what nobody answered:
	// the reviewer's during the review, the approver's before the decision.
	PermRecheck = "licensing.case.recheck"
)

// Case is an application; who it is of is masked by the service.
type Case struct {
	ID         string            `json:"id" db:"id"`
	ApplyNo    string            `json:"apply_no" db:"apply_no" doc:"统一审批编码"`
	AcceptNo   string            `json:"accept_no" db:"accept_no" doc:"内部受理号"`
	Matter     string            `json:"matter" db:"matter"`
	Version    int               `json:"matter_version" db:"matter_version"`
	Title      string            `json:"title" db:"-"`
	Action     licensing.Action  `json:"action" db:"action"`
	Trade      string            `json:"trade" db:"trade"`
	Channel    licensing.Channel `json:"channel" db:"channel"`
	Person     string            `json:"person" db:"person"`
	Name       string            `json:"name" db:"name"`
	IDNo       string            `json:"id_no" db:"idno_mask"`
	Licence    string            `json:"licence" db:"licence" doc:"所办理的证件；首次申领时为空"`
	Categories []string          `json:"categories" db:"categories"`
	State      licensing.State   `json:"state" db:"state"`
	StateName  string            `json:"state_name" db:"-" doc:"状态的名称，按事项"`
	Revision   int               `json:"version" db:"version"`
	AppliedOn  clock.Date        `json:"applied_on,omitzero" db:"applied_on"`
	AcceptedOn clock.Date        `json:"accepted_on,omitzero" db:"accepted_on"`
	DecidedOn  clock.Date        `json:"decided_on,omitzero" db:"decided_on"`
	Completed  *time.Time        `json:"completed_at,omitempty" db:"completed_at"`
	Clerk      string            `json:"clerk" db:"clerk"`
	Reviewer   string            `json:"reviewer" db:"reviewer"`
	Cosigner   string            `json:"cosigner" db:"cosigner"`
	Approver   string            `json:"approver" db:"approver"`
	Holder     string            `json:"holder" db:"holder" doc:"经办人；为空表示待领取"`
	Strict     bool              `json:"strict" db:"strict" doc:"加强审核：两人审查，不适用承诺时限"`
	Revoked    bool              `json:"revoked" db:"revoked" doc:"收到吊销决定，不能准予，不能制作和发放证件"`
	Corrected  bool              `json:"corrected" db:"corrected" doc:"已一次性告知补正"`
	Extended   bool              `json:"extended" db:"extended" doc:"已延长过期限"`
	Due        clock.Date        `json:"due,omitzero" db:"due"`
	DueClock   ClockID           `json:"due_clock" db:"due_clock"`
	Light      Light             `json:"light" db:"-" enum:"GREEN,YELLOW,RED,NONE"`
	CreatedBy  string            `json:"-" db:"created_by"`
	CreatedAt  time.Time         `json:"created_at" db:"created_at"`
	ChangedAt  time.Time         `json:"changed_at" db:"changed_at"`
	Form       []byte            `json:"-" db:"form"`
	Known      []byte            `json:"-" db:"known"`
	Refusing   bool              `json:"refusing" db:"refusing" doc:"审查意见为拟不予许可：不能准予，只能不予许可或退回审查"`
	Opinion    string            `json:"opinion" db:"-" doc:"审查意见，须审批人注意时才有：拟不予许可"`
	Proposal   string            `json:"proposal" db:"proposal" doc:"系统起草的延期理由，待负责人批准；空为没有"`
	Verify     string            `json:"verify" db:"verify" doc:"由两名审查员实质核实的内容；空为没有"`
	Banned     clock.Date        `json:"banned_until,omitzero" db:"banned_until" doc:"因隐瞒情况或提供虚假材料未获受理或许可的：这一天起可以再次申请（行政许可法第七十八条）"`
	MAC        []byte            `json:"-" db:"mac"`
	Possible   []licensing.Event `json:"possible" db:"-" doc:"查看者现在可以做的事"`

	seen *seen // by the transaction that has locked it
	// deemed: the law holds it to be granted, whoever proposed what before and whatever
	// a check says; of a certificate that has been revoked there is nothing to renew
	deemed bool
	// lost is why nothing is made or handed out for it any more; nil: nothing is in the way
	lost *loss
	// hearing is what a suspended case stands still for; nil: for something else
	hearing *Hearing
}

// parts are what a decision hangs on and nobody may edit behind the program's back.
func (c *Case) parts() [][]byte {
	flags := strconv.FormatBool(c.Strict) + strconv.FormatBool(c.Revoked) + strconv.FormatBool(c.Corrected) + strconv.FormatBool(c.Extended)
	out := [][]byte{
		[]byte("licensing_case"), []byte(c.ID), []byte(c.ApplyNo), []byte(c.AcceptNo), []byte(c.Matter), []byte(strconv.Itoa(c.Version)),
		[]byte(c.Person), []byte(c.Licence), []byte(strings.Join(c.Categories, ",")), []byte(c.State), []byte(strconv.Itoa(c.Revision)),
		[]byte(day(c.AppliedOn)), []byte(day(c.AcceptedOn)), []byte(day(c.DecidedOn)),
		[]byte(c.Clerk), []byte(c.Reviewer), []byte(c.Cosigner), []byte(c.Approver), []byte(flags), c.Form,
	}
	if len(c.Known) > 0 {
		out = append(out, c.Known)
	}
	if c.Proposal != "" {
		out = append(out, []byte("proposal"), []byte(c.Proposal))
	}
	if c.Refusing {
		out = append(out, []byte("refusing"))
	}
	if c.Verify != "" {
		out = append(out, []byte("verify"), []byte(c.Verify))
	}
	if !c.Banned.IsZero() {
		out = append(out, []byte("banned"), []byte(day(c.Banned)))
	}
	return out
}

func day(d clock.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// Happening is one line of a case's course.
type Happening struct {
	Seq   int             `json:"seq" db:"seq"`
	ID    string          `json:"-" db:"event_id"`
	Event licensing.Event `json:"event" db:"event"`
	From  licensing.State `json:"from" db:"from_state"`
	To    licensing.State `json:"to" db:"to_state"`
	At    time.Time       `json:"at" db:"at"`
	ByID  string          `json:"-" db:"by_id"`
	By    string          `json:"by" db:"by_name"`
	Text  string          `json:"text" db:"text"`
	MAC   []byte          `json:"-" db:"mac"`
}

// parts chain a line to the one before it.
func (h *Happening) parts(of string, before []byte) [][]byte {
	return [][]byte{
		[]byte("licensing_event"), []byte(of), []byte(strconv.Itoa(h.Seq)), before, []byte(h.ID), []byte(h.Event), []byte(h.From), []byte(h.To),
		[]byte(keys.Stamp(h.At)), []byte(h.ByID), []byte(h.By), []byte(h.Text),
	}
}

// Defect is one thing that a supplement notice asks for.
type Defect struct {
	Part   string `json:"part" db:"part" enum:"FIELD,MATERIAL"`
	Key    string `json:"key" db:"key" maxLength:"40"`
	Name   string `json:"name" db:"name" maxLength:"80"`
	Reason string `json:"reason" db:"reason" minLength:"2" maxLength:"200"`
	HowTo  string `json:"how_to" db:"how_to" minLength:"2" maxLength:"200"`
	Solved bool   `json:"solved" db:"solved"`
}

// Material is the newest revision of what was handed in.
type Material struct {
	Code     string    `json:"code" db:"code"`
	Revision int       `json:"revision" db:"revision"`
	Form     string    `json:"form" db:"form" enum:"scan,original,pledge,ecert,generated,data"`
	Name     string    `json:"name" db:"name"`
	Kind     string    `json:"kind" db:"kind"`
	Size     int64     `json:"size" db:"size"`
	Blob     []byte    `json:"-" db:"blob"`
	Source   string    `json:"source" db:"source"`
	By       string    `json:"by" db:"by_id"`
	At       time.Time `json:"at" db:"at"`
}

// CheckResult is what a check answered.
type CheckResult struct {
	Round  int       `json:"round" db:"round"`
	Code   string    `json:"code" db:"code"`
	Result string    `json:"result" db:"result" enum:"PASS,FAIL,UNKNOWN,CONFIRMED,NOT_YET"`
	Reason string    `json:"reason" db:"reason"`
	Guide  string    `json:"guide" db:"guide"`
	Source string    `json:"source" db:"source"`
	At     time.Time `json:"at" db:"at"`
	By     string    `json:"by" db:"by_id"`
	Raw    []byte    `json:"digest,omitempty" db:"raw" doc:"所依据答复的 SM3 摘要"`
}

// Results of a check. A person who has seen proof confirms what is unknown.
const (
	Pass    = register.Pass
	Fail    = register.Fail
	Unknown = register.Unknown
	// NotYet is shown of a check that was never made: nobody has to do anything about it.
	NotYet    = "NOT_YET"
	Confirmed = "CONFIRMED"
)
