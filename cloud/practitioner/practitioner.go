// Package practitioner keeps one file for each person who drives, escorts,
// loads, sells tickets or dispatches: who they are, what they are qualified for,
// their certificates with every version of them, what is known about them and
// from where, and a timeline of who did what when (issue 4, 1; M42–M53 and every
// licensing matter stand on it). Used by sanction, licensing and e-licences,
// which issue, change and revoke through it, and by the centre's staff. It
// follows JT/T 697.7, JT/T 415 and the administrative rules for road transport
// practitioners (chapters 1 and 5.5 of the domain reference).
//
// It decides on no application, knows no case, exam or hold — it asks for them
// upward — and never deletes: a file that was merged points to the other for ever.
package practitioner

import (
	"time"

	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/person"
)

// Permissions.
const (
	PermList    = "practitioner.file.list"
	PermSave    = "practitioner.file.save"   // make files, correct them, note facts
	PermReveal  = "practitioner.file.reveal" // see one sealed field, with a reason
	PermWhole   = "practitioner.file.whole"  // export whole numbers
	PermImport  = "practitioner.file.import" // take over existing records
	PermPropose = "practitioner.merge.propose"
	PermDecide  = "practitioner.merge.decide" // a second person's
)

// Person is the head of a file; what is sealed shows its mask.
type Person struct {
	ID         string     `json:"id" db:"id"`
	Blind      []byte     `json:"-" db:"idno_blind"`
	Name       string     `json:"name" db:"name"`
	IDNo       string     `json:"id_no" db:"idno_mask"`
	Sex        string     `json:"sex" db:"sex" enum:"0,1,2,9" doc:"GB/T 2261.1"`
	Birth      clock.Date `json:"birth" db:"birth"`
	Nation     string     `json:"nation" db:"nation"`
	Residence  string     `json:"residence" db:"residence" enum:",SH,NON_SH,NON_SH_TAXI2NET,NON_SH_RENT2NET"`
	Mobile     string     `json:"mobile" db:"mobile_mask"`
	HasAddress bool       `json:"has_address" db:"has_address"`
	HasPhoto   bool       `json:"has_photo" db:"has_photo"`
	ArchiveNo  string     `json:"archive_no" db:"archive_no"`
	MergedInto string     `json:"-" db:"merged_into"`
	Expires    clock.Date `json:"expires" db:"expires" doc:"名下证件、注册最早的到期日"`
	Demo       bool       `json:"demo" db:"demo"`
	Version    int        `json:"version" db:"version"`
	CreatedAt  time.Time  `json:"created_at" db:"created_at"`
	ChangedAt  time.Time  `json:"changed_at" db:"changed_at"`
}

// Basic is what makes a file.
type Basic struct {
	ID        person.ID
	Name      string
	Nation    string
	Residence string
	Mobile    person.Mobile
	Address   string
}

// LicenceState is a code of chapter 1.2: 10 is in force, anything else is not.
type LicenceState string

// States of a certificate.
const (
	InForce     LicenceState = "10"
	Replaced    LicenceState = "01"
	Expired     LicenceState = "02"
	Cancelled   LicenceState = "03"
	Withdrawn   LicenceState = "04"
	Revoked     LicenceState = "05"
	Transferred LicenceState = "09"
)

// Kinds of certificates: chapter 5.1, and the city's own for buses.
const (
	Road     = "RE-071"
	Taxi     = "RE-075"
	RideHail = "RE-072"
	Bus      = "BUS"
)

// Licence is a certificate with the categories that it holds. The number is
// masked where it is the holder's ID number.
type Licence struct {
	ID           string       `json:"id" db:"id"`
	Person       string       `json:"person" db:"person"`
	Type         string       `json:"type" db:"type" enum:"RE-071,RE-075,RE-072,BUS"`
	Post         string       `json:"-" db:"post"`
	NumberBlind  []byte       `json:"-" db:"number_blind"`
	Number       string       `json:"number" db:"number_mask"`
	ServiceNo    string       `json:"service_no" db:"service_no" doc:"服务监督卡号"`
	Issuer       string       `json:"issuer" db:"issuer"`
	FirstIssue   clock.Date   `json:"first_issue" db:"first_issue"`
	ValidFrom    clock.Date   `json:"valid_from" db:"valid_from"`
	ValidTo      clock.Date   `json:"valid_to" db:"valid_to" doc:"空为长期"`
	State        LicenceState `json:"state" db:"state" enum:"10,01,02,03,04,05,09"`
	StateWhy     string       `json:"state_why" db:"state_why"`
	PrintVersion int          `json:"print_version" db:"print_version"`
	Version      int          `json:"version" db:"version"`
	ChangedAt    time.Time    `json:"changed_at" db:"changed_at"`
	MAC          []byte       `json:"-" db:"mac"`
	Categories   []Category   `json:"categories" db:"-"`
}

// Category is one qualification on a certificate.
type Category struct {
	Licence    string     `json:"-" db:"licence"`
	Code       string     `json:"category" db:"category"`
	FirstIssue clock.Date `json:"first_issue" db:"first_issue"`
	ValidTo    clock.Date `json:"valid_to" db:"valid_to" doc:"空为长期"`
}

// Category is what a certificate says of a category.
func (l *Licence) Category(code string) (Category, bool) {
	for _, c := range l.Categories {
		if c.Code == code {
			return c, true
		}
	}
	return Category{}, false
}

// Over says that all categories have ended: a certificate in force counts as expired
// from the day after (chapter 5.5), whatever its row says.
func (l *Licence) Over(today clock.Date) bool { return !l.ValidTo.IsZero() && l.ValidTo.Before(today) }

// Over says that a category has ended.
func (c Category) Over(today clock.Date) bool { return !c.ValidTo.IsZero() && c.ValidTo.Before(today) }

// Lapsed says that it can no longer be renewed.
func (c Category) Lapsed(today clock.Date) bool { return RenewalWindow(c.ValidTo, today, 0) == Lapsed }

// Act is what is done to a certificate.
type Act string

// Acts of Issue.
const (
	First   Act = "ISSUE"
	Add     Act = "ADD_CATEGORY"
	Renew   Act = "RENEW"
	Reissue Act = "REISSUE" // lost or damaged: number and dates stay
	Change  Act = "CHANGE"
	TakeIn  Act = "IMPORT"      // an existing certificate, as it is
	MoveIn  Act = "TRANSFER_IN" // another province's, as it is
)

// Grant is a decision carried out: what is issued to whom and by which case.
type Grant struct {
	Person     string
	Act        Act
	Type       string
	Categories []string // Renew: none is all of them
	On         clock.Date
	Issuer     string // empty: the one before, or the city's
	ServiceNo  string
	Why        string // reason of issue, in words
	Ref        string // case or document
	Taken      *Taken // only with TakeIn and MoveIn
	Held       bool   // Renew: the law held it to be granted when the certificate ended
}

// Taken are the dates of an existing certificate.
type Taken struct {
	Number     string
	ArchiveNo  string
	FirstIssue clock.Date
	ValidFrom  clock.Date
	ValidTo    clock.Date
	State      LicenceState
	// Each are the days of categories that have their own; the others have the
	// certificate's.
	Each map[string]Category
}

// Event is a line of the timeline. The context's actor is who, now is when.
type Event struct {
	Kind    string
	Text    string
	Ref     string // a case or a letter
	Licence string
	Before  any
	After   any
}

// Line is a line of the timeline as it is read.
type Line struct {
	ID      string    `json:"id" db:"id"`
	Person  string    `json:"person" db:"person" doc:"当时所在的档案；合并前的记录仍在原档案名下"`
	At      time.Time `json:"at" db:"at"`
	Kind    string    `json:"kind" db:"kind"`
	Text    string    `json:"text" db:"text"`
	Ref     string    `json:"ref" db:"ref" doc:"文号"`
	Case    string    `json:"case" db:"-" doc:"所依据的办件"`
	Licence string    `json:"licence" db:"licence"`
	Before  *Version  `json:"before,omitempty" db:"before"`
	After   *Version  `json:"after,omitempty" db:"after"`
	By      string    `json:"by" db:"by_name"`
}

// Version is a certificate at one moment.
type Version struct {
	PrintVersion int          `json:"print_version"`
	State        LicenceState `json:"state"`
	ValidFrom    clock.Date   `json:"valid_from"`
	ValidTo      clock.Date   `json:"valid_to"`
	Categories   []string     `json:"categories"`
}

func (l *Licence) snapshot() *Version {
	return &Version{PrintVersion: l.PrintVersion, State: l.State, ValidFrom: l.ValidFrom, ValidTo: l.ValidTo, Categories: l.codes()}
}

func (l *Licence) codes() []string {
	out := make([]string, len(l.Categories))
	for i, c := range l.Categories {
		out[i] = c.Code
	}
	return out
}

// Places bind ciphertexts to where they lie.
const (
	placeIDNo    = "practitioner.idno"
	placeMobile  = "practitioner.mobile"
	placeAddress = "practitioner.address"
	placePhoto   = "practitioner.photo"
	placeNumber  = "practitioner_licence.number"

	mobileIndex = "person.mobile"
	numberIndex = "licence.number"
	photoIndex  = "person.photo"
)
