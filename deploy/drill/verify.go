package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/platform/db"
	"huyun.internal/deploy/stack"
)

// Limits of the invariants I5 and I7.
const (
	saveLimit    = 200 * time.Millisecond // 99 of 100 saves
	restartLimit = 10 * time.Second       // from the kill to serving again
)

// result is what a run found.
type result struct {
	settings
	verdict
	Kills, Partitions, Others, Moves, Records int
	Slowest, P99                              time.Duration
	checked                                   bool
	broken                                    []string
}

func (r *result) complain(text string) { r.broken = append(r.broken, text) }

func (r *result) pass() bool { return r.checked && r.bad() == 0 && len(r.broken) == 0 }

func (r *result) line() string {
	word := "FAIL"
	if r.pass() {
		word = "PASS"
	}
	return fmt.Sprintf("drill: %s seed=%d candidates=%d acked=%d lost=%d duplicated=%d altered=%d unexpected=%d kills=%d partitions=%d "+
		"others=%d moves=%d recovered=%d refused=%d records=%d save_p99_ms=%d restart_ms=%d",
		word, r.seed, r.candidates, r.Acked, r.Lost, r.Duplicated, r.Altered, r.Unexpected, r.Kills, r.Partitions,
		r.Others, r.Moves, r.Recovered, r.Refused, r.Records, r.P99.Milliseconds(), r.Slowest.Milliseconds())
}

// verify drains, closes, and compares.
func verify(ctx context.Context, h *stack.Hall, r *result) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	say("draining")
	begin := time.Now()
	// What there is can be compared even when this does not go well.
	err := h.Drain(ctx)
	if err != nil {
		r.complain(err.Error())
	}
	say("drained in %s; closing the sitting", time.Since(begin).Round(time.Millisecond))
	err = errors.Join(h.Close(ctx), h.Drain(ctx))
	if err != nil {
		r.complain(err.Error())
	}
	dsn, err := db.PrivateDSN(filepath.Join(h.CloudData(), "postgres"))
	if err != nil {
		return err
	}
	q, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = q.Close(ctx) }() // the process ends
	return r.check(ctx, h, q)
}

func (r *result) check(ctx context.Context, h *stack.Hall, q *pgx.Conn) error {
	say("comparing histories with the cloud")
	acts, took, err := histories(h.Histories())
	if err != nil {
		return err
	}
	cloud, err := cloudAnswers(ctx, q, h.Exam.Sitting)
	if err != nil {
		return err
	}
	r.verdict = judge(acts, cloud)
	if len(took) > 0 {
		r.P99 = took[len(took)*99/100]
	}
	if r.P99 > saveLimit {
		r.complain(fmt.Sprintf("I5: 99 of 100 saves took up to %s, the limit is %s", r.P99, saveLimit))
	}
	if r.Slowest > restartLimit {
		r.complain(fmt.Sprintf("I7: the venue's server was away for %s, the limit is %s", r.Slowest, restartLimit))
	}
	r.Records, err = chains(ctx, q)
	if err != nil {
		r.complain("I9: " + err.Error())
	}
	var dead int
	err = q.QueryRow(ctx, deadSQL).Scan(&dead)
	if err != nil {
		return err
	}
	if dead > 0 {
		r.complain(fmt.Sprintf("%d records went to the dead letters", dead))
	}
	err = r.scores(ctx, h, q, finals(cloud))
	r.checked = err == nil
	return err
}

// scores lets the cloud regenerate and rescore everything: no difference, every
// answer counted. Then it bends the venue's word for one candidate by a point,
// and the cloud must say so: a rescoring that believes the venue is none.
func (r *result) scores(ctx context.Context, h *stack.Hall, q *pgx.Conn, answered map[string]int) error {
	say("rescoring")
	first, err := h.Rescore(ctx)
	if err != nil {
		return err
	}
	if first.Differences != 0 || first.Attempts != len(h.People) {
		r.complain(fmt.Sprintf("rescoring: %d attempts with %d differences, expected %d with none", first.Attempts, first.Differences, len(h.People)))
	}
	err = r.differences(ctx, q, h.Exam.Sitting)
	if err != nil {
		return err
	}
	rows, err := q.Query(ctx, `SELECT c.admission, s.answered FROM exam_score s JOIN exam_candidate c ON c.id = s.candidate WHERE s.sitting = $1`, h.Exam.Sitting)
	if err != nil {
		return err
	}
	var who string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&who, &n}, func() error {
		if n != answered[who] {
			r.complain(fmt.Sprintf("score of %s counts %d answers, there are %d", who, n, answered[who]))
		}
		return nil
	})
	if err != nil {
		return err
	}
	tag, err := q.Exec(ctx, `UPDATE exam_handin SET score = score + 10 WHERE sitting = $1
		AND attempt = (SELECT min(attempt) FROM exam_handin WHERE sitting = $1)`, h.Exam.Sitting)
	if err != nil {
		return err
	}
	bent, err := h.Rescore(ctx)
	if err != nil {
		return err
	}
	if tag.RowsAffected() != 1 || bent.Differences != 1 {
		r.complain(fmt.Sprintf("a venue's score bent by a point: the cloud found %d differences instead of 1", bent.Differences))
	}
	return nil
}

// differences says what the cloud named, candidate by candidate and figure by
// figure: a count alone explains nothing.
func (r *result) differences(ctx context.Context, q *pgx.Conn, sitting string) error {
	rows, err := q.Query(ctx, `
		SELECT 'score of ' || c.admission || ': ' || s.difference FROM exam_score s JOIN exam_candidate c ON c.id = s.candidate
			WHERE s.sitting = $1 AND s.difference <> ''
		UNION ALL
		SELECT l->>'name' || ': venue ' || (l->>'venue') || ', cloud ' || (l->>'cloud')
			FROM exam_score_round, jsonb_array_elements(comparison) l WHERE sitting = $1 AND NOT (l->>'ok')::boolean`, sitting)
	if err != nil {
		return err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, f := range found {
		r.complain("rescoring: " + f)
	}
	return err
}
