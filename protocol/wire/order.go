package wire

import (
	"encoding/json"
	"time"
)

// Kinds of orders, cloud to edge. An order is a record in the edge's order
// journal; the edge applies it once, in the transaction that moves its cursor.
const (
	OrderSittingAssigned = "exam.sitting.assigned"
	OrderOpeningDecided  = "exam.opening.decided"
	OrderPackManifest    = "exam.pack.manifest"
	OrderPackWithdrawn   = "exam.pack.withdrawn"
	OrderKeyRelease      = "exam.key.release"
	OrderStaff           = "identity.staff"
	OrderMessage         = "exam.message"
	OrderSuspend         = "exam.sitting.suspended"
	OrderResult          = "exam.result.published"
	OrderPractical       = "exam.practical.arranged"
	OrderSheetDecided    = "exam.practical.decided"
	OrderPicturesWanted  = "exam.pictures.wanted"
	OrderPicturesExpired = "exam.pictures.expired"
	OrderReceipt         = "exam.sitting.receipt"
	OrderDisputed        = "exam.sitting.disputed"
)

// Order is one decoded order as the edge's handlers receive it.
type Order struct {
	Seq     uint64          `json:"seq"`
	At      time.Time       `json:"at"`
	Kind    string          `json:"kind"`
	Subject string          `json:"subject"`
	Body    json.RawMessage `json:"body"`
}

// SittingAssigned tells a venue of a sitting; it holds no question and no
// photograph. A later one with a higher Version replaces it.
type SittingAssigned struct {
	Sitting    string    `json:"sitting"`
	Version    int       `json:"version"`
	Title      string    `json:"title"`
	Category   string    `json:"category"` // five-digit code of JT/T 697.7
	Subject    string    `json:"subject"`
	Venue      string    `json:"venue"`
	Room       string    `json:"room"`
	Start      time.Time `json:"start"`
	Duration   int       `json:"duration_min"`
	Seats      []string  `json:"seats"`
	Candidates int       `json:"candidates"`
	Cancelled  bool      `json:"cancelled,omitempty"`
	// ReleaseFrom is when the key goes out at the earliest, PreflightLife how old
	// the preflight may then be; zero from a centre that does not say.
	ReleaseFrom   time.Time `json:"release_from,omitzero"`
	PreflightLife int       `json:"preflight_life_min,omitempty"`
	// SEB says whether terminals are to run in Safe Exam Browser.
	SEB string `json:"seb,omitempty"`
}

// What a sitting asks of its terminals about Safe Exam Browser, as
// SittingAssigned.SEB; "" asks nothing.
const (
	SEBShow    = "SHOW"    // a terminal without it is shown to the proctors
	SEBRequire = "REQUIRE" // nobody logs in without it, unless a proctor allows the seat
)

// OpeningDecided is the centre's answer to an opening request.
type OpeningDecided struct {
	Request   string `json:"request"`
	Sitting   string `json:"sitting"`
	Approved  bool   `json:"approved"`
	Reason    string `json:"reason,omitempty"`
	Condition string `json:"condition,omitempty"`
	By        string `json:"by"`
}

// PackManifest announces a sealed package to fetch: GET /node/v1/blobs/{digest}.
type PackManifest struct {
	Sitting string `json:"sitting"`
	Pack    string `json:"pack"`    // SM3 digest of the file, hex
	Size    int64  `json:"size"`    // bytes
	Version int    `json:"version"` // a higher version replaces a lower one
}

// PackWithdrawn takes an announced package back: it is deleted, and its questions
// are closed, unless the exam has begun. The venue answers with PackReceived.
type PackWithdrawn struct {
	Sitting string `json:"sitting"`
	Pack    string `json:"pack"`
	Version int    `json:"version"`
	Reason  string `json:"reason"`
	By      string `json:"by"`
}

// KeyRelease carries the cloud's half of the content key.
type KeyRelease struct {
	Sitting string `json:"sitting"`
	Pack    string `json:"pack"`
	Half    []byte `json:"half"` // K_release, 32 bytes
	By      string `json:"by"`
}

// StaffMember may sign in at the venue with no network.
type StaffMember struct {
	Username string   `json:"username"`
	Name     string   `json:"name"`
	Password string   `json:"password"` // argon2id PHC string
	Roles    []string `json:"roles"`    // proctor | chief | technician
	Disabled bool     `json:"disabled,omitempty"`
}

// Staff replaces the venue's whole list.
type Staff struct {
	Version int           `json:"version"`
	Members []StaffMember `json:"members"`
}

// Message is shown at the proctor console until acknowledged.
type Message struct {
	ID      string `json:"id"`
	Sitting string `json:"sitting,omitempty"`
	From    string `json:"from"`
	Text    string `json:"text"`
}

// Suspend stops or resumes a sitting on the centre's word.
type Suspend struct {
	Sitting   string `json:"sitting"`
	Suspended bool   `json:"suspended"`
	Reason    string `json:"reason"`
	By        string `json:"by"`
}

// ResultPublished closes the circle: the centre's final figures of a sitting.
type ResultPublished struct {
	Sitting string         `json:"sitting"`
	Scores  map[string]int `json:"scores"` // attempt → tenths of a point
	By      []string       `json:"by"`     // the two who confirmed
}

// PicturesWanted asks for pictures of a sitting that the venue keeps, because a
// person at the centre has to look at them: POST /node/v1/pictures, a Picture
// each.
type PicturesWanted struct {
	Sitting string   `json:"sitting"`
	Digests []string `json:"digests"`
	Reason  string   `json:"reason"`
	By      string   `json:"by"`
}

// PicturesExpired tells a venue that nothing about a sitting is open any more:
// its pictures and its package, which holds photographs, are deleted.
type PicturesExpired struct {
	Sitting string `json:"sitting"`
	Pack    string `json:"pack,omitempty"`
}

// Picture is one that the centre wanted; none when the venue has it no more.
type Picture struct {
	Digest string `json:"digest"`
	Data   []byte `json:"data,omitempty"`
}
