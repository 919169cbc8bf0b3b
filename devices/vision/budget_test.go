package vision

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBudget(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	b := budget{limit: 4, window: time.Minute, first: 100 * time.Millisecond}
	require.Zero(t, b.next(now), "the first start is at once")
	b.started(now)
	require.Equal(t, 100*time.Millisecond, b.next(now))
	require.Equal(t, 40*time.Millisecond, b.next(now.Add(60*time.Millisecond)))
	require.Zero(t, b.next(now.Add(time.Second)), "the wait counts from the start, not from the death")
	b.started(now)
	require.Equal(t, 200*time.Millisecond, b.next(now))
	b.started(now.Add(10 * time.Second))
	require.False(t, b.exhausted(now.Add(11*time.Second)))
	b.started(now.Add(20 * time.Second))
	require.True(t, b.exhausted(now.Add(21*time.Second)))
	require.Equal(t, 39*time.Second, b.next(now.Add(21*time.Second)), "until the oldest two leave the window")
	require.Zero(t, b.next(now.Add(61*time.Second)))
	require.False(t, b.exhausted(now.Add(61*time.Second)))
}

// However it dies, no minute sees more starts than the limit.
func TestBudgetNeverExceedsTheLimit(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC)
	b := budget{limit: 6, window: time.Minute, first: 100 * time.Millisecond}
	var starts []time.Time
	for i := range 500 {
		now = now.Add(b.next(now)).Add(time.Duration(i*i%977) * time.Millisecond)
		if b.next(now) > 0 {
			continue
		}
		b.started(now)
		starts = append(starts, now)
		if n := len(starts) - 1 - 6; n >= 0 {
			require.GreaterOrEqual(t, now.Sub(starts[n]), time.Minute)
		}
	}
	require.Greater(t, len(starts), 50)
}

func TestEnvironmentKeepsNoSecret(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"PATH=/bin", "LANG=C"},
		environment([]string{"HUYUN_DB_PASSWORD=x", "PATH=/bin", "AWS_SECRET_ACCESS_KEY=y", "LANG=C", "PATHOLOGY=z", ""}))
}
