package citydata

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing/register"
	"huyun.internal/protocol/fault"
)

const head = `{"queryNo":"q","source":"公安交管","asOf":"2026-11-23T08:00:00+08:00","found":true`

// What is missing, too much or not agreed upon is no answer: it must not become a
// clean record, nor a stain.
func TestWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	for service, data := range map[register.Service][]string{
		register.Driving: {
			`null`, `{}`, `{"class":"A1","firstDate":"","validTo":"","status":"NORMAL"}`, `{"class":"A1","firstDate":"2008-05-06","validTo":"","status":"FINE"}`,
			`{"class":"a1","firstDate":"2008-05-06","validTo":"","status":"NORMAL"}`, `{"class":"A1","firstDate":"2008-02-30","validTo":"","status":"NORMAL"}`,
			`{"class":"A1","firstDate":"2008-05-06","validTo":"","status":"NORMAL","address":"x"}`,
		},
		register.Traffic: {
			`null`, `{}`, `{"accidents":[],"points":[]}`, `{"accidents":[],"offences":-1,"unhandled":0,"points":[]}`, `{"offences":0,"unhandled":0,"points":[]}`,
			`{"accidents":[{"date":"2026-01-01","grade":"BAD","duty":"MAIN"}],"offences":0,"unhandled":0,"points":[]}`,
			`{"accidents":[{"date":"2026-01-01","grade":"","duty":"MAIN"}],"offences":0,"unhandled":0,"points":[]}`,
		},
		register.Background: {`{"kinds":{"DRUGS":"PERHAPS"}}`, `{"kinds":{"TRAFFIC_CRIME":"NO"}}`, `{"kinds":{"DRUGS":"YES"},"details":"x"}`},
		register.Residence:  {`null`, `{}`, `{"permitTo":"2027-01-01"}`, `{"local":false,"permitTo":"soon"}`},
		register.Education:  {`null`, `{}`, `{"level":50}`},
		register.Penalty:    {`null`, `{}`, `{"orgs":[]}`, `{"unsettled":-1,"orgs":[]}`, `{"unsettled":1,"orgs":["310101198501010014"]}`},
		register.Company:    {`null`, `{}`, `{"name":"x","status":"GOOD"}`, `{"name":"a\nb","status":"IN_FORCE"}`},
	} {
		for _, d := range data {
			_, err := read(register.Question{No: "q", Service: service, Kinds: []string{"DRUGS"}}, fmt.Appendf(nil, `%s,"data":%s}`, head, d))
			require.True(t, fault.Is(err, "external.citydata.answer"), "%s %s: %v", service, d, err)
		}
	}
	for _, raw := range []string{
		``, `[]`, `null`, head, head + `}`, head + `,"data":{"level":70}}{}`, head + `,"phone":1,"data":{"level":70}}`,
		`{"queryNo":"other","source":"x","asOf":"2026-11-23T08:00:00+08:00","found":true,"data":{"level":70}}`,
		`{"queryNo":"q","source":"","asOf":"2026-11-23T08:00:00+08:00","found":true,"data":{"level":70}}`,
		`{"queryNo":"q","source":"x","found":true,"data":{"level":70}}`,
	} {
		_, err := read(register.Question{No: "q", Service: register.Education}, []byte(raw))
		require.True(t, fault.Is(err, "external.citydata.answer"), "%s: %v", raw, err)
	}
	a, err := read(register.Question{No: "q", Service: register.Education}, []byte(head+`,"data":{"level":70}}`))
	require.NoError(t, err)
	require.Equal(t, 70, a.Level)
}

// FuzzRead: whatever is signed and sent, reading it does not fall over.
func FuzzRead(f *testing.F) {
	for s := range readers {
		f.Add(string(s), []byte(head+`,"data":{}}`))
	}
	f.Fuzz(func(_ *testing.T, service string, raw []byte) {
		_, _ = read(register.Question{No: "q", Service: register.Service(service)}, raw)
	})
}
