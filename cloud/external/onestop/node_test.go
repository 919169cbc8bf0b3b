package onestop

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/application"
	"huyun.internal/cloud/licensing/matter"
)

// What the platform shows of a granted registration for an exam says what it is, and
// that it has to be paid for.
func TestAGrantedRegistrationIsNotSentAsALicence(t *testing.T) {
	t.Parallel()
	d := matter.Definition{Certificate: "ADMISSION", Result: matter.Result{Says: "按缴款书缴费后，安排考试"}}
	list := Agency{}.steps(application.News{Case: application.Case{Channel: licensing.Online, State: licensing.Granted}, Matter: d, Event: licensing.Grant}, nil)
	require.Len(t, list, 2)
	for _, m := range list {
		body, err := json.Marshal(m.body)
		require.NoError(t, err)
		require.Contains(t, string(body), "准予报名：按缴款书缴费后，安排考试")
		require.NotContains(t, string(body), "许可")
	}
}
