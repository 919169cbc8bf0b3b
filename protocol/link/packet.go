package link

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/topic"
)

// A packet is what the link would have sent, in a file: the name of the node,
// then sealed frames, each behind its length in four bytes. Each frame is sealed
// to the centre and signed exactly as on the wire, so the carrier needs no
// trust; bringing a packet twice, late, or beside the link changes nothing.
//
// A return packet goes the other way: the centre's answers (Ack) to what it has,
// and the orders that the node has not confirmed, sealed to the node.
const (
	packetMagic = "HUYUNUP1"
	returnMagic = "HUYUNDN1"
)

// maxSealed is the longest frame in a packet: a frame and its envelope.
const maxSealed = MaxFrame + 1<<10

// ErrPacket: this is not a packet, or not the whole of one.
var ErrPacket = fault.New(fault.Invalid, "link.packet.format", "不是完整的密封包文件，请在考场重新导出")

// ErrReturn: this is not a return packet, or not the whole of one.
var ErrReturn = fault.New(fault.Invalid, "link.return.format", "不是完整的回执包文件，请在考试中心重新导出")

// PacketWriter writes a packet.
type PacketWriter struct{ out *bufio.Writer }

// NewPacket begins a packet of node. It fails with link.packet.format when node
// is no node's name.
func NewPacket(w io.Writer, node string) (*PacketWriter, error) {
	return newPacket(w, packetMagic, node)
}

// NewReturn begins a return packet for node.
func NewReturn(w io.Writer, node string) (*PacketWriter, error) {
	return newPacket(w, returnMagic, node)
}

func newPacket(w io.Writer, magic, node string) (*PacketWriter, error) {
	if !topic.ValidNode(node) {
		return nil, ErrPacket.Withf("node %q", node)
	}
	p := &PacketWriter{bufio.NewWriter(w)}
	_, err := p.out.WriteString(magic + string(byte(len(node))) + node)
	return p, err
}

// Add puts a sealed frame behind the last.
func (p *PacketWriter) Add(sealed []byte) error {
	if len(sealed) == 0 || len(sealed) > maxSealed {
		return ErrSize.Withf("sealed frame of %d bytes", len(sealed))
	}
	_, err := p.out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(sealed))))
	if err != nil {
		return err
	}
	_, err = p.out.Write(sealed)
	return err
}

// Close writes what is left; the file below is its opener's.
func (p *PacketWriter) Close() error { return p.out.Flush() }

// packetBytes is about how much of record bodies goes into one frame.
const packetBytes = 128 << 10

// Batches reads what lies after prev in a journal, in the batches of a packet. Of
// cfg it uses Lane, Session and Sign.
func Batches(cfg Config, j journal.Store, prev journal.Position, each func(*Batch) error) (int, error) {
	head, err := j.Head()
	if err != nil {
		return 0, err
	}
	total := 0
	for number := uint64(1); prev.Seq < head.Seq; number++ {
		recs, err := j.Read(prev.Seq+1, MaxRecords, packetBytes)
		if err != nil || len(recs) == 0 {
			return total, err
		}
		b := &Batch{Lane: cfg.Lane, Session: cfg.Session, Number: number, Prev: prev, Records: recs}
		prev = recs[len(recs)-1].Position()
		if b.Checkpoint, err = cfg.Sign(prev); err != nil {
			return total, err
		}
		if err := each(b); err != nil {
			return total, err
		}
		total += len(recs)
	}
	return total, nil
}

// PacketReader reads a packet frame by frame, in bounded memory.
type PacketReader struct {
	in   *bufio.Reader
	node string
	bad  *fault.Error // what a damaged one is
}

// OpenPacket reads the head. It fails with link.packet.format.
func OpenPacket(r io.Reader) (*PacketReader, error) { return openPacket(r, packetMagic, ErrPacket) }

// OpenReturn reads the head of a return packet. It fails with link.return.format.
func OpenReturn(r io.Reader) (*PacketReader, error) { return openPacket(r, returnMagic, ErrReturn) }

func openPacket(r io.Reader, magic string, bad *fault.Error) (*PacketReader, error) {
	p := &PacketReader{in: bufio.NewReader(r), bad: bad}
	head := make([]byte, len(magic)+1)
	_, err := io.ReadFull(p.in, head)
	if err != nil || !bytes.HasPrefix(head, []byte(magic)) {
		return nil, bad.Withf("no head")
	}
	name := make([]byte, head[len(magic)])
	_, err = io.ReadFull(p.in, name)
	if err != nil || !topic.ValidNode(string(name)) {
		return nil, bad.Withf("no node")
	}
	p.node = string(name)
	return p, nil
}

// Node is whose packet this says to be; the frames prove it or do not.
func (p *PacketReader) Node() string { return p.node }

// Next returns the next sealed frame, and io.EOF at the clean end. It fails
// with link.packet.format or link.return.format when the packet has been cut short.
func (p *PacketReader) Next() ([]byte, error) {
	var size [4]byte
	_, err := io.ReadFull(p.in, size[:])
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, io.EOF
	}
	n := binary.BigEndian.Uint32(size[:])
	if err != nil || n == 0 || n > maxSealed {
		return nil, p.bad.Withf("length %d: %v", n, err)
	}
	sealed := make([]byte, n)
	_, err = io.ReadFull(p.in, sealed)
	if err != nil {
		return nil, p.bad.With(err)
	}
	return sealed, nil
}
