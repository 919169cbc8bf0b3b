package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
)

const node = "venue-1"

func create(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, store.Create(dir, store.Identity{Node: node}))
	return dir
}

func open(t testing.TB, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir, store.Options{Node: node, Ballast: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func put(t testing.TB, s *store.Store, bucket, key, val string) {
	t.Helper()
	require.NoError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		tx.Put(bucket, key, []byte(val))
		return nil
	}))
}

func get(t testing.TB, s *store.Store, bucket, key string) string {
	t.Helper()
	var out []byte
	require.NoError(t, s.View(func(r store.Reader) error { out = r.Get(bucket, key); return nil }))
	return string(out)
}

func TestWhatIsSavedIsThereAfterOpeningAgain(t *testing.T) {
	t.Parallel()
	dir := create(t)
	s := open(t, dir)
	require.False(t, s.Health().WasClean && s.Health().Txn > 0)
	put(t, s, "b", "k", "v")
	require.NoError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		n, err := tx.Append(journal.LaneExam, "exam.answer", "s1", map[string]int{"a": 1})
		require.Equal(t, uint64(1), n)
		return err
	}))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "twice is once")
	require.True(t, fault.Is(s.Update(t.Context(), func(*store.Tx) error { return nil }), "store.closed"))
	require.True(t, fault.Is(s.View(func(store.Reader) error { return nil }), "store.closed"))

	again := open(t, dir)
	require.Equal(t, "v", get(t, again, "b", "k"))
	require.True(t, again.Health().WasClean)
	recs, err := again.Journal(journal.LaneExam).Read(1, 10, 1<<20)
	require.NoError(t, err)
	require.Len(t, recs, 1)
	require.JSONEq(t, `{"a":1}`, string(recs[0].Body))
}

func TestAFailingFunctionLeavesNothingAndHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	s := open(t, create(t))
	put(t, s, "b", "kept", "old")
	boom := errors.New("boom")
	bad := []func(tx *store.Tx) error{
		func(*store.Tx) error { return boom },
		func(*store.Tx) error { panic("boom") },
		func(tx *store.Tx) error { tx.Put(".acked", "x", nil); return nil },
		func(tx *store.Tx) error { _, err := tx.Append("exam", "", "", 1); return err },
	}
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			err := s.Update(context.Background(), func(tx *store.Tx) error {
				tx.Put("b", fmt.Sprint("k", i), []byte("v"))
				if i%2 == 1 {
					_, err := tx.Append(journal.LaneExam, "k", "", i)
					return err
				}
				tx.Put("b", "kept", []byte("new"))
				tx.Delete("b", "kept")
				if _, err := tx.Append(journal.LaneExam, "bad", "", i); err != nil {
					return err
				}
				return bad[i/2%len(bad)](tx)
			})
			if (err == nil) != (i%2 == 1) {
				t.Errorf("%d: %v", i, err)
			}
		})
	}
	wg.Wait()
	require.Equal(t, "old", get(t, s, "b", "kept"))
	require.NoError(t, s.View(func(r store.Reader) error {
		n := 0
		return errors.Join(r.Scan("b", "k", func(key string, val []byte) error {
			n++
			return nil
		}), func() error { require.Equal(t, 101, n); return nil }())
	}))
	recs, err := s.Journal(journal.LaneExam).Read(1, 1000, 1<<20)
	require.NoError(t, err)
	require.Len(t, recs, 100)
	for _, r := range recs {
		require.Equal(t, "k", r.Kind)
	}
}

func TestATransactionSeesItselfAndThoseBefore(t *testing.T) {
	t.Parallel()
	s := open(t, create(t))
	for _, k := range []string{"a1", "a3", "b1"} {
		put(t, s, "b", k, "base")
	}
	require.NoError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		tx.Put("b", "a2", []byte("own"))
		tx.Put("b", "a3", []byte("over"))
		tx.Delete("b", "a1")
		tx.Put("b", "a9", []byte("own"))
		require.Nil(t, tx.Get("b", "a1"))
		require.Equal(t, "over", string(tx.Get("b", "a3")))
		require.Equal(t, "base", string(tx.Get("b", "b1")))
		var got []string
		err := tx.Scan("b", "a", func(k string, v []byte) error { got = append(got, k+"="+string(v)); return nil })
		require.Equal(t, []string{"a2=own", "a3=over", "a9=own"}, got)
		return err
	}))
	all, err := list(s, "b", "")
	require.NoError(t, err)
	require.Equal(t, []string{"a2=own", "a3=over", "a9=own", "b1=base"}, all)
}

func list(s *store.Store, bucket, prefix string) (out []string, err error) {
	err = s.View(func(r store.Reader) error {
		return r.Scan(bucket, prefix, func(k string, v []byte) error { out = append(out, k+"="+string(v)); return nil })
	})
	return out, err
}

func TestACancelledContext(t *testing.T) {
	t.Parallel()
	s := open(t, create(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		err := s.Update(ctx, func(tx *store.Tx) error { tx.Put("b", "k", []byte("v")); return nil })
		if err == nil { // submitted and committed before anybody looked: then it must be there
			require.Equal(t, "v", get(t, s, "b", "k"))
			return
		}
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Empty(t, get(t, s, "b", "k"))
}

func TestTypedValues(t *testing.T) {
	t.Parallel()
	type thing struct{ A, B int }
	s := open(t, create(t))
	require.NoError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(store.Save(tx, "t", "1", thing{1, 2}), store.Save(tx, "t", "2", thing{3, 4}))
	}))
	require.NoError(t, s.View(func(r store.Reader) error {
		v, ok, err := store.Load[thing](r, "t", "2")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, thing{3, 4}, v)
		_, ok, err = store.Load[thing](r, "t", "3")
		require.NoError(t, err)
		require.False(t, ok)
		all, err := store.All[thing](r, "t", "")
		require.Equal(t, []thing{{1, 2}, {3, 4}}, all)
		none, err2 := store.All[thing](r, "nothing", "")
		require.NotNil(t, none)
		return errors.Join(err, err2)
	}))
}

func TestAckedMovesOnlyToWhatIsInTheJournal(t *testing.T) {
	t.Parallel()
	dir := create(t)
	s := open(t, dir)
	for i := range 5 {
		require.NoError(t, s.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Append(journal.LaneExam, "k", "", i)
			return err
		}))
	}
	recs, err := s.Journal(journal.LaneExam).Read(1, 10, 1<<20)
	require.NoError(t, err)
	require.Zero(t, s.Acked(journal.LaneExam))
	require.NoError(t, s.SetAcked(t.Context(), journal.LaneExam, recs[3].Position()))
	require.Equal(t, recs[3].Position(), s.Acked(journal.LaneExam))
	wrong := recs[4].Position()
	wrong.Hash[0] ^= 1
	require.True(t, fault.Is(s.SetAcked(t.Context(), journal.LaneExam, wrong), "store.ack.fork"))
	beyond := journal.Position{Seq: 6, Hash: wrong.Hash}
	require.True(t, fault.Is(s.SetAcked(t.Context(), journal.LaneExam, beyond), "store.ack.fork"))
	require.NoError(t, s.SetAcked(t.Context(), journal.LaneExam, recs[1].Position()), "a restored cloud asks again")
	require.NoError(t, s.Close())
	require.Equal(t, recs[1].Position(), open(t, dir).Acked(journal.LaneExam))
}

func TestTryTakesBackOnlyItsOwn(t *testing.T) {
	t.Parallel()
	s := open(t, create(t))
	put(t, s, "b", "old", "1")
	require.NoError(t, s.Update(t.Context(), func(tx *store.Tx) error {
		tx.Put("b", "outer", []byte("1"))
		err := tx.Try(func(tx *store.Tx) error {
			tx.Put("b", "inner", []byte("1"))
			tx.Delete("b", "old")
			tx.Put("b", "outer", []byte("2"))
			require.Equal(t, "2", string(tx.Get("b", "outer")))
			_, err := tx.Append(journal.LaneExam, "bad", "", 1)
			return errors.Join(err, errors.New("boom"))
		})
		require.ErrorContains(t, err, "boom")
		require.ErrorContains(t, tx.Try(func(*store.Tx) error { panic("boom") }), "store.update.panic")
		require.NoError(t, tx.Try(func(tx *store.Tx) error {
			require.Equal(t, "1", string(tx.Get("b", "outer")))
			tx.Put("b", "good", []byte("1"))
			_, err := tx.Append(journal.LaneExam, "good", "", 1)
			return err
		}))
		n, err := tx.Append(journal.LaneExam, "good", "", 2)
		require.Equal(t, uint64(2), n)
		return err
	}))
	all, err := list(s, "b", "")
	require.NoError(t, err)
	require.Equal(t, []string{"good=1", "old=1", "outer=1"}, all)
}

func TestChangedAnnouncesCommits(t *testing.T) {
	t.Parallel()
	s := open(t, create(t))
	c := s.Changed()
	select {
	case <-c:
		t.Fatal("nothing has changed yet")
	default:
	}
	put(t, s, "b", "k", "v")
	<-c
}

func TestManyLargeUpdatesAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t, create(t))
	big := make([]byte, 1<<20)
	var wg sync.WaitGroup
	for i := range 30 {
		wg.Go(func() {
			err := s.Update(context.Background(), func(tx *store.Tx) error {
				tx.Put("big", fmt.Sprint(i), big)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, err := list(s, "big", "")
	require.NoError(t, err)
	require.Len(t, all, 30)
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		for i := range 20 {
			tx.Put("big", fmt.Sprint(i), big)
		}
		return nil
	})
	require.True(t, fault.Is(err, "store.update.size"), "%v", err)
	put(t, s, "b", "k", "v")
}
