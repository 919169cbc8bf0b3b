package complaint

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/attempt"
	"huyun.internal/edge/store"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/wire"
)

// answer is a save of its own item.
func answer(i int) wire.Answer {
	return wire.Answer{
		Sitting: apptest.Sitting, Attempt: "attempt-1", Item: fmt.Sprint(i), Revision: 1, Choice: []string{"A"}, Fence: 1, Counter: uint64(i), //nolint:gosec // small
	}
}

// Complaint 1 (the answer is lost after the commit): the centre has stored a
// batch and its answer does not arrive. The venue sends again, and there is one
// record, under the position that the first answer would have named.
func TestALostAnswerAfterTheCommit(t *testing.T) {
	t.Parallel()
	l := newLine(t, clock.System(), nil)
	l.connect()
	l.answers(0, 1)
	l.whole()
	l.wan.HoldDown(true) // from now on nothing comes back
	l.answers(1, 40)
	l.wait("the centre has committed", func() bool { return l.records() == 41 })
	require.Equal(t, uint64(1), l.store.Acked(journal.LaneExam).Seq, "nobody has told the venue")
	l.wan.Cut() // and what was under way back is lost
	l.wan.Heal()
	l.wan.HoldDown(false)
	l.whole()
	require.Equal(t, 41, l.records())
	require.Equal(t, 41, l.count(`SELECT count(*) FROM exam_answer`))
	require.Zero(t, l.count(`SELECT count(*) FROM exam_anomaly`), "a repetition is no contradiction")

	// And the same batch to the centre's face: twice the same receipt.
	recs, err := l.store.Journal(journal.LaneExam).Read(1, 41, 1<<20)
	require.NoError(t, err)
	b := &link.Batch{Lane: journal.LaneExam, Session: 5, Records: recs, Checkpoint: l.signed(recs)}
	first, err := l.nodes.Ingest(t.Context(), apptest.Node, journal.LaneExam, b)
	require.NoError(t, err)
	again, err := l.nodes.Ingest(t.Context(), apptest.Node, journal.LaneExam, b)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, l.head(), first[0].Position())
	require.Equal(t, 41, l.records())
}

func (l *line) signed(recs []journal.Record) journal.Checkpoint {
	l.t.Helper()
	c := journal.Checkpoint{Node: apptest.Node, Lane: journal.LaneExam, Position: recs[len(recs)-1].Position()}
	require.NoError(l.t, c.Sign(l.key, l.clock.Now()))
	return c
}

// Complaint 2 (a silent cut in mid-drain): the line goes without a word while a
// backlog drains. The venue notices by itself, and the rest drains although
// nobody writes anything new.
func TestASilentCutWhileABacklogDrains(t *testing.T) {
	t.Parallel()
	l := newLine(t, clock.System(), nil)
	const backlog = 4000
	l.answers(0, backlog)
	var batches atomic.Int32
	l.onTaken(func([]journal.Record) error {
		if batches.Add(1) == 3 {
			l.wan.Hold(true) // no FIN, no RST: packets simply stop
		}
		return nil
	})
	l.connect()
	l.wait("the cut", func() bool { return batches.Load() >= 3 })
	l.wait("the venue notices", func() bool { return !l.up.Status().Connected })
	require.Less(t, l.store.Acked(journal.LaneExam).Seq, uint64(backlog), "in the middle")
	l.wan.Hold(false)
	l.whole()
	require.Equal(t, uint64(backlog), l.head().Seq, "nothing new was written")
	require.Equal(t, backlog, l.records())
	require.Equal(t, backlog, l.count(`SELECT count(*) FROM exam_answer`))
}

// Complaint 3 (the server answers, but with errors): the line is up and the
// centre greets, and for ten minutes it cannot store anything. Nothing leaves
// the venue's journal, and afterwards everything is there.
func TestTenMinutesOfServerErrors(t *testing.T) {
	t.Parallel()
	clk := clock.NewTest(time.Now())
	l := newLine(t, clk, nil)
	var tries atomic.Int32
	l.onTaken(func([]journal.Record) error {
		tries.Add(1)
		return errors.New("could not write: no space left on device")
	})
	l.answers(0, 300)
	head := l.head()
	l.connect()
	stop := l.runClock(clk)
	began := clk.Mono()
	l.wait("ten minutes", func() bool { return clk.Mono()-began > 10*time.Minute })
	require.Greater(t, tries.Load(), int32(5), "it was tried")
	require.Zero(t, l.records(), "nothing of a failed batch stays")
	require.Zero(t, l.store.Acked(journal.LaneExam).Seq)
	kept, err := l.store.Journal(journal.LaneExam).Read(1, 300, 1<<20)
	require.NoError(t, err)
	require.Len(t, kept, 300)
	require.Equal(t, head, l.head())

	l.onTaken(nil)
	l.whole()
	stop()
	require.Equal(t, 300, l.count(`SELECT count(*) FROM exam_answer`))
}

// runClock lets virtual time go by, half a second at a time.
func (l *line) runClock(clk *clock.Test) (stop func()) {
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				clk.Advance(500 * time.Millisecond)
			}
		}
	}()
	stop = func() { end(); <-ended }
	l.t.Cleanup(stop)
	return stop
}

// Complaint 4 (given up after so many tries): a batch that was sent a thousand
// times without an answer is still there and is sent the next time.
func TestAThousandTriesAreNotTheLast(t *testing.T) {
	t.Parallel()
	l := newLine(t, clock.System(), nil)
	l.answers(0, 3)
	lane := l.store.Journal(journal.LaneExam)
	s := link.NewSender(link.Config{
		Lane: journal.LaneExam, Session: 9, Rand: func() float64 { return 0.5 },
		Sign: func(p journal.Position) (journal.Checkpoint, error) {
			c := journal.Checkpoint{Node: apptest.Node, Lane: journal.LaneExam, Position: p}
			return c, c.Sign(l.key, l.clock.Now())
		},
	}, l.store.Acked(journal.LaneExam))
	var now time.Duration
	var last *link.Batch
	for try := range 1001 {
		due, err := s.Poll(now, lane)
		require.NoError(t, err)
		require.Len(t, due, 1, "try %d", try+1)
		last = due[0]
		wake, ok := s.Wake()
		require.True(t, ok)
		require.LessOrEqual(t, wake-now, 75*time.Second, "it never waits much longer than a minute")
		now = wake
	}
	require.Greater(t, now, 15*time.Hour)
	acks, err := l.nodes.Ingest(t.Context(), apptest.Node, journal.LaneExam, last)
	require.NoError(t, err)
	event, err := s.Receive(now, acks[0], lane)
	require.NoError(t, err)
	require.Equal(t, link.Advanced, event)
	require.Equal(t, l.head(), s.Acked())
	require.Equal(t, 3, l.count(`SELECT count(*) FROM exam_answer`))
}

// Complaint 10 (one malformed item holds up the queue): what cannot be read, or
// can never be applied, goes to the dead letters with its reason, and those
// behind it arrive.
func TestAMalformedRecordHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	l := newLine(t, clock.System(), nil)
	l.answers(0, 20)
	bad := []any{
		[]byte(`{"sitting": 5}`),                                               // not what it should be
		wire.Answer{Sitting: "another", Item: "1"},                             // somebody else's
		func() any { a := answer(99); a.Choice = []string{"A,B"}; return a }(), // no option
	}
	require.NoError(t, l.store.Update(t.Context(), func(tx *store.Tx) error {
		for _, body := range bad {
			_, err := tx.Append(journal.LaneExam, wire.KindAnswer, apptest.Sitting, body)
			if err != nil {
				return err
			}
		}
		return nil
	}))
	l.answers(20, 20)
	l.connect()
	l.whole()
	require.Equal(t, 40, l.count(`SELECT count(*) FROM exam_answer`))
	require.Equal(t, len(bad), l.count(`SELECT count(*) FROM node_dead WHERE reason <> '' AND seq BETWEEN 21 AND 23`))
	require.Equal(t, len(bad), l.count(`SELECT count(*) FROM node_dead`))
}

// Complaint 14 (time runs out offline): the venue is cut off when time is up. It
// hands in by itself; the candidate's own try afterwards changes nothing; after
// the reconnection, also a broken one, the centre has one result.
func TestTimeUpWhileOffline(t *testing.T) {
	t.Parallel()
	h := apptest.New(t, 1)
	l := newLine(t, h.Time, h)
	h.Opened()
	p := h.Sit(0)
	require.NoError(t, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	_, err := p.Save("1", 1, "T")
	require.NoError(t, err)
	for range int(apptest.Minutes*time.Minute/(5*time.Second)) + 2 {
		h.Time.Advance(5 * time.Second)
		h.Attempts.Look(t.Context())
	}
	a := p.Attempt()
	require.Equal(t, attempt.Handed, a.State, "with no line to anybody")
	require.Equal(t, attempt.ByTime, a.Handin.How)
	_, err = h.Attempts.HandInByCandidate(t.Context(), p.Ticket("late"), 9)
	require.Equal(t, "exam.attempt.handin.state", fault.From(err).Code)

	l.onTaken(func([]journal.Record) error { l.wan.HoldDown(true); return nil })
	l.connect()
	l.runClock(h.Time)
	l.wait("the centre has it", func() bool { return l.records() > 0 })
	require.Zero(t, h.Store.Acked(journal.LaneExam).Seq, "and the venue does not know")
	l.onTaken(nil)
	l.wan.Cut()
	l.wan.Heal()
	l.wan.HoldDown(false)
	l.whole()
	require.Equal(t, 1, l.count(`SELECT count(*) FROM exam_handin`))
	require.Equal(t, 1, l.count(`SELECT count(*) FROM exam_handin WHERE how = 'time' AND attempt = $1 AND answered = 1`, p.Session.Attempt))
	require.Zero(t, l.count(`SELECT count(*) FROM exam_anomaly WHERE code LIKE 'handin%'`))
	require.Zero(t, l.count(`SELECT count(*) FROM node_dead`))
}
