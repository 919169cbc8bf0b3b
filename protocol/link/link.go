// Package link ships a journal over a pipe that may lose, repeat, delay and
// reorder, and knows when it has arrived: when the receiver, after its own
// commit, answers "through n, hash h" and h is the hash of n (design 6,
// invariants I2 and I6). A broker's or a client library's word counts for
// nothing here.
//
// The same code serves both directions: an edge sends its lanes up and the
// cloud sends an edge's orders down. Sender and Receiver are plain state
// machines: no I/O, no goroutine, no clock; time is passed in. edge/uplink and
// the cloud drive them. README.md describes the frames byte by byte; linktest
// holds the random faults that any driver's ends can be put through.
//
// It does not encrypt (protocol/envelope seals every frame), does not choose
// topics (protocol/topic) and does not apply records.
package link

import (
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// Frame is *Hello, *Batch or *Ack.
type Frame interface{ kind() byte }

// Hello says who speaks and how far both directions are. It is sent on every
// connection, and with Ask as a heartbeat; a Hello that asks is answered by one
// that does not.
type Hello struct {
	Session uint64 // random, of this run of the speaker
	Echo    uint64 // the other side's session being answered; 0 if none
	Ask     bool
	Lanes   []LaneState
}

// LaneState is one lane as the speaker sees it.
type LaneState struct {
	Lane   string
	Head   journal.Position // end of the speaker's own journal
	Cursor journal.Position // how far it has durably received the other's
	Halted string           // fault code when it has stopped sending; "" otherwise
}

// Batch carries records that follow Prev. Checkpoint is the sender's signed
// word for the position of the last of them.
type Batch struct {
	Lane       string
	Session    uint64
	Number     uint64 // counts the batches of this session; echoed in the answer
	Prev       journal.Position
	Records    []journal.Record
	Checkpoint journal.Checkpoint
}

// Ack is the receiver's answer, sent only after its commit.
type Ack struct {
	Lane    string
	Session uint64 // of the batch that is answered
	Number  uint64 // of the batch that is answered
	Status  Status
	Through uint64    // everything up to here is durable at the receiver
	Hash    sm.Digest // of record Through
	Want    uint64    // with StatusGap: the record needed next
	Reason  string    // fault code, with StatusFork and StatusRefused
}

// Status says what became of a batch.
type Status byte

// The statuses. Their numbers travel: only ever add.
const (
	StatusOK      Status = 1 // stored, or was there already
	StatusGap     Status = 2 // records before it are missing: send from Want
	StatusFork    Status = 3 // same number, other content: stop, a person decides
	StatusRefused Status = 4 // not now; try again later
)

func (s Status) String() string {
	names := [...]string{StatusOK: "ok", StatusGap: "gap", StatusFork: "fork", StatusRefused: "refused"}
	if int(s) < len(names) && names[s] != "" {
		return names[s]
	}
	return "unknown"
}

// Position is what an Ack confirms.
func (a *Ack) Position() journal.Position { return journal.Position{Seq: a.Through, Hash: a.Hash} }

// Last is the position of the batch's last record.
func (b *Batch) Last() journal.Position {
	if len(b.Records) == 0 {
		return b.Prev
	}
	return b.Records[len(b.Records)-1].Position()
}

func (*Hello) kind() byte { return kindHello }
func (*Batch) kind() byte { return kindBatch }
func (*Ack) kind() byte   { return kindAck }

// Limits. A driver may send less; a decoder refuses more.
const (
	MaxFrame   = 1 << 20 // encoded or decoded frame, bytes
	MaxRecords = 200     // in one batch
	maxLane    = 32
	maxLanes   = 8
	maxReason  = 64
)

// Faults of this package.
var (
	ErrFormat = fault.New(fault.Invalid, "link.frame.format", "同步消息格式不正确，请升级程序或联系技术支持")
	ErrSize   = fault.New(fault.TooLarge, "link.frame.size", "同步消息过大，请升级程序或联系技术支持")
	ErrChain  = fault.New(fault.Invalid, "link.batch.chain", "同步数据校验不通过，已拒收")
	ErrFork   = fault.New(fault.Conflict, "link.fork", "日志与对方记录不一致（可能使用了旧备份或克隆磁盘），已停止同步，请联系中心人工核对")
)
