package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTheDrillFindsTheModelsBeside is not parallel: it moves and sets the
// environment.
func TestTheDrillFindsTheModelsBeside(t *testing.T) {
	home := t.TempDir()
	models := filepath.Join(home, "shared", "models")
	require.NoError(t, os.MkdirAll(models, 0o700))
	require.NoError(t, os.MkdirAll(filepath.Join(home, "main"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(models, "face.onnx"), nil, 0o600))
	t.Chdir(filepath.Join(home, "main"))
	t.Setenv("HUYUN_MODELS", "")
	there, err := os.Stat(models)
	require.NoError(t, err)
	found, err := os.Stat(read().models)
	require.NoError(t, err)
	require.True(t, os.SameFile(there, found))
	t.Setenv("HUYUN_MODELS", t.TempDir())
	require.Empty(t, read().models, "a folder without models asks for the demonstration engine")
}
