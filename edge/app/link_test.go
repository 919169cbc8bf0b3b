package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/uplink"
)

// TestAnOutageCountsFromTheLastWord and not from the moment it was noticed.
func TestAnOutageCountsFromTheLastWord(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	noticed := now.Add(-time.Second)
	require.Equal(t, 31*time.Second, down(uplink.Status{LastAnswer: now.Add(-31 * time.Second), Since: noticed}, now))
	require.Equal(t, time.Second, down(uplink.Status{Since: noticed}, now))
	require.Zero(t, down(uplink.Status{}, now), "never connected in this run")
}
