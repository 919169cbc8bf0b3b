package credit

import (
	"testing"

	"huyun.internal/cloud/platform/pagewords"
)

func TestWorkbooksUseThePagesWords(t *testing.T) {
	t.Parallel()
	pagewords.Same(t, stateNames, "exam/credit/words.ts", "creditStates")
	pagewords.Same(t, practicalNames, "exam/credit/words.ts", "practicals")
}
