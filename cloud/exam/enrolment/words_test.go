package enrolment

import (
	"testing"

	"huyun.internal/cloud/platform/pagewords"
)

func TestWorkbooksUseThePagesWords(t *testing.T) {
	t.Parallel()
	pagewords.Same(t, stateNames, "exam/enrolment/words.ts", "enrolmentStates")
	pagewords.Same(t, partNames, "exam/enrolment/words.ts", "partNames")
}
