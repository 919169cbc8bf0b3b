package stack_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"huyun.internal/deploy/stack"
)

// TestModels is not parallel: it sets the environment.
func TestModels(t *testing.T) {
	home := t.TempDir()
	root := filepath.Join(home, "main")
	beside, named := filepath.Join(home, "shared", "models"), filepath.Join(home, "named")
	for _, dir := range []string{root, beside, named} {
		require.NoError(t, os.MkdirAll(dir, 0o700))
	}
	model := func(dir string) { require.NoError(t, os.WriteFile(filepath.Join(dir, "face.onnx"), nil, 0o600)) }

	t.Setenv("HUYUN_MODELS", "")
	require.Empty(t, stack.Models(root), "a folder without models")
	model(beside)
	require.Equal(t, beside, stack.Models(root))
	t.Setenv("HUYUN_MODELS", named)
	require.Empty(t, stack.Models(root), "the environment's word goes before what lies beside")
	model(named)
	require.Equal(t, named, stack.Models(root))
}
