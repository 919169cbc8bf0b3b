package exam

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReceiptCode: the same hand-in has the same code wherever it is computed,
// for ever; any other has another.
func TestReceiptCode(t *testing.T) {
	t.Parallel()
	code := ReceiptCode("s", "a", strings.Repeat("0", 64))
	require.Equal(t, "VK5Y-GKKG", code)
	require.Regexp(t, `^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$`, code)
	for _, other := range []string{ReceiptCode("t", "a", strings.Repeat("0", 64)), ReceiptCode("s", "b", strings.Repeat("0", 64)), ReceiptCode("s", "a", strings.Repeat("1", 64)), ReceiptCode("sa", "", strings.Repeat("0", 64))} {
		require.NotEqual(t, code, other)
	}
}
