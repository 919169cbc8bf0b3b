// Package keystest makes a key ring for tests.
package keystest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/keys"
)

// New returns a fresh ring in the test's own directory.
func New(t testing.TB) *keys.Ring {
	t.Helper()
	r, err := keys.Open(keys.Options{Dir: t.TempDir() + "/keys"})
	require.NoError(t, err)
	return r
}
