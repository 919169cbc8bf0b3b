package environ_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/environ"
)

func TestASlipIsNamed(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"HUYUN_EGDE_HTTP_ADDR", "HUYUN_PORTBASE"}, environ.Stray([]string{
		"PATH=/bin", "HUYUN_PORTBASE=9000", "HUYUN_PORT_BASE=9000", "HUYUN_EDGE_HTTP_ADDR=x", "HUYUN_EGDE_HTTP_ADDR=x",
		"HUYUN_DATABASE_DSN=x", "HUYUNX=1", "HUYUN_CONFIG",
	}))
	require.Contains(t, environ.Warning("HUYUN_PORTBASE"), "HUYUN_PORT_BASE")
	require.Empty(t, environ.Stray(nil))
}
