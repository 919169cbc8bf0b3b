package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"huyun.internal/cloud/platform/db"
)

const (
	// A row that somebody is about to start or to move is as good as none: a second
	// one costs nothing.
	ensureSQL = `WITH waiting AS (SELECT id FROM river_job WHERE kind = $1 AND args ->> 'key' = $2 AND state IN ('available', 'scheduled', 'retryable')
			LIMIT 1 FOR SHARE SKIP LOCKED)
		INSERT INTO river_job (kind, queue, args, max_attempts) SELECT $1, $1, jsonb_build_object('key', $2::text), $3 WHERE NOT EXISTS (SELECT FROM waiting)`
	insertSQL   = `INSERT INTO river_job (kind, queue, args, max_attempts) VALUES ($1, $1, jsonb_build_object('key', $2::text), $3)`
	failuresSQL = `SELECT coalesce((metadata ->> 'snoozes')::int, 0) FROM river_job WHERE id = $1`

	// settledSQL forgets that the same job was stuck once: it has been done.
	settledSQL = `DELETE FROM river_job WHERE kind = $1 AND args ->> 'key' = $2 AND id <> $3 AND state IN ('cancelled', 'discarded')`
	// A job that comes again runs later than everything that waits for it now, so
	// one row is enough; one that stops leaves the waiting one to find out for itself.
	replaceSQL = `WITH gone AS (DELETE FROM river_job WHERE kind = $1 AND args ->> 'key' = $2 AND id <> $3
			AND (state IN ('cancelled', 'discarded') OR (NOT $4 AND state IN ('available', 'scheduled', 'retryable')))
			RETURNING coalesce((metadata ->> 'since')::timestamptz, created_at) AS since)
		SELECT least(coalesce((j.metadata ->> 'since')::timestamptz, j.created_at), (SELECT min(since) FROM gone)) FROM river_job j WHERE j.id = $3`

	// Two that ran at once in two copies may both have stopped, or both wait for their
	// next try: the same trouble is shown once, and goes with the one that comes through.
	rowsSQL = `(SELECT id, kind, coalesce(args ->> 'key', '') AS key,
			CASE WHEN state IN ('cancelled', 'discarded') THEN 'STUCK' WHEN state = 'running' THEN 'RUNNING'
				WHEN metadata ? 'last_error' OR state = 'retryable' THEN 'LATER' ELSE 'WAITING' END AS state,
			attempt + coalesce((metadata ->> 'snoozes')::int, 0) AS tries, coalesce(metadata ->> 'last_error', '') AS last_error,
			coalesce((metadata ->> 'since')::timestamptz, created_at) AS since, attempted_at AS tried_at,
			CASE WHEN state IN ('available', 'scheduled', 'retryable') THEN scheduled_at END AS next_at
		FROM river_job r WHERE state <> 'completed' AND NOT EXISTS (SELECT FROM river_job o WHERE o.kind = r.kind AND o.args ->> 'key' = r.args ->> 'key'
			AND (o.id > r.id AND o.state IN ('cancelled', 'discarded') AND r.state IN ('cancelled', 'discarded')
				OR o.id < r.id AND o.state IN ('available', 'scheduled', 'retryable') AND r.state IN ('available', 'scheduled', 'retryable')))) j`
	listSQL  = `SELECT id, kind, key, state, tries, last_error, since, tried_at, next_at FROM ` + rowsSQL
	jobSQL   = listSQL + ` WHERE id = $1`
	lockSQL  = `SELECT id FROM river_job WHERE id = $1 FOR UPDATE`
	countSQL = `SELECT state, count(*) AS jobs FROM ` + rowsSQL + ` GROUP BY state`
)

var sorts = db.Sorts{"": "array_position(ARRAY['STUCK', 'LATER', 'RUNNING', 'WAITING'], state), since, id", "since": "since", "next_at": "next_at", "tries": "tries"}

// failures is how often a job has failed so far.
func (q *Queue) failures(ctx context.Context, id int64) int {
	n, err := db.Value[int](ctx, q.db, failuresSQL, id)
	if err != nil {
		return 0
	}
	return n
}

func (q *Queue) settled(ctx context.Context, job *river.Job[payload]) error {
	if _, err := q.db.Exec(ctx, settledSQL, job.Kind, job.Args.Key, job.ID); err != nil {
		q.log.WarnContext(ctx, "forget stuck jobs", "error", err) // they are shown until somebody tries them again
	}
	return nil
}

// replace makes a job that failed the only one of its kind and key, and returns
// since when it has not come through.
func (q *Queue) replace(ctx context.Context, job *river.Job[payload], stops bool) (time.Time, error) {
	since, err := db.Value[time.Time](ctx, q.db, replaceSQL, job.Kind, job.Args.Key, job.ID, stops)
	if err != nil {
		return job.CreatedAt, fmt.Errorf("replace jobs: %w", err)
	}
	return since, nil
}
