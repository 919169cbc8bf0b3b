package sitting

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/wire"
)

func TestAVenueThatAsksCannotHaveThePackage(t *testing.T) {
	t.Parallel()
	pack, disk := wire.Check{Code: "pack"}, wire.Check{Code: "disk"}
	require.True(t, ready(nil))
	require.True(t, ready([]wire.Check{pack, {Code: "disk", OK: true}}))
	require.False(t, ready([]wire.Check{pack, disk}))
}
