// Package journal is the append-only log every node keeps: records with
// sequence numbers, chained by SM3, and signed checkpoints over a position.
//
// What happens at an edge is appended to its journal in the transaction that
// changes its state; what the cloud wants of an edge is appended to that
// edge's order journal. protocol/link ships them. A node has two chains in each
// direction, the lanes: what an exam needs, and the rest (design 6).
//
// It is pure: no I/O, no clock. boltjournal keeps a journal in bbolt,
// journaltest is the exam for any store, and the cloud keeps its own in
// PostgreSQL. Record bodies are opaque here; protocol/wire knows them.
package journal

import (
	"encoding/binary"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/wire"
)

// The lanes. Each is a chain of its own, so that a long report in one never
// holds up an answer in the other.
const (
	LaneExam = "exam"
	LaneRest = "rest"
)

// Lanes lists them in the order in which they are sent.
func Lanes() []string { return []string{LaneExam, LaneRest} }

// Limits of one record, in bytes. A decoder refuses more before it allocates.
const (
	MaxKind    = 128
	MaxSubject = 256
	MaxBody    = wire.MaxBody
)

// Record is one link of a chain. It is a value; Body is never changed after
// Next made it, because Hash covers it byte for byte.
type Record struct {
	Seq     uint64 // 1, 2, 3 … without holes
	At      time.Time
	Kind    string
	Subject string
	Body    []byte // JSON, stored and hashed as these bytes
	Hash    sm.Digest
}

// Position names a place in a chain: the last record included, and the hash
// that proves everything up to it. The zero Position is the beginning.
type Position struct {
	Seq  uint64    `json:"seq"`
	Hash sm.Digest `json:"hash"`
}

// Position is where the chain stands after r.
func (r Record) Position() Position { return Position{Seq: r.Seq, Hash: r.Hash} }

// Store is a journal that can be read. Implementations pass
// journaltest.Exercise.
type Store interface {
	// Head is the last record's position; the zero Position when empty.
	Head() (Position, error)
	// Read returns records from seq on, in order, at most maxRecords and about
	// maxBytes of bodies, but at least one if there is one. It verifies the
	// chain and fails with journal.chain rather than return a damaged record,
	// and with journal.trimmed when seq is older than what is kept.
	Read(from uint64, maxRecords, maxBytes int) ([]Record, error)
	// HashAt is the hash of record seq; 0 gives the zero digest. It fails with
	// journal.trimmed or journal.missing.
	HashAt(seq uint64) (sm.Digest, error)
}

// Faults of this package, to be compared with fault.Is by code.
var (
	ErrTrimmed = fault.New(fault.Precondition, "journal.trimmed", "所需日志已超过保留期，请联系技术支持人工核对")
	ErrMissing = fault.New(fault.NotFound, "journal.missing", "日志中没有该序号的记录")
	ErrChain   = fault.New(fault.Internal, "journal.chain", "日志链校验不通过，数据可能已损坏，请运行 edge fsck 检查")
	ErrFormat  = fault.New(fault.Invalid, "journal.format", "日志记录格式不正确，请升级程序或联系技术支持")
	ErrSize    = fault.New(fault.TooLarge, "journal.size", "日志记录超过大小限制")
)

// Next makes the record that follows prev. The time is stored in UTC, whole
// microseconds, which is what PostgreSQL keeps.
func Next(prev sm.Digest, seq uint64, at time.Time, kind, subject string, body []byte) Record {
	r := Record{Seq: seq, At: at.UTC().Truncate(time.Microsecond), Kind: kind, Subject: subject, Body: body}
	r.Hash = r.chain(prev)
	return r
}

// Check says whether a record about to be appended is within the limits.
func Check(kind, subject string, body []byte) error {
	if kind == "" || len(kind) > MaxKind || len(subject) > MaxSubject || len(body) > MaxBody {
		return ErrSize.Withf("kind %d, subject %d, body %d bytes", len(kind), len(subject), len(body))
	}
	return nil
}

// chain is SM3(previous hash ‖ seq ‖ length ‖ bytes), the bytes being the
// record's binary content without its hash.
func (r Record) chain(prev sm.Digest) sm.Digest {
	var small [1 << 10]byte // most records fit, and cost no allocation
	b := append(small[:0], prev[:]...)
	b = binary.BigEndian.AppendUint64(b, r.Seq)
	b = binary.BigEndian.AppendUint32(b, uint32(r.contentSize()))
	return sm.SumOf(r.appendContent(b))
}

// Verify checks that recs continue prev without a hole and that every hash is
// right. It fails with journal.chain and names the first bad record.
func Verify(prev Position, recs []Record) error {
	for i := range recs {
		r := &recs[i]
		if r.Seq != prev.Seq+1 {
			return ErrChain.Withf("record %d follows %d", r.Seq, prev.Seq)
		}
		if r.chain(prev.Hash) != r.Hash {
			return ErrChain.Withf("record %d: hash differs", r.Seq)
		}
		prev = r.Position()
	}
	return nil
}
