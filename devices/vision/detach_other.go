//go:build !unix

package vision

import "os/exec"

func detach(*exec.Cmd) {}
