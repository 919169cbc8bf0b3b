package uplink_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// BenchmarkDrain sends a backlog through a broker to a cloud that stores in
// memory: what the edge's half of J2 can do, sealing and chain included.
func BenchmarkDrain(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			s := newSite(b)
			ln := tcp(b)
			s.cfg.Broker.TCP = ln.Addr().String()
			for i := 0; i < n; i += 1000 {
				require.NoError(b, s.store.Update(b.Context(), func(tx *store.Tx) error {
					for j := range 1000 {
						if _, err := tx.Append(journal.LaneExam, wire.KindAnswer, "0198f0c2-6f0a-7c11-9d61-0a1b2c3d4e5f", wire.Answer{
							Sitting: "0198f0c2-6f0a-7c11-9d61-0a1b2c3d4e5f", Attempt: "0198f0c2-6f0a-7c11-9d61-aaaaaaaaaaaa",
							Item: "57", Revision: 3, Choice: []string{"A", "C"}, Fence: 1, Counter: uint64(i + j), Elapsed: int64(i*1000 + j),
						}); err != nil {
							return err
						}
					}
					return nil
				}))
			}
			s.cloud.listen(ln)
			began := time.Now()
			s.run(b, nil)
			for s.cloud.cursor(journal.LaneExam) < uint64(n) {
				<-time.After(time.Millisecond)
			}
			took := time.Since(began)
			b.ReportMetric(float64(n)/took.Seconds(), "records/s")
			b.ReportMetric(float64(s.Status().Sent), "frames")
			s.stop()
		})
	}
}
