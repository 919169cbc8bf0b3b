package courier

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
	"huyun.internal/protocol/topic"
	"huyun.internal/protocol/wire"
)

// A node that has not been heard of for silent is not sent orders; after idle
// its desk is closed. It greets when it comes back.
const (
	silent = time.Minute
	idle   = 10 * time.Minute
	// together is how many batches share a transaction at most. A sender has
	// twice as many under way: it makes the next while these are stored.
	together = 4
	// live is how many records at once a hall full of candidates may send; more
	// is what a venue has kept while it was away.
	live = 50
)

// parcel is one message as it came from the broker.
type parcel struct {
	kind   string
	sealed []byte
}

// desk serves one node: its frames one after the other, its orders as the
// link's window allows.
type desk struct {
	c       *Courier
	node    string
	inbox   chan parcel
	wake    chan struct{}
	stop    context.CancelFunc
	key     *sm.PublicKey
	senders map[string]*link.Sender
	heard   time.Duration
}

func newDesk(c *Courier, name string) *desk {
	return &desk{
		c: c, node: name, inbox: make(chan parcel, inboxSize), wake: make(chan struct{}, 1),
		senders: map[string]*link.Sender{}, heard: c.clock.Mono(),
	}
}

func (d *desk) nudge() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func (d *desk) run(ctx context.Context) {
	defer d.c.close(d)
	for {
		due := true
		select {
		case p := <-d.inbox:
			due = d.takeAll(ctx, p)
		case <-d.wake:
		case <-d.c.clock.After(d.next()):
		case <-ctx.Done():
			return
		}
		quiet := d.c.clock.Mono() - d.heard
		if quiet > idle {
			return
		}
		if due && quiet < silent {
			d.send(ctx)
		}
	}
}

// takeAll takes a parcel and what came behind it, so that batches that wait
// together are stored together. It reports whether anything in them can have
// made orders due; a node's records cannot.
func (d *desk) takeAll(ctx context.Context, p parcel) (due bool) {
	var waiting []*link.Batch
	for more := true; more; {
		frame := d.read(ctx, p)
		b, records := frame.(*link.Batch)
		if len(waiting) > 0 && (!records || b.Lane != waiting[0].Lane || len(waiting) == together) {
			d.store(ctx, waiting)
			waiting = nil
		}
		if records {
			waiting = append(waiting, b)
		} else {
			d.take(ctx, frame)
			due = true
		}
		select {
		case p = <-d.inbox:
		default:
			more = false
		}
	}
	if len(waiting) > 0 {
		d.store(ctx, waiting)
	}
	return due
}

// next is how long nothing will be due.
func (d *desk) next() time.Duration {
	now, wait := d.c.clock.Mono(), silent
	for _, s := range d.senders {
		at, ok := s.Wake()
		if ok {
			wait = min(wait, max(at-now, time.Millisecond))
		}
	}
	return wait
}

// read opens a parcel; nil when it is telemetry, which is kept at once, or when
// nothing can be read in it.
func (d *desk) read(ctx context.Context, p parcel) link.Frame {
	plain, err := d.open(ctx, p)
	if err != nil {
		d.c.log.Warn("frame refused", "node", d.node, "code", fault.From(err).Code, "error", err)
		return nil
	}
	d.heard = d.c.clock.Mono()
	if p.kind == topic.KindState {
		d.state(ctx, plain)
		return nil
	}
	frame, err := link.DecodeFrame(plain)
	if err != nil {
		d.c.log.Warn("frame refused", "node", d.node, "code", fault.From(err).Code, "error", err)
		return nil
	}
	return frame
}

func (d *desk) take(ctx context.Context, frame link.Frame) {
	switch f := frame.(type) {
	case *link.Ack:
		d.ack(ctx, f)
	case *link.Hello:
		d.hello(ctx, f)
	}
}

// open decrypts under the node's key, which is looked up when the desk opens
// and at every greeting, so that a revoked node is shut out within one
// heartbeat.
func (d *desk) open(ctx context.Context, p parcel) ([]byte, error) {
	aad := []byte(topic.Up(d.node))
	if p.kind == topic.KindState {
		aad = []byte(topic.State(d.node))
	}
	if d.key == nil {
		key, err := d.c.svc.Key(ctx, d.node)
		if err != nil {
			return nil, err
		}
		d.key = key
	}
	return envelope.Open(d.c.key, d.key, aad, p.sealed)
}

func (d *desk) state(ctx context.Context, plain []byte) {
	var s wire.NodeState
	err := json.Unmarshal(plain, &s)
	if err == nil {
		err = d.c.svc.SaveState(ctx, d.node, s)
	}
	if err != nil {
		d.c.log.Warn("telemetry not kept", "node", d.node, "error", err)
	}
}

// store keeps batches of one lane and answers only after the commit. When the
// database could not be asked there is no answer, and the node sends again.
func (d *desk) store(ctx context.Context, batches []*link.Batch) {
	lane := batches[0].Lane
	if backlog(batches) {
		select {
		case d.c.drains <- struct{}{}:
			defer func() { <-d.c.drains }()
		case <-ctx.Done():
			return
		}
	}
	acks, err := d.c.svc.Ingest(ctx, d.node, lane, batches...)
	if err != nil {
		d.c.log.Error("batch not stored", "node", d.node, "lane", lane, "from", batches[0].Prev.Seq+1, "error", err)
		return
	}
	for _, ack := range acks {
		d.reply(ack)
	}
}

// backlog tells what was kept from what happens now.
func backlog(batches []*link.Batch) bool {
	n := 0
	for _, b := range batches {
		n += len(b.Records)
	}
	return n > live
}

// reply seals a frame to the node.
func (d *desk) reply(f link.Frame) {
	plain, err := link.EncodeFrame(f)
	if err == nil {
		plain, err = envelope.Seal(d.c.key, d.key, []byte(topic.Down(d.node)), plain)
	}
	if err != nil {
		d.c.log.Error("frame not sealed", "node", d.node, "error", err)
		return
	}
	d.c.publish(d.node, plain)
}

// hello answers with how far both directions are, and takes the node's word
// for how far its orders have come.
func (d *desk) hello(ctx context.Context, h *link.Hello) {
	var err error
	d.key, err = d.c.svc.Key(ctx, d.node)
	if err != nil {
		d.c.log.Warn("greeting refused", "node", d.node, "code", fault.From(err).Code, "error", err)
		return
	}
	answer := &link.Hello{Session: d.c.session, Echo: h.Session}
	for _, lane := range journal.Lanes() {
		state, err := d.lane(ctx, lane)
		if err != nil {
			d.c.log.Error("greeting not answered", "node", d.node, "error", err)
			return
		}
		answer.Lanes = append(answer.Lanes, state)
		s, st, err := d.sender(ctx, lane)
		if err != nil {
			d.c.log.Error("orders not read", "node", d.node, "lane", lane, "error", err)
			return
		}
		event, err := s.Greet(d.c.clock.Mono(), h, st)
		d.confirmed(ctx, lane, s, event, err)
	}
	if h.Ask {
		d.reply(answer)
	}
}

func (d *desk) lane(ctx context.Context, lane string) (link.LaneState, error) {
	cursor, err := d.c.svc.Cursor(ctx, d.node, lane)
	if err != nil {
		return link.LaneState{}, err
	}
	head, err := d.c.svc.Orders.Journal(ctx, d.c.svc.DB, d.node, lane).Head()
	return link.LaneState{Lane: lane, Head: head, Cursor: cursor}, err
}

func (d *desk) ack(ctx context.Context, a *link.Ack) {
	s, st, err := d.sender(ctx, a.Lane)
	if err != nil {
		d.c.log.Error("orders not read", "node", d.node, "lane", a.Lane, "error", err)
		return
	}
	event, err := s.Receive(d.c.clock.Mono(), a, st)
	d.confirmed(ctx, a.Lane, s, event, err)
}

// confirmed writes down what an answer changed.
func (d *desk) confirmed(ctx context.Context, lane string, s *link.Sender, event link.Event, err error) {
	switch {
	case err != nil:
		d.c.log.Error("answer not taken", "node", d.node, "lane", lane, "error", err)
	case event == link.Advanced:
		err = d.c.svc.Orders.Confirm(ctx, d.c.svc.DB, d.node, lane, s.Acked().Seq)
		if err != nil {
			d.c.log.Error("order mark not moved", "node", d.node, "lane", lane, "error", err)
		}
	case event == link.Halt:
		d.c.log.Error("orders halted", "node", d.node, "lane", lane, "code", s.Halted().Code)
	}
}

// sender is the lane's sending half, begun where any copy last knew the node
// to be.
func (d *desk) sender(ctx context.Context, lane string) (*link.Sender, journal.Store, error) {
	st := d.c.svc.Orders.Journal(ctx, d.c.svc.DB, d.node, lane)
	if s := d.senders[lane]; s != nil {
		return s, st, nil
	}
	seq, err := d.c.svc.Orders.Acked(ctx, d.c.svc.DB, d.node, lane)
	if err != nil {
		return nil, nil, err
	}
	hash, err := st.HashAt(seq)
	if err != nil {
		return nil, nil, err
	}
	s := link.NewSender(link.Config{
		Lane: lane, Session: d.c.session, Rand: rand.Float64,
		Sign: func(p journal.Position) (journal.Checkpoint, error) {
			cp := journal.Checkpoint{Node: d.node, Lane: lane, Position: p}
			err := cp.Sign(d.c.key, d.c.clock.Now())
			return cp, err
		},
	}, journal.Position{Seq: seq, Hash: hash})
	d.senders[lane] = s
	return s, st, nil
}

// send puts the orders that are due on their way.
func (d *desk) send(ctx context.Context) {
	if d.key == nil {
		return
	}
	for _, lane := range journal.Lanes() {
		s, st, err := d.sender(ctx, lane)
		if err == nil {
			var due []*link.Batch
			due, err = s.Poll(d.c.clock.Mono(), st)
			for _, b := range due {
				d.reply(b)
			}
		}
		if err != nil {
			d.c.log.Error("orders not sent", "node", d.node, "lane", lane, "error", err)
		}
	}
}
