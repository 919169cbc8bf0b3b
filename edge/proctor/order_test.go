package proctor

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"huyun.internal/edge/exam"
	"huyun.internal/protocol/wire"
)

func TestTheNearestSittingStandsFirst(t *testing.T) {
	t.Parallel()
	at := func(id string, hours int, state exam.State) exam.Sitting {
		start := time.Date(2026, 11, 29, 8, 0, 0, 0, time.UTC).Add(time.Duration(hours) * time.Hour)
		return exam.Sitting{SittingAssigned: wire.SittingAssigned{Sitting: id, Start: start}, State: state}
	}
	all := []exam.Sitting{
		at("yesterday", -24, exam.Closed), at("tomorrow", 20, exam.Assigned), at("last week", -168, exam.Closed),
		at("soon", 0, exam.Approved), at("late", -1, exam.Running), at("called off", 48, exam.Cancelled),
	}
	nearestFirst(all)
	var got []string
	for _, st := range all {
		got = append(got, st.Sitting)
	}
	require.Equal(t, []string{"late", "soon", "tomorrow", "called off", "yesterday", "last week"}, got)
}
