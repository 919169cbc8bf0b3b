package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/topic"
)

// storePause is how long to leave the store alone when it could not be read.
const storePause = time.Second

// errBetter ends a session because a preferred transport is back.
var errBetter = errors.New("a preferred transport is back")

// serve runs one session until it ends, and says why.
func (u *Uplink) serve(ctx context.Context, s *session, better <-chan struct{}) error {
	for _, sender := range u.senders {
		sender.Reset()
	}
	u.backlog = u.examHead()
	heartbeat := u.cfg.Clock.NewTicker(u.cfg.Heartbeat)
	defer heartbeat.Stop()
	telemetry := u.cfg.Clock.NewTicker(u.cfg.StateEvery)
	defer telemetry.Stop()
	u.answered() // the silence begins now
	u.hello(s, 0, true)
	u.telemetry(s)
	severed := u.cut.severed()
	for {
		changed := u.store.Changed()
		wait := u.poll(s)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-s.lost:
			return err
		case <-better:
			return errBetter
		case <-severed:
			return ErrCut
		case raw := <-s.in:
			u.receive(ctx, s, raw)
		case a := <-u.planted:
			u.settle(a)
		case <-changed:
		case <-u.cfg.Clock.After(wait):
		case <-heartbeat.C():
			u.hello(s, 0, true)
		case <-telemetry.C():
			u.telemetry(s)
		}
		if u.silence() > u.cfg.Silence {
			return errNoAnswer
		}
	}
}

// poll sends what each lane has to send and returns how long nothing will
// happen by itself. The exam lane comes first, and alone while it has a backlog.
func (u *Uplink) poll(s *session) time.Duration {
	now := u.cfg.Clock.Mono()
	wait := u.cfg.Heartbeat
	for i, lane := range journal.Lanes() {
		if lane != journal.LaneExam && u.behind() {
			continue // the answer or the record that ends this wakes us
		}
		sender := u.senders[i]
		batches, err := sender.Poll(now, u.store.Journal(lane))
		if err != nil {
			u.cfg.Log.Warn("uplink: journal", "lane", lane, "err", err)
			wait = min(wait, storePause)
		}
		for _, b := range batches {
			u.transmit(s, b, u.cfg.seams.onToken(u, b))
		}
		if at, ok := sender.Wake(); ok {
			wait = min(wait, max(at-now, time.Millisecond))
		}
	}
	return wait
}

// behind reports whether what an exam needs is still to get through: what there
// was when the session began, until the cloud has it, and later whatever does
// not fit the window. Until then nothing competes with it for the line or for
// the cloud. A lane that a person has to free holds nobody up.
func (u *Uplink) behind() bool {
	exam := u.senders[0]
	head := u.examHead()
	return exam.Halted() == nil && (exam.Acked().Seq < min(u.backlog, head) || exam.Sent() < head)
}

// examHead is 0 when the journal cannot be read: then nothing waits for it.
func (u *Uplink) examHead() uint64 {
	head, err := u.store.Journal(journal.LaneExam).Head()
	if err != nil {
		return 0
	}
	return head.Seq
}

// transmit seals a frame and queues it. What cannot be queued is as good as
// lost on the way.
func (u *Uplink) transmit(s *session, f link.Frame, acked func()) {
	raw, err := link.EncodeFrame(f)
	if err != nil {
		u.cfg.Log.Error("uplink: frame", "err", err)
		return
	}
	to := topic.Up(u.cfg.Node)
	sealed, err := envelope.Seal(u.keeper, u.cfg.Cloud, []byte(to), raw)
	if err != nil {
		u.cfg.Log.Error("uplink: seal", "err", err)
		return
	}
	u.count(func(st *Status) { st.Sent++ })
	if !s.send(outgoing{topic: to, qos: 1, payload: sealed, acked: acked}) {
		u.count(func(st *Status) { st.Dropped++ })
	}
}

func (u *Uplink) hello(s *session, echo uint64, ask bool) {
	h := &link.Hello{Session: u.session, Echo: echo, Ask: ask}
	for i, lane := range journal.Lanes() {
		head, err := u.store.Journal(lane).Head()
		if err != nil {
			return // a store that cannot be read has nothing to say
		}
		l := link.LaneState{Lane: lane, Head: head, Cursor: u.cursor(lane)}
		if why := u.senders[i].Halted(); why != nil {
			l.Halted = why.Code
		}
		h.Lanes = append(h.Lanes, l)
	}
	u.transmit(s, h, nil)
}

func (u *Uplink) telemetry(s *session) {
	if u.cfg.State == nil {
		return
	}
	state := u.cfg.State()
	raw, err := json.Marshal(state)
	if err != nil {
		u.cfg.Log.Error("uplink: telemetry", "err", err)
		return
	}
	to := topic.State(u.cfg.Node)
	sealed, err := envelope.Seal(u.keeper, u.cfg.Cloud, []byte(to), raw)
	if err != nil {
		u.cfg.Log.Error("uplink: seal", "err", err)
		return
	}
	s.send(outgoing{topic: to, qos: 0, payload: sealed})
}

// receive takes one message. Only what opens under the cloud's key is an answer.
func (u *Uplink) receive(ctx context.Context, s *session, raw []byte) {
	plain, err := envelope.Open(u.keeper, u.cfg.Cloud, []byte(topic.Down(u.cfg.Node)), raw)
	if err != nil {
		u.refusedFrame(err)
		return
	}
	f, err := link.DecodeFrame(plain)
	if err != nil {
		u.refusedFrame(err)
		return
	}
	u.answered()
	switch f := f.(type) {
	case *link.Hello:
		if f.Ask {
			u.hello(s, f.Session, false)
		}
		u.greet(f)
	case *link.Ack:
		u.settle(f)
	case *link.Batch:
		if ack := u.apply(ctx, f); ack != nil {
			u.transmit(s, ack, nil)
		}
	}
}

func (u *Uplink) refusedFrame(err error) {
	u.count(func(st *Status) { st.BadFrames++ })
	u.cfg.Log.Warn("uplink: refused a message", "err", err)
}

func (u *Uplink) greet(h *link.Hello) {
	if u.cfg.seams.deaf() {
		return
	}
	for i, lane := range journal.Lanes() {
		event, err := u.senders[i].Greet(u.cfg.Clock.Mono(), h, u.store.Journal(lane))
		u.happened(lane, u.senders[i], event, err)
	}
}

// settle gives an answer to its lane's sender.
func (u *Uplink) settle(a *link.Ack) {
	if u.cfg.seams.deaf() && a.Status == link.StatusGap {
		return
	}
	for i, lane := range journal.Lanes() {
		if lane == a.Lane {
			event, err := u.senders[i].Receive(u.cfg.Clock.Mono(), a, u.store.Journal(lane))
			if event == link.Refused {
				u.count(func(st *Status) { st.Refused = a.Reason })
			}
			u.happened(lane, u.senders[i], event, err)
		}
	}
}

// happened hands on what an answer changed. This is the only place where
// anything is remembered as delivered.
func (u *Uplink) happened(lane string, sender *link.Sender, event link.Event, err error) {
	if err != nil {
		u.cfg.Log.Warn("uplink: answer", "lane", lane, "err", err)
	}
	switch event {
	case link.Advanced, link.Rewound:
		u.acked.set(lane, sender.Acked())
		u.count(func(st *Status) { st.LastAck = u.cfg.Clock.Now(); st.Refused = "" })
		if event == link.Rewound {
			u.cfg.Log.Warn("uplink: the cloud asks for records again", "lane", lane, "from", sender.Acked().Seq+1)
		}
	case link.Halt:
		u.cfg.Log.Error("uplink: lane stopped", "lane", lane, "err", sender.Halted())
	}
	u.count(func(st *Status) { st.halt(lane, sender.Halted()) })
}
