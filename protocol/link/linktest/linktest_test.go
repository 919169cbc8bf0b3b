package linktest_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/link"
	"huyun.internal/protocol/link/linktest"
	"huyun.internal/protocol/sm"
)

// forgetful answers before it stores: what it acknowledged since the last
// restart is gone with the next.
type forgetful struct {
	linktest.Pure
	durable int
}

func (f *forgetful) Restart() error { f.Forget(f.durable); return nil }

// skipper believes that nothing is ever lost on the way.
type skipper struct{ linktest.Pure }

func (s *skipper) Receive(b *link.Batch) (*link.Ack, error) {
	a, err := s.Pure.Receive(b)
	if a != nil && a.Status == link.StatusGap {
		a.Status, a.Through, a.Hash = link.StatusOK, b.Last().Seq, b.Last().Hash
	}
	return a, err
}

// recorder stands in for the test that is expected to fail.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) FailNow()              { r.failed = true; runtime.Goexit() }
func (r *recorder) Helper()               {}

func TestTheExaminationFindsPlantedFaults(t *testing.T) {
	t.Parallel()
	key, err := sm.Generate()
	require.NoError(t, err)
	pure := linktest.Pure{Receiver: link.Receiver{Node: "n1", Key: key.Public()}}
	for name, peer := range map[string]linktest.Peer{
		"answer before storing":   &forgetful{Pure: pure},
		"confirm what never came": &skipper{Pure: pure},
		"nothing wrong":           &pure,
	} {
		rec := &recorder{TB: t}
		faults := linktest.Bad()
		faults.RestartHer = 0.1
		done := make(chan struct{})
		go func() {
			defer close(done)
			(&linktest.Run{T: rec, Seed: 3, Records: 300, Faults: faults, Node: "n1", Key: key, Peer: peer}).Do()
		}()
		<-done
		_, sound := peer.(*linktest.Pure)
		require.Equal(t, !sound, rec.failed, name)
	}
	var p journal.Position
	p, err = pure.Cursor()
	require.NoError(t, err)
	require.Equal(t, uint64(300), p.Seq)
}
