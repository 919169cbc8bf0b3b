package uplink

import (
	"context"
	"fmt"
	"time"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/wire"
)

// Buckets: how far each order lane has been applied, and what could not be.
const (
	cursorBucket = "uplink.cursor"
	deadBucket   = "uplink.dead"
)

var errNoHandler = fault.New(fault.Precondition, "uplink.order.handler", "本机尚不能处理该指令，请升级程序")

// DeadLetter is an order that could not be applied, and why.
type DeadLetter struct {
	Lane  string     `json:"lane"`
	Order wire.Order `json:"order"`
	At    time.Time  `json:"at"`
	Code  string     `json:"code"`
	Text  string     `json:"text"`
}

// apply takes a batch of orders: the orders, what they change and the cursor in
// one transaction, and an answer only after it. No answer means that the cloud
// will send the batch again.
func (u *Uplink) apply(ctx context.Context, b *link.Batch) *link.Ack {
	var ack *link.Ack
	receiver := link.Receiver{Node: u.cfg.Node, Key: u.cfg.Cloud}
	err := u.store.Update(ctx, func(tx *store.Tx) error {
		cursor, _, err := store.Load[journal.Position](tx, cursorBucket, b.Lane)
		if err != nil {
			return err
		}
		v := receiver.Judge(cursor, b, nil)
		for _, r := range v.Fresh {
			if err := u.order(ctx, tx, b.Lane, r); err != nil {
				return err
			}
		}
		if ack = v.Ack; len(v.Fresh) == 0 {
			return nil
		}
		return store.Save(tx, cursorBucket, b.Lane, v.Ack.Position())
	})
	if err != nil {
		u.cfg.Log.Warn("uplink: orders not applied", "lane", b.Lane, "from", b.Prev.Seq+1, "err", err)
		return nil
	}
	if ack.Status == link.StatusFork {
		u.cfg.Log.Error("uplink: the cloud's orders contradict those received", "lane", b.Lane, "at", ack.Through)
	}
	return ack
}

// order applies one. A failure is the order's own: it is put aside with its
// reason and those after it go on.
func (u *Uplink) order(ctx context.Context, tx *store.Tx, lane string, r journal.Record) error {
	o := wire.Order{Seq: r.Seq, At: r.At, Kind: r.Kind, Subject: r.Subject, Body: r.Body}
	err := tx.Try(func(tx *store.Tx) error { return u.handler(ctx, tx, o) })
	if err == nil {
		return nil
	}
	f := fault.From(err)
	u.cfg.Log.Error("uplink: order put aside", "lane", lane, "seq", r.Seq, "kind", r.Kind, "err", err)
	return store.Save(tx, deadBucket, fmt.Sprintf("%s/%020d", lane, r.Seq),
		DeadLetter{Lane: lane, Order: o, At: tx.Now(), Code: f.Code, Text: f.Text})
}

// DeadLetters lists the orders that could not be applied.
func (u *Uplink) DeadLetters() ([]DeadLetter, error) {
	var out []DeadLetter
	err := u.store.View(func(r store.Reader) (err error) {
		out, err = store.All[DeadLetter](r, deadBucket, "")
		return err
	})
	return out, err
}

func (u *Uplink) cursor(lane string) journal.Position {
	var p journal.Position
	_ = u.store.View(func(r store.Reader) error {
		p, _, _ = store.Load[journal.Position](r, cursorBucket, lane)
		return nil
	})
	return p
}
