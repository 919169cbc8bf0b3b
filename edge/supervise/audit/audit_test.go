package audit

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"huyun.internal/protocol/journal"
)

// TestSubjectFits: a pairing code for a hall of a hundred seats once failed
// because its object did not fit into the journal.
func TestSubjectFits(t *testing.T) {
	t.Parallel()
	require.Equal(t, "seat-7", subject("seat-7"))
	for _, long := range []string{strings.Repeat("001,", 200), strings.Repeat("座", 200), "a" + strings.Repeat("座", 200)} {
		cut := subject(long)
		require.LessOrEqual(t, len(cut), journal.MaxSubject)
		require.Greater(t, len(cut), journal.MaxSubject-utf8.UTFMax)
		require.True(t, utf8.ValidString(cut))
	}
}
