package bank

import (
	"testing"

	"huyun.internal/cloud/platform/pagewords"
)

func TestWorkbooksUseThePagesWords(t *testing.T) {
	t.Parallel()
	pagewords.Same(t, statusNames, "words.ts", "questionStates")
	pagewords.Same(t, batchNames, "words.ts", "batchStates")
	pagewords.Same(t, howNames, "words.ts", "seenHow")
}
