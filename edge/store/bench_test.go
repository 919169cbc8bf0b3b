package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/journal"
)

// answer is what one save writes: the answer, its place in the journal, and the
// session's counter; about what an exam's save writes.
const answer = `{"sitting":"0198f0c2-6f0a-7c11-9d61-0a1b2c3d4e5f","attempt":"0198f0c2-6f0a-7c11-9d61-aaaaaaaaaaaa","item":"57","revision":3,"choice":["A","C"],"fence":1,"counter":171,"elapsed_ms":1234567}`

// raw is the yardstick (performance.md C.1): one goroutine, drain a channel,
// one bbolt Update for all; no hash, no chain, no second copy.
type raw struct {
	db  *bbolt.DB
	ops chan rawOp
}

type rawOp struct {
	key  []byte
	done chan error
}

func newRaw(b *testing.B) *raw {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "raw.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType, InitialMmapSize: 1 << 30})
	require.NoError(b, err)
	r := &raw{db: db, ops: make(chan rawOp, 1024)}
	go func() {
		for first := range r.ops {
			group := []rawOp{first}
			for len(r.ops) > 0 && len(group) < 1024 {
				group = append(group, <-r.ops)
			}
			err := db.Update(func(tx *bbolt.Tx) error {
				bk, err := tx.CreateBucketIfNotExists([]byte("b"))
				for _, o := range group {
					if err == nil {
						err = bk.Put(o.key, []byte(answer))
					}
				}
				return err
			})
			for _, o := range group {
				o.done <- err
			}
		}
	}()
	b.Cleanup(func() { close(r.ops); _ = db.Close() })
	return r
}

func (r *raw) save(i int64) error {
	o := rawOp{key: fmt.Appendf(nil, "%012d", i), done: make(chan error, 1)}
	r.ops <- o
	return <-o.done
}

func saver(b *testing.B) func(i int64) error {
	s := open(b, create(b))
	return func(i int64) error {
		return s.Update(context.Background(), func(tx *store.Tx) error {
			tx.Put("answer", fmt.Sprintf("%012d", i), []byte(answer))
			_, err := tx.Append(journal.LaneExam, "exam.answer", "0198f0c2-6f0a-7c11-9d61-0a1b2c3d4e5f", []byte(answer))
			return err
		})
	}
}

// drive makes n saves from g goroutines and returns how long it took.
func drive(b *testing.B, g, n int, next *atomic.Int64, save func(int64) error) time.Duration {
	began := time.Now()
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(n))
	for range g {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := save(next.Add(1)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

// BenchmarkUpdate runs ours and the yardstick in turns and reports the ratio of
// their rates (J1 asks for 0.7 in process at 64).
func BenchmarkUpdate(b *testing.B) {
	for _, g := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("g=%d", g), func(b *testing.B) {
			ours, yard := saver(b), newRaw(b).save
			var a, c atomic.Int64
			drive(b, g, 200, &a, ours)
			drive(b, g, 200, &c, yard)
			var tOurs, tYard time.Duration
			b.ResetTimer()
			const rounds = 10
			for range rounds {
				n := max(b.N/rounds, g)
				tOurs += drive(b, g, n, &a, ours)
				tYard += drive(b, g, n, &c, yard)
			}
			b.ReportMetric(float64(tYard)/float64(tOurs), "ratio")
			b.ReportMetric(float64(a.Load()-200)/tOurs.Seconds(), "saves/s")
			b.ReportMetric(float64(c.Load()-200)/tYard.Seconds(), "yardstick/s")
		})
	}
}

// BenchmarkOpen is J10: opening and reading the outbox's head against bolt.Open
// and one seek on the same file, for stores of growing size. Beyond VerifyLimit
// the whole is verified in the background.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("answers=%d", n), func(b *testing.B) {
			dir := create(b)
			s := open(b, dir)
			for i := 0; i < n; i += 1000 {
				require.NoError(b, s.Update(b.Context(), func(tx *store.Tx) error {
					for j := range 1000 {
						tx.Put("answer", fmt.Sprintf("%012d", i+j), []byte(answer))
						if _, err := tx.Append(journal.LaneExam, "exam.answer", "s", []byte(answer)); err != nil {
							return err
						}
					}
					return nil
				}))
			}
			require.NoError(b, s.Close())
			var ours, yard time.Duration
			for b.Loop() {
				began := time.Now()
				db, err := bbolt.Open(filepath.Join(dir, "store.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
				require.NoError(b, err)
				require.NoError(b, db.View(func(tx *bbolt.Tx) error { tx.Bucket([]byte("k/answer")).Cursor().Last(); return nil }))
				yard += time.Since(began)
				require.NoError(b, db.Close())
				began = time.Now()
				s, err := store.Open(dir, store.Options{Node: node, Ballast: -1, VerifyLimit: 1})
				require.NoError(b, err)
				_, err = s.Journal(journal.LaneExam).Head()
				require.NoError(b, err)
				ours += time.Since(began)
				require.NoError(b, s.Close())
			}
			b.ReportMetric(float64(ours)/float64(yard), "times-bolt")
			b.ReportMetric(float64(ours.Microseconds())/float64(b.N), "µs/open")
		})
	}
}
