//go:build unix

package vision

import (
	"os/exec"
	"syscall"
)

// detach puts the program into a process group of its own: Ctrl-C at our
// terminal is ours to handle, and the program ends when we close it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
