// Package linktest puts both ends of a link through random faults in virtual
// time and compares the outcome with a plain model: the list of records that
// were appended. It is for tests only; the receiver under examination may be
// the pure one, the edge's or the cloud's.
package linktest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
)

// Peer is a receiver under examination.
type Peer interface {
	// Receive stores a batch durably and returns the answer.
	Receive(b *link.Batch) (*link.Ack, error)
	// Cursor is how far it has stored.
	Cursor() (journal.Position, error)
	// Restart loses everything that was not durable.
	Restart() error
	// Stored returns everything it has stored, in order.
	Stored() ([]journal.Record, error)
}

// Faults are the odds of each thing that may happen to a frame, and of each
// side starting again, per step.
type Faults struct {
	Drop, Duplicate, Corrupt  float64
	MaxDelay                  time.Duration // beyond the 20 ms every frame takes; gives reordering
	RestartSender, RestartHer float64
	Partition                 float64 // of a partition of up to a minute beginning
}

// Bad is a link nobody would want.
func Bad() Faults {
	return Faults{Drop: 0.2, Duplicate: 0.2, Corrupt: 0.02, MaxDelay: 2 * time.Second, RestartSender: 0.005, RestartHer: 0.005, Partition: 0.002}
}

// Run is one examination.
type Run struct {
	T       testing.TB
	Seed    uint64
	Faults  Faults
	Records int // appended in all
	Node    string
	Key     sm.Signer // signs the checkpoints; the peer knows its public half
	Peer    Peer
	Config  link.Config

	rng    *rand.Rand
	now    time.Duration
	source Memory
	acked  journal.Position // the sender's durable state
	sender *link.Sender
	queue  []parcel
	dark   time.Duration // partition until then
	counts struct{ sent, lost, repeated, restarts int }
}

type parcel struct {
	at   time.Duration
	data []byte
	up   bool
}

// Do runs until everything arrived, then checks. It fails when nothing arrives
// any more.
func (r *Run) Do() {
	r.rng = rand.New(rand.NewPCG(r.Seed, 1))
	r.startSender()
	limit := r.now + 4*time.Hour
	for r.now < limit {
		if len(r.source.Records) == r.Records && r.acked.Seq == uint64(r.Records) {
			break
		}
		if r.rng.Float64() < 0.5 {
			r.append(1 + r.rng.IntN(30))
		}
		r.step()
		r.compare()
	}
	head, _ := r.source.Head()
	require.Equal(r.T, head, r.acked, "seed %d: everything arrives and is confirmed", r.Seed)
	require.Nil(r.T, r.sender.Halted())
	stored, err := r.Peer.Stored()
	require.NoError(r.T, err)
	require.Equal(r.T, len(r.source.Records), len(stored), "seed %d", r.Seed)
	for i := range stored {
		require.Equal(r.T, r.source.Records[i], stored[i], "seed %d", r.Seed)
	}
}

// Sent is how many frames it took.
func (r *Run) Sent() int { return r.counts.sent }

func (r *Run) append(n int) {
	for range min(n, r.Records-len(r.source.Records)) {
		at := time.Unix(0, 0).Add(r.now)
		body := fmt.Appendf(nil, `{"n":%d,"pad":%q}`, len(r.source.Records), make([]byte, r.rng.IntN(300)))
		_, err := r.source.Add(at, "exam.answer", "s1", body)
		require.NoError(r.T, err)
	}
}

func (r *Run) startSender() {
	cfg := r.Config
	cfg.Lane = journal.LaneExam
	cfg.Session = r.rng.Uint64()
	cfg.Rand = r.rng.Float64
	cfg.Sign = func(p journal.Position) (journal.Checkpoint, error) {
		c := journal.Checkpoint{Node: r.Node, Lane: journal.LaneExam, Position: p}
		return c, c.Sign(r.Key, time.Unix(0, 0).Add(r.now))
	}
	r.sender = link.NewSender(cfg, r.acked)
	r.counts.restarts++
}

// step advances to the next thing that can happen and lets it.
func (r *Run) step() {
	r.now += time.Duration(r.rng.IntN(50)) * time.Millisecond
	if wake, ok := r.sender.Wake(); ok && len(r.queue) == 0 && len(r.source.Records) == r.Records {
		r.now = max(r.now, wake)
	}
	if r.hit(r.Faults.Partition) {
		r.dark = r.now + time.Duration(r.rng.Int64N(int64(time.Minute)))
	}
	if r.hit(r.Faults.RestartSender) {
		r.startSender()
	}
	if r.hit(r.Faults.RestartHer) {
		require.NoError(r.T, r.Peer.Restart())
	}
	r.deliver()
	batches, err := r.sender.Poll(r.now, &r.source)
	require.NoError(r.T, err)
	for _, b := range batches {
		r.send(b, true)
	}
}

func (r *Run) hit(p float64) bool { return r.rng.Float64() < p }

func (r *Run) send(f link.Frame, up bool) {
	raw, err := link.EncodeFrame(f)
	require.NoError(r.T, err)
	r.counts.sent++
	copies := 1
	if r.hit(r.Faults.Drop) || r.now < r.dark {
		copies = 0
		r.counts.lost++
	}
	if r.hit(r.Faults.Duplicate) {
		copies += r.rng.IntN(3)
		r.counts.repeated++
	}
	for range copies {
		data := slices.Clone(raw)
		if r.hit(r.Faults.Corrupt) {
			data[r.rng.IntN(len(data))] ^= 1 << r.rng.IntN(8)
		}
		at := r.now + 20*time.Millisecond
		if r.Faults.MaxDelay > 0 && r.hit(0.3) {
			at += time.Duration(r.rng.Int64N(int64(r.Faults.MaxDelay)))
		}
		r.queue = append(r.queue, parcel{at: at, data: data, up: up})
	}
}

// deliver hands over what is due, in order of arrival.
func (r *Run) deliver() {
	slices.SortStableFunc(r.queue, func(a, b parcel) int { return int(a.at - b.at) })
	for len(r.queue) > 0 && r.queue[0].at <= r.now {
		p := r.queue[0]
		r.queue = r.queue[1:]
		f, err := link.DecodeFrame(p.data)
		if err != nil {
			continue // damaged on the way; in service the envelope refuses it first
		}
		r.arrive(f, p.up)
	}
}

func (r *Run) arrive(f link.Frame, up bool) {
	switch f := f.(type) {
	case *link.Batch:
		if !up {
			return
		}
		ack, err := r.Peer.Receive(f)
		require.NoError(r.T, err)
		if ack.Status != link.StatusFork && ack.Status != link.StatusRefused { // both only from damage
			r.send(ack, false)
		}
	case *link.Ack:
		if up {
			return
		}
		event, err := r.sender.Receive(r.now, f, &r.source)
		require.NoError(r.T, err)
		if event == link.Advanced || event == link.Rewound {
			r.acked = r.sender.Acked()
		}
	}
}

// compare holds the two durable states against the model after every step.
func (r *Run) compare() {
	cursor, err := r.Peer.Cursor()
	require.NoError(r.T, err)
	require.LessOrEqual(r.T, cursor.Seq, uint64(len(r.source.Records)), "nothing that was never sent")
	h, err := r.source.HashAt(cursor.Seq)
	require.NoError(r.T, err)
	require.Equal(r.T, h, cursor.Hash, "seed %d: the receiver holds a prefix", r.Seed)
	require.LessOrEqual(r.T, r.acked.Seq, cursor.Seq, "seed %d: confirmed means stored", r.Seed)
}
