package score

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"huyun.internal/cloud/exam/conduct"
	"huyun.internal/protocol/exam"
)

// item is a question, or a case's sub-question, whatever number it had on a
// paper.
type item struct {
	question string
	sub      int
}

// tally is what an item did in a sitting; see migration 0048.
type tally struct {
	shown, hits          int
	sumX, sumXX, sumHits float64
}

// tallies counts the items of the papers that were handed in and not voided: a
// paper that somebody left or cheated on says nothing about its questions.
type tallies map[item]tally

func (t tallies) add(a *Attempt, paper *exam.Paper, sc *Score, b conduct.Bearing) {
	honest := conduct.Severe(b.Consequence, conduct.End) <= 0 && b.Identity != conduct.Other
	if !a.HandedIn || a.untouched() || !honest || sc.Full == 0 {
		return
	}
	x := float64(sc.Score) / float64(sc.Full)
	for i, it := range paper.Items {
		key := item{it.Question, it.Sub}
		n := t[key]
		n.shown++
		n.sumX += x
		n.sumXX += x * x
		if sc.Items[i].Right {
			n.hits++
			n.sumHits += x
		}
		t[key] = n
	}
}

var itemColumns = []string{"sitting", "question", "sub", "shown", "hits", "sum_x", "sum_xx", "sum_hit"}

// store replaces what an earlier round of the sitting has counted.
func (t tallies) store(ctx context.Context, tx pgx.Tx, sitting string) error {
	if _, err := tx.Exec(ctx, clearItemsSQL, sitting); err != nil {
		return fmt.Errorf("clear items: %w", err)
	}
	keys := slices.SortedFunc(maps.Keys(t), func(a, b item) int {
		return cmp.Or(cmp.Compare(a.question, b.question), cmp.Compare(a.sub, b.sub))
	})
	rows := pgx.CopyFromSlice(len(keys), func(i int) ([]any, error) {
		n := t[keys[i]]
		return []any{sitting, keys[i].question, keys[i].sub, n.shown, n.hits, n.sumX, n.sumXX, n.sumHits}, nil
	})
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"exam_item_stat"}, itemColumns, rows); err != nil {
		return fmt.Errorf("store items: %w", err)
	}
	return nil
}
