package matter

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing"
)

// A registration for an exam grants no licence and makes no certificate, and nothing
// that can be said of its cases says so; a licence is still called one.
func TestARegistrationIsNotCalledALicence(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"EX01", "EX02"} {
		d := defined(t, code)
		require.False(t, d.Licenses())
		for _, s := range licensing.States() {
			if name := d.StateName(licensing.State(s.Code)); s.Code != string(licensing.Certifying) { // never reached
				require.NotContains(t, name, "许可", s.Code)
			}
		}
		for _, e := range licensing.Events() {
			name := d.EventName(licensing.Event(e.Code))
			require.False(t, strings.Contains(name, "许可") || strings.Contains(name, "制证") && e.Code != string(licensing.MakeCertificate), name)
		}
		require.Equal(t, "准予报名", d.StateName(licensing.Granted))
		require.Equal(t, "受理", d.EventName(licensing.Accept), "what is the same for all is called the same")
	}
	d := defined(t, "RT01")
	require.True(t, d.Licenses())
	require.Equal(t, "准予许可", d.StateName(licensing.Granted))
	require.Equal(t, "制证完成", d.EventName(licensing.CertificateDone))
}
