package terminal_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/app/apptest"
	"huyun.internal/edge/exam/attempt"
)

// BenchmarkSave is the hot path with 64 candidates at once: signature, guard,
// transaction and receipt, without the network.
func BenchmarkSave(b *testing.B) {
	h := apptest.New(b, 64)
	h.Opened()
	people := make([]*apptest.Person, 64)
	for i := range people {
		people[i] = h.Sit(i)
	}
	require.NoError(b, h.Attempts.Start(h.Ctx(), apptest.Sitting))
	handler := h.Handler()
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for _, p := range people {
		wg.Go(func() {
			for rev := uint64(1); left.Add(-1) >= 0; rev++ {
				a := p.DoWith(handler, http.MethodPost, "/terminal/v1/answer", attempt.Save{Item: fmt.Sprint(rev%4 + 1), Revision: rev, Choice: []string{"T"}})
				if a.Status != http.StatusOK {
					b.Error(a.Body)
					return
				}
			}
		})
	}
	wg.Wait()
}
