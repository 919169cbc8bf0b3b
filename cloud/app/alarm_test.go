package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing/application"
)

// The job runs every minute; its log says once what has happened, and again when more
// has.
func TestAlarmsAreWarnedOfOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	reg := prometheus.NewRegistry()
	a := newAlarms(slog.New(slog.NewTextHandler(&out, nil)), reg)
	lines := func(deemed, overdue int) int {
		t.Helper()
		out.Reset()
		a.tell(t.Context(), []application.Alarming{
			{Alarm: application.Deeming, Cases: 7, Past: deemed}, {Alarm: application.Overdue, Cases: overdue}, {Alarm: application.Unanswered, Cases: 3}, {Alarm: application.Answering, Cases: 4},
		})
		return strings.Count(out.String(), "level=WARN")
	}
	require.Zero(t, lines(0, 0), "a day that is still to come is no warning")
	require.Equal(t, 2, lines(1, 5))
	require.Contains(t, out.String(), "C3")
	require.Contains(t, out.String(), "C7")
	require.Zero(t, lines(1, 5))
	require.Equal(t, 1, lines(1, 6))
	require.Zero(t, lines(0, 2), "decided")
	require.Equal(t, 1, lines(1, 2), "another one")
	families, err := reg.Gather()
	require.NoError(t, err)
	require.Len(t, families[0].GetMetric(), 4)
	require.InDelta(t, 7, families[0].GetMetric()[3].GetGauge().GetValue(), 0, "RENEWAL")
}
