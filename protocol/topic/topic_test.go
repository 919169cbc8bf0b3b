package topic_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/topic"
)

func TestBuildAndParse(t *testing.T) {
	t.Parallel()
	require.Equal(t, "huyun/v1/venue-3/up", topic.Up("venue-3"))
	require.Equal(t, "huyun/v1/venue-3/down", topic.Down("venue-3"))
	require.Equal(t, "huyun/v1/venue-3/state", topic.State("venue-3"))
	require.Equal(t, "$share/cloud/huyun/v1/+/up", topic.SharedUp("cloud"))
	require.Equal(t, "$share/cloud/huyun/v1/+/state", topic.SharedState("cloud"))
	for kind, full := range map[string]string{
		topic.KindUp: topic.Up("n1"), topic.KindDown: topic.Down("n1"), topic.KindState: topic.State("n1"),
	} {
		node, got, err := topic.Parse(full)
		require.NoError(t, err)
		require.Equal(t, "n1", node)
		require.Equal(t, kind, got)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		"", "huyun/v1", "huyun/v1//up", "huyun/v1/n1", "huyun/v1/n1/", "huyun/v1/n1/up/", "huyun/v1/n1/x/up",
		"huyun/v1/+/up", "huyun/v1/#", "huyun/v2/n1/up", "x/huyun/v1/n1/up", "huyun/v1/N1/up", "huyun/v1/n 1/up",
		"huyun/v1/n1/up\x00", "huyun/v1/" + strings.Repeat("a", topic.MaxNode+1) + "/up",
	} {
		_, _, err := topic.Parse(bad)
		require.True(t, fault.Is(err, "topic.format"), "%q", bad)
	}
}
