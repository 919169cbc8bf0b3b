package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"
	"runtime/debug"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

const (
	defaultLimit   = time.Minute
	defaultWorkers = 4
	// softStop is how long running jobs may take to finish when the copy stops;
	// what does not is done again elsewhere.
	softStop = 8 * time.Second
	// tidyTime is for the statements around a job, which have to come through after
	// its own time has run out.
	tidyTime = 5 * time.Second
	// crashes is how often a job may die with its process before it stops as stuck;
	// failures do not count.
	crashes = 1000
)

// Recorder writes into the audit.
type Recorder interface {
	Record(ctx context.Context, tx pgx.Tx, action, object string, detail any) error
	RecordNow(ctx context.Context, action, object string, detail any) error
}

// Queue takes jobs in, and works them after Start.
type Queue struct {
	db    *db.DB
	audit Recorder
	log   *slog.Logger
	kinds map[string]Kind
	order []string
	river *river.Client[pgx.Tx] // works nothing: what is done to rows
	poll  time.Duration         // how often a copy looks

	// Backoff is set before Start.
	Backoff Backoff
}

// New makes a queue without kinds.
func New(d *db.DB, audit Recorder, log *slog.Logger) *Queue {
	q := &Queue{db: d, audit: audit, log: log, kinds: map[string]Kind{}, poll: time.Second, Backoff: Usual()}
	var err error
	q.river, err = river.NewClient(riverpgxv5.New(d.Pool), &river.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic("jobs: " + err.Error()) // the configuration above is a constant
	}
	return q
}

// Add makes a kind known; all of them before Start.
func (q *Queue) Add(k Kind) {
	if _, twice := q.kinds[k.Name]; twice || k.Do == nil {
		panic("jobs: kind " + k.Name + " is there already or does nothing")
	}
	if k.Limit == 0 {
		k.Limit = defaultLimit
	}
	if k.Workers == 0 {
		k.Workers = defaultWorkers
	}
	q.kinds[k.Name], q.order = k, append(q.order, k.Name)
}

// payload is a job as River keeps it.
type payload struct {
	kind string
	Key  string `json:"key"`
}

func (p payload) Kind() string { return p.kind }

// Insert makes sure that the job runs at least once after tx has been committed.
// The same job that is waiting already will do; the row is shared until then, so
// that it cannot start before. It begins within a second: looking is River's, but an
// insertion of River's own costs a transaction more than what it is for.
func (q *Queue) Insert(ctx context.Context, tx pgx.Tx, a Args) error {
	if _, known := q.kinds[a.Kind]; !known {
		return fmt.Errorf("jobs: no kind %q", a.Kind)
	}
	sql := ensureSQL
	if a.New {
		sql = insertSQL
	}
	if _, err := tx.Exec(ctx, sql, a.Kind, a.Key, crashes); err != nil {
		return fmt.Errorf("insert job: %w", err)
	}
	return nil
}

// Start works jobs until stop is called, which waits for those that are running.
func (q *Queue) Start(ctx context.Context) (stop func(ctx context.Context) error, err error) {
	workers, queues, longest := river.NewWorkers(), map[string]river.QueueConfig{}, time.Duration(0)
	for _, name := range q.order {
		k := q.kinds[name]
		river.AddWorkerArgs(workers, payload{kind: name}, &worker{q: q, kind: k})
		queues[name] = river.QueueConfig{MaxWorkers: k.Workers}
		longest = max(longest, k.Limit)
	}
	client, err := river.NewClient(riverpgxv5.New(q.db.Pool), &river.Config{
		Logger: slog.New(onlyTrouble{q.log.Handler()}), Workers: workers, Queues: queues, SoftStopTimeout: softStop, JobTimeout: longest,
		FetchPollInterval: q.poll, FetchCooldown: min(q.poll, river.FetchCooldownDefault),
		// a job whose process died is taken up again this long after it began
		RescueStuckJobsAfter: longest + 30*time.Second,
		// what is stuck stays until somebody has looked
		CancelledJobRetentionPeriod: -1, DiscardedJobRetentionPeriod: -1,
	})
	if err == nil {
		err = client.Start(context.WithoutCancel(ctx))
	}
	if err != nil {
		return nil, fmt.Errorf("start jobs: %w", err)
	}
	return client.Stop, nil
}

// onlyTrouble leaves out what River reports of its everyday work.
type onlyTrouble struct{ slog.Handler }

func (h onlyTrouble) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && h.Handler.Enabled(ctx, l)
}

func (h onlyTrouble) WithAttrs(a []slog.Attr) slog.Handler {
	return onlyTrouble{h.Handler.WithAttrs(a)}
}

func (h onlyTrouble) WithGroup(name string) slog.Handler {
	return onlyTrouble{h.Handler.WithGroup(name)}
}

type worker struct {
	river.WorkerDefaults[payload]

	q    *Queue
	kind Kind
}

func (w *worker) Timeout(*river.Job[payload]) time.Duration { return w.kind.Limit }

// Work runs a job once and says what becomes of it.
func (w *worker) Work(ctx context.Context, job *river.Job[payload]) error {
	err := w.do(auth.System(ctx, "jobs"), job.Args.Key)
	tidy, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTime)
	defer cancel()
	if err == nil {
		return w.q.settled(tidy, job)
	}
	failures := w.q.failures(tidy, job.ID)
	if bits.OnesCount(uint(failures+1)) == 1 || refused(err) { //nolint:gosec // not negative; the log need not hold five hours of the same
		w.q.log.WarnContext(ctx, "job failed", "kind", w.kind.Name, "key", job.Args.Key, "failures", failures+1, "final", refused(err), "error", err)
	}
	since, serr := w.q.replace(tidy, job, refused(err))
	if serr != nil {
		w.q.log.ErrorContext(ctx, "tidy jobs", "error", serr)
	}
	if err := errors.Join(river.MetadataSet(ctx, "last_error", said(err)), river.MetadataSet(ctx, "since", since)); err != nil {
		w.q.log.ErrorContext(ctx, "note on job", "error", err)
	}
	if refused(err) {
		return river.JobCancel(errors.New(said(err)))
	}
	return river.JobSnooze(w.q.Backoff.after(failures))
}

func (w *worker) do(ctx context.Context, key string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, fault.InternalCode, "程序出错，将自动重试；一直不成功请联系系统管理员").Withf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return w.kind.Do(ctx, key)
}
