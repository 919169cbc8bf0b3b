package dossier

import (
	"testing"

	"huyun.internal/cloud/platform/pagewords"
)

// The printed record calls things as the page does.
func TestThePrintedRecordUsesThePagesWords(t *testing.T) {
	t.Parallel()
	pagewords.Same(t, stageWords, "words.ts", "verificationStages")
	pagewords.Same(t, decisionWords, "exam/dossier/dossier.ts", "decisions")
	pagewords.Same(t, reasonWords, "words.ts", "verificationReasons")
	pagewords.Same(t, eventWords, "exam/dossier/dossier.ts", "events")
	pagewords.Same(t, handinWords, "exam/dossier/dossier.ts", "handins")
	pagewords.Same(t, levelWords, "exam/dossier/dossier.ts", "alarmLevels")
	pagewords.Same(t, breachWords, "words.ts", "irregularities")
	pagewords.Same(t, consequenceWords, "exam/conduct/conduct.ts", "consequences")
}
