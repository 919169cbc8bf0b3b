package venue

import (
	"testing"

	"huyun.internal/cloud/platform/pagewords"
)

func TestWorkbooksUseThePagesWords(t *testing.T) {
	t.Parallel()
	pagewords.Same(t, stateNames, "words.ts", "venueStates")
}
