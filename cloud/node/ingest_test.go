package node

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/sm"
)

// chain makes n records that follow each other from the beginning.
func chain(n int, kinds ...string) []journal.Record {
	return after(journal.Position{}, n, kinds...)
}

func after(pos journal.Position, n int, kinds ...string) []journal.Record {
	recs := make([]journal.Record, n)
	for i := range recs {
		kind := kinds[min(i, len(kinds)-1)]
		at := newTime(int(pos.Seq))
		recs[i] = journal.Next(pos.Hash, pos.Seq+1, at, kind, "s-1", []byte(`{"n":`+strconv.Itoa(i)+`}`))
		pos = recs[i].Position()
	}
	return recs
}

// field is an enrolled node that can send batches.
type field struct {
	*world
	node Node
	key  *sm.SoftKey
}

func newField(t *testing.T) field {
	t.Helper()
	w := newWorld(t)
	n, key := w.enrolled(t)
	return field{w, n, key}
}

// send ships records as the node would, through the encoded frame.
func (f field) send(t *testing.T, recs []journal.Record, prev journal.Position) (*link.Ack, error) {
	t.Helper()
	acks, err := f.Ingest(t.Context(), f.node.ID, journal.LaneExam, f.batch(t, recs, prev))
	if err != nil {
		return nil, err
	}
	return acks[0], nil
}

// batch is records as the node would ship them.
func (f field) batch(t *testing.T, recs []journal.Record, prev journal.Position) *link.Batch {
	t.Helper()
	cp := journal.Checkpoint{Node: f.node.ID, Lane: journal.LaneExam, Position: recs[len(recs)-1].Position()}
	require.NoError(t, cp.Sign(f.key, f.now))
	return &link.Batch{Lane: journal.LaneExam, Prev: prev, Records: recs, Checkpoint: cp}
}

func before(recs []journal.Record, i int) journal.Position {
	if i == 0 {
		return journal.Position{}
	}
	return recs[i-1].Position()
}

// TestWhatWasTakenInCanBeProved: the signature, verified at the door, is kept
// so that it can be verified again.
func TestWhatWasTakenInCanBeProved(t *testing.T) {
	t.Parallel()
	w := newField(t)
	recs := chain(proveStep+10, "ok")
	for from := 0; from < len(recs); from += 150 {
		_, err := w.send(t, recs[from:min(from+150, len(recs))], before(recs, from))
		require.NoError(t, err)
	}
	seen := 0
	prove := func() Proof {
		var p Proof
		require.NoError(t, w.DB.InTx(t.Context(), func(tx pgx.Tx) (err error) {
			seen = 0
			p, err = w.Prove(t.Context(), tx, w.node.ID, func(journal.Record) error { seen++; return nil })
			return err
		}))
		return p
	}
	require.Equal(t, Proof{Records: proveStep + 10, Signed: proveStep + 10}, prove())
	require.Equal(t, proveStep+10, seen)
	_, err := w.DB.Exec(t.Context(), `UPDATE node_record SET subject = 's-2' WHERE seq = 1005`)
	require.NoError(t, err)
	require.Equal(t, "考场日志第 1005 条与日志链不符，被改动或对调过", prove().Problem)
	require.Equal(t, 1004, seen, "nothing after it is shown")
}

func TestIngestTakesEachRecordOnce(t *testing.T) {
	t.Parallel()
	w := newField(t)
	recs := chain(10, "ok")
	steps := []struct {
		name     string
		from, to int
		through  uint64
		gap      bool
	}{
		{"the first four", 0, 4, 4, false},
		{"the same again", 0, 4, 4, false},
		{"a part of them", 1, 3, 4, false},
		{"with a hole", 6, 10, 4, true},
		{"overlapping", 2, 8, 8, false},
		{"the rest", 8, 10, 10, false},
		{"everything", 0, 10, 10, false},
	}
	for _, s := range steps {
		ack, err := w.send(t, recs[s.from:s.to], before(recs, s.from))
		require.NoError(t, err, s.name)
		require.Equal(t, s.through, ack.Through, s.name)
		require.Equal(t, recs[s.through-1].Hash, ack.Hash, s.name)
		require.Equal(t, s.gap, ack.Status == link.StatusGap, s.name)
	}
	require.Equal(t, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, w.ledger.seen)
}

func TestBatchesThatWaitTogetherAreStoredTogether(t *testing.T) {
	t.Parallel()
	w := newField(t)
	recs := chain(10, "ok")
	var batches []*link.Batch
	for _, part := range [][2]int{{0, 4}, {0, 4}, {6, 10}, {2, 6}, {5, 8}} { // twice, too early, overlapping
		batches = append(batches, w.batch(t, recs[part[0]:part[1]], before(recs, part[0])))
	}
	acks, err := w.Ingest(t.Context(), w.node.ID, journal.LaneExam, batches...)
	require.NoError(t, err)
	var through []uint64
	for _, a := range acks {
		through = append(through, a.Through)
	}
	require.Equal(t, []uint64{4, 4, 4, 6, 8}, through)
	require.Equal(t, link.StatusGap, acks[2].Status)
	require.Equal(t, []uint64{1, 2, 3, 4, 5, 6, 7, 8}, w.ledger.seen)

	forged := after(recs[7].Position(), 2, "other")
	acks, err = w.Ingest(t.Context(), w.node.ID, journal.LaneExam, w.batch(t, recs[8:9], recs[7].Position()),
		w.batch(t, forged, recs[7].Position()), w.batch(t, recs[9:], recs[8].Position()))
	require.NoError(t, err)
	require.Len(t, acks, 2, "nothing after a contradiction is answered")
	require.Equal(t, link.StatusOK, acks[0].Status)
	require.Equal(t, link.StatusFork, acks[1].Status)
	require.Equal(t, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9}, w.ledger.seen, "what came before it counts")
	n, err := getNode(t.Context(), w.DB, getNodeSQL, w.node.ID)
	require.NoError(t, err)
	require.Equal(t, Quarantined, n.State)
}

func TestIngestFromManyCopiesAtOnce(t *testing.T) {
	t.Parallel()
	w := newField(t)
	recs := chain(200, "ok")
	var g errgroup.Group
	for range 8 {
		g.Go(func() error {
			for i := 0; i < len(recs); i += 20 {
				_, err := w.send(t, recs[i:i+20], before(recs, i))
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, g.Wait())
	var stored int
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT count(*) FROM node_record WHERE node = $1`, w.node.ID).Scan(&stored))
	require.Equal(t, 200, stored)
	require.Len(t, w.ledger.seen, 200, "applied once each")
}

func TestForkIsQuarantined(t *testing.T) {
	t.Parallel()
	w := newField(t)
	recs := chain(7, "ok")
	_, err := w.send(t, recs[:5], journal.Position{})
	require.NoError(t, err)
	ack, err := w.send(t, chain(6, "other"), journal.Position{})
	require.NoError(t, err)
	require.Equal(t, link.StatusFork, ack.Status)
	require.Equal(t, uint64(5), ack.Through)
	ack, err = w.send(t, recs[5:], before(recs, 5))
	require.NoError(t, err)
	require.Equal(t, link.StatusRefused, ack.Status, "nothing is applied until a person has looked")
	require.Contains(t, w.acts.seen, "node.quarantine")

	require.NoError(t, w.ChangeState(as("sec", PermState), w.node.ID, Active, "核对后恢复"))
	ack, err = w.send(t, recs[5:], before(recs, 5))
	require.NoError(t, err)
	require.Equal(t, uint64(7), ack.Through)
}

func TestForeignCheckpointIsRefused(t *testing.T) {
	t.Parallel()
	w := newField(t)
	stranger, err := sm.Generate()
	require.NoError(t, err)
	w.key = stranger
	ack, err := w.send(t, chain(2, "ok"), journal.Position{})
	require.NoError(t, err)
	require.Equal(t, link.StatusRefused, ack.Status)
	require.Empty(t, w.ledger.seen)
}

func TestBadRecordGoesToTheDeadLettersAndOthersGoOn(t *testing.T) {
	t.Parallel()
	w := newField(t)
	ack, err := w.send(t, chain(4, "ok", "ok", "bad", "ok"), journal.Position{})
	require.NoError(t, err)
	require.Equal(t, uint64(4), ack.Through)
	require.Equal(t, []uint64{1, 2, 4}, w.ledger.seen)
	dead, err := w.DeadLetters(as("anna", PermDead), true, page())
	require.NoError(t, err)
	require.Len(t, dead.Items, 1)
	require.Equal(t, int64(3), dead.Items[0].Seq)
	require.Equal(t, "test.bad", dead.Items[0].Code)
	require.NoError(t, w.SettleDead(as("anna", PermSettle), w.node.ID, journal.LaneExam, 3, "人工核对"))
	dead, err = w.DeadLetters(as("anna", PermDead), true, page())
	require.NoError(t, err)
	require.Empty(t, dead.Items)
}

// failing stands for a database that goes away in mid-batch.
type failing struct{}

func (failing) ApplyBatch(context.Context, pgx.Tx, string, []journal.Record) error {
	return errors.New("connection lost")
}

func TestDatabaseFailureAcknowledgesNothing(t *testing.T) {
	t.Parallel()
	w := newField(t)
	w.Appliers = []Applier{failing{}}
	_, err := w.send(t, chain(4, "ok"), journal.Position{})
	require.Error(t, err)
	w.Appliers = []Applier{w.ledger}
	ack, err := w.send(t, chain(4, "ok"), journal.Position{})
	require.NoError(t, err)
	require.Equal(t, uint64(4), ack.Through)
	require.Equal(t, []uint64{1, 2, 3, 4}, w.ledger.seen)
}

func TestOrdersAreAChainAndSealed(t *testing.T) {
	t.Parallel()
	w := newField(t)
	add := func(kind string) {
		require.NoError(t, w.DB.InTx(t.Context(), func(tx pgx.Tx) error {
			return w.Orders.Append(t.Context(), tx, w.node.ID, journal.LaneExam, kind, "s-1", map[string]string{"secret": "key-half"})
		}))
	}
	for range 5 {
		add("exam.key.release")
	}
	j := w.Orders.Journal(t.Context(), w.DB, w.node.ID, journal.LaneExam)
	recs, err := j.Read(1, 100, 1<<20)
	require.NoError(t, err)
	require.Len(t, recs, 5)
	require.JSONEq(t, `{"secret":"key-half"}`, string(recs[4].Body))
	some, err := j.Read(3, 2, 1<<20)
	require.NoError(t, err)
	require.Equal(t, uint64(3), some[0].Seq)
	require.Len(t, some, 2)
	head, err := j.Head()
	require.NoError(t, err)
	require.Equal(t, recs[4].Position(), head)

	var stored []byte
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT body FROM node_order WHERE seq = 1`).Scan(&stored))
	require.NotContains(t, string(stored), "key-half")

	require.NoError(t, w.Orders.Confirm(t.Context(), w.DB, w.node.ID, journal.LaneExam, 3))
	require.NoError(t, w.Orders.Confirm(t.Context(), w.DB, w.node.ID, journal.LaneExam, 2), "never back")
	require.NoError(t, w.Orders.Confirm(t.Context(), w.DB, w.node.ID, journal.LaneExam, 99), "never beyond the head")
	acked, err := w.Orders.Acked(t.Context(), w.DB, w.node.ID, journal.LaneExam)
	require.NoError(t, err)
	require.Equal(t, uint64(3), acked)

	// An order of a transaction that fails does not exist.
	boom := errors.New("boom")
	err = w.DB.InTx(t.Context(), func(tx pgx.Tx) error {
		require.NoError(t, w.Orders.Append(t.Context(), tx, w.node.ID, journal.LaneExam, "x", "s", 1))
		return boom
	})
	require.ErrorIs(t, err, boom)
	head, err = j.Head()
	require.NoError(t, err)
	require.Equal(t, uint64(5), head.Seq)
}

func newTime(i int) time.Time {
	return time.Date(2026, 11, 23, 9, 0, i, 0, time.UTC)
}

func page() db.Page { return db.Page{Page: 1, PageSize: 50} }
