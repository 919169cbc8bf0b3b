package clock_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/clock"
)

var t0 = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

var (
	_ clock.Clock = clock.System()
	_ clock.Clock = (*clock.Test)(nil)
)

func due(c <-chan time.Time) (time.Time, bool) {
	select {
	case at := <-c:
		return at, true
	default:
		return time.Time{}, false
	}
}

func TestAdvanceFiresInOrder(t *testing.T) {
	t.Parallel()
	c := clock.NewTest(t0)
	late, early, now := c.After(3*time.Second), c.After(time.Second), c.After(0)
	at, ok := due(now)
	require.True(t, ok)
	require.Equal(t, t0, at)
	_, ok = due(early)
	require.False(t, ok)

	c.Advance(time.Second)
	at, ok = due(early)
	require.True(t, ok)
	require.Equal(t, t0.Add(time.Second), at)
	_, ok = due(late)
	require.False(t, ok)

	c.Advance(time.Hour)
	at, ok = due(late)
	require.True(t, ok)
	require.Equal(t, t0.Add(3*time.Second), at, "the moment it was due, not where Advance ended")
	require.Equal(t, time.Hour+time.Second, c.Mono())
	require.Equal(t, t0.Add(time.Hour+time.Second), c.Now())
}

func TestTickerDropsAndStops(t *testing.T) {
	t.Parallel()
	c := clock.NewTest(t0)
	k := c.NewTicker(10 * time.Second)
	c.Advance(35 * time.Second) // three ticks, one fits
	at, ok := due(k.C())
	require.True(t, ok)
	require.Equal(t, t0.Add(10*time.Second), at)
	_, ok = due(k.C())
	require.False(t, ok)
	c.Advance(5 * time.Second)
	at, ok = due(k.C())
	require.True(t, ok)
	require.Equal(t, t0.Add(40*time.Second), at)
	k.Stop()
	k.Stop()
	c.Advance(time.Minute)
	_, ok = due(k.C())
	require.False(t, ok)
	require.Panics(t, func() { c.NewTicker(0) })
}

func TestWallClockCanJumpAlone(t *testing.T) {
	t.Parallel()
	c := clock.NewTest(t0)
	a := c.After(time.Second)
	c.SetWall(t0.Add(-24 * time.Hour))
	_, ok := due(a)
	require.False(t, ok)
	require.Zero(t, c.Mono())
	c.Advance(time.Second)
	at, ok := due(a)
	require.True(t, ok)
	require.Equal(t, t0.Add(-24*time.Hour+time.Second), at)
}

func TestSleepAndAwait(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	c := clock.NewTest(t0)
	woke := make(chan error, 2)
	go func() { woke <- clock.Sleep(ctx, c, time.Minute) }()
	require.NoError(t, c.Await(ctx, 1))
	c.Advance(time.Minute)
	require.NoError(t, <-woke)

	gone, leave := context.WithCancel(ctx)
	go func() { woke <- clock.Sleep(gone, c, time.Minute) }()
	require.NoError(t, c.Await(ctx, 1))
	leave()
	require.ErrorIs(t, <-woke, context.Canceled)
	require.ErrorIs(t, clock.Sleep(gone, c, 0), context.Canceled)
	require.ErrorIs(t, c.Await(gone, 9), context.Canceled)
}

func TestSystemClockRuns(t *testing.T) {
	t.Parallel()
	c := clock.System()
	before, mono := c.Now(), c.Mono()
	k := c.NewTicker(time.Millisecond)
	defer k.Stop()
	<-c.After(time.Millisecond)
	<-k.C()
	require.GreaterOrEqual(t, c.Mono()-mono, time.Millisecond)
	require.True(t, c.Now().After(before))
}
