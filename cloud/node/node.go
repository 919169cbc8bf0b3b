// Package node is the cloud's side of every device in the field: how it
// enrols, which key it holds, what its journals have delivered, what it is
// ordered to do, and how it is doing. Exam venues use it today (M57, M60), halls
// and kiosks will. It follows design 6 and reliability B.5.
//
// A node belongs to one venue for life. What its records mean is not known
// here: the domains that own them apply them, through Appliers given in app.
// Carrying frames over MQTT is courier's business, the broker is broker's.
package node

import (
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/wire"
)

// State of a node.
type State string

// A quarantined node may connect and its batches are kept waiting; nothing of
// it is applied until a person has looked. A revoked node never comes back.
const (
	Active      State = "ACTIVE"
	Quarantined State = "QUARANTINED"
	Revoked     State = "REVOKED"
)

// Certificates are short-lived: 90 days at most, renewed at two thirds.
const (
	CertificateLife = 90 * 24 * time.Hour
	CodeLife        = 24 * time.Hour
	codeBytes       = 16 // 128 bits, the least a one-time code may have
)

// Node is one enrolled device.
type Node struct {
	ID          string    `json:"id" db:"id"`
	Venue       string    `json:"venue" db:"venue"`
	Name        string    `json:"name" db:"name"`
	State       State     `json:"state" db:"state"`
	Reason      string    `json:"reason" db:"reason"`
	PublicKey   []byte    `json:"-" db:"public_key"`
	Certificate []byte    `json:"-" db:"certificate"`
	NotAfter    time.Time `json:"not_after" db:"not_after"`
	EnrolledAt  time.Time `json:"enrolled_at" db:"enrolled_at"`
	ChangedAt   time.Time `json:"changed_at" db:"changed_at"`
}

// Enrolment is a one-time code on its way to a device: made by one person,
// approved by another, used once.
type Enrolment struct {
	ID         string     `json:"id" db:"id"`
	Venue      string     `json:"venue" db:"venue"`
	Name       string     `json:"name" db:"name"`
	CreatedBy  string     `json:"created_by" db:"created_by"`
	CreatedAt  time.Time  `json:"created_at" db:"created_at"`
	ApprovedBy string     `json:"approved_by" db:"approved_by"`
	ApprovedAt *time.Time `json:"approved_at" db:"approved_at"`
	ExpiresAt  time.Time  `json:"expires_at" db:"expires_at"`
	UsedAt     *time.Time `json:"used_at" db:"used_at"`
	Node       *string    `json:"node" db:"node"`
}

// CodeFilter narrows the list of one-time codes; what is empty does not.
type CodeFilter struct {
	Venue string
	State string // a key of standings
}

// Approve records the second person. Faults: node.enrolment.self when it is
// the first one again, node.enrolment.state when the code is used or expired.
func (e *Enrolment) Approve(by string, now time.Time) error {
	if by == e.CreatedBy {
		return fault.New(fault.Forbidden, "node.enrolment.self", "注册码须由另一位工作人员批准，不能批准自己申请的注册码")
	}
	if e.UsedAt != nil || e.ApprovedAt != nil || now.After(e.ExpiresAt) {
		return fault.New(fault.Conflict, "node.enrolment.state", "该注册码已批准、已使用或已过期，请重新申请")
	}
	e.ApprovedBy, e.ApprovedAt = by, &now
	return nil
}

// Usable says whether a device may enrol with this code now. One answer for
// unknown, unapproved, used and expired codes: a stranger learns nothing.
func (e *Enrolment) Usable(now time.Time) error {
	if e.ApprovedAt == nil || e.UsedAt != nil || now.After(e.ExpiresAt) {
		return errCode
	}
	return nil
}

var errCode = fault.New(fault.Forbidden, "node.enrolment.code", "注册码无效：可能未批准、已使用或已过期，请向考试中心重新申请")

// Row is one line of the board: a node, its last telemetry and how far its
// journals have come.
type Row struct {
	Node
	Telemetry  *wire.NodeState `json:"telemetry"`
	ReceivedAt *time.Time      `json:"received_at"` // of the telemetry
	Online     bool            `json:"online"`
	Lanes      []Lane          `json:"lanes"`
	Dead       int             `json:"dead"` // records waiting for a person
}

// Lane is how far one journal has come, both ways.
type Lane struct {
	Lane      string     `json:"lane" db:"lane"`
	Applied   int64      `json:"applied" db:"applied"`
	AppliedAt *time.Time `json:"applied_at" db:"applied_at"`
	Ordered   int64      `json:"ordered" db:"ordered"`
	Acked     int64      `json:"acked" db:"acked"` // orders the node has confirmed
}

// Lost is the contact of a node that is not heard.
const Lost = "lost"

// Filter narrows the board; empty fields do not.
type Filter struct{ State, Contact string }

// OnlineFor is how long after its last telemetry a node counts as connected:
// three of the edge's fifteen-second intervals.
const OnlineFor = 45 * time.Second

// Dead is a record that could not be applied.
type Dead struct {
	Node      string     `json:"node" db:"node"`
	Lane      string     `json:"lane" db:"lane"`
	Seq       int64      `json:"seq" db:"seq"`
	Kind      string     `json:"kind" db:"kind"`
	Code      string     `json:"code" db:"code"`
	Reason    string     `json:"reason" db:"reason"`
	At        time.Time  `json:"at" db:"at"`
	SettledBy string     `json:"settled_by" db:"settled_by"`
	SettledAt *time.Time `json:"settled_at" db:"settled_at"`
}
