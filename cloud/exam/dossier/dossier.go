// Package dossier is the whole record of one candidate in one sitting (M54):
// who they are, each check of their identity with both pictures, what happened
// at the door and at the seat, irregularities and rulings, the result; on a
// page and as a PDF. It also holds the pictures that the centre has asked a
// venue for, and deletes the pictures of a sitting when nothing is open any more
// (人脸识别技术应用安全管理办法: the shortest time that the purpose needs).
// Used by reviewers and those who answer complaints; every opening is on record.
//
// It decides nothing and changes no record: only pictures come and go.
package dossier

import (
	"encoding/json"
	"time"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/cloud/exam/score"
	"huyun.internal/cloud/exam/sitting"
)

// Permissions of records.
const (
	PermRead  = "exam.dossier.read"
	PermFetch = "exam.dossier.fetch" // ask a venue for pictures
	PermFaces = "exam.dossier.faces" // how many faces are kept
)

// Dossier is everything that is known of a candidate in a sitting. Times of
// what happened at the venue are by the venue's clock.
type Dossier struct {
	Sitting        sitting.Sitting        `json:"sitting"`
	Candidate      sitting.Candidate      `json:"candidate"`
	Checks         []Check                `json:"checks"`
	Door           []Door                 `json:"door"`
	Alarms         []Alarm                `json:"alarms"`
	Attempts       []Attempt              `json:"attempts"`
	Events         []Event                `json:"events"`
	Irregularities []conduct.Irregularity `json:"irregularities"`
	Result         *score.Row             `json:"result,omitempty"`
	Reviews        []score.Review         `json:"reviews"`
	Withdrawn      []Withdrawn            `json:"withdrawn" doc:"更正前发布过的成绩"`
	Pictures       []Picture              `json:"pictures"`
	Deleted        *time.Time             `json:"deleted,omitempty" doc:"本场照片何时到期删除"`
}

// Withdrawn is a result that was published and taken back to be corrected.
type Withdrawn struct {
	PublishedAt time.Time     `json:"published_at" db:"published_at"`
	Outcome     score.Outcome `json:"outcome" db:"outcome" enum:"PASSED,FAILED,VOID,ZERO,ABSENT,NOT_STARTED,WITHHELD"`
	Score       int           `json:"score" db:"score"`
	WithdrawnAt time.Time     `json:"withdrawn_at" db:"withdrawn_at"`
	WithdrawnBy string        `json:"withdrawn_by" db:"withdrawn_by"`
	Reason      string        `json:"reason" db:"reason"`
}

// Check is one verification of identity, by the machine or a person.
type Check struct {
	Stage     string    `json:"stage" db:"stage"`
	Score     float64   `json:"score" db:"score"`
	Threshold float64   `json:"threshold" db:"threshold"`
	Engine    string    `json:"engine" db:"engine"`
	Model     string    `json:"model" db:"model"`
	Demo      bool      `json:"demo" db:"demo" doc:"演示级算法，不得作为正式依据"`
	Snapshot  string    `json:"snapshot" db:"snapshot" doc:"现场照片的摘要"`
	Faces     int       `json:"faces" db:"faces"`
	Decision  string    `json:"decision" db:"decision"`
	Who       string    `json:"who" db:"who"`
	Reason    string    `json:"reason" db:"reason"`
	At        time.Time `json:"at" db:"at"`
}

// Door is a word at the entrance.
type Door struct {
	Admitted bool      `json:"admitted" db:"admitted"`
	Seat     string    `json:"seat" db:"seat"`
	Who      string    `json:"who" db:"who"`
	At       time.Time `json:"at" db:"at"`
}

// Alarm is one that names the candidate.
type Alarm struct {
	Level    string     `json:"level" db:"level"`
	Code     string     `json:"code" db:"code"`
	Text     string     `json:"text" db:"text"`
	Seat     string     `json:"seat" db:"seat"`
	Snapshot string     `json:"snapshot" db:"snapshot"`
	RaisedAt *time.Time `json:"raised_at,omitempty" db:"raised_at"`
	SeenAt   *time.Time `json:"seen_at,omitempty" db:"seen_at"`
	SeenBy   string     `json:"seen_by" db:"seen_by"`
	SeenNote string     `json:"seen_note" db:"seen_note"`
}

// Attempt is a run through the paper; more than one is an exception.
type Attempt struct {
	ID        string     `json:"id" db:"id"`
	Seat      string     `json:"seat" db:"seat"`
	Questions int        `json:"questions" db:"questions"`
	Answered  int        `json:"answered" db:"answered" doc:"中心收到作答的题数"`
	Saves     int        `json:"saves" db:"saves" doc:"保存次数，含修改"`
	StartedAt *time.Time `json:"started_at,omitempty" db:"started_at"`
	AllowedMS int64      `json:"allowed_ms" db:"allowed_ms"`
	ExtraMS   int64      `json:"extra_ms" db:"extra_ms"`
	HandedAt  *time.Time `json:"handed_at,omitempty" db:"handed_at"`
	How       string     `json:"how" db:"how"`
	Who       string     `json:"who" db:"who"`
	Reason    string     `json:"reason" db:"reason"`
	UsedMS    int64      `json:"used_ms" db:"used_ms"`
	Code      string     `json:"code" db:"-" doc:"回执码，与考试机上显示的相同；空：中心尚未签收"`
	Receipt   string     `json:"receipt" db:"-" doc:"本场签收编号"`
	SignedAt  *time.Time `json:"signed_at,omitempty" db:"-"`
}

// Event is a login, a move, a pause, a resumption or an extension, theirs or
// the whole room's.
type Event struct {
	Kind   string          `json:"kind" db:"kind"`
	All    bool            `json:"all" db:"all" doc:"全场"`
	Who    string          `json:"who" db:"who"`
	Detail json.RawMessage `json:"detail" db:"detail"`
	At     time.Time       `json:"at" db:"at"`
}

// States of a picture that the centre asked a venue for.
const (
	Asked = "ASKED" // the venue has not answered yet
	Held  = "HELD"
	Gone  = "GONE" // the venue has it no more
)

// Picture is one taken at the venue, as the centre knows it.
type Picture struct {
	Digest     string     `json:"digest" db:"digest"`
	State      string     `json:"state" db:"state" enum:"ASKED,HELD,GONE"`
	Reason     string     `json:"reason" db:"reason"`
	AskedBy    string     `json:"asked_by" db:"asked_name"`
	AskedAt    time.Time  `json:"asked_at" db:"asked_at"`
	AnsweredAt *time.Time `json:"answered_at,omitempty" db:"answered_at"`
}

// snapshots are the digests of all pictures that the record names, each once.
func (d *Dossier) snapshots() []string {
	var out []string
	seen := map[string]bool{"": true}
	add := func(digest string) {
		if !seen[digest] {
			seen[digest] = true
			out = append(out, digest)
		}
	}
	for _, c := range d.Checks {
		add(c.Snapshot)
	}
	for _, a := range d.Alarms {
		add(a.Snapshot)
	}
	for _, i := range d.Irregularities {
		add(i.Evidence)
	}
	return out
}
