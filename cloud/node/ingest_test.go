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

func TestIngestTakesEachRecordOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.enrolled(t)
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
		v, err := w.Ingest(t.Context(), n, journal.LaneExam, recs[s.from:s.to], journal.Checkpoint{})
		require.NoError(t, err, s.name)
		require.Equal(t, s.through, v.Position.Seq, s.name)
		require.Equal(t, recs[s.through-1].Hash, v.Position.Hash, s.name)
		require.Equal(t, s.gap, v.Gap, s.name)
	}
	require.Equal(t, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, w.ledger.seen)
}

func TestIngestFromManyCopiesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.enrolled(t)
	recs := chain(200, "ok")
	var g errgroup.Group
	for range 8 {
		g.Go(func() error {
			for i := 0; i < len(recs); i += 20 {
				_, err := w.Ingest(t.Context(), n, journal.LaneExam, recs[i:i+20], journal.Checkpoint{})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, g.Wait())
	var stored int
	require.NoError(t, w.DB.QueryRow(t.Context(), `SELECT count(*) FROM node_record WHERE node = $1`, n.ID).Scan(&stored))
	require.Equal(t, 200, stored)
	require.Len(t, w.ledger.seen, 200, "applied once each")
}

func TestForkIsQuarantined(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.enrolled(t)
	_, err := w.Ingest(t.Context(), n, journal.LaneExam, chain(5, "ok"), journal.Checkpoint{})
	require.NoError(t, err)
	v, err := w.Ingest(t.Context(), n, journal.LaneExam, chain(6, "other"), journal.Checkpoint{})
	require.NoError(t, err)
	require.True(t, v.Fork)
	require.Equal(t, uint64(5), v.Position.Seq)
	held, err := w.Ingest(t.Context(), n, journal.LaneExam, after(chain(5, "ok")[4].Position(), 1, "ok"), journal.Checkpoint{})
	require.NoError(t, err)
	require.True(t, held.Held, "nothing is applied until a person has looked")
	require.Contains(t, w.acts.seen, "node.quarantine")

	require.NoError(t, w.ChangeState(as("sec", PermState), n.ID, Active, "核对后恢复"))
	free, err := w.Ingest(t.Context(), n, journal.LaneExam, after(chain(5, "ok")[4].Position(), 1, "ok"), journal.Checkpoint{})
	require.NoError(t, err)
	require.Equal(t, uint64(6), free.Position.Seq)
}

func TestBrokenChainIsAFork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.enrolled(t)
	recs := chain(5, "ok")
	recs[3].Body = []byte(`{"n":99}`)
	v, err := w.Ingest(t.Context(), n, journal.LaneExam, recs, journal.Checkpoint{})
	require.NoError(t, err)
	require.True(t, v.Fork)
	require.Empty(t, w.ledger.seen)
}

func TestBadRecordGoesToTheDeadLettersAndOthersGoOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.enrolled(t)
	v, err := w.Ingest(t.Context(), n, journal.LaneExam, chain(4, "ok", "ok", "bad", "ok"), journal.Checkpoint{})
	require.NoError(t, err)
	require.Equal(t, uint64(4), v.Position.Seq)
	require.Equal(t, []uint64{1, 2, 4}, w.ledger.seen)
	dead, err := w.DeadLetters(as("anna", PermDead), true, page())
	require.NoError(t, err)
	require.Len(t, dead.Items, 1)
	require.Equal(t, int64(3), dead.Items[0].Seq)
	require.Equal(t, "test.bad", dead.Items[0].Code)
	require.NoError(t, w.SettleDead(as("anna", PermSettle), n.ID, journal.LaneExam, 3, "人工核对"))
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
	w := newWorld(t)
	n, _ := w.enrolled(t)
	w.Appliers = []Applier{failing{}}
	_, err := w.Ingest(t.Context(), n, journal.LaneExam, chain(4, "ok"), journal.Checkpoint{})
	require.Error(t, err)
	w.Appliers = []Applier{w.ledger}
	v, err := w.Ingest(t.Context(), n, journal.LaneExam, chain(4, "ok"), journal.Checkpoint{})
	require.NoError(t, err)
	require.Equal(t, uint64(4), v.Position.Seq)
	require.Equal(t, []uint64{1, 2, 3, 4}, w.ledger.seen)
}

func TestOrdersAreAChainAndSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, _ := w.enrolled(t)
	add := func(kind string) {
		require.NoError(t, w.DB.InTx(t.Context(), func(tx pgx.Tx) error {
			return w.Orders.Append(t.Context(), tx, n.ID, journal.LaneExam, kind, "s-1", map[string]string{"secret": "key-half"})
		}))
	}
	for range 5 {
		add("exam.key.release")
	}
	j := w.Orders.Journal(t.Context(), w.DB, n.ID, journal.LaneExam)
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

	require.NoError(t, w.Orders.Confirm(t.Context(), w.DB, n.ID, journal.LaneExam, 3))
	require.NoError(t, w.Orders.Confirm(t.Context(), w.DB, n.ID, journal.LaneExam, 2), "never back")
	require.NoError(t, w.Orders.Confirm(t.Context(), w.DB, n.ID, journal.LaneExam, 99), "never beyond the head")
	acked, err := w.Orders.Acked(t.Context(), w.DB, n.ID, journal.LaneExam)
	require.NoError(t, err)
	require.Equal(t, uint64(3), acked)

	// An order of a transaction that fails does not exist.
	boom := errors.New("boom")
	err = w.DB.InTx(t.Context(), func(tx pgx.Tx) error {
		require.NoError(t, w.Orders.Append(t.Context(), tx, n.ID, journal.LaneExam, "x", "s", 1))
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
