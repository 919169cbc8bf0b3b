package store

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"maps"
	"slices"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// A frame is one committed group in a segment file:
//
//	0   4  payload length
//	4   8  txn: 1, 2, 3 … over the life of the store
//	12  4  CRC-32C of the 12 bytes before, so that a torn length is not believed
//	16  n  payload: the group's writes
//	    4  CRC-32C of the payload
//	   32  SM3(previous frame's hash ‖ first 16 bytes ‖ payload CRC ‖ the record
//	       hashes of the payload in order)
//
// The record hashes cover every byte that matters, so the chain does not hash
// the payload a second time; the CRC covers the rest.
const (
	frameHead = 16
	frameTail = 4 + sm.DigestSize
	// maxFrame bounds what a reader allocates for a length it is told.
	maxFrame = 64 << 20
)

const (
	opPut    = 1
	opDelete = 2
	opAppend = 3
)

// frame is one decoded group.
type frame struct {
	txn  uint64
	hash digest
	size int64 // bytes in the file
	body *layer
}

// after is where the store stands when the frame that follows before is in.
func (f frame) after(before tip) tip {
	return tip{Txn: f.txn, Hash: f.hash, Heads: mergeHeads(before.Heads, f.body.heads)}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encodeFrame writes a layer as the frame that follows prev.
func encodeFrame(prev digest, txn uint64, l *layer) ([]byte, digest) {
	b := make([]byte, frameHead, frameHead+frameTail+l.estimate())
	var hashes []byte
	for _, bucket := range slices.Sorted(maps.Keys(l.puts)) {
		m := l.puts[bucket]
		for _, key := range slices.Sorted(maps.Keys(m)) {
			stored := m[key]
			if stored == nil {
				b = appendString8(append(b, opDelete), bucket)
				b = appendString16(b, key)
				continue
			}
			b = appendString8(append(b, opPut), bucket)
			b = appendString16(b, key)
			b = binary.BigEndian.AppendUint32(b, uint32(len(stored)))
			b = append(b, stored...)
			hashes = append(hashes, stored[:tagSize]...)
		}
	}
	for _, r := range l.records {
		b = appendString8(append(b, opAppend), r.lane)
		b = binary.BigEndian.AppendUint32(b, uint32(len(r.encoded)))
		b = append(b, r.encoded...)
		hashes = append(hashes, r.record.Hash[:]...)
	}
	payload := b[frameHead:]
	binary.BigEndian.PutUint32(b, uint32(len(payload)))
	binary.BigEndian.PutUint64(b[4:], txn)
	binary.BigEndian.PutUint32(b[12:], crc32.Checksum(b[:12], castagnoli))
	crc := binary.BigEndian.AppendUint32(nil, crc32.Checksum(payload, castagnoli))
	hash := sm.Sum(prev[:], b[:frameHead], crc, hashes)
	b = append(b, crc...)
	return append(b, hash[:]...), hash
}

func (l *layer) estimate() int {
	n := 0
	for bucket, m := range l.puts {
		for k, v := range m {
			n += len(bucket) + len(k) + len(v) + 16
		}
	}
	for _, r := range l.records {
		n += len(r.encoded) + 16
	}
	return n
}

func appendString8(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }

func appendString16(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(s))), s...)
}

// frameProblem says why bytes are not a frame. torn means that they may be the
// unfinished end of a file; anything else was damaged later.
type frameProblem struct {
	torn bool
	why  string
}

func (p *frameProblem) Error() string { return p.why }

// frameLength reads a frame's first 16 bytes.
func frameLength(head []byte) (payload int, txn uint64, err error) {
	if len(head) < frameHead {
		return 0, 0, &frameProblem{torn: true, why: "frame head cut short"}
	}
	if crc32.Checksum(head[:12], castagnoli) != binary.BigEndian.Uint32(head[12:]) {
		return 0, 0, &frameProblem{torn: true, why: "frame head does not match its checksum"}
	}
	n := binary.BigEndian.Uint32(head)
	if n > maxFrame {
		return 0, 0, &frameProblem{why: "frame longer than any we write"}
	}
	return int(n), binary.BigEndian.Uint64(head[4:]), nil
}

// decodeFrame checks and reads a whole frame that must follow prev.
func decodeFrame(b []byte, prev digest) (frame, error) {
	payload := b[frameHead : len(b)-frameTail]
	tail := b[len(b)-frameTail:]
	if crc32.Checksum(payload, castagnoli) != binary.BigEndian.Uint32(tail) {
		return frame{}, &frameProblem{torn: true, why: "frame payload does not match its checksum"}
	}
	l, hashes, ok := decodePayload(payload)
	if !ok {
		return frame{}, &frameProblem{why: "frame payload cannot be read"}
	}
	f := frame{txn: binary.BigEndian.Uint64(b[4:]), size: int64(len(b)), body: l}
	copy(f.hash[:], tail[4:])
	if sm.Sum(prev[:], b[:frameHead], tail[:4], hashes) != f.hash {
		return frame{}, &frameProblem{why: "frame does not continue the chain"}
	}
	return f, nil
}

// decodePayload also returns the record hashes in the order in which the frame
// hash takes them.
func decodePayload(b []byte) (*layer, []byte, bool) {
	l := newLayer(map[string]journal.Position{})
	d := payloadReader{rest: b}
	var hashes []byte
	for len(d.rest) > 0 && !d.bad {
		switch kind := d.take(1); kind[0] {
		case opPut:
			bucket, key, stored := d.string(1), d.string(2), d.bytes(4)
			if d.bad || len(stored) < tagSize {
				return nil, nil, false
			}
			l.put(bucket, key, stored)
			hashes = append(hashes, stored[:tagSize]...)
		case opDelete:
			l.put(d.string(1), d.string(2), nil)
		case opAppend:
			lane, encoded := d.string(1), d.bytes(4)
			r, n, err := journal.Decode(encoded)
			if d.bad || err != nil || n != len(encoded) {
				return nil, nil, false
			}
			l.records = append(l.records, &laneRecord{lane: lane, record: r, encoded: encoded})
			l.heads[lane] = r.Position()
			hashes = append(hashes, r.Hash[:]...)
		default:
			return nil, nil, false
		}
	}
	return l, hashes, !d.bad
}

type payloadReader struct {
	rest []byte
	bad  bool
}

func (d *payloadReader) take(n int) []byte {
	if d.bad || n > len(d.rest) {
		d.bad = true
		return make([]byte, min(n, 8))
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

// bytes reads a value behind a length of size bytes.
func (d *payloadReader) bytes(size int) []byte {
	n := 0
	for _, c := range d.take(size) {
		n = n<<8 | int(c)
	}
	if n > len(d.rest) {
		d.bad = true
		return nil
	}
	return d.take(n)
}

func (d *payloadReader) string(size int) string { return string(d.bytes(size)) }

// encode and decodeTip keep the tip in bbolt's metadata.
func (t tip) encode() []byte {
	b, _ := json.Marshal(t) // numbers, digests and a map of them always marshal
	return b
}

func decodeTip(b []byte) (tip, error) {
	var t tip
	if err := json.Unmarshal(b, &t); err != nil {
		return t, errCorrupt.With(err)
	}
	if t.Heads == nil {
		t.Heads = map[string]journal.Position{}
	}
	return t, nil
}
