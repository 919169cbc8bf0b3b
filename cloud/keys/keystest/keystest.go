// Package keystest makes key rings for tests.
package keystest

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/cloud/keys"
)

// Opening a ring is slow on purpose, so tests of one package share one.
var shared = sync.OnceValues(func() (*keys.Ring, error) { //nolint:gochecknoglobals // see above
	dir, err := os.MkdirTemp("", "huyun-keystest-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the open ring needs no files
	return keys.Open(keys.Options{Dir: filepath.Join(dir, "keys")})
})

// New returns the ring that all tests of this process share.
func New(t testing.TB) *keys.Ring {
	t.Helper()
	r, err := shared()
	require.NoError(t, err)
	return r
}

// Fresh returns another ring, for tests of meeting the wrong one.
func Fresh(t testing.TB) *keys.Ring {
	t.Helper()
	r, err := keys.Open(keys.Options{Dir: filepath.Join(t.TempDir(), "keys")})
	require.NoError(t, err)
	return r
}
