// Package journaltest is the exam every journal store must pass, whether it
// keeps records in bbolt, in PostgreSQL or in memory. It is for tests only.
package journaltest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/journal"
	"huyun.internal/protocol/sm"
)

// Subject is a store under examination.
type Subject interface {
	journal.Store
	// Add appends one record durably and returns it.
	Add(at time.Time, kind, subject string, body []byte) (journal.Record, error)
}

// Exercise examines the store that open makes; each call of open gives a new
// and empty one.
func Exercise(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	t.Run("empty", func(t *testing.T) { t.Parallel(); empty(t, open(t)) })
	t.Run("append and read", func(t *testing.T) { t.Parallel(); appendAndRead(t, open(t)) })
	t.Run("limits", func(t *testing.T) { t.Parallel(); limits(t, open(t)) })
	t.Run("bytes survive", func(t *testing.T) { t.Parallel(); bytesSurvive(t, open(t)) })
}

// Fill appends n small records and returns them.
func Fill(t testing.TB, s Subject, n int) []journal.Record {
	t.Helper()
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	recs := make([]journal.Record, 0, n)
	for i := range n {
		r, err := s.Add(at.Add(time.Duration(i)*time.Second), "exam.answer", "s1", fmt.Appendf(nil, `{"item":"%d"}`, i))
		require.NoError(t, err)
		recs = append(recs, r)
	}
	return recs
}

func empty(t *testing.T, s Subject) {
	head, err := s.Head()
	require.NoError(t, err)
	require.Zero(t, head)
	recs, err := s.Read(1, 10, 1<<20)
	require.NoError(t, err)
	require.Empty(t, recs)
	h, err := s.HashAt(0)
	require.NoError(t, err)
	require.Equal(t, sm.Digest{}, h)
	_, err = s.HashAt(1)
	require.True(t, fault.Is(err, "journal.missing"), "%v", err)
}

func appendAndRead(t *testing.T, s Subject) {
	want := Fill(t, s, 23)
	require.NoError(t, journal.Verify(journal.Position{}, want))
	head, err := s.Head()
	require.NoError(t, err)
	require.Equal(t, want[22].Position(), head)

	var got []journal.Record
	for from := uint64(1); ; from = got[len(got)-1].Seq + 1 {
		recs, err := s.Read(from, 5, 1<<20)
		require.NoError(t, err)
		require.LessOrEqual(t, len(recs), 5)
		if len(recs) == 0 {
			break
		}
		got = append(got, recs...)
	}
	require.Equal(t, want, got)
	for _, r := range want {
		h, err := s.HashAt(r.Seq)
		require.NoError(t, err)
		require.Equal(t, r.Hash, h)
	}
}

func limits(t *testing.T, s Subject) {
	Fill(t, s, 10)
	recs, err := s.Read(3, 100, 1)
	require.NoError(t, err)
	require.Len(t, recs, 1, "at least one, whatever the byte limit")
	require.Equal(t, uint64(3), recs[0].Seq)
	recs, err = s.Read(11, 100, 1<<20)
	require.NoError(t, err)
	require.Empty(t, recs)
}

// bytesSurvive catches a store that normalises JSON or loses microseconds:
// either would break the chain only later, at the receiver.
func bytesSurvive(t *testing.T, s Subject) {
	body := []byte("{ \"b\":1,\n \"a\":\"\\u4e2d中\", \"n\": 1.50 }")
	at := time.Date(2026, 3, 1, 9, 0, 0, 123456789, time.FixedZone("CST", 8*3600))
	r, err := s.Add(at, "node.fault", "中文主题", body)
	require.NoError(t, err)
	require.Equal(t, at.UTC().Truncate(time.Microsecond), r.At)
	recs, err := s.Read(1, 1, 1<<20)
	require.NoError(t, err)
	require.Equal(t, []journal.Record{r}, recs)
	require.Equal(t, body, recs[0].Body)
	require.NoError(t, journal.Verify(journal.Position{}, recs))
}
