package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
	"huyun.internal/simulators/crowd"
)

// histories reads what every candidate wrote down.
func histories(dir string) ([]act, []time.Duration, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil {
		return nil, nil, err
	}
	var acts []act
	var took []time.Duration
	for _, f := range files {
		more, times, err := history(f)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f, err)
		}
		acts, took = append(acts, more...), append(took, times...)
	}
	slices.Sort(took)
	return acts, took, nil
}

func history(path string) ([]act, []time.Duration, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	var acts []act
	var took []time.Duration
	at := map[uint64]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var op crowd.Op
		err = json.Unmarshal(lines.Bytes(), &op)
		if err != nil {
			return nil, nil, err
		}
		if op.Phase == crowd.Invoke {
			at[op.ID] = len(acts)
			acts = append(acts, act{Op: op})
			continue
		}
		acts[at[op.ID]].End = op.Phase
		if op.Phase == crowd.OK && op.Took > 0 {
			took = append(took, time.Duration(op.Took)*time.Microsecond)
		}
	}
	return acts, took, nil
}

// What the cloud holds: every answer record of the sitting's journal, and
// whether the projection has it once.
const (
	savedSQL = `WITH r AS (
			SELECT convert_from(body, 'UTF8')::jsonb AS b FROM node_record WHERE kind = 'exam.answer' AND subject = $1),
		g AS (
			SELECT b->>'attempt' AS attempt, b->>'item' AS item, (b->>'revision')::bigint AS revision, count(*) AS records,
				min(b->>'choice') AS first, max(b->>'choice') AS last
			FROM r GROUP BY 1, 2, 3)
		SELECT c.admission, g.item, g.revision, g.records, coalesce(g.first, '[]'), coalesce(g.last, '[]'),
			(SELECT count(*) FROM exam_answer a WHERE a.sitting = $1 AND a.attempt = g.attempt AND a.item = g.item
				AND a.revision = g.revision AND to_jsonb(a.choice) = coalesce(g.first, '[]')::jsonb)
		FROM g JOIN exam_attempt t ON t.id = g.attempt AND t.sitting = $1 JOIN exam_candidate c ON c.id = t.candidate`
	rowsSQL   = `SELECT count(*) FROM exam_answer WHERE sitting = $1`
	deadSQL   = `SELECT count(*) FROM node_dead`
	recordSQL = `SELECT seq, at, kind, subject, body, hash FROM node_record WHERE node = $1 AND lane = $2 ORDER BY seq`
	lanesSQL  = `SELECT node, lane, seq, hash FROM node_cursor`
)

func cloudAnswers(ctx context.Context, q *pgx.Conn, sitting string) (map[key]saved, error) {
	rows, err := q.Query(ctx, savedSQL, sitting)
	if err != nil {
		return nil, err
	}
	out := map[key]saved{}
	var k key
	var s saved
	var first, last string
	_, err = pgx.ForEachRow(rows, []any{&k.Admission, &k.Item, &k.Revision, &s.Records, &first, &last, &s.Rows}, func() error {
		s.Choice = nil
		err := json.Unmarshal([]byte(first), &s.Choice)
		if first != last {
			s.Choice = []string{"two different contents"}
		}
		out[k] = s
		return err
	})
	if err != nil {
		return nil, err
	}
	var projected int
	err = q.QueryRow(ctx, rowsSQL, sitting).Scan(&projected)
	if err == nil && projected != len(out) {
		err = fmt.Errorf("the projection has %d answers, the journal %d", projected, len(out))
	}
	return out, err
}

// chains verifies every journal from its first record to the cursor (I9) and
// returns how many records there are.
func chains(ctx context.Context, q *pgx.Conn) (int, error) {
	rows, err := q.Query(ctx, lanesSQL)
	if err != nil {
		return 0, err
	}
	type lane struct {
		node, lane string
		end        journal.Position
	}
	lanes, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (lane, error) {
		var l lane
		var hash []byte
		err := row.Scan(&l.node, &l.lane, &l.end.Seq, &hash)
		copy(l.end.Hash[:], hash)
		return l, err
	})
	if err != nil {
		return 0, err
	}
	total := 0
	for _, l := range lanes {
		n, err := chain(ctx, q, l.node, l.lane, l.end)
		if err != nil {
			return total, fmt.Errorf("journal %s/%s: %w", l.node, l.lane, err)
		}
		total += n
	}
	return total, nil
}

func chain(ctx context.Context, q *pgx.Conn, node, lane string, end journal.Position) (int, error) {
	rows, err := q.Query(ctx, recordSQL, node, lane)
	if err != nil {
		return 0, err
	}
	recs, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (journal.Record, error) {
		var r journal.Record
		var hash []byte
		err := row.Scan(&r.Seq, &r.At, &r.Kind, &r.Subject, &r.Body, &hash)
		copy(r.Hash[:], hash)
		return r, err
	})
	if err != nil {
		return 0, err
	}
	err = journal.Verify(journal.Position{Hash: sm.Digest{}}, recs)
	if err != nil {
		return 0, err
	}
	if len(recs) > 0 && recs[len(recs)-1].Position() != end {
		return 0, fmt.Errorf("the cursor is at %d, the records end at %d", end.Seq, recs[len(recs)-1].Seq)
	}
	return len(recs), nil
}
