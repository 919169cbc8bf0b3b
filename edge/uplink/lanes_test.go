package uplink_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/store"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/wire"
)

// Complaint 9 (venues return with a backlog): answers first, whatever else lies
// there and came before them.
func TestABacklogOfAnswersGoesBeforeTheRest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ln := tcp(t)
	s.cfg.Broker.TCP = ln.Addr().String()
	s.cloud.listen(ln)
	s.append(t, journal.LaneRest, 10)
	const day = 3000
	require.NoError(t, s.store.Update(t.Context(), func(tx *store.Tx) error {
		for i := range day {
			_, err := tx.Append(journal.LaneExam, wire.KindAnswer, "s1", map[string]int{"n": i})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	s.run(t, nil)
	s.arrived(t, journal.LaneRest, 10)
	s.arrived(t, journal.LaneExam, day)
	s.cloud.with(func() {
		require.Equal(t, uint64(day), s.cloud.early, "of the answers, when the first of the rest came")
	})
}

// What comes in little by little holds nobody up.
func TestAnExamThatGoesOnDoesNotStopTheRest(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	ln := tcp(t)
	s.cfg.Broker.TCP = ln.Addr().String()
	s.cloud.listen(ln)
	s.append(t, journal.LaneRest, 5)
	s.run(t, nil)
	for round := range 10 {
		s.append(t, journal.LaneExam, 5)
		if s.cloud.cursor(journal.LaneRest) == 5 {
			return
		}
		s.arrived(t, journal.LaneExam, uint64(5*(round+1)))
	}
	s.arrived(t, journal.LaneRest, 5)
}
