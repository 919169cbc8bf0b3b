package link

import (
	"math"
	"time"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// Config of a Sender. Node, Lane, Session, Sign and Rand are required; the rest
// has defaults.
type Config struct {
	Lane    string
	Session uint64
	// Sign signs a checkpoint for this lane.
	Sign func(journal.Position) (journal.Checkpoint, error)
	// Rand returns a number in [0,1); it spreads resends.
	Rand func() float64

	Window       int           // batches in flight at most; default 8
	Records      int           // in a batch at most; default and limit MaxRecords
	Bytes        int           // of record bodies in a batch, about; default 128 KiB
	FirstTimeout time.Duration // before any answer was timed; default 5 s
	MinTimeout   time.Duration // default 1 s
	MaxTimeout   time.Duration // default 60 s
	GapPatience  time.Duration // how long a gap may be mere reordering; default 300 ms
	RefusedPause time.Duration // after a refusal; default 15 s
}

func (c Config) withDefaults() Config {
	def := func(v *time.Duration, d time.Duration) {
		if *v == 0 {
			*v = d
		}
	}
	def(&c.FirstTimeout, 5*time.Second)
	def(&c.MinTimeout, time.Second)
	def(&c.MaxTimeout, time.Minute)
	def(&c.GapPatience, 300*time.Millisecond)
	def(&c.RefusedPause, 15*time.Second)
	if c.Window == 0 {
		c.Window = 8
	}
	if c.Records == 0 || c.Records > MaxRecords {
		c.Records = MaxRecords
	}
	if c.Bytes == 0 || c.Bytes > MaxFrame/4 {
		c.Bytes = 128 << 10
	}
	return c
}

// Sender ships one lane. Its whole durable state is the journal and the acked
// position, both the driver's; everything here may be lost at any moment.
// It is not safe for concurrent use. Moments are monotonic durations.
type Sender struct {
	cfg    Config
	acked  journal.Position
	next   uint64 // first record not yet in flight
	flight []flight
	window int // grows from 1 with every answer: no burst after an outage
	srtt   time.Duration
	losses int // timeouts in a row
	pause  time.Duration
	halted *fault.Error
	sent   map[uint64]bool // a batch beginning here was sent before

	number uint64 // of the next batch
	bar    uint64 // batches numbered from here on were sent after acked was known
	probe  bool   // the receiver's Hello showed less than acked: ask with a batch
}

// flight is one batch on its way.
type flight struct {
	first, last uint64
	sent, due   time.Duration
	again       bool // sent before: its answer cannot be timed
	fast        bool // due early because of a gap, not a timeout
	number      uint64
	early       bool // arrived before the one in front of it and was not taken: must be sent again
}

// NewSender starts from what the journal's owner knows to be acknowledged.
func NewSender(cfg Config, acked journal.Position) *Sender {
	return &Sender{cfg: cfg.withDefaults(), acked: acked, next: acked.Seq + 1, window: 1, pause: math.MinInt64, sent: map[uint64]bool{}}
}

// Acked is the last position the receiver has confirmed.
func (s *Sender) Acked() journal.Position { return s.acked }

// Sent is the last record that is on its way or acknowledged.
func (s *Sender) Sent() uint64 { return s.next - 1 }

// Halted is why the lane is stopped until a person has decided; nil normally.
func (s *Sender) Halted() *fault.Error { return s.halted }

// InFlight is the number of batches without an answer.
func (s *Sender) InFlight() int { return len(s.flight) }

// Reset forgets what is in flight: call it on every new connection.
func (s *Sender) Reset() {
	s.flight, s.next, s.window, s.losses, s.pause = nil, s.acked.Seq+1, 1, 0, math.MinInt64
}

// Poll returns the batches to send now: lost ones again, then new ones as far
// as the window goes. An error is the journal's; journal.trimmed halts the lane.
func (s *Sender) Poll(now time.Duration, st journal.Store) ([]*Batch, error) {
	if s.halted != nil || now < s.pause {
		return nil, nil
	}
	s.pause = math.MinInt64
	s.expire(now)
	out, err := s.ask(st)
	if err != nil {
		return nil, s.readFailed(err)
	}
	for len(s.flight) < s.window {
		recs, err := st.Read(s.next, s.cfg.Records, s.cfg.Bytes)
		if err != nil {
			return out, s.readFailed(err)
		}
		if len(recs) == 0 {
			return out, nil
		}
		b, err := s.batch(recs, st)
		if err != nil {
			return out, err
		}
		out = append(out, b)
		s.fly(now, b)
	}
	return out, nil
}

func (s *Sender) readFailed(err error) error {
	if fault.Is(err, journal.ErrTrimmed.Code) || fault.Is(err, journal.ErrMissing.Code) {
		s.halted = fault.From(err)
	}
	return err
}

// expire takes everything back when the oldest batch has had no answer in time:
// what follows it can not have been accepted either.
func (s *Sender) expire(now time.Duration) {
	if len(s.flight) == 0 || now < s.flight[0].due {
		return
	}
	if !s.flight[0].fast {
		s.losses++
		s.window = 1
	}
	s.flight, s.next = nil, s.acked.Seq+1
}

func (s *Sender) batch(recs []journal.Record, st journal.Store) (*Batch, error) {
	before := recs[0].Seq - 1
	hash, err := st.HashAt(before)
	if err != nil {
		return nil, err
	}
	prev := journal.Position{Seq: before, Hash: hash}
	b := &Batch{Lane: s.cfg.Lane, Session: s.cfg.Session, Number: s.number, Prev: prev, Records: recs}
	s.number++
	b.Checkpoint, err = s.cfg.Sign(b.Last())
	return b, err
}

func (s *Sender) fly(now time.Duration, b *Batch) {
	first, last := b.Records[0].Seq, b.Last().Seq
	again := s.sent[first]
	s.sent[first] = true
	s.flight = append(s.flight, flight{first: first, last: last, number: b.Number, sent: now, due: now + s.timeout(), again: again})
	s.next = last + 1
}

// timeout grows with the measured answer time and with losses, and is spread
// by a quarter so that many edges do not resend in step.
func (s *Sender) timeout() time.Duration {
	d := s.cfg.FirstTimeout
	if s.srtt > 0 {
		d = max(4*s.srtt, s.cfg.MinTimeout)
	}
	d <<= min(s.losses, 10)
	d = min(d, s.cfg.MaxTimeout)
	return d + time.Duration(float64(d)*(s.cfg.Rand()-0.5)/2)
}

// Event says what an answer changed; the driver persists it.
type Event int

// The events of Receive.
const (
	Nothing Event = iota
	Advanced
	Rewound // the receiver has forgotten; Acked went back
	Halt    // a fork or a lost record: Halted says which
	Refused
)

// Receive takes an answer. st is asked whether the hash is right: an answer
// that does not match the journal moves nothing.
func (s *Sender) Receive(now time.Duration, a *Ack, st journal.Store) (Event, error) {
	mine := a.Session == s.cfg.Session
	if s.halted != nil || a.Lane != s.cfg.Lane || !mine && a.Status != StatusOK {
		return Nothing, nil // an answer to an earlier run says nothing about this one
	}
	switch a.Status {
	case StatusOK:
		return s.confirm(now, a.Position(), st)
	case StatusGap:
		if a.Want != a.Through+1 {
			return Nothing, nil
		}
		return s.gap(now, a, st)
	case StatusFork:
		return s.halt(ErrFork.Withf("receiver at %d", a.Through)), nil
	default:
		s.Reset()
		s.pause = now + s.cfg.RefusedPause + time.Duration(float64(s.cfg.RefusedPause)*s.cfg.Rand())
		return Refused, nil
	}
}

// Greet takes the receiver's cursor out of its Hello. A Hello may be old, so it
// only moves the lane forwards; when it shows less than is acknowledged, the
// last record is sent once more and the answer to that decides.
func (s *Sender) Greet(now time.Duration, h *Hello, st journal.Store) (Event, error) {
	for _, l := range h.Lanes {
		if l.Lane != s.cfg.Lane || s.halted != nil {
			continue
		}
		s.probe = l.Cursor.Seq < s.acked.Seq
		event, err := s.confirm(now, l.Cursor, st)
		if event == Nothing && len(s.flight) > 0 {
			// The other side is there and does not have it: forget how long it
			// was away, and do not sit out a timeout grown meanwhile.
			s.losses = 0
			f := &s.flight[0]
			f.due = min(f.due, max(now, f.sent+s.timeout()))
		}
		return event, err
	}
	return Nothing, nil
}

// ask sends the last acknowledged record again. The batch is not in flight:
// nothing waits for its answer.
func (s *Sender) ask(st journal.Store) ([]*Batch, error) {
	if !s.probe || s.acked.Seq == 0 {
		return nil, nil
	}
	s.probe = false
	recs, err := st.Read(s.acked.Seq, 1, s.cfg.Bytes)
	if err != nil || len(recs) == 0 {
		return nil, err
	}
	b, err := s.batch(recs, st)
	if err != nil {
		return nil, err
	}
	return []*Batch{b}, nil
}

func (s *Sender) halt(why *fault.Error) Event {
	s.halted, s.flight = why, nil
	return Halt
}

// holds says whether the journal has exactly this position. That it has
// something else there, or nothing, is a fork; that it no longer keeps it is
// not.
func holds(p journal.Position, st journal.Store) (bool, error) {
	h, err := st.HashAt(p.Seq)
	if fault.Is(err, journal.ErrMissing.Code) {
		return false, nil
	}
	return h == p.Hash, err
}

func (s *Sender) confirm(now time.Duration, p journal.Position, st journal.Store) (Event, error) {
	if p.Seq <= s.acked.Seq {
		return Nothing, nil // late, or once more
	}
	ok, err := holds(p, st)
	if err != nil {
		return Nothing, err
	}
	if !ok {
		return s.halt(ErrFork.Withf("receiver holds %d that we do not", p.Seq)), nil
	}
	s.acked, s.bar = p, s.number
	for len(s.flight) > 0 && s.flight[0].last <= p.Seq {
		s.time(now, s.flight[0])
		s.flight = s.flight[1:]
		s.window = min(s.window*2, s.cfg.Window)
	}
	for first := range s.sent {
		if first <= p.Seq {
			delete(s.sent, first)
		}
	}
	if len(s.flight) > 0 && s.flight[0].early {
		s.flight[0].due, s.flight[0].fast = now, true
	}
	s.losses = 0
	s.next = max(s.next, p.Seq+1)
	return Advanced, nil
}

func (s *Sender) time(now time.Duration, f flight) {
	if f.again {
		return
	}
	took := now - f.sent
	if s.srtt == 0 {
		s.srtt = took
	}
	s.srtt += (took - s.srtt) / 8
}

// gap moves to the receiver's position, forwards or back, and sends the batch
// it misses again, unless that was sent so recently that it may only have been
// overtaken.
func (s *Sender) gap(now time.Duration, a *Ack, st journal.Store) (Event, error) {
	p := a.Position()
	event, err := s.confirm(now, p, st)
	if err != nil || event == Halt {
		return event, err
	}
	if p.Seq < s.acked.Seq {
		return s.rewind(p, a.Number, st)
	}
	for i := range s.flight {
		f := &s.flight[i]
		if i == 0 {
			f.due = min(f.due, max(now, f.sent+s.cfg.GapPatience))
			f.fast = true
		}
		f.early = f.early || f.number == a.Number
	}
	return event, nil
}

// rewind follows a receiver that was restored from a backup. Only an answer to
// a batch sent after acked was known can say so: at that time the receiver had
// acked already, so a lower cursor means that it has forgotten. Everything else
// is an old answer come late.
func (s *Sender) rewind(p journal.Position, number uint64, st journal.Store) (Event, error) {
	if number < s.bar {
		return Nothing, nil
	}
	ok, err := holds(p, st)
	if err != nil {
		if fault.Is(err, journal.ErrTrimmed.Code) {
			return s.halt(fault.From(err)), nil
		}
		return Nothing, err
	}
	if !ok {
		return s.halt(ErrFork.Withf("receiver went back to a %d that is not ours", p.Seq)), nil
	}
	s.acked, s.bar = p, s.number
	s.Reset()
	return Rewound, nil
}

// Wake is when Poll has something to do without any new record or answer;
// false when never.
func (s *Sender) Wake() (time.Duration, bool) {
	switch {
	case s.halted != nil:
		return 0, false
	case s.pause != math.MinInt64:
		return s.pause, true
	case len(s.flight) > 0:
		return s.flight[0].due, true
	}
	return 0, false
}
