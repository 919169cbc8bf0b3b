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
// uplink.return.node, uplink.return.sender and uplink.return.gap.
func (u *Uplink) TakeReturn(ctx context.Context, r io.Reader) (Returned, error) {
	var out Returned
	p, err := link.OpenReturn(r)
	if err != nil {
		return out, err
	}
	if p.Node() != u.cfg.Node {
		return out, fault.Invalidf("uplink.return.node", "这个回执包是给别的考场设备的，请核对后重新选择")
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

func (u *Uplink) returned(ctx context.Context, sealed []byte, out *Returned) error {
	plain, err := envelope.Open(u.keeper, u.cfg.Cloud, []byte(topic.Down(u.cfg.Node)), sealed)
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
