package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/journal"
)

func TestFleetSizesDivideTheFleet(t *testing.T) {
	t.Parallel()
	for _, n := range fleetSizes() {
		require.Zero(t, fleetVenues%n, n)
	}
	require.Less(t, fleetStay, fleetVenues)
}

func TestTopIsTheLargestOfAShare(t *testing.T) {
	t.Parallel()
	var v []time.Duration
	for i := range 100 {
		v = append(v, time.Duration(100-i))
	}
	require.Equal(t, time.Duration(99), top(v, .99))
	require.Equal(t, time.Duration(50), top(v, .5))
	require.Equal(t, time.Duration(100), top(v, 1))
	require.Equal(t, time.Duration(1), top(v[99:], .5))
	require.Zero(t, top(nil, .5))
}

func TestArrivalsAreNotedOnceAndInTheirWindow(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	b := &branch{node: "n1", written: map[string][]time.Time{journal.LaneExam: {begun, begun.Add(4 * time.Second), begun.Add(7 * time.Second)}}}
	f := &fleet{at: map[lane]uint64{}, moved: make(chan struct{})}
	of, l := map[string]*branch{"n1": b}, lane{"n1", journal.LaneExam}
	f.note(of, map[lane]uint64{l: 1}, begun.Add(time.Second))
	f.note(of, map[lane]uint64{l: 1}, begun.Add(2*time.Second))
	f.note(of, map[lane]uint64{l: 3}, begun.Add(9*time.Second))
	require.Equal(t, []time.Duration{time.Second, 5 * time.Second, 2 * time.Second}, f.arrivals([]*branch{b}, begun, begun.Add(time.Minute)))
	require.Equal(t, []float64{1, 5}, f.windows([]*branch{b}, begun, begun.Add(8*time.Second)), "the rest is in the last")
	require.Equal(t, []float64{1, 5, 2}, f.windows([]*branch{b}, begun, begun.Add(9*time.Second)))
	require.Empty(t, f.arrivals(nil, begun, begun.Add(time.Minute)))
}

func TestABoardThatLagsIsSeen(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := &branch{checks: []time.Time{now, now.Add(time.Second)}}
	require.Equal(t, now, b.unseen(0))
	require.Equal(t, now.Add(time.Second), b.unseen(1))
	require.Zero(t, b.unseen(2))
}
