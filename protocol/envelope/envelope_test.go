package envelope_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/envelope"
	"huyun.internal/protocol/sm"
)

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	from, err := sm.Generate()
	require.NoError(t, err)
	to, err := sm.Generate()
	require.NoError(t, err)
	sealed, err := envelope.Seal(from, to.Public(), []byte("a"), []byte("hello"))
	require.NoError(t, err)
	plain, err := envelope.Open(to, from.Public(), []byte("a"), sealed)
	require.NoError(t, err)
	require.Equal(t, "hello", string(plain))
}
