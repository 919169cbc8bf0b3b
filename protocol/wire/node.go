package wire

import "time"

// Kinds of the rest lane that concern the node itself.
const (
	KindNodeStarted = "node.started"
	KindNodeFault   = "node.fault"
)

// NodeStarted is appended at every start of an edge.
type NodeStarted struct {
	Version string `json:"version"`
	Boot    string `json:"boot"`  // random id of this run
	Clean   bool   `json:"clean"` // the last run ended by itself
}

// NodeState is the latest-wins telemetry on the state topic; never journaled.
type NodeState struct {
	Version     string            `json:"version"`
	At          time.Time         `json:"at"` // the edge's own clock
	ClockOffset time.Duration     `json:"clock_offset_ns"`
	DiskFree    int64             `json:"disk_free"`
	DiskTotal   int64             `json:"disk_total"`
	Heads       map[string]uint64 `json:"heads"` // lane → last journal position
	Acked       map[string]uint64 `json:"acked"`
	OldestAge   time.Duration     `json:"oldest_unacked_ns"`
	Transport   string            `json:"transport"` // tcp | tls | quic
	Sitting     string            `json:"sitting,omitempty"`
	Seats       map[string]int    `json:"seats,omitempty"` // seat state → count
	Alarms      int               `json:"alarms"`
}

// EnrolRequest is POST /node/v1/enrol: the one-time code and a PKCS#10 request
// signed by a key that never leaves the device.
type EnrolRequest struct {
	Code    string `json:"code"`
	Request []byte `json:"request"` // DER
	Version string `json:"version"`
	Host    string `json:"host"`
}

// EnrolReply is what a node keeps for life: who it is and whom it may believe.
type EnrolReply struct {
	Node        string    `json:"node"`
	Venue       string    `json:"venue"`
	VenueName   string    `json:"venue_name"`
	Certificate []byte    `json:"certificate"` // DER, SM2
	Authority   []byte    `json:"authority"`   // DER of the node CA
	Cloud       []byte    `json:"cloud"`       // the cloud's SM2 public key, DER SPKI
	NotAfter    time.Time `json:"not_after"`
	Broker      Broker    `json:"broker"`
}

// Broker names where the link's MQTT runs; empty addresses are not offered.
type Broker struct {
	TCP  string `json:"tcp,omitempty"`
	TLS  string `json:"tls,omitempty"`
	QUIC string `json:"quic,omitempty"`
	Root []byte `json:"root,omitempty"` // PEM of the authority of TLS, QUIC and HTTPS
}
