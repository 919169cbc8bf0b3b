// Package pack is the sealed package that carries a sitting to its venue: the
// roster (candidates and their reference photographs), which the venue can read
// at once, and the paper (rule, question range, pictures, the sitting's
// secret), which nobody at the venue can read before the centre releases its
// half of the key. The cloud builds one for every sitting (M60); the edge opens
// it (M58, M65). The byte layout is in README.md.
//
// Everything is signed by the cloud, encrypted to one venue's SM2 key and bound
// together: no part, chunk or key of one package works in another. A package
// says what is wrong with it by fault code (pack.truncated, pack.signature,
// pack.venue, pack.release …); Open is safe on bytes from anywhere.
//
// It does not move packages, does not decide when a half is released, and
// keeps no key: who calls Paper holds the questions in memory and must not
// write them down.
package pack

import (
	"fmt"
	"log/slog"
	"time"

	"huyun.internal/protocol/exam"
)

// ReleaseSize is the length of the centre's half of the content key, in bytes.
const ReleaseSize = 32

// SecretSize is the length of a sitting's secret, from which the seeds of its
// papers are derived, in bytes.
const SecretSize = 32

// Content is what goes into a package.
type Content struct {
	Sitting string
	Venue   string
	Version int // a higher version of a sitting's package replaces a lower one
	Made    time.Time

	Candidates []Candidate
	Photos     []Picture // what Candidate.Photo refers to

	Rule   exam.Rule
	Range  exam.Range
	Media  []Picture // what the range's questions refer to
	Secret []byte    // SecretSize bytes
	// Recent are questions that candidates, by id, have had before and should not
	// have again: what Plan.Paper avoids.
	Recent map[string][]string

	Unlock Unlock // codes for a venue without network; zero: none
}

// Unlock says how many codes of how many open a package without the centre's
// message.
type Unlock struct {
	Need int `json:"need"`
	Of   int `json:"of"`
}

// Candidate is one line of the roster. The ID number is whole, because the
// venue compares it with the card in the candidate's hand; it is only ever
// stored encrypted.
type Candidate struct {
	ID          string `json:"id"`
	AdmissionNo string `json:"admission_no"`
	Name        string `json:"name"`
	IDNumber    string `json:"id_number"`
	Category    string `json:"category"`
	Seat        string `json:"seat,omitempty"`
	Photo       string `json:"photo,omitempty"` // digest of a picture of the roster
	Consent     bool   `json:"consent"`         // agreed to face verification; else a proctor checks the card
}

// String keeps names and numbers out of logs and error texts.
func (c Candidate) String() string { return "candidate " + c.ID }

// GoString is String.
func (c Candidate) GoString() string { return c.String() }

// LogValue is the id alone.
func (c Candidate) LogValue() slog.Value { return slog.StringValue(c.ID) }

// Picture is an image, named by the SM3 of its bytes.
type Picture struct {
	Digest string `json:"digest"` // hex
	Type   string `json:"type"`   // image/png | image/jpeg
	Bytes  []byte `json:"-"`
}

// Roster is the part readable before the release.
type Roster struct {
	Candidates []Candidate
	pictures   map[string]Picture
}

// Picture finds a reference photograph by its digest.
func (r *Roster) Picture(digest string) (Picture, bool) {
	p, ok := r.pictures[digest]
	return p, ok
}

// Paper is the part readable only with the released half.
type Paper struct {
	Rule     exam.Rule
	Range    exam.Range
	Secret   []byte
	Recent   map[string][]string // see Content
	pictures map[string]Picture
}

// Picture finds a picture of a question by its digest.
func (p *Paper) Picture(digest string) (Picture, bool) {
	q, ok := p.pictures[digest]
	return q, ok
}

// String keeps questions and the secret out of logs.
func (p *Paper) String() string {
	return fmt.Sprintf("paper part: rule %s, %d questions", p.Rule.ID, len(p.Range.Questions))
}

// GoString is String.
func (p *Paper) GoString() string { return p.String() }
