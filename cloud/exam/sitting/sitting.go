// Package sitting plans and follows sittings: which candidates sit which paper
// rule at which venue and when (M57), the review of a venue's request to open
// (M58), the supervision of what happens before and during (M59), the sealed
// package and the release of its key (M60). Used by the centre's examination
// office; the link gives it what venues report, score takes over when a
// sitting has closed.
//
// A venue's records are facts: they are stored as reported and never refused
// for coming late. What contradicts what is known becomes an anomaly that a
// person sees. Records of a venue about a sitting of another venue are refused.
//
// It does not make papers or compute scores (protocol/exam, score), does not
// move bytes (cloud/node) and does not decide about faces (the venue does).
package sitting

import (
	"time"

	"huyun.internal/protocol/wire"
)

// Permissions of sittings.
const (
	PermList     = "exam.sitting.list"
	PermSave     = "exam.sitting.save"     // plan, import candidates, seat, assign
	PermEnrol    = "exam.sitting.enrol"    // register single people, and those of a class
	PermConfirm  = "exam.sitting.confirm"  // the word that candidates of a kind may sit
	PermReveal   = "exam.sitting.reveal"   // see a candidate's whole ID number
	PermReview   = "exam.sitting.review"   // approve or return an opening request
	PermDispatch = "exam.sitting.dispatch" // send a package again
	PermRelease  = "exam.sitting.release"  // release the key by hand
	PermUnlock   = "exam.sitting.unlock"   // have one code to read out to a venue without network
	PermSuspend  = "exam.sitting.suspend"  // suspend, resume, cancel
	PermWatch    = "exam.sitting.watch"    // the live board
	PermProve    = "exam.sitting.audit.verify"
	PermAudit    = "exam.sitting.audit" // what people did at the venues
)

// Sitting is one sitting as lists and pages show it.
type Sitting struct {
	ID           string    `json:"id" db:"id"`
	Number       string    `json:"number" db:"number"`
	Title        string    `json:"title" db:"title"`
	Venue        string    `json:"venue" db:"venue"`
	VenueName    string    `json:"venue_name" db:"venue_name"`
	Room         string    `json:"room" db:"room"`
	Category     string    `json:"category" db:"category"`
	Subject      string    `json:"subject" db:"subject"`
	Rule         string    `json:"rule" db:"rule"`
	RuleVersion  int       `json:"rule_version" db:"rule_version"`
	RuleName     string    `json:"rule_name" db:"rule_name"`
	StartsAt     time.Time `json:"starts_at" db:"starts_at"`
	Minutes      int       `json:"minutes" db:"minutes"`
	State        State     `json:"state" db:"state"`
	Before       State     `json:"before,omitempty" db:"before"`
	Reason       string    `json:"reason" db:"reason"`
	Assignment   int       `json:"assignment" db:"assignment"`
	StateAt      time.Time `json:"state_at" db:"state_at"`
	Candidates   int       `json:"candidates" db:"candidates"`
	WithoutPhoto int       `json:"without_photo" db:"without_photo"`
	Seated       int       `json:"seated" db:"seated"`
	SEB          string    `json:"seb" db:"seb" enum:",SHOW,REQUIRE" doc:"SEB 安全浏览器：空为不用，SHOW 仅提示监考，REQUIRE 登录必须使用"`
	PublishBy    time.Time `json:"publish_by" db:"publish_by" doc:"成绩公布期限：出租、网约考后 10 日，其余 5 日"`
	PackReceived bool      `json:"pack_received" db:"pack_received" doc:"考场已收到并验证最新下发的考题包"`
}

func (s *Sitting) position() Position { return Position{s.State, s.Before} }

// Plan is a sitting as a form sends it.
type Plan struct {
	Title       string
	Venue       string
	Room        string
	Rule        string
	RuleVersion int
	StartsAt    time.Time
	SEB         string // "", wire.SEBShow, wire.SEBRequire
}

// Filter narrows a list; empty fields do not.
type Filter struct {
	Venue    string
	State    string
	Category string
	Todo     Todo
	From, To time.Time
}

// Todo is what somebody at the centre still has to do about a sitting.
type Todo string

// Todos; TodoSQL has the condition of each that is independent of the hour.
const (
	TodoConduct Todo = "CONDUCT" // an irregularity that nobody has ruled on
	TodoReview  Todo = "REVIEW"  // a request for score review that nobody has answered
	TodoPublish Todo = "PUBLISH" // results that are due in two days, or overdue
)

// CandidateFilter narrows the people of a sitting; empty fields do not.
type CandidateFilter struct {
	Kind  string `query:"kind" enum:"NEW,RETRAIN" required:"false"`
	Turn  string `query:"turn" enum:"1,2" required:"false" doc:"1 首次考试，2 补考"`
	Photo string `query:"photo" enum:"yes,no" required:"false" doc:"有没有照片"`
}

// Candidate is one person of a sitting; ID number and mobile are masked.
type Candidate struct {
	ID        string `json:"id" db:"id"`
	Seq       int    `json:"seq" db:"seq"`
	Admission string `json:"admission" db:"admission"`
	Name      string `json:"name" db:"name"`
	IDNo      string `json:"id_no" db:"idno_mask"`
	Mobile    string `json:"mobile" db:"mobile_mask"`
	Category  string `json:"category" db:"category"`
	Consent   bool   `json:"consent" db:"consent"`
	Seat      string `json:"seat" db:"seat"`
	HasPhoto  bool   `json:"has_photo" db:"has_photo"`
	Kind      string `json:"kind" db:"kind" enum:"NEW,RETRAIN"`
	Class     string `json:"class" db:"class"`
	Turn      int    `json:"turn" db:"turn" doc:"1 为报名后的第一次考试，2 为补考"`
	Renewed   bool   `json:"renewed" db:"renewed" doc:"重新报名缴费后再考"`
	// ClassNumber is the class they come from, Checks what was looked at when
	// they were taken or last confirmed.
	ClassNumber string        `json:"class_number" db:"class_number"`
	Checks      []Requirement `json:"checks" db:"checks"`
	CheckedAt   *time.Time    `json:"checked_at,omitempty" db:"checked_at"`
}

// Opening is a venue's request to open, and its review.
type Opening struct {
	ID          string       `json:"id" db:"id"`
	Sitting     string       `json:"sitting" db:"sitting"`
	Request     string       `json:"-" db:"request"`
	Number      string       `json:"number" db:"number"`
	Title       string       `json:"title" db:"title"`
	Venue       string       `json:"venue" db:"venue"`
	VenueName   string       `json:"venue_name" db:"venue_name"`
	StartsAt    time.Time    `json:"starts_at" db:"starts_at"`
	State       string       `json:"state" db:"state" enum:"PENDING,APPROVED,RETURNED"`
	AskedBy     string       `json:"asked_by" db:"asked_by"`
	AskedAt     time.Time    `json:"asked_at" db:"asked_at"`
	ReceivedAt  time.Time    `json:"received_at" db:"received_at"`
	Proctors    []string     `json:"proctors" db:"proctors"`
	Note        string       `json:"note" db:"note"`
	Checks      []wire.Check `json:"checks" db:"checks"`
	DecidedName string       `json:"decided_name" db:"decided_name"`
	DecidedAt   *time.Time   `json:"decided_at,omitempty" db:"decided_at"`
	Reason      string       `json:"reason" db:"reason"`
	Condition   string       `json:"condition" db:"condition"`
	Candidates  int          `json:"candidates" db:"candidates"`
	Seats       int          `json:"seats" db:"seats"`
	Waited      int          `json:"waited_minutes" db:"-" doc:"收到后已等待，或审核用去的分钟"`
	Overdue     bool         `json:"overdue" db:"-" doc:"等待审核超过 30 分钟，或距开考不足 60 分钟"`
}

// States of a request.
const (
	openingPending  = "PENDING"
	openingApproved = "APPROVED"
	openingReturned = "RETURNED"
)

// Receipt is one step between centre and venue, as the console shows it.
type Receipt struct {
	Kind   string         `json:"kind" db:"kind"`
	Ref    string         `json:"ref" db:"ref"`
	OK     bool           `json:"ok" db:"ok"`
	Text   string         `json:"text" db:"text"`
	Detail map[string]any `json:"detail" db:"detail"`
	Who    string         `json:"who" db:"who"`
	At     time.Time      `json:"at" db:"at"`
	Noted  time.Time      `json:"noted" db:"noted"`
}

// Kinds of receipts, in the order of a sitting without trouble.
const (
	ReceiptAssigned  = "assigned"
	ReceiptRequested = "requested"
	ReceiptDecided   = "decided"
	ReceiptManifest  = "manifest"
	ReceiptReceived  = "received"
	ReceiptPreflight = "preflight"
	ReceiptReleased  = "released"
	ReceiptUnlock    = "unlock"
	ReceiptWithdrawn = "withdrawn"
	ReceiptOpened    = "opened"
	ReceiptStarted   = "started"
	ReceiptClosed    = "closed"
	ReceiptSigned    = "signed"
	ReceiptSuspended = "suspended"
	ReceiptMessage   = "message"
	ReceiptScored    = "scored"
	ReceiptPublished = "published"
	ReceiptCorrected = "corrected"
)

// Gate is the release rule and what is still in its way: approved, package
// received, preflight green and fresh, no red alarm that nobody has
// acknowledged, not before its time.
type Gate struct {
	Open        bool      `json:"open"`
	Missing     []string  `json:"missing"`      // Chinese, one line each
	From        time.Time `json:"from"`         // no earlier than this
	LeadMinutes int       `json:"lead_minutes"` // From, before the planned start
	LifeMinutes int       `json:"life_minutes"` // how old a preflight may be

	ready bool // nothing but the time is missing
}
