package stack

import (
	"os"
	"path/filepath"
)

// Models finds face models for a checkout at root: in the folder HUYUN_MODELS
// names, or else in shared/models beside the checkout, where a development
// machine has them. It is empty when there are none, which means the
// demonstration-grade engine; naming a folder without models asks for that.
func Models(root string) string {
	dir := os.Getenv("HUYUN_MODELS")
	if dir == "" {
		dir = filepath.Join(root, "..", "shared", "models")
	}
	found, _ := filepath.Glob(filepath.Join(dir, "*.onnx")) // fails on a bad pattern only
	if len(found) == 0 {
		return ""
	}
	return dir
}
