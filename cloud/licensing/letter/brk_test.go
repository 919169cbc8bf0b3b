package letter_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/licensing/letter"
)

// What a slip says was fixed when it was issued: an agency that has been given
// another name or telephone since does not change it.
func TestALateSlipIsPrintedAsItWasIssued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.later()
	l := w.issue(t, request(t, letter.Slip))
	a := letter.DefaultAgency()
	old := a.Name
	a.Name, a.Verify, a.Progress = "更名以后的机关", "https://huyun.example/verify", "https://huyun.example/progress?"
	after, err := letter.New(w.DB, w.Keys, w.Audit, w.Clock, a)
	require.NoError(t, err)
	pdf, err := after.File(context.Background(), w.DB, &l)
	require.NoError(t, err)
	require.NotContains(t, text(t, pdf), "更名以后的机关")
	require.Contains(t, text(t, pdf), old)
}
