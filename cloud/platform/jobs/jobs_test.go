package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/cloud/platform/dbtest"
	"huyun.internal/protocol/fault"
)

// audited keeps what is recorded.
type audited struct{ lines []string }

func (a *audited) Record(_ context.Context, _ pgx.Tx, action, object string, _ any) error {
	a.lines = append(a.lines, action+" "+object)
	return nil
}

func (a *audited) RecordNow(ctx context.Context, action, object string, detail any) error {
	return a.Record(ctx, nil, action, object, detail)
}

type world struct {
	t     *testing.T
	db    *db.DB
	queue *Queue
	audit *audited
	staff context.Context
}

func newWorld(t *testing.T, kinds ...Kind) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.New(t), audit: &audited{}}
	w.queue = w.copy(kinds...)
	w.staff = auth.With(context.Background(), auth.Actor{ID: "u1", Username: "sys", Name: "系统管理员", Perms: auth.NewPerms(PermList, PermRetry)})
	return w
}

// copy is another process with the same kinds.
func (w *world) copy(kinds ...Kind) *Queue {
	q := New(w.db, w.audit, slog.New(slog.DiscardHandler))
	q.Backoff = Backoff{First: 10 * time.Millisecond, Most: 50 * time.Millisecond}
	q.poll = 20 * time.Millisecond
	for _, k := range kinds {
		q.Add(k)
	}
	return q
}

func (w *world) start(q *Queue) (stop func()) {
	w.t.Helper()
	end, err := q.Start(context.Background())
	require.NoError(w.t, err)
	var once sync.Once
	stop = func() { once.Do(func() { require.NoError(w.t, end(context.Background())) }) }
	w.t.Cleanup(stop)
	return stop
}

func (w *world) insert(kind, key string) {
	w.t.Helper()
	require.NoError(w.t, w.db.InTx(context.Background(), func(tx pgx.Tx) error {
		return w.queue.Insert(context.Background(), tx, Args{Kind: kind, Key: key})
	}))
}

func (w *world) list() []Job {
	w.t.Helper()
	out, err := w.queue.List(w.staff, Filter{}, db.Page{})
	require.NoError(w.t, err)
	return out.Items
}

func (w *world) until(f func() bool) {
	w.t.Helper()
	require.Eventually(w.t, f, 20*time.Second, 20*time.Millisecond)
}

func TestSQL(t *testing.T) {
	t.Parallel()
	dbtest.Prepare(t, dbtest.New(t), ensureSQL, insertSQL, failuresSQL, settledSQL, replaceSQL, listSQL, jobSQL, lockSQL, countSQL)
}

func TestPausesGrowToAMinuteAndDiffer(t *testing.T) {
	t.Parallel()
	b := Usual()
	for n := range 400 {
		d := b.after(n)
		require.LessOrEqual(t, d, time.Minute)
		require.GreaterOrEqual(t, d, 750*time.Millisecond)
		if n >= 6 {
			require.GreaterOrEqual(t, d, 45*time.Second, n)
		}
	}
	require.NotEqual(t, b.after(20), b.after(20))
}

func TestAJobStandsAndFallsWithItsTransaction(t *testing.T) {
	t.Parallel()
	var done sync.Map
	w := newWorld(t, Kind{Name: "call", Title: "调用", Do: func(_ context.Context, key string) error {
		done.Store(key, true)
		return nil
	}})
	boom := errors.New("boom")
	require.ErrorIs(t, w.db.InTx(context.Background(), func(tx pgx.Tx) error {
		if err := w.queue.Insert(context.Background(), tx, Args{Kind: "call", Key: "rolled back"}); err != nil {
			return err
		}
		return boom
	}), boom)
	w.insert("call", "committed")
	w.start(w.queue)
	w.until(func() bool { _, ok := done.Load("committed"); return ok })
	_, ok := done.Load("rolled back")
	require.False(t, ok)
	w.until(func() bool { return len(w.list()) == 0 })
	require.Error(t, w.db.InTx(context.Background(), func(tx pgx.Tx) error {
		return w.queue.Insert(context.Background(), tx, Args{Kind: "unknown", Key: "x"})
	}))
}

// TestTheSameJobWaitsOnce: a thousand reasons are one run, and a reason that comes
// up during a run is another one.
func TestTheSameJobWaitsOnce(t *testing.T) {
	t.Parallel()
	var runs atomic.Int32
	begun, goOn := make(chan struct{}, 10), make(chan struct{}, 10)
	w := newWorld(t, Kind{Name: "call", Title: "调用", Workers: 1, Do: func(context.Context, string) error {
		runs.Add(1)
		begun <- struct{}{}
		<-goOn
		return nil
	}})
	for range 20 {
		w.insert("call", "one")
	}
	require.Len(t, w.list(), 1)
	w.start(w.queue)
	t.Cleanup(func() { close(goOn) }) // stopping waits for what runs
	<-begun
	for range 5 {
		w.insert("call", "one")
	}
	require.Len(t, w.list(), 2, "one runs, one waits for what came since")
	goOn <- struct{}{}
	goOn <- struct{}{}
	w.until(func() bool { return runs.Load() == 2 && len(w.list()) == 0 })
}

// TestALongOutageEndsByItself: whatever failed goes on when the other side is back,
// in two copies at once, as one row that tells how often, since when and why.
func TestALongOutageEndsByItself(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	down.Store(true)
	var failed, done atomic.Int32
	kind := Kind{Name: "call", Title: "调用", Do: func(context.Context, string) error {
		if down.Load() {
			failed.Add(1)
			return fault.New(fault.Unavailable, "x.down", "对方系统暂时无法连接，将自动重试").Withf("dial tcp: secret detail")
		}
		done.Add(1)
		return nil
	}}
	w := newWorld(t, kind)
	w.insert("call", "310000260000001")
	began := w.list()[0].Since
	w.start(w.queue)
	w.start(w.copy(kind))
	w.until(func() bool { return failed.Load() > 8 })
	w.insert("call", "310000260000001") // another reason during the outage
	w.until(func() bool {
		l := w.list()
		return len(l) == 1 && l[0].Tries > 10
	})
	j := w.list()[0]
	require.Equal(t, "对方系统暂时无法连接，将自动重试", j.LastError)
	require.Equal(t, "调用", j.Title)
	require.WithinDuration(t, began, j.Since, 30*time.Second, "the outage, not the latest reason") // a reason during a run has a row of its own
	var errs int
	require.NoError(t, w.db.QueryRow(context.Background(), "SELECT coalesce(max(cardinality(errors)), 0) FROM river_job").Scan(&errs))
	require.Zero(t, errs, "five hours of failures do not pile up in the row")
	down.Store(false)
	w.until(func() bool { return done.Load() > 0 && len(w.list()) == 0 })
}

func TestWhatIsRefusedWaitsForAPerson(t *testing.T) {
	t.Parallel()
	var refuse atomic.Bool
	refuse.Store(true)
	w := newWorld(t, Kind{Name: "call", Title: "调用", Do: func(context.Context, string) error {
		if refuse.Load() {
			return Refuse(fault.New(fault.Precondition, "x.no", "对方不接受：编码不存在"))
		}
		return nil
	}})
	w.insert("call", "a")
	w.start(w.queue)
	stuck := func() bool { l := w.list(); return len(l) == 1 && l[0].State == Stuck }
	w.until(stuck)
	first := w.list()[0]
	require.Equal(t, "对方不接受：编码不存在", first.LastError)
	require.Nil(t, first.Next)
	w.insert("call", "a") // another reason finds the same, and there is still one row
	w.until(func() bool { return stuck() && w.list()[0].ID != first.ID })
	require.WithinDuration(t, first.Since, w.list()[0].Since, time.Millisecond)

	j := w.list()[0]
	_, err := w.queue.Retry(w.staff, j.ID, "  啊  ")
	require.True(t, fault.Is(err, "jobs.retry.reason"), err)
	nobody := auth.With(context.Background(), auth.Actor{ID: "u2", Perms: auth.NewPerms(PermList)})
	_, err = w.queue.Retry(nobody, j.ID, "对方已修复")
	require.True(t, fault.Is(err, "auth.forbidden"), err)
	require.Empty(t, w.audit.lines)
	refuse.Store(false)
	_, err = w.queue.Retry(w.staff, j.ID, "对方已修复")
	require.NoError(t, err)
	require.Len(t, w.audit.lines, 1)
	w.until(func() bool { return len(w.list()) == 0 })
	_, err = w.queue.Retry(w.staff, 1<<40, "没有这个任务")
	require.Equal(t, fault.NotFound, fault.KindOf(err))
}

// Two of the same that ran at once and both stopped are one trouble, and go
// together.
func TestTwoThatStoppedAtOnceAreShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Kind{Name: "call", Title: "调用", Do: func(context.Context, string) error { return nil }})
	for range 2 {
		_, err := w.db.Exec(context.Background(), `INSERT INTO river_job (args, kind, max_attempts, metadata, queue, state, finalized_at)
			VALUES ('{"key": "a"}', 'call', 10, '{"last_error": "对方不接受"}', 'call', 'cancelled', now())`)
		require.NoError(t, err)
	}
	list := w.list()
	require.Len(t, list, 1)
	counts, err := w.queue.Counts(w.staff)
	require.NoError(t, err)
	require.Equal(t, []Count{{Stuck, 1}}, counts)
	_, err = w.queue.Retry(w.staff, list[0].ID, "对方已修复")
	require.NoError(t, err)
	w.start(w.queue)
	w.until(func() bool { return len(w.list()) == 0 })
}

// TestAPanicAndATimeoutComeAgain: neither loses the job.
func TestAPanicAndATimeoutComeAgain(t *testing.T) {
	t.Parallel()
	var runs atomic.Int32
	w := newWorld(t, Kind{Name: "call", Title: "调用", Limit: 100 * time.Millisecond, Do: func(ctx context.Context, _ string) error {
		switch runs.Add(1) {
		case 1:
			panic("planted")
		case 2:
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}})
	w.insert("call", "a")
	w.start(w.queue)
	w.until(func() bool { return runs.Load() == 3 && len(w.list()) == 0 })
}

// TestStoppingWaitsForWhatRuns, and what waits stays for the next start.
func TestStoppingWaitsForWhatRuns(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{}, 1)
	goOn := make(chan struct{})
	var done atomic.Int32
	kind := Kind{Name: "call", Title: "调用", Workers: 1, Do: func(context.Context, string) error {
		select {
		case begun <- struct{}{}:
		default:
		}
		<-goOn
		done.Add(1)
		return nil
	}}
	w := newWorld(t, kind)
	w.insert("call", "a")
	w.insert("call", "b")
	stop := w.start(w.queue)
	<-begun
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	select {
	case <-stopped:
		t.Fatal("stopped while a job was running")
	case <-time.After(200 * time.Millisecond):
	}
	close(goOn)
	<-stopped
	require.EqualValues(t, 1, done.Load())
	require.Len(t, w.list(), 1)
	w.start(w.copy(kind))
	w.until(func() bool { return done.Load() == 2 && len(w.list()) == 0 })
}
