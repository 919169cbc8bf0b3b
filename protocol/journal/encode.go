package journal

import (
	"encoding/binary"
	"math"
	"time"

	"huyun.internal/protocol/sm"
)

// version is the first byte of every encoded record. A decoder that meets
// another refuses it; it never guesses.
const version = 1

// fixed is the size of everything but kind, subject and body: version, seq,
// time, three lengths and the hash.
const fixed = 1 + 8 + 8 + 2 + 2 + 4 + len(sm.Digest{})

func (r Record) contentSize() int {
	return 8 + 2 + 2 + 4 + len(r.Kind) + len(r.Subject) + len(r.Body)
}

// appendContent writes what the hash covers beside seq: microseconds since
// 1970, then kind, subject and body, each behind its length.
func (r Record) appendContent(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, uint64(r.At.UnixMicro()))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(r.Kind)))
	dst = append(dst, r.Kind...)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(r.Subject)))
	dst = append(dst, r.Subject...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.Body)))
	return append(dst, r.Body...)
}

// Size is the number of bytes Append adds.
func (r Record) Size() int { return fixed + len(r.Kind) + len(r.Subject) + len(r.Body) }

// Append writes r behind dst: version, seq, content, hash; all big-endian.
// See protocol/link/README.md for the bytes.
func Append(dst []byte, r Record) []byte {
	dst = append(dst, version)
	dst = binary.BigEndian.AppendUint64(dst, r.Seq)
	dst = r.appendContent(dst)
	return append(dst, r.Hash[:]...)
}

// Encode is Append to nothing.
func Encode(r Record) []byte { return Append(make([]byte, 0, r.Size()), r) }

// Decode reads one record and says how many bytes it took. It checks lengths
// and form, not the chain. The record shares no memory with b.
func Decode(b []byte) (Record, int, error) {
	d := decoder{rest: b}
	if v := d.take(1); d.bad || v[0] != version {
		return Record{}, 0, ErrFormat.Withf("not a version %d record", version)
	}
	var r Record
	r.Seq = d.uint64()
	r.At = time.UnixMicro(int64(d.uint64())).UTC()
	r.Kind = string(d.take(d.length(2, MaxKind)))
	r.Subject = string(d.take(d.length(2, MaxSubject)))
	r.Body = append([]byte{}, d.take(d.length(4, MaxBody))...)
	copy(r.Hash[:], d.take(len(r.Hash)))
	if d.bad || r.Seq == 0 || r.Kind == "" {
		return Record{}, 0, ErrFormat.Withf("record cut short or outside limits")
	}
	return r, len(b) - len(d.rest), nil
}

// decoder takes fields off the front and remembers the first failure, so that
// a caller checks once.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.rest) {
		d.bad = true
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) uint64() uint64 {
	b := d.take(8)
	if d.bad {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// length reads a length of size bytes and refuses more than limit.
func (d *decoder) length(size, limit int) int {
	b := d.take(size)
	if d.bad {
		return 0
	}
	n := uint64(0)
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	if n > uint64(limit) || n > math.MaxInt32 {
		d.bad = true
		return 0
	}
	return int(n)
}
