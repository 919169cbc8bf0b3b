package link

import (
	"encoding/binary"
	"sync"

	"github.com/klauspost/compress/zstd"

	"huyun.internal/protocol/journal"
)

const (
	version   = 1
	kindHello = 1
	kindBatch = 2
	kindAck   = 3

	flagZstd = 1 << 0
	headSize = 7

	// compressFrom is the body size below which zstd gains nothing.
	compressFrom = 200
)

// codec holds the zstd halves. Both are stateless in the way they are used
// (EncodeAll, DecodeAll) and safe to share.
type codec struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

var sharedCodec = sync.OnceValue(func() codec {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(MaxFrame))
	if err != nil {
		panic("link: zstd options: " + err.Error()) // constants: cannot fail at run time
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxMemory(MaxFrame))
	if err != nil {
		panic("link: zstd options: " + err.Error())
	}
	return codec{enc, dec}
})

// EncodeFrame writes a frame: version, kind, flags, length of the plain body,
// body. It fails with link.frame.size on a frame that no receiver would take.
func EncodeFrame(f Frame) ([]byte, error) {
	var body []byte
	switch f := f.(type) {
	case *Hello:
		body = f.append(nil)
	case *Batch:
		if len(f.Records) > MaxRecords {
			return nil, ErrSize.Withf("%d records", len(f.Records))
		}
		body = f.append(nil)
	case *Ack:
		body = f.append(nil)
	}
	if len(body) > MaxFrame {
		return nil, ErrSize.Withf("%d bytes", len(body))
	}
	head := []byte{version, f.kind(), 0}
	head = binary.BigEndian.AppendUint32(head, uint32(len(body)))
	if len(body) >= compressFrom {
		packed := sharedCodec().enc.EncodeAll(body, nil)
		if len(packed) < len(body) {
			head[2] |= flagZstd
			body = packed
		}
	}
	return append(head, body...), nil
}

func (h *Hello) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, h.Session)
	b = binary.BigEndian.AppendUint64(b, h.Echo)
	ask := byte(0)
	if h.Ask {
		ask = 1
	}
	b = append(b, ask, byte(len(h.Lanes)))
	for _, l := range h.Lanes {
		b = appendString(b, l.Lane)
		b = appendPosition(b, l.Head)
		b = appendPosition(b, l.Cursor)
		b = appendString(b, l.Halted)
	}
	return b
}

// append leaves out what the receiver can compute: sequence numbers and hashes
// of the records. The checkpoint's position proves them.
func (b *Batch) append(out []byte) []byte {
	out = appendString(out, b.Lane)
	out = binary.BigEndian.AppendUint64(out, b.Session)
	out = binary.BigEndian.AppendUint64(out, b.Number)
	out = appendPosition(out, b.Prev)
	out = journal.AppendCheckpoint(out, b.Checkpoint)
	out = binary.BigEndian.AppendUint16(out, uint16(len(b.Records)))
	for _, r := range b.Records {
		out = binary.BigEndian.AppendUint64(out, uint64(r.At.UnixMicro()))
		out = appendString(out, r.Kind)
		out = binary.BigEndian.AppendUint16(out, uint16(len(r.Subject)))
		out = append(out, r.Subject...)
		out = binary.BigEndian.AppendUint32(out, uint32(len(r.Body)))
		out = append(out, r.Body...)
	}
	return out
}

func (a *Ack) append(b []byte) []byte {
	b = appendString(b, a.Lane)
	b = binary.BigEndian.AppendUint64(b, a.Session)
	b = binary.BigEndian.AppendUint64(b, a.Number)
	b = append(b, byte(a.Status))
	b = appendPosition(b, a.Position())
	b = binary.BigEndian.AppendUint64(b, a.Want)
	return appendString(b, a.Reason)
}

func appendString(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }

func appendPosition(b []byte, p journal.Position) []byte {
	return append(binary.BigEndian.AppendUint64(b, p.Seq), p.Hash[:]...)
}
