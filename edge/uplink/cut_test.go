package uplink_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// A line cut on purpose carries nothing, packages included, and comes back at
// once when it is given back.
func TestALineCutOnPurpose(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ln := tcp(t)
	s.cfg.Broker.TCP = ln.Addr().String()
	s.cloud.listen(ln)
	s.append(t, journal.LaneExam, 3)
	s.run(t, nil)
	s.arrived(t, journal.LaneExam, 3)

	s.Cut(true)
	s.Cut(true)
	require.True(t, s.IsCut())
	require.Eventually(t, func() bool { return !s.Status().Connected }, patient, soon)
	s.append(t, journal.LaneExam, 4)
	_, err := s.FetchBlob(t.Context(), sm.Sum([]byte("x")), filepath.Join(t.TempDir(), "x"))
	require.True(t, fault.Is(err, "uplink.blob.fetch"), "%v", err)
	require.Equal(t, uint64(3), s.cloud.cursor(journal.LaneExam))

	s.Cut(false)
	s.arrived(t, journal.LaneExam, 7)
	require.False(t, s.IsCut())
}
