package wire

import "time"

// Kinds of the exam lane, edge to cloud. The subject of each record is the
// sitting's id, so that the cloud can find a sitting's records without
// decoding bodies.
const (
	KindOpeningRequested = "exam.opening.requested"
	KindPackReceived     = "exam.pack.received"
	KindPreflight        = "exam.preflight"
	KindOpened           = "exam.opened"
	KindVerification     = "exam.verification"
	KindCheckin          = "exam.checkin"
	KindLogin            = "exam.login"
	KindSeatMoved        = "exam.seat.moved"
	KindPaperIssued      = "exam.paper.issued"
	KindStarted          = "exam.started"
	KindAnswer           = "exam.answer"
	KindTimeExtended     = "exam.time.extended"
	KindPaused           = "exam.paused"
	KindResumed          = "exam.resumed"
	KindHandin           = "exam.handin"
	KindIrregularity     = "exam.irregularity"
	KindAlarm            = "exam.alarm"
	KindAlarmCleared     = "exam.alarm.acknowledged"
	KindClosed           = "exam.closed"
	KindPracticalSheet   = "exam.practical.sheet"
	KindAudit            = "audit"
)

// OpeningRequested asks the centre to let a venue hold a sitting.
type OpeningRequested struct {
	Request  string   `json:"request"` // id made at the edge; a repeat is the same request
	Sitting  string   `json:"sitting"`
	By       string   `json:"by"`       // username of the proctor who asks
	Proctors []string `json:"proctors"` // names on duty
	Note     string   `json:"note,omitempty"`
	Checks   []Check  `json:"checks"` // the venue's self-check at the moment of asking
}

// Check is one line of a self-check or preflight.
type Check struct {
	Code   string `json:"code"` // clock, disk, camera, terminal, pack, key …
	Name   string `json:"name"` // Chinese
	OK     bool   `json:"ok"`
	Detail string `json:"detail"` // what was measured, and when not OK what to do
	// Warn marks a check that passes and still has something to say that a
	// person should know.
	Warn bool `json:"warn,omitempty"`
	// Waived is why a check that failed counts as OK: a person let it pass.
	Waived string `json:"waived,omitempty"`
}

// PackReceived says that a package's bytes are durable and verified here.
type PackReceived struct {
	Sitting string `json:"sitting"`
	Pack    string `json:"pack"` // SM3 digest of the package file, hex
	Size    int64  `json:"size"` // bytes
	Via     string `json:"via"`  // h3 | https | usb; "" when a restart came between
	OK      bool   `json:"ok"`
	Reason  string `json:"reason,omitempty"` // fault code when not OK, PackGone or PackKept
}

// Answers to PackWithdrawn, as PackReceived.Reason.
const (
	PackGone = "exam.pack.withdrawn"
	PackKept = "exam.pack.withdrawn.late" // the exam had begun
)

// Preflight is the venue's readiness; the key half is released only on green.
type Preflight struct {
	Sitting string  `json:"sitting"`
	Green   bool    `json:"green"`
	Checks  []Check `json:"checks"`
}

// Opened says that the questions can be read at the venue from now on.
type Opened struct {
	Sitting string `json:"sitting"`
	Pack    string `json:"pack"`
	By      string `json:"by"` // release | unlock-code
}

// Stages of verification (M54).
const (
	StageEntry  = "ENTRY"
	StagePre    = "PRE"
	StageRandom = "RANDOM"
)

// Decisions of a verification. Manual means that a person must look; it is
// never turned into Pass by a machine.
const (
	DecisionPass   = "pass"
	DecisionFail   = "fail"
	DecisionManual = "manual"
)

// Verification is one comparison of a face with the reference, or a proctor's
// decision in its place.
type Verification struct {
	ID        string  `json:"id"`
	Sitting   string  `json:"sitting"`
	Candidate string  `json:"candidate"`
	Stage     string  `json:"stage"`
	Score     float64 `json:"score"`
	Threshold float64 `json:"threshold"`
	Engine    string  `json:"engine"` // dnn | classic | none
	Model     string  `json:"model"`
	Demo      bool    `json:"demo"`               // the engine is demonstration grade
	Snapshot  string  `json:"snapshot,omitempty"` // SM3 digest of the picture, kept at the venue
	Faces     int     `json:"faces"`              // faces found in the probe
	Decision  string  `json:"decision"`
	By        string  `json:"by"` // machine, or the proctor's username
	Reason    string  `json:"reason,omitempty"`
}

// Checkin admits a candidate at the door, or records that they stay out.
type Checkin struct {
	Sitting      string `json:"sitting"`
	Candidate    string `json:"candidate"`
	Admitted     bool   `json:"admitted"`
	Verification string `json:"verification"` // id of the deciding one
	Seat         string `json:"seat,omitempty"`
	By           string `json:"by"`
}

// Login binds an attempt to a seat and terminal with a fencing number.
type Login struct {
	Sitting   string `json:"sitting"`
	Candidate string `json:"candidate"`
	Attempt   string `json:"attempt"`
	Seat      string `json:"seat"`
	Terminal  string `json:"terminal"`
	Fence     uint64 `json:"fence"`
	// Reason says, with the first login, why no check before the start is owed.
	Reason string `json:"reason,omitempty"`
}

// SeatMoved raises the fence: whatever the old seat sends later is refused.
type SeatMoved struct {
	Sitting string `json:"sitting"`
	Attempt string `json:"attempt"`
	From    string `json:"from"`
	To      string `json:"to"`
	Fence   uint64 `json:"fence"`
	Reason  string `json:"reason"`
	By      string `json:"by"`
}

// PaperIssued names a generated paper. The cloud generates it again from the
// same rule, range and seed and compares the digest.
type PaperIssued struct {
	Sitting   string   `json:"sitting"`
	Candidate string   `json:"candidate"`
	Attempt   string   `json:"attempt"`
	Digest    string   `json:"digest"`
	Questions int      `json:"questions"`
	Relaxed   []string `json:"relaxed,omitempty"`
}

// Started begins an attempt's clock.
type Started struct {
	Sitting  string        `json:"sitting"`
	Attempt  string        `json:"attempt"`
	Duration time.Duration `json:"duration_ns"` // working time allowed, nanoseconds
}

// Answer is one saved answer. Revision is the terminal's own counter for that
// question: the highest revision wins, never the latest clock.
type Answer struct {
	Sitting  string   `json:"sitting"`
	Attempt  string   `json:"attempt"`
	Item     string   `json:"item"` // position in the paper: "12", or "85.3" for a sub-question
	Revision uint64   `json:"revision"`
	Choice   []string `json:"choice"` // option keys as printed in the bank, sorted; empty = cleared
	Fence    uint64   `json:"fence"`
	Counter  uint64   `json:"counter"`    // the session's replay counter
	Elapsed  int64    `json:"elapsed_ms"` // monotonic milliseconds since the attempt started
}

// TimeExtended grants more working time to one attempt, or to all when Attempt
// is empty.
type TimeExtended struct {
	ID      string        `json:"id"`
	Sitting string        `json:"sitting"`
	Attempt string        `json:"attempt,omitempty"`
	By      string        `json:"by"`
	Extra   time.Duration `json:"extra_ns"`
	Reason  string        `json:"reason"`
}

// Paused and Resumed stop and start an attempt's clock; empty Attempt = all.
type Paused struct {
	Sitting string `json:"sitting"`
	Attempt string `json:"attempt,omitempty"`
	By      string `json:"by"`
	Reason  string `json:"reason"`
}

// Handin ends an attempt.
type Handin struct {
	Sitting  string        `json:"sitting"`
	Attempt  string        `json:"attempt"`
	How      string        `json:"how"` // candidate | time | proctor
	By       string        `json:"by,omitempty"`
	Reason   string        `json:"reason,omitempty"`
	Answered int           `json:"answered"`
	Answers  string        `json:"answers"` // SM3 over the final answers in item order, hex
	Score    int           `json:"score"`   // the edge's own score, in tenths of a point
	Used     time.Duration `json:"used_ns"`
}

// Irregularity notes a breach of discipline, codes V01 to V08.
type Irregularity struct {
	ID        string `json:"id"`
	Sitting   string `json:"sitting"`
	Candidate string `json:"candidate"`
	Code      string `json:"code"`
	Note      string `json:"note"`
	Evidence  string `json:"evidence,omitempty"` // digest of a picture
	By        string `json:"by"`
}

// Alarm levels.
const (
	AlarmYellow = "yellow"
	AlarmRed    = "red"
)

// Alarm is raised at the venue and shown to proctors and to the centre.
type Alarm struct {
	ID        string `json:"id"`
	Sitting   string `json:"sitting,omitempty"`
	Candidate string `json:"candidate,omitempty"`
	Seat      string `json:"seat,omitempty"`
	Level     string `json:"level"`
	Code      string `json:"code"`
	Text      string `json:"text"`
	Snapshot  string `json:"snapshot,omitempty"`
}

// AlarmAcknowledged says who saw an alarm.
type AlarmAcknowledged struct {
	ID      string `json:"id"`
	Sitting string `json:"sitting,omitempty"`
	By      string `json:"by"`
	Note    string `json:"note,omitempty"`
}

// Closed is the venue's reconciliation of a sitting. Fields after Digest come
// from venues that settle each sum by itself; from others they are empty.
type Closed struct {
	Sitting   string `json:"sitting"`
	By        string `json:"by"`
	Booked    int    `json:"booked"`
	Admitted  int    `json:"admitted"`
	Absent    int    `json:"absent"` // everybody who is not admitted, Pending among them
	Issued    int    `json:"issued"`
	Started   int    `json:"started"`
	Submitted int    `json:"submitted"` // hand-ins of every kind, Terminated among them
	Answers   int    `json:"answers"`   // answer records appended for this sitting
	Digest    string `json:"digest"`    // SM3 over each attempt's hand-in digest in attempt order

	Pending      int      `json:"pending,omitempty"`      // at the door, decided by nobody
	Unused       int      `json:"unused,omitempty"`       // papers that were never begun
	Terminated   int      `json:"terminated,omitempty"`   // attempts that a proctor ended
	Acknowledged int      `json:"acknowledged,omitempty"` // hand-ins that the centre had confirmed by then
	Second       string   `json:"second,omitempty"`       // username of the second person, when something was waived
	Waivers      []Waiver `json:"waivers,omitempty"`
}

// Waiver is why a sitting was signed off although one check did not meet.
type Waiver struct {
	Code   string `json:"code"`   // booked, issued, started, acknowledged: a sum; others: a matter
	Fact   string `json:"fact"`   // what did not meet, in Chinese
	Reason string `json:"reason"` // of this one
}

// Audit is one act of a person at the venue, from the venue's own HMAC-SM3
// chain.
type Audit struct {
	Seq    uint64 `json:"seq"`
	Actor  string `json:"actor"`
	Action string `json:"action"`
	Object string `json:"object"`
	Detail string `json:"detail,omitempty"`
	MAC    string `json:"mac"`
}
