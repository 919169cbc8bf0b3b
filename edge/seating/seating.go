// Package seating brings candidates to seats: the check at the door with face
// or by hand, terminals paired to seats, the login that binds an attempt to
// one seat with a fencing number, moves to another seat, and the face checks
// before the start and during the exam (M54, M65; chapters 7 and 8 of the
// design, 9.4 and 9.5 of the domain reference).
//
// It is used by the proctor's and the terminal's HTTP APIs. What a score means
// is edge/face; what an attempt may do is attempt. A picture never decides
// against a candidate alone: a person can always admit, and says why.
package seating

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"huyun.internal/edge/exam"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/exam/vault"
	"huyun.internal/edge/face"
	"huyun.internal/edge/store"
	"huyun.internal/edge/supervise/audit"
	"huyun.internal/edge/supervise/bell"
	"huyun.internal/edge/supervise/evidence"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/wire"
)

// Faces compares a picture with a reference and says what the venue does about
// it; app connects edge/face and the vision process.
type Faces interface {
	Verify(ctx context.Context, stage string, reference, probe []byte) face.Opinion
	// Counts says whether Count can be asked at all; Count is how many people a
	// picture shows.
	Counts() bool
	Count(ctx context.Context, picture []byte) (int, error)
}

// Staff checks a second person's password where two have to decide.
type Staff interface {
	// Second fails unless username is another active proctor than first and
	// the password is theirs.
	Second(ctx context.Context, first, username, password string) error
}

// Needs are what the service is built from.
type Needs struct {
	Store    *store.Store
	Exam     *exam.Service
	Attempts *attempt.Service
	Vault    *vault.Vault
	Evidence *evidence.Store
	Faces    Faces
	Staff    Staff
	Audit    *audit.Trail
	Bell     *bell.Bell
	Clock    clock.Clock
	Log      *slog.Logger
	// Sees reports whether a terminal has a camera that works; nil: nobody knows.
	Sees func(terminal string) bool
}

// Service carries out the use cases of this package.
type Service struct {
	Needs

	mu    sync.Mutex
	codes map[string]*Code
	tries map[string]*tries // wrong logins and codes, by terminal or address
	looks map[string]seatLook
	// sebKeys are Config Keys by sitting and base.
	sebKeys map[string]string
}

// New builds the service.
func New(n Needs) *Service {
	return &Service{Needs: n, codes: map[string]*Code{}, tries: map[string]*tries{}, looks: map[string]seatLook{}, sebKeys: map[string]string{}}
}

// Standing is where a candidate stands with the door.
type Standing string

// The standings.
const (
	Expected Standing = "expected" // not seen yet
	Pending  Standing = "pending"  // a proctor has to decide
	Admitted Standing = "admitted"
	Refused  Standing = "refused" // stays out; may be admitted later
)

// Name is the standing as the proctor reads it.
func (s Standing) Name() string {
	return map[Standing]string{Expected: "未到", Pending: "待人工核验", Admitted: "已入场", Refused: "未准入场"}[s]
}

// Entry is a candidate's record at the door of a sitting.
type Entry struct {
	Sitting   string    `json:"sitting"`
	Candidate string    `json:"candidate"`
	Standing  Standing  `json:"standing"`
	Consent   bool      `json:"consent"`            // to the face check; without it a proctor checks the papers
	Declined  bool      `json:"declined,omitempty"` // said no to it at the door
	Last      string    `json:"last,omitempty"`     // id of the last verification
	Deciders  int       `json:"deciders,omitempty"` // how many proctors the last one needs
	Seat      string    `json:"seat,omitempty"`
	By        string    `json:"by,omitempty"`
	At        time.Time `json:"at,omitzero"`
	Reason    string    `json:"reason,omitempty"`
}

// Verification is one comparison or decision with its words.
type Verification struct {
	wire.Verification
	At    time.Time `json:"at"`
	Text  string    `json:"text"`
	Retry bool      `json:"retry,omitempty"`
	// Deciders is how many proctors have to decide; About is the verification
	// that a person has decided about.
	Deciders int    `json:"deciders,omitempty"`
	About    string `json:"about,omitempty"`
}

// VerificationBucket holds sitting/candidate/id → Verification; supervise reads
// from it which pictures a sitting names.
const VerificationBucket = "seating_verification"

// Buckets of this package.
const (
	entryBucket    = "seating_entry"    // sitting/candidate → Entry
	failureBucket  = "seating_failure"  // sitting/candidate/stage → count
	terminalBucket = "seating_terminal" // terminal id → Terminal
	seatBucket     = "seating_seat"     // seat → terminal id
	holderBucket   = "seating_holder"   // sitting/seat → attempt id
)

// EntryOf loads a candidate's door record; one who was never seen is Expected.
func EntryOf(r store.Reader, sitting, candidate string) (Entry, error) {
	e, ok, err := store.Load[Entry](r, entryBucket, sitting+"/"+candidate)
	if !ok {
		e = Entry{Sitting: sitting, Candidate: candidate, Standing: Expected}
	}
	return e, err
}

// Entries loads the door records of a sitting by candidate.
func Entries(r store.Reader, sitting string) (map[string]Entry, error) {
	list, err := store.All[Entry](r, entryBucket, sitting+"/")
	out := make(map[string]Entry, len(list))
	for _, e := range list {
		out[e.Candidate] = e
	}
	return out, err
}

// Verifications loads what was decided about a candidate, oldest first.
func Verifications(r store.Reader, sitting, candidate string) ([]Verification, error) {
	return store.All[Verification](r, VerificationBucket, sitting+"/"+candidate+"/")
}
