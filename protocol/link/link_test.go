package link_test

import (
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/link/linktest"
	"huyun.internal/protocol/sm"
)

var update = flag.Bool("update", false, "add vectors that do not exist yet; existing ones never change")

func key(t testing.TB) *sm.SoftKey {
	t.Helper()
	k, err := sm.Generate()
	require.NoError(t, err)
	return k
}

func peer(k *sm.SoftKey) *linktest.Pure {
	return &linktest.Pure{Receiver: link.Receiver{Node: "n1", Key: k.Public()}}
}

func TestABadLinkLosesNothing(t *testing.T) {
	t.Parallel()
	k := key(t)
	rapid.Check(t, func(rt *rapid.T) {
		r := &linktest.Run{
			T: t, Seed: rapid.Uint64().Draw(rt, "seed"), Records: rapid.IntRange(1, 400).Draw(rt, "records"),
			Faults: linktest.Bad(), Node: "n1", Key: k, Peer: peer(k),
			Config: link.Config{Records: rapid.IntRange(1, 60).Draw(rt, "batch"), Window: rapid.IntRange(1, 8).Draw(rt, "window")},
		}
		r.Do()
	})
}

func TestAGoodLinkSendsEveryBatchOnce(t *testing.T) {
	t.Parallel()
	k := key(t)
	r := &linktest.Run{T: t, Seed: 7, Records: 3000, Node: "n1", Key: k, Peer: peer(k), Config: link.Config{Records: 100}}
	r.Do()
	require.LessOrEqual(t, r.Sent(), 2*250, "frames, answers included")
}

func TestOnlyReorderingHardlyRepeats(t *testing.T) {
	t.Parallel()
	k := key(t)
	r := &linktest.Run{
		T: t, Seed: 9, Records: 2000, Node: "n1", Key: k, Peer: peer(k), Config: link.Config{Records: 20},
		Faults: linktest.Faults{MaxDelay: 100 * time.Millisecond},
	}
	r.Do()
	require.LessOrEqual(t, r.Sent(), 3*2*200)
}

func TestWhatCameTooEarlyIsSentAgainAtOnce(t *testing.T) {
	t.Parallel()
	d := newDuo(t, 100)
	d.take(d.answer(d.poll()[0])) // the window is two now
	pair := d.poll()
	require.Len(t, pair, 2)
	early, late := d.answer(pair[1]), d.answer(pair[0])
	require.Equal(t, link.StatusGap, early.Status)
	d.take(early)
	require.Empty(t, d.poll(), "the one in front may only be late")
	d.take(late)
	again := d.poll()
	require.NotEmpty(t, again)
	require.Equal(t, pair[1].Last(), again[0].Last(), "no timeout has to pass for what is known to be refused")
}

// duo is a sender and a pure receiver with nothing between them.
type duo struct {
	t      *testing.T
	key    *sm.SoftKey
	source linktest.Memory
	peer   *linktest.Pure
	sender *link.Sender
	now    time.Duration
}

func newDuo(t *testing.T, records int) *duo {
	d := &duo{t: t, key: key(t)}
	d.peer = peer(d.key)
	d.add(records)
	d.start(journal.Position{}, 1)
	return d
}

func (d *duo) start(acked journal.Position, session uint64) {
	d.sender = link.NewSender(link.Config{
		Lane: journal.LaneExam, Session: session, Rand: func() float64 { return 0.5 }, Records: 10, Window: 4,
		Sign: func(p journal.Position) (journal.Checkpoint, error) {
			c := journal.Checkpoint{Node: "n1", Lane: journal.LaneExam, Position: p}
			return c, c.Sign(d.key, time.Unix(0, 0))
		},
	}, acked)
}

func (d *duo) add(n int) {
	for range n {
		_, err := d.source.Add(time.Unix(0, 0), "k", "", []byte("{}"))
		require.NoError(d.t, err)
	}
}

func (d *duo) poll() []*link.Batch {
	b, err := d.sender.Poll(d.now, &d.source)
	require.NoError(d.t, err)
	return b
}

func (d *duo) answer(b *link.Batch) *link.Ack {
	a, err := d.peer.Receive(b)
	require.NoError(d.t, err)
	return a
}

func (d *duo) take(a *link.Ack) link.Event {
	e, err := d.sender.Receive(d.now, a, &d.source)
	require.NoError(d.t, err)
	return e
}

func (d *duo) drain() {
	for {
		batches := d.poll()
		if len(batches) == 0 {
			return
		}
		for _, b := range batches {
			d.take(d.answer(b))
		}
	}
}

func TestTheWindowGrowsFromOneAndIsBounded(t *testing.T) {
	t.Parallel()
	d := newDuo(t, 500)
	first := d.poll()
	require.Len(t, first, 1, "no burst after an outage")
	require.Empty(t, d.poll(), "not twice")
	most := 0
	for todo := first; len(todo) > 0; todo = d.poll() {
		for _, b := range todo {
			require.LessOrEqual(t, len(b.Records), 10)
			d.take(d.answer(b))
			most = max(most, d.sender.InFlight())
		}
		more := d.poll()
		most = max(most, d.sender.InFlight())
		for _, b := range more {
			d.take(d.answer(b))
		}
	}
	require.LessOrEqual(t, most, 4)
	require.Equal(t, uint64(500), d.sender.Acked().Seq)
}

func TestALostBatchIsSentAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	d := newDuo(t, 5)
	require.Len(t, d.poll(), 1)
	var waits []time.Duration
	for range 8 {
		wake, ok := d.sender.Wake()
		require.True(t, ok)
		waits = append(waits, wake-d.now)
		d.now = wake - 1
		require.Empty(t, d.poll(), "not before its time")
		d.now = wake
		require.Len(t, d.poll(), 1)
	}
	require.Equal(t, 5*time.Second, waits[0])
	require.Equal(t, 10*time.Second, waits[1])
	require.Equal(t, time.Minute, waits[7])
}

func TestAHelloEndsALongTimeout(t *testing.T) {
	t.Parallel()
	d := newDuo(t, 5)
	for range 6 {
		require.Len(t, d.poll(), 1)
		d.now, _ = d.sender.Wake()
	}
	require.Len(t, d.poll(), 1)
	d.now += 6 * time.Second
	require.Empty(t, d.poll(), "a minute would have to pass")
	_, err := d.sender.Greet(d.now, &link.Hello{Lanes: []link.LaneState{{Lane: journal.LaneExam}}}, &d.source)
	require.NoError(t, err)
	require.Len(t, d.poll(), 1, "but somebody is there again")
}

func TestAForkStopsTheLane(t *testing.T) {
	t.Parallel()
	d := newDuo(t, 5)
	d.drain()
	cases := map[string]func(d *duo){
		"other content at a known number": func(d *duo) {
			d.source.Records = d.source.Records[:3]
			_, err := d.source.Add(time.Unix(9, 0), "other", "", []byte("{}"))
			require.NoError(t, err)
			d.add(4)
			p := d.source.Records[2].Position()
			d.start(p, 2)
			batches := d.poll()
			require.Len(t, batches, 1)
			a := d.answer(batches[0])
			require.Equal(t, link.StatusFork, a.Status)
			require.Equal(t, link.Halt, d.take(a))
		},
		"the receiver holds more than we have": func(d *duo) {
			d.source.Records = d.source.Records[:3]
			d.start(d.source.Records[2].Position(), 2)
			e, err := d.sender.Greet(0, &link.Hello{Lanes: []link.LaneState{{Lane: journal.LaneExam, Cursor: must(d.peer.Cursor())}}}, &d.source)
			require.NoError(t, err)
			require.Equal(t, link.Halt, e)
		},
	}
	for name, f := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDuo(t, 5)
			d.drain()
			f(d)
			require.Equal(t, "link.fork", d.sender.Halted().Code)
			require.Empty(t, d.poll())
			_, wakes := d.sender.Wake()
			require.False(t, wakes)
			stored, err := d.peer.Stored()
			require.NoError(t, err)
			require.Len(t, stored, 5, "nothing of the fork was taken")
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestARestoredReceiverGetsEverythingAgain(t *testing.T) {
	t.Parallel()
	d := newDuo(t, 25)
	d.drain()
	d.peer.Forget(7)
	hello := &link.Hello{Lanes: []link.LaneState{{Lane: journal.LaneExam, Cursor: must(d.peer.Cursor())}}}
	_, err := d.sender.Greet(d.now, hello, &d.source)
	require.NoError(t, err)
	require.Equal(t, uint64(25), d.sender.Acked().Seq, "a Hello alone moves nothing back")
	ask := d.poll()
	require.Len(t, ask, 1)
	require.Equal(t, link.Rewound, d.take(d.answer(ask[0])))
	require.Equal(t, uint64(7), d.sender.Acked().Seq)
	d.drain()
	require.Len(t, must(d.peer.Stored()), 25)
}

func TestOldAnswersMoveNothingBack(t *testing.T) {
	t.Parallel()
	d := newDuo(t, 20)
	d.drain()
	old := &link.Ack{Lane: journal.LaneExam, Session: 1, Number: 0, Status: link.StatusGap, Want: 1}
	require.Equal(t, link.Nothing, d.take(old), "sent before the position was known")
	require.Equal(t, uint64(20), d.sender.Acked().Seq)
	late := &link.Hello{Lanes: []link.LaneState{{Lane: journal.LaneExam}}}
	_, err := d.sender.Greet(d.now, late, &d.source)
	require.NoError(t, err)
	for _, b := range d.poll() {
		require.Equal(t, link.Nothing, d.take(d.answer(b)))
	}
	require.Equal(t, uint64(20), d.sender.Acked().Seq)
	for _, s := range []link.Status{link.StatusGap, link.StatusFork, link.StatusRefused} {
		other := &link.Ack{Lane: journal.LaneExam, Session: 99, Number: 1 << 40, Status: s, Want: 1}
		require.Equal(t, link.Nothing, d.take(other), "another run's %s", s)
	}
	require.Nil(t, d.sender.Halted())
}

func TestARefusalPausesAndOthersAreNotTrusted(t *testing.T) {
	t.Parallel()
	d := newDuo(t, 5)
	b := d.poll()[0]
	stranger := link.Receiver{Node: "n1", Key: key(t).Public()}
	v := stranger.Judge(journal.Position{}, b, nil)
	require.Equal(t, link.StatusRefused, v.Ack.Status)
	require.Equal(t, "journal.checkpoint.signature", v.Ack.Reason)
	require.Empty(t, v.Fresh)
	v = link.Receiver{Node: "n2", Key: d.key.Public()}.Judge(journal.Position{}, b, nil)
	require.Equal(t, link.StatusRefused, v.Ack.Status)

	require.Equal(t, link.Refused, d.take(v.Ack))
	require.Empty(t, d.poll())
	wake, ok := d.sender.Wake()
	require.True(t, ok)
	require.GreaterOrEqual(t, wake, 15*time.Second)
	d.now = wake
	d.drain()
	require.Equal(t, uint64(5), d.sender.Acked().Seq)
}

func TestATrimmedRecordHaltsTheLane(t *testing.T) {
	t.Parallel()
	d := newDuo(t, 5)
	_, err := d.sender.Poll(0, trimmed{&d.source})
	require.Error(t, err)
	require.Equal(t, "journal.trimmed", d.sender.Halted().Code)
}

type trimmed struct{ journal.Store }

func (trimmed) Read(uint64, int, int) ([]journal.Record, error) { return nil, journal.ErrTrimmed }
