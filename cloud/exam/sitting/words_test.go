package sitting

import (
	"testing"

	"huyun.internal/cloud/platform/pagewords"
)

// What a page calls something its workbook calls it too.
func TestWorkbooksUseThePagesWords(t *testing.T) {
	t.Parallel()
	states := map[State]string{"NONE": "无场次"} // of a venue without a sitting, on its board
	for code, name := range stateNames {
		states[code] = name
	}
	pagewords.Same(t, states, "words.ts", "sittingStates")
	pagewords.Same(t, openingNames, "words.ts", "openingStates")
	pagewords.Same(t, stageNames, "words.ts", "verificationStages")
	pagewords.Same(t, decisionNames, "exam/dossier/dossier.ts", "decisions")
	pagewords.Same(t, eventNames, "exam/dossier/dossier.ts", "events")
}
