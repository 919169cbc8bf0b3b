package boltjournal_test

import (
	"encoding/binary"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/journal/boltjournal"
	"huyun.internal/protocol/journal/journaltest"
	"huyun.internal/protocol/sm"
)

// subject gives every call a transaction of its own.
type subject struct {
	db   *bbolt.DB
	lane string
}

func open(t *testing.T) *subject {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "j.db"), 0o600, &bbolt.Options{NoSync: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return &subject{db: db, lane: journal.LaneExam}
}

func (s *subject) Head() (p journal.Position, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error { p, err = boltjournal.Open(tx, s.lane).Head(); return err })
	return p, err
}

func (s *subject) Read(from uint64, n, size int) (recs []journal.Record, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		recs, err = boltjournal.Open(tx, s.lane).Read(from, n, size)
		return err
	})
	return recs, err
}

func (s *subject) HashAt(seq uint64) (d sm.Digest, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error { d, err = boltjournal.Open(tx, s.lane).HashAt(seq); return err })
	return d, err
}

func (s *subject) change(f func(j *boltjournal.Journal) error) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		j, err := boltjournal.Create(tx, s.lane)
		if err != nil {
			return err
		}
		return f(j)
	})
}

func (s *subject) Add(at time.Time, kind, subj string, body []byte) (r journal.Record, err error) {
	err = s.change(func(j *boltjournal.Journal) error { r, err = j.Append(at, kind, subj, body); return err })
	return r, err
}

func TestExercise(t *testing.T) {
	t.Parallel()
	journaltest.Exercise(t, func(t *testing.T) journaltest.Subject { return open(t) })
}

func TestLanesAreApart(t *testing.T) {
	t.Parallel()
	s := open(t)
	journaltest.Fill(t, s, 3)
	rest := &subject{db: s.db, lane: journal.LaneRest}
	head, err := rest.Head()
	require.NoError(t, err)
	require.Zero(t, head)
}

func bulk(t *testing.T, s *subject, n int, at time.Time) []journal.Record {
	var recs []journal.Record
	require.NoError(t, s.change(func(j *boltjournal.Journal) error {
		for range n {
			r, err := j.Append(at, "k", "", []byte("{}"))
			if err != nil {
				return err
			}
			recs = append(recs, r)
		}
		return nil
	}))
	return recs
}

func TestTrimKeepsWhatIsYoungOrNotAcknowledged(t *testing.T) {
	t.Parallel()
	s := open(t)
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	recs := bulk(t, s, 4096, day)
	recs = append(recs, bulk(t, s, 5000, day.Add(48*time.Hour))...)
	trim := func(through uint64, before time.Time) (n int) {
		require.NoError(t, s.change(func(j *boltjournal.Journal) (err error) { n, err = j.Trim(through, before); return err }))
		return n
	}
	require.Zero(t, trim(4095, day.Add(time.Hour)), "not acknowledged to the chunk's end")
	require.Zero(t, trim(9000, day), "too young")
	require.Equal(t, 4096, trim(9000, day.Add(time.Hour)), "only the old chunk")
	require.Zero(t, trim(9000, day.Add(time.Hour)), "nothing twice")

	h, err := s.HashAt(4096)
	require.NoError(t, err)
	require.Equal(t, recs[4095].Hash, h, "the base still proves the chain")
	_, err = s.Read(4096, 1, 1)
	require.True(t, fault.Is(err, "journal.trimmed"), "%v", err)
	_, err = s.HashAt(1)
	require.True(t, fault.Is(err, "journal.trimmed"))
	got, err := s.Read(4097, 10000, 1<<30)
	require.NoError(t, err)
	require.Equal(t, recs[4096:], got)

	require.Equal(t, 4096, trim(9096, day.Add(72*time.Hour)))
	head, err := s.Head()
	require.NoError(t, err)
	require.Equal(t, recs[9095].Position(), head)
	after := bulk(t, s, 1, day)
	require.Equal(t, uint64(9097), after[0].Seq)
}

func TestTrimOfEverythingKeepsTheHead(t *testing.T) {
	t.Parallel()
	s := open(t)
	recs := bulk(t, s, 4096, time.Unix(0, 0))
	require.NoError(t, s.change(func(j *boltjournal.Journal) error { _, err := j.Trim(4096, time.Now()); return err }))
	head, err := s.Head()
	require.NoError(t, err)
	require.Equal(t, recs[4095].Position(), head)
	require.Equal(t, uint64(4097), bulk(t, s, 1, time.Now())[0].Seq)
}

func TestDamageIsNeverServed(t *testing.T) {
	t.Parallel()
	damage := map[string]func(chunk *bbolt.Bucket, key []byte) error{
		"flipped bit": func(c *bbolt.Bucket, key []byte) error {
			v := append([]byte{}, c.Get(key)...)
			v[40] ^= 1
			return c.Put(key, v)
		},
		"cut":     func(c *bbolt.Bucket, key []byte) error { return c.Put(key, c.Get(key)[:20]) },
		"missing": func(c *bbolt.Bucket, key []byte) error { return c.Delete(key) },
		"swapped": func(c *bbolt.Bucket, key []byte) error {
			return c.Put(key, append([]byte{}, c.Get(binary.BigEndian.AppendUint64(nil, 2))...))
		},
	}
	for name, f := range damage {
		for _, seq := range []uint64{1, 5, 10} {
			s := open(t)
			recs := journaltest.Fill(t, s, 10)
			require.NoError(t, s.db.Update(func(tx *bbolt.Tx) error {
				c := tx.Bucket([]byte("journal/exam")).Bucket(make([]byte, 8))
				return f(c, binary.BigEndian.AppendUint64(nil, seq))
			}))
			var got []journal.Record
			var err error
			for from := uint64(1); err == nil && from <= 10; {
				var part []journal.Record
				part, err = s.Read(from, 3, 1<<20)
				if len(part) == 0 {
					break
				}
				got = append(got, part...)
				from += uint64(len(part))
			}
			if len(got) > 0 {
				require.Equal(t, recs[:len(got)], got, "%s of %d: only true records", name, seq)
			}
			if name != "missing" || seq != 10 { // a lost last record shows as a lower head; the edge's marker finds that
				require.Error(t, err, "%s of %d", name, seq)
			}
		}
	}
}
