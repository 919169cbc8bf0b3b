package node

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
)

// Brought is what became of a packet that somebody carried here. Whatever it
// says, nothing of it can be stored twice.
type Brought struct {
	Node    string `json:"node"`
	Name    string `json:"name"`
	Venue   string `json:"venue"`
	Frames  int    `json:"frames"`
	Records int    `json:"records" doc:"密封包里的记录数"`
	Fresh   int    `json:"fresh" doc:"其中中心原来没有、本次补上的"`
	// Problem is why the rest was not taken, and what to do; "" when all was.
	Problem string `json:"problem,omitempty"`
}

// errPacketNode: the head names no device that the reader may see. One flipped
// byte there does that to a packet of ours, so the answer is about the file.
var errPacketNode = fault.New(fault.Invalid, "node.packet.unknown",
	"密封包的文件头已损坏，或不是您管理的设备导出的：请换一个 U 盘重新拷贝，仍不行时在考场重新导出；并核对是哪台设备的包")

// Bring takes in a packet: what a venue without a network would have sent,
// exported there and carried here (M60, M64). Each frame goes the way of one
// that came over the link. Faults: link.packet.format, node.packet.unknown,
// node.packet.sender.
func (s *Service) Bring(ctx context.Context, r io.Reader) (Brought, error) {
	actor, err := auth.Require(ctx, PermPacket)
	if err != nil {
		return Brought{}, err
	}
	p, err := link.OpenPacket(r)
	if err != nil {
		return Brought{}, err
	}
	n, err := getNode(ctx, s.DB, getNodeSQL, p.Node())
	if err == nil {
		err = actor.Venue(n.Venue)
	}
	if fault.KindOf(err) == fault.NotFound {
		return Brought{}, errPacketNode.With(err)
	}
	if err != nil {
		return Brought{}, err
	}
	if n, err = usable(n, nil); err != nil {
		return Brought{}, err
	}
	key, err := sm.ParsePublicKey(n.PublicKey)
	if err != nil {
		return Brought{}, err
	}
	out := Brought{Node: n.ID, Name: n.Name, Venue: n.Venue}
	err = s.bringAll(ctx, p, key, &out)
	if err != nil && out.Frames == 0 {
		return Brought{}, err
	}
	if err != nil {
		f := fault.From(err)
		out.Problem = f.Text
		s.Log.WarnContext(ctx, "packet taken in part", "node", n.ID, "frames", out.Frames, "code", f.Code, "error", err)
	}
	return out, s.DB.InTx(ctx, func(tx pgx.Tx) error { return s.Audit.Record(ctx, tx, PermPacket, n.ID, out) })
}

func (s *Service) bringAll(ctx context.Context, p *link.PacketReader, key *sm.PublicKey, out *Brought) error {
	for {
		sealed, err := p.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.bringOne(ctx, key, sealed, out)
		}
		if err != nil {
			return err
		}
	}
}

func (s *Service) bringOne(ctx context.Context, key *sm.PublicKey, sealed []byte, out *Brought) error {
	plain, err := envelope.Open(s.CA.Cloud(), key, []byte(topic.Up(out.Node)), sealed)
	if err != nil {
		return fault.Invalidf("node.packet.sender", "密封包不是该设备签发给本中心的，或已被改动；请在考场重新导出").With(err)
	}
	frame, err := link.DecodeFrame(plain)
	if err != nil {
		return err
	}
	b, ok := frame.(*link.Batch)
	if !ok {
		return link.ErrPacket.Withf("a frame that is no batch")
	}
	before, err := s.Cursor(ctx, out.Node, b.Lane)
	if err != nil {
		return err
	}
	acks, err := s.Ingest(ctx, out.Node, b.Lane, b)
	if err != nil {
		return err
	}
	ack := acks[0]
	if err := refusedBatch(ack, b); err != nil {
		return err
	}
	out.Frames++
	out.Records += len(b.Records)
	// Of several copies that take the same packet at once, each may count a
	// record as its own; it is stored once all the same.
	out.Fresh += min(len(b.Records), int(ack.Through-min(before.Seq, ack.Through)))
	return nil
}

// refusedBatch says in words why a batch was not stored.
func refusedBatch(ack *link.Ack, b *link.Batch) error {
	switch ack.Status {
	case link.StatusOK:
		return nil
	case link.StatusGap:
		return fault.Preconditionf("node.packet.gap",
			"密封包从第 %d 条记录开始，而中心只收到第 %d 条；请在考场用命令 edge export --all 导出全部记录后再导入", b.Prev.Seq+1, ack.Through)
	case link.StatusFork:
		return fault.Conflictf("node.packet.fork", "密封包与中心已有的记录不一致，设备已被隔离；请联系技术人员人工核对")
	default:
		return fault.Preconditionf("node.packet.refused", "设备已被隔离，它的记录暂不接收；请先在设备看板上处理").
			With(fmt.Errorf("%s: %s", ack.Status, ack.Reason))
	}
}

// Return writes what a venue without a network is to get back on the stick: our
// answers to what we have of its journals, and the orders that it has not
// confirmed. It shows nothing and changes nothing; taken in twice or late it does
// no more than the link would.
func (s *Service) Return(ctx context.Context, w io.Writer, id string) error {
	actor, err := auth.Require(ctx, PermPacket)
	if err != nil {
		return err
	}
	n, err := getNode(ctx, s.DB, getNodeSQL, id)
	if err != nil {
		return err
	}
	if err = actor.Venue(n.Venue); err != nil {
		return err
	}
	if n, err = usable(n, nil); err != nil {
		return err
	}
	key, err := sm.ParsePublicKey(n.PublicKey)
	if err != nil {
		return err
	}
	out, err := link.NewReturn(w, n.ID)
	if err != nil {
		return err
	}
	add := func(f link.Frame) error {
		raw, err := link.EncodeFrame(f)
		if err != nil {
			return err
		}
		sealed, err := envelope.Seal(s.CA.Cloud(), key, []byte(topic.Down(n.ID)), raw)
		if err != nil {
			return err
		}
		return out.Add(sealed)
	}
	orders := 0
	for _, lane := range journal.Lanes() {
		k, err := s.returnLane(ctx, n.ID, lane, add)
		if err != nil {
			return err
		}
		orders += k
	}
	if err := out.Close(); err != nil {
		return err
	}
	return s.DB.InTx(ctx, func(tx pgx.Tx) error {
		return s.Audit.Record(ctx, tx, "node.packet.return", n.ID, map[string]any{"orders": orders})
	})
}

func (s *Service) returnLane(ctx context.Context, node, lane string, add func(link.Frame) error) (int, error) {
	at, err := s.Cursor(ctx, node, lane)
	if err != nil {
		return 0, err
	}
	if err := add(&link.Ack{Lane: lane, Status: link.StatusOK, Through: at.Seq, Hash: at.Hash}); err != nil {
		return 0, err
	}
	acked, err := s.Orders.Acked(ctx, s.DB, node, lane)
	if err != nil {
		return 0, err
	}
	j := s.Orders.Journal(ctx, s.DB, node, lane)
	hash, err := j.HashAt(acked)
	if err != nil {
		return 0, err
	}
	sign := func(p journal.Position) (journal.Checkpoint, error) {
		check := journal.Checkpoint{Node: node, Lane: lane, Position: p}
		return check, check.Sign(s.CA.Cloud(), s.Now())
	}
	return link.Batches(link.Config{Lane: lane, Sign: sign}, j, journal.Position{Seq: acked, Hash: hash}, func(b *link.Batch) error { return add(b) })
}
