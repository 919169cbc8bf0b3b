// Package batch lets a company apply for many of its people at once (M42–M44):
// a roster, sent at the window by a clerk on the company's behalf or by the
// company's own agent, becomes a case a line, and the company fetches the
// certificates together against a signature (chapter 1.8 of the domain
// reference).
//
// Every case goes its own way through licensing/application with the same checks
// as any other; what is done for many at once is done to each in a transaction
// of its own and told line by line. Reviewing and deciding are not done here: the
// law wants each looked at.
package batch

import (
	"fmt"
	"strconv"
	"time"

	"huyun.internal/cloud/keys"
	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
)

// PermList lets staff read batches. What a clerk does to one needs the permission
// that the same needs of a single case.
const PermList = "licensing.batch.list"

// State of a batch, by its lines.
type State string

// States of a batch.
const (
	Opening State = "OPENING" // lines wait for their case
	Running State = "RUNNING"
	Done    State = "DONE" // every case has ended
)

// Batch is a roster that was taken.
type Batch struct {
	ID          string    `json:"id" db:"id"`
	Number      string    `json:"number" db:"number"`
	Company     string    `json:"company" db:"company"`
	CompanyCode string    `json:"company_code" db:"company_code"`
	Contact     string    `json:"contact" db:"contact"`
	Phone       string    `json:"phone" db:"phone_mask"`
	ByKind      string    `json:"by_kind" db:"by_kind" enum:"staff,company"`
	ByID        string    `json:"-" db:"by_id"`
	By          string    `json:"by" db:"by_name"`
	CreatedAt   time.Time `json:"created_at" db:"created_at"`
	Rows        int       `json:"rows" db:"rows"`
	Pending     int       `json:"pending" db:"pending" doc:"还没有建立办件的行"`
	Failed      int       `json:"failed" db:"failed" doc:"不能建立办件的行"`
	Unfinished  int       `json:"unfinished" db:"unfinished"`
	State       State     `json:"state" db:"state" enum:"OPENING,RUNNING,DONE"`
	MAC         []byte    `json:"-" db:"mac"`
}

func (b *Batch) parts() [][]byte {
	return [][]byte{
		[]byte("licensing_batch"), []byte(b.ID), []byte(b.Number), []byte(b.Company), []byte(b.CompanyCode), []byte(b.Contact), []byte(b.Phone),
		[]byte(b.ByKind), []byte(b.ByID), []byte(b.By), []byte(keys.Stamp(b.CreatedAt)),
	}
}

// Row is a line of a roster and what became of it.
type Row struct {
	Batch     string          `json:"-" db:"batch"`
	No        int             `json:"no" db:"no" doc:"工作簿中的行号"`
	Code      string          `json:"-" db:"company_code"`
	Name      string          `json:"name" db:"name"`
	Blind     []byte          `json:"-" db:"idno_blind"`
	IDNo      string          `json:"id_no" db:"idno_mask"`
	Matter    string          `json:"matter" db:"matter"`
	Category  string          `json:"category" db:"category"`
	Body      []byte          `json:"-" db:"body"`
	State     string          `json:"state" db:"state" enum:"PENDING,OPENED,FAILED"`
	Reason    string          `json:"reason" db:"reason"`
	Tries     int             `json:"-" db:"tries"`
	Case      string          `json:"case" db:"case_id"`
	ApplyNo   string          `json:"apply_no" db:"apply_no"`
	CaseState licensing.State `json:"case_state" db:"case_state"`
	Mark      string          `json:"mark" db:"mark" enum:",TAKEN,SHORT,WRONG" doc:"领证：已领取、短少、错证"`
	Note      string          `json:"note" db:"note"`
	MAC       []byte          `json:"-" db:"mac"`
	// Missing is what a draft still needs.
	Missing []matter.Defect `json:"missing" db:"-"`
}

// States of a row.
const (
	rowPending = "PENDING"
	rowOpened  = "OPENED"
	rowFailed  = "FAILED"
)

func (r *Row) parts() [][]byte {
	return [][]byte{
		[]byte("licensing_batch_row"), []byte(r.Batch), []byte(strconv.Itoa(r.No)), []byte(r.Code), []byte(r.Name), r.Blind, []byte(r.Matter), []byte(r.Category),
		[]byte(r.State), []byte(r.Case), []byte(r.Mark), []byte(r.Note),
	}
}

// Marks of a certificate when the company fetches it.
const (
	Taken = "TAKEN"
	Short = "SHORT"
	Wrong = "WRONG"
)

// Collection is one time that a company fetched certificates.
type Collection struct {
	ID        string    `json:"id" db:"id"`
	Batch     string    `json:"-" db:"batch"`
	Event     string    `json:"-" db:"event_id"`
	Collector string    `json:"collector" db:"collector"`
	Phone     string    `json:"phone" db:"phone_mask"`
	Signature []byte    `json:"-" db:"signature"`
	Taken     int       `json:"taken" db:"taken"`
	Short     int       `json:"short" db:"short"`
	Wrong     int       `json:"wrong" db:"wrong"`
	At        time.Time `json:"at" db:"at"`
	ByID      string    `json:"-" db:"by_id"`
	By        string    `json:"by" db:"by_name"`
	MAC       []byte    `json:"-" db:"mac"`
}

func (c *Collection) parts() [][]byte {
	return [][]byte{
		[]byte("licensing_batch_collection"), []byte(c.ID), []byte(c.Batch), []byte(c.Collector), []byte(c.Phone), c.Signature,
		fmt.Append(nil, c.Taken, c.Short, c.Wrong), []byte(keys.Stamp(c.At)), []byte(c.ByID), []byte(c.By),
	}
}

// Matters are those of a roster, by what people call them.
var matters = []struct{ code, name string }{{"BU01", "新证"}, {"BU02", "换证"}, {"BU03", "补证"}}

// posts are those of a roster.
var posts = []struct{ code, name string }{{"13001", "驾驶员"}, {"13901", "售票员"}, {"13902", "调度员"}}

// step is what may be done to all cases of a batch at once, by whom, and in
// which state of a case.
type step struct {
	perm    string
	company bool // the company's agent may, too
	from    []licensing.State
}

// steps leave out what the law wants looked at one by one: the review and the
// decision.
var steps = map[licensing.Event]step{
	licensing.Submit:          {application.PermSubmit, true, []licensing.State{licensing.Draft}},
	licensing.Receive:         {application.PermAccept, false, []licensing.State{licensing.Submitted}},
	licensing.Accept:          {application.PermAccept, false, []licensing.State{licensing.Received}},
	licensing.MakeCertificate: {application.PermCertify, false, []licensing.State{licensing.Granted}},
	licensing.CertificateDone: {application.PermCertify, false, []licensing.State{licensing.Certifying}},
}

// Places bind ciphertexts to where they lie.
const (
	placePhone     = "licensing_batch.phone"
	placeRow       = "licensing_batch_row.body"
	placeFile      = "licensing_batch_file.blob"
	placeCollector = "licensing_batch_collection.phone"
	placeSignature = "licensing_batch_collection.signature"
)
