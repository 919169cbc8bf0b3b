package link

import (
	"encoding/binary"
	"time"

	"huyun.internal/protocol/journal"
)

// DecodeFrame reads what EncodeFrame wrote. It fails with link.frame.format,
// link.frame.size, or, when a batch's records do not lead from Prev to its
// checkpoint, link.batch.chain. It allocates no more than MaxFrame on the word
// of a length, whatever the bytes claim.
func DecodeFrame(b []byte) (Frame, error) {
	if len(b) > MaxFrame+headSize {
		return nil, ErrSize.Withf("%d bytes", len(b))
	}
	if len(b) < headSize || b[0] != version || b[2]&^flagZstd != 0 {
		return nil, ErrFormat.Withf("not a version %d frame", version)
	}
	size := binary.BigEndian.Uint32(b[3:])
	if size > MaxFrame {
		return nil, ErrSize.Withf("claims %d bytes", size)
	}
	body := b[headSize:]
	if b[2]&flagZstd != 0 {
		plain, err := sharedCodec().dec.DecodeAll(body, make([]byte, 0, size))
		if err != nil {
			return nil, ErrFormat.With(err)
		}
		body = plain
	}
	if uint32(len(body)) != size {
		return nil, ErrFormat.Withf("%d bytes of body, %d claimed", len(body), size)
	}
	d := &decoder{rest: body}
	var f Frame
	var err error
	switch b[1] {
	case kindHello:
		f = d.hello()
	case kindBatch:
		f, err = d.batch()
	case kindAck:
		f = d.ack()
	default:
		return nil, ErrFormat.Withf("kind %d", b[1])
	}
	if d.bad || len(d.rest) != 0 {
		return nil, ErrFormat.Withf("kind %d: cut short, outside limits or followed by more", b[1])
	}
	return f, err
}

type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) take(n int) []byte {
	if d.bad || n > len(d.rest) {
		d.bad = true
		return make([]byte, min(n, 40))
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte     { return d.take(1)[0] }
func (d *decoder) uint64() uint64 { return binary.BigEndian.Uint64(d.take(8)) }

// string reads one byte of length and that many, at most limit.
func (d *decoder) string(limit int) string {
	n := int(d.byte())
	if n > limit {
		d.bad = true
	}
	if d.bad {
		return ""
	}
	return string(d.take(n))
}

// long reads a length of size bytes and that many, at most limit.
func (d *decoder) long(size, limit int) []byte {
	n := 0
	for _, c := range d.take(size) {
		n = n<<8 | int(c)
	}
	if d.bad || n > limit || n > len(d.rest) {
		d.bad = true
		return nil
	}
	return append([]byte{}, d.take(n)...)
}

func (d *decoder) position() (p journal.Position) {
	p.Seq = d.uint64()
	copy(p.Hash[:], d.take(len(p.Hash)))
	return p
}

func (d *decoder) hello() *Hello {
	h := &Hello{Session: d.uint64(), Echo: d.uint64()}
	ask := d.byte()
	h.Ask = ask == 1
	n := int(d.byte())
	if ask > 1 || n > maxLanes {
		d.bad = true
	}
	for i := 0; i < n && !d.bad; i++ {
		h.Lanes = append(h.Lanes, LaneState{
			Lane: d.string(maxLane), Head: d.position(), Cursor: d.position(), Halted: d.string(maxReason),
		})
	}
	return h
}

func (d *decoder) ack() *Ack {
	a := &Ack{Lane: d.string(maxLane), Session: d.uint64(), Number: d.uint64(), Status: Status(d.byte())}
	p := d.position()
	a.Through, a.Hash = p.Seq, p.Hash
	a.Want, a.Reason = d.uint64(), d.string(maxReason)
	if a.Status < StatusOK || a.Status > StatusRefused {
		d.bad = true
	}
	return a
}

func (d *decoder) batch() (*Batch, error) {
	b := &Batch{Lane: d.string(maxLane), Session: d.uint64(), Number: d.uint64(), Prev: d.position()}
	if d.bad {
		return nil, nil
	}
	c, n, err := journal.DecodeCheckpoint(d.rest)
	if err != nil {
		return nil, ErrFormat.With(err)
	}
	b.Checkpoint, d.rest = c, d.rest[n:]
	count := int(binary.BigEndian.Uint16(d.take(2)))
	if count == 0 || count > MaxRecords {
		d.bad = true
	}
	at := b.Prev
	for i := 0; i < count && !d.bad; i++ {
		when := time.UnixMicro(int64(d.uint64())).UTC()
		kind := d.string(journal.MaxKind)
		subject := string(d.long(2, journal.MaxSubject))
		body := d.long(4, journal.MaxBody)
		if d.bad || kind == "" || at.Seq == ^uint64(0) {
			d.bad = true
			break
		}
		r := journal.Next(at.Hash, at.Seq+1, when, kind, subject, body)
		b.Records = append(b.Records, r)
		at = r.Position()
	}
	if !d.bad && at != c.Position {
		return nil, ErrChain.Withf("records end at %d, checkpoint at %d", at.Seq, c.Seq)
	}
	return b, nil
}
