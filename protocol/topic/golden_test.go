package topic_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/fault"
	"huyun.internal/protocol/topic"
)

// vectors are the topics as they are on the wire; the broker's access lists of
// running sites spell them too, so they may not change.
type vectors struct {
	Nodes   []struct{ Node, Up, Down, State string }
	Groups  []struct{ Group, Up, State string }
	Refused []string
}

func golden(t testing.TB) vectors {
	t.Helper()
	raw, err := os.ReadFile("../testdata/topic/v1.json")
	require.NoError(t, err)
	var v vectors
	require.NoError(t, json.Unmarshal(raw, &v))
	require.True(t, len(v.Nodes) > 0 && len(v.Groups) > 0 && len(v.Refused) > 0)
	return v
}

func TestGolden(t *testing.T) {
	t.Parallel()
	v := golden(t)
	for _, n := range v.Nodes {
		require.True(t, topic.ValidNode(n.Node), n.Node)
		require.Equal(t, n.Up, topic.Up(n.Node))
		require.Equal(t, n.Down, topic.Down(n.Node))
		require.Equal(t, n.State, topic.State(n.Node))
		for kind, full := range map[string]string{topic.KindUp: n.Up, topic.KindDown: n.Down, topic.KindState: n.State} {
			node, got, err := topic.Parse(full)
			require.NoError(t, err, full)
			require.Equal(t, [2]string{n.Node, kind}, [2]string{node, got})
		}
	}
	for _, g := range v.Groups {
		require.Equal(t, g.Up, topic.SharedUp(g.Group))
		require.Equal(t, g.State, topic.SharedState(g.Group))
	}
	for _, bad := range v.Refused {
		_, _, err := topic.Parse(bad)
		require.True(t, fault.Is(err, "topic.format"), "%q", bad)
	}
}

// FuzzParse: whatever is taken is exactly what this package builds, so that two
// spellings never mean one node; everything else is refused with nothing in it.
func FuzzParse(f *testing.F) {
	v := golden(f)
	for _, n := range v.Nodes {
		f.Add(n.Up)
		f.Add(n.Down)
		f.Add(n.State)
	}
	for _, bad := range v.Refused {
		f.Add(bad)
	}
	build := map[string]func(string) string{topic.KindUp: topic.Up, topic.KindDown: topic.Down, topic.KindState: topic.State}
	f.Fuzz(func(t *testing.T, s string) {
		node, kind, err := topic.Parse(s)
		if err != nil {
			require.True(t, fault.Is(err, "topic.format"), "%q: %v", s, err)
			require.Empty(t, node+kind)
			return
		}
		require.True(t, topic.ValidNode(node), "%q", s)
		require.Contains(t, build, kind)
		require.Equal(t, s, build[kind](node))
	})
}
