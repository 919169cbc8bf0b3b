package vision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheSocketLiesInItsFolder(t *testing.T) {
	t.Parallel()
	home, err := os.MkdirTemp("", "v") // short, unlike t.TempDir
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	dir := filepath.Join(home, "vision")
	for range 2 { // a killed program leaves it there
		socket, remove, err := place(dir)
		require.NoError(t, err)
		require.Equal(t, filepath.Join(dir, "socket"), socket)
		require.Empty(t, remove)
		require.NoError(t, os.WriteFile(socket, nil, 0o600))
	}
	info, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

func TestAKilledProgramsTemporaryFolderGoes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), strings.Repeat("x", longestSocket))
	socket, first, err := place(dir)
	require.NoError(t, err)
	require.LessOrEqual(t, len(socket), longestSocket)
	require.DirExists(t, first)
	_, second, err := place(dir) // the first was killed and never closed
	require.NoError(t, err)
	require.NoDirExists(t, first)
	require.DirExists(t, second)

	precious := filepath.Join(t.TempDir(), temporary+"not-ours")
	require.NoError(t, os.Mkdir(precious, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "elsewhere"), []byte(precious), 0o600))
	_, third, err := place(dir)
	require.NoError(t, err)
	require.DirExists(t, precious, "a note that names another place removes nothing")
	require.NoError(t, os.RemoveAll(second))
	require.NoError(t, os.RemoveAll(third))
}
