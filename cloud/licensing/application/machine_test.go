package application

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
	"huyun.internal/cloud/licensing/matter"
	"huyun.internal/protocol/fault"
)

// The transition table of chapter 3.2, written down a second time by state: what
// is not here is refused. "+" marks what only matters with a certificate meet,
// "-" what only those without one do.
var allowed = map[licensing.State]string{
	licensing.Draft:       "save>DRAFT submit>SUBMITTED withdraw>WITHDRAWN remote_cancel>TERMINATED revocation_hit>DRAFT revocation_lifted>DRAFT",
	licensing.Submitted:   "receive>RECEIVED return>RETURNED deem_accepted>ACCEPTED withdraw>WITHDRAWN remote_cancel>TERMINATED revocation_hit>SUBMITTED revocation_lifted>SUBMITTED tighten>SUBMITTED relax>SUBMITTED",
	licensing.Returned:    "save>RETURNED submit>SUBMITTED withdraw>WITHDRAWN remote_cancel>TERMINATED revocation_hit>RETURNED revocation_lifted>RETURNED",
	licensing.Received:    "return>RETURNED require_correction>CORRECTING accept>ACCEPTED refuse>NOT_ACCEPTED deem_accepted>ACCEPTED withdraw>WITHDRAWN remote_cancel>TERMINATED revocation_hit>RECEIVED revocation_lifted>RECEIVED tighten>RECEIVED relax>RECEIVED",
	licensing.Correcting:  "save>CORRECTING supplement>RECEIVED correction_timeout>TERMINATED withdraw>WITHDRAWN remote_cancel>TERMINATED revocation_hit>CORRECTING revocation_lifted>CORRECTING tighten>CORRECTING relax>CORRECTING",
	licensing.Accepted:    "assign>REVIEWING withdraw>WITHDRAWN remote_cancel>TERMINATED revocation_hit>ACCEPTED revocation_lifted>ACCEPTED tighten>ACCEPTED relax>ACCEPTED",
	licensing.Reviewing:   "assign>REVIEWING pass_review>APPROVING propose_refusal>APPROVING suspend>SUSPENDED extend>REVIEWING withdraw>WITHDRAWN remote_cancel>TERMINATED revocation_hit>REVIEWING revocation_lifted>REVIEWING tighten>REVIEWING relax>REVIEWING keep_period>REVIEWING",
	licensing.Approving:   "suspend>SUSPENDED extend>APPROVING grant>GRANTED deny>DENIED back_to_review>REVIEWING withdraw>WITHDRAWN remote_cancel>TERMINATED revocation_hit>APPROVING revocation_lifted>APPROVING tighten>APPROVING relax>APPROVING keep_period>APPROVING",
	licensing.Suspended:   "resume>REVIEWING ask_hearing>SUSPENDED drop_hearing>SUSPENDED fix_hearing>SUSPENDED withdraw>WITHDRAWN remote_cancel>TERMINATED revocation_hit>SUSPENDED revocation_lifted>SUSPENDED tighten>SUSPENDED relax>SUSPENDED",
	licensing.Granted:     "+make_certificate>CERTIFYING -certificate_done>DELIVERING -remote_cancel>TERMINATED revocation_hit>GRANTED revocation_lifted>GRANTED terminate>TERMINATED",
	licensing.Denied:      "deliver>COMPLETED revocation_hit>DENIED revocation_lifted>DENIED",
	licensing.Certifying:  "+certificate_done>DELIVERING revocation_hit>CERTIFYING revocation_lifted>CERTIFYING terminate>TERMINATED",
	licensing.Delivering:  "deliver>COMPLETED -remote_cancel>TERMINATED revocation_hit>DELIVERING revocation_lifted>DELIVERING terminate>TERMINATED",
	licensing.NotAccepted: "", licensing.Completed: "", licensing.Withdrawn: "", licensing.Terminated: "",
}

// routed is a matter that makes a certificate, or one that does not.
func routed(certificate bool) matter.Definition {
	if certificate {
		return matter.Definition{Route: matter.Permit}
	}
	return matter.Definition{Route: matter.Service}
}

func TestEveryStateMeetsEveryEvent(t *testing.T) {
	t.Parallel()
	require.Len(t, allowed, len(licensing.States()))
	tried := 0
	for _, s := range licensing.States() {
		from := licensing.State(s.Code)
		for _, certificate := range []bool{true, false} {
			want := map[licensing.Event]licensing.State{}
			for word := range strings.FieldsSeq(allowed[from]) {
				if (word[0] == '+' && !certificate) || (word[0] == '-' && certificate) {
					continue
				}
				event, to, _ := strings.Cut(strings.TrimLeft(word, "+-"), ">")
				want[licensing.Event(event)] = licensing.State(to)
			}
			for _, e := range licensing.Events() {
				tried++
				got, err := next(routed(certificate), from, licensing.Event(e.Code))
				to, ok := want[licensing.Event(e.Code)]
				if !ok {
					require.True(t, fault.Is(err, "licensing.case.state"), "%s in %s: %v", e.Code, from, err)
					require.Equal(t, from, got)
					continue
				}
				require.NoError(t, err, "%s in %s", e.Code, from)
				require.Equal(t, to, got, "%s in %s", e.Code, from)
			}
			require.Len(t, possible(from, certificate), len(want), from)
		}
	}
	require.Equal(t, 17*33*2, tried)
}

// Whatever happens, in whatever order, a certificate is not skipped and nothing
// leaves a final state.
func TestNothingIsDeliveredWithoutItsCertificate(t *testing.T) {
	t.Parallel()
	reach := map[licensing.State]bool{licensing.Draft: true}
	for grown := true; grown; {
		grown = false
		for from := range reach {
			for _, e := range possible(from, true) {
				if e == licensing.MakeCertificate {
					continue
				}
				to, err := next(routed(true), from, e)
				require.NoError(t, err)
				if !reach[to] {
					reach[to], grown = true, true
				}
			}
		}
	}
	require.True(t, reach[licensing.Granted])
	require.False(t, reach[licensing.Delivering], "only making the certificate leads on")
	for _, s := range licensing.States() {
		if licensing.State(s.Code).Final() {
			require.Empty(t, possible(licensing.State(s.Code), true), s.Code)
		}
	}
}
