package supervise

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManyFacesAreTold: yellow at 80 %, red at the limit, nothing below.
func TestManyFacesAreTold(t *testing.T) {
	t.Parallel()
	for n, level := range map[int]string{0: green, 63_999: green, 64_000: yellow, 79_999: yellow, 80_000: red} {
		i := facesItem(n)
		require.Equal(t, level, i.Level, n)
		require.Equal(t, level == green, i.Do == "", n)
		require.Contains(t, i.Text, "上限 80000")
	}
}
