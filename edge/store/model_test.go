package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/clock"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

// model is the plain idea of a store: a map, and a list of subjects per lane.
type model struct {
	vals  map[string]string
	lanes map[string][]string
}

func (m model) clone() model {
	c := model{vals: maps.Clone(m.vals), lanes: map[string][]string{}}
	for k, v := range m.lanes {
		c.lanes[k] = append([]string{}, v...)
	}
	return c
}

// Random transactions, savepoints, failures and restarts against the model.
func TestAgainstAModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(memory(t), "m")
		require.NoError(rt, err)
		defer os.RemoveAll(dir)
		require.NoError(rt, store.Create(dir, store.Identity{Node: node}))
		opts := store.Options{Node: node, Ballast: -1, SegmentSize: 4 << 10}
		s, err := store.Open(dir, opts)
		require.NoError(rt, err)
		defer func() { _ = s.Close() }()
		m := model{vals: map[string]string{}, lanes: map[string][]string{}}
		rt.Repeat(map[string]func(*rapid.T){
			"update": func(rt *rapid.T) { update(rt, s, &m) },
			"reopen": func(rt *rapid.T) {
				require.NoError(rt, s.Close())
				switch rapid.IntRange(0, 9).Draw(rt, "first") {
				case 0:
					require.NoError(rt, os.Remove(file(dir)))
					fallthrough
				case 1:
					rep, err := store.Restore(dir, store.RestoreOptions{})
					require.NoError(rt, err)
					require.True(rt, rep.OK(), "%+v", rep)
				}
				s, err = store.Open(dir, opts)
				require.NoError(rt, err)
			},
			"update more": func(rt *rapid.T) { update(rt, s, &m) },
			"":            func(rt *rapid.T) { same(rt, s, m) },
		})
	})
}

func update(rt *rapid.T, s *store.Store, m *model) {
	next := m.clone()
	fail := rapid.IntRange(0, 4).Draw(rt, "fail") == 0
	err := s.Update(context.Background(), func(tx *store.Tx) error {
		some(rt, tx, &next, 2)
		if fail {
			return errors.New("boom")
		}
		return nil
	})
	require.Equal(rt, fail, err != nil)
	if !fail {
		*m = next
	}
}

// memory is a folder whose syncs cost nothing, where the machine has one; what
// a sync is worth, the crash test looks at.
func memory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "store")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// some does a few random things in a transaction and in the model.
func some(rt *rapid.T, tx *store.Tx, m *model, depth int) {
	key := rapid.SampledFrom([]string{"a", "ab", "b", "ba", "c"})
	for range rapid.IntRange(0, 4).Draw(rt, "ops") {
		switch rapid.IntRange(0, 4).Draw(rt, "op") {
		case 0, 1:
			k, v := key.Draw(rt, "key"), rapid.StringN(0, 40, -1).Draw(rt, "val")
			tx.Put("b", k, []byte(v))
			m.vals[k] = v
		case 2:
			k := key.Draw(rt, "key")
			tx.Delete("b", k)
			delete(m.vals, k)
		case 3:
			lane := rapid.SampledFrom(journal.Lanes()).Draw(rt, "lane")
			subject := rapid.StringMatching("[a-z]{1,9}").Draw(rt, "subject")
			seq, err := tx.Append(lane, "k", subject, len(subject))
			require.NoError(rt, err)
			m.lanes[lane] = append(m.lanes[lane], subject)
			require.Equal(rt, uint64(len(m.lanes[lane])), seq)
		case 4:
			if depth == 0 {
				continue
			}
			inner, fail := m.clone(), rapid.Bool().Draw(rt, "take back")
			err := tx.Try(func(tx *store.Tx) error {
				some(rt, tx, &inner, depth-1)
				if fail {
					return errors.New("boom")
				}
				return nil
			})
			require.Equal(rt, fail, err != nil)
			if !fail {
				*m = inner
			}
		}
		seen(rt, tx, *m)
	}
}

func seen(rt *rapid.T, r store.Reader, m model) {
	got := map[string]string{}
	last := ""
	require.NoError(rt, r.Scan("b", "", func(k string, v []byte) error {
		require.Greater(rt, k, last, "in order, each once")
		last = k
		got[k] = string(v)
		require.Equal(rt, string(v), string(r.Get("b", k)))
		return nil
	}))
	require.Equal(rt, m.vals, got)
}

func same(rt *rapid.T, s *store.Store, m model) {
	require.NoError(rt, s.View(func(r store.Reader) error { seen(rt, r, m); return nil }))
	for lane, want := range m.lanes {
		recs, err := s.Journal(lane).Read(1, 1<<20, 1<<30)
		require.NoError(rt, err)
		got := make([]string, 0, len(recs))
		for _, r := range recs {
			got = append(got, r.Subject)
		}
		require.Equal(rt, want, got)
	}
}

// A week after everything was acknowledged, records and segments go, a snapshot
// stands in for them, and the store can still be rebuilt.
func TestWhatIsOldAndAcknowledgedGoes(t *testing.T) {
	t.Parallel()
	dir := create(t)
	ck := clock.NewTest(time.Now())
	opts := store.Options{Node: node, Ballast: -1, SegmentSize: 256 << 10, Clock: ck}
	s, err := store.Open(dir, opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	for i := range 50 {
		require.NoError(t, s.Update(t.Context(), func(tx *store.Tx) error {
			for j := range 100 {
				tx.Put("b", fmt.Sprintf("k%06d", i*100+j), []byte("v"))
				if _, err := tx.Append(journal.LaneExam, "k", "", i*100+j); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	minute := func() {
		c := s.Changed()
		ck.Advance(time.Minute)
		<-c
	}
	exam := s.Journal(journal.LaneExam)
	head, err := exam.Head()
	require.NoError(t, err)
	ck.Advance(8 * 24 * time.Hour)
	minute()
	require.FileExists(t, segment(dir, 1), "not acknowledged")
	_, err = exam.Read(1, 1, 1)
	require.NoError(t, err)

	require.NoError(t, s.SetAcked(t.Context(), journal.LaneExam, head))
	require.Eventually(t, func() bool {
		minute()
		_, err := os.Stat(segment(dir, 1))
		return os.IsNotExist(err)
	}, patient, 10*time.Millisecond)
	_, err = exam.Read(1, 1, 1)
	require.True(t, fault.Is(err, "journal.trimmed"), "%v", err)
	recs, err := exam.Read(4097, 1<<20, 1<<30)
	require.NoError(t, err)
	require.Len(t, recs, 5000-4096)
	put(t, s, "b", "after", "v")
	require.NoError(t, s.Close())

	require.NoError(t, os.Truncate(file(dir), 0))
	rep, err := store.Restore(dir, store.RestoreOptions{})
	require.NoError(t, err)
	require.True(t, rep.OK(), "%+v", rep)
	again := open(t, dir)
	n := 0
	require.NoError(t, again.View(func(r store.Reader) error {
		require.Equal(t, "v", string(r.Get("b", "after")))
		return r.Scan("b", "", func(string, []byte) error { n++; return nil })
	}))
	require.Equal(t, 5001, n)
	got, err := again.Journal(journal.LaneExam).Head()
	require.NoError(t, err)
	require.Equal(t, head, got)
}

// A value damaged while the store serves is refused on reading, is reported,
// and hurts nobody else.
func TestADamagedValueIsRefusedOnReading(t *testing.T) {
	t.Parallel()
	dir, _ := filled(t, 300)
	db, err := bbolt.Open(file(dir), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("k/b"))
		v := append([]byte{}, b.Get([]byte("k000100"))...)
		v[20] ^= 4
		return b.Put([]byte("k000100"), v)
	}))
	require.NoError(t, db.Close())
	_, err = store.Open(dir, store.Options{Node: node, Ballast: -1})
	require.True(t, fault.Is(err, "store.corrupt"), "found before serving: %v", err)

	s, err := store.Open(dir, store.Options{Node: node, Ballast: -1, VerifyLimit: 1}) // as if it were large
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	var got []byte
	err = s.View(func(r store.Reader) error { got = r.Get("b", "k000100"); return nil })
	require.True(t, fault.Is(err, "store.corrupt"), "%v", err)
	require.Nil(t, got)
	err = s.View(func(r store.Reader) error { return r.Scan("b", "", func(string, []byte) error { return nil }) })
	require.True(t, fault.Is(err, "store.corrupt"), "%v", err)
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		if tx.Get("b", "k000100") == nil {
			tx.Put("b", "k000100", []byte("taken for absent"))
		}
		return nil
	})
	require.True(t, fault.Is(err, "store.corrupt"), "%v", err)
	require.NotEmpty(t, get(t, s, "b", "k000101"))
	put(t, s, "b", "new", "v")
	require.Eventually(t, func() bool { return s.Health().Corrupt > 0 }, patient, time.Millisecond)
	require.NotEmpty(t, s.Health().LastDamage)
}

// A key that vanished has no record hash of its own to miss it; the running
// checksum of its bucket does.
func TestAVanishedValueStopsALargeStore(t *testing.T) {
	t.Parallel()
	dir, model := filled(t, 300)
	db, err := bbolt.Open(file(dir), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("k/b")).Delete([]byte("k000100")) }))
	require.NoError(t, db.Close())
	s, err := store.Open(dir, store.Options{Node: node, Ballast: -1, VerifyLimit: 1})
	require.NoError(t, err, "large stores are verified while they serve")
	require.Eventually(t, func() bool { return s.Health().State == "stopped" }, patient, time.Millisecond)
	require.Equal(t, "store.corrupt", s.Health().Fault.Code)
	require.NoError(t, s.Close())
	rep, err := store.Restore(dir, store.RestoreOptions{})
	require.NoError(t, err)
	require.True(t, rep.OK())
	holds(t, open(t, dir), model)
	kept, err := filepath.Glob(filepath.Join(dir, "damaged", "*", "store.db"))
	require.NoError(t, err)
	require.Len(t, kept, 1, "what was replaced is kept")
}
