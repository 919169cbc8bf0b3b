package uplink

import (
	"context"
	"errors"
	"io"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/topic"
)

// Returned is what a return packet has brought.
type Returned struct {
	Orders    int    `json:"orders" doc:"本次新收到的指令数"`
	Confirmed uint64 `json:"confirmed" doc:"本次新确认的记录数"`
}

// TakeReturn takes in what the centre has sent on a stick instead of by the link:
// its answers and its orders, each under its seal. Nothing counts twice, and an
// old packet takes nothing back. It fails with link.return.format,
// uplink.return.head, uplink.return.node, uplink.return.sender and
// uplink.return.gap.
func (u *Uplink) TakeReturn(ctx context.Context, r io.Reader) (Returned, error) {
	var out Returned
	p, err := link.OpenReturn(r)
	if err != nil {
		return out, err
	}
	if p.Node() != u.cfg.Node {
		return out, u.misdirected(p)
	}
	for {
		sealed, err := p.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err == nil {
			err = u.returned(ctx, sealed, &out)
		}
		if err != nil {
			return out, err
		}
	}
}

// misdirected says why a packet with another name on it is not taken. The name
// is not sealed, the frames are: when they are for us, the head was damaged.
func (u *Uplink) misdirected(p *link.PacketReader) error {
	sealed, err := p.Next()
	if err == nil {
		_, err = u.unseal(sealed)
	}
	if err == nil {
		return fault.Invalidf("uplink.return.head", "回执包的文件头已损坏，内容没有导入：请换一个 U 盘重新拷贝，仍不行时在考试中心重新导出")
	}
	return fault.Invalidf("uplink.return.node", "回执包写的不是本设备：可能选了别的考场的文件，也可能文件已损坏；请核对文件名里的设备编号，仍不行时在考试中心重新导出")
}

func (u *Uplink) unseal(sealed []byte) ([]byte, error) {
	return envelope.Open(u.keeper, u.cfg.Cloud, []byte(topic.Down(u.cfg.Node)), sealed)
}

func (u *Uplink) returned(ctx context.Context, sealed []byte, out *Returned) error {
	plain, err := u.unseal(sealed)
	if err != nil {
		return fault.Invalidf("uplink.return.sender", "回执包不是考试中心签发给本设备的，或已被改动；请在中心重新导出").With(err)
	}
	frame, err := link.DecodeFrame(plain)
	if err != nil {
		return err
	}
	switch f := frame.(type) {
	case *link.Ack:
		had := u.store.Acked(f.Lane).Seq
		if f.Status != link.StatusOK || f.Through <= had {
			return nil // the link was faster
		}
		out.Confirmed += f.Through - had
		return u.store.SetAcked(ctx, f.Lane, f.Position())
	case *link.Batch:
		had := u.cursor(f.Lane).Seq
		ack := u.apply(ctx, f)
		switch {
		case ack == nil:
			return fault.Unavailablef("uplink.return.store", "存储暂时不能写入，请稍后重新导入")
		case ack.Status != link.StatusOK:
			return fault.Preconditionf("uplink.return.gap", "回执包与本设备已收到的指令接不上，请在中心重新导出最新的回执包")
		}
		out.Orders += int(ack.Through - min(had, ack.Through)) //nolint:gosec // orders of one packet
		return nil
	}
	return link.ErrReturn.Withf("a frame of another kind")
}
