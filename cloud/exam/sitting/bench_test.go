package sitting_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/exam/examtest"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

const batchSize = 200

// BenchmarkApplyAnswers projects batches of 200 saves, one transaction each;
// BenchmarkCopyAnswers is the yardstick: the same rows by COPY without looking.
func BenchmarkApplyAnswers(b *testing.B) {
	s := examtest.NewStory(b)
	in, _ := s.Released(b, 1)
	batches := make([][]journal.Record, b.N)
	for i := range batches {
		for j := range batchSize {
			batches[i] = append(batches[i], s.Device.Record(b, s.Clock.Now(), wire.KindAnswer, in.ID, wire.Answer{
				Sitting: in.ID, Attempt: fmt.Sprintf("0193f0a0-0000-7000-8000-%012d", j), Item: fmt.Sprint(i % 100),
				Revision: uint64(i), Choice: []string{"A", "C"}, Fence: 1, Counter: uint64(i), Elapsed: 1000,
			}))
		}
	}
	b.ResetTimer()
	for _, recs := range batches {
		require.NoError(b, s.Apply(recs...))
	}
	b.ReportMetric(float64(b.N*batchSize)/b.Elapsed().Seconds(), "saves/s")
}

func BenchmarkCopyAnswers(b *testing.B) {
	s := examtest.NewStory(b)
	columns := []string{"sitting", "attempt", "item", "revision", "choice", "fence", "counter", "elapsed_ms", "node", "record", "at"}
	b.ResetTimer()
	for i := range b.N {
		rows := make([][]any, batchSize)
		for j := range rows {
			rows[j] = []any{
				"0193f0a0-0000-7000-8000-000000000001", fmt.Sprintf("0193f0a0-0000-7000-8000-%012d", j), fmt.Sprint(i % 100), int64(i),
				[]string{"A", "C"}, int64(1), int64(i), int64(1000), "node-1", int64(i*batchSize + j), s.Clock.Now(),
			}
		}
		require.NoError(b, s.DB.InTx(context.Background(), func(tx pgx.Tx) error {
			_, err := tx.CopyFrom(context.Background(), pgx.Identifier{"exam_answer"}, columns, pgx.CopyFromRows(rows))
			return err
		}))
	}
	b.ReportMetric(float64(b.N*batchSize)/b.Elapsed().Seconds(), "saves/s")
}
