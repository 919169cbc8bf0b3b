package jobs

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/auth"
	"huyun.internal/cloud/platform/db"
	"huyun.internal/protocol/fault"
)

// Filter narrows the list; empty fields do not.
type Filter struct{ Kind, State string }

// Named is a kind for a list of choices.
type Named struct {
	Kind  string `json:"kind"`
	Title string `json:"title"`
}

// Kinds are all kinds of jobs.
func (q *Queue) Kinds(ctx context.Context) ([]Named, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return nil, err
	}
	out := make([]Named, len(q.order))
	for i, name := range q.order {
		out[i] = Named{name, q.kinds[name].Title}
	}
	return out, nil
}

// Count is how many jobs stand where.
type Count struct {
	State State `json:"state" db:"state" enum:"WAITING,RUNNING,LATER,STUCK"`
	Jobs  int   `json:"jobs" db:"jobs"`
}

// Counts are the numbers of jobs that are not done.
func (q *Queue) Counts(ctx context.Context) ([]Count, error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return nil, err
	}
	return db.All[Count](ctx, q.db, countSQL)
}

// List is what is not done: what is stuck first, then what has waited longest.
func (q *Queue) List(ctx context.Context, f Filter, p db.Page) (db.List[Job], error) {
	if _, err := auth.Require(ctx, PermList); err != nil {
		return db.List[Job]{}, err
	}
	w := new(db.Where).Eq("kind", f.Kind).Eq("state", f.State).Like(p.Q, "key", "last_error")
	out, err := db.Select[Job](ctx, q.db, listSQL, w, sorts, p)
	for i := range out.Items {
		q.entitle(&out.Items[i])
	}
	return out, err
}

// entitle names the kind; one that this release has forgotten keeps its name.
func (q *Queue) entitle(j *Job) {
	if j.Title = q.kinds[j.Kind].Title; j.Title == "" {
		j.Title = j.Kind
	}
}

// Retry makes a job run now, whatever it waits for or was refused by. Faults:
// missing, jobs.retry.reason, .running.
func (q *Queue) Retry(ctx context.Context, id int64, reason string) (Job, error) {
	if _, err := auth.Require(ctx, PermRetry); err != nil {
		return Job{}, err
	}
	if reason = strings.TrimSpace(reason); len([]rune(reason)) < 4 {
		return Job{}, fault.New(fault.Invalid, "jobs.retry.reason", "请写明重试的原因，至少四个字")
	}
	var out Job
	return out, q.db.InTx(ctx, func(tx pgx.Tx) error {
		j, err := db.Locked[Job](ctx, tx, lockSQL, jobSQL, id)
		if err != nil {
			return err
		}
		if j.State == Running {
			return fault.New(fault.Conflict, "jobs.retry.running", "该任务正在执行，请稍后刷新查看结果")
		}
		if _, err := q.river.JobRetryTx(ctx, tx, id); err != nil {
			return fmt.Errorf("retry job: %w", err)
		}
		if out, err = db.Row[Job](ctx, tx, jobSQL, id); err != nil {
			return err
		}
		q.entitle(&out)
		return q.audit.Record(ctx, tx, PermRetry, strconv.FormatInt(id, 10), map[string]any{"kind": j.Kind, "key": j.Key, "tries": j.Tries, "was": j.State, "reason": reason})
	})
}
