package practical

import (
	"testing"

	"huyun.internal/cloud/platform/pagewords"
)

func TestWorkbooksUseThePagesWords(t *testing.T) {
	t.Parallel()
	pagewords.Same(t, stateNames, "exam/practical/words.ts", "sheetStates")
	pagewords.Same(t, schemeNames, "exam/practical/words.ts", "schemeStates")
}
